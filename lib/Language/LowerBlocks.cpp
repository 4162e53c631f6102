//===- LowerBlocks.cpp - `when`, `for` and comprehensions ---------*- C++ -*-===//
//
// A `for` is written out turn by turn. A comprehension maps over its axis as a call does over the
// axes that its arguments have in front, see Note [Frames]; only one over instances is written out.
//
//===----------------------------------------------------------------------===//

#include "LowerBody.h"
#include "LowerWalk.h"
#include "LowerWatch.h"

using namespace gatefold;
using namespace gatefold::lowering;

//===----------------------------------------------------------------------===//
// When
//===----------------------------------------------------------------------===//

/// Visits the next values that are defined in `body` and in blocks of `when` within it.
static void forEachNext(const std::vector<StatementPtr> &body,
                        llvm::function_ref<void(const NextStatement &)> visit) {
  for (const StatementPtr &statement : body) {
    if (const auto *next = llvm::dyn_cast<NextStatement>(statement.get()))
      visit(*next);
    else if (const auto *when = llvm::dyn_cast<WhenStatement>(statement.get()))
      forEachNext(when->body, visit);
  }
}

/// What the block leaves in memories counts only where the condition holds, the memories of cells
/// that it advances included.
void BodyLowering::lowerWhen(const WhenStatement &when) {
  const LoweredValue condition = lower(*when.condition);
  const std::map<StateOfInstance, LoweredValue> before = scope.memories->next;
  for (const StatementPtr &statement : when.body)
    lowerStatement(*statement);
  ValueBuilder build = builderAt(when.condition->range);
  for (auto &[key, value] : scope.memories->next)
    if (!before.count(key))
      value = lowerChoice(build, condition, value, scope.memories->current.at(key));
  forEachNext(when.body, [&](const NextStatement &next) {
    const LoweredValue &memory = scope.memories->next.at({scope.instance, next.symbol->state});
    ValueBuilder at = builderAt(next.range, next.name.text + "'");
    bind(next.symbol, reachesBack(*next.symbol)
                          ? lowerElement(at, memory, memory.shape[0] - Dim::constant(1))
                          : memory);
    if (entry.recorder)
      entry.recorder->replace(*scope.instance, *next.symbol, scope.values.at(next.symbol));
  });
}

//===----------------------------------------------------------------------===//
// For
//===----------------------------------------------------------------------===//

/// The part of `value` at a place of its first axis.
LoweredValue BodyLowering::lowerElement(ValueBuilder &build, const LoweredValue &value,
                                        const Dim &place) {
  return build.dropAxis(lowerRange(build, value, 0, place, place + Dim::constant(1)), 0);
}

void BodyLowering::lowerFor(const ForStatement &loop) {
  const Symbol *variable = loop.symbol;
  const int64_t count = loop.count.substitute(scope.sizes).asConstant().value_or(0);
  const bool isValue = !variable->array && !variable->isLoopVariable;
  const LoweredValue walked = isValue ? lower(*loop.over) : LoweredValue();
  ValueBuilder build = builderAt(loop.variable.range, loop.variable.text);
  for (int64_t turn = 0; turn < count; ++turn) {
    if (variable->array)
      scope.elements[variable] = scope.instance->partsOf.at(variable->array)[turn];
    else if (isValue)
      bind(variable, lowerElement(build, walked, Dim::constant(turn)));
    else
      scope.sizes[variable->name] = Dim::constant(turn);
    for (const StatementPtr &statement : loop.body)
      lowerStatement(*statement);
  }
  if (variable->isLoopVariable)
    scope.sizes.erase(variable->name);
}

//===----------------------------------------------------------------------===//
// Comprehensions
//===----------------------------------------------------------------------===//

