//===- SyntaxExpressions.h - Expressions of the syntax tree -----*- C++ -*-===//
//
// What stands for values and sizes in a text. The fields under "set by the checker" are empty after
// parsing; on a tree that was checked without errors they are complete.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_SYNTAXEXPRESSIONS_H
#define GATEFOLD_LANGUAGE_SYNTAXEXPRESSIONS_H

#include "gatefold/Language/Symbol.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Casting.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatefold {

struct Builtin; // Builtins.h

/// A name with its place. `primed` marks the next value of a state: `h'`.
struct Name {
  std::string text;
  SourceRange range;
  bool primed = false;
};

class Expression {
public:
  enum class Kind {
    Number,
    Boolean,
    String,
    Name,
    Position,
    Unary,
    Binary,
    If,
    Bound,
    Tuple,
    Index,
    Member,
    Call,
    Comprehension,
    Scan,
    Generate,
  };

  virtual ~Expression() = default;
  Kind getKind() const { return kind; }

  SourceRange range;
  Type type; ///< set by the checker: core type, in the terms of the enclosing declaration

protected:
  Expression(Kind kind, SourceRange range) : range(range), kind(kind) {}

private:
  Kind kind;
};

using ExpressionPtr = std::unique_ptr<Expression>;

/// `3`, `0.5`, `1e-5`
class NumberExpression : public Expression {
public:
  NumberExpression(SourceRange range, double value, bool isInteger)
      : Expression(Kind::Number, range), value(value), isInteger(isInteger) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::Number; }
  double value;
  bool isInteger; ///< written without point and exponent, and below 2^53
};

/// `true`, `false`
class BooleanExpression : public Expression {
public:
  BooleanExpression(SourceRange range, bool value)
      : Expression(Kind::Boolean, range), value(value) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::Boolean; }
  bool value;
};

/// `"weight_ih_l{layer}"`: the name of a tensor in a checkpoint, in bindings only.
class StringExpression : public Expression {
public:
  StringExpression(SourceRange range, std::string value)
      : Expression(Kind::String, range), value(std::move(value)) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::String; }
  std::string value; ///< without the quotes
};

/// `h`, `h'`; also the size `history`
class NameExpression : public Expression {
public:
  NameExpression(SourceRange range, Name name)
      : Expression(Kind::Name, range), name(std::move(name)) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::Name; }
  Name name;
  const Symbol *symbol = nullptr; ///< set by the checker
};

/// `position`: the number of steps before this one.
class PositionExpression : public Expression {
public:
  explicit PositionExpression(SourceRange range) : Expression(Kind::Position, range) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::Position; }
};

enum class UnaryOperator { Negate, Not };

class UnaryExpression : public Expression {
public:
  UnaryExpression(SourceRange range, UnaryOperator op, ExpressionPtr operand)
      : Expression(Kind::Unary, range), op(op), operand(std::move(operand)) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::Unary; }
  UnaryOperator op;
  ExpressionPtr operand;
};

enum class BinaryOperator {
  Add,
  Subtract,
  Multiply,
  Divide,
  Power,
  Modulo,   ///< `a % b`; among sizes only as the last operator on the left side of a `require`
  MatMul,   ///< `a @ b`: last axis of a with the only axis, or the last but one, of b
  Contract, ///< `a . b`: the last axes of both
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  And,
  Or,
};

/// As written: "+", "@", "and".
llvm::StringRef spell(BinaryOperator op);

class BinaryExpression : public Expression {
public:
  BinaryExpression(SourceRange range, BinaryOperator op, SourceRange opRange, ExpressionPtr left,
                   ExpressionPtr right)
      : Expression(Kind::Binary, range), op(op), opRange(opRange), left(std::move(left)),
        right(std::move(right)) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::Binary; }
  BinaryOperator op;
  SourceRange opRange;
  ExpressionPtr left, right;
};

/// `if condition then a else b`, elementwise
class IfExpression : public Expression {
public:
  IfExpression(SourceRange range, ExpressionPtr condition, ExpressionPtr thenValue,
               ExpressionPtr elseValue)
      : Expression(Kind::If, range), condition(std::move(condition)),
        thenValue(std::move(thenValue)), elseValue(std::move(elseValue)) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::If; }
  ExpressionPtr condition, thenValue, elseValue;
};

