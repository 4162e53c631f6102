//===- WeightEvaluation.cpp - Computes a weight from a checkpoint -*- C++ -*-===//
//
// Selecting and transposing work on elements of any type; values become f32 where they are first
// computed with, or at the end.
//
//===----------------------------------------------------------------------===//

#include "ElementDispatch.h"
#include "WeightNode.h"
#include "gatefold/Runtime/WeightSource.h"
#include "llvm/ADT/STLExtras.h"
#include <cstring>

using namespace gatefold;
using Node = WeightSource::Node;
using Kind = WeightSourceError::Kind;

static llvm::Error failure(Kind kind, const llvm::Twine &message) {
  return llvm::make_error<WeightSourceError>(kind, message.str());
}

static llvm::Error failure(Kind kind, const Node &node, const llvm::Twine &message) {
  return failure(kind, weightText(node) + ": " + message);
}

namespace {
/// What an expression yields: a tensor, or a number that combines with any.
struct Value {
  std::optional<Tensor> tensor;
  float number = 0;

  std::string describe() const { return tensor ? shapeText(tensor->shape()) : "a number"; }
};

class Evaluator {
public:
  explicit Evaluator(WeightSource::Lookup lookup) : lookup(lookup) {}

  /// `allowIntegers` is true below `f32(...)`.
  llvm::Expected<Value> evaluate(const Node &node, bool allowIntegers);

private:
  llvm::Expected<Value> readTensor(const Node &node, bool allowIntegers);
  llvm::Expected<Value> select(const Node &node, Value base);
  llvm::Expected<Value> transpose(const Node &node, Value base);
  llvm::Expected<Value> combine(const Node &node, Value left, Value right);

  WeightSource::Lookup lookup;
};
} // namespace

static llvm::Expected<Tensor> asF32(const Tensor &tensor) {
  return tensor.convertTo(ElementType::F32);
}

/// The product of extents, which all belong to a tensor that exists.
static int64_t product(llvm::ArrayRef<int64_t> extents) {
  int64_t result = 1;
  for (int64_t extent : extents)
    result *= extent;
  return result;
}

/// The entries begin..end-1 of one axis.
static Tensor selectRange(const Tensor &tensor, size_t axis, int64_t begin, int64_t end) {
  Tensor::Shape shape(tensor.shape());
  int64_t extent = shape[axis];
  if (begin == 0 && end == extent)
    return tensor;
  shape[axis] = end - begin;
  Tensor result = Tensor::zeros(tensor.type(), shape);
  if (result.numElements() == 0)
    return result;
  int64_t outer = product(tensor.shape().take_front(axis));
  int64_t inner = product(tensor.shape().drop_front(axis + 1)) * elementSize(tensor.type());
  const char *from = tensor.bytes().data() + begin * inner;
  char *to = result.mutableBytes();
  int64_t run = (end - begin) * inner;
  for (int64_t i = 0; i < outer; ++i)
    std::memcpy(to + i * run, from + i * extent * inner, static_cast<size_t>(run));
  return result;
}

llvm::Expected<Value> Evaluator::readTensor(const Node &node, bool allowIntegers) {
  const Tensor *tensor = lookup(node.name);
  if (!tensor)
    return failure(Kind::Missing, "there is no tensor " + quotedTensorName(node.name));
  if (!allowIntegers && !isFloatingPoint(tensor->type())) {
    std::string name = quotedTensorName(node.name);
    return failure(Kind::ElementType, name + " holds " + elementTypeName(tensor->type()) +
                                          ", expected a floating-point type; write `f32(" + name +
                                          ")` to convert");
  }
  return Value{*tensor};
}

llvm::Expected<Value> Evaluator::select(const Node &node, Value base) {
  size_t rank = base.tensor ? base.tensor->shape().size() : 0;
  if (!base.tensor || node.indices.size() > rank)
    return failure(Kind::Shape, node,
                   "has " + llvm::Twine(node.indices.size()) + " indices for " + base.describe());
  Tensor result = *base.tensor;
  Tensor::Shape shape; // of the result, without the axes that an index drops
  for (auto [axis, index] : llvm::enumerate(node.indices)) {
    int64_t extent = base.tensor->shape()[axis];
    if (index.extent && *index.extent != extent)
      return failure(Kind::Shape, node,
                     "axis " + llvm::Twine(axis) + " has " + llvm::Twine(extent) +
                         " entries, expected " + llvm::Twine(*index.extent));
    int64_t end = index.isRange ? index.end.value_or(extent) : extent;
    bool isOutside = index.begin < 0 || index.begin > end || end > extent;
    if (isOutside || (!index.isRange && index.begin == extent))
      return failure(Kind::Shape, node,
                     subscriptText(index) + " is outside of axis " + llvm::Twine(axis) + " of " +
                         base.describe());
    result = selectRange(result, axis, index.begin, index.isRange ? end : index.begin + 1);
    if (index.isRange)
      shape.push_back(end - index.begin);
  }
  llvm::append_range(shape, base.tensor->shape().drop_front(node.indices.size()));
  llvm::Expected<Tensor> shaped = result.withShape(shape);
  if (!shaped)
    return shaped.takeError();
  return Value{std::move(*shaped)};
}

