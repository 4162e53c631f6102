//===- ExpandShortFloats.h - Numbers of 16 bits as integers ------------*- C++ -*-===//
//
// Conversions between f32 and bf16 or f16 without calls of a library.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_CONVERSION_EXPANDSHORTFLOATS_H
#define GATEFOLD_LIB_CONVERSION_EXPANDSHORTFLOATS_H

#include "mlir/IR/PatternMatch.h"

namespace gatefold {

/// Adds patterns that replace `arith.extf` from bf16 and f16 to f32 and `arith.truncf` from f32 to
/// these, of scalars and vectors, by arithmetic on the bits. With `convertsHalves` the processor
/// extends f16 by itself, and that is left to it. Truncation is to the nearest number, ties to
/// even, on every processor: instructions for bf16 would lose subnormal numbers.
void populateExpandShortFloatsPatterns(mlir::RewritePatternSet &patterns, bool convertsHalves);

} // namespace gatefold

#endif // GATEFOLD_LIB_CONVERSION_EXPANDSHORTFLOATS_H
