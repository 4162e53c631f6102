//===- BuilderCasts.cpp - Numbers in other types -----------------*- C++ -*-===//
//
// Conversions, and what keeps a carried number within its type.
//
//===----------------------------------------------------------------------===//

#include "Builder.h"
#include "Folding.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::onnx;

static constexpr llvm::StringLiteral roundHalf =
    R"(/// The nearest number of 16 bits, as IEEE 754's binary16 has it.
fn round_half(x: f32) -> f32 {
  spread = 8193 * x
  near = if abs(x) < 2 ^ -14 then round(x * 2 ^ 24) / 2 ^ 24 else spread - (spread - x)
  return if abs(x) < 65520 then near else x * 1e38 * 1e38
}
)";

static constexpr llvm::StringLiteral roundBfloat =
    R"(/// The nearest number of 16 bits with the exponents of an f32.
fn round_bfloat(x: f32) -> f32 {
  spread = 65537 * (x / 65536)
  near = (spread - (spread - x / 65536)) * 65536
  return if abs(x) < 1e38 then near else x
}
)";

/// Rounds to float16 or bfloat16.
Value Builder::roundShort(Value x, DataType type) {
  bool isHalf = type == DataType::Float16;
  auto round = [&](llvm::ArrayRef<double> values) -> double {
    float value = static_cast<float>(values[0]);
    return isHalf ? halfToFloat(floatToHalf(value)) : bfloatToFloat(floatToBfloat(value));
  };
  if (auto folded = foldFloats({x}, x->shape, round))
    return literal(type, x->shape, std::move(*folded));
  declare(isHalf ? roundHalf : roundBfloat);
  return expression(type, x->shape, isHalf ? "round_half($0)" : "round_bfloat($0)", {x});
}

/// Keeps integers within their type where its carrier is wider.
Value Builder::wrap(Value x) {
  std::optional<NarrowInteger> narrow = narrowInteger(x->type);
  if (!narrow || x->isLiteral())
    return x;
  std::string carrier = elementTypeName(x->carrier()).str();
  int64_t count = int64_t(1) << narrow->bits;
  std::string modulus = std::to_string(count);
  std::string name = "wrap_" + elementTypeName(*storedAs(x->type)).str();
  std::string text = "/// Wraps around as " + dataTypeName(x->type) + " does.\nfn " + name +
                     "(x: " + carrier + ") -> " + carrier + " {\n";
  if (narrow->isSigned) {
    std::string half = std::to_string(count / 2);
    text += "  return ((x + " + half + ") % " + modulus + " + " + modulus + ") % " + modulus +
            " - " + half + "\n}\n";
  } else {
    text += "  return (x % " + modulus + " + " + modulus + ") % " + modulus + "\n}\n";
  }
  declare(text);
  return expression(x->type, x->shape, name + "($0)", {x});
}

/// The literal in another type; nullopt where it is none, or would be too large.
static std::optional<Literal> castLiteral(Value x, DataType type) {
  if (!x->isLiteral())
    return std::nullopt;
  const Literal &from = *x->literal;
  Literal to;
  if (from.isSymbolic()) {
    if (type != DataType::Int64 && type != DataType::Int32)
      return std::nullopt;
    return from;
  }
  for (float value : from.floats) {
    if (isFloat(type)) {
      to.floats.push_back(value);
    } else if (type == DataType::Bool) {
      to.integers.push_back(value != 0);
    } else {
      double limited = std::isnan(value) ? 0 : std::clamp(double(value), -9.2e18, 9.2e18);
      to.integers.push_back(wrapInteger(static_cast<int64_t>(limited), type));
    }
  }
  for (int64_t value : from.integers) {
    if (isFloat(type))
      to.floats.push_back(static_cast<float>(value));
    else
      to.integers.push_back(type == DataType::Bool ? value != 0 : wrapInteger(value, type));
  }
  return to;
}

Value Builder::cast(Value x, DataType type) {
  if (!carrierOf(type))
    fail("conversion to " + dataTypeName(type) + " is not supported");
  if (x->type == type)
    return x;
  bool isShort = type == DataType::Float16 || type == DataType::BFloat16;
  if (auto folded = castLiteral(x, type)) {
    Value result = literal(type, x->shape, std::move(*folded));
    return isShort ? roundShort(result, type) : result;
  }
  if (type == DataType::Bool)
    return compare(Comparison::NotEqual, x, scalar(x->type, 0));
  ElementType from = x->carrier(), to = *carrierOf(type);
  // Where both types have one carrier, the expression is the operand alone.
  std::string pattern = from == to ? "$0" : (elementTypeName(to) + "($0)").str();
  Value converted = expression(type, x->shape, pattern, {x});
  return isShort ? roundShort(converted, type) : wrap(converted);
}
