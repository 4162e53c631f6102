//===- OperatorsReductions.cpp - Fewer axes ----------------------*- C++ -*-===//
//
// Reductions, the place of the largest element, running sums.
//
//===----------------------------------------------------------------------===//

#include "OperatorContext.h"
#include "Operators.h"
#include <cmath>
#include <numeric>

using namespace gatefold;
using namespace gatefold::onnx;

namespace {
/// Which axes a node reduces; nullopt for none at all.
struct ReducedAxes {
  std::vector<int64_t> axes;
  bool keeps = true;
};
} // namespace

static ReducedAxes findAxes(OperatorContext &context, Value x) {
  ReducedAxes found;
  found.keeps = context.integerAttribute("keepdims", 1);
  found.axes = context.integersFrom(1, "axes").value_or(std::vector<int64_t>());
  if (found.axes.empty() && !context.integerAttribute("noop_with_empty_axes", 0)) {
    found.axes.resize(x->rank());
    std::iota(found.axes.begin(), found.axes.end(), 0);
  }
  return found;
}

static Value reduceBy(OperatorContext &context, Reduction reduction, Value x) {
  ReducedAxes found = findAxes(context, context.input(0));
  // What is narrow or a bool has no reduction of its own.
  bool isBool = x->type == DataType::Bool;
  Value numbers = isBool ? context.builder.cast(x, DataType::Int32) : x;
  return context.builder.cast(context.builder.reduce(reduction, numbers, found.axes, found.keeps),
                              x->type);
}

template <Reduction reduction>
static void reduce(OperatorContext &context) {
  context.output(0, reduceBy(context, reduction, context.input(0)));
}

static void reduceL1(OperatorContext &context) {
  Value x = context.input(0);
  context.output(0, reduceBy(context, Reduction::Sum, context.builder.absolute(x)));
}

static Value sumOfSquares(OperatorContext &context) {
  Value x = context.input(0);
  return reduceBy(context, Reduction::Sum, context.builder.multiply(x, x));
}

static void reduceSumSquare(OperatorContext &context) { context.output(0, sumOfSquares(context)); }

static void reduceL2(OperatorContext &context) {
  context.output(0, context.builder.squareRoot(sumOfSquares(context)));
}

static Value logarithm(Builder &builder, Value x) {
  return builder.function("log", x, [](double v) { return std::log(v); });
}

static void reduceLogSum(OperatorContext &context) {
  context.output(0,
                 logarithm(context.builder, reduceBy(context, Reduction::Sum, context.input(0))));
}

