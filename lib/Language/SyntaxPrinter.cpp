//===- SyntaxPrinter.cpp - Syntax tree to text ---------------------*- C++ -*-===//
//
// Canonical text: every tree has one spelling, and reading it gives the tree again.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/SyntaxPrinter.h"
#include "SyntaxPrinterImpl.h"
#include "gatefold/Language/Lexer.h"
#include <functional>
#include <tuple>

using namespace gatefold;
using namespace gatefold::printing;

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

void Printer::print(const Statement &statement, unsigned depth) {
  os.indent(2 * depth);
  switch (statement.getKind()) {
  case Statement::Kind::Weight:
    print(llvm::cast<WeightStatement>(statement));
    break;
  case Statement::Kind::State:
    print(llvm::cast<StateStatement>(statement));
    break;
  case Statement::Kind::Window:
    print(llvm::cast<WindowStatement>(statement));
    break;
  case Statement::Kind::History:
    print(llvm::cast<HistoryStatement>(statement));
    break;
  case Statement::Kind::Assign:
    print(llvm::cast<AssignStatement>(statement));
    break;
  case Statement::Kind::Next:
    print(llvm::cast<NextStatement>(statement));
    break;
  case Statement::Kind::Require:
    print(llvm::cast<RequireStatement>(statement));
    break;
  case Statement::Kind::Ignore:
    os << "ignore ";
    printList(llvm::cast<IgnoreStatement>(statement).names,
              [&](const std::string &name) { os << quote(name); });
    break;
  case Statement::Kind::When:
    print(llvm::cast<WhenStatement>(statement), depth);
    break;
  case Statement::Kind::For:
    print(llvm::cast<ForStatement>(statement), depth);
    break;
  case Statement::Kind::Return:
    os << "return ";
    printExpressions(llvm::cast<ReturnStatement>(statement).values);
    break;
  }
  os << '\n';
}

void Printer::printBody(const std::vector<StatementPtr> &body, unsigned depth) {
  os << " {\n";
  for (const StatementPtr &statement : body)
    print(*statement, depth + 1);
  os.indent(2 * depth) << '}';
}

void Printer::print(const WeightStatement &statement) {
  os << "weight ";
  printNames(statement.names);
  os << ": ";
  print(statement.type);
}

void Printer::print(const StateStatement &statement) {
  os << "state ";
  printNames(statement.names);
  os << ": ";
  print(statement.type);
  os << " = ";
  print(*statement.initial);
  if (!statement.back)
    return;
  os << " back ";
  print(*statement.back, Sum);
}

void Printer::print(const WindowStatement &statement) {
  os << "window ";
  printName(statement.name);
  os << '[';
  print(*statement.size, Sum);
  os << "] = ";
  print(*statement.value);
  if (!statement.pad)
    return;
  os << " pad ";
  print(*statement.pad);
}

void Printer::print(const HistoryStatement &statement) {
  os << "history ";
  printName(statement.name);
  os << " = ";
  print(*statement.value);
  if (!statement.keep)
    return;
  os << " keep ";
  print(*statement.keep, Sum);
}

void Printer::print(const NextStatement &statement) {
  printName(statement.name);
  os << " = ";
  print(*statement.value);
}

void Printer::print(const RequireStatement &statement) {
  os << "require ";
  print(*statement.left, Sum);
  os << ' ' << spell(statement.relation) << ' ';
  print(*statement.right, Sum);
}

void Printer::print(const WhenStatement &statement, unsigned depth) {
  os << "when ";
  print(*statement.condition);
  printBody(statement.body, depth);
}

void Printer::print(const ForStatement &statement, unsigned depth) {
  os << "for ";
  printName(statement.variable);
  os << " in ";
  print(*statement.over);
  printBody(statement.body, depth);
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
  if (!type.dims.empty()) {
    os << '[';
    printExpressions(type.dims);
    os << ']';
  }
  if (!type.vocabulary)
    return;
  os << " of ";
  printName(*type.vocabulary);
}

void Printer::printDefault(std::optional<int64_t> value) {
  if (value)
    os << " = " << *value;
}

void Printer::print(const ImportDeclaration &import) {
  os << "import " << quote(import.path) << '\n';
}

void Printer::print(const VocabularyDeclaration &vocabulary) {
  printDocumentation(vocabulary.documentation);
  os << "vocabulary ";
  printName(vocabulary.name);
  os << " = " << spell(vocabulary.kind) << '(';
  printList(vocabulary.arguments,
            [&](const VocabularyDeclaration::Argument &argument) { os << quote(argument.text); });
  os << ")\n";
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
  printBody(declaration.body, 0);
  os << '\n';
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
  for (const ImportDeclaration &import : file.imports) {
    llvm::SMLoc start = import.range.Start;
    items.push_back({{sources.FindBufferContainingLoc(start), start.getPointer()}, true, [&] {
                       printer.print(import);
                     }});
  }
  for (const auto &constant : file.constants)
    add(*constant, constant->documentation.empty());
  for (const auto &declaration : file.declarations)
    add(*declaration, false);
  for (const auto &binding : file.bindings)
    add(*binding, false);
  for (const auto &vocabulary : file.vocabularies)
    add(*vocabulary, vocabulary->documentation.empty());
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
