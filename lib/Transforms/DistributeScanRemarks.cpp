//===- DistributeScanRemarks.cpp - What was hoisted, and what was not -----*- C++ -*-===//

#include "DistributeScanRemarks.h"
#include "DistributeScanLift.h"
#include "gatefold/IR/Explain.h"

using namespace mlir;
using namespace gatefold;

static constexpr StringLiteral passName = "distribute-scan";

/// True for what a user would like to know of.
static bool isOfInterest(Operation *op) {
  return isa<ir::ScanOp>(op) ||
         (!isLight(op) && !dependsOnPosition(op) &&
          !isa<ir::ReduceOp, ir::CumulateOp, ir::ArgMaxOp, ir::GatherOp>(op));
}

/// "the product for `i`", "the inner scan".
static std::string describe(Operation *op) {
  std::string what = isa<ir::ScanOp>(op) ? "the inner scan" : "the product";
  std::string names = ir::listNames(op->getResults());
  return names.empty() ? what : what + " for " + names;
}

/// The recurrence that a node in a loop belongs to or, if to none, depends on; empty if there is
/// none.
static ArrayRef<unsigned> findRecurrence(unsigned node, const StepGraph &graph) {
  llvm::BitVector reached(graph.getNumNodes());
  SmallVector<unsigned> open{node};
  while (!open.empty()) {
    unsigned next = open.pop_back_val();
    if (reached.test(next))
      continue;
    reached.set(next);
    llvm::append_range(open, graph.getDependences(next));
  }
  for (ArrayRef<unsigned> component : llvm::reverse(graph.getComponents()))
    if (graph.isRecurrence(component) && reached.test(component.front()))
      return component;
  return {};
}

/// "h through r": the memory of a recurrence, and a value on the way from it to the node.
static std::string describeDependence(ir::ScanOp scan, unsigned node, ArrayRef<unsigned> component,
                                      const StepGraph &graph) {
  const unsigned *memory =
      llvm::find_if(component, [&](unsigned member) { return graph.isMemory(member); });
  std::string text = getMemoryName(scan, graph.getMemoryNumber(*memory));
  std::string own = ir::findName(graph.getOperation(node)->getResult(0));
  for (unsigned dependence : graph.getDependences(node)) {
    if (!llvm::is_contained(component, dependence))
      continue;
    if (graph.isMemory(dependence))
      return getMemoryName(scan, graph.getMemoryNumber(dependence));
    std::string name = ir::findName(graph.getOperation(dependence)->getLoc());
    if (!name.empty() && name != own && name != text + "'")
      return text + " through " + name;
  }
  return text;
}

/// Why an operation stays in its loop.
static std::string describeReason(ir::ScanOp scan, unsigned node, const StepGraph &graph,
                                  const DistributionPlan &plan) {
  Operation *op = graph.getOperation(node);
  auto has = [&](Value value) { return plan.hasSteps(value); };
  ArrayRef<unsigned> component = findRecurrence(node, graph);
  if (llvm::is_contained(component, node))
    return "depends on " + describeDependence(scan, node, component, graph);
  if (!isCheaperTogether(op, has))
    return "both operands differ from step to step";
  if (!canTakeSteps(op, has))
    return "for many steps at once, what is the same at all of them would have to be repeated";
  return "what it reads of each step is too much to be stored";
}

void gatefold::explainDistribution(ir::ScanOp scan, const StepGraph &graph,
                                   const DistributionPlan &plan, int64_t length) {
  // Reasons take some search, for which nobody shall wait who does not read them.
  if (!scan.getContext()->getRemarkEngine())
    return;
  for (unsigned node = 0; node < graph.getNumOperations(); ++node) {
    Operation *op = graph.getOperation(node);
    if (!isOfInterest(op))
      continue;
    if (plan.getHome(node) == Home::Loop) {
      if (auto remark = ir::explainRefused(op, passName))
        remark << describe(op) + " is not hoisted: " + describeReason(scan, node, graph, plan);
    } else if (length != 0) {
      if (auto remark = ir::explainDone(op, passName))
        remark << describe(op) + " is computed for blocks of " + std::to_string(length) + " steps";
    }
  }
  if (length == 0)
    return;
  for (unsigned number = 0; number < scan.getNumMemories(); ++number)
    if (plan.getSimpleMemory(graph.getMemoryNode(number)))
      if (auto remark = ir::explainDone(scan, passName))
        remark << "the memory " + getMemoryName(scan, number) +
                      " needs no loop: it is known for all " + std::to_string(length) +
                      " steps of a block at once";
  for (unsigned number = 0; number < scan.getNumMemories(); ++number)
    if (const ChunkedMemory *chunk = plan.getChunkedMemory(graph.getMemoryNode(number)))
      if (auto remark = ir::explainDone(scan, passName))
        remark << "the memory " + getMemoryName(scan, number) + " is read and written once for " +
                      std::to_string(chunk->length) + " steps";
  ir::explainCount(scan, passName, "operations hoisted", plan.countLifted());
  ir::explainCount(scan, passName, "recurrences", plan.countRecurrences());
  ir::explainCount(scan, passName, "scans in blocks", 1);
}

void gatefold::explainInvariant(Operation *op) {
  if (!isOfInterest(op))
    return;
  if (auto remark = ir::explainDone(op, passName))
    remark << describe(op) + " is the same at every step and computed once";
  ir::explainCount(op, passName, "operations out of loops", 1);
}
