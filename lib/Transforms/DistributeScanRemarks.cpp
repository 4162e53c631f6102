//===- DistributeScanRemarks.cpp - What was hoisted, and what was not -----*- C++ -*-===//

#include "DistributeScanRemarks.h"
#include "DistributeScanLift.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace gatefold;

static constexpr StringLiteral category = "distribute-scan";

static remark::RemarkOpts named(StringRef name) {
  return remark::RemarkOpts::name(name).category(category);
}

/// The user's name of a value, or an empty text.
static StringRef nameOf(Location loc) {
  auto name = loc->findInstanceOf<NameLoc>();
  return name ? name.getName().getValue() : StringRef();
}

/// The name of a memory within its cell.
static StringRef nameOf(ir::ScanOp scan, unsigned memory) {
  StringRef path = cast<StringAttr>(scan.getNames()[memory]).getValue();
  return path.substr(path.rfind('.') + 1);
}

/// True for what a user would like to know of.
static bool isOfInterest(Operation *op) {
  return !isLight(op) && !isa<ir::ReduceOp, ir::CumulateOp, ir::ArgMaxOp, ir::GatherOp>(op) &&
         (isa<ir::ScanOp>(op) || !dependsOnPosition(op));
}

/// The recurrence that a node in a loop depends on, or belongs to; empty if it depends on none.
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

/// "`h` through `r`": the memory of a recurrence, and a value on the way to the node where that has
/// a name of its own.
static std::string describeDependence(ir::ScanOp scan, unsigned node, ArrayRef<unsigned> component,
                                      const StepGraph &graph) {
  std::string text;
  for (unsigned member : component)
    if (graph.isMemory(member) && text.empty())
      text = ("`" + nameOf(scan, graph.getMemoryNumber(member)) + "`").str();
  for (unsigned dependence : graph.getDependences(node)) {
    if (graph.isMemory(dependence)) {
      if (llvm::is_contained(component, dependence))
        return ("`" + nameOf(scan, graph.getMemoryNumber(dependence)) + "`").str();
      continue;
    }
    StringRef name = nameOf(graph.getOperation(dependence)->getLoc());
    if (!name.empty() && name != nameOf(graph.getOperation(node)->getLoc()))
      return (text + " through `" + name + "`").str();
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
    return "both operands of the product differ from step to step";
  if (!canTakeSteps(op, has))
    return "it cannot be computed for many steps at once without copies of what is the same at all";
  return "what it needs of each step is too much to be stored";
}

void gatefold::remarkDistribution(ir::ScanOp scan, const StepGraph &graph,
                                  const DistributionPlan &plan, int64_t length) {
  // Reasons take some search, which nobody shall pay for who does not read them.
  if (!scan.getContext()->getRemarkEngine())
    return;
  for (unsigned node = 0; node < graph.getNumOperations(); ++node) {
    Operation *op = graph.getOperation(node);
    if (!isOfInterest(op))
      continue;
    std::string what = isa<ir::ScanOp>(op) ? "inner scan" : "product";
    if (StringRef name = nameOf(op->getLoc()); !name.empty())
      what += (" of `" + name + "`").str();
    if (plan.getHome(node) == Home::Lifted && length != 0)
      remark::passed(op->getLoc(), named("hoisted"))
          << "hoisted: " + what + " is computed for blocks of " + std::to_string(length) + " steps";
    else if (plan.getHome(node) == Home::Loop)
      remark::missed(op->getLoc(), named("not-hoisted"))
          << what + " not hoisted: " + describeReason(scan, node, graph, plan);
  }
}

void gatefold::remarkInvariant(Operation *op) {
  if (isOfInterest(op))
    remark::passed(op->getLoc(), named("invariant"))
        << "hoisted: the same at every step, computed once in front of the scan";
}
