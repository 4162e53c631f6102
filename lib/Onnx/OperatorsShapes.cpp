//===- OperatorsShapes.cpp - Other shapes ------------------------*- C++ -*-===//
//
// What moves elements by places that are known before the model runs.
//
//===----------------------------------------------------------------------===//

#include "Folding.h"
#include "OperatorContext.h"
#include "Operators.h"
#include <numeric>

using namespace gatefold;
using namespace gatefold::onnx;

static void shapeOf(OperatorContext &context) {
  Value x = context.input(0);
  auto place = [&](llvm::StringRef name, int64_t otherwise) {
    int64_t given = context.integerAttribute(name, otherwise);
    return std::clamp<int64_t>(given < 0 ? given + x->rank() : given, 0, x->rank());
  };
  int64_t start = place("start", 0), end = std::max(start, place("end", x->rank()));
  context.output(0, context.builder.sizes(llvm::ArrayRef<Dim>(x->shape).slice(start, end - start)));
}

static void sizeOf(OperatorContext &context) {
  Builder &builder = context.builder;
  context.output(0, builder.reshape(builder.sizes({productOf(context.input(0)->shape)}), {}));
}

/// 0 takes an axis over, and -1 is what is left.
static void reshape(OperatorContext &context) {
  Value x = context.input(0);
  Shape wanted;
  if (context.hasInput(1)) {
    wanted = context.sizes(1);
  } else {
    for (int64_t size : context.integersAttribute("shape").value_or(std::vector<int64_t>()))
      wanted.push_back(Dim::constant(size));
  }
  bool allowsZero = context.integerAttribute("allowzero", 0);
  std::optional<size_t> open;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == Dim() && !allowsZero) {
      if (i >= x->shape.size())
        fail("the new shape takes axis " + llvm::Twine(i) + " over, but there is none");
      wanted[i] = x->shape[i];
    } else if (wanted[i].asConstant() == -1) {
      if (open)
        fail("the new shape has two sizes of -1");
      open = i;
      wanted[i] = Dim::constant(1);
    }
  }
  if (open) {
    Dim known = productOf(wanted), all = productOf(x->shape);
    std::optional<Dim> rest = known == Dim() ? std::nullopt : all.dividedBy(known);
    if (!rest || (rest->names().empty() && !rest->asConstant()))
      fail("a tensor of shape " + spellShape(x->shape) + " does not divide by " + known.str());
    wanted[*open] = *rest;
  }
  context.output(0, context.builder.reshape(x, wanted));
}

static void squeeze(OperatorContext &context) {
  Value x = context.input(0);
  auto axes = context.integersFrom(1, "axes");
  if (!axes) {
    axes.emplace();
    for (int64_t i = 0; i < x->rank(); ++i)
      if (x->shape[i].isOne())
        axes->push_back(i);
  }
  context.output(0, context.builder.squeeze(x, *axes));
}

static void unsqueeze(OperatorContext &context) {
  auto axes = context.integersFrom(1, "axes");
  if (!axes)
    fail("axes are missing");
  context.output(0, context.builder.unsqueeze(context.input(0), *axes));
}

static void flatten(OperatorContext &context) {
  Value x = context.input(0);
  int64_t axis = context.integerAttribute("axis", 1);
  axis = axis == x->rank() ? axis : Builder::normalizeAxis(axis, x->rank());
  llvm::ArrayRef<Dim> shape = x->shape;
  context.output(0, context.builder.reshape(
                        x, {productOf(shape.take_front(axis)), productOf(shape.drop_front(axis))}));
}

static void transpose(OperatorContext &context) {
  Value x = context.input(0);
  auto order = context.integersAttribute("perm");
  if (!order) {
    order.emplace(x->rank());
    std::iota(order->rbegin(), order->rend(), 0);
  }
  context.output(0, context.builder.permute(x, *order));
}

static void expand(OperatorContext &context) {
  Value x = context.input(0);
  context.output(0, context.builder.expand(x, broadcastShapes(x->shape, context.sizes(1))));
}

static void concat(OperatorContext &context) {
  llvm::SmallVector<Value> parts;
  for (int64_t i = 0; i < context.numInputs(); ++i)
    parts.push_back(context.input(i));
  context.output(0, context.builder.concatenate(parts, context.integerAttribute("axis", 1)));
}

/// The sizes of the parts: given, or equal but for the last one.
static Shape splitSizes(OperatorContext &context, const Dim &size) {
  if (context.hasInput(1))
    return context.sizes(1);
  Shape parts;
  if (auto given = context.integersAttribute("split")) {
    for (int64_t part : *given)
      parts.push_back(Dim::constant(part));
    return parts;
  }
  int64_t count = context.numOutputs();
  if (context.integerAttribute("num_outputs", count) != count)
    fail("`num_outputs` is not the number of outputs");
  Dim part;
  if (std::optional<int64_t> number = size.asConstant())
    part = Dim::constant((*number + count - 1) / std::max<int64_t>(count, 1));
  else
    part = size.dividedBy(Dim::constant(count)).value_or(Dim());
  Dim left = size;
  for (int64_t i = 0; i + 1 < count; ++i, left = left - part)
    parts.push_back(part);
  parts.push_back(left);
  return parts;
}

