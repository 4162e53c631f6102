//===- DistributeScanPlan.cpp - What is computed for many steps at once ---*- C++ -*-===//

#include "DistributeScanPlan.h"
#include "DistributeScanLift.h"

using namespace mlir;
using namespace gatefold;

/// The most bytes of one step that are stored because of a lifted operation.
static constexpr int64_t mostBytesOfStep = 32 * 1024;
/// The most bytes of a block, so that they are in cache when a loop reads them.
static constexpr int64_t mostBytesOfBlock = 256 * 1024;
static constexpr int64_t leastLength = 8, mostLength = 64;
/// The most light operations that are weighed together, so that long bodies take no longer for it.
static constexpr unsigned mostOfCone = 64;

DistributionPlan::DistributionPlan(ir::ScanOp scan, const StepGraph &graph,
                                   ArrayRef<ChunkedMemory> chunks)
    : body(&scan.getBody().front()), graph(graph), homes(graph.getNumNodes(), Home::Loop),
      levels(graph.getNumNodes(), 0), leastLevels(graph.getNumNodes(), 0),
      withSteps(graph.getNumNodes()), liftable(graph.getNumNodes()), outputs(graph.getNumNodes()),
      inChunks(graph.getNumNodes()), chunkReads(graph.getNumNodes()), unused(graph.getNumNodes()),
      historyViews(graph.getNumNodes()) {
  for (unsigned node = graph.getNumOperations(); node < graph.getNumNodes(); ++node)
    withSteps.set(node);
  for (unsigned node = 0; node < graph.getNumOperations(); ++node) {
    Operation *op = graph.getOperation(node);
    auto has = [&](Value value) { return hasSteps(value); };
    if (!isa<ir::DimOp>(op) && llvm::any_of(getUsedValues(op), has))
      withSteps.set(node);
    if (canTakeSteps(op, has))
      liftable.set(node);
  }
  for (Value output : scan.getYield().getOutputs())
    if (std::optional<unsigned> node = graph.getNode(output))
      outputs.set(*node);
  for (const ChunkedMemory &chunk : chunks)
    noteChunk(chunk);
  findHistoryReads(scan);
  findUnused();
  for (ArrayRef<unsigned> component : graph.getComponents())
    if (std::optional<SimpleMemory> memory = findSimpleMemory(scan, graph, component))
      simpleMemories.try_emplace(graph.getMemoryNode(memory->number), *memory);
  placeAll();
  // What cannot leave a loop needs the loop that reads it.
  for (unsigned round = 0; raiseLevels() && round < graph.getNumNodes(); ++round)
    placeAll();
  liftWhatIsNeeded();
  liftWhatStoresLess();
  for (unsigned level : levels)
    numLevels = std::max(numLevels, level + 1);
}

void DistributionPlan::noteChunk(const ChunkedMemory &chunk) {
  unsigned memory = graph.getMemoryNode(chunk.update.memory);
  chunkedMemories[memory] = &chunk;
  inChunks.set(memory);
  for (Operation *op : chunk.update.operations)
    inChunks.set(*graph.getNode(op->getResult(0)));
  for (const OuterRead &read : chunk.update.reads)
    chunkReads.set(*graph.getNode(read.op->getResult(0)));
}

/// Finds attention that can be lifted though what it reads cannot: none that a later step hangs on.
void DistributionPlan::findHistoryReads(ir::ScanOp scan) {
  auto has = [&](Value value) { return hasSteps(value); };
  auto canBeStored = [&](Value query) {
    return !hasSteps(query) || (cast<RankedTensorType>(query.getType()).hasStaticShape() &&
                                estimateBytes(query) <= mostBytesOfStep);
  };
  for (ArrayRef<unsigned> component : graph.getComponents()) {
    unsigned node = component.front();
    if (component.size() != 1 || graph.isMemory(node) || inChunks.test(node))
      continue;
    std::optional<HistoryRead> read = findHistoryRead(scan, graph.getOperation(node), has);
    if (read && llvm::all_of(read->attend.getQueries(), canBeStored))
      historyReads.try_emplace(node, std::move(*read));
  }
  for (unsigned node = graph.getNumOperations(); node-- > 0;) {
    Operation *op = graph.getOperation(node);
    bool isView = false, isReadOtherwise = outputs.test(node);
    for (const auto &[reader, read] : historyReads)
      isView |= read.views.contains(op);
    for (unsigned user : graph.getUsers(node))
      isReadOtherwise |= !historyViews.test(user) && !historyReads.contains(user);
    if (isView && !isReadOtherwise)
      historyViews.set(node);
  }
}

