//===- PreparedRun.h - Whole sequences, again and again ----------*- C++ -*-===//
//
// A run of whole sequences that is made ready once, as it takes to measure nothing but the model.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_PREPAREDRUN_H
#define GATEFOLD_RUNTIME_PREPAREDRUN_H

#include "gatefold/Runtime/Session.h"

namespace gatefold {

/// A prepared run of the `sequence` entry from fresh memories: tensors and workspaces are allocated
/// once, and `run` gives the same results each time. It keeps the model and its weights alive, but
/// not the session.
class PreparedRun {
public:
  /// `inputs` and `threads` are those of Session::runSequence.
  static llvm::Expected<std::unique_ptr<PreparedRun>>
  create(const Session &session, const NamedTensors &inputs, unsigned threads = 1);

  /// Runs the sequences; an error if a check of the model failed.
  llvm::Error run();

  /// The outputs of the last run, with batch axis.
  NamedTensors getOutputs() const;

  /// The bytes of workspace of all threads together.
  int64_t getWorkspaceBytes() const;

  ~PreparedRun();

private:
  class Implementation;
  explicit PreparedRun(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_PREPAREDRUN_H
