//===- LowerBody.cpp - Statements and expressions -----------------*- C++ -*-===//
//
// Everything in a body but calls and scans.
//
//===----------------------------------------------------------------------===//

#include "LowerBody.h"

#include "LowerWalk.h"
#include "LowerWatch.h"

using namespace gatefold;
using namespace gatefold::lowering;

mlir::Location lowering::locate(mlir::MLIRContext *context, const llvm::SourceMgr &sources,
                                SourceRange range, llvm::StringRef name,
                                std::optional<mlir::Location> caller) {
  mlir::Location location = mlir::UnknownLoc::get(context);
  if (std::optional<SourcePlace> place = resolve(sources, range))
    location = mlir::FileLineColLoc::get(context, place->file, place->line, place->column);
  if (!name.empty())
    location = mlir::NameLoc::get(mlir::StringAttr::get(context, name), location);
  return caller ? mlir::CallSiteLoc::get(location, *caller) : location;
}

ValueBuilder BodyLowering::builderAt(SourceRange range, llvm::StringRef name) {
  return ValueBuilder(entry.builder, entry.sizes, scope.frame, locate(range, name),
                      locate(range, ""));
}

LoweredValue BodyLowering::conform(const LoweredValue &value, const Type &type,
                                   mlir::Location location) {
  ValueBuilder build(entry.builder, entry.sizes, scope.frame, location, location);
  const Shape shape = substitute(type.dims, scope.sizes);
  if (value.isNumber() && shape.empty() && type.element == Element::F32)
    return value;
  LoweredValue result = build.expand(value, type.element, shape, value.isFramed);
  result.element = type.element;
  return result;
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

std::vector<LoweredValue> BodyLowering::run(const Declaration &declaration) {
  for (const StatementPtr &statement : declaration.body)
    lowerStatement(*statement);
  if (results.empty())
    return {}; // tokens that are still to be made
  for (auto [result, stated] : llvm::zip_equal(results, declaration.results))
    result = conform(result, stated.resolved, builderAt(stated.type.range).location);
  return std::move(results);
}

void BodyLowering::lowerStatement(const Statement &statement) {
  if (const auto *assign = llvm::dyn_cast<AssignStatement>(&statement)) {
    if (getInstances(statement).empty())
      lowerAssign(*assign);
  } else if (const auto *next = llvm::dyn_cast<NextStatement>(&statement)) {
    lowerNext(*next);
  } else if (const auto *states = llvm::dyn_cast<StateStatement>(&statement)) {
    for (const Symbol *state : states->symbols)
      record(*state, scope.memories->current.at({scope.instance, state}));
  } else if (const auto *window = llvm::dyn_cast<WindowStatement>(&statement)) {
    lowerWindow(*window);
  } else if (const auto *history = llvm::dyn_cast<HistoryStatement>(&statement)) {
    lowerHistory(*history);
  } else if (const auto *when = llvm::dyn_cast<WhenStatement>(&statement)) {
    lowerWhen(*when);
  } else if (const auto *loop = llvm::dyn_cast<ForStatement>(&statement)) {
    lowerFor(*loop);
  } else if (const auto *result = llvm::dyn_cast<ReturnStatement>(&statement)) {
    for (const ExpressionPtr &value : result->values)
      if (!llvm::isa<GenerateExpression>(*value)) // see lowerStart
        results.push_back(lower(*value));
  }
}

void BodyLowering::lowerAssign(const AssignStatement &assign) {
  const std::string &name = assign.names[0].text;
  FinalMemories finalMemories;
  std::vector<LoweredValue> values;
  if (const auto *scan = llvm::dyn_cast<ScanExpression>(assign.value.get()))
    values = lowerScan(*scan, name, &finalMemories);
  else if (const auto *call = llvm::dyn_cast<CallExpression>(assign.value.get()))
    values = lowerCall(*call, name);
  else
    values.push_back(lower(*assign.value, name));
  for (auto [i, symbol] : llvm::enumerate(assign.symbols)) {
    if (symbol->kind == Symbol::Kind::Memories) {
      scope.finalMemories[symbol] = std::move(finalMemories);
    } else {
      record(*symbol, values[i], isSoftmax(*assign.value));
      bind(symbol, values[i]);
    }
  }
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

LoweredValue BodyLowering::lower(const Expression &expression, llvm::StringRef name) {
  switch (expression.getKind()) {
  case Expression::Kind::Number:
    return LoweredValue::makeNumber(llvm::cast<NumberExpression>(expression).value);
  case Expression::Kind::Boolean: {
    ValueBuilder build = builderAt(expression.range);
    return build.asTensor(LoweredValue::makeNumber(llvm::cast<BooleanExpression>(expression).value),
                          Element::Bool);
  }
  case Expression::Kind::Name:
    return lowerName(llvm::cast<NameExpression>(expression));
  case Expression::Kind::Unary:
    return lowerUnary(llvm::cast<UnaryExpression>(expression), name);
  case Expression::Kind::Binary:
    return lowerBinaryExpression(llvm::cast<BinaryExpression>(expression), name);
  case Expression::Kind::If:
    return lowerIf(llvm::cast<IfExpression>(expression), name);
  case Expression::Kind::Index:
    return lowerIndex(llvm::cast<IndexExpression>(expression), name);
  case Expression::Kind::Member:
    return lowerMember(llvm::cast<MemberExpression>(expression));
  case Expression::Kind::Call:
    return lowerCall(llvm::cast<CallExpression>(expression), name).front();
  case Expression::Kind::Scan:
    return lowerScan(llvm::cast<ScanExpression>(expression), name, nullptr).front();
  case Expression::Kind::Position:
    return position();
  case Expression::Kind::Comprehension:
    return lowerComprehension(llvm::cast<ComprehensionExpression>(expression), name);
  case Expression::Kind::String:
  case Expression::Kind::Bound:
  case Expression::Kind::Tuple:
  case Expression::Kind::Generate:
    break;
  }
  llvm_unreachable("the checker refuses what has no value");
}

LoweredValue BodyLowering::lowerName(const NameExpression &expression) {
  const Symbol *symbol = expression.symbol;
  if (symbol->kind == Symbol::Kind::Constant)
    return LoweredValue::makeNumber(symbol->number);
  if (symbol->kind == Symbol::Kind::Weight)
    return entry.weights.at({scope.instance, symbol});
  if (symbol->kind == Symbol::Kind::State)
    return scope.memories->current.at({scope.instance, symbol});
  if (symbol->kind != Symbol::Kind::Dimension)
    return valueOf(symbol);
  const Dim size = Dim::name(symbol->name).substitute(scope.sizes);
  if (std::optional<int64_t> number = size.asConstant())
    return LoweredValue::makeNumber(static_cast<double>(*number));
  ValueBuilder build = builderAt(expression.range);
  const bool isInteger = expression.type.isInteger();
  return lowerIndexNumber(build, entry.sizes.get(entry.builder, size),
                          isInteger ? expression.type.element : Element::F32);
}

LoweredValue BodyLowering::lowerUnary(const UnaryExpression &unary, llvm::StringRef name) {
  LoweredValue operand = lower(*unary.operand);
  ValueBuilder build = builderAt(unary.range, name);
  return unary.op == UnaryOperator::Negate ? lowerNegate(build, operand) : lowerNot(build, operand);
}

LoweredValue BodyLowering::lowerBinaryExpression(const BinaryExpression &binary,
                                                 llvm::StringRef name) {
  LoweredValue left = lower(*binary.left), right = lower(*binary.right);
  ValueBuilder build = builderAt(binary.range, name);
  if (binary.op == BinaryOperator::MatMul)
    return lowerMatMul(build, std::move(left), std::move(right));
  if (binary.op == BinaryOperator::Contract)
    return lowerContraction(build, std::move(left), std::move(right));
  return lowerBinary(build, binary.op, left, right);
}

LoweredValue BodyLowering::lowerIf(const IfExpression &choice, llvm::StringRef name) {
  LoweredValue condition = lower(*choice.condition);
  LoweredValue thenValue = lower(*choice.thenValue), elseValue = lower(*choice.elseValue);
  ValueBuilder build = builderAt(choice.range, name);
  return lowerChoice(build, condition, thenValue, elseValue);
}

LoweredValue BodyLowering::lowerIndex(const IndexExpression &index, llvm::StringRef name) {
  if (std::optional<LoweredValue> picked = lowerPicks(index, name))
    return *picked;
  LoweredValue value = lower(*index.base);
  std::optional<LoweredValue> indices;
  for (const IndexItem &item : index.items)
    if (item.kind == IndexItem::Kind::At && !item.isStatic)
      indices = lower(*item.first);
  ValueBuilder build = builderAt(index.range, name);
  unsigned picked = 0;
  value = lowerItems(build, index, std::move(value), &picked);
  return indices ? lowerGather(build, value, std::move(*indices), picked) : value;
}

/// Applies the ranges, places and new axes of `index`. An axis that a value picks from stays and
/// goes to `picked`.
LoweredValue BodyLowering::lowerItems(ValueBuilder &build, const IndexExpression &index,
                                      LoweredValue value, unsigned *picked) {
  unsigned axis = 0; // of the value as far as it is indexed
  for (const IndexItem &item : index.items) {
    if (item.kind == IndexItem::Kind::NewAxis) {
      value = build.insertAxis(value, axis++);
      continue;
    }
    if (item.kind == IndexItem::Kind::At && !item.isStatic) {
      *picked = axis++;
      continue;
    }
    const Dim begin = item.begin.substitute(scope.sizes);
    const bool isAt = item.kind == IndexItem::Kind::At;
    value = lowerRange(build, value, axis, begin,
                       isAt ? begin + Dim::constant(1) : item.end.substitute(scope.sizes));
    if (isAt)
      value = build.dropAxis(value, axis);
    else
      ++axis;
  }
  return value;
}

std::vector<int64_t> BodyLowering::placesOf(llvm::ArrayRef<ArrayPlace> elements) const {
  std::vector<int64_t> places;
  for (const ArrayPlace &element : elements)
    places.push_back(element.place.substitute(scope.sizes).asConstant().value_or(0));
  return places;
}

LoweredValue BodyLowering::lowerMember(const MemberExpression &member) {
  const MemoryPath path = {{member.path.begin() + 1, member.path.end()}, placesOf(member.elements)};
  const Scope *around = &scope;
  while (!around->finalMemories.contains(member.path.front()))
    around = &around->outer->scope;
  return around->finalMemories.at(member.path.front()).at(path);
}

const Instance *BodyLowering::instanceOf(const Symbol *symbol) const {
  if (symbol->array)
    return scope.elements.lookup(symbol);
  return scope.instance->partsOf.at(symbol).front();
}
