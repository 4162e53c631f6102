//===- OperatorsIndexing.cpp - Places that data gives ------------*- C++ -*-===//
//
// Gathering and scattering. Elements are scattered by comparing the place of every element with the
// places of all updates, as the language has no scattering of its own.
//
//===----------------------------------------------------------------------===//

#include "OperatorContext.h"
#include "Operators.h"
#include <numeric>

using namespace gatefold;
using namespace gatefold::onnx;

/// Places counted from the front: negative ones count from the end.
static Value fromFront(Builder &builder, Value places, const Dim &size) {
  Value source = places;
  while (source->operands.size() == 1 &&
         (source->pattern == "$0" || source->pattern == "i64($0)" || !source->index.empty()))
    source = source->operands[0];
  if (llvm::StringRef(source->pattern).starts_with("range("))
    return places; // none is negative
  Value length = builder.cast(builder.reshape(builder.sizes({size}), {}), places->type);
  Value isNegative = builder.compare(Comparison::Less, places, builder.scalar(places->type, 0));
  return builder.select(isNegative, builder.add(places, length), places);
}

static void gather(OperatorContext &context) {
  Value x = context.input(0);
  int64_t axis = Builder::normalizeAxis(context.integerAttribute("axis", 0), x->rank());
  Value places = fromFront(context.builder, context.input(1), x->shape[axis]);
  context.output(0, context.builder.take(x, axis, places));
}

static std::vector<int64_t> requireNumbers(llvm::ArrayRef<Dim> shape) {
  auto numbers = asNumbers(shape);
  if (!numbers)
    fail("sizes that only data decides, in " + spellShape(shape));
  return *numbers;
}

static int64_t productOf(llvm::ArrayRef<int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t(1), std::multiplies<>());
}

/// The places of elements, row by row, for a tensor of places along one axis.
static Value flatPlaces(Builder &builder, Value places, llvm::ArrayRef<int64_t> shape,
                        int64_t axis) {
  Value flat =
      builder.cast(fromFront(builder, places, Dim::constant(shape[axis])), DataType::Int64);
  flat = builder.multiplyScalar(flat, productOf(shape.drop_front(axis + 1)));
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i) {
    if (i == axis)
      continue;
    llvm::SmallVector<int64_t> behind(shape.size() - i - 1);
    std::iota(behind.begin(), behind.end(), 1);
    Value counted = builder.multiplyScalar(builder.range(DataType::Int64, places->shape[i]),
                                           productOf(shape.drop_front(i + 1)));
    flat = builder.add(flat, builder.unsqueeze(counted, behind));
  }
  return flat;
}

static Value flatten(Builder &builder, Value x) {
  return builder.reshape(x, {Dim::constant(productOf(requireNumbers(x->shape)))});
}

static void gatherElements(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  std::vector<int64_t> shape = requireNumbers(x->shape);
  int64_t axis = Builder::normalizeAxis(context.integerAttribute("axis", 0), x->rank());
  if (context.input(1)->rank() != x->rank())
    fail("the places have another number of axes");
  context.output(
      0, builder.take(flatten(builder, x), 0, flatPlaces(builder, context.input(1), shape, axis)));
}

/// The rows that the last axis of `places` names, behind `batch` axes that both have.
static Value rowPlaces(Builder &builder, Value places, llvm::ArrayRef<int64_t> shape,
                       int64_t batch) {
  int64_t depth = requireNumbers(places->shape).back();
  if (batch + depth > static_cast<int64_t>(shape.size()))
    fail("places of " + llvm::Twine(depth) + " numbers");
  Value rows = nullptr;
  int64_t last = places->rank() - 1;
  auto add = [&](Value part, int64_t axis) {
    int64_t stride = productOf(shape.slice(axis + 1, batch + depth - axis - 1));
    Value scaled = builder.multiplyScalar(part, stride);
    rows = rows ? builder.add(rows, scaled) : scaled;
  };
  for (int64_t i = 0; i < depth; ++i) {
    Value part = builder.squeeze(
        builder.slice(places, last, Dim::constant(i), Dim::constant(i + 1)), {last});
    add(builder.cast(fromFront(builder, part, Dim::constant(shape[batch + i])), DataType::Int64),
        batch + i);
  }
  for (int64_t i = 0; i < batch; ++i) {
    llvm::SmallVector<int64_t> behind(last - i - 1);
    std::iota(behind.begin(), behind.end(), 1);
    add(builder.unsqueeze(builder.range(DataType::Int64, Dim::constant(shape[i])), behind), i);
  }
  return rows;
}

static void gatherNd(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0), places = context.input(1);
  std::vector<int64_t> shape = requireNumbers(x->shape);
  int64_t batch = context.integerAttribute("batch_dims", 0);
  if (places->rank() == 0 || batch < 0 || batch >= places->rank())
    fail("`batch_dims` of " + llvm::Twine(batch));
  int64_t named = batch + requireNumbers(places->shape).back();
  Value rows = rowPlaces(builder, places, shape, batch);
  Shape rowShape = {Dim::constant(productOf(llvm::ArrayRef(shape).take_front(named)))};
  for (int64_t size : llvm::ArrayRef(shape).drop_front(named))
    rowShape.push_back(Dim::constant(size));
  context.output(0, builder.take(builder.reshape(x, rowShape), 0, rows));
}

//===----------------------------------------------------------------------===//
// Scattering
//===----------------------------------------------------------------------===//