LoweredValue BodyLowering::lowerComprehension(const ComprehensionExpression &comprehension,
                                              llvm::StringRef name) {
  if (comprehension.symbol->array)
    return lowerElements(comprehension, name);
  const Shape walked = {comprehension.count.substitute(scope.sizes)};
  ValueBuilder build = builderAt(comprehension.range, name);
  Scope inner;
  inner.instance = scope.instance;
  inner.sizes = scope.sizes;
  inner.frame = scope.frame;
  inner.frame.append(walked.begin(), walked.end());
  inner.caller = scope.caller;
  inner.memories = scope.memories;
  inner.elements = scope.elements;
  inner.outer = this;
  inner.walked = comprehension.symbol;
  inner.walksSize = comprehension.overSize;
  BodyLowering body(entry, std::move(inner));
  if (!comprehension.overSize)
    body.bind(comprehension.symbol, enterFrame(build, lower(*comprehension.over), walked, 1));
  LoweredValue element = body.lower(*comprehension.element);
  if (element.isNumber())
    element = build.asTensor(element, comprehension.element->type.element);
  return leaveFrame(build, std::move(element), walked);
}

/// A comprehension over an array of instances, one behind the other.
LoweredValue BodyLowering::lowerElements(const ComprehensionExpression &comprehension,
                                         llvm::StringRef name) {
  const Symbol *variable = comprehension.symbol;
  llvm::SmallVector<LoweredValue> parts;
  ValueBuilder helper = builderAt(comprehension.element->range);
  for (const Instance *element : scope.instance->partsOf.at(variable->array)) {
    scope.elements[variable] = element;
    LoweredValue part =
        conform(lower(*comprehension.element), comprehension.element->type, helper.location);
    parts.push_back(
        helper.insertAxis(helper.asTensor(part, comprehension.element->type.element), 0));
  }
  Shape shape = parts.front().shape;
  shape[0] = Dim::constant(parts.size());
  ValueBuilder build = builderAt(comprehension.range, name);
  return concatenate(build, parts, shape.size() - 1, shape);
}

/// The value of a name of this body, or of the body around a comprehension.
LoweredValue BodyLowering::valueOf(const Symbol *symbol) {
  if (auto known = scope.values.find(symbol); known != scope.values.end())
    return known->second;
  BodyLowering &outer = *scope.outer;
  const Shape walked = {scope.frame.back()};
  const bool isTurn = symbol == scope.walked && scope.walksSize;
  ValueBuilder build = outer.builderAt(symbol->definition, isTurn ? symbol->name : "");
  LoweredValue value = isTurn ? enterFrame(build, lowerCount(build, walked[0]), walked, 1)
                              : enterFrame(build, outer.valueOf(symbol), walked, 0);
  bind(symbol, value);
  return value;
}

//===----------------------------------------------------------------------===//
// Picking with the variable of a comprehension
//===----------------------------------------------------------------------===//

/// The value of an integer expression made of numbers, sizes and `variable`, which is `turn`.
static std::optional<int64_t> evaluate(const Expression &expression, const Symbol *variable,
                                       int64_t turn, const DimBindings &sizes) {
  if (const auto *number = llvm::dyn_cast<NumberExpression>(&expression))
    return static_cast<int64_t>(number->value);
  if (const auto *name = llvm::dyn_cast<NameExpression>(&expression)) {
    if (name->symbol == variable)
      return turn;
    if (name->symbol->kind == Symbol::Kind::Dimension)
      return Dim::name(name->symbol->name).substitute(sizes).asConstant();
    return std::nullopt;
  }
  const auto *binary = llvm::dyn_cast<BinaryExpression>(&expression);
  if (!binary)
    return std::nullopt;
  const std::optional<int64_t> left = evaluate(*binary->left, variable, turn, sizes);
  const std::optional<int64_t> right = evaluate(*binary->right, variable, turn, sizes);
  constexpr int64_t limit = int64_t(1) << 31;
  if (!left || !right || std::abs(*left) > limit || std::abs(*right) > limit)
    return std::nullopt;
  switch (binary->op) {
  case BinaryOperator::Add:
    return *left + *right;
  case BinaryOperator::Subtract:
    return *left - *right;
  case BinaryOperator::Multiply:
    return *left * *right;
  case BinaryOperator::Divide:
    return *right == 0 ? std::nullopt : std::optional(*left / *right);
  case BinaryOperator::Modulo:
    return *right == 0 ? std::nullopt : std::optional(*left % *right);
  default:
    return std::nullopt;
  }
}

