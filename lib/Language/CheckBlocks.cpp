//===- CheckBlocks.cpp - `when`, `for` and comprehensions ---------*- C++ -*-===//
//
// Statements within statements. Names that a block defines are visible inside it only; in a `for`,
// a name from outside may be given a new value of its type.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

#include "llvm/ADT/ScopeExit.h"

using namespace gatefold;
using namespace gatefold::checking;

using Kind = Declaration::Kind;

/// What stands in front of a statement, for messages.
static llvm::StringRef spellStatement(const Statement &statement) {
  switch (statement.getKind()) {
  case Statement::Kind::Weight:
    return "`weight`";
  case Statement::Kind::State:
    return "`state`";
  case Statement::Kind::Window:
    return "`window`";
  case Statement::Kind::History:
    return "`history`";
  case Statement::Kind::Ignore:
    return "`ignore`";
  case Statement::Kind::Return:
    return "`return`";
  case Statement::Kind::Require:
    return "`require`";
  case Statement::Kind::Next:
    return "a next value";
  default:
    return "this";
  }
}

bool DeclarationChecker::isIn(BlockKind kind) const {
  return llvm::any_of(blocks, [&](const Block &block) { return block.kind == kind; });
}

/// Makes the names of a statement that cannot stand in a block known, so that their uses are no
/// errors as well.
void DeclarationChecker::defineRefused(const Statement &statement) {
  llvm::ArrayRef<Name> defined;
  if (const auto *weight = llvm::dyn_cast<WeightStatement>(&statement))
    defined = weight->names;
  else if (const auto *state = llvm::dyn_cast<StateStatement>(&statement))
    defined = state->names;
  else if (const auto *window = llvm::dyn_cast<WindowStatement>(&statement))
    defined = window->name;
  else if (const auto *history = llvm::dyn_cast<HistoryStatement>(&statement))
    defined = history->name;
  for (const Name &name : defined)
    define(SymbolKind::State, name, Type::invalid())->used = true;
}

/// Checks the statements of a block; `variable` is what a loop walks with.
void DeclarationChecker::checkBlock(std::vector<StatementPtr> &body, BlockKind kind,
                                    const Symbol *variable) {
  const auto outerLocals = locals;
  const auto outerDimensions = dimensions;
  const llvm::scope_exit restore([&] {
    locals = outerLocals;
    dimensions = outerDimensions;
    blocks.pop_back();
  });
  blocks.push_back({kind, variable});
  const bool inLoop = isIn(BlockKind::Loop);
  for (const StatementPtr &statement : body) {
    const bool isValue = llvm::isa<AssignStatement, WhenStatement, ForStatement>(*statement);
    const bool isNext = llvm::isa<NextStatement>(*statement) && !inLoop;
    if (isValue || isNext) {
      checkStatement(*statement);
      continue;
    }
    defineRefused(*statement);
    Diagnostic &message =
        error(statement->range, spellStatement(*statement) + " cannot stand in a block of " +
                                    (inLoop ? "`for`" : "`when`"));
    if (llvm::isa<NextStatement>(*statement))
      message.withHint("give a name its value in the loop, and the state its next value behind it");
    else
      message.withHint("write it above the block");
  }
}

//===----------------------------------------------------------------------===//
// When
//===----------------------------------------------------------------------===//

void DeclarationChecker::checkWhen(WhenStatement &statement) {
  needsCell(statement.range, "`when`");
  const Type &condition = checkExpression(*statement.condition);
  if (!condition.isInvalid() && condition != Type::scalar(Element::Bool)) {
    Diagnostic &message =
        error(statement.condition->range, "`when` needs one bool, found " + condition.str());
    if (condition.element == Element::Bool)
      message.withHint("`any(...)` or `all(...)` makes one of many; to choose element by element, "
                       "write `h' = if ... then ... else h`");
  }
  checkBlock(statement.body, BlockKind::When, nullptr);
}

//===----------------------------------------------------------------------===//
// What loops walk over
//===----------------------------------------------------------------------===//

/// The array of instances that `over` names; null if it is no such name.
Symbol *DeclarationChecker::findArray(Expression &over) {
  auto *name = llvm::dyn_cast<NameExpression>(&over);
  Symbol *symbol = name && !name->name.primed ? findLocal(name->name.text) : nullptr;
  if (!symbol || symbol->kind != SymbolKind::Instance || !symbol->count)
    return nullptr;
  symbol->used = true;
  name->symbol = symbol;
  return symbol;
}

/// Defines `name` as an element of `array`.
Symbol *DeclarationChecker::defineElement(const Name &name, const Symbol &array) {
  Symbol *element = define(SymbolKind::Instance, name, Type::invalid());
  element->declaration = array.declaration;
  element->dimensions = array.dimensions;
  element->array = &array;
  return element;
}

/// The size that `over` spells, if it can be walked.
std::optional<Dim> DeclarationChecker::checkCount(Expression &over) {
  std::optional<Dim> count = checkSize(over);
  if (!count || !isAxisSize(diagnostics, over.range, *count) ||
      !requireStatic(over.range, *count, "the number of turns"))
    return std::nullopt;
  return count;
}

