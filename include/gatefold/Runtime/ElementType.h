//===- ElementType.h - What a tensor's elements are --------------*- C++ -*-===//
//
// The element types of tensors, their names and sizes, and the conversions between 16-bit
// floating-point numbers and f32.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_ELEMENTTYPE_H
#define GATEFOLD_RUNTIME_ELEMENTTYPE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>

namespace gatefold {

/// The type of one element of a tensor. Bool takes a byte that holds 0 or 1.
enum class ElementType : uint8_t {
  F16,
  BF16,
  F32,
  F64,
  I8,
  U8,
  I16,
  U16,
  I32,
  U32,
  I64,
  U64,
  Bool
};

/// All element types, in the order of their declaration.
llvm::ArrayRef<ElementType> allElementTypes();

/// The name as the language spells it: "f32", "bf16", "i8", "bool".
llvm::StringRef elementTypeName(ElementType type);

/// The type of that name; nullopt when there is none.
std::optional<ElementType> elementTypeFromName(llvm::StringRef name);

/// Bytes that one element takes: 1, 2, 4 or 8.
int64_t elementSize(ElementType type);

/// True for f16, bf16, f32 and f64.
bool isFloatingPoint(ElementType type);

/// The value of an IEEE 754 binary16 number given by its bits; exact.
float halfToFloat(uint16_t bits);

/// The bits of the binary16 number nearest to `value`, ties to even; too large becomes infinity,
/// NaN stays NaN.
uint16_t floatToHalf(float value);

/// The value of a bfloat16 number given by its bits; exact.
float bfloatToFloat(uint16_t bits);

/// The bits of the bfloat16 number nearest to `value`, ties to even; NaN stays NaN.
uint16_t floatToBfloat(float value);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_ELEMENTTYPE_H
