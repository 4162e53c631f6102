//===- Syntax.h - The syntax tree ---------------------------------*- C++ -*-===//
//
// What the parser builds: a tree that mirrors the text, every node with its range. The fields under
// "set by the checker" are empty after parsing; on a tree that was checked without errors they are
// complete, and the lowering to the dialect needs nothing else.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_SYNTAX_H
#define GATEFOLD_LANGUAGE_SYNTAX_H

#include "gatefold/Language/Symbol.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Casting.h"
#include <memory>
#include <optional>
#include <set>
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

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

class Expression {
public:
  enum class Kind { Number, Boolean, String, Name, Unary, Binary, If, Index, Member, Call, Scan };

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

/// `h`, `h'`
class NameExpression : public Expression {
public:
  NameExpression(SourceRange range, Name name)
      : Expression(Kind::Name, range), name(std::move(name)) {}
  static bool classof(const Expression *e) { return e->getKind() == Kind::Name; }
  Name name;
  const Symbol *symbol = nullptr; ///< set by the checker
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
  Modulo,   ///< `D % N`: only as the last operator on the left side of a `require`
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

/// `last.h`, `last.inner.c`: a final memory. No space before the dot; ` . ` is a contraction.
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
  /// One entry a parameter (Builtin: one a positional parameter of the call): its argument, or the
  /// default.
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

/// `inner.c = e` in the `from (...)` of a scan.
struct InitialMemory {
  std::vector<Name> path;
  ExpressionPtr value;
  std::vector<const Symbol *> symbols; ///< set by the checker: instances passed, then the State
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

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

/// `[H, 2 * I]`, `token[T]`, `f32` as written.
struct TypeSyntax {
  // Said to be movable only, or vectors of what contains it would try to copy.
  TypeSyntax() = default;
  TypeSyntax(TypeSyntax &&) = default;
  TypeSyntax &operator=(TypeSyntax &&) = default;

  SourceRange range;
  std::optional<Name> element; ///< absent: f32
  std::vector<ExpressionPtr> dims;
};

class Statement {
public:
  enum class Kind { Weight, State, Assign, Next, Require, Ignore, Return };
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

/// `state h, c: [H] = 0`
class StateStatement : public Statement {
public:
  StateStatement(SourceRange range, std::vector<Name> names, TypeSyntax type, ExpressionPtr initial)
      : Statement(Kind::State, range), names(std::move(names)), type(std::move(type)),
        initial(std::move(initial)) {}
  static bool classof(const Statement *s) { return s->getKind() == Kind::State; }
  std::vector<Name> names;
  TypeSyntax type;
  ExpressionPtr initial;
  std::vector<const Symbol *> symbols; ///< set by the checker: the State of each name
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
  std::map<std::string, int64_t> values; ///< set by the checker: every parameter of the binding
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

/// `return y, z`; the last statement of a body.
class ReturnStatement : public Statement {
public:
  ReturnStatement(SourceRange range, std::vector<ExpressionPtr> values)
      : Statement(Kind::Return, range), values(std::move(values)) {}
  static bool classof(const Statement *s) { return s->getKind() == Kind::Return; }
  std::vector<ExpressionPtr> values;
};

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

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
  Type resolved; ///< set by the checker
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

  /// Set by the checker.
  std::vector<std::string> freeDims; ///< names that only parameters mention, in order of appearance
  std::vector<std::unique_ptr<Symbol>> symbols;
  std::vector<ExactDivision> divisions;
  bool isValid = false; ///< checked without errors
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

/// A parsed file, or several read as one (the library first).
struct SourceFile {
  std::vector<std::unique_ptr<ConstantDeclaration>> constants;
  std::vector<std::unique_ptr<Declaration>> declarations;
  std::vector<std::unique_ptr<BindingDeclaration>> bindings;

  /// False if some of the text could not be read; what is above is then the rest.
  bool isWhole = true;
  /// The names of declarations that could not be read.
  std::set<std::string> unreadNames;
  /// Whether the name of such a declaration could not be read either.
  bool hasNamelessUnread = false;
};

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_SYNTAX_H
