//===- Attention.cpp - Attention in one pass, interpreted -------*- C++ -*-===//
//
// Runs the region of `gatefold.attend` once for each query and block of keys.
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"

using namespace mlir;
using namespace gatefold::ir;

namespace gatefold::interpreter {

namespace {

/// What the blocks so far leave of one query.
struct Attended {
  double largest = -std::numeric_limits<double>::infinity();
  std::array<double, shareLanes> sums{};
  std::vector<double> totals;
};

} // namespace

/// The sizes of the mapped axes; an error where operands disagree on them or on the number of keys.
static llvm::Expected<Extents> findMappedSizes(AttendOp attend, Operands operands) {
  Extents sizes(attend.getNumMapped(), -1);
  for (auto [number, operand] : llvm::enumerate(operands)) {
    SmallVector<int64_t> axes = attend.getMappedAxes(number);
    for (auto [place, axis] : llvm::enumerate(axes)) {
      if (sizes[axis] >= 0 && sizes[axis] != operand->shape[place])
        return errorAt(attend.getLoc(), "expected mapped axes of equal sizes, but found " +
                                            Twine(sizes[axis]) + " and " +
                                            Twine(operand->shape[place]));
      sizes[axis] = operand->shape[place];
    }
    int64_t keys = operands.back()->shape.end()[-2];
    if (number >= attend.getQueries().size() && operand->shape[axes.size()] != keys)
      return errorAt(attend.getLoc(), "expected as many keys as values, but found " +
                                          Twine(operand->shape[axes.size()]) + " and " +
                                          Twine(keys));
  }
  return sizes;
}

/// The place in an operand where what it has for the query at `at` begins.
static int64_t findStart(AttendOp attend, unsigned number, const Array &operand,
                         ArrayRef<int64_t> at) {
  Extents strides = rowMajorStrides(operand.shape);
  int64_t start = 0;
  for (auto [place, axis] : llvm::enumerate(attend.getMappedAxes(number)))
    start += at[axis] * strides[place];
  return start;
}

/// Takes the scores of one block and the values of its keys, which lie one behind the other. A
/// block whose shares are all 0 changes nothing, and a key whose share is 0 adds nothing.
static void takeBlock(Attended &attended, ArrayRef<Number> scores, const Number *values,
                      const Arithmetic &arithmetic) {
  double before = attended.largest;
  for (Number score : scores)
    attended.largest = maximum(attended.largest, score.real);
  bool isNone = attended.largest == -std::numeric_limits<double>::infinity();
  double shift = isNone ? 0.0 : attended.largest;
  auto power = [&](double x) { return arithmetic.round(std::exp(arithmetic.round(x - shift))); };
  if (llvm::all_of(scores, [&](Number score) { return power(score.real) == 0; }))
    return;
  double factor = power(before);
  for (double &total : attended.totals)
    total = arithmetic.round(total * factor);
  for (double &sum : attended.sums)
    sum = arithmetic.round(sum * factor);
  for (auto [key, score] : llvm::enumerate(scores)) {
    double share = power(score.real), &sum = attended.sums[key % shareLanes];
    const Number *value = values + key * attended.totals.size();
    if (share == 0)
      continue;
    sum = arithmetic.round(sum + share);
    for (double &total : attended.totals)
      total = arithmetic.multiplyAdd(share, value++->real, total);
  }
}

/// The lanes of the sum as one.
static double joinLanes(std::array<double, shareLanes> lanes, const Arithmetic &arithmetic) {
  for (int64_t distance = shareLanes / 2; distance >= 1; distance /= 2)
    for (int64_t at = 0; at < distance; ++at)
      lanes[at] = arithmetic.round(lanes[at] + lanes[at + distance]);
  return lanes[0];
}

llvm::Error Evaluator::assignBlock(AttendOp attend, Operands operands, ArrayRef<int64_t> at,
                                   int64_t first, int64_t count) {
  Number number;
  number.integer = count;
  if (llvm::Error error =
          assign(attend.getCount(), makeScalar(attend.getCount().getType(), number)))
    return error;
  unsigned numQueries = attend.getQueries().size();
  for (auto [index, operand] : llvm::enumerate(operands.drop_back())) {
    int64_t start = findStart(attend, index, *operand, at);
    size_t mapped = attend.getMappedAxes(index).size();
    Extents strides = rowMajorStrides(operand->shape), shape(operand->shape);
    shape.erase(shape.begin(), shape.begin() + mapped);
    strides.erase(strides.begin(), strides.begin() + mapped);
    if (index >= numQueries) {
      shape.front() = count;
      start += first * strides.front();
    }
    llvm::Expected<Array> part = pick(*operand, shape, strides, start, attend.getLoc());
    if (!part)
      return part.takeError();
    if (llvm::Error error = assign(attend.getBody().getArgument(index + 1), std::move(*part)))
      return error;
  }
  return llvm::Error::success();
}

llvm::Expected<Array> Evaluator::evaluateAttend(AttendOp attend, Operands operands) {
  llvm::Expected<Extents> mapped = findMappedSizes(attend, operands);
  if (!mapped)
    return mapped.takeError();
  const Array &values = *operands.back();
  int64_t width = values.shape.back(), keys = values.shape.end()[-2];
  Extents shape(*mapped);
  shape.push_back(width);
  llvm::Expected<Array> result = makeArray(values.element, shape, attend.getLoc());
  if (!result)
    return result;
  Arithmetic arithmetic(values.element, precision);
  // The arrays of this level move when the region's get their places.
  std::vector<Array> kept;
  for (const Array *operand : operands)
    kept.push_back(*operand);
  SmallVector<const Array *> stable;
  for (const Array &array : kept)
    stable.push_back(&array);
  Extents strides = rowMajorStrides(*mapped);
  for (int64_t query = 0; query < countElements(*mapped); ++query) {
    Extents at;
    for (auto [size, stride] : llvm::zip_equal(*mapped, strides))
      at.push_back(query / stride % size);
    int64_t start = findStart(attend, operands.size() - 1, *stable.back(), at);
    Attended attended;
    attended.totals.resize(width);
    for (int64_t first = 0; first < keys; first += keysAtOnce) {
      int64_t count = std::min(keysAtOnce, keys - first);
      if (llvm::Error error = assignBlock(attend, stable, at, first, count))
        return error;
      if (llvm::Error error = runBlock(attend.getBody().front()))
        return error;
      takeBlock(attended, get(attend.getScores()).numbers,
                stable.back()->numbers.data() + start + first * width, arithmetic);
    }
    double sum = keys == 0 ? 1.0 : joinLanes(attended.sums, arithmetic);
    for (int64_t i = 0; i < width; ++i)
      result->numbers[query * width + i].real = arithmetic.round(attended.totals[i] / sum);
  }
  return result;
}

} // namespace gatefold::interpreter
