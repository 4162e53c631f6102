//===- CheckMemories.cpp - States, windows, histories -------------*- C++ -*-===//
//
// What a cell keeps from step to step. A window and a history have a memory of their own behind the
// value that the body sees.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"
#include "gatefold/Runtime/SizeNames.h"

using namespace gatefold;
using namespace gatefold::checking;

using Kind = Declaration::Kind;

/// Reports a memory that does not stand in a cell.
bool DeclarationChecker::needsCell(SourceRange range, llvm::StringRef what) {
  if (declaration.kind == Kind::Cell)
    return true;
  error(range, what + " stands in cells only, not in a " + nounOf(declaration.kind))
      .withHint("make it a `cell`, which runs once per time step");
  return false;
}

/// The number of steps that a memory reaches back; absent when reported.
std::optional<Dim> DeclarationChecker::checkReach(Expression &steps, llvm::StringRef what) {
  std::optional<Dim> size = checkSize(steps);
  if (!size || !isAxisSize(diagnostics, steps.range, *size) ||
      !requireStatic(steps.range, *size, what))
    return std::nullopt;
  return size;
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

void DeclarationChecker::checkState(StateStatement &statement) {
  const bool isCell = needsCell(statement.range, "a state");
  std::optional<Type> type =
      resolveType(statement.type, [&](NameExpression &name) { return lookUpSize(name, false); });
  if (type && isCell && !requireStatic(statement.type.range, type->dims, "the shape of a state"))
    type = std::nullopt;
  if (statement.back) {
    std::optional<Dim> reach = checkReach(*statement.back, "the reach of a state");
    statement.backSize = reach.value_or(Dim());
    if (type && reach)
      type->dims.insert(type->dims.begin(), *reach);
    else
      type = std::nullopt;
  }
  checkExpression(*statement.initial);
  checkInitial(*statement.initial, "before the first step");
  if (type)
    fitsMemory(*statement.initial, *type, statement.names[0].text);
  for (const Name &name : statement.names) {
    Symbol *state = define(SymbolKind::State, name, type.value_or(Type::invalid()));
    if (statement.back)
      reachingBack.insert(state);
    statement.symbols.push_back(state);
  }
}

/// Checks that an initial value has the type of its memory or stretches to it.
void DeclarationChecker::fitsMemory(Expression &initial, const Type &type, llvm::StringRef name) {
  if (initial.type.isInvalid() || type.isInvalid() || !adapt(initial, type.element))
    return;
  auto shape = broadcast(initial.type.dims, type.dims);
  if (initial.type.element != type.element || !shape || *shape != type.dims)
    error(initial.range, "the initial value of " + quoted(name) + " does not fit: expected " +
                             type.str() + ", found " + initial.type.str());
}

/// The type of the next value of a state: a state that reaches back has one axis more.
Type DeclarationChecker::nextTypeOf(const Symbol &state) const {
  Type type = state.type;
  if (reachingBack.contains(&state) && !type.isInvalid())
    type.dims.erase(type.dims.begin());
  return type;
}

//===----------------------------------------------------------------------===//
// Windows and histories
//===----------------------------------------------------------------------===//

/// The value that a window or a history keeps; a number is an f32.
Type DeclarationChecker::checkKept(Expression &value, llvm::StringRef what) {
  Type type = checkExpression(value);
  if (type.element == Element::Number)
    type = adapt(value, Element::F32) ? value.type : Type::invalid();
  if (!type.isInvalid() && !requireStatic(value.range, type.dims, what))
    return Type::invalid();
  return type;
}

/// The size of a history, equal to that of every other one that keeps as much.
static Dim historySize(const std::optional<Dim> &kept) {
  return Dim::name(kept ? "history(" + kept->str() + ")" : "history");
}

/// The memory behind `name`, which the body sees only through its value.
Symbol *DeclarationChecker::addMemory(const Name &name, Type type) {
  Symbol *memory = addSymbol(SymbolKind::State, name.text, name.range, std::move(type));
  memory->used = true;
  return memory;
}

void DeclarationChecker::checkWindow(WindowStatement &statement) {
  const bool isCell = needsCell(statement.range, "a window");
  Type type = checkKept(*statement.value, "the shape of a window");
  std::optional<Dim> steps = checkReach(*statement.size, "the size of a window");
  if (statement.pad) {
    checkExpression(*statement.pad);
    checkInitial(*statement.pad, "before the first step");
  }
  Type whole = Type::invalid();
  if (isCell && steps && !type.isInvalid()) {
    whole = type;
    whole.dims.insert(whole.dims.begin(), *steps);
    if (statement.pad)
      fitsMemory(*statement.pad, type, statement.name.text);
    Type kept = whole;
    kept.dims[0] = *steps - Dim::constant(1);
    if (!steps->isOne())
      statement.memory = addMemory(statement.name, std::move(kept));
  }
  statement.symbol = define(SymbolKind::Local, statement.name, std::move(whole));
}

void DeclarationChecker::checkHistory(HistoryStatement &statement) {
  const bool isCell = needsCell(statement.range, "a history");
  Type type = checkKept(*statement.value, "the shape of a history");
  std::optional<Dim> kept;
  bool isValid = isCell && !type.isInvalid();
  if (statement.keep) {
    kept = checkReach(*statement.keep, "the length of a history");
    isValid &= kept.has_value();
  }
  Type whole = Type::invalid();
  if (isValid) {
    declaration.remembersAll = declaration.countsSteps = true;
    whole = type;
    whole.dims.insert(whole.dims.begin(), historySize(kept));
    Type memory = type;
    memory.dims.insert(memory.dims.begin(), kept ? *kept : Dim::name(capacitySizeName));
    Symbol *symbol = addMemory(statement.name, std::move(memory));
    symbol->grows = true;
    statement.memory = symbol;
  }
  statement.symbol = define(SymbolKind::Local, statement.name, std::move(whole));
}

Type DeclarationChecker::typeOfPosition(PositionExpression &position) {
  if (!needsCell(position.range, "`position`"))
    return Type::invalid();
  declaration.countsSteps = true;
  return Type::scalar(Element::I32);
}
