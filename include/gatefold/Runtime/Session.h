//===- Session.h - A loaded model that runs --------------------------*- C++ -*-===//
//
// A compiled model with its weights: runs whole sequences, chunks of them and single steps on
// tensors.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_SESSION_H
#define GATEFOLD_RUNTIME_SESSION_H

#include "gatefold/Runtime/CompiledModel.h"
#include "gatefold/Runtime/Generation.h"
#include "gatefold/Runtime/Tensor.h"

namespace gatefold {

/// The memories of a stream between two calls: one tensor per memory, batch first. Copying it forks
/// the stream and copies no memory: a tensor is copied when one of its owners writes to it.
struct StreamState {
  NamedTensors memories;
  int64_t batch = 1;
};

/// Inputs that were checked against an entry.
struct BoundInputs {
  std::vector<Tensor> tensors; ///< in the order of the entry's input ports, with batch axis
  std::vector<int64_t> sizes;  ///< in the order of EntryInterface::sizes
  bool batched = false;        ///< the caller's tensors had the batch axis
};

/// Checks `inputs` against the input ports of an entry: names (nearest one named), element types,
/// static sizes, equal sizes for equal dimension names, the batch axis present on all inputs or on
/// none. An input without batch axis has one axis less than its port and counts as a batch of one.
/// All errors come at once, one in each part of the list. A size that no input gives is -1.
llvm::Expected<BoundInputs> bindInputs(const EntryInterface &entry, const NamedTensors &inputs);

/// A port's shape under the dynamic sizes of its entry; -1 for a size that is not known.
Tensor::Shape shapeOf(const EntryInterface &entry, llvm::ArrayRef<int64_t> sizes, const Port &port);

/// An input's type as messages spell it, without its batch axis: "f32 [T, 13]".
std::string describePort(const Port &port);

/// How a model that makes tokens is run.
struct GenerationSettings {
  int32_t first = 0;            // the token of the first step
  std::optional<int32_t> end;   // the token that ends a result
  std::optional<int64_t> limit; // the most tokens of a result, at most those of the model; absent:
                                // the model's
  Strategy strategy;
};

class Vocabulary;

/// The settings that a model's text gives: its first and its end token, which are looked up in the
/// vocabulary of the tokens made (null where they are plain numbers).
llvm::Expected<GenerationSettings> makeGenerationSettings(const Generation &generation,
                                                          const Vocabulary *vocabulary);

/// The most tokens of a result: what the settings say, or else the model. An error for a limit that
/// the model does not allow, and where nobody gives one.
llvm::Expected<int64_t> findLimit(const Generation &generation, const GenerationSettings &settings);

/// What a session may be told.
struct SessionOptions {
  /// The most steps that the histories of a stream hold; without it, as many as the inputs have
  /// with which it starts.
  std::optional<int64_t> capacity;
  /// Threads take part in every call, however busy their processors are. Otherwise a call that
  /// would wait for them for long is done by fewer.
  bool waitsForThreads = false;
};

/// A compiled model and its weights. Calls with different streams may run at the same time.
class Session {
public:
  /// `weights` holds one f32 tensor per weight of the interface, in order (Checkpoint.h).
  static llvm::Expected<std::unique_ptr<Session>> create(std::shared_ptr<const CompiledModel> model,
                                                         NamedTensors weights,
                                                         const SessionOptions &options = {});

  const ModelInterface &getInterface() const;

  /// The memories of `batch` streams before the first step. Of `inputs` it reads those that the
  /// `init` entry takes, which are inputs that are the same at every step; of the others no more
  /// than the number of steps, where histories need a capacity and the options give none.
  llvm::Expected<StreamState> start(const NamedTensors &inputs, int64_t batch) const;

  /// Whole sequences from fresh memories. Output tensors have a batch axis exactly if the inputs
  /// had. At most `threads` threads share the work: each has a part of the batch, or where there
  /// are few examples, a part of the work for each. The result does not depend on them.
  llvm::Expected<NamedTensors> runSequence(const NamedTensors &inputs, unsigned threads = 1) const;

  /// Goes on from `state` with the next chunk of the sequences and updates it; after an error the
  /// state is as it was.
  llvm::Expected<NamedTensors> runChunk(StreamState &state, const NamedTensors &inputs,
                                        unsigned threads = 1) const;

  /// The same through the `step` entry, one step after the other. A chunk without a step goes
  /// through `sequence` where that was compiled; otherwise an output that does not run over time is
  /// an error then.
  llvm::Expected<NamedTensors> runSteps(StreamState &state, const NamedTensors &inputs,
                                        unsigned threads = 1) const;

  /// The same three for a batch whose examples have lengths of their own, given by input names as
  /// RaggedBatch says: each example is run as if it were alone, and its memories are those after
  /// its own last step. Outputs have the shape for the padded inputs, with 0 beyond each length.
  llvm::Expected<NamedTensors> runSequence(const NamedTensors &inputs, const NamedTensors &lengths,
                                           unsigned threads) const;
  llvm::Expected<NamedTensors> runChunk(StreamState &state, const NamedTensors &inputs,
                                        const NamedTensors &lengths, unsigned threads) const;
  llvm::Expected<NamedTensors> runSteps(StreamState &state, const NamedTensors &inputs,
                                        const NamedTensors &lengths) const;

  /// Makes tokens with a model that has a Generation: one result for each example, the only one
  /// where the inputs have no batch axis. Examples end on their own and are split over at most
  /// `threads` threads; `callback` is called from one at a time. Histories are as large as the
  /// limit asks for.
  llvm::Expected<std::vector<GeneratedTokens>> generate(const NamedTensors &inputs,
                                                        const GenerationSettings &settings,
                                                        unsigned threads = 1,
                                                        const TokenCallback &callback = {}) const;

  /// The same for a batch whose examples have lengths of their own.
  llvm::Expected<std::vector<GeneratedTokens>> generate(const NamedTensors &inputs,
                                                        const NamedTensors &lengths,
                                                        const GenerationSettings &settings,
                                                        unsigned threads,
                                                        const TokenCallback &callback = {}) const;

  ~Session();

private:
  friend class ContinuousBatch;
  friend class PreparedRun;
  friend class Stepper;
  class Implementation;
  explicit Session(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

/// The dynamic sizes of a stream's inputs besides its batch: {"S", 20}.
using NamedSizes = std::vector<std::pair<std::string, int64_t>>;

/// A prepared call of the `step` entry: buffers, workspace and memories are allocated once, `run`
/// allocates nothing. It keeps the model and its weights alive, but not the session.
class Stepper {
public:
  /// `sizes` names the sizes that neither the batch nor the memories of `state` give. At most
  /// `threads` threads share the work of a step.
  static llvm::Expected<std::unique_ptr<Stepper>> create(const Session &session, StreamState state,
                                                         const NamedSizes &sizes = {},
                                                         unsigned threads = 1);

  /// The buffer of shape [batch, ...] to fill before a step, by input name; null if there is none.
  void *getInput(llvm::StringRef name);

  /// The result of the last step, shape [batch, ...], by output name; null if there is none.
  const void *getOutput(llvm::StringRef name) const;

  /// One step; the memories advance in place. Returns false if a check of the model failed, and the
  /// memories are then not to be used any more.
  bool run();

  /// What the last step reported; `site` is 0 where all went well.
  RunStatus getStatus() const;

  /// The failure of the last step as an error; success where all went well.
  llvm::Error getError() const;

  /// A copy of the memories as they are now.
  StreamState getState() const;

  ~Stepper();

private:
  class Implementation;
  explicit Stepper(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_SESSION_H
