//===- DeriveEntries.cpp - From one sequence entry to three ---------*- C++ -*-===//
//
// Brings the memories of the scans over time out of the sequence entry and derives the entries
// `step` and `init`.
//
//===----------------------------------------------------------------------===//

#include "CopyOperands.h"
#include "DeriveStep.h"
#include "EntryPorts.h"
#include "EntryRemarks.h"
#include "gatefold/IR/Places.h"
#include "gatefold/Transforms/Passes.h"

namespace gatefold {
#define GEN_PASS_DEF_DERIVEENTRIES
#include "gatefold/Transforms/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

/// The names of the inputs' dynamic leading dimensions, in order of appearance; one of them may be
/// time.
static SmallVector<StringRef> findTimes(ir::EntryOp entry) {
  SmallVector<StringRef> names;
  for (auto [index, type] : llvm::enumerate(entry.getArgumentTypes())) {
    auto tensor = cast<RankedTensorType>(type);
    if (tensor.getRank() == 0 || !tensor.isDynamicDim(0))
      continue;
    StringRef name = entry.getArgumentPort(index).getDims().front().getValue();
    if (!llvm::is_contained(names, name))
      names.push_back(name);
  }
  return names;
}

/// Makes `@init`: the memories before the first step, from the inputs that do not run over time.
static void buildInit(OpBuilder &builder, ir::EntryOp sequence, StringRef timeName,
                      ArrayRef<TimeScan> scans, ArrayRef<Value> timeSizes) {
  SmallVector<Type> types, resultTypes;
  SmallVector<ir::PortAttr> ports, memoryPorts;
  SmallVector<BlockArgument> inputs;
  for (auto [index, argument] : llvm::enumerate(sequence.getArguments())) {
    if (runsOverTime(sequence.getArgumentPort(index), timeName))
      continue;
    types.push_back(argument.getType());
    ports.push_back(sequence.getArgumentPort(index));
    inputs.push_back(argument);
  }
  for (const TimeScan &timeScan : scans) {
    llvm::append_range(resultTypes, ir::ScanOp(timeScan.scan).getInitial().getTypes());
    llvm::append_range(memoryPorts, timeScan.ports);
  }
  auto init = ir::EntryOp::create(builder, sequence.getLoc(), "init", types, ports, resultTypes,
                                  memoryPorts);
  Block &body = init.getBody().front();
  OpBuilder inside = OpBuilder::atBlockEnd(&body);
  IRMapping values;
  for (auto [from, to] : llvm::zip_equal(inputs, body.getArguments())) {
    values.map(Value(from), Value(to));
    to.setLoc(from.getLoc());
  }
  // A history has a row for each step: so many as the caller says.
  if (llvm::any_of(memoryPorts, hasCapacity))
    for (Value size : timeSizes)
      values.map(size,
                 ir::SizeOp::create(inside, size.getLoc(), size.getType(), capacityDimension));
  SmallVector<Value> results;
  for (const TimeScan &timeScan : scans)
    for (Value value : ir::ScanOp(timeScan.scan).getInitial())
      results.push_back(copyWithOperands(inside, value, values));
  ir::ReturnOp::create(inside, sequence.getLoc(), results);
}

/// Makes the memories arguments and results of `@sequence`.
static void bringMemoriesOut(ir::EntryOp sequence, ArrayRef<TimeScan> scans) {
  SmallVector<ir::PortAttr> arguments = getArgumentPorts(sequence),
                            results = getResultPorts(sequence);
  Block &body = sequence.getBody().front();
  Operation *end = body.getTerminator();
  SmallVector<Value> returned(end->getOperands());
  for (const TimeScan &timeScan : scans) {
    ir::ScanOp scan = timeScan.scan;
    for (auto [index, port] : llvm::enumerate(timeScan.ports)) {
      Value initial = scan.getInitial()[index];
      BlockArgument memory =
          body.addArgument(initial.getType(), scan.getMemoryArguments()[index].getLoc());
      scan.getInitialMutable()[index].set(memory);
      returned.push_back(scan.getFinalMemories()[index]);
    }
    llvm::append_range(arguments, timeScan.ports);
    llvm::append_range(results, timeScan.ports);
  }
  end->setOperands(returned);
  setSignature(sequence, arguments, results);
}

/// `reason (file:line:column)`, with the place that `loc` names.
static std::string describe(const Obstacle &obstacle) {
  return obstacle.reason + ir::describePlaceInParentheses(obstacle.loc);
}

namespace {
struct DeriveEntries : gatefold::impl::DeriveEntriesBase<DeriveEntries> {
  using Base::Base;

  void runOnOperation() final {
    ir::ModelOp model = getOperation();
    ir::EntryOp sequence = model.lookupEntry("sequence");
    if (!sequence || sequence.isExternal() || model.lookupEntry("step") || model.getWhyNoStep())
      return;
    if (model.lookupEntry("decode")) {
      model.setWhyNoStep("a model that generates runs as a whole");
      return;
    }
    OpBuilder builder(model.getContext());
    builder.setInsertionPointAfter(sequence);
    StringRef time;
    std::string reason;
    SmallVector<TimeScan> scans;
    SmallVector<Value> timeSizes;
    // Inputs along another dimension, such as a text that is attended to, are there before the
    // first step.
    for (StringRef name : findTimes(sequence)) {
      std::optional<Obstacle> obstacle = buildStep(builder, sequence, name, scans, timeSizes);
      if (!obstacle) {
        time = name;
        break;
      }
      explainNoStep(model, name, describe(*obstacle));
      if (reason.empty())
        reason = describe(*obstacle);
    }
    if (time.empty()) {
      model.setWhyNoStep(reason.empty() ? "no input has a free leading dimension to step along"
                                        : reason);
      return;
    }
    explainStep(model, time);
    for (const TimeScan &timeScan : scans)
      explainMemories(ir::ScanOp(timeScan.scan).getLoc(), timeScan.ports);
    if (llvm::all_of(scans, [](const TimeScan &scan) { return scan.ports.empty(); }))
      return;
    if (llvm::any_of(getArgumentPorts(sequence), hasCapacity)) {
      sequence.emitOpError("expected no input with a dimension called `")
          << capacityDimension << "`, which histories have";
      return signalPassFailure();
    }
    buildInit(builder, sequence, time, scans, timeSizes);
    bringMemoriesOut(sequence, scans);
  }
};
} // namespace
