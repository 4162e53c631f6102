//===- SizeExpression.h - Sizes made of other sizes ---------------*- C++ -*-===//
//
// The axes of a model's results may be arithmetic of the sizes that its inputs give:
// `floor((T - 3) / 2) + 1`.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_SIZEEXPRESSION_H
#define GATEFOLD_RUNTIME_SIZEEXPRESSION_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>

namespace gatefold {

/// Whether a size is written as a name and not as arithmetic: letters, digits and `_`.
bool isSizeName(llvm::StringRef text);

/// The value of integers and names, of which `lookUp` knows the values, with `+`, `-`, `*`,
/// parentheses and `floor(a / b)`. Nullopt if the text is anything else, a name has no value, a
/// divisor is below 1, or a number leaves 64 bits.
std::optional<int64_t>
evaluateSize(llvm::StringRef text,
             llvm::function_ref<std::optional<int64_t>(llvm::StringRef)> lookUp);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_SIZEEXPRESSION_H
