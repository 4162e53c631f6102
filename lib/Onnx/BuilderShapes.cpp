//===- BuilderShapes.cpp - Values in other shapes ----------------*- C++ -*-===//
//
// What moves elements without computing anything.
//
//===----------------------------------------------------------------------===//

#include "Builder.h"
#include "Folding.h"
#include "llvm/ADT/StringExtras.h"
#include <numeric>

using namespace gatefold;
using namespace gatefold::onnx;

/// The literal whose element at each index is the one of `x` that `source` says; null where `x` is
/// none, or the result would be too large.
Value Builder::pick(Value x, llvm::ArrayRef<Dim> shape,
                    llvm::function_ref<int64_t(llvm::ArrayRef<int64_t>)> source) {
  auto numbers = foldableShape(shape);
  if (!x->isLiteral() || !numbers || countElements(x->shape) == 0)
    return nullptr;
  const Literal &from = *x->literal;
  Literal to;
  forEachIndex(*numbers, [&](llvm::ArrayRef<int64_t> index) {
    int64_t place = source(index);
    if (!from.floats.empty())
      to.floats.push_back(from.floats[place]);
    else if (from.isSymbolic())
      to.sizes.push_back(from.sizes[place]);
    else
      to.integers.push_back(from.integers[place]);
  });
  if (auto constants = asNumbers(to.sizes); from.isSymbolic() && constants) {
    to.integers = std::move(*constants);
    to.sizes.clear();
  }
  Value made = literal(x->type, shape, std::move(to));
  made->hint = x->hint;
  return made;
}

/// The shape as numbers; none where it has names, and nothing is picked from its elements.
static std::vector<int64_t> numbersOf(llvm::ArrayRef<Dim> shape) {
  return asNumbers(shape).value_or(std::vector<int64_t>());
}

/// `[:, :, item]` for the item on an axis.
static std::string indexAt(int64_t axis, llvm::StringRef item) {
  std::string text = "$0[";
  for (int64_t i = 0; i < axis; ++i)
    text += ":, ";
  return text + item.str() + "]";
}

static llvm::SmallVector<int64_t> normalizeAxes(llvm::ArrayRef<int64_t> axes, int64_t rank) {
  llvm::SmallVector<int64_t> result;
  for (int64_t axis : axes) {
    int64_t normal = Builder::normalizeAxis(axis, rank);
    if (llvm::is_contained(result, normal))
      fail("axis " + llvm::Twine(axis) + " is given twice");
    result.push_back(normal);
  }
  llvm::sort(result);
  return result;
}

//===----------------------------------------------------------------------===//
// Axes that come, go and move
//===----------------------------------------------------------------------===//

Value Builder::index(Value x, const Index &items) {
  bool isIndexed = !x->index.empty();
  Value source = isIndexed ? x->operands[0] : x;
  Index both = composeIndices(isIndexed ? x->index : wholeIndex(x->shape), items);
  if (isWhole(both))
    return source;
  std::string text = "$0" + spellIndex(both);
  Value made = expression(x->type, indexedShape(both), text, {source}, Precedence::Postfix,
                          {Precedence::Postfix});
  made->index = both;
  return made;
}

Value Builder::squeeze(Value x, llvm::ArrayRef<int64_t> axes) {
  llvm::SmallVector<int64_t> dropped = normalizeAxes(axes, x->rank());
  Index items = wholeIndex(x->shape);
  for (int64_t axis : dropped) {
    if (!x->shape[axis].isOne())
      fail("axis " + llvm::Twine(axis) + " of " + spellShape(x->shape) + " has not the size 1" +
           (x->shape[axis].asConstant() ? "" : "; --dim NAME=N gives a named dimension its size"));
    items[axis] = IndexItem::at(x->shape[axis], Dim());
  }
  if (dropped.empty())
    return x;
  return x->isLiteral() ? withShape(x, indexedShape(items)) : index(x, items);
}

Value Builder::unsqueeze(Value x, llvm::ArrayRef<int64_t> axes) {
  int64_t rank = x->rank() + static_cast<int64_t>(axes.size());
  llvm::SmallVector<int64_t> made = normalizeAxes(axes, rank);
  if (made.empty())
    return x;
  Index items;
  size_t from = 0;
  for (int64_t axis = 0; axis < rank; ++axis)
    items.push_back(llvm::is_contained(made, axis) ? IndexItem::makeNew()
                                                   : IndexItem::whole(x->shape[from++]));
  return x->isLiteral() ? withShape(x, indexedShape(items)) : index(x, items);
}

static bool isUnit(const Dim &size) { return size.isOne(); }

