//===- ShapeQueries.h - Questions about shapes and views ----------------*- C++ -*-===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_SHAPEQUERIES_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_SHAPEQUERIES_H

#include "Memory.h"

namespace gatefold {

/// The extent as a number, if it is one.
std::optional<int64_t> getConstantExtent(mlir::AffineExpr extent);

/// True if the view is row-major without gaps.
bool isDense(const View &view);

/// True if a reshape only adds or drops axes of size 1.
bool isUnitReshape(ir::ReshapeOp reshape);

/// For each axis of the operand of a reshape that isUnitReshape the axis of the result it is; -1
/// for one of size 1.
llvm::SmallVector<int> getUnitReshapeAxes(ir::ReshapeOp reshape);

/// For each axis of the operand of a broadcast the axis of the result.
llvm::SmallVector<int> getBroadcastAxes(ir::BroadcastOp broadcast);

/// For each axis of the operand of a transposition the axis of the result.
llvm::SmallVector<int> getTransposeAxes(ir::TransposeOp transpose);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_SHAPEQUERIES_H
