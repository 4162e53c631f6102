//===- PassRecorder.cpp - What every pass does to a model --------*- C++ -*-===//
//
// Measures passes and compares fingerprints before and after each.
//
//===----------------------------------------------------------------------===//

#include "PassRecorder.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Pass/Pass.h"

using namespace gatefold;

/// The manager's own pass that runs others on nested operations; only the others are of interest.
static bool isAdaptor(mlir::Pass *pass) { return pass->getName().ends_with("OpToOpPassAdaptor"); }

static int64_t countOperations(mlir::Operation *op) {
  int64_t count = 0;
  op->walk([&](mlir::Operation *) { ++count; });
  return count;
}

static std::string describe(mlir::Operation *op) {
  std::string text = op->getName().getStringRef().str();
  if (auto name = op->getAttrOfType<mlir::StringAttr>(mlir::SymbolTable::getSymbolAttrName()))
    text += " @" + name.str();
  return text;
}

/// The pass with its options; without braces where it has none, and without the blanks that some
/// passes begin their options with.
static std::string spellPass(mlir::Pass *pass) {
  std::string text;
  llvm::raw_string_ostream os(text);
  pass->printAsTextualPipeline(os);
  llvm::StringRef spelled(text);
  spelled.consume_back("{}");
  auto [name, rest] = spelled.split('{');
  return rest.empty() ? name.str() : (name + "{" + rest.ltrim()).str();
}

void PassRecorder::runBeforePass(mlir::Pass *pass, mlir::Operation *op) {
  if (isAdaptor(pass))
    return;
  PassRecord record;
  record.pass = spellPass(pass);
  record.name = (pass->getArgument().empty() ? pass->getName() : pass->getArgument()).str();
  record.target = describe(op);
  record.operationsBefore = countOperations(op);
  running.push_back({std::move(record), mlir::OperationFingerPrint(op), {}});
  running.back().start = std::chrono::steady_clock::now();
}

void PassRecorder::finish(mlir::Pass *pass, mlir::Operation *op, bool failed) {
  if (isAdaptor(pass))
    return;
  std::chrono::duration<double, std::milli> elapsed =
      std::chrono::steady_clock::now() - running.back().start;
  Running finished = std::move(running.back());
  running.pop_back();
  finished.record.milliseconds = elapsed.count();
  finished.record.operationsAfter = countOperations(op);
  finished.record.changed = finished.before != mlir::OperationFingerPrint(op);
  finished.record.failed = failed;
  listener(finished.record, op);
}

void PassRecorder::runAfterPass(mlir::Pass *pass, mlir::Operation *op) {
  finish(pass, op, /*failed=*/false);
}

void PassRecorder::runAfterPassFailed(mlir::Pass *pass, mlir::Operation *op) {
  finish(pass, op, /*failed=*/true);
}