static bool mentions(const Expression &expression, const Symbol *symbol) {
  if (const auto *name = llvm::dyn_cast<NameExpression>(&expression))
    return name->symbol == symbol;
  bool found = false;
  forEachOperand(expression,
                 [&](const Expression &operand) { found |= mentions(operand, symbol); });
  return found;
}

/// The elements of the core axis `axis` at `places`, in their order.
static LoweredValue pick(ValueBuilder &build, const LoweredValue &value, unsigned axis,
                         llvm::ArrayRef<int64_t> places) {
  const int64_t size = value.shape[axis].asConstant().value_or(0), count = places.size();
  const int64_t repeats = size == 0 || count % size != 0 ? 0 : count / size;
  bool isInOrder = repeats > 0;
  for (auto [i, place] : llvm::enumerate(places))
    isInOrder = isInOrder && place == static_cast<int64_t>(i) / repeats;
  if (isInOrder && repeats == 1)
    return value;
  Shape shape = value.shape;
  shape[axis] = Dim::constant(count);
  if (isInOrder) {
    LoweredValue wide = build.insertAxis(value, axis + 1);
    Shape repeated = wide.shape;
    repeated[axis + 1] = Dim::constant(repeats);
    wide = build.expand(wide, wide.element, repeated, wide.isFramed);
    return reshape(build, wide, shape, repeated.size() - axis);
  }
  llvm::SmallVector<LoweredValue> parts;
  for (int64_t place : places)
    parts.push_back(lowerRange(build, value, axis, Dim::constant(place), Dim::constant(place + 1)));
  return concatenate(build, parts, value.rank() - 1 - axis, shape);
}

/// `value` with the core axis `axis` in front of the others.
static LoweredValue bringToFront(ValueBuilder &build, const LoweredValue &value, unsigned axis) {
  if (axis == 0)
    return value;
  llvm::SmallVector<int64_t> order = {axis};
  LoweredValue result = value;
  result.shape = {value.shape[axis]};
  for (unsigned i = 0; i < value.rank(); ++i)
    if (i != axis) {
      order.push_back(i);
      result.shape.push_back(value.shape[i]);
    }
  result.tensor = ir::TransposeOp::create(build.builder, build.location, value.tensor, order);
  return result;
}

/// `x[n]`, `x[:, n / 2]` in a comprehension over n: the axis becomes that of the comprehension, and
/// nothing has to be looked up. Nothing if the index is none of this kind.
std::optional<LoweredValue> BodyLowering::lowerPicks(const IndexExpression &index,
                                                     llvm::StringRef name) {
  if (!scope.outer || !scope.walksSize || mentions(*index.base, scope.walked))
    return std::nullopt;
  const IndexItem *picked = nullptr;
  for (const IndexItem &item : index.items)
    if (item.kind == IndexItem::Kind::At && !item.isStatic) {
      if (picked)
        return std::nullopt;
      picked = &item;
    }
  if (!picked)
    return std::nullopt;
  llvm::SmallVector<int64_t> places;
  for (int64_t turn = 0, end = scope.frame.back().asConstant().value_or(0); turn < end; ++turn) {
    std::optional<int64_t> place = evaluate(*picked->first, scope.walked, turn, scope.sizes);
    if (!place)
      return std::nullopt;
    places.push_back(*place);
  }
  BodyLowering &outer = *scope.outer;
  ValueBuilder build = outer.builderAt(index.range, name);
  LoweredValue value = outer.lower(*index.base);
  unsigned axis = 0;
  value = outer.lowerItems(build, index, std::move(value), &axis);
  const std::optional<int64_t> size = value.shape[axis].asConstant();
  if (!size || llvm::any_of(places, [&](int64_t place) { return place < 0 || place >= *size; }))
    return std::nullopt; // the look-up reports what lies outside
  value = bringToFront(build, pick(build, value, axis, places), axis);
  if (!scope.outer->scope.frame.empty() && !value.isFramed)
    value = build.expand(value, value.element, value.shape, true);
  value.shape.erase(value.shape.begin());
  value.isFramed = true;
  return value;
}
