//===- Cleanup.cpp - Leaves out what nobody uses -----------------*- C++ -*-===//
//
// Goes round until nothing more can be left out.
//
//===----------------------------------------------------------------------===//

#include "Cleanup.h"
#include "llvm/ADT/STLExtras.h"

using namespace gatefold;
using namespace gatefold::smith;

namespace {
/// The names that expressions mention.
using NameSet = std::set<std::string>;

/// Cleans one tree.
class Cleanup {
public:
  explicit Cleanup(Tree &tree) : tree(tree) {}
  void run();

private:
  void collect(const Expression &expression, NameSet &used) const;
  void collect(const std::vector<Statement> &statements, NameSet &used) const;
  bool isLive(const Statement &statement, const NameSet &used) const;
  bool dropStatements(std::vector<Statement> &statements, const NameSet &used);
  bool cleanDeclaration(Declaration &declaration);
  bool dropParameters(Declaration &declaration, const NameSet &used);
  bool dropSecondResults();
  bool dropDeclarations();
  void forEachCall(const std::string &callee,
                   const std::function<void(Expression &, std::vector<Binding> &)> &visit);
  void forEachCall(std::vector<Statement> &statements, const NameSet &instances,
                   const std::function<void(Expression &, std::vector<Binding> &)> &visit);

  Tree &tree;
  NameSet members; ///< states of which something outside of their cell reads the value or gives it
};
} // namespace

//===----------------------------------------------------------------------===//
// What is used
//===----------------------------------------------------------------------===//

void Cleanup::collect(const Expression &expression, NameSet &used) const {
  if (expression.kind == Expression::Kind::Reference)
    used.insert(expression.text);
  if (!expression.callee.empty())
    used.insert(expression.callee);
  for (const Expression &operand : expression.operands)
    collect(operand, used);
}

/// A next value counts as a use of what it is made of, but not of its own state.
void Cleanup::collect(const std::vector<Statement> &statements, NameSet &used) const {
  for (const Statement &statement : statements) {
    NameSet mentioned;
    collect(statement.value, mentioned);
    if (statement.kind == Statement::Kind::Next)
      mentioned.erase(statement.bindings[0].name);
    if (!statement.callee.empty())
      mentioned.insert(statement.callee);
    used.insert(mentioned.begin(), mentioned.end());
    collect(statement.body, used);
  }
}

static bool isMentioned(const Binding &binding, const NameSet &used) {
  return used.contains(binding.name) || used.contains(binding.name + "'");
}

