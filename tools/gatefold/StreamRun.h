//===- StreamRun.h - Sequences in chunks and steps ---------------*- C++ -*-===//
//
// Runs whole sequences as a stream would bring them: chunk by chunk, or step by step.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_STREAMRUN_H
#define GATEFOLD_TOOLS_GATEFOLD_STREAMRUN_H

#include "gatefold/Runtime/Session.h"

namespace gatefold {

/// How sequences are cut up.
struct StreamPlan {
  bool stepwise = false;        ///< through the entry `step`
  std::optional<int64_t> chunk; ///< steps at a time; absent: all of them
  unsigned threads = 1;
  std::optional<StreamState> from = {}; ///< the memories to go on from; absent: fresh ones
  std::optional<int64_t> capacity = {}; ///< of histories that go on; absent: as needed
  StreamState *last = nullptr;          ///< where the memories after the last step go
};

/// Runs sequences from the memories of the plan, carrying the memories from chunk to chunk. The
/// outputs are those of the whole sequences, with a batch axis exactly if the inputs have one.
llvm::Expected<NamedTensors> runStream(const Session &session, const NamedTensors &inputs,
                                       const StreamPlan &plan);

/// Whether a port of the entry `sequence` runs over time: the same port of `step` has one axis
/// less.
bool runsOverTime(const ModelInterface &model, const Port &port);

/// The size of the time axis of the inputs; nullopt when none has one, or when the model has no
/// entry `step`, which tells the inputs that run over time from those that do not.
std::optional<int64_t> countSteps(const ModelInterface &model, const BoundInputs &bound);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_STREAMRUN_H