const HistoryRead *DistributionPlan::getHistoryRead(unsigned node) const {
  auto read = historyReads.find(node);
  return read == historyReads.end() || homes[node] != Home::Lifted ? nullptr : &read->second;
}

/// What has to be there when a node is computed.
SmallVector<unsigned> DistributionPlan::getInputs(unsigned node) const {
  SmallVector<unsigned> inputs;
  auto read = historyReads.find(node);
  if (read == historyReads.end())
    return SmallVector<unsigned>(graph.getDependences(node));
  ir::AttendOp attend = read->second.attend;
  for (Value query : attend.getQueries())
    if (std::optional<unsigned> from = graph.getNode(query))
      inputs.push_back(*from);
  if (std::optional<unsigned> count = graph.getNode(read->second.count))
    inputs.push_back(*count);
  for (unsigned memory : read->second.memories)
    inputs.push_back(graph.getMemoryNode(memory));
  return inputs;
}

const ChunkedMemory *DistributionPlan::getChunkedMemory(unsigned node) const {
  return homes[node] == Home::Lifted ? chunkedMemories.lookup(node) : nullptr;
}

bool DistributionPlan::areChunksLifted() const {
  return llvm::all_of(chunkedMemories,
                      [&](const auto &memory) { return homes[memory.first] == Home::Lifted; });
}

bool DistributionPlan::hasSteps(Value value) const {
  if (std::optional<unsigned> node = graph.getNode(value))
    return withSteps.test(*node) && isa<RankedTensorType>(value.getType());
  auto argument = dyn_cast<BlockArgument>(value);
  return argument && argument.getOwner() == body;
}

int64_t DistributionPlan::getBytes(unsigned node) const {
  if (graph.isMemory(node))
    return estimateBytes(graph.getMemory(node));
  int64_t bytes = 0;
  for (Value result : graph.getOperation(node)->getResults())
    bytes += estimateBytes(result);
  return bytes;
}

//===----------------------------------------------------------------------===//
// Levels
//===----------------------------------------------------------------------===//

/// True if what a loop computes can be stored for all steps of a block.
bool DistributionPlan::canLeaveLoop(unsigned node) const {
  auto isStatic = [](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return type && type.hasStaticShape();
  };
  bool hasStaticShape = graph.isMemory(node)
                            ? isStatic(graph.getMemory(node))
                            : llvm::all_of(graph.getOperation(node)->getResults(), isStatic);
  return hasStaticShape && (getBytes(node) <= mostBytesOfStep || outputs.test(node));
}

/// What only memories have read that are computed in chunks is not needed any more, and views of
/// histories are built where they are read.
void DistributionPlan::findUnused() {
  for (unsigned node = graph.getNumOperations(); node-- > 0;)
    if (!outputs.test(node) &&
        (isHistoryView(node) ||
         llvm::all_of(graph.getUsers(node), [&](unsigned user) { return unused.test(user); })))
      unused.set(node);
}

void DistributionPlan::placeAll() {
  for (ArrayRef<unsigned> component : graph.getComponents()) {
    if (placeSimpleMemory(component))
      continue;
    if (graph.isRecurrence(component) || graph.isMemory(component.front()))
      placeRecurrence(component);
    else
      placeOperation(component.front());
  }
}

const SimpleMemory *DistributionPlan::getSimpleMemory(unsigned node) const {
  auto found = simpleMemories.find(node);
  return found != simpleMemories.end() && homes[node] == Home::Lifted ? &found->second : nullptr;
}

