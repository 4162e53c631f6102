//===- Passes.h - Passes over the gatefold dialect -----------------*- C++ -*-===//
//
// Declares the passes that Passes.td specifies.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TRANSFORMS_PASSES_H
#define GATEFOLD_TRANSFORMS_PASSES_H

#include "gatefold/IR/Gatefold.h"
#include "gatefold/Transforms/WeightType.h"
#include "mlir/Pass/Pass.h"

namespace gatefold {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "gatefold/Transforms/Passes.h.inc"

/// The name of the dynamic dimension that the batch pass adds.
inline constexpr llvm::StringLiteral batchDimension = "batch";

/// The name of the dynamic dimension of histories at the borders of entries: the most rows that
/// they hold.
inline constexpr llvm::StringLiteral capacityDimension = "capacity";
} // namespace gatefold

#endif // GATEFOLD_TRANSFORMS_PASSES_H
