//===- Checkpoint.h - The weights of a model from a file ---------*- C++ -*-===//
//
// Loads every weight of a model from a checkpoint and tells everything that does not fit in one
// message.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_CHECKPOINT_H
#define GATEFOLD_RUNTIME_CHECKPOINT_H

#include "gatefold/Runtime/NamedTensors.h"

namespace gatefold {

/// A weight that a model needs.
struct WeightSpec {
  std::string path;                    // its name in the model: encoder.W_i
  llvm::SmallVector<int64_t, 4> shape; // the shape it must have
  std::string source;                  // a WeightSource as text; empty: the tensor named `path`

  bool operator==(const WeightSpec &) const = default;
};

/// Loads `weights` from the .safetensors file `path` (or a .npy file for a single weight): f32
/// tensors, in the order of `weights` and under their paths. One error lists all that are missing,
/// of another shape or type, and all tensors of the file that no weight reads and that `ignored`
/// does not name.
llvm::Expected<NamedTensors> loadWeights(llvm::StringRef path, llvm::ArrayRef<WeightSpec> weights,
                                         llvm::ArrayRef<std::string> ignored = {});

/// As `loadWeights`, from tensors already read; `fileName` is what messages call them.
llvm::Expected<NamedTensors> bindWeights(llvm::StringRef fileName, const NamedTensors &checkpoint,
                                         llvm::ArrayRef<WeightSpec> weights,
                                         llvm::ArrayRef<std::string> ignored = {});

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_CHECKPOINT_H