/// Lifts a memory that needs no loop. Returns false if it is none, or its input cannot be stored.
bool DistributionPlan::placeSimpleMemory(ArrayRef<unsigned> component) {
  if (llvm::none_of(component, [&](unsigned node) { return needsNoLoop(node); }))
    return false;
  unsigned level = 0;
  for (unsigned node : component)
    for (unsigned dependence : graph.getDependences(node)) {
      if (llvm::is_contained(component, dependence))
        continue;
      bool inLoop = homes[dependence] == Home::Loop;
      if (inLoop && !canLeaveLoop(dependence))
        return false;
      level = std::max(level, levels[dependence] + (inLoop ? 1 : 0));
    }
  for (unsigned node : component) {
    homes[node] = Home::Lifted;
    levels[node] = level;
  }
  return true;
}

bool DistributionPlan::isLightNode(unsigned node) const {
  return !graph.isMemory(node) && isLight(graph.getOperation(node));
}

/// A recurrence, or a memory that only says what was there before, is in the first loop behind all
/// that it depends on.
void DistributionPlan::placeRecurrence(ArrayRef<unsigned> component) {
  unsigned level = 0;
  for (unsigned node : component) {
    level = std::max(level, leastLevels[node]);
    for (unsigned dependence : graph.getDependences(node))
      if (!llvm::is_contained(component, dependence))
        level = std::max(level, levels[dependence]);
  }
  for (unsigned node : component) {
    homes[node] = Home::Loop;
    levels[node] = level;
  }
}

void DistributionPlan::placeOperation(unsigned node) {
  Operation *op = graph.getOperation(node);
  if (unused.test(node)) {
    homes[node] = Home::WhereUsed;
    return;
  }
  int64_t loop = -1, lifted = -1, operandBytes = 0;
  bool canRead = true;
  for (unsigned dependence : getInputs(node)) {
    bool inLoop = homes[dependence] == Home::Loop;
    int64_t &level = inLoop ? loop : lifted;
    level = std::max<int64_t>(level, levels[dependence]);
    canRead &= !inLoop || canLeaveLoop(dependence);
  }
  for (Value value : getUsedValues(op))
    operandBytes += hasSteps(value) ? estimateBytes(value) : 0;
  bool isCheaper = isCheaperTogether(op, [&](Value value) { return hasSteps(value); });
  bool isSmall = getBytes(node) <= std::max(mostBytesOfStep, operandBytes);
  // What is fed by a loop alone is best computed there, with what it reads in registers.
  bool isFedByLoop = loop >= 0 && loop >= lifted;
  bool isLifted = liftable.test(node) && canRead && (isCheaper || (isSmall && !isFedByLoop));
  if (isLifted || historyReads.contains(node)) {
    homes[node] = isLight(op) ? Home::WhereUsed : Home::Lifted;
    levels[node] = std::max(lifted, loop + 1);
    return;
  }
  homes[node] = Home::Loop;
  levels[node] = std::max<int64_t>({loop, lifted, leastLevels[node], 0});
}

/// Raises the levels of what cannot leave its loop to that of the loops that read it. Returns false
/// if nothing has to be raised.
bool DistributionPlan::raiseLevels() {
  bool changed = false;
  for (unsigned node = 0; node < graph.getNumNodes(); ++node) {
    if (homes[node] != Home::Loop)
      continue;
    for (unsigned dependence : graph.getDependences(node)) {
      if (homes[dependence] != Home::Loop || levels[dependence] >= levels[node] ||
          canLeaveLoop(dependence))
        continue;
      leastLevels[dependence] = levels[node];
      changed = true;
    }
  }
  return changed;
}

//===----------------------------------------------------------------------===//
// Light operations
//===----------------------------------------------------------------------===//

/// True if a loop reads the node, `except` for readers among these.
bool DistributionPlan::isReadInLoops(unsigned node, ArrayRef<unsigned> except) const {
  return llvm::any_of(graph.getUsers(node), [&](unsigned user) {
    return homes[user] != Home::Lifted && withSteps.test(user) && !unused.test(user) &&
           !llvm::is_contained(except, user);
  });
}

