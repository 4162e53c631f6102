//===- Tree.h - A model as the generator sees it -----------------*- C++ -*-===//
//
// The tree that random models are grown as, printed from and reduced in. It knows the type of every
// expression, so that one can take another's place.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_TREE_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_TREE_H

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gatefold::smith {

/// A size that several axes of a model share.
struct Size {
  std::string name;
  int64_t value = 1;    ///< what it is; of a free one nothing
  bool isNamed = false; ///< printed as its name, a dimension in brackets; otherwise as its number
  bool isFree = false;  ///< known when data comes; always printed as its name
};

/// The size of an axis: the sum of sizes of the model, by their places in Tree::sizes, ascending.
/// Two axes of equal lists are equal for the checker too.
using Axis = std::vector<unsigned>;

/// The axis of a history that keeps the last `keep` values; 0: all.
Axis makeHistoryAxis(int64_t keep);

/// What elements are of. Memories stands for the final memories of a scan.
enum class Element { F32, I32, Bool, Token, Memories };

/// The type of an expression.
struct Type {
  Element element = Element::F32;
  std::vector<Axis> shape;

  bool operator==(const Type &) const = default;
  size_t rank() const { return shape.size(); }
};

/// An f32 tensor of these axes.
inline Type floats(std::vector<Axis> shape = {}) { return {Element::F32, std::move(shape)}; }

/// An expression. Its text is made of its operands'.
struct Expression {
  enum class Kind {
    Reference, ///< a value by its name, `text`
    Operation, ///< `text`, in which `{0}` is an operand as it is, and `<0>` one that needs
               ///< parentheses if it is an operator; `#` is the size of the last axis
    Call,      ///< `callee` applied to all operands
  };
  Kind kind = Kind::Operation;
  std::string text;
  Type type;
  std::vector<Expression> operands = {};

  /// About the largest magnitude that its elements have.
  double magnitude = 1;

  /// Of a call: an instance or a function; how many of its last operands stand behind `;`, and
  /// before these counted from the end the memories of `from`, by their names. The first operand of
  /// a generation is the token that it begins with, its text what ends it.
  std::string callee = {};
  unsigned numFixed = 0;
  std::vector<std::string> initial = {};
  enum class Scan { No, Forward, Reverse, Generate } scan = Scan::No;
};

/// A name and its type.
struct Binding {
  std::string name;
  Type type;
};

/// A statement of a body.
struct Statement {
  enum class Kind {
    Weight,   ///< weight NAME: TYPE
    State,    ///< state NAME: TYPE = value, back `extent`
    Window,   ///< window NAME[extent] = value
    History,  ///< history NAME = value, keep `extent`
    Instance, ///< NAME = callee[arguments] * extent
    Value,    ///< NAME, NAME = value
    Next,     ///< NAME' = value
    When,     ///< when value { body }
    For,      ///< for n in extent { body }
    Each,     ///< for part in callee { body }, callee being an array of instances
  };
  Kind kind = Kind::Value;
  std::vector<Binding> bindings = {}; ///< what it names; of a memory with the type that a body sees
  Expression value = {};
  std::optional<int64_t> extent = {};
  std::string callee = {};
  std::vector<Axis> arguments = {}; ///< of an instance of the library's
  std::vector<Statement> body = {};
};

/// A function, layer, cell or model.
struct Declaration {
  enum class Kind { Function, Layer, Cell, Model };
  Kind kind = Kind::Cell;
  std::string name;
  std::vector<Binding> parameters = {};
  unsigned numFixed = 0; ///< how many of the parameters stand behind `;`
  std::vector<Statement> statements = {};
  std::vector<Expression> results = {};
};

/// A whole text: its declarations, each below those that it uses; the last is the model.
struct Tree {
  std::vector<Size> sizes;
  std::vector<Declaration> declarations;
  /// What occurs in it: "window", "gates 5". Says nothing any more once a tree was reduced.
  std::set<std::string> features;

  const Declaration *find(const std::string &name) const;
  Declaration *find(const std::string &name);
};

/// The value of an axis that data does not decide.
int64_t evaluate(const Tree &tree, const Axis &axis);

/// Whether data decides the axis, or the number of steps so far.
bool isFree(const Tree &tree, const Axis &axis);

/// Whether a weight can have this type.
bool isStatic(const Tree &tree, const Type &type);

/// Calls `visit` for an expression and all within it, outer ones first. What `visit` puts in its
/// place is visited too.
void walk(Expression &expression, const std::function<void(Expression &)> &visit);

/// Calls `visit` for each expression of a declaration that stands by itself, in the order of the
/// text, with the names that can be used there.
void walkRoots(Declaration &declaration,
               const std::function<void(Expression &, const std::vector<Binding> &)> &visit);

/// A reference to a name.
Expression refer(const Binding &binding, double magnitude = 1);

/// An operation; see Expression::Kind.
Expression operate(std::string text, Type type, std::vector<Expression> operands,
                   double magnitude = 1);

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_TREE_H
