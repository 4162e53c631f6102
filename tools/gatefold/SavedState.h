//===- SavedState.h - Memories of streams in files ---------------*- C++ -*-===//
//
// A saved state is a safetensors file with the memories of a stream under their names, and with a
// fingerprint of the model that they belong to.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SAVEDSTATE_H
#define GATEFOLD_TOOLS_GATEFOLD_SAVEDSTATE_H

#include "StreamRun.h"
#include "mlir/IR/BuiltinOps.h"

namespace CLI {
class App;
} // namespace CLI

namespace gatefold {

/// What tells memories of different models apart: a step as the compiler has made it, and the
/// weights. `module` is at stage `entries`.
uint64_t findFingerprint(mlir::ModuleOp module, const NamedTensors &weights);

/// Files of memories: those to go on from, and where those after the last step go; empty: none.
struct StateFiles {
  std::string from, to;
  bool isGiven() const { return !from.empty() || !to.empty(); }
};

void addStateOptions(CLI::App &app, StateFiles &files);

/// `runStream` between two saved states. An error names the file where it holds no saved state, or
/// one of another fingerprint.
llvm::Expected<NamedTensors> runSavedStream(const Session &session, const NamedTensors &inputs,
                                            StreamPlan plan, const StateFiles &files,
                                            uint64_t fingerprint);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_SAVEDSTATE_H
