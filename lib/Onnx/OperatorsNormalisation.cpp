//===- OperatorsNormalisation.cpp - Normalisations ---------------*- C++ -*-===//
//
// Softmax and its relatives, and what takes means and variances off.
//
//===----------------------------------------------------------------------===//

#include "OperatorContext.h"
#include "Operators.h"
#include <cmath>
#include <numeric>

using namespace gatefold;
using namespace gatefold::onnx;

//===----------------------------------------------------------------------===//
// Along one axis
//===----------------------------------------------------------------------===//

/// Applies a function of vectors along an axis. Before opset 13 all axes from that one on count.
static Value alongAxis(OperatorContext &context, llvm::function_ref<Value(Value)> apply) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  bool isOld = context.opset < 13;
  int64_t axis = context.integerAttribute("axis", isOld ? 1 : -1);
  if (isOld && axis == x->rank())
    return apply(builder.unsqueeze(x, {x->rank()}));
  axis = Builder::normalizeAxis(axis, x->rank());
  if (isOld && axis + 1 < x->rank()) {
    Dim count = productOf(llvm::ArrayRef<Dim>(x->shape).drop_front(axis));
    Shape flat(x->shape.begin(), x->shape.begin() + axis);
    flat.push_back(count);
    return builder.reshape(apply(builder.reshape(x, flat)), x->shape);
  }
  llvm::SmallVector<int64_t> order(x->rank());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[axis], order.back());
  return builder.permute(apply(builder.permute(x, order)), order);
}

/// A function of the library, mapped over all axes but the last.
static Value callAlongLast(Builder &builder, llvm::StringRef name, Value x) {
  if (!isFloat(x->type))
    fail("expected floating-point numbers, found " + dataTypeName(x->type));
  return builder.expression(x->type, x->shape, (name + "($0)").str(), {x});
}

static void softmax(OperatorContext &context) {
  context.output(
      0, alongAxis(context, [&](Value x) { return callAlongLast(context.builder, "softmax", x); }));
}

static void logSoftmax(OperatorContext &context) {
  context.output(0, alongAxis(context, [&](Value x) {
                   return callAlongLast(context.builder, "log_softmax", x);
                 }));
}

/// 1 at the first of the largest elements.
static void hardmax(OperatorContext &context) {
  Builder &builder = context.builder;
  context.output(0, alongAxis(context, [&](Value x) {
                   Value place = builder.unsqueeze(builder.argMax(x, -1), {x->rank() - 1});
                   Value isHere = builder.compare(Comparison::Equal, place,
                                                  builder.range(DataType::Int64, x->shape.back()));
                   return builder.cast(isHere, x->type);
                 }));
}

//===----------------------------------------------------------------------===//
// Means and variances
//===----------------------------------------------------------------------===//

namespace {
/// x with mean 0 and variance 1 along some axes, and what that took.
struct Normalised {
  Value value, mean, inverse;
};
} // namespace

static Value reciprocalRoot(Builder &builder, Value x, double epsilon) {
  Value root = builder.squareRoot(builder.addScalar(x, epsilon));
  return builder.divide(builder.scalar(x->type, 1), root);
}

static Normalised normalise(Builder &builder, Value x, llvm::ArrayRef<int64_t> axes,
                            double epsilon) {
  Normalised result;
  result.mean = builder.reduce(Reduction::Mean, x, axes, true);
  Value centred = builder.subtract(x, result.mean);
  Value variance = builder.reduce(Reduction::Mean, builder.multiply(centred, centred), axes, true);
  result.inverse = reciprocalRoot(builder, variance, epsilon);
  result.value = builder.multiply(centred, result.inverse);
  return result;
}