/// Whether two shapes are the same but for axes of size 1.
static bool isSameButUnits(llvm::ArrayRef<Dim> a, llvm::ArrayRef<Dim> b) {
  Shape first(a), second(b);
  llvm::erase_if(first, isUnit);
  llvm::erase_if(second, isUnit);
  return first == second;
}

/// The value in such a shape.
Value Builder::moveUnits(Value x, llvm::ArrayRef<Dim> shape) {
  auto findUnits = [](llvm::ArrayRef<Dim> sizes) {
    llvm::SmallVector<int64_t> axes;
    for (auto [axis, size] : llvm::enumerate(sizes))
      if (size.isOne())
        axes.push_back(static_cast<int64_t>(axis));
    return axes;
  };
  Index dropping = wholeIndex(x->shape), making;
  for (int64_t axis : findUnits(x->shape))
    dropping[axis] = IndexItem::at(x->shape[axis], Dim());
  for (const Dim &size : shape)
    making.push_back(size.isOne() ? IndexItem::makeNew() : IndexItem::whole(size));
  return index(x, composeIndices(dropping, making));
}

Value Builder::permute(Value x, llvm::ArrayRef<int64_t> axes) {
  if (normalizeAxes(axes, x->rank()).size() != x->shape.size())
    fail("a permutation of " + llvm::Twine(axes.size()) + " axes for a tensor of " +
         llvm::Twine(x->rank()));
  llvm::SmallVector<int64_t> order;
  for (int64_t axis : axes)
    order.push_back(normalizeAxis(axis, x->rank()));
  if (llvm::is_sorted(order))
    return x;
  Shape shape;
  for (int64_t axis : order)
    shape.push_back(x->shape[axis]);
  std::vector<int64_t> numbers = numbersOf(x->shape);
  auto source = [&](llvm::ArrayRef<int64_t> index) {
    llvm::SmallVector<int64_t, 6> from(order.size());
    for (auto [place, axis] : llvm::zip(index, order))
      from[axis] = place;
    return flatIndex(numbers, from);
  };
  if (Value folded = pick(x, shape, source))
    return folded;
  llvm::SmallVector<int64_t> large = order; // that have more than one element
  llvm::erase_if(large, [&](int64_t axis) { return x->shape[axis].isOne(); });
  if (llvm::is_sorted(large))
    return moveUnits(x, shape);
  if (!x->permutation.empty()) {
    for (int64_t &axis : order)
      axis = x->permutation[axis];
    return permute(x->operands[0], order);
  }
  size_t rank = order.size();
  int64_t last = static_cast<int64_t>(rank) - 1;
  std::string pattern = "transpose($0)";
  if (rank < 2 || order[rank - 1] != last - 1 || order[rank - 2] != last ||
      !llvm::is_sorted(llvm::ArrayRef(order).drop_back(2))) {
    pattern = "permute($0";
    for (int64_t axis : order)
      pattern += ", " + std::to_string(axis);
    pattern += ")";
  }
  Value moved = expression(x->type, shape, pattern, {x});
  moved->permutation.assign(order.begin(), order.end());
  return moved;
}

Value Builder::transpose(Value x) {
  llvm::SmallVector<int64_t> order(x->rank());
  std::iota(order.begin(), order.end(), 0);
  if (order.size() < 2)
    fail("a transposition needs two axes, found " + spellShape(x->shape));
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return permute(x, order);
}

Value Builder::reshape(Value x, llvm::ArrayRef<Dim> shape) {
  if (llvm::ArrayRef<Dim>(x->shape) == shape)
    return x;
  if (productOf(x->shape) != productOf(shape))
    fail("a tensor of shape " + spellShape(x->shape) + " cannot have the shape " +
         spellShape(shape));
  if (x->isLiteral())
    return withShape(x, shape);
  if (isSameButUnits(x->shape, shape))
    return moveUnits(x, shape);
  bool onlyMovesUnits = !x->index.empty() && isSameButUnits(x->shape, x->operands[0]->shape);
  if (x->isReshaped || onlyMovesUnits)
    return reshape(x->operands[0], shape);
  std::string pattern = "flatten($0)";
  if (shape.size() != 1) {
    pattern = "reshape($0";
    for (const Dim &dim : shape)
      pattern += ", " + dim.str();
    pattern += ")";
  }
  Value reshaped = expression(x->type, shape, pattern, {x});
  reshaped->isReshaped = true;
  return reshaped;
}

