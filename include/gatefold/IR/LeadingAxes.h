//===- LeadingAxes.h - Operations with more axes in front -------*- C++ -*-===//
//
// What LeadingAxesOpInterface says, asked of any operation: the elementwise operations of other
// dialects are included.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_IR_LEADINGAXES_H
#define GATEFOLD_IR_LEADINGAXES_H

#include "gatefold/IR/Gatefold.h"

namespace gatefold::ir {

/// How many trailing axes of operand `operand` the operation treats as its own; 0 for operands of
/// elementwise operations, all axes for operations of which nothing is known.
unsigned getOwnAxes(mlir::Operation *op, unsigned operand);

/// Builds `op` on `operands`, which have `change` more axes in front (fewer, if negative) where
/// `changed` says so, at the location of `op`. Returns what it has built, or null where the
/// operation cannot be built on just those operands: an elementwise operation needs all of them
/// changed.
mlir::Operation *cloneOnto(mlir::OpBuilder &builder, mlir::Operation *op, mlir::ValueRange operands,
                           llvm::ArrayRef<bool> changed, int64_t change);

} // namespace gatefold::ir

#endif // GATEFOLD_IR_LEADINGAXES_H
