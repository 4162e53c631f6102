//===- SyntaxPrinterExpressions.cpp - Expressions to text -------*- C++ -*-===//
//
// Expressions as canonical text, with the parentheses that precedence needs.
//
//===----------------------------------------------------------------------===//

#include "SyntaxPrinterImpl.h"
#include "gatefold/Language/Lexer.h"
#include <charconv>

using namespace gatefold;
using namespace gatefold::printing;

static Precedence precedenceOf(BinaryOperator op) {
  switch (op) {
  case BinaryOperator::Or:
    return Or;
  case BinaryOperator::And:
    return And;
  case BinaryOperator::Equal:
  case BinaryOperator::NotEqual:
  case BinaryOperator::Less:
  case BinaryOperator::LessEqual:
  case BinaryOperator::Greater:
  case BinaryOperator::GreaterEqual:
    return Comparison;
  case BinaryOperator::Add:
  case BinaryOperator::Subtract:
    return Sum;
  case BinaryOperator::Multiply:
  case BinaryOperator::Divide:
  case BinaryOperator::Modulo:
    return Product;
  case BinaryOperator::MatMul:
  case BinaryOperator::Contract:
    return Contraction;
  case BinaryOperator::Power:
    return Power;
  }
  llvm_unreachable("every operator has a precedence");
}

static Precedence precedenceOf(const Expression &expression) {
  if (auto *binary = llvm::dyn_cast<BinaryExpression>(&expression))
    return precedenceOf(binary->op);
  if (auto *unary = llvm::dyn_cast<UnaryExpression>(&expression))
    return unary->op == UnaryOperator::Not ? Not : Sign;
  return llvm::isa<IfExpression>(expression) ? If : Postfix;
}

void Printer::print(const Expression &expression, Precedence loosest) {
  bool parentheses = precedenceOf(expression) < loosest;
  if (parentheses)
    os << '(';
  printBare(expression);
  if (parentheses)
    os << ')';
}

void Printer::printBare(const Expression &expression) {
  switch (expression.getKind()) {
  case Expression::Kind::Number:
    return print(llvm::cast<NumberExpression>(expression));
  case Expression::Kind::Boolean:
    os << (llvm::cast<BooleanExpression>(expression).value ? "true" : "false");
    return;
  case Expression::Kind::String:
    os << quote(llvm::cast<StringExpression>(expression).value);
    return;
  case Expression::Kind::Name:
    return printName(llvm::cast<NameExpression>(expression).name);
  case Expression::Kind::Position:
    os << "position";
    return;
  case Expression::Kind::Unary: {
    auto &unary = llvm::cast<UnaryExpression>(expression);
    os << (unary.op == UnaryOperator::Not ? "not " : "-");
    return print(*unary.operand, precedenceOf(unary));
  }
  case Expression::Kind::Binary:
    return print(llvm::cast<BinaryExpression>(expression));
  case Expression::Kind::If: {
    auto &choice = llvm::cast<IfExpression>(expression);
    os << "if ";
    print(*choice.condition, Or);
    os << " then ";
    print(*choice.thenValue, Or);
    os << " else ";
    return print(*choice.elseValue);
  }
  case Expression::Kind::Bound:
    os << "<= ";
    return print(*llvm::cast<BoundExpression>(expression).limit, Sum);
  case Expression::Kind::Tuple:
    os << '(';
    printExpressions(llvm::cast<TupleExpression>(expression).elements);
    os << ')';
    return;
  case Expression::Kind::Index:
    return print(llvm::cast<IndexExpression>(expression));
  case Expression::Kind::Member:
    return print(llvm::cast<MemberExpression>(expression));
  case Expression::Kind::Call:
    return print(llvm::cast<CallExpression>(expression));
  case Expression::Kind::Comprehension:
    return print(llvm::cast<ComprehensionExpression>(expression));
  case Expression::Kind::Scan:
    return print(llvm::cast<ScanExpression>(expression));
  case Expression::Kind::Generate:
    return print(llvm::cast<GenerateExpression>(expression));
  }
}

