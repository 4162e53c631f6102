//===- LowerArithmetic.cpp - Elementwise operators ----------------*- C++ -*-===//
//
// Operators become `arith` and `math` on tensors of one shape. What is known while compiling is
// computed in double and rounded once, where it meets a tensor.
//
//===----------------------------------------------------------------------===//

#include "LowerValue.h"

using namespace gatefold;
using namespace gatefold::lowering;

namespace arith = mlir::arith;
namespace math = mlir::math;
using Op = BinaryOperator;

LoweredValue lowering::combine(ValueBuilder &build, const LoweredValue &left,
                               const LoweredValue &right,
                               llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> make,
                               std::optional<Element> result) {
  const Element element = ValueBuilder::meet(left, right);
  const Shape shape = broadcastShapes(left.shape, right.shape);
  const bool isFramed = left.isFramed || right.isFramed;
  mlir::Value first = build.expand(left, element, shape, isFramed).tensor;
  mlir::Value second = build.expand(right, element, shape, isFramed).tensor;
  return build.value(make(first, second), result.value_or(element), shape, isFramed);
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// The operation on two numbers; comparisons give 0 or 1.
static double fold(Op op, double left, double right) {
  switch (op) {
  case Op::Add:
    return left + right;
  case Op::Subtract:
    return left - right;
  case Op::Multiply:
    return left * right;
  case Op::Divide:
    return left / right;
  case Op::Power:
    return std::pow(left, right);
  case Op::Modulo:
    return right == 0 ? 0 : std::fmod(left, right);
  case Op::Equal:
    return left == right;
  case Op::NotEqual:
    return left != right;
  case Op::Less:
    return left < right;
  case Op::LessEqual:
    return left <= right;
  case Op::Greater:
    return left > right;
  default:
    return left >= right;
  }
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// Toward zero. x / 0 is 0, and the quotient that does not fit wraps around: no input makes the
/// division trap.
static LoweredValue divideIntegers(ValueBuilder &build, const LoweredValue &left,
                                   const LoweredValue &right) {
  mlir::OpBuilder &builder = build.builder;
  const mlir::Location location = build.helperLocation;
  const Element element = ValueBuilder::meet(left, right);
  const Shape shape = broadcastShapes(left.shape, right.shape);
  const bool isFramed = left.isFramed || right.isFramed;
  mlir::Value dividend = build.expand(left, element, shape, isFramed).tensor;
  mlir::Value divisor = build.expand(right, element, shape, isFramed).tensor;
  auto constant = [&](double number) { return build.splat(number, element, shape, isFramed); };
  auto isEqual = [&](mlir::Value a, mlir::Value b) -> mlir::Value {
    return arith::CmpIOp::create(builder, location, arith::CmpIPredicate::eq, a, b);
  };
  mlir::Value zero = constant(0), one = constant(1);
  mlir::Value isZero = isEqual(divisor, zero), isMinusOne = isEqual(divisor, constant(-1));
  mlir::Value isSpecial = arith::OrIOp::create(builder, location, isZero, isMinusOne);
  divisor = arith::SelectOp::create(builder, location, isSpecial, one, divisor);
  mlir::Value quotient = arith::DivSIOp::create(builder, location, dividend, divisor);
  mlir::Value negated = arith::SubIOp::create(builder, location, zero, dividend);
  quotient = arith::SelectOp::create(builder, location, isMinusOne, negated, quotient);
  quotient = arith::SelectOp::create(builder, build.location, isZero, zero, quotient);
  return build.value(quotient, element, shape, isFramed);
}

/// With the sign of the dividend. x % 0 is 0, as is the remainder by -1.
static LoweredValue remainIntegers(ValueBuilder &build, const LoweredValue &left,
                                   const LoweredValue &right) {
  return combine(build, left, right, [&](mlir::Value dividend, mlir::Value divisor) -> mlir::Value {
    mlir::OpBuilder &builder = build.builder;
    const mlir::Location location = build.helperLocation;
    const mlir::Type element = mlir::getElementTypeOrSelf(divisor);
    auto constant = [&](int64_t number) -> mlir::Value {
      const LoweredValue scalar =
          build.asTensor(LoweredValue::makeNumber(static_cast<double>(number)),
                         element.isInteger(64) ? Element::I64 : Element::I32);
      const Shape shape = broadcastShapes(left.shape, right.shape);
      return build.expand(scalar, scalar.element, shape, left.isFramed || right.isFramed).tensor;
    };
    // A remainder by 1 is 0 as well, and it never traps.
    mlir::Value one = constant(1), zero = constant(0), minusOne = constant(-1);
    for (mlir::Value special : {zero, minusOne}) {
      mlir::Value isSpecial =
          arith::CmpIOp::create(builder, location, arith::CmpIPredicate::eq, divisor, special);
      divisor = arith::SelectOp::create(builder, location, isSpecial, one, divisor);
    }
    return arith::RemSIOp::create(builder, build.location, dividend, divisor);
  });
}

static mlir::Value buildArithmetic(ValueBuilder &build, Op op, mlir::Value left,
                                   mlir::Value right) {
  mlir::OpBuilder &builder = build.builder;
  const mlir::Location location = build.location;
  const bool isFloat = mlir::isa<mlir::FloatType>(mlir::getElementTypeOrSelf(left));
  switch (op) {
  case Op::Add:
    return isFloat ? arith::AddFOp::create(builder, location, left, right).getResult()
                   : arith::AddIOp::create(builder, location, left, right).getResult();
  case Op::Subtract:
    return isFloat ? arith::SubFOp::create(builder, location, left, right).getResult()
                   : arith::SubIOp::create(builder, location, left, right).getResult();
  case Op::Multiply:
    return isFloat ? arith::MulFOp::create(builder, location, left, right).getResult()
                   : arith::MulIOp::create(builder, location, left, right).getResult();
  case Op::Divide:
    return arith::DivFOp::create(builder, location, left, right);
  case Op::And:
    return arith::AndIOp::create(builder, location, left, right);
  case Op::Or:
    return arith::OrIOp::create(builder, location, left, right);
  default:
    return math::PowFOp::create(builder, location, left, right);
  }
}

static mlir::Value buildComparison(ValueBuilder &build, Op op, mlir::Value left,
                                   mlir::Value right) {
  using Float = arith::CmpFPredicate;
  using Integer = arith::CmpIPredicate;
  Float floats = Float::OGE;
  Integer integers = Integer::sge;
  switch (op) {
  case Op::Equal:
    std::tie(floats, integers) = std::pair(Float::OEQ, Integer::eq);
    break;
  case Op::NotEqual:
    std::tie(floats, integers) = std::pair(Float::UNE, Integer::ne);
    break;
  case Op::Less:
    std::tie(floats, integers) = std::pair(Float::OLT, Integer::slt);
    break;
  case Op::LessEqual:
    std::tie(floats, integers) = std::pair(Float::OLE, Integer::sle);
    break;
  case Op::Greater:
    std::tie(floats, integers) = std::pair(Float::OGT, Integer::sgt);
    break;
  default:
    break;
  }
  if (mlir::isa<mlir::FloatType>(mlir::getElementTypeOrSelf(left)))
    return arith::CmpFOp::create(build.builder, build.location, floats, left, right);
  return arith::CmpIOp::create(build.builder, build.location, integers, left, right);
}

/// Powers that need no `powf`: small whole exponents, which are chains of products, and square
/// roots.
static std::optional<LoweredValue> lowerPower(ValueBuilder &build, const LoweredValue &base,
                                              double exponent) {
  if (exponent == 0.5 || exponent == -0.5) {
    LoweredValue root = base;
    root.tensor = math::SqrtOp::create(
        build.builder, exponent > 0 ? build.location : build.helperLocation, base.tensor);
    return exponent > 0 ? root : lowerBinary(build, Op::Divide, LoweredValue::makeNumber(1), root);
  }
  constexpr double largest = 4; // beyond, a chain of roundings is worse than one `powf`
  if (exponent != std::round(exponent) || exponent == 0 || std::abs(exponent) > largest)
    return std::nullopt;
  LoweredValue power = base;
  for (int i = 1; i < std::abs(exponent); ++i)
    power.tensor = arith::MulFOp::create(build.builder, build.location, power.tensor, base.tensor);
  if (exponent > 0)
    return power;
  return lowerBinary(build, Op::Divide, LoweredValue::makeNumber(1), power);
}

LoweredValue lowering::lowerBinary(ValueBuilder &build, Op op, const LoweredValue &left,
                                   const LoweredValue &right) {
  const bool isComparison = op >= Op::Equal && op <= Op::GreaterEqual;
  if (left.isNumber() && right.isNumber()) {
    const double result = fold(op, left.number, right.number);
    return isComparison ? build.value(build.splat(result, Element::Bool, {}, false), Element::Bool,
                                      {}, false)
                        : LoweredValue::makeNumber(result);
  }
  if (op == Op::Power && right.isNumber() && !left.isNumber())
    if (std::optional<LoweredValue> power = lowerPower(build, left, right.number))
      return *power;
  if (op == Op::Divide && Type::scalar(ValueBuilder::meet(left, right)).isInteger())
    return divideIntegers(build, left, right);
  if (op == Op::Modulo)
    return remainIntegers(build, left, right);
  if (isComparison)
    return combine(
        build, left, right,
        [&](mlir::Value a, mlir::Value b) { return buildComparison(build, op, a, b); },
        Element::Bool);
  return combine(build, left, right,
                 [&](mlir::Value a, mlir::Value b) { return buildArithmetic(build, op, a, b); });
}

LoweredValue lowering::lowerNegate(ValueBuilder &build, const LoweredValue &operand) {
  if (operand.isNumber())
    return LoweredValue::makeNumber(-operand.number);
  if (operand.element != Element::F32)
    return lowerBinary(build, Op::Subtract, LoweredValue::makeNumber(0), operand);
  LoweredValue result = operand;
  result.tensor = arith::NegFOp::create(build.builder, build.location, operand.tensor);
  return result;
}

LoweredValue lowering::lowerNot(ValueBuilder &build, const LoweredValue &operand) {
  return combine(build, operand, LoweredValue::makeNumber(1), [&](mlir::Value a, mlir::Value b) {
    return arith::XOrIOp::create(build.builder, build.location, a, b);
  });
}

LoweredValue lowering::lowerChoice(ValueBuilder &build, const LoweredValue &condition,
                                   const LoweredValue &thenValue, const LoweredValue &elseValue) {
  const Element element = ValueBuilder::meet(thenValue, elseValue);
  const Shape shape =
      broadcastShapes(condition.shape, broadcastShapes(thenValue.shape, elseValue.shape));
  const bool isFramed = condition.isFramed || thenValue.isFramed || elseValue.isFramed;
  mlir::Value test = build.expand(condition, Element::Bool, shape, isFramed).tensor;
  mlir::Value first = build.expand(thenValue, element, shape, isFramed).tensor;
  mlir::Value second = build.expand(elseValue, element, shape, isFramed).tensor;
  return build.value(arith::SelectOp::create(build.builder, build.location, test, first, second),
                     element, shape, isFramed);
}

LoweredValue lowering::lowerIndexNumber(ValueBuilder &build, mlir::Value index, Element element) {
  mlir::OpBuilder &builder = build.builder;
  const mlir::Location location = build.helperLocation;
  const mlir::Type type = build.typeOf(element);
  const bool isFloat = mlir::isa<mlir::FloatType>(type);
  mlir::Value number = arith::IndexCastOp::create(
      builder, location, isFloat ? mlir::Type(builder.getI64Type()) : type, index);
  if (isFloat)
    number = arith::SIToFPOp::create(builder, location, type, number);
  mlir::Value scalar = mlir::tensor::FromElementsOp::create(
      builder, build.location, mlir::RankedTensorType::get({}, type), number);
  return build.value(scalar, element, {}, false);
}