Value Builder::expand(Value x, llvm::ArrayRef<Dim> shape) {
  if (broadcastShapes(x->shape, shape) != Shape(shape))
    fail("a tensor of shape " + spellShape(x->shape) + " does not stretch to " + spellShape(shape));
  std::vector<int64_t> numbers = numbersOf(x->shape);
  auto source = [&](llvm::ArrayRef<int64_t> index) { return stretchedIndex(numbers, index); };
  if (llvm::ArrayRef<Dim>(x->shape) == shape)
    return x;
  if (Value folded = pick(x, shape, source))
    return folded;
  llvm::SmallVector<int64_t> missing(shape.size() - x->shape.size());
  std::iota(missing.begin(), missing.end(), 0);
  Value result = unsqueeze(x, missing);
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (result->shape[axis] == shape[axis])
      continue;
    Shape wider = result->shape;
    wider[axis] = shape[axis];
    result = expression(x->type, wider, indexAt(axis, "0 * range(" + shape[axis].str() + ")"),
                        {result}, Precedence::Postfix, {Precedence::Postfix});
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Parts of axes
//===----------------------------------------------------------------------===//

Value Builder::slice(Value x, int64_t axis, const Dim &begin, const Dim &end) {
  axis = normalizeAxis(axis, x->rank());
  Dim size = x->shape[axis];
  if (begin == Dim() && end == size)
    return x;
  Shape shape = x->shape;
  shape[axis] = end - begin;
  if ((size - end).asConstant().value_or(0) < 0 || begin.asConstant().value_or(0) < 0)
    fail("elements " + begin.str() + " to " + end.str() + " are not within an axis of size " +
         size.str());
  int64_t first = begin.asConstant().value_or(0);
  std::vector<int64_t> numbers = numbersOf(x->shape);
  auto source = [&](llvm::ArrayRef<int64_t> index) {
    llvm::SmallVector<int64_t, 6> from(index);
    from[axis] += first;
    return flatIndex(numbers, from);
  };
  if (begin.asConstant())
    if (Value folded = pick(x, shape, source))
      return folded;
  Index items = wholeIndex(x->shape);
  items[axis] = IndexItem::range(size, begin, end);
  return index(x, items);
}

Value Builder::every(Value x, int64_t axis, int64_t step) {
  axis = normalizeAxis(axis, x->rank());
  if (step == 1)
    return x;
  Shape shape = x->shape;
  auto count = (x->shape[axis] - Dim::constant(1)).floorDividedBy(Dim::constant(step));
  if (!count)
    fail("a step of " + llvm::Twine(step));
  shape[axis] = *count + Dim::constant(1);
  std::vector<int64_t> numbers = numbersOf(x->shape);
  auto source = [&](llvm::ArrayRef<int64_t> index) {
    llvm::SmallVector<int64_t, 6> from(index);
    from[axis] *= step;
    return flatIndex(numbers, from);
  };
  if (Value folded = pick(x, shape, source))
    return folded;
  Value parted = windows(x, axis, 1, step, 1);
  return squeeze(parted, {axis + 1});
}

Value Builder::reverse(Value x, int64_t axis) {
  axis = normalizeAxis(axis, x->rank());
  std::vector<int64_t> numbers = numbersOf(x->shape);
  auto source = [&](llvm::ArrayRef<int64_t> index) {
    llvm::SmallVector<int64_t, 6> from(index);
    from[axis] = numbers[axis] - 1 - from[axis];
    return flatIndex(numbers, from);
  };
  if (Value folded = pick(x, x->shape, source))
    return folded;
  return expression(x->type, x->shape, "reverse($0, axis = " + std::to_string(axis) + ")", {x});
}

Value Builder::windows(Value x, int64_t axis, int64_t size, int64_t stride, int64_t dilation) {
  axis = normalizeAxis(axis, x->rank());
  Dim reach = Dim::constant(dilation * (size - 1) + 1);
  auto steps = (x->shape[axis] - reach).floorDividedBy(Dim::constant(stride));
  if (!steps || steps->asConstant().value_or(0) < 0)
    fail("windows of " + reach.str() + " elements over an axis of size " + x->shape[axis].str());
  Shape shape = x->shape;
  shape[axis] = *steps + Dim::constant(1);
  shape.insert(shape.begin() + axis + 1, Dim::constant(size));
  std::vector<int64_t> numbers = numbersOf(x->shape);
  auto source = [&](llvm::ArrayRef<int64_t> index) {
    llvm::SmallVector<int64_t, 6> from(index);
    from[axis] = index[axis] * stride + index[axis + 1] * dilation;
    from.erase(from.begin() + axis + 1);
    return flatIndex(numbers, from);
  };
  if (Value folded = pick(x, shape, source))
    return folded;
  std::string pattern = "windows($0, " + std::to_string(size);
  if (stride != 1)
    pattern += ", stride = " + std::to_string(stride);
  if (dilation != 1)
    pattern += ", dilation = " + std::to_string(dilation);
  if (axis + 1 != x->rank())
    pattern += ", axis = " + std::to_string(axis);
  return expression(x->type, shape, pattern + ")", {x});
}

//===----------------------------------------------------------------------===//
// Several values, borders, places
//===----------------------------------------------------------------------===//

/// Puts literals one behind the other; nullopt where one is none.
static std::optional<Literal> concatenateLiterals(llvm::ArrayRef<Value> parts,
                                                  llvm::ArrayRef<Dim> shape, int64_t axis) {
  auto numbers = foldableShape(shape);
  if (!numbers || llvm::any_of(parts, [](Value part) { return !part->isLiteral(); }))
    return std::nullopt;
  bool isSymbolic = llvm::any_of(parts, [](Value part) { return part->literal->isSymbolic(); });
  std::vector<std::vector<int64_t>> shapes;
  for (Value part : parts)
    shapes.push_back(*asNumbers(part->shape));
  Literal contents;
  forEachIndex(*numbers, [&](llvm::ArrayRef<int64_t> index) {
    llvm::SmallVector<int64_t, 6> from(index);
    size_t part = 0;
    while (from[axis] >= shapes[part][axis])
      from[axis] -= shapes[part++][axis];
    int64_t place = flatIndex(shapes[part], from);
    const Literal &source = *parts[part]->literal;
    if (!source.floats.empty())
      contents.floats.push_back(source.floats[place]);
    else if (isSymbolic)
      contents.sizes.push_back(source.size(place));
    else
      contents.integers.push_back(source.integers[place]);
  });
  return contents;
}

/// The permutation that swaps one axis with the last.
static llvm::SmallVector<int64_t> swapWithLast(int64_t axis, int64_t rank) {
  llvm::SmallVector<int64_t> order(rank);
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[axis], order[rank - 1]);
  return order;
}

