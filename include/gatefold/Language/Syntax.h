//===- Syntax.h - The syntax tree ---------------------------------*- C++ -*-===//
//
// What the parser builds: a tree that mirrors the text, every node with its range. The fields under
// "set by the checker" are empty after parsing; on a tree that was checked without errors they are
// complete, and the lowering to the dialect needs nothing else.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_SYNTAX_H
#define GATEFOLD_LANGUAGE_SYNTAX_H

#include "gatefold/Language/SyntaxStatements.h"
#include <set>

namespace gatefold {

/// `H` or `K = 3` between the brackets after a declaration's name.
struct DimParameter {
  Name name;
  std::optional<int64_t> defaultValue;
};

/// `x: [I]`, `epsilon: f32 = 1e-5`. In a cell, parameters after `;` are the same at every step.
struct Parameter {
  Name name;
  TypeSyntax type;
  ExpressionPtr defaultValue; ///< may be null
  bool fixed = false;
  const Symbol *symbol = nullptr; ///< set by the checker
};

/// `[H]` or `logits: [V]` behind `->`.
struct ResultSyntax {
  std::optional<Name> name;
  TypeSyntax type;
  Type resolved;            ///< set by the checker
  std::optional<Dim> bound; ///< set by the checker: `N` of `token[<= N]`
};

/// A size that the text writes as a division, which has to come out whole for every instance: `D /
/// N`.
struct ExactDivision {
  SourceRange range;
  Dim quotient;
};

/// A `fn`, `layer`, `cell` or `model`.
class Declaration {
public:
  enum class Kind { Function, Layer, Cell, Model };

  Kind kind;
  Name name;
  SourceRange range;         ///< from the keyword to the closing brace
  std::string documentation; ///< the text of the `///` lines above
  std::vector<DimParameter> dimParameters;
  std::vector<Parameter> parameters;
  std::vector<ResultSyntax> results;
  std::vector<StatementPtr> body;
  bool fromLibrary = false;
  bool isImported = false; ///< from another file than the one that is asked for

  /// Set by the checker.
  std::vector<std::string> freeDims; ///< names that only parameters mention, in order of appearance
  std::vector<std::unique_ptr<Symbol>> symbols;
  std::vector<ExactDivision> divisions;
  bool isValid = false;      ///< checked without errors
  bool countsSteps = false;  ///< a cell that needs the number of the step, or has one that does
  bool remembersAll = false; ///< a cell with a history, or with a cell that has one
};

/// "cell", "model", ...
llvm::StringRef spell(Declaration::Kind kind);

/// `const pi = 3.14159`
struct ConstantDeclaration {
  Name name;
  SourceRange range;
  std::string documentation; ///< the text of the `///` lines above
  ExpressionPtr value;
  std::unique_ptr<Symbol> symbol; ///< set by the checker
  bool fromLibrary = false;
};

/// One line of a binding: `rows(W_i, W_f) = transpose("kernel")`, `W = "weight"`.
struct BindingLine {
  enum class Packing {
    None,    ///< one weight is the whole value
    Rows,    ///< the weights lie below each other along the first axis
    Columns, ///< beside each other along the last axis
  };
  Packing packing = Packing::None;
  SourceRange range;
  std::vector<Name> weights;
  /// Names in quotes with `{parameter}`, + - * / with numbers and dimensions, transpose(e), f32(e),
  /// e[...].
  ExpressionPtr value;
};

/// `binding torch(layer = 0) for Lstm { ... }`
class BindingDeclaration {
public:
  Name name;
  SourceRange range;
  std::string documentation;
  struct BindingParameter {
    Name name;
    std::optional<int64_t> defaultValue;
  };
  std::vector<BindingParameter> parameters;
  Name target;
  std::vector<BindingLine> lines;
  bool fromLibrary = false;
  const Declaration *declaration = nullptr; ///< set by the checker: the layer or cell
};

/// `vocabulary letters = characters("abc")`: what the tokens of texts are.
struct VocabularyDeclaration {
  enum class Kind {
    Characters, ///< each character of the only argument
    Bytes,      ///< no argument
    List,       ///< the path of a file with one token a line, or two tokens and more
    Pieces,     ///< the path of a file with byte-pair pieces and their scores
  };
  /// A text in quotes.
  struct Argument {
    std::string text; ///< without the quotes
    SourceRange range;
  };
  Name name;
  SourceRange range;
  std::string documentation; ///< the text of the `///` lines above
  Kind kind = Kind::Bytes;
  SourceRange kindRange;
  std::vector<Argument> arguments; ///< as many as the kind takes
  bool fromLibrary = false;
};

/// "characters", "bytes", ...
llvm::StringRef spell(VocabularyDeclaration::Kind kind);

/// `import "norms.fold"`
struct ImportDeclaration {
  SourceRange range;
  std::string path; ///< without the quotes, as written
  SourceRange pathRange;
};

/// A parsed file, or several read as one (the library first).
struct SourceFile {
  std::vector<ImportDeclaration> imports; ///< of all texts, in order
  std::vector<std::unique_ptr<ConstantDeclaration>> constants;
  std::vector<std::unique_ptr<Declaration>> declarations;
  std::vector<std::unique_ptr<BindingDeclaration>> bindings;
  std::vector<std::unique_ptr<VocabularyDeclaration>> vocabularies;

  /// False if some of the text could not be read; what is above is then the rest.
  bool isWhole = true;
  /// The names of declarations that could not be read.
  std::set<std::string> unreadNames;
  /// Whether the name of such a declaration could not be read either.
  bool hasNamelessUnread = false;
  /// What could be read of functions, layers, cells and models with errors, those with a name. Only
  /// tools look at it that help with unfinished texts.
  std::vector<std::unique_ptr<Declaration>> unread;
};

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_SYNTAX_H
