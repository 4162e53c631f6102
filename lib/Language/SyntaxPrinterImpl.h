//===- SyntaxPrinterImpl.h - Prints the nodes of a tree ---------*- C++ -*-===//
//
// The printer's functions, one for each node. They lie in two files: SyntaxPrinterExpressions.cpp,
// and SyntaxPrinter.cpp with all that stands around expressions.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_SYNTAXPRINTERIMPL_H
#define GATEFOLD_LIB_LANGUAGE_SYNTAXPRINTERIMPL_H

#include "gatefold/Language/SyntaxPrinter.h"
#include "llvm/ADT/STLExtras.h"

namespace gatefold::printing {

/// How tight an expression binds, loosest first.
enum Precedence { If, Or, And, Not, Comparison, Sum, Product, Contraction, Sign, Power, Postfix };

/// Prints the nodes of a tree to one stream.
class Printer {
public:
  explicit Printer(llvm::raw_ostream &os) : os(os) {}

  void print(const ImportDeclaration &import);
  void print(const VocabularyDeclaration &vocabulary);
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

  void print(const Statement &statement, unsigned depth = 1);
  void printBody(const std::vector<StatementPtr> &body, unsigned depth);
  void print(const WeightStatement &statement);
  void print(const StateStatement &statement);
  void print(const WindowStatement &statement);
  void print(const HistoryStatement &statement);
  void print(const NextStatement &statement);
  void print(const RequireStatement &statement);
  void print(const WhenStatement &statement, unsigned depth);
  void print(const ForStatement &statement, unsigned depth);
  void print(const AssignStatement &statement);
  void print(const LoadClause &load);

  void printBare(const Expression &expression);
  void print(const NumberExpression &number);
  void print(const BinaryExpression &binary);
  void print(const IndexExpression &index);
  void print(const CallExpression &call);
  void print(const ComprehensionExpression &comprehension);
  void print(const ScanExpression &scan);
  void print(const GenerateExpression &generate);
  void printFixed(const std::vector<ExpressionPtr> &fixed);
  void print(const std::vector<InitialMemory> &initial);
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

} // namespace gatefold::printing

#endif // GATEFOLD_LIB_LANGUAGE_SYNTAXPRINTERIMPL_H
