//===- Checker.cpp - Names, types and shapes ----------------------*- C++ -*-===//
//
// The order of checking: constants, signatures, bodies with the called before the callers,
// bindings.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Checker.h"

#include "CheckerImpl.h"

#include "llvm/ADT/StringSet.h"

using namespace gatefold;
using namespace gatefold::checking;

namespace {

/// A use of a declaration by another.
struct Use {
  Declaration *callee;
  SourceRange range;
};

/// Finds the declarations that a declaration calls or makes instances of.
class UseCollector {
public:
  UseCollector(const FileNames &names, const Declaration &user);
  std::vector<Use> uses;

private:
  void visit(const Statement &statement);
  void visit(const Expression *expression);
  void visitCallee(const Expression &callee);

  const FileNames &names;
  const Declaration &user;
  llvm::StringSet<> defined; // what the declaration itself defines is no declaration's name
};

} // namespace

UseCollector::UseCollector(const FileNames &names, const Declaration &user)
    : names(names), user(user) {
  for (const Parameter &parameter : user.parameters) {
    defined.insert(parameter.name.text);
    visit(parameter.defaultValue.get());
  }
  for (const StatementPtr &statement : user.body)
    visit(*statement);
}

void UseCollector::visit(const Statement &statement) {
  if (auto *assign = llvm::dyn_cast<AssignStatement>(&statement)) {
    visit(assign->value.get());
    visitCallee(*assign->value);
    for (const Name &name : assign->names)
      defined.insert(name.text);
  } else if (auto *state = llvm::dyn_cast<StateStatement>(&statement)) {
    visit(state->initial.get());
  } else if (auto *next = llvm::dyn_cast<NextStatement>(&statement)) {
    visit(next->value.get());
  } else if (auto *result = llvm::dyn_cast<ReturnStatement>(&statement)) {
    for (const ExpressionPtr &value : result->values)
      visit(value.get());
  }
}

void UseCollector::visitCallee(const Expression &callee) {
  auto *name = llvm::dyn_cast<NameExpression>(&callee);
  if (auto *index = llvm::dyn_cast<IndexExpression>(&callee))
    name = llvm::dyn_cast<NameExpression>(index->base.get());
  if (!name || defined.contains(name->name.text))
    return;
  if (Declaration *found = names.findDeclaration(name->name.text, user.fromLibrary))
    uses.push_back({found, name->range});
}

void UseCollector::visit(const Expression *expression) {
  if (!expression)
    return;
  if (auto *unary = llvm::dyn_cast<UnaryExpression>(expression)) {
    visit(unary->operand.get());
  } else if (auto *binary = llvm::dyn_cast<BinaryExpression>(expression)) {
    visit(binary->left.get());
    visit(binary->right.get());
  } else if (auto *choice = llvm::dyn_cast<IfExpression>(expression)) {
    visit(choice->condition.get());
    visit(choice->thenValue.get());
    visit(choice->elseValue.get());
  } else if (auto *index = llvm::dyn_cast<IndexExpression>(expression)) {
    visit(index->base.get());
    for (const IndexItem &item : index->items)
      visit(item.first.get());
  } else if (auto *call = llvm::dyn_cast<CallExpression>(expression)) {
    visitCallee(*call->callee);
    for (const ExpressionPtr &argument : call->arguments)
      visit(argument.get());
    for (const NamedArgument &argument : call->named)
      visit(argument.value.get());
  } else if (auto *scan = llvm::dyn_cast<ScanExpression>(expression)) {
    for (const ExpressionPtr &sequence : scan->sequences)
      visit(sequence.get());
    for (const ExpressionPtr &fixed : scan->fixed)
      visit(fixed.get());
    for (const InitialMemory &memory : scan->initial)
      visit(memory.value.get());
  }
}

namespace {

/// Sorts declarations so that the called stand before the callers, and reports those that call
/// themselves. Walks with a stack of its own, since a chain of calls may be as long as a file.
class CallOrder {
public:
  explicit CallOrder(FileNames &names) : names(names) {
    for (const auto &declaration : names.file.declarations)
      if (!marks.count(declaration.get()))
        walkFrom(*declaration);
  }
  std::vector<Declaration *> order;

private:
  struct Visit {
    Declaration *declaration;
    std::vector<Use> uses;
    size_t next = 0;
  };
  enum class Mark { Open, Done };

  void open(Declaration &declaration);
  void walkFrom(Declaration &root);
  void reportCycle(const Use &use);

  FileNames &names;
  std::vector<Visit> stack;
  llvm::DenseMap<const Declaration *, Mark> marks;
};

} // namespace

void CallOrder::open(Declaration &declaration) {
  marks[&declaration] = Mark::Open;
  stack.push_back({&declaration, UseCollector(names, declaration).uses});
}

void CallOrder::walkFrom(Declaration &root) {
  open(root);
  while (!stack.empty()) {
    Visit &visit = stack.back();
    if (visit.next == visit.uses.size()) {
      marks[visit.declaration] = Mark::Done;
      order.push_back(visit.declaration);
      stack.pop_back();
      continue;
    }
    Use use = visit.uses[visit.next++];
    auto mark = marks.find(use.callee);
    if (mark == marks.end())
      open(*use.callee);
    else if (mark->second == Mark::Open)
      reportCycle(use);
  }
}

void CallOrder::reportCycle(const Use &use) {
  auto first =
      llvm::find_if(stack, [&](const Visit &visit) { return visit.declaration == use.callee; });
  Diagnostic &message = names.diagnostics.error(
      use.range, quoted(use.callee->name.text) +
                     (stack.end() - first == 1 ? " uses itself" : " uses itself through others") +
                     ", which would never end");
  for (auto part = first; part != stack.end(); ++part)
    names.brokenSignatures.insert(part->declaration);
  for (; first + 1 != stack.end(); ++first)
    message.note(first->uses[first->next - 1].range,
                 quoted(first->declaration->name.text) + " uses " +
                     quoted(first[1].declaration->name.text) + " here");
}

bool gatefold::check(SourceFile &file, Diagnostics &diagnostics) {
  const unsigned errorsBefore = diagnostics.numErrors();
  FileNames names(file, diagnostics);
  names.checkVocabularies();
  checkConstants(names);
  llvm::DenseMap<const Declaration *, std::unique_ptr<DeclarationChecker>> checkers;
  for (const auto &declaration : file.declarations) {
    auto &checker = checkers[declaration.get()];
    checker = std::make_unique<DeclarationChecker>(names, *declaration);
    checker->checkSignature();
  }
  for (Declaration *declaration : CallOrder(names).order)
    checkers[declaration]->checkBody();
  checkBindings(names);
  return file.isWhole && diagnostics.numErrors() == errorsBefore;
}