/// The largest element is taken off first, so that nothing overflows.
static void reduceLogSumExp(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  ReducedAxes found = findAxes(context, x);
  if (countElements(x->shape) == 0 || found.axes.empty())
    return context.output(0, logarithm(builder, reduceBy(context, Reduction::Sum,
                                                         builder.function("exp", x, [](double v) {
                                                           return std::exp(v);
                                                         }))));
  Value largest = builder.reduce(Reduction::Max, x, found.axes, true);
  Value powers =
      builder.function("exp", builder.subtract(x, largest), [](double v) { return std::exp(v); });
  Value total = logarithm(builder, builder.reduce(Reduction::Sum, powers, found.axes, true));
  Value result = builder.add(total, largest);
  context.output(0, found.keeps ? result : builder.squeeze(result, found.axes));
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

/// The place of the largest integer: the first of those that equal it.
static Value placeOfLargest(Builder &builder, Value x, int64_t axis) {
  if (isFloat(x->type))
    return builder.argMax(x, axis);
  Value isLargest =
      builder.compare(Comparison::Equal, x, builder.reduce(Reduction::Max, x, {axis}, true));
  Value places = builder.range(DataType::Int64, x->shape[axis]);
  llvm::SmallVector<int64_t> behind;
  for (int64_t i = axis + 1; i < x->rank(); ++i)
    behind.push_back(i - axis);
  places = builder.unsqueeze(places, behind);
  Value end = builder.reshape(builder.sizes({x->shape[axis]}), {});
  return builder.reduce(Reduction::Min, builder.select(isLargest, places, end), {axis}, false);
}

template <bool isLargest>
static void argument(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  int64_t axis = Builder::normalizeAxis(context.integerAttribute("axis", 0), x->rank());
  bool fromEnd = context.integerAttribute("select_last_index", 0);
  Value searched = isLargest ? x : builder.negate(x);
  if (fromEnd)
    searched = builder.reverse(searched, axis);
  Value place = placeOfLargest(builder, searched, axis);
  if (fromEnd)
    place = builder.subtract(
        builder.reshape(builder.sizes({x->shape[axis] - Dim::constant(1)}), {}), place);
  context.output(0, context.integerAttribute("keepdims", 1) ? builder.unsqueeze(place, {axis})
                                                            : place);
}

/// The k largest elements in their order: an element's place among them is the number of those that
/// go before it.
static void topK(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  int64_t axis = Builder::normalizeAxis(context.integerAttribute("axis", -1), x->rank());
  int64_t k = context.hasInput(1) ? context.integer(1) : context.integerAttribute("k", 0);
  bool largest = context.integerAttribute("largest", 1);
  llvm::SmallVector<int64_t> order(x->rank());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[axis], order.back());
  Value last = builder.permute(x, order);
  Dim size = last->shape.back();
  if (size.asConstant().value_or(k) < k)
    fail("the " + llvm::Twine(k) + " largest of " + size.str() + " elements");
  int64_t rank = last->rank();
  Value self = builder.unsqueeze(last, {rank}), other = builder.unsqueeze(last, {rank - 1});
  Value places = builder.range(DataType::Int64, size);
  Value isEarlier = builder.compare(Comparison::Less, places, builder.unsqueeze(places, {1}));
  Value goesBefore = builder.logicalOr(
      builder.compare(largest ? Comparison::Greater : Comparison::Less, other, self),
      builder.logicalAnd(builder.compare(Comparison::Equal, other, self), isEarlier));
  Value position =
      builder.reduce(Reduction::Sum, builder.cast(goesBefore, DataType::Int64), {-1}, false);
  Value wanted = builder.unsqueeze(builder.range(DataType::Int64, Dim::constant(k)), {1});
  Value isChosen =
      builder.compare(Comparison::Equal, builder.unsqueeze(position, {rank - 1}), wanted);
  auto choose = [&](Value from) {
    Value chosen = builder.select(isChosen, from, builder.scalar(from->type, 0));
    return builder.permute(builder.reduce(Reduction::Sum, chosen, {-1}, false), order);
  };
  context.output(0, choose(builder.unsqueeze(last, {rank - 1})));
  context.output(1, choose(places));
}

static void cumulativeSum(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  int64_t axis = Builder::normalizeAxis(context.integer(1), x->rank());
  bool isReverse = context.integerAttribute("reverse", 0);
  if (isReverse)
    x = builder.reverse(x, axis);
  Value sum = builder.cumulativeSum(x, axis);
  Dim one = Dim::constant(1);
  if (context.integerAttribute("exclusive", 0))
    sum = builder.pad(builder.slice(sum, axis, Dim(), x->shape[axis] - one), axis, one, Dim(),
                      builder.scalar(x->type, 0));
  context.output(0, isReverse ? builder.reverse(sum, axis) : sum);
}

void onnx::addReductionOperators(OperatorTable &table) {
  table.add("ReduceSum", reduce<Reduction::Sum>);
  table.add("ReduceMean", reduce<Reduction::Mean>);
  table.add("ReduceMax", reduce<Reduction::Max>);
  table.add("ReduceMin", reduce<Reduction::Min>);
  table.add("ReduceProd", reduce<Reduction::Product>);
  table.add("ReduceL1", reduceL1);
  table.add("ReduceL2", reduceL2);
  table.add("ReduceSumSquare", reduceSumSquare);
  table.add("ReduceLogSum", reduceLogSum);
  table.add("ReduceLogSumExp", reduceLogSumExp);
  table.add("ArgMax", argument<true>);
  table.add("ArgMin", argument<false>);
  table.add("TopK", topK);
  table.add("CumSum", cumulativeSum);
}
