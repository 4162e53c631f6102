//===- WeightNode.h - The nodes of a weight's source -------------*- C++ -*-===//
//
// The tree behind WeightSource, for the files that implement it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_WEIGHTNODE_H
#define GATEFOLD_LIB_RUNTIME_WEIGHTNODE_H

#include "gatefold/Runtime/WeightSource.h"

namespace gatefold {

/// One node; which members mean something follows from the kind.
struct WeightSource::Node {
  enum class Kind { Tensor, Number, Subscript, Transpose, ToF32, Negate, Binary };

  explicit Node(Kind kind) : kind(kind) {}

  Kind kind;
  std::string name;                        // Tensor
  double value = 0;                        // Number
  std::vector<WeightIndex> indices;        // Subscript
  Operator op = Operator::Add;             // Binary
  std::shared_ptr<const Node> left, right; // the operand or operands
  int depth = 1;                           // nodes on the longest way to a leaf
};

/// Spells the indices of a subscript: "[0:128 of 512, 3]".
std::string subscriptText(llvm::ArrayRef<WeightIndex> indices);

/// Spells a tensor's name as a source does: 'name', with quotes within it doubled.
std::string quotedTensorName(llvm::StringRef name);

/// Spells a node and what is below it.
std::string weightText(const WeightSource::Node &node);

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_WEIGHTNODE_H
