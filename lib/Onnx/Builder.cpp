//===- Builder.cpp - Makes the values of an imported graph -------*- C++ -*-===//
//
// Values that stand alone: parameters, literals, expressions, statements.
//
//===----------------------------------------------------------------------===//

#include "Builder.h"
#include "Folding.h"
#include "Limits.h"
#include "llvm/Support/MathExtras.h"

using namespace gatefold;
using namespace gatefold::onnx;

int64_t Builder::normalizeAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    fail("axis " + llvm::Twine(axis) + " is outside of a tensor of " + llvm::Twine(rank) + " axes");
  return axis < 0 ? axis + rank : axis;
}

/// No tensor has more axes or elements, and no import makes more values.
static constexpr size_t mostAxes = 32;
static constexpr int64_t mostElements = int64_t(1) << 36;
static constexpr size_t mostValues = 1 << 20;

Node &Builder::make(DataType type, llvm::ArrayRef<Dim> shape) {
  if (!carrierOf(type))
    fail("element type " + dataTypeName(type) + " is not supported");
  if (shape.size() > mostAxes)
    fail("a tensor of " + llvm::Twine(shape.size()) + " axes, expected at most " +
         llvm::Twine(mostAxes));
  int64_t count = 1;
  for (const Dim &dim : shape) {
    requireShort(dim);
    int64_t size = dim.asConstant().value_or(1);
    if (size < 0)
      fail("negative size in the shape " + spellShape(shape));
    if (llvm::MulOverflow(count, std::max<int64_t>(size, 1), count) || count > mostElements)
      fail("a tensor of shape " + spellShape(shape) + " is too large");
  }
  if (nodes.size() >= mostValues)
    fail("the graph, written out, has too many values");
  Node &node = nodes.emplace_back();
  node.id = nodes.size();
  node.type = type;
  node.shape.assign(shape.begin(), shape.end());
  node.hint = hint;
  // What has no elements is known.
  if (llvm::any_of(shape, [](const Dim &dim) { return dim.asConstant() == 0; }))
    node.literal = std::make_shared<Literal>();
  return node;
}

Value Builder::parameter(llvm::StringRef name, DataType type, llvm::ArrayRef<Dim> shape) {
  Node &node = make(type, shape);
  node.hint = name.str();
  node.isParameter = true;
  return &node;
}

/// How much is computed while importing, so that a short file does not fill the memory: elements
/// in all, and for each element of the file.
static constexpr size_t mostComputed = size_t(1) << 25;
static constexpr size_t mostComputedOfEach = 16;

/// The elements of a literal; a size takes the room of many numbers.
static size_t countRoom(const Literal &contents) {
  return contents.floats.size() + contents.integers.size() + 16 * contents.sizes.size();
}

Value Builder::literal(DataType type, llvm::ArrayRef<Dim> shape, Literal contents) {
  size_t room = countRoom(contents);
  if (computedElements + room > mostComputed + mostComputedOfEach * givenElements)
    throw LimitExceeded{"node `" + hint +
                        "`: constants that are computed while importing have more than " +
                        std::to_string(mostComputed) + " elements together"};
  computedElements += room;
  Node &node = make(type, shape);
  node.literal = std::make_shared<Literal>(std::move(contents));
  return &node;
}

Value Builder::given(DataType type, llvm::ArrayRef<Dim> shape, Literal contents) {
  givenElements += countRoom(contents);
  Node &node = make(type, shape);
  node.literal = std::make_shared<Literal>(std::move(contents));
  return &node;
}

/// The elements of a literal under another shape.
Value Builder::withShape(Value x, llvm::ArrayRef<Dim> shape) {
  Node &node = make(x->type, shape);
  node.literal = x->literal;
  node.hint = x->hint;
  return &node;
}

Value Builder::scalar(DataType type, double value) {
  Literal contents;
  if (isFloat(type))
    contents.floats = {static_cast<float>(value)};
  else
    contents.integers = {static_cast<int64_t>(value)};
  return literal(type, {}, std::move(contents));
}

Value Builder::integers(llvm::ArrayRef<int64_t> values) {
  Literal contents;
  contents.integers = values;
  return literal(DataType::Int64, {Dim::constant(values.size())}, std::move(contents));
}

Value Builder::sizes(llvm::ArrayRef<Dim> values) {
  Literal contents;
  Shape shape = {Dim::constant(values.size())};
  if (std::optional<std::vector<int64_t>> numbers = asNumbers(values))
    contents.integers = std::move(*numbers);
  else
    contents.sizes = values;
  return literal(DataType::Int64, shape, std::move(contents));
}

Value Builder::full(Value value, llvm::ArrayRef<Dim> shape) {
  return expand(reshape(value, {}), shape);
}

Value Builder::range(DataType type, const Dim &count) {
  std::optional<int64_t> number = count.asConstant();
  if (number && *number <= mostFoldedElements) {
    Literal contents;
    for (int64_t i = 0; i < *number; ++i)
      if (isFloat(type))
        contents.floats.push_back(static_cast<float>(i));
      else
        contents.integers.push_back(i);
    return literal(type, {count}, std::move(contents));
  }
  return cast(expression(DataType::Int32, {count}, "range(" + count.str() + ")", {}), type);
}

Value Builder::expression(DataType type, llvm::ArrayRef<Dim> shape, llvm::StringRef pattern,
                          llvm::ArrayRef<Value> operands, Precedence precedence,
                          llvm::ArrayRef<Precedence> needed) {
  auto [known, isNew] = expressions.try_emplace(
      {pattern.str(), std::vector<Value>(operands.begin(), operands.end())});
  if (!isNew && known->second->type == type && llvm::ArrayRef<Dim>(known->second->shape) == shape)
    return known->second;
  Node &node = make(type, shape);
  known->second = &node;
  node.pattern = pattern.str();
  node.operands.assign(operands.begin(), operands.end());
  node.precedence = precedence;
  node.needed.assign(needed.begin(), needed.end());
  node.needed.resize(operands.size(), Precedence::If);
  return &node;
}

llvm::SmallVector<Value, 3> Builder::statement(llvm::StringRef pattern,
                                               llvm::ArrayRef<Value> operands,
                                               llvm::ArrayRef<std::pair<DataType, Shape>> results) {
  Node &statement = make(DataType::Float, {});
  Value whole = &statement;
  whole->pattern = pattern.str();
  whole->operands.assign(operands.begin(), operands.end());
  whole->needed.resize(operands.size(), Precedence::If);
  whole->isNamed = true;
  for (const auto &[type, shape] : results) {
    Value result = &make(type, shape);
    result->operands = {whole};
    result->needed = {Precedence::If};
    result->statement = whole;
    result->isNamed = true;
    whole->results.push_back(result);
  }
  return whole->results;
}

void Builder::declare(llvm::StringRef text) {
  if (!llvm::is_contained(declarations, text))
    declarations.push_back(text.str());
}

std::string Builder::declareNamed(llvm::StringRef wanted, llvm::StringRef keyword,
                                  llvm::StringRef rest) {
  auto [found, isNew] = namedDeclarations.try_emplace((keyword + rest).str());
  if (isNew) {
    found->second = uniqueName(wanted);
    declarations.push_back((keyword + found->second + rest).str());
  }
  return found->second;
}
