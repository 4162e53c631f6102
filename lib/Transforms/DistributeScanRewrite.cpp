//===- DistributeScanRewrite.cpp - From a scan to blocks ------------------*- C++ -*-===//

#include "DistributeScanRewrite.h"
#include "LeadingAxis.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace gatefold;

namespace {

/// One loop over the steps of a block.
struct LoopContents {
  llvm::SetVector<unsigned> nodes;  ///< what it computes, its memories included
  llvm::SetVector<Value> sequences; ///< values of the body that it reads step by step
  SmallVector<Value> outputs;       ///< values of it that something outside of it reads
};

class BlocksBuilder {
public:
  BlocksBuilder(ir::ScanOp scan, const StepGraph &graph, const DistributionPlan &plan)
      : scan(scan), graph(graph), plan(plan), loops(plan.getNumLevels()) {}

  LogicalResult build(int64_t length);

  ir::BlocksOp blocks;
  SmallVector<ir::ScanOp> built; ///< the loops

private:
  void collectLoops();
  void collectLoop(unsigned level);
  void noteReader(Value value, std::optional<unsigned> loop);
  LogicalResult buildLifted(LeadingAxisCopy &lifted, unsigned level, Value size);
  LogicalResult buildLiftedNode(LeadingAxisCopy &lifted, unsigned node, Value size);
  void buildLoop(LeadingAxisCopy &lifted, unsigned level);
  ir::ScanOp createLoop(LeadingAxisCopy &lifted, const LoopContents &loop);
  void fillLoop(ir::ScanOp inner, const LoopContents &loop);
  SmallVector<unsigned> getMemories(const LoopContents &loop);

  ir::ScanOp scan;
  const StepGraph &graph;
  const DistributionPlan &plan;
  OpBuilder builder{scan.getContext()}; // at the end of the body of the blocks
  SmallVector<LoopContents> loops;
  SmallVector<Value> nextMemories;
};

} // namespace

//===----------------------------------------------------------------------===//
// What the loops read and give
//===----------------------------------------------------------------------===//

/// Finds all that a loop computes and reads, from the nodes that belong to it on.
void BlocksBuilder::collectLoop(unsigned level) {
  LoopContents &loop = loops[level];
  SmallVector<unsigned> open;
  for (unsigned node = 0; node < graph.getNumNodes(); ++node)
    if (plan.getHome(node) == Home::Loop && plan.getLevel(node) == level) {
      loop.nodes.insert(node);
      open.push_back(node);
    }
  ValueRange next = scan.getYield().getNext();
  while (!open.empty()) {
    unsigned node = open.pop_back_val();
    SmallVector<Value> used = graph.isMemory(node)
                                  ? SmallVector<Value>{next[graph.getMemoryNumber(node)]}
                                  : getUsedValues(graph.getOperation(node));
    for (Value value : used) {
      std::optional<unsigned> from = graph.getNode(value);
      if (from && loop.nodes.contains(*from))
        continue;
      bool isCopied = from && (plan.getHome(*from) == Home::WhereUsed ||
                               (plan.getHome(*from) == Home::Lifted && !plan.hasSteps(*from)));
      if (isCopied) {
        loop.nodes.insert(*from);
        open.push_back(*from);
      } else if (plan.hasSteps(value)) {
        loop.sequences.insert(value);
      }
    }
  }
}

/// Notes that a value is read outside of the loop that computes it.
void BlocksBuilder::noteReader(Value value, std::optional<unsigned> reader) {
  std::optional<unsigned> node = graph.getNode(value);
  if (!node || plan.getHome(*node) != Home::Loop || reader == plan.getLevel(*node))
    return;
  SmallVector<Value> &outputs = loops[plan.getLevel(*node)].outputs;
  if (!llvm::is_contained(outputs, value))
    outputs.push_back(value);
}

