//===- Tree.cpp - A model as the generator sees it ---------------*- C++ -*-===//
//
// Walks over trees, and questions about sizes.
//
//===----------------------------------------------------------------------===//

#include "Tree.h"
#include <algorithm>

using namespace gatefold;
using namespace gatefold::smith;

/// Places from here on are no sizes of the model but the lengths of histories.
static constexpr unsigned firstHistory = 1000000;

Axis smith::makeHistoryAxis(int64_t keep) { return {firstHistory + static_cast<unsigned>(keep)}; }

const Declaration *Tree::find(const std::string &name) const {
  for (const Declaration &declaration : declarations)
    if (declaration.name == name)
      return &declaration;
  return nullptr;
}

Declaration *Tree::find(const std::string &name) {
  return const_cast<Declaration *>(std::as_const(*this).find(name));
}

int64_t smith::evaluate(const Tree &tree, const Axis &axis) {
  int64_t sum = 0;
  for (unsigned term : axis)
    sum += tree.sizes[term].value;
  return sum;
}

bool smith::isFree(const Tree &tree, const Axis &axis) {
  return std::any_of(axis.begin(), axis.end(), [&](unsigned term) {
    return term >= firstHistory || tree.sizes[term].isFree;
  });
}

bool smith::isStatic(const Tree &tree, const Type &type) {
  return std::none_of(type.shape.begin(), type.shape.end(),
                      [&](const Axis &axis) { return isFree(tree, axis); });
}

void smith::walk(Expression &expression, const std::function<void(Expression &)> &visit) {
  visit(expression);
  for (Expression &operand : expression.operands)
    walk(operand, visit);
}

/// `position` goes through statements and knows what is named above them.
static void
walkStatements(std::vector<Statement> &statements, std::vector<Binding> &known,
               const std::function<void(Expression &, const std::vector<Binding> &)> &visit) {
  for (Statement &statement : statements) {
    using Kind = Statement::Kind;
    switch (statement.kind) {
    case Kind::Weight:
    case Kind::Instance:
      break;
    case Kind::State: // what it begins with is made of constants and weights alone
      visit(statement.value, {});
      break;
    case Kind::For:
    case Kind::Each:
      break;
    default:
      visit(statement.value, known);
      break;
    }
    if (!statement.body.empty()) {
      size_t outer = known.size();
      walkStatements(statement.body, known, visit);
      std::vector<Binding> inner(known.begin() + static_cast<ptrdiff_t>(outer), known.end());
      known.resize(outer);
      // Next values outlive their `when`.
      for (Binding &binding : inner)
        if (binding.name.back() == '\'')
          known.push_back(std::move(binding));
    }
    if (statement.kind == Kind::Next)
      known.push_back({statement.bindings[0].name + "'", statement.bindings[0].type});
    else if (statement.kind != Kind::Instance)
      known.insert(known.end(), statement.bindings.begin(), statement.bindings.end());
  }
}

void smith::walkRoots(
    Declaration &declaration,
    const std::function<void(Expression &, const std::vector<Binding> &)> &visit) {
  std::vector<Binding> known = declaration.parameters;
  walkStatements(declaration.statements, known, visit);
  for (Expression &result : declaration.results)
    visit(result, known);
}

Expression smith::refer(const Binding &binding, double magnitude) {
  Expression expression{Expression::Kind::Reference, binding.name, binding.type};
  expression.magnitude = magnitude;
  return expression;
}

Expression smith::operate(std::string text, Type type, std::vector<Expression> operands,
                          double magnitude) {
  Expression expression{Expression::Kind::Operation, std::move(text), std::move(type),
                        std::move(operands)};
  expression.magnitude = magnitude;
  return expression;
}
