//===- SyntaxPrinter.cpp - Syntax tree to text ---------------------*- C++ -*-===//
//
// Canonical text: every tree has one spelling, and reading it gives the tree again.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/SyntaxPrinter.h"
#include "gatefold/Language/Lexer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include <charconv>
#include <functional>
#include <tuple>

using namespace gatefold;

namespace {

/// How tight an expression binds, loosest first.
enum Precedence { If, Or, And, Not, Comparison, Sum, Product, Contraction, Sign, Power, Postfix };

/// Prints the nodes of a tree to one stream.
class Printer {
public:
  explicit Printer(llvm::raw_ostream &os) : os(os) {}

  void print(const ConstantDeclaration &constant);
  void print(const Declaration &declaration);
  void print(const BindingDeclaration &binding);
  void print(const TypeSyntax &type);
  /// Prints `expression`, in parentheses if it binds looser than `loosest`.
  void print(const Expression &expression, Precedence loosest = If);

private:
  void printName(const Name &name) { os << name.text << (name.primed ? "'" : ""); }
  void printDocumentation(llvm::StringRef text);
  void printHeader(const Declaration &declaration);
  void printParameters(const std::vector<Parameter> &parameters);
  void printResults(const std::vector<ResultSyntax> &results);
  void print(const BindingLine &line);
  void printDefault(std::optional<int64_t> value);

  void print(const Statement &statement);
  void print(const AssignStatement &statement);
  void print(const LoadClause &load);

  void printBare(const Expression &expression);
  void print(const NumberExpression &number);
  void print(const BinaryExpression &binary);
  void print(const IndexExpression &index);
  void print(const CallExpression &call);
  void print(const ScanExpression &scan);
  void print(const MemberExpression &member);
  void print(const std::vector<NamedArgument> &named);

  /// Prints the elements of `list` with commas between them.
  template <typename List, typename Print>
  void printList(const List &list, Print printElement) {
    llvm::interleave(list, os, printElement, ", ");
  }
  void printNames(const std::vector<Name> &names) {
    printList(names, [&](const Name &name) { printName(name); });
  }
  void printExpressions(const std::vector<ExpressionPtr> &expressions) {
    printList(expressions, [&](const ExpressionPtr &e) { print(*e); });
  }

  llvm::raw_ostream &os;
};

} // namespace

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

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
  case Expression::Kind::Index:
    return print(llvm::cast<IndexExpression>(expression));
  case Expression::Kind::Member:
    return print(llvm::cast<MemberExpression>(expression));
  case Expression::Kind::Call:
    return print(llvm::cast<CallExpression>(expression));
  case Expression::Kind::Scan:
    return print(llvm::cast<ScanExpression>(expression));
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