bool Cleanup::isLive(const Statement &statement, const NameSet &used) const {
  using Kind = Statement::Kind;
  switch (statement.kind) {
  case Kind::State:
  case Kind::Next:
    return isMentioned(statement.bindings[0], used) || members.contains(statement.bindings[0].name);
  case Kind::When:
  case Kind::For:
  case Kind::Each:
    return !statement.body.empty();
  default:
    return llvm::any_of(statement.bindings,
                        [&](const Binding &binding) { return used.contains(binding.name); });
  }
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

bool Cleanup::dropStatements(std::vector<Statement> &statements, const NameSet &used) {
  bool changed = false;
  for (Statement &statement : statements)
    changed |= dropStatements(statement.body, used);
  const size_t before = statements.size();
  llvm::erase_if(statements, [&](const Statement &statement) { return !isLive(statement, used); });
  return changed || statements.size() != before;
}

bool Cleanup::cleanDeclaration(Declaration &declaration) {
  bool changed = false, changing = true;
  NameSet used;
  while (changing) {
    used.clear();
    collect(declaration.statements, used);
    for (const Expression &result : declaration.results)
      collect(result, used);
    changing = dropStatements(declaration.statements, used);
    changed |= changing;
  }
  return dropParameters(declaration, used) || changed;
}

//===----------------------------------------------------------------------===//
// Parameters, results, declarations
//===----------------------------------------------------------------------===//

void Cleanup::forEachCall(std::vector<Statement> &statements, const NameSet &instances,
                          const std::function<void(Expression &, std::vector<Binding> &)> &visit) {
  for (Statement &statement : statements) {
    walk(statement.value, [&](Expression &expression) {
      std::vector<Binding> none;
      bool isWhole = &expression == &statement.value;
      if (instances.contains(expression.callee))
        visit(expression, isWhole ? statement.bindings : none);
    });
    NameSet inside = instances;
    if (statement.kind == Statement::Kind::Each && instances.contains(statement.callee))
      inside.insert("part");
    forEachCall(statement.body, inside, visit);
  }
}

void Cleanup::forEachCall(const std::string &callee,
                          const std::function<void(Expression &, std::vector<Binding> &)> &visit) {
  for (Declaration &declaration : tree.declarations) {
    NameSet instances{callee};
    for (const Statement &statement : declaration.statements)
      if (statement.kind == Statement::Kind::Instance && statement.callee == callee)
        instances.insert(statement.bindings[0].name);
    forEachCall(declaration.statements, instances, visit);
    for (Expression &result : declaration.results)
      walk(result, [&](Expression &expression) {
        std::vector<Binding> none;
        if (instances.contains(expression.callee))
          visit(expression, none);
      });
  }
}

bool Cleanup::dropParameters(Declaration &declaration, const NameSet &used) {
  bool changed = false;
  for (size_t index = declaration.parameters.size(); index-- > 0;) {
    const size_t numFront = declaration.parameters.size() - declaration.numFixed;
    const bool isFixed = index >= numFront;
    // A scan needs a sequence, and a call an argument.
    if (used.contains(declaration.parameters[index].name) || (!isFixed && numFront == 1))
      continue;
    declaration.parameters.erase(declaration.parameters.begin() + static_cast<ptrdiff_t>(index));
    declaration.numFixed -= isFixed;
    changed = true;
    if (declaration.kind == Declaration::Kind::Model)
      continue;
    forEachCall(declaration.name, [&](Expression &call, std::vector<Binding> &) {
      call.operands.erase(call.operands.begin() + static_cast<ptrdiff_t>(index));
      call.numFixed -= isFixed && call.scan != Expression::Scan::No;
    });
  }
  return changed;
}

bool Cleanup::dropSecondResults() {
  bool changed = false;
  for (Declaration &declaration : tree.declarations) {
    if (declaration.kind == Declaration::Kind::Model || declaration.results.size() < 2)
      continue;
    bool isUsed = false;
    std::vector<Declaration *> all;
    auto mentions = [&](const std::string &name) {
      return llvm::any_of(tree.declarations, [&](Declaration &other) {
        NameSet used;
        collect(other.statements, used);
        for (const Expression &result : other.results)
          collect(result, used);
        return used.contains(name);
      });
    };
    forEachCall(declaration.name, [&](Expression &, std::vector<Binding> &bindings) {
      isUsed |= bindings.size() > 1 && mentions(bindings[1].name);
    });
    if (isUsed)
      continue;
    declaration.results.pop_back();
    forEachCall(declaration.name, [&](Expression &, std::vector<Binding> &bindings) {
      if (bindings.size() > 1)
        bindings.erase(bindings.begin() + 1);
    });
    changed = true;
  }
  return changed;
}

bool Cleanup::dropDeclarations() {
  NameSet used{tree.declarations.back().name};
  for (const Declaration &declaration : tree.declarations) {
    collect(declaration.statements, used);
    for (const Expression &result : declaration.results)
      collect(result, used);
  }
  const size_t before = tree.declarations.size();
  llvm::erase_if(tree.declarations,
                 [&](const Declaration &declaration) { return !used.contains(declaration.name); });
  return tree.declarations.size() != before;
}

void Cleanup::run() {
  for (bool changing = true; changing;) {
    changing = false;
    members.clear();
    for (Declaration &declaration : tree.declarations) {
      auto collectMembers = [&](Expression &root, const std::vector<Binding> &) {
        walk(root, [&](Expression &expression) {
          members.insert(expression.initial.begin(), expression.initial.end());
          if (expression.text.rfind("{0}.", 0) == 0)
            members.insert(expression.text.substr(4));
        });
      };
      walkRoots(declaration, collectMembers);
    }
    // Users before what they use
    for (size_t index = tree.declarations.size(); index-- > 0;)
      changing |= cleanDeclaration(tree.declarations[index]);
    changing |= dropSecondResults();
    changing |= dropDeclarations();
    // An unused name behind a result stands for final memories nobody reads.
    for (Declaration &declaration : tree.declarations) {
      NameSet used;
      collect(declaration.statements, used);
      for (const Expression &result : declaration.results)
        collect(result, used);
      for (Statement &statement : declaration.statements)
        while (statement.bindings.size() > 1 &&
               statement.bindings.back().type.element == Element::Memories &&
               !used.contains(statement.bindings.back().name)) {
          statement.bindings.pop_back();
          changing = true;
        }
    }
  }
}

void smith::dropUnused(Tree &tree) { Cleanup(tree).run(); }
