//===- PassRecorder.h - What every pass does to a model ----------*- C++ -*-===//
//
// Watches a pass manager: how long each pass takes, whether it changes anything, and what the
// module looks like afterwards.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_PASSRECORDER_H
#define GATEFOLD_TOOLS_GATEFOLD_PASSRECORDER_H

#include "mlir/IR/OperationSupport.h"
#include "mlir/Pass/PassInstrumentation.h"
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace gatefold {

/// One run of a pass on one operation.
struct PassRecord {
  std::string pass;   ///< name and options, as a pipeline spells them: "gatefold-batch{axis=1}"
  std::string name;   ///< the name alone
  std::string target; ///< what it ran on: "gatefold.entry @step"
  double milliseconds = 0;
  int64_t operationsBefore = 0; ///< operations within the target, itself included
  int64_t operationsAfter = 0;
  bool changed = false;
  bool failed = false;
};

/// Records every pass of a manager, in order. The manager must run on one thread.
class PassRecorder : public mlir::PassInstrumentation {
public:
  /// Called after each pass with what it did and the operation that it ran on.
  using Listener = std::function<void(const PassRecord &, mlir::Operation *)>;

  explicit PassRecorder(Listener listener) : listener(std::move(listener)) {}

  void runBeforePass(mlir::Pass *pass, mlir::Operation *op) override;
  void runAfterPass(mlir::Pass *pass, mlir::Operation *op) override;
  void runAfterPassFailed(mlir::Pass *pass, mlir::Operation *op) override;

private:
  struct Running {
    PassRecord record;
    mlir::OperationFingerPrint before;
    std::chrono::steady_clock::time_point start;
  };
  void finish(mlir::Pass *pass, mlir::Operation *op, bool failed);

  Listener listener;
  std::vector<Running> running; // passes may run passes within them
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_PASSRECORDER_H
