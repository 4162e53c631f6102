//===- CopyOperands.h - Copy a value with what it needs ------------*- C++ -*-===//

#ifndef GATEFOLD_LIB_TRANSFORMS_COPYOPERANDS_H
#define GATEFOLD_LIB_TRANSFORMS_COPYOPERANDS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

namespace gatefold {

/// Copies the operations that `value` is computed from to the builder's place, those that `values`
/// already maps excepted, and returns the copy of `value`. Every block argument on the way must be
/// mapped.
mlir::Value copyWithOperands(mlir::OpBuilder &builder, mlir::Value value, mlir::IRMapping &values);

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_COPYOPERANDS_H
