//===- Session.h - A loaded model that runs --------------------------*- C++ -*-===//
//
// A compiled model with its weights: runs whole sequences and single steps on tensors.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_SESSION_H
#define GATEFOLD_RUNTIME_SESSION_H

#include "gatefold/Runtime/CompiledModel.h"
#include "gatefold/Runtime/Tensor.h"

namespace gatefold {

/// The memories of a stream between two calls: one tensor per memory, batch first. Copying it forks the stream.
struct StreamState {
  NamedTensors memories;
  int64_t batch = 1;
};

/// Checks `inputs` against the ports of an entry: names (nearest one named), element types, static sizes, equal sizes
/// for equal dimension names, the batch axis present on all inputs or on none. Returns the sizes in the order of
/// `entry.sizes`. Inputs of a model have a batch axis in front when their rank is one more than the port says.
struct BoundInputs {
  std::vector<Tensor> tensors; ///< in the order of the entry's input ports, with batch axis
  std::vector<int64_t> sizes;
  bool batched = false; ///< the caller's tensors had the batch axis
};

class Session {
public:
  /// `weights` holds one f32 tensor per weight of the interface, in order (Checkpoint.h).
  static llvm::Expected<std::unique_ptr<Session>>
  create(std::shared_ptr<const CompiledModel> model, NamedTensors weights);

  const ModelInterface &getInterface() const;

  /// Memories before the first step, from the inputs that are not sequences (may be none).
  llvm::Expected<StreamState> start(const NamedTensors &inputs, int64_t batch);

  /// Whole sequences from fresh memories. Output tensors have a batch axis exactly if the inputs had.
  /// The batch is split over `threads` threads.
  llvm::Expected<NamedTensors> runSequence(const NamedTensors &inputs, unsigned threads = 1);

  /// Goes on from `state` with the next chunk of the sequences and updates it.
  llvm::Expected<NamedTensors> runChunk(StreamState &state, const NamedTensors &inputs);

  /// The same through the `step` entry, one step after the other.
  llvm::Expected<NamedTensors> runSteps(StreamState &state, const NamedTensors &inputs);

  ~Session();

private:
  class Implementation;
  explicit Session(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

/// A prepared call of the `step` entry: buffers, workspace and memories are allocated once, `run` allocates nothing.
class Stepper {
public:
  static llvm::Expected<std::unique_ptr<Stepper>> create(const Session &session, StreamState state);
  /// The buffer to fill before a step, by input name; null if there is none.
  void *getInput(llvm::StringRef name);
  /// The result of the last step, by output name; null if there is none.
  const void *getOutput(llvm::StringRef name) const;
  /// One step; the memories advance in place. Returns false if a check of the model failed (see getStatus).
  bool run();
  RunStatus getStatus() const;
  const StreamState &getState() const;
  ~Stepper();

private:
  class Implementation;
  explicit Stepper(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_SESSION_H
