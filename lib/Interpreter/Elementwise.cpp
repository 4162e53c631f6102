//===- Elementwise.cpp - Elementwise operations, interpreted ----*- C++ -*-===//
//
// The operations of arith and math, one number at a time. Tables give their meaning on numbers;
// functions other than the four operations and the root are computed in double and rounded.
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace gatefold::interpreter {

namespace {
using RealUnary = double (*)(double);
using RealBinary = double (*)(double, double);
using IntegerBinary = uint64_t (*)(int64_t, int64_t);

/// One number of the result from one number of each operand; null where a division by zero or the
/// like has no result.
using OnNumbers = std::function<std::optional<Number>(ArrayRef<Number>)>;
} // namespace

static Number real(double value) {
  Number number;
  number.real = value;
  return number;
}

static Number integer(int64_t value) {
  Number number;
  number.integer = value;
  return number;
}

//===----------------------------------------------------------------------===//
// Meaning on numbers
//===----------------------------------------------------------------------===//

static const llvm::StringMap<RealUnary> &realUnaries() {
  static const llvm::StringMap<RealUnary> table = {
      {"arith.negf", [](double x) { return -x; }},
      {"arith.extf", [](double x) { return x; }},
      {"arith.truncf", [](double x) { return x; }},
      {"math.absf", [](double x) { return std::fabs(x); }},
      {"math.acos", [](double x) { return std::acos(x); }},
      {"math.asin", [](double x) { return std::asin(x); }},
      {"math.atan", [](double x) { return std::atan(x); }},
      {"math.cbrt", [](double x) { return std::cbrt(x); }},
      {"math.ceil", [](double x) { return std::ceil(x); }},
      {"math.cos", [](double x) { return std::cos(x); }},
      {"math.cosh", [](double x) { return std::cosh(x); }},
      {"math.erf", [](double x) { return std::erf(x); }},
      {"math.erfc", [](double x) { return std::erfc(x); }},
      {"math.exp", [](double x) { return std::exp(x); }},
      {"math.exp2", [](double x) { return std::exp2(x); }},
      {"math.expm1", [](double x) { return std::expm1(x); }},
      {"math.floor", [](double x) { return std::floor(x); }},
      {"math.log", [](double x) { return std::log(x); }},
      {"math.log10", [](double x) { return std::log10(x); }},
      {"math.log1p", [](double x) { return std::log1p(x); }},
      {"math.log2", [](double x) { return std::log2(x); }},
      {"math.round", [](double x) { return std::round(x); }},
      {"math.roundeven", [](double x) { return std::nearbyint(x); }},
      {"math.rsqrt", [](double x) { return 1.0 / std::sqrt(x); }},
      {"math.sin", [](double x) { return std::sin(x); }},
      {"math.sinh", [](double x) { return std::sinh(x); }},
      {"math.sqrt", [](double x) { return std::sqrt(x); }},
      {"math.tan", [](double x) { return std::tan(x); }},
      {"math.tanh", [](double x) { return std::tanh(x); }},
      {"math.trunc", [](double x) { return std::trunc(x); }},
  };
  return table;
}

static const llvm::StringMap<RealBinary> &realBinaries() {
  static const llvm::StringMap<RealBinary> table = {
      {"arith.addf", [](double a, double b) { return a + b; }},
      {"arith.subf", [](double a, double b) { return a - b; }},
      {"arith.mulf", [](double a, double b) { return a * b; }},
      {"arith.divf", [](double a, double b) { return a / b; }},
      {"arith.remf", [](double a, double b) { return std::fmod(a, b); }},
      {"arith.maximumf", maximum},
      {"arith.minimumf", minimum},
      {"arith.maxnumf", [](double a, double b) { return std::fmax(a, b); }},
      {"arith.minnumf", [](double a, double b) { return std::fmin(a, b); }},
      {"math.atan2", [](double a, double b) { return std::atan2(a, b); }},
      {"math.copysign", [](double a, double b) { return std::copysign(a, b); }},
      {"math.powf", [](double a, double b) { return std::pow(a, b); }},
  };
  return table;
}

/// Integers that cannot fail; the result is wrapped to its width afterwards.
static const llvm::StringMap<IntegerBinary> &integerBinaries() {
  static const llvm::StringMap<IntegerBinary> table = {
      {"arith.addi", [](int64_t a, int64_t b) { return uint64_t(a) + uint64_t(b); }},
      {"arith.subi", [](int64_t a, int64_t b) { return uint64_t(a) - uint64_t(b); }},
      {"arith.muli", [](int64_t a, int64_t b) { return uint64_t(a) * uint64_t(b); }},
      {"arith.andi", [](int64_t a, int64_t b) { return uint64_t(a & b); }},
      {"arith.ori", [](int64_t a, int64_t b) { return uint64_t(a | b); }},
      {"arith.xori", [](int64_t a, int64_t b) { return uint64_t(a ^ b); }},
      {"arith.maxsi", [](int64_t a, int64_t b) { return uint64_t(std::max(a, b)); }},
      {"arith.minsi", [](int64_t a, int64_t b) { return uint64_t(std::min(a, b)); }},
      // Sign extension keeps the order of unsigned numbers of one width.
      {"arith.maxui", [](int64_t a, int64_t b) { return std::max(uint64_t(a), uint64_t(b)); }},
      {"arith.minui", [](int64_t a, int64_t b) { return std::min(uint64_t(a), uint64_t(b)); }},
  };
  return table;
}

/// a / b toward zero. The smallest number by -1 wraps around.
static int64_t divide(int64_t a, int64_t b) {
  return b == -1 ? static_cast<int64_t>(-static_cast<uint64_t>(a)) : a / b;
}

/// Null for a division by zero and for names that are no division.
static std::optional<int64_t> divideByName(StringRef name, int64_t a, int64_t b) {
  if (b == 0)
    return std::nullopt;
  int64_t quotient = divide(a, b);
  int64_t remainder = b == -1 ? 0 : a % b;
  if (name == "arith.divsi")
    return quotient;
  if (name == "arith.remsi")
    return remainder;
  bool roundsUp = remainder != 0 && (a < 0) != (b < 0);
  return name == "arith.floordivsi" ? quotient - roundsUp
                                    : quotient + (remainder != 0 && !roundsUp);
}

/// base to the power of exponent; negative exponents give 1 / power, toward zero; null for 1 / 0.
static std::optional<uint64_t> power(int64_t base, int64_t exponent) {
  if (exponent < 0) {
    if (base == 0)
      return std::nullopt;
    if (base != 1 && base != -1)
      return 0;
    exponent = exponent % 2 == 0 ? 0 : 1;
  }
  uint64_t result = 1, factor = base;
  for (; exponent > 0; exponent /= 2, factor *= factor)
    if (exponent % 2 == 1)
      result *= factor;
  return result;
}

static bool compare(arith::CmpFPredicate predicate, double a, double b) {
  using P = arith::CmpFPredicate;
  bool unordered = std::isnan(a) || std::isnan(b);
  switch (predicate) {
  case P::AlwaysFalse:
    return false;
  case P::OEQ:
    return a == b;
  case P::OGT:
    return a > b;
  case P::OGE:
    return a >= b;
  case P::OLT:
    return a < b;
  case P::OLE:
    return a <= b;
  case P::ONE:
    return !unordered && a != b;
  case P::ORD:
    return !unordered;
  case P::UEQ:
    return unordered || a == b;
  case P::UGT:
    return unordered || a > b;
  case P::UGE:
    return unordered || a >= b;
  case P::ULT:
    return unordered || a < b;
  case P::ULE:
    return unordered || a <= b;
  case P::UNE:
    return a != b;
  case P::UNO:
    return unordered;
  case P::AlwaysTrue:
    return true;
  }
  llvm_unreachable("all predicates are handled");
}

/// A floating-point number toward zero; what is out of range becomes the nearest integer of the
/// type, NaN becomes 0.
static int64_t toInteger(double value, Type element) {
  int64_t largest = llvm::maskTrailingOnes<uint64_t>(widthOf(element) - 1);
  if (std::isnan(value))
    return 0;
  if (value >= -static_cast<double>(-largest - 1))
    return largest;
  if (value <= static_cast<double>(-largest - 1))
    return -largest - 1;
  return static_cast<int64_t>(value);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// The number as one of an unsigned type.
static uint64_t unsignedOf(int64_t value, Type element) {
  return static_cast<uint64_t>(value) & llvm::maskTrailingOnes<uint64_t>(widthOf(element));
}

/// Integer to floating-point, rounded once.
template <typename Integer>
static double toReal(Integer value, Type element, Precision precision) {
  if (precision == Precision::Single && element.isF32())
    return static_cast<float>(value);
  return static_cast<double>(value);
}

/// Conversions and other operations whose operand and result differ in kind.
static OnNumbers meaningOfConversion(Operation *op, Type from, Type to, Precision precision) {
  return TypeSwitch<Operation *, OnNumbers>(op)
      .Case<arith::SIToFPOp>([=](auto) {
        return [=](ArrayRef<Number> x) { return real(toReal(x[0].integer, to, precision)); };
      })
      .Case<arith::UIToFPOp>([=](auto) {
        return [=](ArrayRef<Number> x) {
          return real(toReal(unsignedOf(x[0].integer, from), to, precision));
        };
      })
      .Case<arith::FPToSIOp>([=](auto) {
        return [=](ArrayRef<Number> x) { return integer(toInteger(x[0].real, to)); };
      })
      .Case<arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp>(
          [=](auto) { return [=](ArrayRef<Number> x) { return integer(wrap(x[0].integer, to)); }; })
      .Case<arith::ExtUIOp, arith::IndexCastUIOp>([=](auto) {
        return
            [=](ArrayRef<Number> x) { return integer(wrap(unsignedOf(x[0].integer, from), to)); };
      })
      .Default([](Operation *) { return nullptr; });
}

/// Comparisons, choices, fused and integer operations.
static OnNumbers meaningOfOther(Operation *op, Type to, Precision precision) {
  return TypeSwitch<Operation *, OnNumbers>(op)
      .Case<arith::CmpFOp>([=](arith::CmpFOp cmp) {
        return [=, predicate = cmp.getPredicate()](ArrayRef<Number> x) {
          return integer(-int64_t(compare(predicate, x[0].real, x[1].real)));
        };
      })
      .Case<arith::CmpIOp>([=](arith::CmpIOp cmp) {
        return [=, predicate = cmp.getPredicate()](ArrayRef<Number> x) {
          return integer(-int64_t(
              arith::applyCmpPredicate(predicate, APInt(64, x[0].integer, /*isSigned=*/true),
                                       APInt(64, x[1].integer, /*isSigned=*/true))));
        };
      })
      .Case<arith::SelectOp>(
          [=](auto) { return [=](ArrayRef<Number> x) { return x[0].integer != 0 ? x[1] : x[2]; }; })
      .Case<math::FmaOp>([=](auto) {
        return [=](ArrayRef<Number> x) {
          return real(Arithmetic(to, precision).multiplyAdd(x[0].real, x[1].real, x[2].real));
        };
      })
      .Case<math::AbsIOp>([=](auto) {
        return [=](ArrayRef<Number> x) {
          uint64_t bits = x[0].integer;
          return integer(wrap(x[0].integer < 0 ? -bits : bits, to));
        };
      })
      .Case<math::IPowIOp>([=](auto) {
        return [=](ArrayRef<Number> x) -> std::optional<Number> {
          std::optional<uint64_t> result = power(x[0].integer, x[1].integer);
          return result ? std::optional(integer(wrap(*result, to))) : std::nullopt;
        };
      })
      .Case<arith::DivSIOp, arith::RemSIOp, arith::FloorDivSIOp, arith::CeilDivSIOp>([=](auto) {
        return
            [=, name = op->getName().getStringRef()](ArrayRef<Number> x) -> std::optional<Number> {
              std::optional<int64_t> result = divideByName(name, x[0].integer, x[1].integer);
              return result ? std::optional(integer(wrap(*result, to))) : std::nullopt;
            };
      })
      .Default([](Operation *) { return nullptr; });
}

/// What the operation does to numbers, or null if that is not known. `from` is the element type of
/// the first operand, `to` that of the result.
static OnNumbers findMeaning(Operation *op, Type from, Type to, Precision precision) {
  StringRef name = op->getName().getStringRef();
  Arithmetic arithmetic(to, precision);
  if (RealUnary unary = realUnaries().lookup(name))
    return [=](ArrayRef<Number> x) { return real(arithmetic.round(unary(x[0].real))); };
  if (RealBinary binary = realBinaries().lookup(name))
    return [=](ArrayRef<Number> x) { return real(arithmetic.round(binary(x[0].real, x[1].real))); };
  if (IntegerBinary binary = integerBinaries().lookup(name))
    return
        [=](ArrayRef<Number> x) { return integer(wrap(binary(x[0].integer, x[1].integer), to)); };
  if (OnNumbers conversion = meaningOfConversion(op, from, to, precision))
    return conversion;
  return meaningOfOther(op, to, precision);
}

llvm::Expected<Array> evaluateElementwise(Operation *op, Operands operands, Precision precision) {
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  OnNumbers meaning = findMeaning(op, operands[0]->element, element, precision);
  if (!meaning)
    return errorAt(op->getLoc(), "expected an operation that can be interpreted, but found `" +
                                     op->getName().getStringRef() + "`");

  // A choice between tensors may hang on a scalar; all tensors have one shape.
  const Array *shaped = operands.back();
  for (auto [operand, value] : llvm::zip_equal(operands, op->getOperands()))
    if (isa<ShapedType>(value.getType()) && operand->shape != shaped->shape)
      return errorAt(op->getLoc(), "expected operands of one shape, but found " +
                                       shapeText(operand->shape) + " and " +
                                       shapeText(shaped->shape));
  llvm::Expected<Array> result = makeArray(element, shaped->shape, op->getLoc());
  if (!result)
    return result;
  SmallVector<Number, 3> numbers(operands.size());
  for (int64_t at = 0; at < result->size(); ++at) {
    for (auto [number, operand] : llvm::zip_equal(numbers, operands))
      number = operand->numbers[operand->size() == 1 ? 0 : at];
    std::optional<Number> number = meaning(numbers);
    if (!number)
      return errorAt(op->getLoc(), "division by zero");
    result->numbers[at] = *number;
  }
  return result;
}

} // namespace gatefold::interpreter