/// Light operations are lifted where lifted ones read them, or nothing but the result.
void DistributionPlan::liftWhatIsNeeded() {
  for (unsigned node = graph.getNumOperations(); node-- > 0;) {
    if (homes[node] != Home::WhereUsed || !withSteps.test(node) || isHistoryView(node))
      continue;
    bool isRead = llvm::any_of(graph.getUsers(node), [&](unsigned user) {
      return homes[user] == Home::Lifted || isHistoryView(user);
    });
    if (isRead || outputs.test(node))
      homes[node] = Home::Lifted;
  }
}

/// True if fewer bytes have to be stored for the loops when `node` is lifted with its `cone`, the
/// light operations it is made of.
bool DistributionPlan::storesLess(unsigned node, ArrayRef<unsigned> cone) const {
  int64_t before = 0, after = 0;
  llvm::SmallDenseSet<unsigned> inputs;
  for (unsigned member : cone) {
    if (member == node || isReadInLoops(member, cone))
      after += getBytes(member);
    for (unsigned dependence : graph.getDependences(member))
      if (homes[dependence] == Home::Lifted && withSteps.test(dependence) &&
          !outputs.test(dependence) && !isReadInLoops(dependence, cone) &&
          inputs.insert(dependence).second)
        before += getBytes(dependence);
  }
  return after < before;
}

void DistributionPlan::liftWhatStoresLess() {
  for (unsigned node = 0; node < graph.getNumOperations(); ++node) {
    if (homes[node] != Home::WhereUsed || !withSteps.test(node) || !isReadInLoops(node, {}))
      continue;
    SmallVector<unsigned> cone{node};
    for (unsigned i = 0; i < cone.size() && cone.size() <= mostOfCone; ++i)
      for (unsigned dependence : graph.getDependences(cone[i]))
        if (homes[dependence] == Home::WhereUsed && withSteps.test(dependence) &&
            !llvm::is_contained(cone, dependence))
          cone.push_back(dependence);
    if (cone.size() <= mostOfCone && storesLess(node, cone))
      for (unsigned member : cone)
        homes[member] = Home::Lifted;
  }
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

bool DistributionPlan::isWorthwhile() const {
  if (!chunkedMemories.empty())
    return true;
  auto has = [&](Value value) { return hasSteps(value); };
  bool anyLoop = llvm::is_contained(homes, Home::Loop);
  for (unsigned node = 0; node < graph.getNumOperations(); ++node)
    if (homes[node] == Home::Lifted && (!anyLoop || historyReads.contains(node) ||
                                        isCheaperTogether(graph.getOperation(node), has)))
      return true;
  return false;
}

unsigned DistributionPlan::countLifted() const {
  return llvm::count_if(llvm::seq(graph.getNumOperations()), [&](unsigned node) {
    return homes[node] == Home::Lifted && !isLight(graph.getOperation(node));
  });
}

unsigned DistributionPlan::countRecurrences() const {
  return llvm::count_if(graph.getComponents(), [&](ArrayRef<unsigned> component) {
    return graph.isRecurrence(component);
  });
}

int64_t DistributionPlan::chooseLength() const {
  int64_t bytes = 1;
  for (unsigned node = 0; node < graph.getNumNodes(); ++node) {
    bool isLifted = homes[node] == Home::Lifted;
    bool isStored = isLifted ? !isLightNode(node) || isReadInLoops(node, {})
                             : llvm::any_of(graph.getUsers(node), [&](unsigned user) {
                                 return homes[user] == Home::Lifted;
                               });
    if (isStored && withSteps.test(node) && !isHistoryView(node) &&
        (!inChunks.test(node) || chunkReads.test(node)))
      bytes += getBytes(node);
  }
  // The last chunk of a block should not be shorter than the others.
  int64_t unit = leastLength;
  for (const auto &memory : chunkedMemories)
    unit = std::max(unit, memory.second->length);
  // What many queries read is turned for each block.
  if (llvm::any_of(historyReads, [&](const auto &read) { return getHistoryRead(read.first); }))
    return std::max(unit, mostLength / unit * unit);
  int64_t fitting = mostBytesOfBlock / bytes / unit * unit;
  return std::clamp(fitting, unit, std::max(unit, mostLength / unit * unit));
}
