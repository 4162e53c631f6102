//===- Attention.h - Attention in one pass -------------------------*- C++ -*-===//
//
// The operations of GatefoldAttentionOps.td, and what may stand in the region of `gatefold.attend`.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_IR_ATTENTION_H
#define GATEFOLD_IR_ATTENTION_H

#include "gatefold/IR/Gatefold.h"

#define GET_OP_CLASSES
#include "gatefold/IR/GatefoldAttentionOps.h.inc"

namespace gatefold::ir {

/// Keys that `gatefold.attend` takes at once, counted from the first one, and the lanes in which it
/// adds their shares.
inline constexpr int64_t keysAtOnce = 64, shareLanes = 16;

/// True for an operation that finds each element of its result from the elements at the same place:
/// elementwise operations of other dialects but divisions of integers, broadcasts and constants of
/// one value.
bool isScoreElementwise(mlir::Operation *op);

/// True for a product or sum over the last axis of its operands: `dot` that is not transposed, and
/// `reduce sum`.
bool isScoreReduction(mlir::Operation *op);

} // namespace gatefold::ir

#endif // GATEFOLD_IR_ATTENTION_H
