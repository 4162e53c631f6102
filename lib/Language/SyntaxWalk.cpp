//===- SyntaxWalk.cpp - Walking whole declarations -----------------*- C++ -*-===//
//
// One place that knows the parts of every node.
//
//===----------------------------------------------------------------------===//

#include "SyntaxWalk.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace gatefold;

namespace {
/// A walk over the expressions of a declaration. Its depth is limited by the parser.
class Walk {
public:
  explicit Walk(llvm::function_ref<void(const Expression &)> visit) : visit(visit) {}
  void walk(const Declaration &declaration);

private:
  void walk(const Statement &statement);
  void walk(const TypeSyntax &type) { walk(type.dims); }
  void walk(const Expression &expression);
  void walk(const ExpressionPtr &expression) {
    if (expression)
      walk(*expression);
  }
  void walk(const std::vector<ExpressionPtr> &expressions) {
    for (const ExpressionPtr &expression : expressions)
      walk(expression);
  }
  void walk(const std::vector<NamedArgument> &arguments) {
    for (const NamedArgument &argument : arguments)
      walk(argument.value);
  }
  void walk(const std::vector<InitialMemory> &memories) {
    for (const InitialMemory &memory : memories) {
      walk(memory.places);
      walk(memory.value);
    }
  }
  void walkOperands(const Expression &expression);
  void walkParts(const Expression &expression);

  llvm::function_ref<void(const Expression &)> visit;
};
} // namespace

void Walk::walk(const Declaration &declaration) {
  for (const Parameter &parameter : declaration.parameters) {
    walk(parameter.type);
    walk(parameter.defaultValue);
  }
  for (const ResultSyntax &result : declaration.results)
    walk(result.type);
  forEachStatement(declaration, [&](const Statement &statement) { walk(statement); });
}

void Walk::walk(const Statement &statement) {
  llvm::TypeSwitch<const Statement *>(&statement)
      .Case([&](const WeightStatement *weight) { walk(weight->type); })
      .Case([&](const StateStatement *state) {
        walk(state->type);
        walk(state->initial);
        walk(state->back);
      })
      .Case([&](const WindowStatement *window) {
        walk(window->size);
        walk(window->value);
        walk(window->pad);
      })
      .Case([&](const HistoryStatement *history) {
        walk(history->value);
        walk(history->keep);
      })
      .Case([&](const AssignStatement *assign) {
        walk(assign->value);
        if (assign->load)
          walk(assign->load->arguments);
      })
      .Case([&](const NextStatement *next) { walk(next->value); })
      .Case([&](const RequireStatement *require) {
        walk(require->left);
        walk(require->right);
      })
      .Case([&](const WhenStatement *when) { walk(when->condition); })
      .Case([&](const ForStatement *loop) { walk(loop->over); })
      .Case([&](const ReturnStatement *result) { walk(result->values); });
}

void Walk::walk(const Expression &expression) {
  visit(expression);
  walkOperands(expression);
  walkParts(expression);
}

/// Operators, and what stands in parentheses or brackets.
void Walk::walkOperands(const Expression &expression) {
  llvm::TypeSwitch<const Expression *>(&expression)
      .Case([&](const UnaryExpression *unary) { walk(unary->operand); })
      .Case([&](const BinaryExpression *binary) {
        walk(binary->left);
        walk(binary->right);
      })
      .Case([&](const IfExpression *choice) {
        walk(choice->condition);
        walk(choice->thenValue);
        walk(choice->elseValue);
      })
      .Case([&](const BoundExpression *bound) { walk(bound->limit); })
      .Case([&](const TupleExpression *tuple) { walk(tuple->elements); })
      .Case([&](const IndexExpression *index) {
        walk(index->base);
        for (const IndexItem &item : index->items) {
          walk(item.first);
          walk(item.last);
        }
      });
}

/// Calls, and what is written like one.
void Walk::walkParts(const Expression &expression) {
  llvm::TypeSwitch<const Expression *>(&expression)
      .Case([&](const MemberExpression *member) { walk(member->base); })
      .Case([&](const CallExpression *call) {
        walk(call->callee);
        walk(call->arguments);
        walk(call->named);
      })
      .Case([&](const ComprehensionExpression *comprehension) {
        walk(comprehension->element);
        walk(comprehension->over);
      })
      .Case([&](const ScanExpression *scan) {
        walk(scan->sequences);
        walk(scan->fixed);
        walk(scan->initial);
      })
      .Case([&](const GenerateExpression *generate) {
        walk(generate->fixed);
        walk(generate->prompt);
        walk(generate->from);
        walk(generate->until);
        walk(generate->limit);
        walk(generate->starting);
      });
}

void gatefold::forEachExpression(const Declaration &declaration,
                                 llvm::function_ref<void(const Expression &)> visit) {
  Walk(visit).walk(declaration);
}

static void visitStatements(const std::vector<StatementPtr> &body,
                            llvm::function_ref<void(const Statement &)> visit) {
  for (const StatementPtr &statement : body) {
    visit(*statement);
    if (const auto *when = llvm::dyn_cast<WhenStatement>(statement.get()))
      visitStatements(when->body, visit);
    else if (const auto *loop = llvm::dyn_cast<ForStatement>(statement.get()))
      visitStatements(loop->body, visit);
  }
}

void gatefold::forEachStatement(const Declaration &declaration,
                                llvm::function_ref<void(const Statement &)> visit) {
  visitStatements(declaration.body, visit);
}