void BlocksBuilder::collectLoops() {
  for (unsigned level = 0; level < loops.size(); ++level)
    collectLoop(level);
  for (auto [level, loop] : llvm::enumerate(loops))
    for (Value value : loop.sequences)
      noteReader(value, level);
  for (unsigned node = 0; node < graph.getNumOperations(); ++node)
    if (const HistoryRead *read = plan.getHistoryRead(node)) {
      ir::AttendOp attend = read->attend;
      for (Value query : attend.getQueries())
        noteReader(query, std::nullopt);
      noteReader(read->count, std::nullopt);
    } else if (plan.getHome(node) == Home::Lifted && !plan.isInChunks(node))
      for (Value value : getUsedValues(graph.getOperation(node)))
        noteReader(value, std::nullopt);
  for (Value value : scan.getYield().getOutputs())
    noteReader(value, std::nullopt);
  for (auto [number, value] : llvm::enumerate(scan.getYield().getNext())) {
    unsigned node = graph.getMemoryNode(number);
    if (plan.getSimpleMemory(node))
      noteReader(value, std::nullopt);
    if (const ChunkedMemory *chunk = plan.getChunkedMemory(node))
      for (Value operand : chunk->operands.list())
        noteReader(operand, std::nullopt);
  }
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

LogicalResult BlocksBuilder::buildLiftedNode(LeadingAxisCopy &lifted, unsigned node, Value size) {
  if (const ChunkedMemory *chunk = plan.getChunkedMemory(node)) {
    unsigned number = chunk->update.memory;
    nextMemories[number] =
        buildChunks(builder, lifted, scan, *chunk, blocks.getMemoryArguments()[number]);
    return success();
  }
  if (!graph.isMemory(node)) {
    Operation *op = graph.getOperation(node);
    if (plan.isInChunks(node))
      return success();
    if (const HistoryRead *read = plan.getHistoryRead(node)) {
      buildHistoryRead(builder, lifted, scan, *read, nextMemories);
      return success();
    }
    // Windows are there with their memory.
    return lifted.isMapped(op->getResult(0)) ? success() : lifted.copy(*op);
  }
  const SimpleMemory *memory = plan.getSimpleMemory(node);
  nextMemories[memory->number] =
      buildSimpleMemory(builder, lifted, *memory, graph.getMemory(node),
                        blocks.getMemoryArguments()[memory->number], size);
  return success();
}

/// The lifted operations and memories of a level, and what is the same at every step.
LogicalResult BlocksBuilder::buildLifted(LeadingAxisCopy &lifted, unsigned level, Value size) {
  for (ArrayRef<unsigned> component : graph.getComponents()) {
    // A memory comes before the operations that make its next value.
    SmallVector<unsigned> nodes(component);
    llvm::sort(nodes);
    if (graph.isMemory(nodes.back()))
      std::rotate(nodes.begin(), nodes.end() - 1, nodes.end());
    for (unsigned node : nodes) {
      if (plan.getLevel(node) != level || plan.getHome(node) == Home::Loop ||
          (plan.getHome(node) == Home::WhereUsed && plan.hasSteps(node)))
        continue;
      if (failed(buildLiftedNode(lifted, node, size)))
        return failure();
    }
  }
  return success();
}

/// The numbers of the memories of a loop.
SmallVector<unsigned> BlocksBuilder::getMemories(const LoopContents &loop) {
  SmallVector<unsigned> numbers;
  for (unsigned number = 0; number < scan.getNumMemories(); ++number)
    if (loop.nodes.contains(graph.getMemoryNode(number)))
      numbers.push_back(number);
  return numbers;
}

/// `type` with a dynamic number of steps in front.
static Type addSteps(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape{ShapedType::kDynamic};
  llvm::append_range(shape, tensor.getShape());
  return tensor.clone(shape);
}

ir::ScanOp BlocksBuilder::createLoop(LeadingAxisCopy &lifted, const LoopContents &loop) {
  SmallVector<Value> sequences, initial;
  for (Value value : loop.sequences)
    sequences.push_back(lifted.withAxis(value));
  // Something has to say how many steps there are.
  if (sequences.empty())
    sequences.push_back(blocks.getSequenceArguments().front());
  SmallVector<StringRef> names;
  auto allNames = llvm::to_vector(scan.getNames().getAsValueRange<StringAttr>());
  for (unsigned number : getMemories(loop)) {
    initial.push_back(blocks.getMemoryArguments()[number]);
    names.push_back(allNames[number]);
  }
  SmallVector<Type> outputs =
      llvm::map_to_vector(loop.outputs, [](Value output) { return addSteps(output.getType()); });
  return ir::ScanOp::create(builder, scan.getLoc(), outputs, sequences, initial, names, 0,
                            scan.getReverse());
}

void BlocksBuilder::fillLoop(ir::ScanOp inner, const LoopContents &loop) {
  OpBuilder inside = OpBuilder::atBlockEnd(&inner.getBody().front());
  IRMapping values;
  auto map = [&](Value from, BlockArgument to) {
    to.setLoc(from.getLoc());
    values.map(from, to);
  };
  for (auto [from, to] : llvm::zip(loop.sequences, inner.getSequenceArguments()))
    map(from, to);
  SmallVector<unsigned> memories = getMemories(loop);
  for (auto [number, to] : llvm::zip_equal(memories, inner.getMemoryArguments()))
    map(scan.getMemoryArguments()[number], to);
  for (unsigned node = 0; node < graph.getNumOperations(); ++node)
    if (loop.nodes.contains(node))
      inside.clone(*graph.getOperation(node), values);
  ir::YieldOp yield = scan.getYield();
  SmallVector<Value> outputs, next;
  for (Value output : loop.outputs)
    outputs.push_back(values.lookup(output));
  for (unsigned number : memories)
    next.push_back(values.lookupOrDefault(yield.getNext()[number]));
  ir::YieldOp::create(inside, yield.getLoc(), outputs, next);
}

void BlocksBuilder::buildLoop(LeadingAxisCopy &lifted, unsigned level) {
  const LoopContents &loop = loops[level];
  if (loop.nodes.empty())
    return;
  ir::ScanOp inner = createLoop(lifted, loop);
  fillLoop(inner, loop);
  for (auto [from, to] : llvm::zip_equal(loop.outputs, inner.getOutputs()))
    lifted.mapChanged(from, to);
  for (auto [number, last] : llvm::zip_equal(getMemories(loop), inner.getFinalMemories()))
    nextMemories[number] = last;
  built.push_back(inner);
}

LogicalResult BlocksBuilder::build(int64_t length) {
  collectLoops();
  nextMemories.resize(scan.getNumMemories());
  OpBuilder outside(scan);
  auto names = llvm::to_vector(scan.getNames().getAsValueRange<StringAttr>());
  blocks = ir::BlocksOp::create(outside, scan.getLoc(), scan.getOutputs().getTypes(),
                                scan.getSequences(), scan.getInitial(), names, length, 0,
                                scan.getReverse());
  Block &body = blocks.getBody().front();
  for (auto [from, to] : llvm::zip_equal(scan.getBody().getArguments(), body.getArguments()))
    to.setLoc(from.getLoc());
  builder.setInsertionPointToEnd(&body);
  Value first = body.getArgument(0);
  Value size = ir::DimOp::create(builder, scan.getLoc(), first,
                                 cast<RankedTensorType>(first.getType()).getRank() - 1);
  LeadingAxisCopy lifted(builder, size);
  for (auto [from, to] :
       llvm::zip_equal(scan.getSequenceArguments(), blocks.getSequenceArguments()))
    lifted.mapChanged(from, to);
  for (unsigned level = 0; level < loops.size(); ++level) {
    if (failed(buildLifted(lifted, level, size)))
      return failure();
    buildLoop(lifted, level);
  }
  SmallVector<Value> outputs;
  for (Value value : scan.getYield().getOutputs())
    outputs.push_back(lifted.withAxis(value));
  ir::YieldOp::create(builder, scan.getYield().getLoc(), outputs, nextMemories);
  if (size.use_empty())
    size.getDefiningOp()->erase();
  return success();
}

FailureOr<ir::BlocksOp> gatefold::buildBlocks(ir::ScanOp scan, const StepGraph &graph,
                                              const DistributionPlan &plan, int64_t length,
                                              SmallVectorImpl<ir::ScanOp> &loops) {
  BlocksBuilder blocks(scan, graph, plan);
  if (failed(blocks.build(length))) {
    if (blocks.blocks)
      blocks.blocks.erase();
    return failure();
  }
  loops = std::move(blocks.built);
  return blocks.blocks;
}