static std::vector<int64_t> axesFrom(int64_t first, int64_t rank) {
  std::vector<int64_t> axes(std::max<int64_t>(rank - first, 0));
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

static void layerNormalization(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  int64_t axis = Builder::normalizeAxis(context.integerAttribute("axis", -1), x->rank());
  Value single = builder.cast(x, DataType::Float);
  Normalised normal = normalise(builder, single, axesFrom(axis, x->rank()),
                                context.floatAttribute("epsilon", 1e-5));
  Value result = builder.multiply(builder.cast(normal.value, x->type), context.input(1));
  if (context.hasInput(2))
    result = builder.add(result, context.input(2));
  context.output(0, result);
  context.output(1, normal.mean);
  context.output(2, normal.inverse);
}

static void rmsNormalization(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  int64_t axis = Builder::normalizeAxis(context.integerAttribute("axis", -1), x->rank());
  Value single = builder.cast(x, DataType::Float);
  Value squares = builder.reduce(Reduction::Mean, builder.multiply(single, single),
                                 axesFrom(axis, x->rank()), true);
  Value inverse = reciprocalRoot(builder, squares, context.floatAttribute("epsilon", 1e-5));
  Value normal = builder.cast(builder.multiply(single, inverse), x->type);
  context.output(0, builder.multiply(normal, context.input(1)));
}

/// A value for each channel, the second axis of x.
static Value perChannel(Builder &builder, Value value, Value x) {
  return builder.unsqueeze(value, axesFrom(1, x->rank() - 1));
}

static void batchNormalization(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  if (x->rank() < 2)
    fail("expected at least two axes");
  double epsilon = context.floatAttribute("epsilon", 1e-5);
  Value mean = context.input(3), variance = context.input(4);
  if (context.integerAttribute("training_mode", 0)) {
    double momentum = context.floatAttribute("momentum", 0.9);
    std::vector<int64_t> axes = axesFrom(1, x->rank());
    axes[0] = 0;
    Value current = builder.reduce(Reduction::Mean, x, axes, true);
    Value centred = builder.subtract(x, current);
    Value spread = builder.reduce(Reduction::Mean, builder.multiply(centred, centred), axes, false);
    current = builder.squeeze(current, axes);
    auto blend = [&](Value before, Value now) {
      return builder.add(builder.multiplyScalar(before, momentum),
                         builder.multiplyScalar(now, 1 - momentum));
    };
    context.output(1, blend(mean, current));
    context.output(2, blend(variance, spread));
    mean = current;
    variance = spread;
  }
  Value scale = builder.multiply(context.input(1), reciprocalRoot(builder, variance, epsilon));
  Value centred = builder.subtract(x, perChannel(builder, mean, x));
  context.output(0, builder.add(builder.multiply(centred, perChannel(builder, scale, x)),
                                perChannel(builder, context.input(2), x)));
}

static void instanceNormalization(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  if (x->rank() < 3)
    fail("expected at least three axes");
  Normalised normal =
      normalise(builder, x, axesFrom(2, x->rank()), context.floatAttribute("epsilon", 1e-5));
  context.output(
      0, builder.add(builder.multiply(normal.value, perChannel(builder, context.input(1), x)),
                     perChannel(builder, context.input(2), x)));
}

static void groupNormalization(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  int64_t groups = context.integerAttribute("num_groups", 0);
  auto channels = x->rank() < 2 ? std::nullopt : x->shape[1].asConstant();
  if (!channels || groups < 1 || *channels % groups)
    fail("channels of " + spellShape(x->shape) + " do not divide into " + llvm::Twine(groups) +
         " groups");
  Shape grouped = {x->shape[0], Dim::constant(groups), Dim::constant(*channels / groups)};
  grouped.append(x->shape.begin() + 2, x->shape.end());
  Value parts = builder.reshape(x, grouped);
  Value normal =
      normalise(builder, parts, axesFrom(2, parts->rank()), context.floatAttribute("epsilon", 1e-5))
          .value;
  Value result = builder.reshape(normal, x->shape);
  // Before opset 21, factors are those of groups.
  auto factor = [&](Value value) {
    if (context.opset < 21 && groups != *channels && value->rank() == 1 &&
        value->shape[0].asConstant() == groups) {
      Value repeated = builder.expand(builder.unsqueeze(value, {1}),
                                      {Dim::constant(groups), Dim::constant(*channels / groups)});
      value = builder.reshape(repeated, {Dim::constant(*channels)});
    }
    return perChannel(builder, value, x);
  };
  context.output(
      0, builder.add(builder.multiply(result, factor(context.input(1))), factor(context.input(2))));
}

static void meanVarianceNormalization(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  auto axes = context.integersAttribute("axes").value_or(std::vector<int64_t>{0, 2, 3});
  Value mean = builder.reduce(Reduction::Mean, x, axes, true);
  Value centred = builder.subtract(x, mean);
  Value variance = builder.reduce(Reduction::Mean, builder.multiply(centred, centred), axes, true);
  context.output(0, builder.divide(centred, builder.addScalar(builder.squareRoot(variance), 1e-9)));
}

/// Nothing is dropped outside of training.
static void dropout(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  bool trains = context.hasInput(2) && context.number(2) != 0;
  double ratio = context.hasInput(1) ? context.number(1) : context.floatAttribute("ratio", 0.5);
  if (trains && ratio != 0)
    fail("dropping values by chance");
  context.output(0, x);
  if (context.wantsOutput(1))
    context.output(1, builder.full(builder.scalar(DataType::Bool, 1), x->shape));
}

void onnx::addNormalisationOperators(OperatorTable &table) {
  table.add("Softmax", softmax);
  table.add("LogSoftmax", logSoftmax);
  table.add("Hardmax", hardmax);
  table.add("LayerNormalization", layerNormalization);
  table.add("RMSNormalization", rmsNormalization);
  table.add("BatchNormalization", batchNormalization);
  table.add("InstanceNormalization", instanceNormalization);
  table.add("GroupNormalization", groupNormalization);
  table.add("MeanVarianceNormalization", meanVarianceNormalization);
  table.add("Dropout", dropout);
}
