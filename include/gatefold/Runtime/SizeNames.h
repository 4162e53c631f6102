//===- SizeNames.h - Sizes that all models name alike -------------*- C++ -*-===//
//
// The names of the dynamic sizes that no text of a model gives.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_SIZENAMES_H
#define GATEFOLD_RUNTIME_SIZENAMES_H

#include "llvm/ADT/StringRef.h"

namespace gatefold {

/// The first dynamic size of every compiled entry: the examples of a call.
inline constexpr llvm::StringLiteral batchSizeName = "batch";

/// The dynamic size that all histories have: the most steps that they hold. Memories with this size
/// are the histories; who runs a model says how much it is.
inline constexpr llvm::StringLiteral capacitySizeName = "capacity";

/// The dynamic size of `generate` that says how many tokens of an example a call makes at most.
inline constexpr llvm::StringLiteral tokensSizeName = "generate";

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_SIZENAMES_H
