//===- CheckConstants.cpp - The constants of a file ---------------*- C++ -*-===//
//
// Evaluates `const` expressions: numbers, other constants, + - * / ^.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

#include <cmath>

using namespace gatefold;
using namespace gatefold::checking;

namespace {
/// Evaluates one constant; what goes wrong is reported once, and the value is then nullopt.
struct ConstantEvaluator {
  FileNames &names;
  const ConstantDeclaration &constant;

  std::optional<double> evaluate(Expression &expression);
  std::optional<double> evaluateName(NameExpression &name);
  std::optional<double> evaluateBinary(BinaryExpression &binary);
  std::optional<double> refuse(const Expression &expression);
};
} // namespace

std::optional<double> ConstantEvaluator::refuse(const Expression &expression) {
  names.diagnostics.error(expression.range,
                          quoted(textOf(expression)) +
                              " is no constant: expected numbers, constants declared before, and "
                              "`+`, `-`, `*`, `/`, `^` of them");
  return std::nullopt;
}

std::optional<double> ConstantEvaluator::evaluateName(NameExpression &name) {
  if (name.name.primed)
    return refuse(name);
  name.symbol = names.findConstant(name.name.text, constant.fromLibrary);
  if (name.symbol)
    return name.symbol->type.isInvalid() ? std::nullopt : std::optional(name.symbol->number);
  for (const auto &other : names.file.constants)
    if (other->name.text == name.name.text && other->fromLibrary == constant.fromLibrary) {
      names.diagnostics.error(name.range, quoted(name.name.text) + " is used before it is defined")
          .note(other->name.range, "it is defined here");
      return std::nullopt;
    }
  if (names.mayBeUnread(name.name.text))
    return std::nullopt;
  hintNearest(names.diagnostics.error(name.range, "unknown constant " + quoted(name.name.text)),
              name.name.text, names.constantNames());
  return std::nullopt;
}

std::optional<double> ConstantEvaluator::evaluateBinary(BinaryExpression &binary) {
  using Op = BinaryOperator;
  if (binary.op > Op::Power)
    return refuse(binary);
  std::optional<double> left = evaluate(*binary.left);
  std::optional<double> right = evaluate(*binary.right);
  if (!left || !right)
    return std::nullopt;
  switch (binary.op) {
  case Op::Add:
    return *left + *right;
  case Op::Subtract:
    return *left - *right;
  case Op::Multiply:
    return *left * *right;
  case Op::Divide:
    return *left / *right;
  default:
    return std::pow(*left, *right);
  }
}

std::optional<double> ConstantEvaluator::evaluate(Expression &expression) {
  expression.type = Type::scalar(Element::Number);
  if (auto *number = llvm::dyn_cast<NumberExpression>(&expression))
    return number->value;
  if (auto *name = llvm::dyn_cast<NameExpression>(&expression))
    return evaluateName(*name);
  if (auto *binary = llvm::dyn_cast<BinaryExpression>(&expression))
    return evaluateBinary(*binary);
  auto *unary = llvm::dyn_cast<UnaryExpression>(&expression);
  if (!unary || unary->op != UnaryOperator::Negate)
    return refuse(expression);
  std::optional<double> operand = evaluate(*unary->operand);
  return operand ? std::optional(-*operand) : std::nullopt;
}

void checking::checkConstants(FileNames &names) {
  for (const auto &constant : names.file.constants) {
    std::optional<double> value = ConstantEvaluator{names, *constant}.evaluate(*constant->value);
    if (value && !std::isfinite(*value)) {
      names.diagnostics.error(constant->value->range,
                              "the value of " + quoted(constant->name.text) + " is not finite");
      value = std::nullopt;
    }
    constant->symbol = std::make_unique<Symbol>();
    Symbol &symbol = *constant->symbol;
    symbol.kind = Symbol::Kind::Constant;
    symbol.name = constant->name.text;
    symbol.definition = constant->name.range;
    symbol.type = value ? Type::scalar(Element::Number) : Type::invalid();
    symbol.value = constant->value.get();
    symbol.number = value.value_or(0);
  }
}
