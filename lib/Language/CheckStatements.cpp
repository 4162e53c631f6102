//===- CheckStatements.cpp - The body of a declaration ------------*- C++ -*-===//
//
// Checks the statements of a body in their order, and what a body as a whole must have: a next
// value for every state, and a `return` at its end.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

using namespace gatefold;
using namespace gatefold::checking;

using Kind = Declaration::Kind;

void DeclarationChecker::checkBody() {
  const unsigned errorsBefore = diagnostics.numErrors();
  collectDefinitions();
  checkDefaults();
  const Statement *returned = nullptr;
  for (const StatementPtr &statement : declaration.body) {
    if (returned) {
      error(statement->range, "this stands after `return` and is never reached")
          .note(returned->range, "the body ends here");
      break;
    }
    checkStatement(*statement);
    if (llvm::isa<ReturnStatement>(*statement))
      returned = statement.get();
  }
  if (!returned)
    error(declaration.name.range, quoted(declaration.name.text) + " has no `return`")
        .withHint("end the body with `return` and the value of the result");
  checkNextValues();
  const bool noErrors = diagnostics.numErrors() == errorsBefore && numSilenced == 0;
  declaration.isValid = noErrors && !names.brokenSignatures.contains(&declaration);
  if (declaration.isValid)
    warnUnused();
}

void DeclarationChecker::checkStatement(Statement &statement) {
  switch (statement.getKind()) {
  case Statement::Kind::Weight:
    return checkWeight(llvm::cast<WeightStatement>(statement));
  case Statement::Kind::State:
    return checkState(llvm::cast<StateStatement>(statement));
  case Statement::Kind::Assign:
    return checkAssign(llvm::cast<AssignStatement>(statement));
  case Statement::Kind::Next:
    return checkNext(llvm::cast<NextStatement>(statement));
  case Statement::Kind::Require:
    return checkRequire(llvm::cast<RequireStatement>(statement));
  case Statement::Kind::Ignore:
    if (declaration.kind != Kind::Model)
      error(statement.range,
            "`ignore` stands in models only, not in a " + nounOf(declaration.kind));
    return;
  case Statement::Kind::Window:
    return checkWindow(llvm::cast<WindowStatement>(statement));
  case Statement::Kind::History:
    return checkHistory(llvm::cast<HistoryStatement>(statement));
  case Statement::Kind::When:
    return checkWhen(llvm::cast<WhenStatement>(statement));
  case Statement::Kind::For:
    return checkFor(llvm::cast<ForStatement>(statement));
  case Statement::Kind::Return:
    return checkReturn(llvm::cast<ReturnStatement>(statement));
  }
}

void DeclarationChecker::checkWeight(WeightStatement &statement) {
  const bool isFunction = declaration.kind == Kind::Function;
  if (isFunction)
    error(statement.range, "a function owns no weights")
        .withHint("make it a `layer`, or pass the weight as an argument");
  std::optional<Type> type =
      resolveType(statement.type, [&](NameExpression &name) { return lookUpSize(name, false); });
  if (type && !isFunction &&
      !requireStatic(statement.type.range, type->dims, "the shape of a weight"))
    type = std::nullopt;
  if (type && !isFunction && type->element != Element::F32) {
    error(statement.type.range, "weight " + quoted(statement.names[0].text) + " is " + type->str() +
                                    ", but weights are f32")
        .withHint("`f32(\"...\")` in a binding converts the integers of a checkpoint");
    type = std::nullopt;
  }
  for (const Name &name : statement.names) {
    checkWeightName(name);
    statement.symbols.push_back(define(SymbolKind::Weight, name, type.value_or(Type::invalid())));
  }
}

/// A model's own weights share their names with its entries; those of its parts lie in paths.
void DeclarationChecker::checkWeightName(const Name &name) {
  if (declaration.kind == Kind::Model &&
      llvm::is_contained({"sequence", "step", "init", "prepare"}, name.text))
    error(name.range, "a model has no weight " + quoted(name.text) +
                          ", which is the name of one of its entries")
        .withHint("rename it, such as " + quoted(name.text + "_weight"));
}