llvm::Expected<Value> Evaluator::transpose(const Node &node, Value base) {
  if (!base.tensor || base.tensor->rank() < 2)
    return failure(Kind::Shape, node,
                   "expected a tensor of two axes or more, found " + base.describe());
  const Tensor &from = *base.tensor;
  Tensor::Shape shape(from.shape());
  std::swap(shape[shape.size() - 2], shape[shape.size() - 1]);
  Tensor to = Tensor::zeros(from.type(), shape);
  int64_t columns = shape[shape.size() - 2], rows = shape[shape.size() - 1];
  int64_t outer = to.numElements() ? to.numElements() / (rows * columns) : 0;
  dispatchElement(from.type(), [&](auto element) {
    using Stored = typename decltype(element)::stored;
    const Stored *in = from.data<Stored>();
    Stored *out = to.mutableData<Stored>();
    for (int64_t i = 0; i < outer; ++i, in += rows * columns, out += rows * columns)
      for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < columns; ++column)
          out[column * rows + row] = in[row * columns + column];
  });
  return Value{std::move(to)};
}

static float apply(WeightSource::Operator op, float left, float right) {
  switch (op) {
  case WeightSource::Operator::Add:
    return left + right;
  case WeightSource::Operator::Subtract:
    return left - right;
  case WeightSource::Operator::Multiply:
    return left * right;
  case WeightSource::Operator::Divide:
    return left / right;
  }
  llvm_unreachable("all operators are listed");
}

llvm::Expected<Value> Evaluator::combine(const Node &node, Value left, Value right) {
  if (!left.tensor && !right.tensor)
    return Value{std::nullopt, apply(node.op, left.number, right.number)};
  if (left.tensor && right.tensor && left.tensor->shape() != right.tensor->shape())
    return failure(Kind::Shape, node,
                   "expected two tensors of the same shape, found " + left.describe() + " and " +
                       right.describe());
  // A number is a tensor of one element that is read again and again.
  int64_t leftStep = left.tensor ? 1 : 0, rightStep = right.tensor ? 1 : 0;
  llvm::Expected<Tensor> a =
      left.tensor ? asF32(*left.tensor) : Tensor::fromFloats({}, left.number);
  llvm::Expected<Tensor> b =
      right.tensor ? asF32(*right.tensor) : Tensor::fromFloats({}, right.number);
  if (llvm::Error error = llvm::joinErrors(a.takeError(), b.takeError()))
    return std::move(error);
  Tensor result =
      Tensor::zeros(ElementType::F32, left.tensor ? left.tensor->shape() : right.tensor->shape());
  const float *x = a->data<float>(), *y = b->data<float>();
  float *out = result.mutableData<float>();
  for (int64_t i = 0, count = result.numElements(); i < count; ++i)
    out[i] = apply(node.op, x[i * leftStep], y[i * rightStep]);
  return Value{std::move(result)};
}

llvm::Expected<Value> Evaluator::evaluate(const Node &node, bool allowIntegers) {
  switch (node.kind) {
  case Node::Kind::Tensor:
    return readTensor(node, allowIntegers);
  case Node::Kind::Number:
    return Value{std::nullopt, static_cast<float>(node.value)};
  default:
    break;
  }
  llvm::Expected<Value> left =
      evaluate(*node.left, allowIntegers || node.kind == Node::Kind::ToF32);
  if (!left)
    return left;
  switch (node.kind) {
  case Node::Kind::Subscript:
    return select(node, std::move(*left));
  case Node::Kind::Transpose:
    return transpose(node, std::move(*left));
  case Node::Kind::Negate: {
    // A product, and not a difference from zero, keeps the sign of zeros.
    Node product(Node::Kind::Binary);
    product.op = WeightSource::Operator::Multiply;
    return combine(product, std::move(*left), Value{std::nullopt, -1.0f});
  }
  case Node::Kind::Binary: {
    llvm::Expected<Value> right = evaluate(*node.right, allowIntegers);
    if (!right)
      return right;
    return combine(node, std::move(*left), std::move(*right));
  }
  default:
    return left;
  }
}

llvm::Expected<Tensor> WeightSource::evaluate(Lookup lookup, llvm::StringRef path) const {
  auto compute = [&]() -> llvm::Expected<Tensor> {
    if (depth() > maxDepth)
      return failure(Kind::Shape,
                     "the expression is nested deeper than " + llvm::Twine(maxDepth) + " levels");
    llvm::Expected<Value> value = Evaluator(lookup).evaluate(*root, /*allowIntegers=*/false);
    if (!value)
      return value.takeError();
    return value->tensor ? asF32(*value->tensor) : Tensor::fromFloats({}, value->number);
  };
  llvm::Expected<Tensor> result = compute();
  if (result || path.empty())
    return result;
  return llvm::handleErrors(result.takeError(), [&](const WeightSourceError &error) {
    return failure(error.kind, path + ": " + error.text);
  });
}
