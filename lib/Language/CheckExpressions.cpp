//===- CheckExpressions.cpp - Names, numbers, elementwise ---------*- C++ -*-===//
//
// Types of names, literals and elementwise operators. A number takes the element type of what it
// meets: `adapt` writes it into the whole number expression, so that no checked tree has numbers
// where values are meant.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

#include <cmath>

using namespace gatefold;
using namespace gatefold::checking;

/// No value that is meant has more axes, or sizes that are spelled longer. Each line of a text can
/// square the sizes of the line before it.
static constexpr unsigned mostAxes = 32;
static constexpr size_t longestSize = 1000;

static bool isTooLong(const Dim &size) {
  return !size.asConstant() && !size.asName() && size.str().size() > longestSize;
}

const Type &DeclarationChecker::checkExpression(Expression &expression) {
  expression.type = typeOf(expression);
  if (expression.type.rank() > mostAxes) {
    error(expression.range, "expected at most " + llvm::Twine(mostAxes) + " axes, found " +
                                llvm::Twine(expression.type.rank()));
    expression.type = Type::invalid();
  } else if (llvm::any_of(expression.type.dims, isTooLong)) {
    error(expression.range,
          "the value has a size of more than " + llvm::Twine(longestSize) + " characters");
    expression.type = Type::invalid();
  }
  return expression.type;
}

