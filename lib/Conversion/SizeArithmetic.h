//===- SizeArithmetic.h - Code that computes sizes ---------------------*- C++ -*-===//
//
// Sizes are expressions of the dynamic sizes of an entry: symbol i is the i-th of them. Here they
// become arithmetic, and the bytes of buffers are rounded up to where the next one may begin.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_SIZEARITHMETIC_H
#define GATEFOLD_CONVERSION_SIZEARITHMETIC_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>

namespace gatefold {

/// Buffers start at multiples of a cache line.
inline constexpr int64_t bufferAlignment = 64;

/// On the `memref.view` of a buffer in the workspace: an affine map from the dynamic sizes of the
/// entry to the bytes that the buffer takes. What a buffer holds has no meaning at its view.
inline constexpr llvm::StringLiteral bytesAttrName = "gatefold.bytes";

/// The number that a size is, if it is the same for all dynamic sizes.
std::optional<int64_t> asConstant(mlir::AffineExpr expression);

/// Emits what `expression` does with the values of its two parts. No part is below 0 but the
/// dividend of a quotient.
mlir::Value emitSizeBinary(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::AffineExpr expression, mlir::Value lhs, mlir::Value rhs);

/// Computes sizes in one place of a function, each once.
class SizeEmitter {
public:
  SizeEmitter(mlir::OpBuilder builder, mlir::Location loc, mlir::ValueRange sizes)
      : builder(builder), loc(loc), sizes(sizes) {}

  /// The value of an expression without dimensions.
  mlir::Value get(mlir::AffineExpr expression);

private:
  mlir::OpBuilder builder;
  mlir::Location loc;
  llvm::SmallVector<mlir::Value> sizes;
  llvm::DenseMap<mlir::AffineExpr, mlir::Value> known;
};

/// The bytes of a buffer rounded up to the alignment.
mlir::AffineExpr getPaddedBytes(mlir::AffineExpr bytes);

/// Emits the sum of `bytes`. It and all parts of it stay at the largest number where the arithmetic
/// goes beyond it.
mlir::Value emitWorkspaceSize(mlir::OpBuilder &builder, mlir::Location loc,
                              llvm::ArrayRef<mlir::AffineExpr> bytes, mlir::ValueRange sizes);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_SIZEARITHMETIC_H
