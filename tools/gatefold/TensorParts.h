//===- TensorParts.h - Examples of a batch, steps of a sequence --*- C++ -*-===//
//
// Takes tensors apart along their first axis and puts them together again.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_TENSORPARTS_H
#define GATEFOLD_TOOLS_GATEFOLD_TENSORPARTS_H

#include "gatefold/Runtime/Tensor.h"

namespace gatefold {

/// Entry `index` of the first axis, which is dropped.
Tensor takeFirst(const Tensor &tensor, int64_t index);

/// Tensors of one shape, below each other along a new first axis.
Tensor stack(llvm::ArrayRef<Tensor> parts);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_TENSORPARTS_H
