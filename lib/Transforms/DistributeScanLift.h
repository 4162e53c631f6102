//===- DistributeScanLift.h - Which operations take many steps at once -*- C++ -*-===//

#ifndef GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANLIFT_H
#define GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANLIFT_H

#include "gatefold/IR/Gatefold.h"

namespace gatefold {

/// True for operations that a loop nest computes on the way or that only say where elements are:
/// they cost little where their users are.
bool isLight(mlir::Operation *op);

/// True for operations that are cheaper for many steps at once even if what they read has to be
/// stored for it: products with what is the same at every step, and whole scans. `hasSteps` says
/// whether a value differs from step to step.
bool isCheaperTogether(mlir::Operation *op, llvm::function_ref<bool(mlir::Value)> hasSteps);

/// True if the operation can be built for many steps at once, with an axis in front of the operands
/// that differ from step to step.
bool canTakeSteps(mlir::Operation *op, llvm::function_ref<bool(mlir::Value)> hasSteps);

/// True if the rows that an operation works on, or adds to, differ from step to step in number.
bool dependsOnPosition(mlir::Operation *op);

/// Bytes of a value at one step; an axis of unknown size counts for `unknownSize`.
int64_t estimateBytes(mlir::Value value);
inline constexpr int64_t unknownSize = 128;

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANLIFT_H
