//===- Folding.h - Walking over the elements of literals ---------*- C++ -*-===//
//
// What the parts of the Builder share to compute literals from literals.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_FOLDING_H
#define GATEFOLD_LIB_ONNX_FOLDING_H

#include "Value.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace gatefold::onnx {

/// No literal of more elements is computed while importing.
inline constexpr int64_t mostFoldedElements = int64_t(1) << 24;

/// Calls `visit` with every index into `shape`, row by row.
void forEachIndex(llvm::ArrayRef<int64_t> shape,
                  llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit);

/// The number of an element, row by row.
int64_t flatIndex(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> index);

/// The number of the element that stretches to `index` of a larger shape.
int64_t stretchedIndex(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> index);

/// The shape as numbers, if a literal of it may be computed.
std::optional<std::vector<int64_t>> foldableShape(llvm::ArrayRef<Dim> shape);

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_FOLDING_H
