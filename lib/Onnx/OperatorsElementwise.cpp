//===- OperatorsElementwise.cpp - Element by element -------------*- C++ -*-===//
//
// Arithmetic, comparisons, activations.
//
//===----------------------------------------------------------------------===//

#include "OperatorContext.h"
#include "Operators.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::onnx;

//===----------------------------------------------------------------------===//
// Two operands
//===----------------------------------------------------------------------===//

/// The second operand; before opset 7 an attribute says along which axes it stretches.
static Value secondOperand(OperatorContext &context) {
  Value a = context.input(0), b = context.input(1);
  if (context.opset >= 7 || !context.integerAttribute("broadcast", 0))
    return b;
  int64_t axis = Builder::normalizeAxis(context.integerAttribute("axis", a->rank() - b->rank()),
                                        a->rank() + 1);
  llvm::SmallVector<int64_t> behind;
  for (int64_t i = b->rank(); i < a->rank() - axis; ++i)
    behind.push_back(i);
  return context.builder.unsqueeze(b, behind);
}

template <Value (Builder::*combine)(Value, Value)>
static void binary(OperatorContext &context) {
  context.output(0, (context.builder.*combine)(context.input(0), secondOperand(context)));
}

template <Comparison comparison>
static void compare(OperatorContext &context) {
  context.output(0, context.builder.compare(comparison, context.input(0), secondOperand(context)));
}

static void exclusiveOr(OperatorContext &context) {
  context.output(
      0, context.builder.compare(Comparison::NotEqual, context.input(0), secondOperand(context)));
}

/// The exponent may be of another type; the result has the base's.
static void power(OperatorContext &context) {
  Builder &builder = context.builder;
  Value base = context.input(0), exponent = secondOperand(context);
  Value result =
      builder.power(builder.cast(base, DataType::Float), builder.cast(exponent, DataType::Float));
  context.output(0, builder.cast(isFloat(base->type) ? result : builder.function("round", result),
                                 base->type));
}

/// Of integers, the remainder has the sign of the divisor, unless `fmod` is set.
static void modulo(OperatorContext &context) {
  Builder &builder = context.builder;
  Value a = context.input(0), b = context.input(1), rest = builder.remainder(a, b);
  if (isInteger(a->type) && !context.integerAttribute("fmod", 0))
    rest = builder.remainder(builder.add(rest, b), b);
  context.output(0, rest);
}

//===----------------------------------------------------------------------===//
// Any number of operands
//===----------------------------------------------------------------------===//

template <Value (Builder::*combine)(Value, Value)>
static Value fold(OperatorContext &context) {
  Value result = context.input(0);
  for (int64_t i = 1; i < context.numInputs(); ++i)
    result = (context.builder.*combine)(result, context.input(i));
  return result;
}

template <Value (Builder::*combine)(Value, Value)>
static void variadic(OperatorContext &context) {
  context.output(0, fold<combine>(context));
}

static void meanOf(OperatorContext &context) {
  Value total = fold<&Builder::add>(context),
        count = context.builder.scalar(total->type, context.numInputs());
  context.output(0, context.builder.divide(total, count));
}

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

/// A function of the language or its library, by its name there, and what it computes.
template <typename Name, double (*compute)(double)>
static void call(OperatorContext &context) {
  context.output(0, context.builder.function(Name::text, context.input(0), compute));
}

template <typename Name>
static void callUnfolded(OperatorContext &context) {
  context.output(0, context.builder.function(Name::text, context.input(0)));
}

#define GATEFOLD_FUNCTION(Struct, name)                                                            \
  struct Struct {                                                                                  \
    static constexpr const char *text = name;                                                      \
  }
GATEFOLD_FUNCTION(ExpName, "exp");
GATEFOLD_FUNCTION(LogName, "log");
GATEFOLD_FUNCTION(SqrtName, "sqrt");
GATEFOLD_FUNCTION(SinName, "sin");
GATEFOLD_FUNCTION(CosName, "cos");
GATEFOLD_FUNCTION(TanhName, "tanh");
GATEFOLD_FUNCTION(ErfName, "erf");
GATEFOLD_FUNCTION(FloorName, "floor");
GATEFOLD_FUNCTION(CeilName, "ceil");
GATEFOLD_FUNCTION(RoundName, "round");
GATEFOLD_FUNCTION(SigmoidName, "sigmoid");
GATEFOLD_FUNCTION(SoftplusName, "softplus");
GATEFOLD_FUNCTION(SoftsignName, "softsign");
#undef GATEFOLD_FUNCTION

static void absolute(OperatorContext &context) {
  context.output(0, context.builder.absolute(context.input(0)));
}

static void negate(OperatorContext &context) {
  context.output(0, context.builder.negate(context.input(0)));
}

static void logicalNot(OperatorContext &context) {
  context.output(0, context.builder.logicalNot(context.input(0)));
}

static void identity(OperatorContext &context) { context.output(0, context.item(0)); }

static void isNan(OperatorContext &context) {
  context.output(0, context.builder.isNan(context.input(0)));
}