void Printer::print(const ScanExpression &scan) {
  os << "scan " << (scan.reverse ? "reverse " : "");
  printName(scan.callee);
  os << '(';
  printExpressions(scan.sequences);
  if (!scan.fixed.empty()) {
    os << "; ";
    printExpressions(scan.fixed);
  }
  os << ')';
  if (scan.initial.empty())
    return;
  os << " from (";
  printList(scan.initial, [&](const InitialMemory &memory) {
    llvm::interleave(memory.path, os, [&](const Name &name) { printName(name); }, ".");
    os << " = ";
    print(*memory.value);
  });
  os << ')';
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

void Printer::print(const Statement &statement) {
  os << "  ";
  switch (statement.getKind()) {
  case Statement::Kind::Weight: {
    auto &weight = llvm::cast<WeightStatement>(statement);
    os << "weight ";
    printNames(weight.names);
    os << ": ";
    print(weight.type);
    break;
  }
  case Statement::Kind::State: {
    auto &state = llvm::cast<StateStatement>(statement);
    os << "state ";
    printNames(state.names);
    os << ": ";
    print(state.type);
    os << " = ";
    print(*state.initial);
    break;
  }
  case Statement::Kind::Assign:
    print(llvm::cast<AssignStatement>(statement));
    break;
  case Statement::Kind::Next: {
    auto &next = llvm::cast<NextStatement>(statement);
    printName(next.name);
    os << " = ";
    print(*next.value);
    break;
  }
  case Statement::Kind::Require: {
    auto &require = llvm::cast<RequireStatement>(statement);
    os << "require ";
    print(*require.left, Sum);
    os << ' ' << spell(require.relation) << ' ';
    print(*require.right, Sum);
    break;
  }
  case Statement::Kind::Ignore:
    os << "ignore ";
    printList(llvm::cast<IgnoreStatement>(statement).names,
              [&](const std::string &name) { os << quote(name); });
    break;
  case Statement::Kind::Return:
    os << "return ";
    printExpressions(llvm::cast<ReturnStatement>(statement).values);
    break;
  }
  os << '\n';
}

void Printer::print(const AssignStatement &statement) {
  printNames(statement.names);
  os << " = ";
  print(*statement.value);
  if (statement.load)
    print(*statement.load);
}

void Printer::print(const LoadClause &load) {
  os << " load ";
  printName(load.binding);
  if (!load.arguments.empty()) {
    os << '(';
    print(load.arguments);
    os << ')';
  }
  if (load.prefix)
    os << " from " << quote(*load.prefix);
}

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

void Printer::printDocumentation(llvm::StringRef text) {
  while (!text.empty()) {
    llvm::StringRef line;
    std::tie(line, text) = text.split('\n');
    os << (line.empty() ? "///" : "/// ") << line << '\n';
  }
}

void Printer::print(const TypeSyntax &type) {
  if (type.element)
    printName(*type.element);
  if (type.dims.empty())
    return;
  os << '[';
  printExpressions(type.dims);
  os << ']';
}

void Printer::printDefault(std::optional<int64_t> value) {
  if (value)
    os << " = " << *value;
}

void Printer::print(const ConstantDeclaration &constant) {
  printDocumentation(constant.documentation);
  os << "const ";
  printName(constant.name);
  os << " = ";
  print(*constant.value);
  os << '\n';
}

void Printer::print(const Declaration &declaration) {
  printDocumentation(declaration.documentation);
  printHeader(declaration);
  os << " {\n";
  for (const StatementPtr &statement : declaration.body)
    print(*statement);
  os << "}\n";
}

void Printer::printHeader(const Declaration &declaration) {
  os << spell(declaration.kind) << ' ';
  printName(declaration.name);
  if (!declaration.dimParameters.empty()) {
    os << '[';
    printList(declaration.dimParameters, [&](const DimParameter &dim) {
      printName(dim.name);
      printDefault(dim.defaultValue);
    });
    os << ']';
  }
  printParameters(declaration.parameters);
  printResults(declaration.results);
}

void Printer::printParameters(const std::vector<Parameter> &parameters) {
  os << '(';
  bool first = true, fixed = false;
  for (const Parameter &parameter : parameters) {
    if (parameter.fixed && !fixed)
      os << "; ";
    else if (!first)
      os << ", ";
    first = false;
    fixed = parameter.fixed;
    printName(parameter.name);
    os << ": ";
    print(parameter.type);
    if (parameter.defaultValue) {
      os << " = ";
      print(*parameter.defaultValue);
    }
  }
  os << ')';
}

void Printer::printResults(const std::vector<ResultSyntax> &results) {
  bool named = !results.empty() && results.front().name;
  os << " -> " << (named ? "(" : "");
  printList(results, [&](const ResultSyntax &result) {
    if (result.name) {
      printName(*result.name);
      os << ": ";
    }
    print(result.type);
  });
  os << (named ? ")" : "");
}

void Printer::print(const BindingDeclaration &binding) {
  printDocumentation(binding.documentation);
  os << "binding ";
  printName(binding.name);
  if (!binding.parameters.empty()) {
    os << '(';
    printList(binding.parameters, [&](const BindingDeclaration::BindingParameter &parameter) {
      printName(parameter.name);
      printDefault(parameter.defaultValue);
    });
    os << ')';
  }
  os << " for ";
  printName(binding.target);
  os << " {\n";
  for (const BindingLine &line : binding.lines)
    print(line);
  os << "}\n";
}

void Printer::print(const BindingLine &line) {
  os << "  ";
  bool packed = line.packing != BindingLine::Packing::None;
  if (packed)
    os << (line.packing == BindingLine::Packing::Rows ? "rows(" : "columns(");
  printNames(line.weights);
  os << (packed ? ") = " : " = ");
  print(*line.value);
  os << '\n';
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

namespace {
/// A declaration of any sort, its place in the text, and whether a blank line sets it apart.
struct Item {
  std::tuple<unsigned, const char *> place;
  bool compact;
  std::function<void()> print;
};
} // namespace

void gatefold::printSyntax(llvm::raw_ostream &os, const SourceFile &file,
                           const llvm::SourceMgr &sources, bool withLibrary) {
  Printer printer(os);
  std::vector<Item> items;
  auto add = [&](const auto &declaration, bool compact) {
    if (declaration.fromLibrary && !withLibrary)
      return;
    llvm::SMLoc start = declaration.range.Start;
    items.push_back({{sources.FindBufferContainingLoc(start), start.getPointer()}, compact, [&] {
                       printer.print(declaration);
                     }});
  };
  for (const auto &constant : file.constants)
    add(*constant, constant->documentation.empty());
  for (const auto &declaration : file.declarations)
    add(*declaration, false);
  for (const auto &binding : file.bindings)
    add(*binding, false);
  llvm::sort(items, [](const Item &a, const Item &b) { return a.place < b.place; });

  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0 && !(items[i].compact && items[i - 1].compact))
      os << '\n';
    items[i].print();
  }
}

template <typename Node>
static std::string printToString(const Node &node) {
  std::string text;
  llvm::raw_string_ostream os(text);
  Printer(os).print(node);
  return text;
}

std::string gatefold::toText(const Expression &expression) { return printToString(expression); }
std::string gatefold::toText(const TypeSyntax &type) { return printToString(type); }
