//===- WeightType.h - What the weights of products are stored as -----*- C++ -*-===//

#ifndef GATEFOLD_TRANSFORMS_WEIGHTTYPE_H
#define GATEFOLD_TRANSFORMS_WEIGHTTYPE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <optional>

namespace gatefold {

/// What the panels that products of f32 read hold. Sums are of f32 for all but int8, whose sums are
/// exact.
enum class WeightType {
  F32,
  BF16, ///< 8 bits of fraction with the leading one, the range of f32
  F16,  ///< 11 bits of fraction with the leading one, numbers up to 65504
  Int8, ///< 7 bits and a sign, with a scale for each row; the operand is rounded alike
};

/// All weight types.
llvm::ArrayRef<WeightType> getWeightTypes();

/// "f32", "bf16", "f16", "int8".
llvm::StringRef getWeightTypeName(WeightType type);

/// The weight type of that name, if there is one.
std::optional<WeightType> parseWeightType(llvm::StringRef name);

/// The names of all weight types, with commas between them.
std::string listWeightTypes();

} // namespace gatefold

#endif // GATEFOLD_TRANSFORMS_WEIGHTTYPE_H
