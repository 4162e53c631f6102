//===- Reductions.cpp - Products and reductions, interpreted ----*- C++ -*-===//
//
// The operations that add up numbers, each in the order that it states.
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"

using namespace mlir;
using namespace gatefold::ir;

namespace gatefold::interpreter {

constexpr int64_t lanes = 16;

/// Combines `count` terms in the stated order: `take(accumulator, index)` adds a term to an
/// accumulator, `join(a, b)` adds two accumulators; all start as `neutral`.
template <typename T, typename Take, typename Join>
static T combine(int64_t count, ReductionOrder order, T neutral, Take take, Join join) {
  if (order == ReductionOrder::Chain) {
    T accumulator = neutral;
    for (int64_t index = 0; index < count; ++index)
      accumulator = take(accumulator, index);
    return accumulator;
  }
  std::vector<T> lane(lanes, neutral);
  for (int64_t index = 0; index < count; ++index)
    lane[index % lanes] = take(lane[index % lanes], index);
  for (int64_t distance = lanes / 2; distance >= 1; distance /= 2)
    for (int64_t at = 0; at < distance; ++at)
      lane[at] = join(lane[at], lane[at + distance]);
  return lane[0];
}

//===----------------------------------------------------------------------===//
// Dot: [P.., M.., K] . [P.., N.., K, L..] -> [P.., M.., N.., L..]
//===----------------------------------------------------------------------===//

llvm::Expected<Array> evaluateDot(DotOp dot, Operands operands, Precision precision) {
  const Array &lhs = *operands[0], &rhs = *operands[1];
  auto mapped = static_cast<int64_t>(dot.getMapped());
  ArrayRef<int64_t> left = lhs.shape, right = rhs.shape;
  ArrayRef<int64_t> outer = left.take_front(mapped);
  int64_t contracted = left.back();
  ArrayRef<int64_t> last = dot.getTransposed() ? right.take_back() : ArrayRef<int64_t>();
  if (outer != right.take_front(mapped) || right.drop_back(last.size()).back() != contracted)
    return errorAt(dot.getLoc(), "expected mapped and contracted axes of equal sizes, but found " +
                                     shapeText(left) + " and " + shapeText(right));
  ArrayRef<int64_t> rows = left.drop_front(mapped).drop_back();
  ArrayRef<int64_t> columns = right.drop_front(mapped).drop_back(last.size() + 1);

  Extents shape(outer);
  llvm::append_range(shape, rows);
  llvm::append_range(shape, columns);
  llvm::append_range(shape, last);
  llvm::Expected<Array> result = makeArray(lhs.element, shape, dot.getLoc());
  if (!result)
    return result;

  Arithmetic arithmetic(lhs.element, precision);
  int64_t m = countElements(rows), n = countElements(columns), l = countElements(last);
  for (int64_t number = 0; number < result->size(); ++number) {
    int64_t inner = number % l, column = number / l % n, row = number / (l * n);
    int64_t leftStart = row * contracted;
    int64_t rightStart = (row / m * n + column) * contracted * l + inner;
    result->numbers[number].real = combine(
        contracted, dot.getOrder(), 0.0,
        [&](double sum, int64_t k) {
          return arithmetic.multiplyAdd(lhs.numbers[leftStart + k].real,
                                        rhs.numbers[rightStart + k * l].real, sum);
        },
        [&](double a, double b) { return arithmetic.round(a + b); });
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Reduce
//===----------------------------------------------------------------------===//

/// What a reduction of no term is.
static Number neutralNumber(ReductionKind kind, Type element) {
  Number number;
  bool isFloating = isa<FloatType>(element);
  uint64_t largest = isFloating ? 0 : llvm::maskTrailingOnes<uint64_t>(widthOf(element) - 1);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  switch (kind) {
  case ReductionKind::Sum:
    return number;
  case ReductionKind::Product:
    if (isFloating)
      number.real = 1.0;
    else
      number.integer = wrap(1, element);
    return number;
  case ReductionKind::Maximum:
    if (isFloating)
      number.real = -infinity;
    else
      number.integer = wrap(~largest, element);
    return number;
  case ReductionKind::Minimum:
    if (isFloating)
      number.real = infinity;
    else
      number.integer = wrap(largest, element);
    return number;
  }
  llvm_unreachable("all kinds are handled");
}

/// Two floating-point terms made one.
static double join(ReductionKind kind, double a, double b, const Arithmetic &arithmetic) {
  switch (kind) {
  case ReductionKind::Sum:
    return arithmetic.round(a + b);
  case ReductionKind::Product:
    return arithmetic.round(a * b);
  case ReductionKind::Maximum:
    return maximum(a, b);
  case ReductionKind::Minimum:
    return minimum(a, b);
  }
  llvm_unreachable("all kinds are handled");
}

/// Two integer terms made one.
static int64_t join(ReductionKind kind, int64_t a, int64_t b, Type element) {
  switch (kind) {
  case ReductionKind::Sum:
    return wrap(static_cast<uint64_t>(a) + static_cast<uint64_t>(b), element);
  case ReductionKind::Product:
    return wrap(static_cast<uint64_t>(a) * static_cast<uint64_t>(b), element);
  case ReductionKind::Maximum:
    return std::max(a, b);
  case ReductionKind::Minimum:
    return std::min(a, b);
  }
  llvm_unreachable("all kinds are handled");
}

llvm::Expected<Array> evaluateReduce(ReduceOp reduce, Operands operands, Precision precision) {
  const Array &input = *operands[0];
  Extents strides = rowMajorStrides(input.shape);
  Extents kept, keptStrides, gone, goneStrides;
  for (int64_t position = 0; position < input.rank(); ++position) {
    bool isGone = llvm::is_contained(reduce.getAxes(), input.rank() - 1 - position);
    (isGone ? gone : kept).push_back(input.shape[position]);
    (isGone ? goneStrides : keptStrides).push_back(strides[position]);
  }
  llvm::Expected<Array> result = makeArray(input.element, kept, reduce.getLoc());
  if (!result)
    return result;

  ReductionKind kind = reduce.getKind();
  Arithmetic arithmetic(input.element, precision);
  Number neutral = neutralNumber(kind, input.element);
  int64_t count = countElements(gone);
  for (int64_t number = 0; number < result->size(); ++number) {
    int64_t start = placeOf(number, kept, keptStrides);
    auto term = [&](int64_t index) {
      return input.numbers[start + placeOf(index, gone, goneStrides)];
    };
    if (input.isFloating()) {
      auto both = [&](double a, double b) { return join(kind, a, b, arithmetic); };
      result->numbers[number].real = combine(
          count, reduce.getOrder(), neutral.real,
          [&](double sum, int64_t index) { return both(sum, term(index).real); }, both);
    } else {
      auto both = [&](int64_t a, int64_t b) { return join(kind, a, b, input.element); };
      result->numbers[number].integer = combine(
          count, reduce.getOrder(), neutral.integer,
          [&](int64_t sum, int64_t index) { return both(sum, term(index).integer); }, both);
    }
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Cumulate
//===----------------------------------------------------------------------===//

llvm::Expected<Array> evaluateCumulate(CumulateOp cumulate, Operands operands,
                                       Precision precision) {
  const Array &input = *operands[0];
  Array result = input;
  int64_t position = input.rank() - 1 - static_cast<int64_t>(cumulate.getAxis());
  int64_t extent = input.shape[position], stride = rowMajorStrides(input.shape)[position];
  ReductionKind kind = cumulate.getKind();
  Arithmetic arithmetic(input.element, precision);
  for (int64_t number = 0; number < result.size(); ++number) {
    bool isFirst = number / stride % extent == 0;
    Number before = isFirst ? neutralNumber(kind, input.element) : result.numbers[number - stride];
    Number &here = result.numbers[number];
    if (input.isFloating())
      here.real = join(kind, before.real, here.real, arithmetic);
    else
      here.integer = join(kind, before.integer, here.integer, input.element);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Argmax
//===----------------------------------------------------------------------===//

/// True if `a` is to be taken before `b`, which stands before it.
static bool isLarger(const Array &array, Number a, Number b) {
  if (!array.isFloating())
    return a.integer > b.integer;
  return !std::isnan(b.real) && (std::isnan(a.real) || a.real > b.real);
}

llvm::Expected<Array> evaluateArgMax(ArgMaxOp argMax, Operands operands) {
  const Array &input = *operands[0];
  int64_t length = input.shape.back();
  llvm::Expected<Array> result = makeArray(argMax.getType().getElementType(),
                                           ArrayRef(input.shape).drop_back(), argMax.getLoc());
  if (!result)
    return result;
  if (length == 0)
    return errorAt(argMax.getLoc(),
                   "expected an axis that is not empty, but found " + shapeText(input.shape));
  for (int64_t row = 0; row < result->size(); ++row) {
    int64_t best = 0;
    for (int64_t index = 1; index < length; ++index)
      if (isLarger(input, input.numbers[row * length + index], input.numbers[row * length + best]))
        best = index;
    result->numbers[row].integer = best;
  }
  return result;
}

} // namespace gatefold::interpreter