/// Parts of size 1 along an axis: stacked in front, and then moved there.
Value Builder::stackParts(llvm::ArrayRef<Value> parts, llvm::ArrayRef<Dim> shape, int64_t axis) {
  std::string pattern = "stack(";
  llvm::SmallVector<Value> rows;
  for (Value part : parts) {
    rows.push_back(squeeze(part, {axis}));
    pattern += (rows.size() > 1 ? ", $" : "$") + std::to_string(rows.size() - 1);
  }
  Shape stacked(shape);
  std::rotate(stacked.begin(), stacked.begin() + axis, stacked.begin() + axis + 1);
  llvm::SmallVector<int64_t> order;
  for (int64_t i = 1; i < static_cast<int64_t>(shape.size()); ++i)
    order.push_back(i);
  order.insert(order.begin() + axis, 0);
  Value made = expression(parts[0]->type, stacked, pattern + ")", rows);
  made->isStacked = true;
  return permute(made, order);
}

Dim onnx::historySize() { return Dim::name("history"); }

/// A history has its rows along the first axis.
Value Builder::appendRow(Value memory, Value row, int64_t axis) {
  Value newest = squeeze(row, {axis});
  Shape shape = newest->shape;
  shape.insert(shape.begin(), historySize());
  Value history = expression(row->type, shape, "history of $0", {newest});
  history->isHistory = history->isNamed = true;
  history->hint = memory->hint;
  llvm::SmallVector<int64_t> order(row->rank());
  std::iota(order.begin(), order.end(), 1);
  order.back() = 0;
  std::rotate(order.begin() + axis, order.end() - 1, order.end());
  return grown[memory] = permute(history, order);
}

void Builder::failToFit(const Shape &a, const Shape &b) {
  bool isNamed = false;
  for (auto [first, second] : llvm::zip(a, b))
    for (const Dim *size : {&first, &second})
      if (first != second && size->asName()) {
        needSize(*size);
        isNamed = true;
      }
  fail("shapes do not fit: " + spellShape(a) + " and " + spellShape(b) +
       (isNamed ? "; --dim NAME=N gives a named dimension its size" : ""));
}