/// x [P, R] with the updates [U, R] at the rows `places` [U].
static Value scatterRows(Builder &builder, Value x, Value places, Value updates,
                         llvm::StringRef reduction) {
  Value rows = builder.range(DataType::Int64, x->shape[0]);
  Value isHere = builder.compare(Comparison::Equal, builder.unsqueeze(rows, {1}), places); // [P, U]
  Value here = builder.unsqueeze(isHere, {2});     // [P, U, 1]
  Value offered = builder.unsqueeze(updates, {0}); // [1, U, R]
  Value kept = builder.unsqueeze(x, {1});          // [P, 1, R]
  auto reduceWith = [&](Reduction kind, Value otherwise) {
    return builder.reduce(kind, builder.select(here, offered, otherwise), {1}, false);
  };
  Value zero = builder.scalar(x->type, 0), one = builder.scalar(x->type, 1);
  if (reduction == "add")
    return builder.add(x, reduceWith(Reduction::Sum, zero));
  if (reduction == "mul")
    return builder.multiply(x, reduceWith(Reduction::Product, one));
  if (reduction == "max")
    return builder.maximum(x, reduceWith(Reduction::Max, kept));
  if (reduction == "min")
    return builder.minimum(x, reduceWith(Reduction::Min, kept));
  if (reduction != "none")
    fail("reduction `" + reduction + "`");
  Value isUpdated =
      builder.reduce(Reduction::Max, builder.cast(isHere, DataType::Int32), {1}, true);
  Value changes =
      builder.compare(Comparison::NotEqual, isUpdated, builder.scalar(DataType::Int32, 0));
  return builder.select(changes, reduceWith(Reduction::Sum, zero), x);
}

static void scatterElements(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0), places = context.input(1), updates = context.input(2);
  std::vector<int64_t> shape = requireNumbers(x->shape);
  int64_t axis = Builder::normalizeAxis(context.integerAttribute("axis", 0), x->rank());
  if (places->rank() != x->rank())
    fail("the places have another number of axes");
  Value flat = flatten(builder, flatPlaces(builder, places, shape, axis));
  auto column = [&](Value value) { return builder.unsqueeze(flatten(builder, value), {1}); };
  Value result = scatterRows(builder, column(x), flat, column(updates),
                             context.textAttribute("reduction", "none"));
  context.output(0, builder.reshape(result, x->shape));
}

static void scatterNd(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0), places = context.input(1), updates = context.input(2);
  std::vector<int64_t> shape = requireNumbers(x->shape);
  if (places->rank() == 0)
    fail("the places are a scalar");
  int64_t named = requireNumbers(places->shape).back();
  Value rows = flatten(builder, rowPlaces(builder, places, shape, 0));
  Dim row = Dim::constant(productOf(llvm::ArrayRef(shape).drop_front(named)));
  Dim count = Dim::constant(productOf(llvm::ArrayRef(shape).take_front(named)));
  Value result = scatterRows(builder, builder.reshape(x, {count, row}), rows,
                             builder.reshape(updates, {rows->shape[0], row}),
                             context.textAttribute("reduction", "none"));
  context.output(0, builder.reshape(result, x->shape));
}

//===----------------------------------------------------------------------===//
// Others
//===----------------------------------------------------------------------===//

static void oneHot(OperatorContext &context) {
  Builder &builder = context.builder;
  Value places = builder.cast(context.input(0), DataType::Int64), values = context.input(2);
  int64_t depth = static_cast<int64_t>(context.number(1));
  int64_t axis = Builder::normalizeAxis(context.integerAttribute("axis", -1), places->rank() + 1);
  Value counted = builder.range(DataType::Int64, Dim::constant(depth));
  llvm::SmallVector<int64_t> behind(places->rank() - axis);
  std::iota(behind.begin(), behind.end(), 1);
  Value isHere =
      builder.compare(Comparison::Equal,
                      builder.unsqueeze(fromFront(builder, places, Dim::constant(depth)), {axis}),
                      builder.unsqueeze(counted, behind));
  auto value = [&](int64_t place) {
    return builder.take(values, 0, builder.reshape(builder.integers({place}), {}));
  };
  context.output(0, builder.select(isHere, value(1), value(0)));
}

/// Each example's first elements along time, as many as its length says, in the reverse order.
static void reverseSequence(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0), lengths = builder.cast(context.input(1), DataType::Int64);
  int64_t time = context.integerAttribute("time_axis", 0);
  int64_t batch = context.integerAttribute("batch_axis", 1);
  if (time + batch != 1 || time < 0 || batch < 0 || x->rank() < 2)
    fail("`time_axis` and `batch_axis` have to be 0 and 1");
  std::vector<int64_t> shape = requireNumbers(x->shape);
  Value steps = builder.range(DataType::Int64, x->shape[time]);
  Value examples = builder.range(DataType::Int64, x->shape[batch]);
  steps = time == 0 ? builder.unsqueeze(steps, {1}) : steps;
  examples = batch == 0 ? builder.unsqueeze(examples, {1}) : examples;
  lengths = batch == 0 ? builder.unsqueeze(lengths, {1}) : lengths;
  Value mirrored = builder.subtract(builder.addScalar(lengths, -1), steps);
  Value places = builder.select(builder.compare(Comparison::Less, steps, lengths), mirrored, steps);
  Value rows = builder.add(builder.multiplyScalar(time == 0 ? places : examples, shape[1]),
                           time == 0 ? examples : places);
  Shape rowShape = {Dim::constant(shape[0] * shape[1])};
  rowShape.append(x->shape.begin() + 2, x->shape.end());
  context.output(0, builder.take(builder.reshape(x, rowShape), 0, rows));
}

void onnx::addIndexingOperators(OperatorTable &table) {
  table.add("Gather", gather);
  table.add("GatherElements", gatherElements);
  table.add("GatherND", gatherNd);
  table.add("ScatterElements", scatterElements);
  table.add("Scatter", scatterElements);
  table.add("ScatterND", scatterNd);
  table.add("OneHot", oneHot);
  table.add("ReverseSequence", reverseSequence);
}
