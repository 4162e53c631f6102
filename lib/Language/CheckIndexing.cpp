//===- CheckIndexing.cpp - `x[i, a:b, :, new]` and gathers --------*- C++ -*-===//
//
// An index that is a dimension expression picks at a place fixed by the dimensions; an integer or
// token value picks at a place that the data give.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

using namespace gatefold;
using namespace gatefold::checking;

Type DeclarationChecker::typeOfIndex(IndexExpression &index) {
  if (const Declaration *callee = findInstantiated(*index.base); callee) {
    error(index.range, "an instance of " + quoted(callee->name.text) + " needs a name")
        .withHint("make it on a line of its own: `name = " + textOf(index) + "`");
    return Type::invalid();
  }
  Type base = checkExpression(*index.base);
  size_t needed = llvm::count_if(
      index.items, [](const IndexItem &item) { return item.kind != IndexItem::Kind::NewAxis; });
  if (!base.isInvalid() && base.rank() == 0 && needed > 0) {
    error(index.range, quoted(textOf(*index.base)) + " is a scalar and has no axis to index");
    return Type::invalid();
  }
  if (!base.isInvalid() && needed > base.rank()) {
    Diagnostic &message = error(
        index.range, quoted(textOf(*index.base)) + " has " + std::to_string(base.rank()) +
                         (base.rank() == 1 ? " axis" : " axes") + ", but " +
                         std::to_string(needed) + (needed == 1 ? " is" : " are") + " indexed");
    noteOperand(message, *index.base);
    return Type::invalid();
  }
  Type result = Type::scalar(base.element);
  size_t axis = 0;
  bool isValid = !base.isInvalid();
  const IndexItem *picking = nullptr; // the item that is a value
  for (IndexItem &item : index.items) {
    if (item.kind == IndexItem::Kind::NewAxis) {
      result.dims.push_back(Dim::constant(1));
      continue;
    }
    const Dim &size = base.isInvalid() ? Dim() : base.dims[axis++];
    if (item.kind == IndexItem::Kind::At && !isSize(*item.first)) {
      isValid &= checkPicked(index, item, result);
      if (picking && isValid)
        error(item.range, "an index has at most one value, found " + quoted(textOf(item.range)))
            .note(picking->range, "this one picks already")
            .withHint("pick in two steps, as in `(x[i])[j]`");
      isValid &= !picking;
      picking = &item;
      continue;
    }
    if (item.kind == IndexItem::Kind::At) {
      isValid &= checkAt(index, item, size);
      continue;
    }
    isValid &= checkSlice(index, item, size);
    result.dims.push_back(item.end - item.begin);
  }
  if (!isValid)
    return Type::invalid();
  result.dims.append(base.dims.begin() + axis, base.dims.end());
  return result;
}

/// A value that picks along an axis: the axes of the value take its place.
bool DeclarationChecker::checkPicked(IndexExpression &index, IndexItem &item, Type &result) {
  Expression &picked = *item.first;
  Type type = checkExpression(picked);
  if (type.isInvalid() || index.base->type.isInvalid())
    return false;
  if (!adapt(picked, Element::I32))
    return false;
  type = picked.type;
  if (!type.isInteger()) {
    error(picked.range, "an index is an integer, a token or a dimension, found " +
                            quoted(textOf(picked)) + " of type " + type.str());
    return false;
  }
  result.dims.append(type.dims.begin(), type.dims.end());
  return true;
}

bool DeclarationChecker::checkAt(IndexExpression &index, IndexItem &item, const Dim &axis) {
  Expression &expression = *item.first;
  const bool isKnown = !index.base->type.isInvalid();
  std::optional<Dim> place = checkSize(expression);
  if (!place || !isKnown)
    return false;
  item.isStatic = true;
  const std::optional<int64_t> constant = place->asConstant();
  auto *sign = llvm::dyn_cast<UnaryExpression>(&expression);
  const bool isFromEnd = constant ? *constant < 0 : sign && sign->op == UnaryOperator::Negate;
  item.begin = isFromEnd ? axis + *place : *place;
  const std::optional<int64_t> size = axis.asConstant(), begin = item.begin.asConstant();
  if (size && begin && (*begin < 0 || *begin >= *size)) {
    Diagnostic &message =
        error(item.range, "index " + place->str() + " is outside the axis of size " + axis.str());
    noteOperand(message, *index.base);
    return false;
  }
  return true;
}

bool DeclarationChecker::checkSlice(IndexExpression &index, IndexItem &item, const Dim &axis) {
  std::optional<Dim> begin = Dim(), end = axis;
  for (auto [bound, expression] :
       {std::pair(&begin, item.first.get()), std::pair(&end, item.last.get())}) {
    if (!expression)
      continue;
    if (!isSize(*expression) && checkExpression(*expression).isInvalid())
      *bound = std::nullopt; // the name in it is reported
    else
      *bound = checkSize(*expression);
    if (*bound && (*bound)->asConstant().value_or(0) < 0) {
      error(expression->range, "a slice has no negative bounds, found " + (*bound)->str())
          .withHint("count from the front: `x[:D - 1]`");
      *bound = std::nullopt;
    }
  }
  if (!begin || !end || index.base->type.isInvalid())
    return false;
  item.begin = *begin;
  item.end = *end;
  const std::optional<int64_t> length = (*end - *begin).asConstant();
  const std::optional<int64_t> behind = (axis - *end).asConstant();
  if (length && *length <= 0) {
    error(item.range, "the slice from " + begin->str() + " to " + end->str() + " is empty");
    return false;
  }
  if (behind && *behind < 0) {
    Diagnostic &message = error(item.range, "the slice ends at " + end->str() +
                                                ", behind the axis of size " + axis.str());
    noteOperand(message, *index.base);
    return false;
  }
  return true;
}
