//===- LowerWalk.cpp - Walking expressions ------------------------*- C++ -*-===//
//
// One place that knows which parts of a node hold values.
//
//===----------------------------------------------------------------------===//

#include "LowerWalk.h"

#include "llvm/ADT/TypeSwitch.h"
#include <functional>

using namespace gatefold;
using namespace gatefold::lowering;

static void forEachArgument(const CallExpression &call, ExpressionVisitor visit) {
  // Of a builtin, some arguments are sizes and axes.
  if (call.target.builtin) {
    for (const Expression *value : call.target.arguments)
      visit(*value);
    return;
  }
  for (const ExpressionPtr &argument : call.arguments)
    visit(*argument);
  for (const NamedArgument &argument : call.named)
    visit(*argument.value);
}

static void forEachIndexed(const IndexExpression &index, ExpressionVisitor visit) {
  visit(*index.base);
  for (const IndexItem &item : index.items)
    if (item.kind == IndexItem::Kind::At && !item.isStatic)
      visit(*item.first);
}

void lowering::forEachOperand(const Expression &expression, ExpressionVisitor visit) {
  llvm::TypeSwitch<const Expression *>(&expression)
      .Case([&](const UnaryExpression *unary) { visit(*unary->operand); })
      .Case([&](const BinaryExpression *binary) {
        visit(*binary->left);
        visit(*binary->right);
      })
      .Case([&](const IfExpression *branch) {
        visit(*branch->condition);
        visit(*branch->thenValue);
        visit(*branch->elseValue);
      })
      .Case([&](const IndexExpression *index) { forEachIndexed(*index, visit); })
      .Case([&](const CallExpression *call) { forEachArgument(*call, visit); })
      .Case([&](const ComprehensionExpression *comprehension) {
        if (!comprehension->overSize && !comprehension->symbol->array)
          visit(*comprehension->over);
        visit(*comprehension->element);
      })
      .Case([&](const GenerateExpression *generate) {
        for (const ExpressionPtr &fixed : generate->fixed)
          visit(*fixed);
        if (generate->prompt)
          visit(*generate->prompt);
        for (const InitialMemory &initial : generate->starting)
          visit(*initial.value);
      })
      .Case([&](const ScanExpression *scan) {
        for (const ExpressionPtr &sequence : scan->sequences)
          visit(*sequence);
        for (const ExpressionPtr &fixed : scan->fixed)
          visit(*fixed);
        for (const InitialMemory &initial : scan->initial)
          visit(*initial.value);
      });
}

llvm::ArrayRef<const Symbol *> lowering::getInstances(const Statement &statement) {
  const auto *assign = llvm::dyn_cast<AssignStatement>(&statement);
  if (!assign || assign->symbols.empty() || assign->symbols[0]->kind != Symbol::Kind::Instance)
    return {};
  return assign->symbols;
}

void lowering::forEachExpression(const Statement &statement, ExpressionVisitor visit) {
  llvm::TypeSwitch<const Statement *>(&statement)
      .Case([&](const StateStatement *state) { visit(*state->initial); })
      .Case([&](const WindowStatement *window) {
        visit(*window->value);
        if (window->pad)
          visit(*window->pad);
      })
      .Case([&](const HistoryStatement *history) { visit(*history->value); })
      .Case([&](const WhenStatement *when) {
        visit(*when->condition);
        for (const StatementPtr &inner : when->body)
          forEachExpression(*inner, visit);
      })
      .Case([&](const ForStatement *loop) {
        if (!loop->symbol->array && !loop->symbol->isLoopVariable)
          visit(*loop->over);
        for (const StatementPtr &inner : loop->body)
          forEachExpression(*inner, visit);
      })
      .Case([&](const AssignStatement *assign) {
        if (getInstances(*assign).empty())
          visit(*assign->value);
      })
      .Case([&](const NextStatement *next) { visit(*next->value); })
      .Case([&](const ReturnStatement *result) {
        for (const ExpressionPtr &value : result->values)
          visit(*value);
      });
}

const CallExpression *lowering::findCall(const Declaration &declaration, const Symbol &instance) {
  const CallExpression *found = nullptr;
  std::function<void(const Expression &)> search = [&](const Expression &expression) {
    const auto *call = llvm::dyn_cast<CallExpression>(&expression);
    const Symbol *called = call ? call->target.instance : nullptr;
    if (called && (called == &instance || called->array == &instance))
      found = call;
    if (!found)
      forEachOperand(expression, search);
  };
  for (const StatementPtr &statement : declaration.body)
    forEachExpression(*statement, search);
  return found;
}