Value Builder::concatenate(llvm::ArrayRef<Value> all, int64_t axis) {
  if (all.empty())
    fail("nothing to concatenate");
  axis = normalizeAxis(axis, all[0]->rank());
  Shape shape = all[0]->shape;
  shape[axis] = Dim();
  llvm::SmallVector<Value> parts;
  for (Value part : all) {
    Shape others = part->shape;
    if (part->rank() != all[0]->rank() || part->type != all[0]->type)
      fail("parts of different ranks or types");
    shape[axis] = shape[axis] + part->shape[axis];
    others[axis] = all[0]->shape[axis];
    if (others != all[0]->shape)
      failToFit(part->shape, all[0]->shape);
    if (part->shape[axis] != Dim())
      parts.push_back(part);
  }
  if (parts.empty())
    return all[0];
  if (parts.size() == 1)
    return parts[0];
  if (isStep() && parts.size() == 2 && parts[0]->isGrowing && parts[1]->shape[axis].isOne() &&
      parts[0]->shape[axis] == historySize() - Dim::constant(1))
    return appendRow(parts[0], parts[1], axis);
  if (auto folded = concatenateLiterals(parts, shape, axis))
    return literal(parts[0]->type, shape, std::move(*folded));
  if (llvm::all_of(parts, [&](Value part) { return part->shape[axis].isOne(); }))
    return stackParts(parts, shape, axis);
  llvm::SmallVector<int64_t> order = swapWithLast(axis, parts[0]->rank());
  std::string pattern = "join(";
  llvm::SmallVector<Value> swapped;
  for (Value part : parts) {
    swapped.push_back(permute(part, order));
    pattern += (swapped.size() > 1 ? ", $" : "$") + std::to_string(swapped.size() - 1);
  }
  std::swap(shape[axis], shape.back());
  return permute(expression(parts[0]->type, shape, pattern + ")", swapped), order);
}

Value Builder::pad(Value x, int64_t axis, const Dim &before, const Dim &after, Value value) {
  axis = normalizeAxis(axis, x->rank());
  if (before == Dim() && after == Dim())
    return x;
  Shape shape = x->shape;
  shape[axis] = shape[axis] + before + after;
  if (x->isLiteral() && value->isLiteral() && before.asConstant() && after.asConstant()) {
    Shape front = x->shape, back = x->shape;
    front[axis] = before;
    back[axis] = after;
    return concatenate({full(value, front), x, full(value, back)}, axis);
  }
  bool isZero = value->isNumbers() && (value->literal->floats == std::vector<float>{0} ||
                                       value->literal->integers == std::vector<int64_t>{0});
  std::string pattern = "pad($0, " + before.str() + ", " + after.str() +
                        (axis + 1 == x->rank() ? "" : ", axis = " + std::to_string(axis)) +
                        (isZero ? ")" : ", value = $1)");
  llvm::SmallVector<Value> operands = {x};
  if (!isZero)
    operands.push_back(reshape(value, {}));
  return expression(x->type, shape, pattern, operands);
}

Value Builder::reflect(Value x, int64_t axis, int64_t before, int64_t after) {
  axis = normalizeAxis(axis, x->rank());
  Shape shape = x->shape;
  shape[axis] = shape[axis] + Dim::constant(before + after);
  std::string pattern = "reflect($0, " + std::to_string(before) + ", " + std::to_string(after) +
                        (axis + 1 == x->rank() ? ")" : ", axis = " + std::to_string(axis) + ")");
  if (before == 0 && after == 0)
    return x;
  return expression(x->type, shape, pattern, {x});
}

Value Builder::take(Value x, int64_t axis, Value places) {
  axis = normalizeAxis(axis, x->rank());
  if (!isInteger(places->type))
    fail("places are integers, found " + dataTypeName(places->type));
  Shape shape(x->shape.begin(), x->shape.begin() + axis);
  shape.append(places->shape);
  shape.append(x->shape.begin() + axis + 1, x->shape.end());
  if (places->isNumbers())
    for (int64_t place : places->literal->integers)
      if (place < 0 || x->shape[axis].asConstant().value_or(place + 1) <= place)
        fail("place " + llvm::Twine(place) + " is outside of an axis of size " +
             x->shape[axis].str());
  std::vector<int64_t> numbers = numbersOf(x->shape), rows = numbersOf(places->shape);
  auto source = [&](llvm::ArrayRef<int64_t> index) {
    llvm::SmallVector<int64_t, 6> from(index.take_front(axis));
    from.push_back(
        places->literal->integers[flatIndex(rows, index.slice(axis, places->shape.size()))]);
    llvm::append_range(from, index.drop_front(axis + places->shape.size()));
    return flatIndex(numbers, from);
  };
  if (places->isNumbers())
    if (Value folded = pick(x, shape, source))
      return folded;
  if (places->isLiteral() && places->rank() == 0) {
    Index items = wholeIndex(x->shape);
    items[axis] = IndexItem::at(x->shape[axis], places->literal->size(0));
    return index(x, items);
  }
  return expression(x->type, shape, indexAt(axis, "$1"), {x, places}, Precedence::Postfix,
                    {Precedence::Postfix, Precedence::If});
}
