//===- OperatorsConstants.cpp - Values out of nothing ------------*- C++ -*-===//
//
// Constants, and tensors made of a shape.
//
//===----------------------------------------------------------------------===//

#include "OperatorContext.h"
#include "Operators.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::onnx;

static Value makeConstant(OperatorContext &context, const TensorProto &proto) {
  Tensor tensor = readTensor(proto, context.import.folder);
  Shape shape;
  for (int64_t size : tensor.shape())
    shape.push_back(Dim::constant(size));
  return context.builder.given(static_cast<DataType>(proto.data_type()), shape,
                               makeLiteral(tensor));
}

static void constant(OperatorContext &context) {
  Builder &builder = context.builder;
  if (const AttributeProto *value = context.attribute("value"))
    return context.output(0, makeConstant(context, value->t()));
  if (const AttributeProto *value = context.attribute("value_float"))
    return context.output(0, builder.scalar(DataType::Float, value->f()));
  if (const AttributeProto *value = context.attribute("value_int")) {
    Literal contents;
    contents.integers = {value->i()};
    return context.output(0, builder.literal(DataType::Int64, {}, std::move(contents)));
  }
  if (auto integers = context.integersAttribute("value_ints"))
    return context.output(0, builder.integers(*integers));
  if (const AttributeProto *value = context.attribute("value_floats")) {
    Literal contents;
    contents.floats.assign(value->floats().begin(), value->floats().end());
    Shape shape = {Dim::constant(contents.floats.size())};
    return context.output(0, builder.literal(DataType::Float, shape, std::move(contents)));
  }
  fail("a constant of a kind that is not supported");
}

static void constantOfShape(OperatorContext &context) {
  const AttributeProto *given = context.attribute("value");
  Value value =
      given ? makeConstant(context, given->t()) : context.builder.scalar(DataType::Float, 0);
  context.output(0, context.builder.full(value, context.sizes(0)));
}

/// Numbers from a start to a limit; where sizes bound them, they count up from 0.
static void range(OperatorContext &context) {
  Builder &builder = context.builder;
  Value start = context.input(0);
  for (int64_t i = 0; i < 3; ++i)
    context.literal(i);
  if (context.literal(1).isSymbolic() || context.literal(0).isSymbolic()) {
    if (context.sizes(0).size() != 1 || context.sizes(1).size() != 1 || context.integer(2) != 1)
      fail("a range of sizes by steps other than 1");
    Dim first = context.sizes(0)[0], limit = context.sizes(1)[0];
    Value counted = builder.range(start->type, limit - first);
    return context.output(
        0, first == Dim()
               ? counted
               : builder.add(counted, builder.cast(builder.reshape(builder.sizes({first}), {}),
                                                   start->type)));
  }
  double first = context.number(0), limit = context.number(1), step = context.number(2);
  double count = std::ceil((limit - first) / step);
  if (!(step != 0) || !(count < double(1 << 24)))
    fail("a range from " + std::to_string(first) + " to " + std::to_string(limit) + " by " +
         std::to_string(step));
  Literal contents;
  for (int64_t i = 0; i < count; ++i)
    if (isFloat(start->type))
      contents.floats.push_back(static_cast<float>(first + static_cast<double>(i) * step));
    else
      contents.integers.push_back(static_cast<int64_t>(first) + i * static_cast<int64_t>(step));
  Shape shape = {Dim::constant(static_cast<int64_t>(std::max(count, 0.0)))};
  context.output(0, builder.literal(start->type, shape, std::move(contents)));
}

void onnx::addConstantOperators(OperatorTable &table) {
  table.add("Constant", constant);
  table.add("ConstantOfShape", constantOfShape);
  table.add("Range", range);
}
