//===- SyntaxStatements.h - Statements of the syntax tree -------*- C++ -*-===//
//
// The lines of a body. The fields under "set by the checker" are empty after parsing; on a tree
// that was checked without errors they are complete.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_SYNTAXSTATEMENTS_H
#define GATEFOLD_LANGUAGE_SYNTAXSTATEMENTS_H

#include "gatefold/Language/SyntaxExpressions.h"
#include <map>

namespace gatefold {

struct VocabularyDeclaration; // Syntax.h

/// `[H, 2 * I]`, `token[T] of words`, `f32` as written.
struct TypeSyntax {
  // Said to be movable only, or vectors of what contains it would try to copy.
  TypeSyntax() = default;
  TypeSyntax(TypeSyntax &&) = default;
  TypeSyntax &operator=(TypeSyntax &&) = default;

  SourceRange range;
  std::optional<Name> element;     ///< absent: f32
  std::vector<ExpressionPtr> dims; ///< of a result also BoundExpressions
  std::optional<Name> vocabulary;  ///< behind `of`
  const VocabularyDeclaration *vocabularyDeclaration = nullptr; ///< set by the checker
};

class Statement {
public:
  enum class Kind {
    Weight,
    State,
    Window,
    History,
    Assign,
    Next,
    Require,
    Ignore,
    When,
    For,
    Return,
  };
  virtual ~Statement() = default;
  Kind getKind() const { return kind; }
  SourceRange range;

protected:
  Statement(Kind kind, SourceRange range) : range(range), kind(kind) {}

private:
  Kind kind;
};

using StatementPtr = std::unique_ptr<Statement>;

/// `weight W_i, W_f: [H, I]`
class WeightStatement : public Statement {
public:
  WeightStatement(SourceRange range, std::vector<Name> names, TypeSyntax type)
      : Statement(Kind::Weight, range), names(std::move(names)), type(std::move(type)) {}
  static bool classof(const Statement *s) { return s->getKind() == Kind::Weight; }
  std::vector<Name> names;
  TypeSyntax type;
  std::vector<const Symbol *> symbols; ///< set by the checker
};

/// `state h, c: [H] = 0`, `state h: [H] = 0 back 3`
class StateStatement : public Statement {
public:
  StateStatement(SourceRange range, std::vector<Name> names, TypeSyntax type, ExpressionPtr initial,
                 ExpressionPtr back)
      : Statement(Kind::State, range), names(std::move(names)), type(std::move(type)),
        initial(std::move(initial)), back(std::move(back)) {}
  static bool classof(const Statement *s) { return s->getKind() == Kind::State; }
  std::vector<Name> names;
  TypeSyntax type;
  ExpressionPtr initial;
  ExpressionPtr back; ///< how many steps are remembered, a new leading axis; may be null

  /// Set by the checker.
  std::vector<const Symbol *> symbols; ///< the State of each name
  Dim backSize;                        ///< with `back`: its size
};

/// `window w[k] = value pad p`: the value of the last k steps, this one included.
class WindowStatement : public Statement {
public:
  WindowStatement(SourceRange range, Name name, ExpressionPtr size, ExpressionPtr value,
                  ExpressionPtr pad)
      : Statement(Kind::Window, range), name(std::move(name)), size(std::move(size)),
        value(std::move(value)), pad(std::move(pad)) {}
  static bool classof(const Statement *s) { return s->getKind() == Kind::Window; }
  Name name;
  ExpressionPtr size;
  ExpressionPtr value;
  ExpressionPtr pad; ///< the value before the first step; may be null, then zeros

  /// Set by the checker.
  const Symbol *symbol = nullptr; ///< the name's
  const Symbol *memory = nullptr; ///< the State of the steps before this one; null for a size of 1
};

/// `history m = value keep n`: the value of every step so far, or of the last n.
class HistoryStatement : public Statement {
public:
  HistoryStatement(SourceRange range, Name name, ExpressionPtr value, ExpressionPtr keep)
      : Statement(Kind::History, range), name(std::move(name)), value(std::move(value)),
        keep(std::move(keep)) {}
  static bool classof(const Statement *s) { return s->getKind() == Kind::History; }
  Name name;
  ExpressionPtr value;
  ExpressionPtr keep; ///< the most steps that are kept; may be null, then all

