//===- BuilderReductions.cpp - Fewer axes, and products ----------*- C++ -*-===//
//
// Reductions, running sums and products.
//
//===----------------------------------------------------------------------===//

#include "Builder.h"
#include "Folding.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::onnx;

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

/// What a reduction begins with.
template <typename T>
static T initialValue(Reduction reduction, bool isFloat) {
  switch (reduction) {
  case Reduction::Product:
    return 1;
  case Reduction::Min:
    return isFloat ? static_cast<T>(INFINITY) : std::numeric_limits<T>::max();
  case Reduction::Max:
    return isFloat ? static_cast<T>(-INFINITY) : std::numeric_limits<T>::lowest();
  default:
    return 0;
  }
}

template <typename T>
static T combine(Reduction reduction, T total, T value) {
  switch (reduction) {
  case Reduction::Product:
    return total * value;
  case Reduction::Min:
    return value < total || value != value ? value : total;
  case Reduction::Max:
    return value > total || value != value ? value : total;
  default:
    return total + value;
  }
}

template <typename T>
static std::vector<T> reduceLiteral(Reduction reduction, const std::vector<T> &from,
                                    llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> kept,
                                    bool isFloat) {
  int64_t count = 1;
  for (int64_t size : kept)
    count *= size;
  std::vector<T> results(count, initialValue<T>(reduction, isFloat));
  int64_t place = 0;
  forEachIndex(shape, [&](llvm::ArrayRef<int64_t> index) {
    T &total = results[stretchedIndex(kept, index)];
    total = combine(reduction, total, from[place++]);
  });
  if (reduction == Reduction::Mean && count > 0 && (isFloat || place >= count))
    for (T &total : results)
      total /= static_cast<T>(place / count);
  return results;
}

Value Builder::reduce(Reduction reduction, Value x, llvm::ArrayRef<int64_t> axes, bool keepAxes) {
  static constexpr const char *names[] = {"sum", "prod", "min", "max", "mean"};
  llvm::SmallVector<int64_t> reduced;
  for (int64_t axis : axes)
    reduced.push_back(normalizeAxis(axis, x->rank()));
  llvm::sort(reduced);
  reduced.erase(std::unique(reduced.begin(), reduced.end()), reduced.end());
  if (reduced.empty())
    return x;
  Shape shape, kept;
  for (int64_t axis = 0; axis < x->rank(); ++axis) {
    bool isReduced = llvm::is_contained(reduced, axis);
    kept.push_back(isReduced ? Dim::constant(1) : x->shape[axis]);
    if (!isReduced)
      shape.push_back(x->shape[axis]);
  }
  auto numbers = foldableShape(x->shape);
  auto keptNumbers = foldableShape(kept);
  if (x->isNumbers() && numbers && keptNumbers) {
    Literal contents;
    if (isFloat(x->type))
      contents.floats = reduceLiteral(reduction, x->literal->floats, *numbers, *keptNumbers, true);
    else
      contents.integers =
          reduceLiteral(reduction, x->literal->integers, *numbers, *keptNumbers, false);
    for (int64_t &value : contents.integers)
      value = wrapInteger(value, x->type);
    return literal(x->type, keepAxes ? kept : shape, std::move(contents));
  }
  if (x->isLiteral() && x->rank() == 1 && reduction == Reduction::Product) {
    Dim product = Dim::constant(1);
    for (const Dim &size : x->literal->sizes)
      product = product * size;
    Value result = sizes({product});
    return keepAxes ? result : reshape(result, {});
  }
  std::string text = names[static_cast<int>(reduction)];
  text += "($0";
  if (static_cast<int64_t>(reduced.size()) < x->rank()) {
    std::string list;
    for (int64_t axis : reduced)
      list += (list.empty() ? "" : ", ") + std::to_string(axis);
    text += ", axis = " + (reduced.size() == 1 ? list : "(" + list + ")");
  }
  Value result = wrap(expression(x->type, shape, text + ")", {x}));
  return keepAxes ? unsqueeze(result, reduced) : result;
}

Value Builder::cumulativeSum(Value x, int64_t axis) {
  axis = normalizeAxis(axis, x->rank());
  std::string along = axis + 1 == x->rank() ? "" : ", axis = " + std::to_string(axis);
  return wrap(expression(x->type, x->shape, "cumsum($0" + along + ")", {x}));
}

Value Builder::argMax(Value x, int64_t axis) {
  axis = normalizeAxis(axis, x->rank());
  llvm::SmallVector<int64_t> order;
  for (int64_t i = 0; i < x->rank(); ++i)
    if (i != axis)
      order.push_back(i);
  order.push_back(axis);
  Value last = permute(isFloat(x->type) ? x : cast(x, DataType::Float), order);
  return expression(DataType::Int64, Shape(llvm::ArrayRef<Dim>(last->shape).drop_back()),
                    "i64(i32(argmax($0)))", {last});
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

static void requireFactors(Value a, Value b) {
  if (!isFloat(a->type) || !isFloat(b->type))
    fail("a product needs floating-point numbers, found " + dataTypeName(a->type) + " and " +
         dataTypeName(b->type));
}

static void requireEqual(const Dim &a, const Dim &b, Value left, Value right) {
  if (a != b)
    fail("shapes do not fit: a product of " + spellShape(left->shape) + " and " +
         spellShape(right->shape));
}

Value Builder::matmul(Value a, Value b) {
  requireFactors(a, b);
  if (a->rank() == 0 || b->rank() == 0)
    fail("a matrix product of a scalar");
  Shape left(a->shape), right(b->shape);
  requireEqual(left.back(), right.size() == 1 ? right[0] : right[right.size() - 2], a, b);
  Shape shape;
  if (right.size() == 1) {
    shape.assign(left.begin(), left.end() - 1);
  } else {
    llvm::ArrayRef<Dim> leading;
    if (left.size() > 1)
      leading = llvm::ArrayRef<Dim>(left).drop_back(2);
    shape = broadcastShapes(leading, llvm::ArrayRef<Dim>(right).drop_back(2));
    if (left.size() > 1)
      shape.push_back(left[left.size() - 2]);
    shape.push_back(right.back());
  }
  if (llvm::is_contained(shape, Dim()))
    return literal(a->type, shape, {});
  if (left.back() == Dim())
    return full(scalar(a->type, 0), shape);
  // Matrices that are the same for all rows: what `.` says, whose operand may be packed.
  if (right.size() == 2 && b->isLiteral())
    return contract(a, transpose(b));
  return expression(a->type, shape, "$0 @ $1", {a, b}, Precedence::Contraction,
                    {Precedence::Contraction, Precedence::Sign});
}

Value Builder::contract(Value a, Value b) {
  requireFactors(a, b);
  if (a->rank() == 0 || b->rank() == 0)
    fail("a contraction of a scalar");
  requireEqual(a->shape.back(), b->shape.back(), a, b);
  Shape shape(llvm::ArrayRef<Dim>(a->shape).drop_back());
  shape.append(b->shape.begin(), b->shape.end() - 1);
  if (llvm::is_contained(shape, Dim()))
    return literal(a->type, shape, {});
  return expression(a->type, shape, "$0 . $1", {a, b}, Precedence::Contraction,
                    {Precedence::Contraction, Precedence::Sign});
}
