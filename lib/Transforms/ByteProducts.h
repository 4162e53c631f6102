//===- ByteProducts.h - Products of bytes ---------------------------*- C++ -*-===//
//
// Writes products of f32 with weights as products of bytes, rounded by scales.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_TRANSFORMS_BYTEPRODUCTS_H
#define GATEFOLD_LIB_TRANSFORMS_BYTEPRODUCTS_H

#include "mlir/IR/Builders.h"

namespace gatefold {

/// The most columns of a matrix: sums of more products could leave an i32.
inline constexpr int64_t mostByteColumns = 65536;

/// Products of bytes in place of those of an operand of f32 with matrices, and what they are made
/// of that depends on the matrices alone.
struct ByteProducts {
  llvm::SmallVector<mlir::Value> results;
  mlir::Value panels;
  llvm::SmallVector<mlir::Value> scales, offsets; ///< for each matrix
};

/// Builds what stands for the products of `lhs`, `[M.., K]` of f32, with each of `matrices`, `[N,
/// K]`: both sides are rounded to whole multiples, -127 to 127, of a scale, which is the 127th part
/// of the largest magnitude of a row of either. Rows of `lhs` have scales of their own, so a result
/// does not depend on other rows; the sums are exact.
ByteProducts buildByteProducts(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value lhs,
                               llvm::ArrayRef<mlir::Value> matrices);

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_BYTEPRODUCTS_H