/// `<= 20` as the size of a result's axis: known when the result is, and not above this size.
class BoundExpression : public Expression {
public:
  BoundExpression(SourceRange range, ExpressionPtr limit)
      : Expression(Kind::Bound, range), limit(std::move(limit)) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::Bound; }
  ExpressionPtr limit;
};

/// `(1, 2)`, two elements or more: only the whole value of a named argument of a call.
class TupleExpression : public Expression {
public:
  TupleExpression(SourceRange range, std::vector<ExpressionPtr> elements)
      : Expression(Kind::Tuple, range), elements(std::move(elements)) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::Tuple; }
  std::vector<ExpressionPtr> elements;
};

/// One item between the brackets of an index.
struct IndexItem {
  enum class Kind {
    At,      ///< `i`: picks one, the axis disappears; `first` is the expression
    Slice,   ///< `a:b`, either may be absent; negative numbers are refused
    NewAxis, ///< `new`: an axis of size 1
  };
  Kind kind;
  SourceRange range;
  ExpressionPtr first, last;
  /// Set by the checker. Slice: the bounds in full. At with a static index: `begin`.
  Dim begin, end;
  bool isStatic =
      false; ///< At: the index is a dimension expression; otherwise an integer value (a gather)
};

/// `x[i, a:b, :, new]`; also `Lstm[256, 512]`, which the checker tells apart by the name.
class IndexExpression : public Expression {
public:
  IndexExpression(SourceRange range, ExpressionPtr base, std::vector<IndexItem> items)
      : Expression(Kind::Index, range), base(std::move(base)), items(std::move(items)) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::Index; }
  ExpressionPtr base;
  std::vector<IndexItem> items;
};

/// An element of an array of instances on the way to a memory, set by the checker; in the terms of
/// the text that names the memory.
struct ArrayPlace {
  Dim place; ///< from 0
  Dim count; ///< of elements
  SourceRange range;
};

/// `last.h`, `last.inner.c`, `last.cells[0].h`: a final memory. No space before the dot; ` . ` is a
/// contraction.
class MemberExpression : public Expression {
public:
  MemberExpression(SourceRange range, ExpressionPtr base, Name member)
      : Expression(Kind::Member, range), base(std::move(base)), member(std::move(member)) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::Member; }
  ExpressionPtr base;
  Name member;
  /// Set by the checker on the outermost member: the Memories symbol, then the instances passed,
  /// then the State.
  std::vector<const Symbol *> path;
  std::vector<ArrayPlace> elements; ///< of the arrays among them
};

/// `name = value` among the arguments of a call.
struct NamedArgument {
  Name name;
  ExpressionPtr value;
};

/// What a call calls, set by the checker.
struct CallTarget {
  enum class Kind {
    None,
    Builtin,
    Function, ///< `fn`
    Instance, ///< a layer, or a cell within a cell (which advances it)
  };
  Kind kind = Kind::None;
  const Builtin *builtin = nullptr;         ///< Builtin
  const Declaration *declaration = nullptr; ///< Function, Instance
  const Symbol *instance = nullptr;         ///< Instance
  /// Function, Instance: every dimension of the declaration, free ones included, in the caller's
  /// terms.
  DimBindings dimensions;
  /// One entry a parameter: its argument, or the default. Builtin: the arguments that are values.
  std::vector<const Expression *> arguments;
  /// Function, Instance: how many leading axes of each argument are mapped over (0 or
  /// `mapped.size()`).
  std::vector<unsigned> extraAxes;
  /// The sizes of the axes that the call maps over, outermost first; the result has them in front.
  std::vector<Dim> mapped;
  /// Function, Instance: the types of all results, `mapped` in front. The call's own type is the
  /// first of them.
  std::vector<Type> results;
  /// Builtin with axes (`sum(x, axis = 0)`): the axes, counted from the front of the argument's
  /// core shape.
  std::vector<int64_t> axes;
  /// Builtin with arguments that are sizes (BuiltinKind says which), in the caller's terms.
  std::vector<Dim> sizes;
};

