//===- Tensor.h - Arrays of numbers with a shape -----------------*- C++ -*-===//
//
// A tensor is an element type, a shape and contiguous row-major bytes. It behaves as a value:
// copies share the bytes until one of them is written to.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_TENSOR_H
#define GATEFOLD_RUNTIME_TENSOR_H

#include "gatefold/Runtime/ElementType.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <cassert>
#include <memory>
#include <string>

namespace gatefold {

/// A dense row-major tensor. Its bytes are either owned (64-byte aligned) or a view into something
/// else, such as a memory-mapped file, that is kept alive. A shape of no axes is a scalar with one
/// element; an axis may be 0.
class Tensor {
public:
  using Shape = llvm::SmallVector<int64_t, 4>;

  /// An f32 tensor of shape [0].
  Tensor() : extents({0}) {}

  /// A tensor of zeros. `shape` must be one that `countBytes` accepts and that fits in memory; a
  /// shape that comes from a file or a user goes through `create`.
  static Tensor zeros(ElementType type, llvm::ArrayRef<int64_t> shape);

  /// A tensor of zeros; an error for a negative axis, a size that overflows, or more memory than
  /// there is.
  static llvm::Expected<Tensor> create(ElementType type, llvm::ArrayRef<int64_t> shape);

  /// A tensor that reads `bytes`, which `owner` keeps alive. The bytes must be as many as the shape
  /// takes; they are copied if they are not aligned for the element type.
  static Tensor view(ElementType type, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<char> bytes,
                     std::shared_ptr<const void> owner);

  /// A tensor that holds a copy of `values`, as many as the shape takes, laid out row by row.
  template <typename T>
  static Tensor copyOf(ElementType type, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<T> values);

  /// An f32 tensor with these values.
  static Tensor fromFloats(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<float> values) {
    return copyOf<float>(ElementType::F32, shape, values);
  }

  ElementType type() const { return elementType; }
  llvm::ArrayRef<int64_t> shape() const { return extents; }
  int64_t rank() const { return static_cast<int64_t>(extents.size()); }
  int64_t numElements() const;

  /// All the bytes, row by row.
  llvm::ArrayRef<char> bytes() const;

  /// The elements, for reading. T must have the size of the element type; f16 and bf16 are read as
  /// uint16_t.
  template <typename T>
  const T *data() const {
    assert(sizeof(T) == static_cast<size_t>(elementSize(elementType)) && "T is of another size");
    return reinterpret_cast<const T *>(storage.get());
  }

  /// The elements, for writing. The bytes are copied first if another tensor shares them or if they
  /// are a view, so pointers obtained before are not to be used any more.
  template <typename T>
  T *mutableData() {
    assert(sizeof(T) == static_cast<size_t>(elementSize(elementType)) && "T is of another size");
    return reinterpret_cast<T *>(mutableBytes());
  }

  /// The bytes, for writing; as `mutableData`.
  char *mutableBytes();

  /// Element `index` (row by row) as a double; i64 and u64 beyond 2^53 are rounded.
  double elementAsDouble(int64_t index) const;

  /// The same numbers in another element type, rounded to nearest where it is narrower and
  /// floating-point. An error names the first number that an integer target cannot hold (out of
  /// range, a fraction, NaN); a bool target takes 0 and 1 only.
  llvm::Expected<Tensor> convertTo(ElementType target) const;

  /// The same elements under another shape; an error when the counts differ.
  llvm::Expected<Tensor> withShape(llvm::ArrayRef<int64_t> shape) const;

private:
  ElementType elementType = ElementType::F32;
  Shape extents;
  std::shared_ptr<char> storage;
  bool isView = false;
};

/// The bytes that a tensor takes; an error for a negative axis and for a size beyond 2^63 - 1.
llvm::Expected<int64_t> countBytes(ElementType type, llvm::ArrayRef<int64_t> shape);

/// Spells a shape: "[2, 3]", "[]".
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// Spells an element's place: element 5 of shape [2, 3] is "[1, 2]".
std::string indexText(llvm::ArrayRef<int64_t> shape, int64_t index);

template <typename T>
Tensor Tensor::copyOf(ElementType type, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<T> values) {
  Tensor result = zeros(type, shape);
  assert(static_cast<int64_t>(values.size()) == result.numElements() &&
         "as many values as elements");
  llvm::copy(values, result.mutableData<T>());
  return result;
}

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_TENSOR_H