static void split(OperatorContext &context) {
  Value x = context.input(0);
  int64_t axis = Builder::normalizeAxis(context.integerAttribute("axis", 0), x->rank());
  Shape parts = splitSizes(context, x->shape[axis]);
  if (static_cast<int64_t>(parts.size()) != context.numOutputs())
    fail(llvm::Twine(parts.size()) + " parts for " + llvm::Twine(context.numOutputs()) +
         " outputs");
  Dim begin;
  for (size_t i = 0; i < parts.size(); ++i) {
    Dim end = begin + parts[i];
    context.output(i, context.builder.slice(x, axis, begin, end));
    begin = end;
  }
  if (begin != x->shape[axis])
    fail("the parts have " + begin.str() + " elements together, the axis " + x->shape[axis].str());
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

/// A place on an axis as Python counts it, kept within `low` and `high` if these are numbers.
static Dim clampPlace(const Dim &place, const Dim &size, int64_t low, int64_t highFromSize) {
  std::optional<int64_t> number = place.asConstant(), length = size.asConstant();
  if (number && length) {
    int64_t at = *number < 0 ? std::max<int64_t>(*number, -*length - 1) + *length : *number;
    return Dim::constant(std::clamp<int64_t>(at, low, std::max(low, *length + highFromSize)));
  }
  // Beyond every axis that there can be.
  if (number && *number >= (int64_t(1) << 31) - 1)
    return size + Dim::constant(highFromSize);
  if (number && *number <= -(int64_t(1) << 31) + 1)
    return Dim::constant(low);
  return number && *number < 0 ? size + place : place;
}

/// One axis of a slice.
static Value sliceAxis(Builder &builder, Value x, int64_t axis, const Dim &start, const Dim &end,
                       int64_t step) {
  Dim size = x->shape[axis], one = Dim::constant(1);
  if (step == 0)
    fail("a step of 0");
  Dim first, last; // elements first to last - 1 hold all that is taken
  if (step > 0) {
    first = clampPlace(start, size, 0, 0);
    last = clampPlace(end, size, 0, 0);
  } else {
    first = clampPlace(end, size, -1, -1) + one;
    last = clampPlace(start, size, -1, -1) + one;
  }
  if ((last - first).asConstant().value_or(1) <= 0) {
    Shape shape = x->shape;
    shape[axis] = Dim();
    return builder.literal(x->type, shape, {});
  }
  Value part = builder.slice(x, axis, first, last);
  if (step < 0)
    part = builder.reverse(part, axis);
  if (step == std::numeric_limits<int64_t>::min())
    step += 1; // its negation fits as well, and no axis has more elements
  return builder.every(part, axis, std::abs(step));
}

static void slice(OperatorContext &context) {
  Value x = context.input(0);
  auto given = [&](int64_t index, llvm::StringRef name) -> std::optional<Shape> {
    if (context.hasInput(index))
      return context.sizes(index);
    auto attribute = context.integersAttribute(name);
    if (!attribute)
      return std::nullopt;
    Shape sizes;
    for (int64_t number : *attribute)
      sizes.push_back(Dim::constant(number));
    return sizes;
  };
  auto starts = given(1, "starts"), ends = given(2, "ends");
  auto axes = given(3, "axes"), steps = given(4, "steps");
  if (!starts || !ends || starts->size() != ends->size() ||
      (axes && axes->size() != starts->size()) || (steps && steps->size() != starts->size()))
    fail("starts, ends, axes and steps differ in number");
  for (size_t i = 0; i < starts->size(); ++i) {
    int64_t axis = axes ? (*axes)[i].asConstant().value_or(0) : static_cast<int64_t>(i);
    axis = Builder::normalizeAxis(axis, x->rank());
    int64_t step = steps ? (*steps)[i].asConstant().value_or(0) : 1;
    x = sliceAxis(context.builder, x, axis, (*starts)[i], (*ends)[i], step);
  }
  context.output(0, x);
}

//===----------------------------------------------------------------------===//
// Borders and copies
//===----------------------------------------------------------------------===//

/// Takes elements of an axis at computed places.
static Value takeAt(Builder &builder, Value x, int64_t axis, int64_t count,
                    llvm::function_ref<int64_t(int64_t)> place) {
  if (count > mostFoldedElements)
    fail("an axis of " + llvm::Twine(count) + " repeated elements");
  std::vector<int64_t> places;
  for (int64_t i = 0; i < count; ++i)
    places.push_back(place(i));
  return builder.take(x, axis, builder.integers(places));
}

static Value padAxis(Builder &builder, Value x, int64_t axis, int64_t before, int64_t after,
                     llvm::StringRef mode, Value around) {
  Dim none;
  if (before < 0 || after < 0) {
    x = builder.slice(x, axis, Dim::constant(std::max<int64_t>(0, -before)),
                      x->shape[axis] - Dim::constant(std::max<int64_t>(0, -after)));
    before = std::max<int64_t>(before, 0);
    after = std::max<int64_t>(after, 0);
  }
  if (before == 0 && after == 0)
    return x;
  if (mode == "constant")
    return builder.pad(x, axis, Dim::constant(before), Dim::constant(after), around);
  std::optional<int64_t> size = x->shape[axis].asConstant();
  if (mode == "reflect" && (!size || (before < *size && after < *size)))
    return builder.reflect(x, axis, before, after);
  if (!size || *size == 0)
    fail("padding by " + mode + " along an axis that only data decides");
  int64_t count = before + *size + after, period = std::max<int64_t>(1, 2 * (*size - 1));
  return takeAt(builder, x, axis, count, [&](int64_t i) -> int64_t {
    int64_t place = i - before;
    if (mode == "edge")
      return std::clamp<int64_t>(place, 0, *size - 1);
    if (mode == "wrap")
      return ((place % *size) + *size) % *size;
    int64_t turned = ((place % period) + period) % period;
    return turned < *size ? turned : period - turned;
  });
}

/// Nobody puts more elements around an axis.
static constexpr int64_t mostPadding = int64_t(1) << 32;

static void pad(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  auto pads = context.integersFrom(1, "pads");
  if (!pads)
    pads = context.integersAttribute("paddings");
  std::string mode = context.textAttribute("mode", "constant");
  Value around = context.hasInput(2) ? context.input(2)
                                     : builder.scalar(x->type, context.floatAttribute("value", 0));
  std::vector<int64_t> axes(x->rank());
  std::iota(axes.begin(), axes.end(), 0);
  if (context.hasInput(3))
    axes = context.integers(3);
  if (!pads || pads->size() != 2 * axes.size())
    fail("expected two numbers for each axis in `pads`");
  for (int64_t number : *pads)
    if (number < -mostPadding || number > mostPadding)
      fail("padding by " + llvm::Twine(number));
  for (size_t i = 0; i < axes.size(); ++i)
    x = padAxis(builder, x, Builder::normalizeAxis(axes[i], x->rank()), (*pads)[i],
                (*pads)[i + axes.size()], mode, around);
  context.output(0, x);
}

static void tile(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  std::vector<int64_t> repeats = context.integers(1);
  if (static_cast<int64_t>(repeats.size()) != x->rank())
    fail("expected a number for each axis in `repeats`");
  for (int64_t axis = 0; axis < x->rank(); ++axis) {
    std::optional<int64_t> size = x->shape[axis].asConstant();
    if (repeats[axis] < 0 || repeats[axis] > (1 << 20))
      fail("repeats of " + llvm::Twine(repeats[axis]));
    if (repeats[axis] == 1)
      continue;
    if (size)
      x = takeAt(builder, x, axis, *size * repeats[axis], [&](int64_t i) { return i % *size; });
    else
      x = builder.concatenate(std::vector<Value>(repeats[axis], x), axis);
  }
  context.output(0, x);
}

/// Keeps the upper or lower triangle of the last two axes.
static void triangle(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  if (x->rank() < 2)
    fail("expected at least two axes");
  int64_t k = context.hasInput(1) ? context.integer(1) : 0;
  k = std::clamp<int64_t>(k, -(int64_t(1) << 40), int64_t(1) << 40);
  Value rows = builder.unsqueeze(builder.range(DataType::Int64, x->shape[x->rank() - 2]), {1});
  Value columns = builder.range(DataType::Int64, x->shape.back());
  bool isUpper = context.integerAttribute("upper", 1);
  Value isKept = builder.compare(isUpper ? Comparison::GreaterOrEqual : Comparison::LessOrEqual,
                                 columns, builder.add(rows, builder.scalar(DataType::Int64, k)));
  if (x->type == DataType::Bool)
    return context.output(0, builder.logicalAnd(isKept, x));
  context.output(0, builder.select(isKept, x, builder.scalar(x->type, 0)));
}

void onnx::addShapeOperators(OperatorTable &table) {
  table.add("Shape", shapeOf);
  table.add("Size", sizeOf);
  table.add("Reshape", reshape);
  table.add("Squeeze", squeeze);
  table.add("Unsqueeze", unsqueeze);
  table.add("Flatten", flatten);
  table.add("Transpose", transpose);
  table.add("Expand", expand);
  table.add("Concat", concat);
  table.add("Split", split);
  table.add("Slice", slice);
  table.add("Pad", pad);
  table.add("Tile", tile);
  table.add("Trilu", triangle);
}