  /// Set by the checker.
  const Symbol *symbol = nullptr; ///< the name's
  const Symbol *memory = nullptr; ///< the State that holds the steps
};

/// `load torch(layer = 1) from "encoder."` behind an instance.
struct LoadClause {
  SourceRange range;
  Name binding;
  std::vector<NamedArgument> arguments;
  std::optional<std::string>
      prefix; ///< without the quotes; absent: the instance's own path and a dot
  SourceRange prefixRange;
  const class BindingDeclaration *declaration = nullptr; ///< set by the checker
  /// Set by the checker: every parameter of the binding; behind an array of instances, `index` is
  /// the place in it.
  std::map<std::string, Dim> values;
};

/// `a, b = value`, `encoder = Lstm[256, 512] load torch from "encoder."`
class AssignStatement : public Statement {
public:
  AssignStatement(SourceRange range, std::vector<Name> names, ExpressionPtr value,
                  std::optional<LoadClause> load)
      : Statement(Kind::Assign, range), names(std::move(names)), value(std::move(value)),
        load(std::move(load)) {}
  static bool classof(const Statement *s) { return s->getKind() == Kind::Assign; }
  std::vector<Name> names;
  ExpressionPtr value;
  std::optional<LoadClause> load;
  /// Set by the checker: the symbol of each name. One Instance symbol when the statement makes an
  /// instance, and then `value` is only the spelling of declaration and dimensions. Several names
  /// take the results of a `scan` in order, the last of them its Memories when there is one name
  /// more than results.
  std::vector<const Symbol *> symbols;
};

/// `h' = value`
class NextStatement : public Statement {
public:
  NextStatement(SourceRange range, Name name, ExpressionPtr value)
      : Statement(Kind::Next, range), name(std::move(name)), value(std::move(value)) {}
  static bool classof(const Statement *s) { return s->getKind() == Kind::Next; }
  Name name;
  ExpressionPtr value;
  const Symbol *symbol = nullptr; ///< set by the checker: the NextState
};

/// `require D % N == 0`, `require D > 1`: a relation of dimensions, checked for each instance.
class RequireStatement : public Statement {
public:
  RequireStatement(SourceRange range, BinaryOperator relation, ExpressionPtr left,
                   ExpressionPtr right)
      : Statement(Kind::Require, range), relation(relation), left(std::move(left)),
        right(std::move(right)) {}
  static bool classof(const Statement *s) { return s->getKind() == Kind::Require; }
  BinaryOperator relation;
  ExpressionPtr left, right;
  /// Set by the checker. With `%` on the left side, `leftDim` is the dividend and `modulus` the
  /// divisor.
  Dim leftDim, rightDim;
  std::optional<Dim> modulus;
};

/// `ignore "tansig_table"`: tensors of the checkpoint that the model does not use; models only.
class IgnoreStatement : public Statement {
public:
  IgnoreStatement(SourceRange range, std::vector<std::string> names)
      : Statement(Kind::Ignore, range), names(std::move(names)) {}
  static bool classof(const Statement *s) { return s->getKind() == Kind::Ignore; }
  std::vector<std::string> names;
};

/// `when condition { ... }`: states assigned inside keep their old value where it is false.
class WhenStatement : public Statement {
public:
  WhenStatement(SourceRange range, ExpressionPtr condition, std::vector<StatementPtr> body)
      : Statement(Kind::When, range), condition(std::move(condition)), body(std::move(body)) {}
  static bool classof(const Statement *s) { return s->getKind() == Kind::When; }
  ExpressionPtr condition;
  std::vector<StatementPtr> body;
};

/// `for variable in over { ... }`: the statements for each index below a size, each part of a
/// value's leading axis, or each instance of an array.
class ForStatement : public Statement {
public:
  ForStatement(SourceRange range, Name variable, ExpressionPtr over, std::vector<StatementPtr> body)
      : Statement(Kind::For, range), variable(std::move(variable)), over(std::move(over)),
        body(std::move(body)) {}
  static bool classof(const Statement *s) { return s->getKind() == Kind::For; }
  Name variable;
  ExpressionPtr over; ///< a size, a value or an array of instances
  std::vector<StatementPtr> body;

  /// Set by the checker.
  const Symbol *symbol = nullptr; ///< the variable
  Dim count;                      ///< how often the statements run
};

/// `return y, z`; the last statement of a body.
class ReturnStatement : public Statement {
public:
  ReturnStatement(SourceRange range, std::vector<ExpressionPtr> values)
      : Statement(Kind::Return, range), values(std::move(values)) {}
  static bool classof(const Statement *s) { return s->getKind() == Kind::Return; }
  std::vector<ExpressionPtr> values;
};

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_SYNTAXSTATEMENTS_H
