//===- LowerScans.cpp - Scans -------------------------------------*- C++ -*-===//
//
// A scan becomes one gatefold.scan whose memories are the states of the cell and of all cells
// within it.
//
//===----------------------------------------------------------------------===//

#include "LowerScanPlan.h"
#include "LowerWatch.h"

using namespace gatefold;
using namespace gatefold::lowering;

/// Makes tensors of the step's outputs, and returns the next memories.
llvm::SmallVector<mlir::Value> BodyLowering::endStep(ScanPlan &plan, StepMemories &memories,
                                                     SourceRange range) {
  ValueBuilder build = builderAt(range);
  advancePosition(plan, memories, range);
  for (LoweredValue &output : plan.outputs)
    output = build.asTensor(output);
  llvm::SmallVector<mlir::Value> next;
  for (const ScanMemory &memory : plan.memories) {
    auto defined = memories.next.find(memory.key());
    // A cell that no call advances keeps its memories.
    const LoweredValue &value =
        defined == memories.next.end() ? memories.current.at(memory.key()) : defined->second;
    next.push_back(build.asTensor(value).tensor);
  }
  return next;
}

/// Lowers the body of the scan.
void BodyLowering::lowerStep(const ScanSource &scan, ScanPlan &plan, ir::ScanOp op) {
  mlir::OpBuilder::InsertionGuard guard(entry.builder);
  if (entry.recorder)
    entry.recorder->enterStep();
  entry.builder.setInsertionPointToStart(&op.getBody().front());
  mlir::MLIRContext *context = entry.builder.getContext();
  // Without the name of the scan's value, which none of the step's values is.
  const mlir::Location caller = builderAt(scan.range).location;
  StepMemories memories;
  memories.scanned = plan.cell;
  for (auto [memory, argument, initial] :
       llvm::zip_equal(plan.memories, op.getMemoryArguments(), plan.initial)) {
    LoweredValue current = initial;
    current.tensor = argument;
    argument.setLoc(lowering::locate(context, entry.sources, memory.definition(scan.range),
                                     memory.name(), caller));
    memories.current[memory.key()] = std::move(current);
  }
  Scope inner;
  inner.instance = plan.cell;
  inner.sizes = substitute(scan.dimensions, scope.sizes);
  inner.caller = caller;
  inner.memories = &memories;
  BodyLowering body(entry, std::move(inner));
  size_t sequence = 0, fixed = 0;
  for (const Parameter &parameter : plan.cell->declaration->parameters) {
    LoweredValue value;
    if (parameter.fixed ? fixed == plan.fixed.size() : sequence == plan.sequences.size()) {
      body.bindDefault(parameter);
      continue;
    }
    if (parameter.fixed) {
      value = plan.fixed[fixed++];
    } else {
      value = plan.sequences[sequence];
      value.shape.erase(value.shape.begin());
      mlir::BlockArgument argument = op.getSequenceArguments()[sequence++];
      argument.setLoc(lowering::locate(context, entry.sources, parameter.name.range,
                                       parameter.name.text, caller));
      value.tensor = argument;
    }
    if (value.isNumber() && parameter.symbol->type.element != Element::F32)
      value = builderAt(scan.range).asTensor(value, parameter.symbol->type.element);
    body.bind(parameter.symbol, std::move(value));
  }
  body.recordParameters(*plan.cell->declaration);
  plan.outputs = body.run(*plan.cell->declaration);
  const auto next = endStep(plan, memories, scan.range);
  auto outputs =
      llvm::map_to_vector(plan.outputs, [](const LoweredValue &output) { return output.tensor; });
  if (entry.recorder)
    llvm::append_range(outputs, entry.recorder->leaveStep(builderAt(scan.range), scan));
  ir::YieldOp::create(entry.builder, caller, outputs, next);
}

std::vector<LoweredValue> BodyLowering::lowerScan(const ScanExpression &scan, llvm::StringRef name,
                                                  FinalMemories *finalMemories) {
  ScanSource source = {scan.instance, scan.dimensions, {},         scan.fixed,
                       scan.initial,  scan.steps,      scan.range, scan.reverse};
  source.steps = scan.steps.substitute(scope.sizes);
  for (const ExpressionPtr &expression : scan.sequences)
    source.sequences.push_back(lower(*expression));
  return lowerScan(source, name, finalMemories);
}

std::vector<LoweredValue> BodyLowering::lowerScan(const ScanSource &scan, llvm::StringRef name,
                                                  FinalMemories *finalMemories) {
  ScanPlan plan;
  plan.cell = instanceOf(scan.instance);
  const DimBindings sizes = substitute(scan.dimensions, scope.sizes);
  plan.collect(*plan.cell, sizes);
  llvm::SmallVector<mlir::Value> sequences, initial;
  llvm::SmallVector<std::string> names;
  plan.sequences = scan.sequences;
  for (const LoweredValue &sequence : plan.sequences)
    sequences.push_back(sequence.tensor);
  for (const ExpressionPtr &expression : scan.fixed)
    plan.fixed.push_back(lower(*expression));
  const GivenMemories begin{scan.initial, scan.range, scan.steps};
  for (const ScanMemory &memory : plan.memories) {
    plan.initial.push_back(lowerInitial(begin, memory));
    initial.push_back(plan.initial.back().tensor);
    names.push_back(memory.instance->pathOf(memory.name()));
  }
  ValueBuilder build = builderAt(scan.range, name);
  llvm::SmallVector<mlir::Type> outputTypes;
  for (const ResultSyntax &result : plan.cell->declaration->results) {
    Shape shape = {scan.steps};
    shape.append(substitute(result.resolved.dims, sizes));
    outputTypes.push_back(build.typeOf(result.resolved.element, shape, false));
  }
  const llvm::SmallVector<llvm::StringRef> nameRefs(names.begin(), names.end());
  auto op = ir::ScanOp::create(entry.builder, build.location, outputTypes, sequences, initial,
                               nameRefs, 0, scan.isReverse);
  lowerStep(scan, plan, op);
  if (entry.recorder)
    op = entry.recorder->addOutputs(build, op);
  std::vector<LoweredValue> values = std::move(plan.outputs);
  for (auto [value, tensor] : llvm::zip(values, op.getOutputs())) {
    value.tensor = tensor;
    value.shape.insert(value.shape.begin(), scan.steps);
  }
  if (finalMemories)
    for (auto [memory, value, tensor] :
         llvm::zip_equal(plan.memories, plan.initial, op.getFinalMemories())) {
      value.tensor = tensor;
      (*finalMemories)[memory.path] = value;
    }
  return values;
}