/// Checks a value whose first axis is walked: its size, and the type of one part.
std::optional<Dim> DeclarationChecker::checkWalked(Expression &over, Type &part) {
  part = checkExpression(over);
  if (part.isInvalid())
    return std::nullopt;
  if (part.rank() == 0) {
    error(over.range, quoted(textOf(over)) + " is a scalar and has no axis to walk")
        .withHint("a loop walks a size, the first axis of a value, or an array of instances");
    part = Type::invalid();
    return std::nullopt;
  }
  const Dim count = part.dims.front();
  part.dims.erase(part.dims.begin());
  return count;
}

//===----------------------------------------------------------------------===//
// For
//===----------------------------------------------------------------------===//

void DeclarationChecker::checkFor(ForStatement &statement) {
  const auto outerLocals = locals;
  const auto outerDimensions = dimensions;
  Expression &over = *statement.over;
  if (Symbol *array = findArray(over)) {
    statement.count = *array->count;
    statement.symbol = defineElement(statement.variable, *array);
  } else if (isSize(over)) {
    statement.count = checkCount(over).value_or(Dim());
    statement.symbol = defineTurn(statement.variable);
  } else {
    Type part;
    std::optional<Dim> count = checkWalked(over, part);
    if (count && !requireStatic(over.range, *count, "the number of turns"))
      count = std::nullopt;
    statement.count = count.value_or(Dim());
    statement.symbol =
        define(SymbolKind::Local, statement.variable, count ? part : Type::invalid());
  }
  checkBlock(statement.body, BlockKind::Loop, statement.symbol);
  locals = outerLocals;
  dimensions = outerDimensions;
}

/// The variable of a `for` over a size: a dimension that has another value in every turn.
Symbol *DeclarationChecker::defineTurn(const Name &name) {
  Symbol *known = findLocal(name.text);
  if (!known)
    known = dimensions.lookup(name.text);
  if (known)
    error(name.range, quoted(name.text) + " is already defined")
        .note(known->definition, "it is defined here first");
  Symbol *symbol =
      addSymbol(SymbolKind::Dimension, name.text, name.range, Type::scalar(Element::Number));
  symbol->isLoopVariable = true;
  dimensions[name.text] = symbol;
  return symbol;
}

/// Defines `name`, or gives it a new value where a `for` allows that.
Symbol *DeclarationChecker::defineOrRebind(const Name &name, Type type) {
  Symbol *known = name.text == "_" ? nullptr : findLocal(name.text);
  const bool isValue =
      known && (known->kind == SymbolKind::Local || known->kind == SymbolKind::Parameter);
  if (!isValue || blocks.empty() || blocks.back().kind != BlockKind::Loop)
    return define(SymbolKind::Local, name, std::move(type));
  if (!type.isInvalid() && !known->type.isInvalid() && type != known->type)
    error(name.range, "the new value of " + quoted(name.text) + " does not fit: expected " +
                          known->type.str() + ", found " + type.str())
        .note(known->definition, "it is defined here");
  return known;
}

//===----------------------------------------------------------------------===//
// Comprehensions
//===----------------------------------------------------------------------===//

Type DeclarationChecker::typeOfComprehension(ComprehensionExpression &comprehension) {
  const auto outerLocals = locals;
  Expression &over = *comprehension.over;
  std::optional<Dim> count;
  Symbol *array = findArray(over);
  if (array) {
    count = *array->count;
    comprehension.symbol = defineElement(comprehension.variable, *array);
  } else {
    Type part = Type::scalar(Element::I32);
    comprehension.overSize = isSize(over);
    count = comprehension.overSize ? checkCount(over) : checkWalked(over, part);
    comprehension.symbol =
        define(SymbolKind::Local, comprehension.variable, count ? part : Type::invalid());
  }
  blocks.push_back({array ? BlockKind::Elements : BlockKind::Mapped, comprehension.symbol});
  Type type = checkExpression(*comprehension.element);
  blocks.pop_back();
  locals = outerLocals;
  if (type.element == Element::Number)
    type =
        adapt(*comprehension.element, Element::F32) ? comprehension.element->type : Type::invalid();
  if (type.isInvalid() || !count)
    return Type::invalid();
  comprehension.count = *count;
  type.dims.insert(type.dims.begin(), *count);
  return type;
}

/// Whether a cell called here advances once in a step, and not in every turn of a loop.
bool DeclarationChecker::advancesOnce(const CallExpression &call, const Symbol &cell) {
  for (const Block &block : llvm::reverse(blocks)) {
    if (block.kind == BlockKind::When && cell.declaration->remembersAll) {
      error(call.range, quoted(cell.name) + " has a history, which grows in every step, and cannot "
                                            "stand in `when`")
          .note(cell.definition, "the instance is made here");
      return false;
    }
    if (block.kind == BlockKind::When || block.variable == &cell)
      continue;
    error(call.range,
          quoted(cell.name) + " is advanced once in a step, not in every turn of a loop")
        .note(cell.definition, "the instance is made here")
        .withHint("make an array, `cells = " + cell.declaration->name.text +
                  "[...] * N`, and walk that");
    return false;
  }
  return true;
}
