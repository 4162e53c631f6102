//===- CheckProducts.cpp - `a @ b` and `a . b` --------------------*- C++ -*-===//
//
// Shapes of products, and hints for weights whose axes do not fit.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

using namespace gatefold;
using namespace gatefold::checking;

Type DeclarationChecker::typeOfProduct(BinaryExpression &product) {
  checkExpression(*product.left);
  checkExpression(*product.right);
  Element element = agree(product, *product.left, *product.right);
  if (element == Element::Invalid)
    return Type::invalid();
  for (const Expression *operand : {product.left.get(), product.right.get()}) {
    if (operand->type.rank() > 0)
      continue;
    Diagnostic &message =
        error(product.range, quoted(spell(product.op)) + " needs axes on both sides, but " +
                                 quoted(textOf(*operand)) + " is a scalar");
    if (operand->type.element == Element::F32 || operand->type.element == Element::Number)
      message.withHint("`*` multiplies by a scalar");
    return Type::invalid();
  }
  if (element != Element::F32) {
    error(product.range, quoted(spell(product.op)) + " needs f32, found " + spell(element).str());
    return Type::invalid();
  }
  return product.op == BinaryOperator::MatMul ? matmul(product) : contraction(product);
}

Type DeclarationChecker::contraction(BinaryExpression &product) {
  const Type &left = product.left->type, &right = product.right->type;
  if (left.dims.back() != right.dims.back())
    return reportProduct(product, "the last axis of ", right.dims.back());
  Type result = left;
  result.dims.pop_back();
  result.dims.append(right.dims.begin(), right.dims.end() - 1);
  return result;
}

Type DeclarationChecker::matmul(BinaryExpression &product) {
  llvm::ArrayRef<Dim> left = product.left->type.dims, right = product.right->type.dims;
  Type result = Type::scalar(Element::F32);
  if (right.size() == 1) {
    if (left.back() != right.back())
      return reportProduct(product, "", right.back());
    result.dims.append(left.begin(), left.end() - 1);
    return result;
  }
  const Dim &contracted = right[right.size() - 2];
  if (left.back() != contracted)
    return reportProduct(product, "the last but one axis of ", contracted);
  auto shape =
      broadcast(left.size() > 1 ? left.drop_back(2) : llvm::ArrayRef<Dim>(), right.drop_back(2));
  if (!shape) {
    Diagnostic &message =
        error(product.range, "shapes do not fit: the leading axes of " + product.left->type.str() +
                                 " and " + product.right->type.str() + " differ in " +
                                 quoted(textOf(product)));
    noteOperand(message, *product.left);
    noteOperand(message, *product.right);
    return Type::invalid();
  }
  result.dims = std::move(*shape);
  if (left.size() > 1)
    result.dims.push_back(left[left.size() - 2]);
  result.dims.push_back(right.back());
  return result;
}

Type DeclarationChecker::reportProduct(BinaryExpression &product, llvm::StringRef rightAxis,
                                       const Dim &needed) {
  Diagnostic &message =
      error(product.range, "shapes do not fit: " + quoted(textOf(product)) +
                               " needs the last axis of " + quoted(textOf(*product.left)) +
                               " equal to " + rightAxis.str() + quoted(textOf(*product.right)));
  noteOperand(message, *product.left);
  noteOperand(message, *product.right);
  hintWeight(message, product, needed);
  return Type::invalid();
}

/// Suggests another declaration of the weight on the left. Its axes look swapped if its first axis
/// fits the operand and its last one is the size of a result or state, which the product then gets.
void DeclarationChecker::hintWeight(Diagnostic &message, const BinaryExpression &product,
                                    const Dim &needed) {
  if (!isWeight(*product.left))
    return;
  Type type = product.left->type;
  auto isWanted = [&](const Type &other) {
    return other.rank() > 0 && other.dims.back() == type.dims.back();
  };
  const bool producesResult =
      llvm::any_of(declaration.results,
                   [&](const ResultSyntax &result) { return isWanted(result.resolved); }) ||
      llvm::any_of(declaration.symbols, [&](const std::unique_ptr<Symbol> &symbol) {
        return symbol->kind == SymbolKind::State && isWanted(symbol->type);
      });
  const bool isSwapped = type.rank() == 2 && type.dims[0] == needed && producesResult;
  if (isSwapped)
    std::swap(type.dims[0], type.dims[1]);
  else
    type.dims.back() = needed;
  const std::string spelled = "`weight " + textOf(*product.left) + ": " + type.str() + "`";
  message.withHint(isSwapped ? "the axes look swapped; did you mean " + spelled + "?"
                             : "did you mean " + spelled + "?");
}
