//===- Memory.h - Where the values of an entry lie --------------------*- C++ -*-===//
//
// Views are strided windows on memory; the workspace hands out buffers whose places are computed
// once, in the function's first lines.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_MEMORY_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_MEMORY_H

#include "Sizes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include <vector>

namespace gatefold {

/// A strided window on memory, as a memref. An offset of null is zero.
struct View {
  mlir::Value memref;
  mlir::Value base; ///< what `offset` and `strides` count from
  mlir::Value offset;
  Extents extents;
  Extents strides;

  explicit operator bool() const { return memref != nullptr; }
  bool hasUnitStride() const;
  mlir::Type getElementType() const;
};

/// The first lines of a function: size arithmetic and buffers, which every later line may use.
class Memory {
public:
  /// Everything is inserted in front of `marker`, which must stay in place.
  Memory(mlir::Operation *marker, mlir::ValueRange sizes)
      : builder(marker), loc(marker->getLoc()), sizes(sizes) {}

  /// Says where the workspace is: a memref of rank 0 that holds its address.
  void setWorkspace(mlir::Value address);

  /// The value of a size expression.
  mlir::Value getSize(mlir::AffineExpr expression);

  /// A new buffer in the workspace, row-major without gaps.
  View allocate(mlir::Type element, Extents extents, mlir::Location loc);

  /// Row-major memory without gaps at the address that a rank-0 memref holds.
  View wrap(mlir::Value base, Extents extents);

  /// The number of a new constant of the function.
  unsigned countConstant() { return numConstants++; }

  /// The bytes handed out so far, as a sum of terms for emitWorkspaceSize.
  llvm::ArrayRef<mlir::AffineExpr> getBytes() const { return bytes; }

private:
  mlir::OpBuilder builder;
  mlir::Location loc; // of size arithmetic, which belongs to no line of the source
  llvm::SmallVector<mlir::Value> sizes;
  mlir::Value workspace; // a memref of bytes
  mlir::Value used;      // bytes handed out so far
  llvm::DenseMap<mlir::AffineExpr, mlir::Value> known;
  std::vector<mlir::AffineExpr> bytes;
  unsigned numConstants = 0;
};

/// Strides of row-major memory without gaps.
Extents getRowMajorStrides(const Extents &extents, mlir::MLIRContext *context);

/// Builds the memref of a view on `base`. Sizes are asked from `memory`.
View makeView(mlir::OpBuilder &builder, mlir::Location loc, Memory &memory, mlir::Value base,
              mlir::Value offset, Extents extents, Extents strides);

/// The view without `axis`, at position `index` of it.
View pickView(mlir::OpBuilder &builder, mlir::Location loc, Memory &memory, const View &view,
              unsigned axis, mlir::Value index);

/// The view restricted to `extent` elements of `axis` from `start` on.
View sliceView(mlir::OpBuilder &builder, mlir::Location loc, Memory &memory, const View &view,
               unsigned axis, mlir::Value start, mlir::AffineExpr extent);

/// Emits the bytes of workspace for `bytes` as a sum; each buffer starts at a multiple of 64 bytes.
mlir::Value emitWorkspaceSize(mlir::OpBuilder &builder, mlir::Location loc,
                              llvm::ArrayRef<mlir::AffineExpr> bytes, mlir::ValueRange sizes);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_MEMORY_H
