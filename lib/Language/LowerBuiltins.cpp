//===- LowerBuiltins.cpp - Calls of builtins ----------------------*- C++ -*-===//
//
// Functions that the language brings along: elementwise ones are `math` and `arith`, the others
// operations of the dialect. Those on shapes are in LowerShapeBuiltins.cpp.
//
//===----------------------------------------------------------------------===//

#include "LowerValue.h"

using namespace gatefold;
using namespace gatefold::lowering;

namespace arith = mlir::arith;
namespace math = mlir::math;

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

static double fold(BuiltinKind kind, double x) {
  switch (kind) {
  case BuiltinKind::Exp:
    return std::exp(x);
  case BuiltinKind::Expm1:
    return std::expm1(x);
  case BuiltinKind::Log:
    return std::log(x);
  case BuiltinKind::Log1p:
    return std::log1p(x);
  case BuiltinKind::Sqrt:
    return std::sqrt(x);
  case BuiltinKind::Sin:
    return std::sin(x);
  case BuiltinKind::Cos:
    return std::cos(x);
  case BuiltinKind::Tanh:
    return std::tanh(x);
  case BuiltinKind::Erf:
    return std::erf(x);
  case BuiltinKind::Floor:
    return std::floor(x);
  case BuiltinKind::Ceil:
    return std::ceil(x);
  case BuiltinKind::Round:
    return std::nearbyint(x);
  default:
    return std::abs(x);
  }
}

static mlir::Value buildFunction(ValueBuilder &build, BuiltinKind kind, mlir::Value x) {
  auto make = [&]<typename Operation>(std::type_identity<Operation>) -> mlir::Value {
    return Operation::create(build.builder, build.location, x);
  };
  switch (kind) {
  case BuiltinKind::Exp:
    return make(std::type_identity<math::ExpOp>());
  case BuiltinKind::Expm1:
    return make(std::type_identity<math::ExpM1Op>());
  case BuiltinKind::Log:
    return make(std::type_identity<math::LogOp>());
  case BuiltinKind::Log1p:
    return make(std::type_identity<math::Log1pOp>());
  case BuiltinKind::Sqrt:
    return make(std::type_identity<math::SqrtOp>());
  case BuiltinKind::Sin:
    return make(std::type_identity<math::SinOp>());
  case BuiltinKind::Cos:
    return make(std::type_identity<math::CosOp>());
  case BuiltinKind::Tanh:
    return make(std::type_identity<math::TanhOp>());
  case BuiltinKind::Erf:
    return make(std::type_identity<math::ErfOp>());
  case BuiltinKind::Floor:
    return make(std::type_identity<math::FloorOp>());
  case BuiltinKind::Ceil:
    return make(std::type_identity<math::CeilOp>());
  case BuiltinKind::Round:
    return make(std::type_identity<math::RoundEvenOp>());
  default:
    return mlir::isa<mlir::FloatType>(mlir::getElementTypeOrSelf(x))
               ? make(std::type_identity<math::AbsFOp>())
               : make(std::type_identity<math::AbsIOp>());
  }
}

static LoweredValue lowerFunction(ValueBuilder &build, BuiltinKind kind, const LoweredValue &x) {
  if (x.isNumber())
    return LoweredValue::makeNumber(fold(kind, x.number));
  LoweredValue result = x;
  result.tensor = buildFunction(build, kind, x.tensor);
  return result;
}

