//===- WeightSource.cpp - How a weight lies in a checkpoint ------*- C++ -*-===//
//
// Building and spelling of the expressions; WeightParser.cpp reads them and WeightEvaluation.cpp
// computes them.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/WeightSource.h"
#include "WeightNode.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include <charconv>
#include <cmath>

using namespace gatefold;
using Node = WeightSource::Node;

char WeightSourceError::ID;

WeightIndex WeightIndex::at(int64_t index) {
  WeightIndex result;
  result.begin = index;
  return result;
}

WeightIndex WeightIndex::range(int64_t begin, std::optional<int64_t> end,
                               std::optional<int64_t> extent) {
  WeightIndex result;
  result.isRange = true;
  result.begin = begin;
  result.end = end;
  result.extent = extent;
  return result;
}

WeightSource WeightSource::tensor(llvm::StringRef name) {
  Node node(Node::Kind::Tensor);
  node.name = name.str();
  return WeightSource(std::make_shared<Node>(std::move(node)));
}

WeightSource WeightSource::number(double value) {
  Node node(Node::Kind::Number);
  node.value = value;
  return WeightSource(std::make_shared<Node>(std::move(node)));
}

/// A node over one operand.
static Node makeUnary(Node::Kind kind, std::shared_ptr<const Node> operand) {
  Node node(kind);
  node.depth = operand->depth + 1;
  node.left = std::move(operand);
  return node;
}

WeightSource WeightSource::subscript(WeightSource base, std::vector<WeightIndex> indices) {
  Node node = makeUnary(Node::Kind::Subscript, std::move(base.root));
  node.indices = std::move(indices);
  return WeightSource(std::make_shared<Node>(std::move(node)));
}

WeightSource WeightSource::slice(WeightSource base, int64_t begin, std::optional<int64_t> end,
                                 std::optional<int64_t> extent) {
  return subscript(std::move(base), {WeightIndex::range(begin, end, extent)});
}

WeightSource WeightSource::index(WeightSource base, int64_t position) {
  return subscript(std::move(base), {WeightIndex::at(position)});
}

WeightSource WeightSource::transpose(WeightSource base) {
  return WeightSource(
      std::make_shared<Node>(makeUnary(Node::Kind::Transpose, std::move(base.root))));
}

WeightSource WeightSource::toF32(WeightSource base) {
  return WeightSource(std::make_shared<Node>(makeUnary(Node::Kind::ToF32, std::move(base.root))));
}

WeightSource WeightSource::negate(WeightSource base) {
  return WeightSource(std::make_shared<Node>(makeUnary(Node::Kind::Negate, std::move(base.root))));
}

WeightSource WeightSource::binary(Operator op, WeightSource left, WeightSource right) {
  Node node(Node::Kind::Binary);
  node.op = op;
  node.depth = std::max(left.root->depth, right.root->depth) + 1;
  node.left = std::move(left.root);
  node.right = std::move(right.root);
  return WeightSource(std::make_shared<Node>(std::move(node)));
}

int WeightSource::depth() const { return root->depth; }

static void collectNames(const Node &node, std::vector<std::string> &names) {
  if (node.kind == Node::Kind::Tensor && !llvm::is_contained(names, node.name))
    names.push_back(node.name);
  if (node.left)
    collectNames(*node.left, names);
  if (node.right)
    collectNames(*node.right, names);
}

std::vector<std::string> WeightSource::tensorNames() const {
  std::vector<std::string> names;
  collectNames(*root, names);
  return names;
}

std::string WeightSource::str() const { return weightText(*root); }

std::string gatefold::quotedTensorName(llvm::StringRef name) {
  std::string text = "'";
  for (char c : name)
    text.append(c == '\'' ? 2 : 1, c);
  return text + "'";
}

std::string gatefold::subscriptText(llvm::ArrayRef<WeightIndex> indices) {
  std::string text = "[";
  for (auto [position, index] : llvm::enumerate(indices)) {
    if (position)
      text += ", ";
    if (!index.isRange) {
      text += std::to_string(index.begin);
      continue;
    }
    if (index.begin || index.end)
      text += std::to_string(index.begin);
    text += ":";
    if (index.end)
      text += std::to_string(*index.end);
    if (index.extent)
      text += " of " + std::to_string(*index.extent);
  }
  return text + "]";
}

/// The shortest decimal that reads back as `value`.
static std::string numberText(double value) {
  char text[32];
  return std::string(text, std::to_chars(text, text + sizeof(text), value).ptr);
}

namespace {
/// How tightly an expression holds together; a looser one within a tighter one needs parentheses.
enum class Binding { Sum, Product, Sign, Primary };
} // namespace

static Binding bindingOf(const Node &node) {
  switch (node.kind) {
  case Node::Kind::Binary:
    return node.op == WeightSource::Operator::Add || node.op == WeightSource::Operator::Subtract
               ? Binding::Sum
               : Binding::Product;
  case Node::Kind::Negate:
    return Binding::Sign;
  case Node::Kind::Number:
    return std::signbit(node.value) ? Binding::Sign : Binding::Primary;
  default:
    return Binding::Primary;
  }
}

/// Spells a node where nothing looser than `atLeast` may stand.
static std::string textWithin(const Node &node, Binding atLeast) {
  std::string text = weightText(node);
  return bindingOf(node) < atLeast ? "(" + text + ")" : text;
}

static std::string binaryText(const Node &node) {
  Binding binding = bindingOf(node);
  // Equal operators group to the left, so the right operand must hold together more tightly.
  Binding right = binding == Binding::Sum ? Binding::Product : Binding::Sign;
  static constexpr llvm::StringLiteral symbols[] = {" + ", " - ", " * ", " / "};
  return textWithin(*node.left, binding) + symbols[static_cast<int>(node.op)].str() +
         textWithin(*node.right, right);
}

std::string gatefold::weightText(const Node &node) {
  switch (node.kind) {
  case Node::Kind::Tensor:
    return quotedTensorName(node.name);
  case Node::Kind::Number:
    return numberText(node.value);
  case Node::Kind::Subscript:
    return textWithin(*node.left, Binding::Primary) + subscriptText(node.indices);
  case Node::Kind::Transpose:
    return "transpose(" + weightText(*node.left) + ")";
  case Node::Kind::ToF32:
    return "f32(" + weightText(*node.left) + ")";
  case Node::Kind::Negate:
    return "-" + textWithin(*node.left, Binding::Sign);
  case Node::Kind::Binary:
    return binaryText(node);
  }
  llvm_unreachable("all kinds are listed");
}
