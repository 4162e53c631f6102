//===- Lanes.h - Reductions in sixteen lanes ------------------------------*- C++ -*-===//
//
// The fixed order of a `lanes` reduction: lane l takes the elements whose index is l modulo 16, and
// then lanes are added pairwise, 8 apart, 4, 2, 1.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_LANES_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_LANES_H

#include "EntryEmitter.h"

namespace gatefold {

/// Reduces an axis of `extent` elements to a scalar. `step(k, mask, lanes)` gives the lanes after
/// the elements from `k` on, of which the mask (null: all) says which exist; `combine` joins two
/// halves. `initial` is a vector.
mlir::Value
emitLanes(EntryEmitter &emitter, mlir::Location loc, mlir::AffineExpr extent, mlir::Value initial,
          llvm::function_ref<mlir::Value(mlir::Value k, mlir::Value mask, mlir::Value lanes)> step,
          llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> combine);

/// Joins the upper half of the lanes to the lower one until one lane is left, and returns that.
mlir::Value emitLaneTree(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value lanes,
                         llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> combine);

/// Sixteen elements from `indices` on; where the mask is off, those of `otherwise`.
mlir::Value loadLanes(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value memref,
                      mlir::ValueRange indices, mlir::Value mask, mlir::Value otherwise);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_LANES_H
