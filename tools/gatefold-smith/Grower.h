//===- Grower.h - Grows random expressions -----------------------*- C++ -*-===//
//
// Makes random expressions of a wanted type out of what is known in a body. Values stay tame: each
// has about the magnitude 1, whatever has not goes through a function that bounds it, and roots,
// logarithms and quotients are written so that they are defined everywhere.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_GROWER_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_GROWER_H

#include "Random.h"
#include "Tree.h"
#include <map>

namespace gatefold::smith {

/// Numbers for names, so that all names of a tree differ.
class Names {
public:
  /// PREFIX1, PREFIX2, …
  std::string make(const std::string &prefix) { return prefix + std::to_string(++counts[prefix]); }

private:
  std::map<std::string, unsigned> counts;
};

/// A value that a body can use.
struct Known {
  Binding binding;
  double magnitude = 1;
};

/// Grows expressions for the body of one declaration.
class Grower {
public:
  Grower(Random &random, Tree &tree, Names &names, Declaration &body)
      : random(random), tree(tree), names(names), body(body) {}

  /// An expression of this static type, f32, i32 or bool, with operators at most `depth` deep above
  /// its operands.
  Expression grow(const Type &type, int depth);

  /// activation(W @ a + U @ b + b): what a gate is, with the operands that all gates of this body
  /// share where that is possible.
  Expression growGate(const Axis &axis);

  /// A condition: one bool.
  Expression growCondition();

  /// Attention to `memory` [S, K] or a history: a context [K].
  Expression growAttention(const Known &memory);

  /// The value, through a bounding function if it may be large.
  Expression bound(Expression value, double limit = 3);

  /// Declares a weight; nothing else knows it.
  Expression makeWeight(const std::string &prefix, const Type &type);

  /// Lets expressions use a value.
  void know(const Binding &binding, double magnitude = 1) { known.push_back({binding, magnitude}); }

  /// Takes the last value that was made known away again.
  void forgetLast() { known.pop_back(); }

  /// Appends a statement NAME = value and knows the name.
  Binding name(const std::string &prefix, Expression value);

  /// All that is known of this type.
  std::vector<Known> findAll(const Type &type) const;
  /// All that is known and fulfils the condition.
  std::vector<Known> findAll(const std::function<bool(const Type &)> &condition) const;

  void note(const std::string &feature) { tree.features.insert(feature); }

private:
  using Rule = Expression (Grower::*)(const Type &, int);

  Expression growLeaf(const Type &type);
  Expression growOperand(const Type &type, int depth);
  Expression growConstant(double low, double high);
  Expression growNumbers(const Type &type, int depth);
  Expression growBools(const Type &type, int depth);
  Type pickStretched(const Type &type);
  Known pickVector();
  bool hasVector() const;

  // Of any shape
  Expression growUnary(const Type &type, int depth);
  Expression growBinary(const Type &type, int depth);
  Expression growChoice(const Type &type, int depth);
  Expression growFunctionCall(const Type &type, int depth);

  // Of vectors
  Expression growProduct(const Type &type, int depth);
  Expression callLinear(const Type &type, Expression operand);
  Expression growRightProduct(const Type &type, int depth);
  Expression growMatrixUse(const Type &type, int depth);
  Expression growNorm(const Type &type, int depth);
  Expression growRearranged(const Type &type, int depth);
  Expression growComprehension(const Type &type, Expression operand);
  Expression growJoin(const Type &type, int depth);

  // Of scalars
  Expression growReduction(const Type &type, int depth);
  Expression growInnerProduct(const Type &type, int depth);
  Expression growElement(const Type &type, int depth);
  Expression growCount(const Type &type, int depth);

  // Of matrices
  Expression growOuter(const Type &type, int depth);
  Expression growMatrixProduct(const Type &type, int depth);
  Expression growStretchedSum(const Type &type, int depth);

  Random &random;
  Tree &tree;
  Names &names;
  Declaration &body;
  std::vector<Known> known;
  std::vector<Known> shared; ///< the operands that most gates have
};

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_GROWER_H
