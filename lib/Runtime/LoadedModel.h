//===- LoadedModel.h - A compiled model with its weights ---------*- C++ -*-===//
//
// What sessions and steppers share, and how an entry of it is run on tensors.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_LOADEDMODEL_H
#define GATEFOLD_LIB_RUNTIME_LOADEDMODEL_H

#include "EntryCall.h"
#include "gatefold/Runtime/Session.h"

namespace gatefold {

/// The calls that run an entry on tensors, one for each part of a batch, and what they write.
struct PreparedCalls {
  std::vector<EntryCall> calls;
  std::vector<Tensor> results; ///< in the order of their ports

  /// Runs the calls, on a thread each as far as there are threads. Where checks fail in several
  /// parts, the first part's failure is returned.
  llvm::Error run();
};

/// Where an argument begins and how far apart its examples are, in bytes.
struct ArgumentPlace {
  char *begin = nullptr;
  int64_t bytesPerExample = 0;
};

/// A compiled model and its weights, immutable but for what is learned about threads.
struct LoadedModel {
  std::shared_ptr<const CompiledModel> model;
  NamedTensors weights;
  std::shared_ptr<TeamMemory> teamMemory; ///< null: always wait for threads, see SessionOptions

  /// The entry of that name, or an error that says why there is none.
  llvm::Expected<const EntryInterface *> requireEntry(llvm::StringRef name) const;

  /// Runs an entry on `given`, the tensors of its inputs and then of its memories, all with batch
  /// axis. Returns the results in the order of their ports. At most `threads` threads share the
  /// work.
  llvm::Expected<std::vector<Tensor>> run(const EntryInterface &entry,
                                          llvm::ArrayRef<int64_t> sizes,
                                          llvm::ArrayRef<Tensor> given, unsigned threads) const;

  /// Runs an entry without outputs. What it makes of the memories takes their place in `given`,
  /// so that histories are not copied; after an error they are of no use.
  llvm::Error update(const EntryInterface &entry, llvm::ArrayRef<int64_t> sizes,
                     llvm::MutableArrayRef<Tensor> given, unsigned threads) const;

  /// Makes everything ready for a run of an entry. `given` must outlive the calls.
  llvm::Expected<PreparedCalls> prepare(const EntryInterface &entry, llvm::ArrayRef<int64_t> sizes,
                                        llvm::ArrayRef<Tensor> given, unsigned threads) const;

private:
  llvm::Expected<std::vector<EntryCall>> makeCalls(const EntryInterface &entry,
                                                   llvm::ArrayRef<int64_t> sizes,
                                                   llvm::ArrayRef<ArgumentPlace> places,
                                                   unsigned threads) const;
};

/// Adds the weights that the entry `prepare` computes from the others, if the model has one.
llvm::Error prepareWeights(const CompiledModel &model, NamedTensors &weights);

/// An error unless the batch of the inputs is the batch of the stream.
llvm::Error checkBatch(const EntryInterface &entry, const BoundInputs &bound,
                       const StreamState &state);

/// The memory of `state` for a memory port of an entry, or an error if there is none of the type
/// and shape that these sizes ask for.
llvm::Expected<const Tensor *> findMemory(const EntryInterface &entry,
                                          llvm::ArrayRef<int64_t> sizes, const Port &port,
                                          const StreamState &state);

/// Pairs the results of an entry with the names of their ports of one kind.
NamedTensors takeResults(const EntryInterface &entry, llvm::ArrayRef<Tensor> results,
                         PortKind kind);

/// Fills in the dynamic sizes that are not known (negative) from the shapes of a stream's memories.
void takeSizesOfMemories(const EntryInterface &entry, const StreamState &state,
                         std::vector<int64_t> &sizes);

/// Removes the batch axis, of size 1, of outputs that were computed for inputs without one.
NamedTensors dropBatchAxes(const NamedTensors &outputs);

/// What a session holds.
class Session::Implementation {
public:
  /// How many rows the histories of a stream get that starts with these inputs.
  llvm::Expected<int64_t> chooseCapacity(const EntryInterface &init,
                                         const NamedTensors &inputs) const;

  std::shared_ptr<const LoadedModel> loaded;
  SessionOptions options;
};

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_LOADEDMODEL_H
