//===- Idioms.cpp - Library functions in graphs ------------------*- C++ -*-===//
//
// Compares values with what the library's functions compute, to the order of operations.
//
//===----------------------------------------------------------------------===//

#include "Idioms.h"
#include "llvm/ADT/DenseMap.h"

using namespace gatefold;
using namespace gatefold::onnx;

static Value skipAliases(Value value) {
  while (value->pattern == "$0")
    value = value->operands[0];
  return value;
}

/// The operand of what has this pattern; null for another.
static Value operandOf(Value value, llvm::StringRef pattern, unsigned operand = 0) {
  value = skipAliases(value);
  return value->pattern == pattern ? skipAliases(value->operands[operand]) : nullptr;
}

static std::optional<float> asNumber(Value value) {
  const Literal *literal = value->literal.get();
  if (!literal || value->rank() != 0 || literal->floats.size() != 1)
    return std::nullopt;
  return literal->floats[0];
}

static void become(Value value, const std::string &pattern, Value operand) {
  value->pattern = pattern;
  value->operands = {operand};
  value->needed = {Precedence::If};
  value->precedence = Precedence::Postfix;
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// x where the value is its mean along the last axis, which is kept with size 1; null otherwise.
static Value meansOf(Value value) {
  value = skipAliases(value);
  if (value->index.empty() || value->index.back().kind != IndexItem::Kind::New ||
      !llvm::all_of(llvm::ArrayRef(value->index).drop_back(),
                    [](const IndexItem &item) { return item.isWhole(); }))
    return nullptr;
  Value mean = value->operands[0];
  std::string last = std::to_string(value->rank() - 1);
  return operandOf(mean, value->rank() == 1 ? "mean($0)" : "mean($0, axis = " + last + ")");
}

/// `d / sqrt(mean(d * d) + epsilon)`, also as a product with the inverse, which the library has for
/// x and for what x is off its mean.
static void useNorm(Value value) {
  Value d = operandOf(value, "$0 / $1"), root = operandOf(value, "$0 / $1", 1);
  if (Value inverse = operandOf(value, "$0 * $1", 1)) {
    Value one = operandOf(inverse, "$0 / $1");
    d = one && asNumber(one) == 1.0f ? operandOf(value, "$0 * $1") : nullptr;
    root = operandOf(inverse, "$0 / $1", 1);
  }
  Value sum = root ? operandOf(root, "sqrt($0)") : nullptr;
  Value means = sum ? operandOf(sum, "$0 + $1") : nullptr;
  Value squares = means ? meansOf(means) : nullptr;
  if (!d || !squares || operandOf(squares, "$0 * $1") != d || operandOf(squares, "$0 * $1", 1) != d)
    return;
  std::optional<float> epsilon = asNumber(operandOf(sum, "$0 + $1", 1));
  if (!epsilon)
    return;
  std::string rest = *epsilon == 1e-5f ? ")" : ", epsilon = " + spellNumber(*epsilon) + ")";
  Value x = operandOf(d, "$0 - $1");
  if (x && meansOf(d->operands[1]) == x)
    become(value, "layer_norm($0" + rest, x);
  else
    become(value, "rms_norm($0" + rest, d);
}

static void useSilu(Value value) {
  Value a = operandOf(value, "$0 * $1"), b = operandOf(value, "$0 * $1", 1);
  if (a && operandOf(b, "sigmoid($0)") == a)
    become(value, "silu($0)", a);
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// The elements of a bias of `count`; nullopt for what is none.
static std::optional<std::vector<float>> asBias(Value value, size_t count) {
  if (!value->isLiteral() || value->rank() > 1 || value->type != DataType::Float)
    return std::nullopt;
  const std::vector<float> &elements = value->literal->floats;
  if (value->rank() == 1)
    return elements.size() == count ? std::optional(elements) : std::nullopt;
  return std::vector<float>(count, elements[0]);
}

/// `x . W + b` with weights that are known.
static void useLinear(Names &names, Value value, const llvm::DenseMap<Value, int> &uses) {
  if (value->pattern != "$0 + $1" || value->type != DataType::Float)
    return;
  for (unsigned side : {0, 1}) {
    Value product = skipAliases(value->operands[side]);
    if (product->pattern != "$0 . $1" || uses.lookup(product) != 1 ||
        product->shape != value->shape)
      continue;
    Value weight = product->operands[1];
    if (!weight->isLiteral() || weight->rank() != 2)
      continue;
    std::vector<int64_t> sizes = *asNumbers(weight->shape);
    auto bias = asBias(value->operands[1 - side], sizes[0]);
    if (!bias)
      continue;
    auto instance = std::make_shared<Instance>();
    instance->name = names.take(product->isNamed ? product->hint : value->hint + "_layer");
    instance->type = "Linear" + spellShape({Dim::constant(sizes[1]), Dim::constant(sizes[0])});
    instance->weights = {{"W", Tensor::fromFloats(sizes, weight->literal->floats)},
                         {"b", Tensor::fromFloats({sizes[0]}, *bias)}};
    become(value, instance->name + "($0)", product->operands[0]);
    value->instance = std::move(instance);
    return;
  }
}

void onnx::useLibrary(Names &names, llvm::ArrayRef<Value> values, llvm::ArrayRef<Value> results) {
  llvm::DenseMap<Value, int> uses;
  for (Value value : values)
    for (Value operand : value->operands)
      ++uses[skipAliases(operand)];
  for (Value result : results)
    ++uses[skipAliases(result)];
  for (Value value : values) {
    if (value->type != DataType::Float)
      continue;
    useNorm(value);
    useSilu(value);
    useLinear(names, value, uses);
  }
}