static void sign(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0), zero = builder.scalar(x->type, 0);
  Value negative =
      builder.select(builder.compare(Comparison::Less, x, zero), builder.scalar(x->type, -1), zero);
  context.output(0, builder.select(builder.compare(Comparison::Greater, x, zero),
                                   builder.scalar(x->type, 1), negative));
}

static void reciprocal(OperatorContext &context) {
  Value x = context.input(0);
  context.output(0, context.builder.divide(context.builder.scalar(x->type, 1), x));
}

static void cast(OperatorContext &context) {
  const AttributeProto *to = context.attribute("to");
  if (!to)
    fail("attribute `to` is missing");
  // The first versions of the operator name the type.
  if (!to->s().empty() && to->s() != "FLOAT")
    fail("conversion to " + to->s());
  DataType type = to->s().empty() ? static_cast<DataType>(to->i()) : DataType::Float;
  context.output(0, context.builder.cast(context.input(0), type));
}

static void castLike(OperatorContext &context) {
  context.output(0, context.builder.cast(context.input(0), context.input(1)->type));
}

static void where(OperatorContext &context) {
  context.output(0, context.builder.select(context.input(0), context.input(1), context.input(2)));
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

static void relu(OperatorContext &context) {
  Value x = context.input(0);
  if (isFloat(x->type))
    context.output(0, context.builder.function("relu", x, [](double v) { return v < 0 ? 0 : v; }));
  else
    context.output(0, context.builder.maximum(x, context.builder.scalar(x->type, 0)));
}

static void leakyRelu(OperatorContext &context) {
  Value x = context.input(0);
  Value below = context.builder.multiplyScalar(x, context.floatAttribute("alpha", 0.01));
  context.output(0,
                 context.builder.select(context.builder.compare(Comparison::Less, x,
                                                                context.builder.scalar(x->type, 0)),
                                        below, x));
}

static void parametricRelu(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0), slope = context.input(1);
  // Before opset 7, a slope for each channel.
  if (context.opset < 7 && slope->rank() == 1 && x->rank() > 2 && !slope->shape[0].isOne()) {
    llvm::SmallVector<int64_t> behind;
    for (int64_t i = 1; i < x->rank() - 1; ++i)
      behind.push_back(i);
    slope = builder.unsqueeze(slope, behind);
  }
  Value below = builder.compare(Comparison::Less, x, builder.scalar(x->type, 0));
  context.output(0, builder.select(below, builder.multiply(slope, x), x));
}

static Value exponentialBelow(Builder &builder, Value x, double scale, double inner) {
  Value grown = builder.multiplyScalar(
      builder.function("expm1", inner == 1 ? x : builder.divide(x, builder.scalar(x->type, inner)),
                       [](double v) { return std::expm1(v); }),
      scale);
  return builder.select(builder.compare(Comparison::Less, x, builder.scalar(x->type, 0)), grown, x);
}

static void elu(OperatorContext &context) {
  context.output(0, exponentialBelow(context.builder, context.input(0),
                                     context.floatAttribute("alpha", 1), 1));
}

static void celu(OperatorContext &context) {
  double alpha = context.floatAttribute("alpha", 1);
  context.output(0, exponentialBelow(context.builder, context.input(0), alpha, alpha));
}

static void selu(OperatorContext &context) {
  double alpha = context.floatAttribute("alpha", 1.67326319217681884765625);
  double gamma = context.floatAttribute("gamma", 1.05070102214813232421875);
  Value grown = exponentialBelow(context.builder, context.input(0), alpha, 1);
  context.output(0, context.builder.multiplyScalar(grown, gamma));
}

static Value clamp(Builder &builder, Value x, double low, double high) {
  return builder.minimum(builder.maximum(x, builder.scalar(x->type, low)),
                         builder.scalar(x->type, high));
}

static Value hardSigmoidOf(Builder &builder, Value x, double alpha, double beta) {
  return clamp(builder, builder.addScalar(builder.multiplyScalar(x, alpha), beta), 0, 1);
}

static void hardSigmoid(OperatorContext &context) {
  context.output(0, hardSigmoidOf(context.builder, context.input(0),
                                  context.floatAttribute("alpha", 0.2),
                                  context.floatAttribute("beta", 0.5)));
}

static void hardSwish(OperatorContext &context) {
  Value x = context.input(0);
  context.output(0, context.builder.multiply(x, hardSigmoidOf(context.builder, x, 1.0 / 6, 0.5)));
}

static void mish(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  context.output(0, builder.multiply(x, builder.function("tanh", builder.function("softplus", x))));
}

static void swish(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  double alpha = context.floatAttribute("alpha", 1);
  if (alpha == 1)
    return context.output(0, builder.function("silu", x));
  context.output(
      0, builder.multiply(x, builder.function("sigmoid", builder.multiplyScalar(x, alpha))));
}

static void gelu(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  if (context.textAttribute("approximate", "none") == "none")
    return context.output(0, builder.function("gelu", x));
  Value cube = builder.multiply(builder.multiply(x, x), x);
  Value inner = builder.multiplyScalar(builder.add(x, builder.multiplyScalar(cube, 0.044715)),
                                       std::sqrt(2 / M_PI));
  context.output(0, builder.multiply(builder.multiplyScalar(x, 0.5),
                                     builder.addScalar(builder.function("tanh", inner), 1)));
}