Type DeclarationChecker::typeOf(Expression &expression) {
  switch (expression.getKind()) {
  case Expression::Kind::Number:
    return Type::scalar(Element::Number);
  case Expression::Kind::Boolean:
    return Type::scalar(Element::Bool);
  case Expression::Kind::Name:
    return typeOfName(llvm::cast<NameExpression>(expression));
  case Expression::Kind::Unary:
    return typeOfUnary(llvm::cast<UnaryExpression>(expression));
  case Expression::Kind::Binary:
    return typeOfBinary(llvm::cast<BinaryExpression>(expression));
  case Expression::Kind::If:
    return typeOfIf(llvm::cast<IfExpression>(expression));
  case Expression::Kind::Index:
    return typeOfIndex(llvm::cast<IndexExpression>(expression));
  case Expression::Kind::Member:
    return typeOfMember(llvm::cast<MemberExpression>(expression));
  case Expression::Kind::Call:
    return typeOfOnlyResult(llvm::cast<CallExpression>(expression));
  case Expression::Kind::Position:
    return typeOfPosition(llvm::cast<PositionExpression>(expression));
  case Expression::Kind::Comprehension:
    return typeOfComprehension(llvm::cast<ComprehensionExpression>(expression));
  case Expression::Kind::Tuple:
    error(expression.range, "several axes in parentheses stand behind `axis =` only");
    return Type::invalid();
  case Expression::Kind::Generate:
    return typeOfGenerate(llvm::cast<GenerateExpression>(expression));
  case Expression::Kind::Scan:
    return typeOfScan(llvm::cast<ScanExpression>(expression));
  case Expression::Kind::String:
  case Expression::Kind::Bound:
    break; // the parser takes them in bindings and in types of results only
  }
  llvm_unreachable("every kind of expression that is a value is listed");
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

Type DeclarationChecker::typeOfName(NameExpression &expression) {
  const Name &name = expression.name;
  if (name.primed)
    return typeOfNextName(expression);
  if (Symbol *symbol = findLocal(name.text)) {
    symbol->used = true;
    expression.symbol = symbol;
    if (symbol->kind == SymbolKind::Instance)
      error(name.range, quoted(name.text) + " is an instance of " +
                            quoted(symbol->declaration->name.text) + ", not a value")
          .withHint("call it: `" + name.text + "(...)`");
    else if (symbol->kind == SymbolKind::Memories)
      error(name.range, quoted(name.text) + " holds the final memories of " +
                            quoted(symbol->instance->name) + " and is no value by itself")
          .withHint("take one of them: `" + name.text + ".h`");
    return symbol->type;
  }
  if (const Symbol *number = findNumber(name.text)) {
    expression.symbol = number;
    return number->type;
  }
  if (reportIfLater(name) || isUnread(name))
    return Type::invalid();
  const Declaration *callee = names.findDeclaration(name.text, declaration.fromLibrary);
  if (callee || isBuiltin(name.text)) {
    Diagnostic &message =
        error(name.range, quoted(name.text) + " is a " +
                              (callee ? nounOf(callee->kind) : "function") + ", not a value");
    if (!callee || callee->kind == Declaration::Kind::Function)
      message.withHint("call it: `" + name.text + "(...)`");
    else
      message.withHint("make an instance on a line of its own: `name = " + name.text + "[...]`");
    return Type::invalid();
  }
  reportUnknown(name, "name",
                {SymbolKind::Parameter, SymbolKind::Weight, SymbolKind::State, SymbolKind::Local,
                 SymbolKind::Dimension, SymbolKind::Constant},
                false);
  return Type::invalid();
}

Type DeclarationChecker::typeOfNextName(NameExpression &expression) {
  const Name &name = expression.name;
  if (Symbol *next = nextValues.lookup(name.text)) {
    next->used = true;
    expression.symbol = next;
    return next->type;
  }
  Symbol *state = findLocal(name.text);
  if (state && state->kind != SymbolKind::State) {
    error(name.range, quoted(name.text) + " is no state and has no next value")
        .note(state->definition, "it is defined here");
  } else if (!state) {
    if (!reportIfLater(name))
      reportUnknown(name, "state", {SymbolKind::State}, false);
  } else if (auto later = nextDefinitions.find(name.text); later != nextDefinitions.end()) {
    error(name.range, quoted(name.text + "'") + " is used before it is defined")
        .note(later->second,
              "it is defined here; the value of the previous step is " + quoted(name.text));
  }
  return Type::invalid(); // a state without any next value is reported at the end of the body
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

bool DeclarationChecker::adaptLeaf(Expression &expression, Element element) {
  double value = 0;
  if (auto *number = llvm::dyn_cast<NumberExpression>(&expression))
    value = number->value;
  else if (auto *name = llvm::dyn_cast<NameExpression>(&expression);
           name && name->symbol && name->symbol->kind == SymbolKind::Constant)
    value = name->symbol->number;
  const bool isFloat = element == Element::F32;
  if (!isFloat && value != std::floor(value)) {
    error(expression.range, quoted(textOf(expression)) + " is no integer, but stands where " +
                                spell(element).str() + " is expected")
        .withHint("`f32(...)` makes an integer value an f32");
    return false;
  }
  const double limit = isFloat ? 0x1.ffffffp127 : element == Element::I64 ? 0x1p63 : 0x1p31;
  if (std::abs(value) >= limit) {
    error(expression.range,
          quoted(textOf(expression)) + " is too large for " + spell(element).str());
    return false;
  }
  return true;
}

bool DeclarationChecker::adaptOperands(BinaryExpression &binary, Element element) {
  if (element == Element::F32 && binary.op == BinaryOperator::Modulo) {
    error(binary.range, "`%` needs integers, but stands where f32 is expected")
        .withHint("write `f32(" + textOf(binary) + ")`");
    return false;
  }
  if (element != Element::F32) {
    if (binary.op == BinaryOperator::Power) {
      error(binary.range, "`^` needs f32, found " + spell(element).str())
          .withHint("convert the other operand with `f32(...)`");
      return false;
    }
    if (binary.op == BinaryOperator::Divide && !checkSize(binary))
      return false; // of integers, only what comes out whole is the same as the division of numbers
  }
  return adapt(*binary.left, element) && adapt(*binary.right, element);
}

/// Gives a number expression an element type. Expressions that have one are left alone.
bool DeclarationChecker::adapt(Expression &expression, Element element) {
  if (expression.type.element != Element::Number || element == Element::Number)
    return true;
  if (element == Element::Bool || element == Element::Invalid) {
    if (element == Element::Bool)
      error(expression.range, quoted(textOf(expression)) + " is a number where bool is expected");
    return element == Element::Invalid;
  }
  bool isValid = true;
  if (auto *unary = llvm::dyn_cast<UnaryExpression>(&expression)) {
    isValid = adapt(*unary->operand, element);
  } else if (auto *binary = llvm::dyn_cast<BinaryExpression>(&expression)) {
    isValid = adaptOperands(*binary, element);
  } else if (auto *choice = llvm::dyn_cast<IfExpression>(&expression)) {
    isValid = adapt(*choice->thenValue, element) && adapt(*choice->elseValue, element);
  } else {
    isValid = adaptLeaf(expression, element);
  }
  expression.type.element = isValid ? element : Element::Invalid;
  return isValid;
}

//===----------------------------------------------------------------------===//
// Elementwise operators
//===----------------------------------------------------------------------===//

/// The element type that two operands have in common; Invalid when reported or when one of them is.
Element DeclarationChecker::agree(const Expression &whole, Expression &left, Expression &right) {
  if (left.type.isInvalid() || right.type.isInvalid())
    return Element::Invalid;
  Element element = left.type.element == Element::Number ? right.type.element : left.type.element;
  if (!adapt(left, element) || !adapt(right, element))
    return Element::Invalid;
  if (left.type.element == right.type.element)
    return element;
  Diagnostic &message =
      error(whole.range, quoted(textOf(whole)) + " mixes " + spell(left.type.element).str() +
                             " and " + spell(right.type.element).str());
  noteOperand(message, left);
  noteOperand(message, right);
  // Of two element types, the one that converts into the other without loss is converted.
  auto rank = [](Element kind) {
    return kind == Element::F32 ? 3 : kind == Element::I64 ? 2 : kind == Element::I32 ? 1 : 0;
  };
  const Expression &narrow = rank(left.type.element) < rank(right.type.element) ? left : right;
  const Element wide = &narrow == &left ? right.type.element : left.type.element;
  std::string text = textOf(narrow);
  if (narrow.type.element == Element::Token && wide != Element::I32)
    text = "i32(" + text + ")";
  message.withHint("write `" + spell(wide) + "(" + text + ")`");
  return Element::Invalid;
}

bool DeclarationChecker::isArithmetic(const Expression &whole, llvm::StringRef spelling,
                                      Element element) {
  if (element == Element::Token) {
    error(whole.range,
          "tokens can be compared and looked up; " + quoted(spelling) + " is not defined for them")
        .withHint("`i32(...)` makes a token an integer");
    return false;
  }
  if (element == Element::Bool) {
    error(whole.range, quoted(spelling) + " needs numbers, found bool");
    return false;
  }
  return true;
}

Type DeclarationChecker::elementwise(const Expression &whole, Expression &left, Expression &right,
                                     Element element) {
  auto shape = broadcast(left.type.dims, right.type.dims);
  if (shape)
    return {element, std::move(*shape)};
  Diagnostic &message =
      error(whole.range, "shapes do not fit: " + quoted(textOf(whole)) + " combines " +
                             left.type.str() + " and " + right.type.str());
  noteOperand(message, left);
  noteOperand(message, right);
  for (auto [weight, other] : {std::pair(&left, &right), std::pair(&right, &left)})
    if (weight->type.rank() == other->type.rank() && isWeight(*weight))
      message.withHint("did you mean `weight " + textOf(*weight) + ": " + other->type.str() + "`?");
  return Type::invalid();
}

Type DeclarationChecker::typeOfUnary(UnaryExpression &unary) {
  Type type = checkExpression(*unary.operand);
  if (type.isInvalid())
    return type;
  if (unary.op == UnaryOperator::Negate)
    return isArithmetic(unary, "-", type.element) ? type : Type::invalid();
  if (type.element == Element::Bool)
    return type;
  error(unary.range, "`not` needs bool, found " + type.str());
  return Type::invalid();
}

Type DeclarationChecker::typeOfBinary(BinaryExpression &binary) {
  using Op = BinaryOperator;
  if (binary.op == Op::MatMul || binary.op == Op::Contract)
    return typeOfProduct(binary);
  checkExpression(*binary.left);
  checkExpression(*binary.right);
  Element element = agree(binary, *binary.left, *binary.right);
  if (element == Element::Invalid)
    return Type::invalid();
  const llvm::StringRef spelling = spell(binary.op);
  if (binary.op == Op::And || binary.op == Op::Or) {
    if (element == Element::Bool)
      return elementwise(binary, *binary.left, *binary.right, Element::Bool);
    error(binary.range, quoted(spelling) + " needs bool, found " + spell(element).str());
    return Type::invalid();
  }
  const bool isComparison = binary.op >= Op::Equal && binary.op <= Op::GreaterEqual;
  if (!isComparison) {
    if (!isArithmetic(binary, spelling, element))
      return Type::invalid();
    if (binary.op == Op::Power && element != Element::F32 && element != Element::Number) {
      error(binary.range, "`^` needs f32, found " + spell(element).str())
          .withHint("convert with `f32(...)`");
      return Type::invalid();
    }
    if (binary.op == Op::Modulo && element == Element::F32) {
      error(binary.range, "`%` needs integers, found f32").withHint("convert with `i32(...)`");
      return Type::invalid();
    }
    return elementwise(binary, *binary.left, *binary.right, element);
  }
  if (element == Element::Bool && binary.op != Op::Equal && binary.op != Op::NotEqual) {
    error(binary.range, quoted(spelling) + " needs numbers, found bool");
    return Type::invalid();
  }
  if (!adapt(*binary.left, Element::F32) || !adapt(*binary.right, Element::F32))
    return Type::invalid();
  return elementwise(binary, *binary.left, *binary.right, Element::Bool);
}

Type DeclarationChecker::typeOfIf(IfExpression &choice) {
  Type condition = checkExpression(*choice.condition);
  checkExpression(*choice.thenValue);
  checkExpression(*choice.elseValue);
  Element element = agree(choice, *choice.thenValue, *choice.elseValue);
  if (!condition.isInvalid() && condition.element != Element::Bool) {
    error(choice.condition->range, "a condition needs bool, found " + condition.str());
    return Type::invalid();
  }
  if (condition.isInvalid() || element == Element::Invalid)
    return Type::invalid();
  if (element == Element::Number && condition.rank() != 0) {
    element = Element::F32; // numbers are scalars
    if (!adapt(*choice.thenValue, element) || !adapt(*choice.elseValue, element))
      return Type::invalid();
  }
  Type values = elementwise(choice, *choice.thenValue, *choice.elseValue, element);
  if (values.isInvalid())
    return values;
  auto shape = broadcast(condition.dims, values.dims);
  if (shape)
    return {element, std::move(*shape)};
  Diagnostic &message =
      error(choice.range, "shapes do not fit: the condition is " + condition.str() +
                              " and the values are " + values.str());
  noteOperand(message, *choice.condition);
  return Type::invalid();
}
