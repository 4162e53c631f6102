//===- ExpandByteProducts.h - Products of four bytes -------------------*- C++ -*-===//
//
// What products of bytes are in terms of the processor.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_CONVERSION_EXPANDBYTEPRODUCTS_H
#define GATEFOLD_LIB_CONVERSION_EXPANDBYTEPRODUCTS_H

#include "mlir/IR/PatternMatch.h"

namespace gatefold {

/// Adds a pattern that replaces `gatefold.dot_bytes` by a call of the processor's own instruction,
/// LLVM's intrinsic of this name, `(sums, bytes, bytes) -> sums`; without a name, by arithmetic of
/// i32.
void populateExpandByteProductsPatterns(mlir::RewritePatternSet &patterns,
                                        llvm::StringRef intrinsic);

} // namespace gatefold

#endif // GATEFOLD_LIB_CONVERSION_EXPANDBYTEPRODUCTS_H