static void thresholdedRelu(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0), zero = builder.scalar(x->type, 0);
  Value alpha = builder.scalar(x->type, context.floatAttribute("alpha", 1));
  context.output(0, builder.select(builder.compare(Comparison::Greater, x, alpha), x, zero));
}

static void shrink(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0), zero = builder.scalar(x->type, 0);
  double lambda = context.floatAttribute("lambd", 0.5), bias = context.floatAttribute("bias", 0);
  Value below =
      builder.select(builder.compare(Comparison::Less, x, builder.scalar(x->type, -lambda)),
                     builder.addScalar(x, bias), zero);
  context.output(
      0, builder.select(builder.compare(Comparison::Greater, x, builder.scalar(x->type, lambda)),
                        builder.addScalar(x, -bias), below));
}

/// Bounds are attributes before opset 11, and optional inputs from then on.
static void clip(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  for (auto [index, name] : {std::pair(1, "min"), std::pair(2, "max")}) {
    Value bound = nullptr;
    if (context.hasInput(index))
      bound = builder.reshape(context.input(index), {});
    else if (const AttributeProto *attribute = context.attribute(name))
      bound = builder.scalar(x->type, attribute->f());
    if (bound)
      x = index == 1 ? builder.maximum(x, bound) : builder.minimum(x, bound);
  }
  context.output(0, x);
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

static double sigmoidOf(double x) { return 1 / (1 + std::exp(-x)); }
static double expOf(double x) { return std::exp(x); }
static double logOf(double x) { return std::log(x); }
static double sqrtOf(double x) { return std::sqrt(x); }
static double sinOf(double x) { return std::sin(x); }
static double cosOf(double x) { return std::cos(x); }
static double tanhOf(double x) { return std::tanh(x); }
static double erfOf(double x) { return std::erf(x); }
static double floorOf(double x) { return std::floor(x); }
static double ceilOf(double x) { return std::ceil(x); }
static double roundOf(double x) { return std::nearbyint(x); }

static void addArithmetic(OperatorTable &table) {
  table.add("Add", binary<&Builder::add>);
  table.add("Sub", binary<&Builder::subtract>);
  table.add("Mul", binary<&Builder::multiply>);
  table.add("Div", binary<&Builder::divide>);
  table.add("Pow", power);
  table.add("Mod", modulo);
  table.add("And", binary<&Builder::logicalAnd>);
  table.add("Or", binary<&Builder::logicalOr>);
  table.add("Xor", exclusiveOr);
  table.add("Equal", compare<Comparison::Equal>);
  table.add("Less", compare<Comparison::Less>);
  table.add("LessOrEqual", compare<Comparison::LessOrEqual>);
  table.add("Greater", compare<Comparison::Greater>);
  table.add("GreaterOrEqual", compare<Comparison::GreaterOrEqual>);
  table.add("Max", variadic<&Builder::maximum>);
  table.add("Min", variadic<&Builder::minimum>);
  table.add("Sum", variadic<&Builder::add>);
  table.add("Mean", meanOf);
  table.add("Abs", absolute);
  table.add("Neg", negate);
  table.add("Not", logicalNot);
  table.add("Sign", sign);
  table.add("IsNaN", isNan);
  table.add("Reciprocal", reciprocal);
  table.add("Identity", identity);
  table.add("Cast", cast);
  table.add("CastLike", castLike);
  table.add("Where", where);
  table.add("Clip", clip);
}

static void addFunctions(OperatorTable &table) {
  table.add("Exp", call<ExpName, expOf>);
  table.add("Log", call<LogName, logOf>);
  table.add("Sqrt", call<SqrtName, sqrtOf>);
  table.add("Sin", call<SinName, sinOf>);
  table.add("Cos", call<CosName, cosOf>);
  table.add("Tanh", call<TanhName, tanhOf>);
  table.add("Erf", call<ErfName, erfOf>);
  table.add("Floor", call<FloorName, floorOf>);
  table.add("Ceil", call<CeilName, ceilOf>);
  table.add("Round", call<RoundName, roundOf>);
  table.add("Sigmoid", call<SigmoidName, sigmoidOf>);
  table.add("Softplus", callUnfolded<SoftplusName>);
  table.add("Softsign", callUnfolded<SoftsignName>);
}

void onnx::addElementwiseOperators(OperatorTable &table) {
  addArithmetic(table);
  addFunctions(table);
  table.add("Relu", relu);
  table.add("LeakyRelu", leakyRelu);
  table.add("PRelu", parametricRelu);
  table.add("Elu", elu);
  table.add("Celu", celu);
  table.add("Selu", selu);
  table.add("HardSigmoid", hardSigmoid);
  table.add("HardSwish", hardSwish);
  table.add("Mish", mish);
  table.add("Swish", swish);
  table.add("Gelu", gelu);
  table.add("ThresholdedRelu", thresholdedRelu);
  table.add("Shrink", shrink);
}
