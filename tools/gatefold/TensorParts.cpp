//===- TensorParts.cpp - Examples of a batch, steps of a sequence ----------===//
//
// Copies bytes between tensors.
//
//===----------------------------------------------------------------------===//

#include "TensorParts.h"
#include <cstring>

using namespace gatefold;

Tensor gatefold::takeFirst(const Tensor &tensor, int64_t index) {
  llvm::ArrayRef<int64_t> shape = tensor.shape().drop_front();
  Tensor part = Tensor::zeros(tensor.type(), shape);
  size_t bytes = part.bytes().size();
  if (bytes > 0)
    std::memcpy(part.mutableBytes(), tensor.bytes().data() + index * bytes, bytes);
  return part;
}

Tensor gatefold::stack(llvm::ArrayRef<Tensor> parts) {
  Tensor::Shape shape(parts.front().shape());
  shape.insert(shape.begin(), static_cast<int64_t>(parts.size()));
  Tensor stacked = Tensor::zeros(parts.front().type(), shape);
  char *to = stacked.mutableBytes();
  for (const Tensor &part : parts) {
    if (!part.bytes().empty())
      std::memcpy(to, part.bytes().data(), part.bytes().size());
    to += part.bytes().size();
  }
  return stacked;
}
