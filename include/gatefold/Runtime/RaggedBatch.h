//===- RaggedBatch.h - Batches of sequences of unequal lengths ---*- C++ -*-===//
//
// The examples of a batch lie in one tensor, padded to the longest. Those of equal lengths are run
// together at their own size: padding costs nothing, and no result can depend on it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_RAGGEDBATCH_H
#define GATEFOLD_RUNTIME_RAGGEDBATCH_H

#include "gatefold/Runtime/ModelInterface.h"
#include "gatefold/Runtime/NamedTensors.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace gatefold {

/// Examples of a batch that have the same lengths, and whatever else has to be the same.
struct ExampleGroup {
  std::vector<int64_t> examples; // their places in the batch
  NamedTensors inputs;           // [examples, ...], cut to the lengths
};

/// A batch split into groups of examples.
class RaggedBatch {
public:
  /// `inputs` are those of `entry`, with batch axis. `lengths` gives, by an input's name, whole
  /// numbers [batch]: how much of the input's first free axis each example fills. They count for
  /// all axes of that dimension. Errors, all at once: inputs that do not fit the entry; lengths for
  /// an input that has no free axis, of another count or type, negative or longer than the axis;
  /// lengths of one dimension that differ between inputs.
  static llvm::Expected<RaggedBatch> create(const EntryInterface &entry, const NamedTensors &inputs,
                                            const NamedTensors &lengths);

  llvm::ArrayRef<ExampleGroup> getGroups() const { return groups; }

  /// Splits the groups until the examples of each have the same key.
  void split(llvm::function_ref<std::vector<int64_t>(int64_t example)> keyOf);

  int64_t getBatch() const { return batch; }

  /// Runs `run` for each group, several at a time on as many threads; `run` is told the group's
  /// number and how many threads it may use itself. Of several errors the first group's is
  /// returned.
  llvm::Error
  forEachGroup(unsigned threads,
               llvm::function_ref<llvm::Error(size_t group, unsigned threads)> run) const;

  /// The outputs of all groups, in their order, as one batch of the shape that the padded inputs
  /// give. What lies beyond an example's length is 0.
  llvm::Expected<NamedTensors> join(llvm::ArrayRef<NamedTensors> outputs) const;

private:
  RaggedBatch() = default;
  friend class LengthBinder;

  const EntryInterface *entry = nullptr;
  std::vector<int64_t> sizes; // of the padded inputs
  int64_t batch = 0;
  std::vector<ExampleGroup> groups;
};

/// The first axis of a port behind the batch whose size comes with the data; null if there is none.
const Dimension *findFreeAxis(const Port &port);

/// The given examples of a tensor [batch, ...].
Tensor takeExamples(const Tensor &tensor, llvm::ArrayRef<int64_t> examples);

/// Writes a tensor [examples, ...] over these examples of `batch`. Where its axes are shorter, what
/// lies beyond stays.
void putExamples(Tensor &batch, llvm::ArrayRef<int64_t> examples, const Tensor &part);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_RAGGEDBATCH_H
