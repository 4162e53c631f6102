//===- Fusion.h - Products and work done together -----------------*- C++ -*-===//
//
// The operations that the optimiser gathers products and elementwise work in.
// GatefoldFusionOps.td is their specification.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_IR_FUSION_H
#define GATEFOLD_IR_FUSION_H

#include "gatefold/IR/Gatefold.h"

namespace gatefold::ir {
class KeepOp;

/// Rows of a panel: as many outputs as are computed side by side.
inline constexpr int64_t panelRows = 16;

/// Bytes that are multiplied and added up in one step.
inline constexpr int64_t bytesAtOnce = 4;

/// True for bf16 and f16, which panels may be stored in.
inline bool isShortFloat(mlir::Type element) { return element.isBF16() || element.isF16(); }

/// True for operations whose elements are found one by one, from elements of their operands: what
/// may stand in a `gatefold.fuse` besides products.
bool isElementwiseOrBroadcast(mlir::Operation *op);
} // namespace gatefold::ir

#define GET_OP_CLASSES
#include "gatefold/IR/Fusion.h.inc"

#endif // GATEFOLD_IR_FUSION_H