/// `sigmoid(x)`, `norm(x)`, `sum(x, axis = 0)`. Explicit dimensions of a function: `f[3](x)`.
class CallExpression : public Expression {
public:
  CallExpression(SourceRange range, ExpressionPtr callee, std::vector<ExpressionPtr> arguments,
                 std::vector<NamedArgument> named)
      : Expression(Kind::Call, range), callee(std::move(callee)), arguments(std::move(arguments)),
        named(std::move(named)) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::Call; }
  ExpressionPtr callee; ///< a NameExpression, or an IndexExpression over one
  std::vector<ExpressionPtr> arguments;
  std::vector<NamedArgument> named;
  CallTarget target; ///< set by the checker
};

/// `[element for variable in over]`: a new leading axis with an element for each index below a
/// size, each part of a value's leading axis, or each instance of an array.
class ComprehensionExpression : public Expression {
public:
  ComprehensionExpression(SourceRange range, ExpressionPtr element, Name variable,
                          ExpressionPtr over)
      : Expression(Kind::Comprehension, range), element(std::move(element)),
        variable(std::move(variable)), over(std::move(over)) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::Comprehension; }
  ExpressionPtr element;
  Name variable;
  ExpressionPtr over; ///< a size, a value or an array of instances

  /// Set by the checker.
  const Symbol *symbol = nullptr; ///< the variable
  Dim count;                      ///< the size of the new axis
  bool overSize = false;          ///< whether `over` is a size
};

/// `inner.c = e` or `cells[0].h = e` in the `from (...)` of a scan.
struct InitialMemory {
  std::vector<Name> path;
  std::vector<ExpressionPtr> places; ///< for each name its place in an array, or null
  ExpressionPtr value;
  std::vector<const Symbol *> symbols; ///< set by the checker: instances passed, then the State
  std::vector<ArrayPlace> elements;    ///< set by the checker: of the arrays among them
};

/// `scan [reverse] c(xs; fixed) [from (h = e)]`. Its type is that of its first result.
class ScanExpression : public Expression {
public:
  ScanExpression(SourceRange range, bool reverse, Name callee, std::vector<ExpressionPtr> sequences,
                 std::vector<ExpressionPtr> fixed, std::vector<InitialMemory> initial)
      : Expression(Kind::Scan, range), reverse(reverse), callee(std::move(callee)),
        sequences(std::move(sequences)), fixed(std::move(fixed)), initial(std::move(initial)) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::Scan; }
  bool reverse;
  Name callee;                          ///< a cell instance of the model
  std::vector<ExpressionPtr> sequences; ///< run along the leading axis of each
  std::vector<ExpressionPtr> fixed;     ///< after `;`: the same at every step
  std::vector<InitialMemory> initial;

  /// Set by the checker.
  const Symbol *instance = nullptr;
  DimBindings dimensions; ///< all dimensions of the cell, free ones included, in the model's terms
  Dim steps;              ///< the size of the scanned axis
  std::vector<Type> results; ///< the cell's results with the scanned axis in front
};

/// `generate c(; fixed) prompt p from a until b limit n starting (h = e)`: tokens that a cell makes
/// one by one. Only a whole value of a `return`. What the text leaves out is null.
class GenerateExpression : public Expression {
public:
  GenerateExpression(SourceRange range, Name callee)
      : Expression(Kind::Generate, range), callee(std::move(callee)) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::Generate; }
  Name callee;                      ///< a cell instance of the model
  std::vector<ExpressionPtr> fixed; ///< after `;`: the same at every step
  ExpressionPtr prompt;             ///< tokens that are read before the first one is made
  ExpressionPtr from;               ///< the first token; a token may be a StringExpression
  ExpressionPtr until;              ///< the token that ends it
  ExpressionPtr limit;              ///< the most tokens that are made, a size
  std::vector<InitialMemory> starting;

  /// Set by the checker.
  const Symbol *instance = nullptr;
  DimBindings dimensions; ///< all dimensions of the cell, free ones included, in the model's terms
  Dim limitSize;          ///< with `limit`: its size
};

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_SYNTAXEXPRESSIONS_H
