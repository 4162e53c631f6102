//===- ShapeHelpers.h - Axes and sizes of tensor types ----------*- C++ -*-===//
//
// Small functions on tensor types that the operations' verifiers and builders share.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_IR_SHAPEHELPERS_H
#define GATEFOLD_LIB_IR_SHAPEHELPERS_H

#include "gatefold/IR/Gatefold.h"

namespace gatefold::ir {

/// The shape of a tensor type, for building another one.
using Shape = llvm::SmallVector<int64_t, 4>;

/// The value's tensor type.
inline mlir::RankedTensorType tensorType(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}

/// The position from the front of the axis at `axis` from the end.
inline int64_t fromFront(mlir::RankedTensorType type, int64_t axis) {
  return type.getRank() - 1 - axis;
}

/// True unless both sizes are known and differ.
inline bool sizesAgree(int64_t a, int64_t b) {
  return a == b || mlir::ShapedType::isDynamic(a) || mlir::ShapedType::isDynamic(b);
}

/// The size that is known, if one of them is.
inline int64_t knownSize(int64_t a, int64_t b) { return mlir::ShapedType::isDynamic(a) ? b : a; }

/// True if `axes` are ascending, distinct and in [0, rank).
bool areAscendingAxes(llvm::ArrayRef<int64_t> axes, int64_t rank);

/// An error of `op` unless `found` is the type that its operands give it. `what` names the value.
mlir::LogicalResult expectType(mlir::Operation *op, llvm::StringRef what, mlir::Type expected,
                               mlir::Type found);

/// An error of `op` unless its axis, counted from the end, is within the rank of `type`.
mlir::LogicalResult expectAxis(mlir::Operation *op, int64_t axis, mlir::RankedTensorType type);

} // namespace gatefold::ir

#endif // GATEFOLD_LIB_IR_SHAPEHELPERS_H