void DeclarationChecker::checkInitial(const Expression &initial, llvm::StringRef when) {
  auto refuse = [&](const Expression &part) {
    error(part.range, quoted(textOf(part)) + " is not known " + when.str() +
                          ": expected constants, weights and "
                          "dimensions");
  };
  if (auto *name = llvm::dyn_cast<NameExpression>(&initial)) {
    if (name->symbol && name->symbol->kind != SymbolKind::Constant &&
        name->symbol->kind != SymbolKind::Weight && name->symbol->kind != SymbolKind::Dimension)
      refuse(initial);
  } else if (auto *unary = llvm::dyn_cast<UnaryExpression>(&initial)) {
    checkInitial(*unary->operand, when);
  } else if (auto *binary = llvm::dyn_cast<BinaryExpression>(&initial)) {
    checkInitial(*binary->left, when);
    checkInitial(*binary->right, when);
  } else if (auto *choice = llvm::dyn_cast<IfExpression>(&initial)) {
    checkInitial(*choice->condition, when);
    checkInitial(*choice->thenValue, when);
    checkInitial(*choice->elseValue, when);
  } else if (auto *index = llvm::dyn_cast<IndexExpression>(&initial)) {
    checkInitial(*index->base, when);
    for (const IndexItem &item : index->items)
      if (item.kind == IndexItem::Kind::At && !item.isStatic)
        checkInitial(*item.first, when);
  } else if (auto *call = llvm::dyn_cast<CallExpression>(&initial)) {
    if (call->target.kind == CallTarget::Kind::Instance)
      return refuse(initial);
    for (const ExpressionPtr &argument : call->arguments)
      checkInitial(*argument, when);
    for (const NamedArgument &argument : call->named)
      checkInitial(*argument.value, when);
  } else if (llvm::isa<ScanExpression, MemberExpression>(initial)) {
    refuse(initial);
  }
}

bool DeclarationChecker::fits(Expression &value, const Type &expected) {
  if (value.type.isInvalid() || expected.isInvalid())
    return true;
  if (!adapt(value, expected.element))
    return false;
  if (value.type == expected)
    return true;
  Diagnostic &message = error(value.range, quoted(textOf(value)) + " does not fit: expected " +
                                               expected.str() + ", found " + value.type.str());
  if (auto *name = llvm::dyn_cast<NameExpression>(&value))
    noteOperand(message, *name);
  return false;
}

void DeclarationChecker::checkAssign(AssignStatement &statement) {
  if (const Declaration *callee = findInstantiated(*spellingOf(statement).first))
    return checkInstance(statement, *callee);
  if (reportUnknownInstance(statement)) {
    for (const Name &name : statement.names)
      statement.symbols.push_back(define(SymbolKind::Local, name, Type::invalid()));
    return;
  }
  if (statement.load)
    error(statement.load->range, "`load` stands behind an instance only")
        .withHint("write it as `name = Lstm[256, 512] load torch from \"encoder.\"`");
  if (auto *scan = llvm::dyn_cast<ScanExpression>(statement.value.get()))
    return checkScanAssign(statement, *scan);
  if (auto *call = llvm::dyn_cast<CallExpression>(statement.value.get());
      call && statement.names.size() > 1)
    return checkCallAssign(statement, *call);
  Type type = checkExpression(*statement.value);
  if (statement.names.size() > 1 && !type.isInvalid())
    error(statement.value->range, quoted(textOf(*statement.value)) + " has 1 value, but " +
                                      std::to_string(statement.names.size()) + " names take it");
  if (statement.names.size() > 1)
    type = Type::invalid();
  else if (type.element == Element::Number && adapt(*statement.value, Element::F32))
    type = statement.value->type;
  for (const Name &name : statement.names)
    statement.symbols.push_back(defineOrRebind(name, type));
}

void DeclarationChecker::checkCallAssign(AssignStatement &statement, CallExpression &call) {
  call.type = typeOfCall(call);
  std::vector<Type> results = call.target.results;
  if (results.empty())
    results.push_back(call.type); // of a builtin
  const bool isValid = !call.type.isInvalid();
  if (isValid && results.size() != statement.names.size())
    error(call.range, quoted(textOf(*call.callee)) + " has " + counted(results.size(), "result") +
                          ", but " + std::to_string(statement.names.size()) + " names take them");
  results.resize(statement.names.size());
  for (auto [name, type] : llvm::zip_equal(statement.names, results))
    statement.symbols.push_back(defineOrRebind(name, isValid ? type : Type::invalid()));
}

