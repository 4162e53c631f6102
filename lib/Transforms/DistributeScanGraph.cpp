//===- DistributeScanGraph.cpp - What a step's values depend on ---------*- C++ -*-===//

#include "DistributeScanGraph.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace gatefold;

SmallVector<Value> gatefold::getUsedValues(Operation *op) {
  llvm::SetVector<Value> used(op->operand_begin(), op->operand_end());
  for (Region &region : op->getRegions())
    region.walk([&](Operation *nested) {
      for (Value operand : nested->getOperands())
        if (!region.isAncestor(operand.getParentRegion()))
          used.insert(operand);
    });
  return used.takeVector();
}

std::string gatefold::getMemoryName(ir::ScanOp scan, unsigned memory) {
  StringRef path = cast<StringAttr>(scan.getNames()[memory]).getValue();
  return path.substr(path.rfind('.') + 1).str();
}

StepGraph::StepGraph(ir::ScanOp scan, ArrayRef<OperationGroup> groups)
    : memories(scan.getMemoryArguments()) {
  for (Operation &op : scan.getBody().front().without_terminator()) {
    operationNodes[&op] = operations.size();
    operations.push_back(&op);
  }
  for (auto [number, memory] : llvm::enumerate(memories))
    memoryNodes[memory] = getMemoryNode(number);
  dependences.resize(operations.size() + memories.size());
  users.resize(dependences.size());
  llvm::BitVector grouped(getNumNodes());
  for (const OperationGroup &group : groups) {
    connectGroup(group);
    grouped.set(memoryNodes.lookup(group.memory));
    for (Operation *op : group.operations)
      grouped.set(operationNodes.lookup(op));
  }
  for (auto [node, op] : llvm::enumerate(operations))
    if (!grouped.test(node))
      connect(node, getUsedValues(op));
  for (auto [number, next] : llvm::enumerate(scan.getYield().getNext()))
    if (!grouped.test(getMemoryNode(number)))
      connect(getMemoryNode(number), {next});
  findComponents();
}

std::optional<unsigned> StepGraph::getNode(Value value) const {
  auto memory = memoryNodes.find(value);
  if (memory != memoryNodes.end())
    return memory->second;
  auto operation = operationNodes.find(value.getDefiningOp());
  if (operation != operationNodes.end())
    return operation->second;
  return std::nullopt;
}

/// Makes `node` depend on the nodes of `used`.
void StepGraph::connect(unsigned node, ArrayRef<Value> used) {
  for (Value value : used) {
    std::optional<unsigned> from = getNode(value);
    if (!from || llvm::is_contained(dependences[node], *from))
      continue;
    dependences[node].push_back(*from);
    users[*from].push_back(node);
  }
}

/// A group is a cycle through its memory, which has all dependences.
void StepGraph::connectGroup(const OperationGroup &group) {
  unsigned memory = memoryNodes.lookup(group.memory);
  for (Operation *op : group.operations) {
    connect(operationNodes.lookup(op), {group.memory});
    connect(memory, {op->getResult(0)});
  }
  connect(memory, group.operands);
}

bool StepGraph::isRecurrence(ArrayRef<unsigned> component) const {
  return component.size() > 1 ||
         llvm::is_contained(dependences[component.front()], component.front());
}

/// Tarjan's algorithm with a stack of its own: bodies may be long.
void StepGraph::findComponents() {
  struct Visit {
    unsigned node, next;
  };
  constexpr unsigned unseen = ~0u;
  SmallVector<unsigned> order(getNumNodes(), unseen), lowest(getNumNodes(), 0), open;
  llvm::BitVector isOpen(getNumNodes());
  unsigned count = 0;
  SmallVector<Visit> visits;
  auto enter = [&](unsigned node) {
    order[node] = lowest[node] = count++;
    open.push_back(node);
    isOpen.set(node);
    visits.push_back({node, 0});
  };
  for (unsigned root = 0; root < getNumNodes(); ++root) {
    if (order[root] == unseen)
      enter(root);
    while (!visits.empty()) {
      Visit &visit = visits.back();
      unsigned node = visit.node;
      if (visit.next < dependences[node].size()) {
        unsigned dependence = dependences[node][visit.next++];
        if (order[dependence] == unseen)
          enter(dependence);
        else if (isOpen.test(dependence))
          lowest[node] = std::min(lowest[node], order[dependence]);
        continue;
      }
      visits.pop_back();
      if (!visits.empty())
        lowest[visits.back().node] = std::min(lowest[visits.back().node], lowest[node]);
      if (lowest[node] != order[node])
        continue;
      auto *first = llvm::find(open, node);
      components.emplace_back(first, open.end());
      for (unsigned member : components.back())
        isOpen.reset(member);
      open.erase(first, open.end());
    }
  }
}
