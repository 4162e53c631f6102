//===- Memory.h - Where the values of an entry lie --------------------*- C++ -*-===//
//
// Views are strided windows on memory; the workspace hands out buffers one behind the other, whose
// places are computed once, in the function's first lines. PlanMemory lets them share room.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_MEMORY_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_MEMORY_H

#include "../SizeArithmetic.h"
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

/// The first lines of a function: size arithmetic and places, which every later line may use. What
/// hangs on the number of rows of a history is found where it is asked for.
class Memory {
public:
  /// Everything is inserted in front of `marker`, which must stay in place, but for what only
  /// `body`, the builder of all other lines, can find out.
  Memory(mlir::Operation *marker, mlir::ValueRange sizes, mlir::OpBuilder &body)
      : builder(marker), body(body), loc(marker->getLoc()), fixedSizes(builder, loc, sizes),
        numSizes(sizes.size()) {}

  /// Says where the workspace is: a memref of rank 0 that holds its address.
  void setWorkspace(mlir::Value address);

  /// The value of a size expression.
  mlir::Value getSize(mlir::AffineExpr expression);

  /// A number of rows that is known from here on; `limit`, made of the caller's sizes, is the most
  /// that it can be.
  void setCount(mlir::AffineExpr dimension, mlir::Value count, mlir::AffineExpr limit);
  /// True if the number of rows is known where `body` stands.
  bool hasCount(mlir::AffineExpr dimension) const;

  /// A new buffer in the workspace, row-major without gaps, with room for all that it can be. It is
  /// there from where `body` stands to the end of the block: in a loop, each turn has its own.
  View allocate(mlir::Type element, Extents extents, mlir::Location loc);

  /// Room in the workspace for that much, as a memref of rank 0: what lies there the caller says
  /// with views.
  mlir::Value reserve(mlir::Type element, const Extents &extents, mlir::Location loc);

  /// The workspace behind all buffers, of which no more may be asked for, as a memref of rank 0.
  mlir::Value getRest(mlir::Location loc);

  /// Row-major memory without gaps at the address that a rank-0 memref holds.
  View wrap(mlir::Value base, Extents extents);

  /// The number of a new constant of the function.
  unsigned countConstant() { return numConstants++; }

  /// The bytes handed out so far, as a sum of terms for emitWorkspaceSize.
  llvm::ArrayRef<mlir::AffineExpr> getBytes() const { return bytes; }

private:
  struct Count {
    mlir::Value value;
    mlir::AffineExpr limit;
  };
  mlir::AffineExpr getLimit(mlir::AffineExpr extent) const;
  mlir::AffineExpr getBytes(mlir::Type element, const Extents &extents) const;
  mlir::Value placeBuffer(mlir::MemRefType type, mlir::AffineExpr size, mlir::ValueRange extents,
                          mlir::Location loc);

  mlir::OpBuilder builder;
  mlir::OpBuilder &body;
  mlir::Location loc;     // of size arithmetic, which belongs to no line of the source
  SizeEmitter fixedSizes; // what the caller's sizes determine
  unsigned numSizes;
  mlir::Value workspace;     // a memref of bytes
  mlir::Value used;          // bytes handed out so far
  std::vector<Count> counts; // by the number of their dimension
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

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_MEMORY_H