void DeclarationChecker::checkScanAssign(AssignStatement &statement, ScanExpression &scan) {
  bool isValid = checkScan(scan);
  const size_t results = scan.results.size(), count = statement.names.size();
  if (isValid && count != results && count != results + 1) {
    isValid = false;
    error(scan.range, quoted(scan.callee.text) + " has " + counted(results, "result") + ", but " +
                          counted(count, "name") + (count == 1 ? " takes" : " take") + " them")
        .note(scan.instance->declaration->name.range,
              quoted(scan.instance->declaration->name.text) + " is declared here")
        .withHint("give a name to every result; one name more takes the final memories");
  }
  for (auto [i, name] : llvm::enumerate(statement.names)) {
    if (isValid && i == results) {
      Symbol *symbol = define(SymbolKind::Memories, name, Type::invalid());
      symbol->instance = scan.instance;
      symbol->declaration = scan.instance->declaration;
      statement.symbols.push_back(symbol);
    } else {
      statement.symbols.push_back(
          defineOrRebind(name, isValid && i < results ? scan.results[i] : Type::invalid()));
    }
  }
}

void DeclarationChecker::checkNext(NextStatement &statement) {
  checkExpression(*statement.value);
  const Name &name = statement.name;
  Symbol *state = findLocal(name.text);
  if (!state || state->kind != SymbolKind::State) {
    if (state)
      error(name.range, quoted(name.text) + " is no state and has no next value")
          .note(state->definition, "it is defined here");
    else if (!reportIfLater(name))
      reportUnknown(name, "state", {SymbolKind::State}, false);
    return;
  }
  const Type type = nextTypeOf(*state);
  fits(*statement.value, type);
  auto [entry, isNew] = nextValues.try_emplace(name.text, nullptr);
  if (!isNew) {
    error(name.range, "the next value of " + quoted(name.text) + " is already defined")
        .note(entry->second->definition, "it is defined here first");
    return;
  }
  Symbol *next = addSymbol(SymbolKind::NextState, name.text, name.range, type);
  next->state = state;
  entry->second = next;
  statement.symbol = next;
}

void DeclarationChecker::checkNextValues() {
  for (const StatementPtr &statement : declaration.body) {
    auto *states = llvm::dyn_cast<StateStatement>(statement.get());
    if (!states || declaration.kind != Kind::Cell)
      continue;
    for (const Name &name : states->names)
      if (!nextDefinitions.contains(name.text))
        error(name.range, "state " + quoted(name.text) + " has no next value")
            .withHint("define it with `" + name.text + "' = ...`");
  }
}

void DeclarationChecker::checkRequire(RequireStatement &statement) {
  Expression *left = statement.left.get();
  auto *modulo = llvm::dyn_cast<BinaryExpression>(left);
  if (modulo && modulo->op == BinaryOperator::Modulo) {
    left->type = Type::scalar(Element::Number);
    left = modulo->left.get();
    statement.modulus = checkSize(*modulo->right);
    if (statement.modulus)
      isAxisSize(diagnostics, modulo->right->range, *statement.modulus);
  }
  std::optional<Dim> leftDim = checkSize(*left);
  std::optional<Dim> rightDim = checkSize(*statement.right);
  statement.leftDim = leftDim.value_or(Dim());
  statement.rightDim = rightDim.value_or(Dim());
}

void DeclarationChecker::checkReturn(ReturnStatement &statement) {
  for (const ExpressionPtr &value : statement.values)
    checkExpression(*value);
  if (statement.values.size() != declaration.results.size()) {
    error(statement.range, quoted(declaration.name.text) + " has " +
                               counted(declaration.results.size(), "result") +
                               ", but this returns " + counted(statement.values.size(), "value"))
        .note(declaration.name.range, quoted(declaration.name.text) + " is declared here");
    return;
  }
  for (auto [value, result] : llvm::zip_equal(statement.values, declaration.results)) {
    if (value->type.isInvalid() || result.resolved.isInvalid() ||
        !adapt(*value, result.resolved.element) || value->type == result.resolved)
      continue;
    Diagnostic &message =
        error(value->range, quoted(textOf(*value)) + " does not fit the result: expected " +
                                result.resolved.str() + ", found " + value->type.str());
    message.note(result.type.range, "the result is declared here");
    if (llvm::isa<NameExpression>(*value))
      noteOperand(message, *value);
  }
}