void Printer::print(const NumberExpression &number) {
  if (number.isInteger) {
    os << static_cast<int64_t>(number.value);
    return;
  }
  // The shortest digits that read back as the same value.
  char digits[32];
  auto [end, failure] = std::to_chars(digits, digits + sizeof(digits), number.value);
  llvm::StringRef text(digits, end - digits);
  os << text;
  if (text.find_first_of(".e") == llvm::StringRef::npos)
    os << ".0";
}

void Printer::print(const BinaryExpression &binary) {
  Precedence own = precedenceOf(binary.op);
  auto tighter = static_cast<Precedence>(own + 1);
  bool isPower = binary.op == BinaryOperator::Power;
  // Operators group to the left, comparisons not at all; a power takes a sign or a power to its
  // right.
  print(*binary.left, isPower || own == Comparison ? tighter : own);
  os << ' ' << spell(binary.op) << ' ';
  print(*binary.right, isPower ? Sign : tighter);
}

void Printer::print(const IndexExpression &index) {
  print(*index.base, Postfix);
  os << '[';
  printList(index.items, [&](const IndexItem &item) {
    if (item.kind == IndexItem::Kind::NewAxis) {
      os << "new";
      return;
    }
    if (item.first)
      print(*item.first);
    if (item.kind == IndexItem::Kind::Slice)
      os << ':';
    if (item.last)
      print(*item.last);
  });
  os << ']';
}

void Printer::print(const MemberExpression &member) {
  // A dot behind a number would be its point.
  bool parentheses = llvm::isa<NumberExpression>(member.base.get());
  os << (parentheses ? "(" : "");
  print(*member.base, Postfix);
  os << (parentheses ? ")." : ".");
  printName(member.member);
}

void Printer::print(const CallExpression &call) {
  print(*call.callee, Postfix);
  os << '(';
  printExpressions(call.arguments);
  if (!call.arguments.empty() && !call.named.empty())
    os << ", ";
  print(call.named);
  os << ')';
}

void Printer::print(const std::vector<NamedArgument> &named) {
  printList(named, [&](const NamedArgument &argument) {
    printName(argument.name);
    os << " = ";
    print(*argument.value);
  });
}

void Printer::print(const ComprehensionExpression &comprehension) {
  os << '[';
  print(*comprehension.element);
  os << " for ";
  printName(comprehension.variable);
  os << " in ";
  print(*comprehension.over);
  os << ']';
}

void Printer::printFixed(const std::vector<ExpressionPtr> &fixed) {
  if (fixed.empty())
    return;
  os << "; ";
  printExpressions(fixed);
}

void Printer::print(const std::vector<InitialMemory> &initial) {
  os << '(';
  printList(initial, [&](const InitialMemory &memory) {
    for (auto [i, name] : llvm::enumerate(memory.path)) {
      os << (i ? "." : "");
      printName(name);
      if (const ExpressionPtr &place = memory.places[i]) {
        os << '[';
        print(*place);
        os << ']';
      }
    }
    os << " = ";
    print(*memory.value);
  });
  os << ')';
}

void Printer::print(const ScanExpression &scan) {
  os << "scan " << (scan.reverse ? "reverse " : "");
  printName(scan.callee);
  os << '(';
  printExpressions(scan.sequences);
  printFixed(scan.fixed);
  os << ')';
  if (scan.initial.empty())
    return;
  os << " from ";
  print(scan.initial);
}

void Printer::print(const GenerateExpression &generate) {
  os << "generate ";
  printName(generate.callee);
  if (!generate.fixed.empty()) {
    os << '(';
    printFixed(generate.fixed);
    os << ')';
  }
  auto printClause = [&](llvm::StringRef word, const ExpressionPtr &value, Precedence loosest) {
    if (!value)
      return;
    os << ' ' << word << ' ';
    print(*value, loosest);
  };
  printClause("prompt", generate.prompt, If);
  printClause("from", generate.from, If);
  printClause("until", generate.until, If);
  printClause("limit", generate.limit, Sum);
  if (generate.starting.empty())
    return;
  os << " starting ";
  print(generate.starting);
}
