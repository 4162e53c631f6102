//===- OperatorsQuantised.cpp - Integers that stand for numbers --*- C++ -*-===//
//
// Quantised tensors: integers q that stand for scale (q - zero point).
//
//===----------------------------------------------------------------------===//

#include "Folding.h"
#include "OperatorContext.h"
#include "Operators.h"
#include <cmath>
#include <numeric>

using namespace gatefold;
using namespace gatefold::onnx;

static Value asFloat(Builder &builder, Value x) { return builder.cast(x, DataType::Float); }

/// The nearest integers, moved by the zero point and kept within the type.
static Value roundInto(Builder &builder, Value x, Value zeroPoint, DataType type) {
  std::optional<NarrowInteger> range = narrowInteger(type);
  if (!range || range->bits > 16)
    fail("quantisation to " + dataTypeName(type));
  double count = std::ldexp(1, range->bits), least = range->isSigned ? -count / 2 : 0;
  x = builder.function("round", x, [](double v) { return std::nearbyint(v); });
  if (zeroPoint)
    x = builder.add(x, asFloat(builder, zeroPoint));
  x = builder.minimum(x, builder.scalar(DataType::Float, least + count - 1));
  x = builder.maximum(x, builder.scalar(DataType::Float, least));
  if (x->isLiteral())
    return builder.cast(x, type);
  // Without the wrapping around of a conversion.
  return builder.expression(type, x->shape, "i32($0)", {x});
}

//===----------------------------------------------------------------------===//
// One tensor
//===----------------------------------------------------------------------===//

/// A scale or zero point, which is one, one for each place of an axis, or one for each block of an
/// axis, as what stretches to x.
static Value spread(OperatorContext &context, Value parameter, Value x) {
  Builder &builder = context.builder;
  int64_t block = context.integerAttribute("block_size", 0);
  if (block == 0 && countElements(parameter->shape) == 1)
    return builder.reshape(parameter, {});
  int64_t axis = Builder::normalizeAxis(context.integerAttribute("axis", 1), x->rank());
  if (block == 0) {
    if (parameter->rank() != 1 || parameter->shape[0] != x->shape[axis])
      fail("scales of shape " + spellShape(parameter->shape) + " along axis " + llvm::Twine(axis) +
           " of " + spellShape(x->shape));
    llvm::SmallVector<int64_t> behind(x->rank() - axis - 1);
    std::iota(behind.begin(), behind.end(), 1);
    return builder.unsqueeze(parameter, behind);
  }
  std::optional<int64_t> size = x->shape[axis].asConstant();
  if (!size || *size > mostFoldedElements || block < 0 || parameter->rank() != x->rank())
    fail("scales of shape " + spellShape(parameter->shape) + " for blocks of " +
         llvm::Twine(block) + " along axis " + llvm::Twine(axis) + " of " + spellShape(x->shape));
  std::vector<int64_t> blocks;
  for (int64_t i = 0; i < *size; ++i)
    blocks.push_back(i / block);
  return builder.take(parameter, axis, builder.integers(blocks));
}

static void quantizeLinear(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0), zeroPoint = context.inputOrNull(2);
  auto asked = static_cast<DataType>(context.integerAttribute("output_dtype", 0));
  DataType type = zeroPoint                      ? zeroPoint->type
                  : asked == DataType::Undefined ? DataType::UInt8
                                                 : asked;
  Value scale = asFloat(builder, spread(context, context.input(1), x));
  context.output(0, roundInto(builder, builder.divide(asFloat(builder, x), scale),
                              zeroPoint ? spread(context, zeroPoint, x) : nullptr, type));
}

static void dequantizeLinear(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0), scale = context.input(1);
  if (!isInteger(x->type))
    fail("numbers out of " + dataTypeName(x->type));
  auto asked = static_cast<DataType>(context.integerAttribute("output_dtype", 0));
  DataType type = asked == DataType::Undefined ? scale->type : asked;
  Value places = builder.cast(x, DataType::Int32);
  if (Value zeroPoint = context.inputOrNull(2))
    places = builder.subtract(places, builder.cast(spread(context, zeroPoint, x), DataType::Int32));
  Value result =
      builder.multiply(asFloat(builder, places), asFloat(builder, spread(context, scale, x)));
  context.output(0, builder.cast(result, type));
}

