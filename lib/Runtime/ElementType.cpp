//===- ElementType.cpp - What a tensor's elements are ------------*- C++ -*-===//
//
// Names and sizes of the element types, and the conversions of 16-bit floating-point numbers.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/ElementType.h"
#include "llvm/ADT/bit.h"
#include <cmath>

using namespace gatefold;

namespace {
struct TypeFacts {
  llvm::StringRef name;
  int64_t size;
};
} // namespace

static TypeFacts factsOf(ElementType type) {
  switch (type) {
  case ElementType::F16:
    return {"f16", 2};
  case ElementType::BF16:
    return {"bf16", 2};
  case ElementType::F32:
    return {"f32", 4};
  case ElementType::F64:
    return {"f64", 8};
  case ElementType::I8:
    return {"i8", 1};
  case ElementType::U8:
    return {"u8", 1};
  case ElementType::I16:
    return {"i16", 2};
  case ElementType::U16:
    return {"u16", 2};
  case ElementType::I32:
    return {"i32", 4};
  case ElementType::U32:
    return {"u32", 4};
  case ElementType::I64:
    return {"i64", 8};
  case ElementType::U64:
    return {"u64", 8};
  case ElementType::Bool:
    return {"bool", 1};
  }
  llvm_unreachable("all element types are listed");
}

llvm::ArrayRef<ElementType> gatefold::allElementTypes() {
  static constexpr ElementType all[] = {
      ElementType::F16, ElementType::BF16, ElementType::F32, ElementType::F64, ElementType::I8,
      ElementType::U8,  ElementType::I16,  ElementType::U16, ElementType::I32, ElementType::U32,
      ElementType::I64, ElementType::U64,  ElementType::Bool};
  return all;
}

llvm::StringRef gatefold::elementTypeName(ElementType type) { return factsOf(type).name; }

std::optional<ElementType> gatefold::elementTypeFromName(llvm::StringRef name) {
  for (ElementType type : allElementTypes())
    if (elementTypeName(type) == name)
      return type;
  return std::nullopt;
}

int64_t gatefold::elementSize(ElementType type) { return factsOf(type).size; }

bool gatefold::isFloatingPoint(ElementType type) {
  return type == ElementType::F16 || type == ElementType::BF16 || type == ElementType::F32 ||
         type == ElementType::F64;
}

float gatefold::halfToFloat(uint16_t bits) {
  uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  uint32_t exponent = (bits >> 10) & 0x1f;
  uint32_t fraction = bits & 0x3ff;
  if (exponent == 0x1f)
    return llvm::bit_cast<float>(sign | 0x7f800000 | (fraction << 13));
  if (exponent == 0) {
    // Subnormal halves are normal floats: the fraction counts units of 2^-24.
    float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return sign ? -magnitude : magnitude;
  }
  return llvm::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

/// Drops the low `shift` bits of `value`, rounding to nearest, ties to even.
static uint32_t shiftRounded(uint32_t value, int shift) {
  uint32_t half = (1u << (shift - 1)) - 1;
  return (value + half + ((value >> shift) & 1)) >> shift;
}

uint16_t gatefold::floatToHalf(float value) {
  uint32_t bits = llvm::bit_cast<uint32_t>(value);
  uint16_t sign = static_cast<uint16_t>((bits >> 16) & 0x8000);
  uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000)
    return sign | 0x7e00;
  if (magnitude >= 0x47800000) // 65536 and more
    return sign | 0x7c00;
  if (magnitude >= 0x38800000) // 2^-14, the smallest normal half
    return sign | static_cast<uint16_t>(shiftRounded(magnitude - (112u << 23), 13));
  // Subnormal: count units of 2^-24. A sum with 1/2 lets the adder round, since its last bit is
  // worth 2^-24.
  float rounded = llvm::bit_cast<float>(magnitude) + 0.5f;
  return sign |
         static_cast<uint16_t>(llvm::bit_cast<uint32_t>(rounded) - llvm::bit_cast<uint32_t>(0.5f));
}

float gatefold::bfloatToFloat(uint16_t bits) {
  return llvm::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

uint16_t gatefold::floatToBfloat(float value) {
  uint32_t bits = llvm::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>(shiftRounded(bits, 16));
}