/// With a NaN on either side the result is a NaN.
static LoweredValue lowerExtremum(ValueBuilder &build, bool isMaximum, const LoweredValue &left,
                                  const LoweredValue &right) {
  if (left.isNumber() && right.isNumber())
    return LoweredValue::makeNumber(isMaximum ? std::max(left.number, right.number)
                                              : std::min(left.number, right.number));
  return combine(build, left, right, [&](mlir::Value a, mlir::Value b) -> mlir::Value {
    mlir::OpBuilder &builder = build.builder;
    if (mlir::isa<mlir::FloatType>(mlir::getElementTypeOrSelf(a)))
      return isMaximum ? arith::MaximumFOp::create(builder, build.location, a, b).getResult()
                       : arith::MinimumFOp::create(builder, build.location, a, b).getResult();
    return isMaximum ? arith::MaxSIOp::create(builder, build.location, a, b).getResult()
                     : arith::MinSIOp::create(builder, build.location, a, b).getResult();
  });
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

static LoweredValue lowerReduction(ValueBuilder &build, ir::ReductionKind kind,
                                   const LoweredValue &input, llvm::ArrayRef<int64_t> axes) {
  llvm::SmallVector<int64_t> fromEnd;
  for (int64_t axis : llvm::reverse(axes))
    fromEnd.push_back(input.rank() - 1 - axis);
  llvm::sort(fromEnd);
  Shape shape;
  for (auto [axis, size] : llvm::enumerate(input.shape))
    if (!llvm::is_contained(axes, static_cast<int64_t>(axis)))
      shape.push_back(size);
  mlir::Value reduced = ir::ReduceOp::create(build.builder, build.location, kind, input.tensor,
                                             fromEnd, orderFor(shape));
  return build.value(reduced, input.element, std::move(shape), input.isFramed);
}

/// How many elements a mean is over, as f32.
static LoweredValue countElements(ValueBuilder &build, const LoweredValue &input,
                                  llvm::ArrayRef<int64_t> axes) {
  double known = 1;
  mlir::OpBuilder &builder = build.builder;
  const mlir::Location location = build.helperLocation;
  mlir::Value dynamic;
  for (int64_t axis : axes) {
    const Dim &size = input.shape[axis];
    if (std::optional<int64_t> number = size.asConstant()) {
      known *= *number;
      continue;
    }
    mlir::Value factor = build.sizes.get(builder, size);
    dynamic = dynamic ? arith::MulIOp::create(builder, location, dynamic, factor) : factor;
  }
  if (!dynamic)
    return LoweredValue::makeNumber(known);
  if (known != 1)
    dynamic = arith::MulIOp::create(
        builder, location, dynamic,
        arith::ConstantIndexOp::create(builder, location, static_cast<int64_t>(known)));
  return lowerIndexNumber(build, dynamic, Element::F32);
}

static LoweredValue lowerMean(ValueBuilder &build, const LoweredValue &input,
                              llvm::ArrayRef<int64_t> axes) {
  ValueBuilder helper(build.builder, build.sizes, build.frame, build.helperLocation,
                      build.helperLocation);
  LoweredValue sum = lowerReduction(helper, ir::ReductionKind::Sum, input, axes);
  return lowerBinary(build, BinaryOperator::Divide, sum, countElements(build, input, axes));
}

/// Whether any or all elements are true, by their sum or product as 0 and 1.
static LoweredValue lowerLogical(ValueBuilder &build, bool isAny, const LoweredValue &input,
                                 llvm::ArrayRef<int64_t> axes) {
  ValueBuilder helper(build.builder, build.sizes, build.frame, build.helperLocation,
                      build.helperLocation);
  LoweredValue reduced =
      lowerReduction(helper, isAny ? ir::ReductionKind::Sum : ir::ReductionKind::Product,
                     helper.convert(input, Element::I32), axes);
  return lowerBinary(build, BinaryOperator::NotEqual, reduced, LoweredValue::makeNumber(0));
}

static LoweredValue lowerCumulate(ValueBuilder &build, ir::ReductionKind kind,
                                  const LoweredValue &input, int64_t axis) {
  LoweredValue result = input;
  result.tensor = ir::CumulateOp::create(build.builder, build.location, kind, input.tensor,
                                         input.rank() - 1 - axis);
  return result;
}

//===----------------------------------------------------------------------===//
// Any builtin
//===----------------------------------------------------------------------===//

static LoweredValue lowerConversion(ValueBuilder &build, const LoweredValue &input,
                                    Element element) {
  if (input.isNumber() && element == Element::F32)
    return input;
  // A number converts toward zero like a value does.
  return input.isNumber() ? build.asTensor(input, element) : build.convert(input, element);
}

LoweredValue lowering::lowerBuiltin(ValueBuilder &build, const Builtin &builtin,
                                    const BuiltinCall &call) {
  const LoweredValue first = call.arguments.empty() ? LoweredValue() : call.arguments[0];
  switch (builtin.kind) {
  case BuiltinKind::Minimum:
  case BuiltinKind::Maximum:
    return lowerExtremum(build, builtin.kind == BuiltinKind::Maximum, first, call.arguments[1]);
  case BuiltinKind::Sum:
    return lowerReduction(build, ir::ReductionKind::Sum, first, call.axes);
  case BuiltinKind::Mean:
    return lowerMean(build, first, call.axes);
  case BuiltinKind::Product:
    return lowerReduction(build, ir::ReductionKind::Product, first, call.axes);
  case BuiltinKind::ReduceMin:
    return lowerReduction(build, ir::ReductionKind::Minimum, first, call.axes);
  case BuiltinKind::ReduceMax:
    return lowerReduction(build, ir::ReductionKind::Maximum, first, call.axes);
  case BuiltinKind::Any:
  case BuiltinKind::All:
    return lowerLogical(build, builtin.kind == BuiltinKind::Any, first, call.axes);
  case BuiltinKind::CumulativeSum:
    return lowerCumulate(build, ir::ReductionKind::Sum, first, call.axes[0]);
  case BuiltinKind::CumulativeProduct:
    return lowerCumulate(build, ir::ReductionKind::Product, first, call.axes[0]);
  case BuiltinKind::ArgMax:
    return build.value(ir::ArgMaxOp::create(build.builder, build.location, first.tensor),
                       Element::Token, call.result, first.isFramed);
  case BuiltinKind::ToF32:
    return lowerConversion(build, first, Element::F32);
  case BuiltinKind::ToI32:
    return lowerConversion(build, first, Element::I32);
  case BuiltinKind::ToI64:
    return lowerConversion(build, first, Element::I64);
  default:
    return builtin.rule == BuiltinRule::Elementwise ? lowerFunction(build, builtin.kind, first)
                                                    : lowerShapeBuiltin(build, builtin.kind, call);
  }
}
