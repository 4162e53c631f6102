//===- NamedTensors.h - An ordered set of tensors with names -----*- C++ -*-===//
//
// What a checkpoint, a golden file or the results of a run are: tensors by name, in a definite
// order.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_NAMEDTENSORS_H
#define GATEFOLD_RUNTIME_NAMEDTENSORS_H

#include "gatefold/Runtime/Tensor.h"
#include "llvm/ADT/StringMap.h"
#include <vector>

namespace gatefold {

/// A tensor and its name.
struct NamedTensor {
  std::string name;
  Tensor tensor;
};

/// Tensors in the order in which they were added, each name once.
class NamedTensors {
public:
  /// Adds a tensor at the end, or replaces the one of that name where it is.
  void set(llvm::StringRef name, Tensor tensor);

  /// The tensor of that name; null when there is none.
  const Tensor *find(llvm::StringRef name) const;

  /// The name most like `name`, if it is so like that a slip of the pen is probable; empty
  /// otherwise.
  llvm::StringRef nearestName(llvm::StringRef name) const;

  size_t size() const { return entries.size(); }
  bool empty() const { return entries.empty(); }
  const NamedTensor &operator[](size_t position) const { return entries[position]; }
  auto begin() const { return entries.begin(); }
  auto end() const { return entries.end(); }

private:
  std::vector<NamedTensor> entries;
  llvm::StringMap<size_t> positions;
};

/// The candidate most like `name`, if it is so like that a slip of the pen is probable; empty
/// otherwise.
llvm::StringRef nearestName(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> candidates);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_NAMEDTENSORS_H