/// To bytes, by the scale and zero point with which all elements and 0 have a place.
static void dynamicQuantizeLinear(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  llvm::SmallVector<int64_t> all(x->rank());
  std::iota(all.begin(), all.end(), 0);
  Value zero = builder.scalar(DataType::Float, 0), largest = builder.scalar(DataType::Float, 255);
  Value low = builder.minimum(builder.reduce(Reduction::Min, x, all, false), zero);
  Value high = builder.maximum(builder.reduce(Reduction::Max, x, all, false), zero);
  Value scale = builder.divide(builder.subtract(high, low), largest);
  Value zeroPoint =
      roundInto(builder, builder.divide(builder.negate(low), scale), nullptr, DataType::UInt8);
  context.output(0, roundInto(builder, builder.divide(x, scale), zeroPoint, DataType::UInt8));
  context.output(1, scale);
  context.output(2, zeroPoint);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// The product, exact in int32, of matrices whose elements have 9 bits with a sign: the sum of as
/// many products as f32 holds exactly, and the sums of these as integers.
static Value multiplyExactly(Builder &builder, Value a, Value b) {
  constexpr int64_t mostTerms = 256;
  if (a->rank() == 0 || b->rank() == 0)
    fail("a matrix product of a scalar");
  int64_t axis = std::max<int64_t>(b->rank() - 2, 0);
  std::optional<int64_t> size = a->shape.back().asConstant();
  if (!size || *size < 1 || b->shape[axis] != a->shape.back())
    fail("shapes do not fit: a product of " + spellShape(a->shape) + " and " +
         spellShape(b->shape));
  Value left = asFloat(builder, a), right = asFloat(builder, b), sum = nullptr;
  for (int64_t first = 0; first < *size; first += mostTerms) {
    Dim begin = Dim::constant(first), end = Dim::constant(std::min(first + mostTerms, *size));
    Value part = builder.cast(
        builder.matmul(builder.slice(left, -1, begin, end), builder.slice(right, axis, begin, end)),
        DataType::Int32);
    sum = sum ? builder.add(sum, part) : part;
  }
  return sum;
}

/// A parameter of a matrix as what stretches to it: one, one for each row, or one for each column.
static Value ofMatrix(Builder &builder, Value parameter, bool isOfRows) {
  if (countElements(parameter->shape) == 1)
    return builder.reshape(parameter, {});
  return parameter->rank() == 1 && isOfRows ? builder.unsqueeze(parameter, {1}) : parameter;
}

/// The integers of a matrix without their zero point.
static Value centre(Builder &builder, Value x, Value zeroPoint, bool isOfRows) {
  std::optional<NarrowInteger> range = narrowInteger(x->type);
  if (!range || range->bits != 8 || (zeroPoint && zeroPoint->type != x->type))
    fail("a product of quantised matrices of " + dataTypeName(x->type));
  Value places = builder.cast(x, DataType::Int32);
  if (!zeroPoint)
    return places;
  Shape shape = places->shape;
  Value result = builder.subtract(
      places, builder.cast(ofMatrix(builder, zeroPoint, isOfRows), DataType::Int32));
  if (result->shape != shape)
    fail("zero points of shape " + spellShape(zeroPoint->shape) + " for " + spellShape(shape));
  return result;
}

static void matmulInteger(OperatorContext &context) {
  Builder &builder = context.builder;
  Value a = centre(builder, context.input(0), context.inputOrNull(2), true);
  Value b = centre(builder, context.input(1), context.inputOrNull(3), false);
  context.output(0, multiplyExactly(builder, a, b));
}

static void qLinearMatMul(OperatorContext &context) {
  Builder &builder = context.builder;
  auto scaleOf = [&](int64_t index, bool isOfRows) {
    return asFloat(builder, ofMatrix(builder, context.input(index), isOfRows));
  };
  Value a = centre(builder, context.input(0), context.input(2), true);
  Value b = centre(builder, context.input(3), context.input(5), false);
  Value scale =
      builder.divide(builder.multiply(scaleOf(1, true), scaleOf(4, false)), scaleOf(6, true));
  Value product = asFloat(builder, multiplyExactly(builder, a, b));
  Value zeroPoint = context.input(7);
  context.output(0, roundInto(builder, builder.multiply(product, scale),
                              ofMatrix(builder, zeroPoint, true), zeroPoint->type));
}

void onnx::addQuantisedOperators(OperatorTable &table) {
  table.add("QuantizeLinear", quantizeLinear);
  table.add("DequantizeLinear", dequantizeLinear);
  table.add("DynamicQuantizeLinear", dynamicQuantizeLinear);
  table.add("MatMulInteger", matmulInteger);
  table.add("QLinearMatMul", qLinearMatMul);
}
