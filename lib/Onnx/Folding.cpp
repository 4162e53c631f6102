//===- Folding.cpp - Walking over the elements of literals -------*- C++ -*-===//
//
// Indices of dense row-major tensors.
//
//===----------------------------------------------------------------------===//

#include "Folding.h"

using namespace gatefold;
using namespace gatefold::onnx;

void onnx::forEachIndex(llvm::ArrayRef<int64_t> shape,
                        llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit) {
  if (llvm::is_contained(shape, 0))
    return;
  llvm::SmallVector<int64_t, 6> index(shape.size(), 0);
  while (true) {
    visit(index);
    size_t axis = shape.size();
    while (axis > 0 && ++index[axis - 1] == shape[axis - 1])
      index[--axis] = 0;
    if (axis == 0)
      return;
  }
}

int64_t onnx::flatIndex(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> index) {
  int64_t flat = 0;
  for (auto [size, place] : llvm::zip(shape, index))
    flat = flat * size + place;
  return flat;
}

int64_t onnx::stretchedIndex(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> index) {
  int64_t flat = 0;
  index = index.take_back(shape.size());
  for (auto [size, place] : llvm::zip(shape, index))
    flat = flat * size + (size == 1 ? 0 : place);
  return flat;
}

std::optional<std::vector<int64_t>> onnx::foldableShape(llvm::ArrayRef<Dim> shape) {
  std::optional<int64_t> count = countElements(shape);
  if (!count || *count > mostFoldedElements)
    return std::nullopt;
  return asNumbers(shape);
}
