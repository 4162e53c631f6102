//===- BuilderElementwise.cpp - Element by element ---------------*- C++ -*-===//
//
// Arithmetic, comparisons, choice and conversion.
//
//===----------------------------------------------------------------------===//

#include "Builder.h"
#include "Folding.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::onnx;

/// How an operator of two operands is spelled, and what it is of sizes.
struct Builder::Operator {
  const char *pattern;
  Precedence precedence;
  Precedence left, right; ///< what operands need
  char ofSizes = 0;
};

Shape onnx::broadcastShapes(llvm::ArrayRef<Dim> a, llvm::ArrayRef<Dim> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  Shape shape(a);
  for (size_t i = 0; i < b.size(); ++i) {
    Dim &dim = shape[a.size() - b.size() + i];
    if (dim.isOne())
      dim = b[i];
    else if (dim != b[i] && !b[i].isOne())
      fail("shapes do not fit: " + spellShape(a) + " and " + spellShape(b));
  }
  return shape;
}

int64_t onnx::wrapInteger(int64_t value, DataType type) {
  if (type == DataType::Int32)
    return static_cast<int32_t>(value);
  std::optional<NarrowInteger> narrow = narrowInteger(type);
  if (!narrow)
    return value;
  uint64_t kept = static_cast<uint64_t>(value) & ((uint64_t(1) << narrow->bits) - 1);
  bool isNegative = narrow->isSigned && (kept >> (narrow->bits - 1));
  return static_cast<int64_t>(kept) - (isNegative ? int64_t(1) << narrow->bits : 0);
}

static void requireSameType(Value a, Value b) {
  if (a->type != b->type)
    fail("operands are of different types, " + dataTypeName(a->type) + " and " +
         dataTypeName(b->type));
}

//===----------------------------------------------------------------------===//
// Folding
//===----------------------------------------------------------------------===//

/// The common loop of both kinds of numbers.
template <typename T, typename Fold, typename Read>
static std::vector<T> foldEach(llvm::ArrayRef<Value> operands, llvm::ArrayRef<int64_t> shape,
                               Fold fold, Read read) {
  std::vector<std::vector<int64_t>> shapes;
  for (Value operand : operands)
    shapes.push_back(*asNumbers(operand->shape));
  std::vector<T> results, arguments(operands.size());
  forEachIndex(shape, [&](llvm::ArrayRef<int64_t> index) {
    for (size_t i = 0; i < operands.size(); ++i)
      arguments[i] = read(*operands[i]->literal, stretchedIndex(shapes[i], index));
    results.push_back(fold(arguments));
  });
  return results;
}

static bool areNumbers(llvm::ArrayRef<Value> operands) {
  return llvm::all_of(operands, [](Value operand) { return operand->isNumbers(); });
}

std::optional<Literal> Builder::foldIntegers(llvm::ArrayRef<Value> operands,
                                             llvm::ArrayRef<Dim> shape, IntegerFold fold) {
  auto numbers = foldableShape(shape);
  if (!areNumbers(operands) || !numbers)
    return std::nullopt;
  Literal contents;
  contents.integers = foldEach<int64_t>(operands, *numbers, fold,
                                        [](const Literal &l, size_t i) { return l.integers[i]; });
  return contents;
}

std::optional<Literal> Builder::foldFloats(llvm::ArrayRef<Value> operands,
                                           llvm::ArrayRef<Dim> shape, NumberFold fold) {
  auto numbers = foldableShape(shape);
  if (!areNumbers(operands) || !numbers)
    return std::nullopt;
  Literal contents;
  for (double value : foldEach<double>(operands, *numbers, fold, [](const Literal &l, size_t i) {
         return static_cast<double>(l.floats[i]);
       }))
    contents.floats.push_back(static_cast<float>(value));
  return contents;
}

/// Arithmetic of sizes, where the result is one; otherwise null.
Value Builder::foldSizes(char op, Value a, Value b, llvm::ArrayRef<Dim> shape) {
  auto numbers = foldableShape(shape);
  if (!op || !a->isLiteral() || !b->isLiteral() || !numbers)
    return nullptr;
  auto shapeA = *asNumbers(a->shape), shapeB = *asNumbers(b->shape);
  Literal contents;
  bool isWhole = true;
  forEachIndex(*numbers, [&](llvm::ArrayRef<int64_t> index) {
    Dim left = a->literal->size(stretchedIndex(shapeA, index));
    Dim right = b->literal->size(stretchedIndex(shapeB, index));
    std::optional<Dim> result;
    switch (op) {
    case '+':
      result = left + right;
      break;
    case '-':
      result = left - right;
      break;
    case '*':
      result = left * right;
      break;
    default:
      result = left.floorDividedBy(right);
      if (!result)
        result = left.dividedBy(right);
    }
    isWhole &= result.has_value();
    contents.sizes.push_back(requireShort(result.value_or(Dim())));
  });
  if (!isWhole)
    return nullptr;
  if (auto constants = asNumbers(contents.sizes)) {
    contents.integers = std::move(*constants);
    contents.sizes.clear();
  }
  return literal(a->type, shape, std::move(contents));
}

/// A literal that is the same everywhere as a scalar, where another operand has the whole shape.
Value Builder::thin(Value x, llvm::ArrayRef<Dim> shape, llvm::ArrayRef<Value> others) {
  if (!x->isNumbers() || x->rank() == 0 ||
      x->literal->floats.size() + x->literal->integers.size() == 0)
    return x;
  if (llvm::none_of(others,
                    [&](Value other) { return llvm::ArrayRef<Dim>(other->shape) == shape; }))
    return x;
  const Literal &contents = *x->literal;
  Literal one;
  if (!contents.floats.empty()) {
    if (!llvm::all_equal(contents.floats))
      return x;
    one.floats = {contents.floats[0]};
  } else {
    if (!llvm::all_equal(contents.integers))
      return x;
    one.integers = {contents.integers[0]};
  }
  return literal(x->type, {}, std::move(one));
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Value Builder::function(llvm::StringRef name, Value x, FloatFold fold) {
  if (!isFloat(x->type))
    fail("expected floating-point numbers, found " + dataTypeName(x->type));
  if (fold)
    if (auto folded = foldFloats({x}, x->shape, [&](auto values) { return fold(values[0]); }))
      return literal(x->type, x->shape, std::move(*folded));
  return expression(x->type, x->shape, (name + "($0)").str(), {x});
}

Value Builder::arithmetic(const Operator &op, Value a, Value b, IntegerFold integers,
                          NumberFold floats) {
  requireSameType(a, b);
  if (a->type == DataType::Bool)
    fail("arithmetic of bool");
  Shape shape = broadcastShapes(a->shape, b->shape);
  if (isFloat(a->type)) {
    if (auto folded = foldFloats({a, b}, shape, floats))
      return literal(a->type, shape, std::move(*folded));
  } else if (auto folded = foldIntegers({a, b}, shape, integers)) {
    for (int64_t &value : folded->integers)
      value = wrapInteger(value, a->type);
    return literal(a->type, shape, std::move(*folded));
  } else if (Value sizes = foldSizes(op.ofSizes, a, b, shape)) {
    return sizes;
  }
  Value left = thin(a, shape, {b}), right = thin(b, shape, {a});
  return wrap(
      expression(a->type, shape, op.pattern, {left, right}, op.precedence, {op.left, op.right}));
}

static constexpr Precedence argument = Precedence::If;

/// Integers wrap around in two's complement, also where C++ says nothing.
static int64_t wrapped(uint64_t value) { return static_cast<int64_t>(value); }

/// Whether a literal holds `number` everywhere and stretches to the shape of `other`, so that it
/// may change nothing.
static bool isNeutral(Value x, int64_t number, Value other) {
  if (!x->isNumbers() || x->type != other->type || countElements(x->shape) == 0 ||
      broadcastShapes(x->shape, other->shape) != other->shape)
    return false;
  const Literal &contents = *x->literal;
  return llvm::all_of(contents.floats, [&](float each) { return each == number; }) &&
         llvm::all_of(contents.integers, [&](int64_t each) { return each == number; });
}

Value Builder::add(Value a, Value b) {
  if (isNeutral(a, 0, b) || isNeutral(b, 0, a))
    return isNeutral(a, 0, b) ? b : a;
  static constexpr Operator op = {"$0 + $1", Precedence::Sum, Precedence::Sum, Precedence::Product,
                                  '+'};
  return arithmetic(
      op, a, b, [](auto v) { return wrapped(uint64_t(v[0]) + uint64_t(v[1])); },
      [](auto v) { return v[0] + v[1]; });
}

Value Builder::subtract(Value a, Value b) {
  static constexpr Operator op = {"$0 - $1", Precedence::Sum, Precedence::Sum, Precedence::Product,
                                  '-'};
  return arithmetic(
      op, a, b, [](auto v) { return wrapped(uint64_t(v[0]) - uint64_t(v[1])); },
      [](auto v) { return v[0] - v[1]; });
}

Value Builder::multiply(Value a, Value b) {
  if (isNeutral(a, 1, b) || isNeutral(b, 1, a))
    return isNeutral(a, 1, b) ? b : a;
  static constexpr Operator op = {"$0 * $1", Precedence::Product, Precedence::Product,
                                  Precedence::Contraction, '*'};
  return arithmetic(
      op, a, b, [](auto v) { return wrapped(uint64_t(v[0]) * uint64_t(v[1])); },
      [](auto v) { return v[0] * v[1]; });
}

Value Builder::divide(Value a, Value b) {
  static constexpr Operator op = {"$0 / $1", Precedence::Product, Precedence::Product,
                                  Precedence::Contraction, '/'};
  auto quotient = [](llvm::ArrayRef<int64_t> v) -> int64_t {
    return v[1] == 0 ? 0 : v[1] == -1 ? wrapped(-uint64_t(v[0])) : v[0] / v[1];
  };
  return arithmetic(op, a, b, quotient, [](auto v) { return v[0] / v[1]; });
}

Value Builder::remainder(Value a, Value b) {
  if (isFloat(a->type)) {
    requireSameType(a, b);
    Shape shape = broadcastShapes(a->shape, b->shape);
    if (auto folded = foldFloats({a, b}, shape, [](auto v) { return std::fmod(v[0], v[1]); }))
      return literal(a->type, shape, std::move(*folded));
    Value quotient = divide(a, b);
    Value whole = select(compare(Comparison::Less, quotient, scalar(a->type, 0)),
                         function("ceil", quotient), function("floor", quotient));
    return subtract(a, multiply(whole, b));
  }
  static constexpr Operator op = {"$0 % $1", Precedence::Product, Precedence::Product,
                                  Precedence::Contraction};
  auto rest = [](llvm::ArrayRef<int64_t> v) -> int64_t {
    return v[1] == 0 || v[1] == -1 ? 0 : v[0] % v[1];
  };
  return arithmetic(op, a, b, rest, [](auto v) { return std::fmod(v[0], v[1]); });
}

Value Builder::power(Value a, Value b) {
  static constexpr Operator op = {"$0 ^ $1", Precedence::Power, Precedence::Postfix,
                                  Precedence::Postfix};
  if (!isFloat(a->type))
    fail("power of " + dataTypeName(a->type));
  return arithmetic(op, a, b, [](auto) { return 0; }, [](auto v) { return std::pow(v[0], v[1]); });
}

Value Builder::minimum(Value a, Value b) {
  static constexpr Operator op = {"min($0, $1)", Precedence::Postfix, argument, argument};
  return arithmetic(
      op, a, b, [](auto v) { return std::min(v[0], v[1]); },
      [](auto v) { return v[0] < v[1] || std::isnan(v[0]) ? v[0] : v[1]; });
}

Value Builder::maximum(Value a, Value b) {
  static constexpr Operator op = {"max($0, $1)", Precedence::Postfix, argument, argument};
  return arithmetic(
      op, a, b, [](auto v) { return std::max(v[0], v[1]); },
      [](auto v) { return v[0] > v[1] || std::isnan(v[0]) ? v[0] : v[1]; });
}

Value Builder::squareRoot(Value x) {
  return function("sqrt", x, [](double value) { return std::sqrt(value); });
}

Value Builder::negate(Value x) {
  if (isFloat(x->type)) {
    if (auto folded = foldFloats({x}, x->shape, [](auto v) { return -v[0]; }))
      return literal(x->type, x->shape, std::move(*folded));
    return expression(x->type, x->shape, "-$0", {x}, Precedence::Sign, {Precedence::Power});
  }
  return subtract(scalar(x->type, 0), x);
}

Value Builder::absolute(Value x) {
  if (isFloat(x->type))
    return function("abs", x, [](double v) { return std::fabs(v); });
  if (auto folded = foldIntegers({x}, x->shape, [](auto v) { return v[0] < 0 ? -v[0] : v[0]; }))
    return literal(x->type, x->shape, std::move(*folded));
  return wrap(expression(x->type, x->shape, "abs($0)", {x}));
}

//===----------------------------------------------------------------------===//
// Truth
//===----------------------------------------------------------------------===//

static bool holds(Comparison comparison, double order) {
  switch (comparison) {
  case Comparison::Equal:
    return order == 0;
  case Comparison::NotEqual:
    return order != 0;
  case Comparison::Less:
    return order < 0;
  case Comparison::LessOrEqual:
    return order <= 0;
  case Comparison::Greater:
    return order > 0;
  case Comparison::GreaterOrEqual:
    return order >= 0;
  }
  return false;
}

/// The least that a size may be, as names are at least 1; nullopt where that is not known.
static std::optional<int64_t> leastValue(const Dim &size) {
  std::optional<Dim::Linear> linear = size.asLinear();
  if (!linear)
    return std::nullopt;
  int64_t least = linear->constant;
  for (const auto &[term, factor] : linear->terms) {
    if (factor < 0 || !term.asName())
      return std::nullopt;
    least += factor;
  }
  return least;
}

/// Whether a comparison of sizes holds for all of them, or for none.
static std::optional<bool> decide(Comparison comparison, const Dim &a, const Dim &b) {
  if (std::optional<int64_t> difference = (a - b).asConstant())
    return holds(comparison, static_cast<double>(*difference));
  if (std::optional<int64_t> least = leastValue(a - b); least && *least > 0)
    return holds(comparison, 1);
  if (std::optional<int64_t> least = leastValue(b - a); least && *least > 0)
    return holds(comparison, -1);
  return std::nullopt;
}

static std::optional<Literal> decideAll(Comparison comparison, Value a, Value b,
                                        llvm::ArrayRef<Dim> shape) {
  auto numbers = foldableShape(shape);
  if (!numbers || !a->isLiteral() || !b->isLiteral() || !isInteger(a->type))
    return std::nullopt;
  auto shapeA = *asNumbers(a->shape), shapeB = *asNumbers(b->shape);
  Literal contents;
  bool isDecided = true;
  forEachIndex(*numbers, [&](llvm::ArrayRef<int64_t> index) {
    std::optional<bool> truth = decide(comparison, a->literal->size(stretchedIndex(shapeA, index)),
                                       b->literal->size(stretchedIndex(shapeB, index)));
    isDecided &= truth.has_value();
    contents.integers.push_back(truth.value_or(false));
  });
  return isDecided ? std::optional(std::move(contents)) : std::nullopt;
}

Value Builder::compare(Comparison comparison, Value a, Value b) {
  requireSameType(a, b);
  if (a->type == DataType::Bool) {
    Value same = logicalOr(logicalAnd(a, b), logicalAnd(logicalNot(a), logicalNot(b)));
    if (comparison != Comparison::Equal && comparison != Comparison::NotEqual)
      fail("order of bool");
    return comparison == Comparison::Equal ? same : logicalNot(same);
  }
  Shape shape = broadcastShapes(a->shape, b->shape);
  auto numbers = foldableShape(shape);
  if (isFloat(a->type) && areNumbers({a, b}) && numbers) {
    Literal contents;
    auto shapeA = *asNumbers(a->shape), shapeB = *asNumbers(b->shape);
    forEachIndex(*numbers, [&](llvm::ArrayRef<int64_t> index) {
      double left = a->literal->floats[stretchedIndex(shapeA, index)];
      double right = b->literal->floats[stretchedIndex(shapeB, index)];
      double order = left < right ? -1 : left > right ? 1 : left == right ? 0 : NAN;
      contents.integers.push_back(holds(comparison, order));
    });
    return literal(DataType::Bool, shape, std::move(contents));
  }
  if (auto decided = decideAll(comparison, a, b, shape))
    return literal(DataType::Bool, shape, std::move(*decided));
  static constexpr const char *patterns[] = {"$0 == $1", "$0 != $1", "$0 < $1",
                                             "$0 <= $1", "$0 > $1",  "$0 >= $1"};
  return expression(DataType::Bool, shape, patterns[static_cast<int>(comparison)],
                    {thin(a, shape, {b}), thin(b, shape, {a})}, Precedence::Comparison,
                    {Precedence::Sum, Precedence::Sum});
}

static void requireBool(Value x) {
  if (x->type != DataType::Bool)
    fail("expected bool, found " + dataTypeName(x->type));
}

Value Builder::logicalAnd(Value a, Value b) {
  requireBool(a);
  requireBool(b);
  Shape shape = broadcastShapes(a->shape, b->shape);
  if (auto folded = foldIntegers({a, b}, shape, [](auto v) { return v[0] & v[1]; }))
    return literal(DataType::Bool, shape, std::move(*folded));
  return expression(DataType::Bool, shape, "$0 and $1", {a, b}, Precedence::And,
                    {Precedence::And, Precedence::Not});
}

Value Builder::logicalOr(Value a, Value b) {
  requireBool(a);
  requireBool(b);
  Shape shape = broadcastShapes(a->shape, b->shape);
  if (auto folded = foldIntegers({a, b}, shape, [](auto v) { return v[0] | v[1]; }))
    return literal(DataType::Bool, shape, std::move(*folded));
  return expression(DataType::Bool, shape, "$0 or $1", {a, b}, Precedence::Or,
                    {Precedence::Or, Precedence::And});
}

Value Builder::logicalNot(Value x) {
  requireBool(x);
  if (auto folded = foldIntegers({x}, x->shape, [](auto v) { return v[0] ^ 1; }))
    return literal(DataType::Bool, x->shape, std::move(*folded));
  return expression(DataType::Bool, x->shape, "not $0", {x}, Precedence::Not, {Precedence::Not});
}

/// Chooses among literals; the condition is one.
static std::optional<Literal> selectLiterals(Value condition, Value a, Value b,
                                             llvm::ArrayRef<Dim> shape) {
  auto numbers = foldableShape(shape);
  if (!numbers || !condition->isLiteral() || !a->isLiteral() || !b->isLiteral())
    return std::nullopt;
  auto shapeC = *asNumbers(condition->shape);
  auto shapeA = *asNumbers(a->shape), shapeB = *asNumbers(b->shape);
  bool isSymbolic = a->literal->isSymbolic() || b->literal->isSymbolic();
  Literal contents;
  forEachIndex(*numbers, [&](llvm::ArrayRef<int64_t> index) {
    bool first = condition->literal->integers[stretchedIndex(shapeC, index)];
    const Literal &chosen = first ? *a->literal : *b->literal;
    int64_t place = stretchedIndex(first ? shapeA : shapeB, index);
    if (isFloat(a->type))
      contents.floats.push_back(chosen.floats[place]);
    else if (isSymbolic)
      contents.sizes.push_back(chosen.size(place));
    else
      contents.integers.push_back(chosen.integers[place]);
  });
  return contents;
}

Value Builder::select(Value condition, Value a, Value b) {
  requireBool(condition);
  requireSameType(a, b);
  Shape shape = broadcastShapes(broadcastShapes(condition->shape, a->shape), b->shape);
  if (auto folded = selectLiterals(condition, a, b, shape))
    return literal(a->type, shape, std::move(*folded));
  if (condition->isNumbers() && !condition->literal->integers.empty() &&
      llvm::all_equal(condition->literal->integers))
    return expand(condition->literal->integers[0] ? a : b, shape);
  Value left = thin(a, shape, {condition, b}), right = thin(b, shape, {condition, a});
  // Numbers alone have no type.
  bool needsType = left->isLiteral() && left->rank() == 0 && right->isLiteral() &&
                   right->rank() == 0 && isInteger(a->type);
  std::string pattern = "if $0 then $1 else $2";
  if (needsType)
    pattern = ("if $0 then " + elementTypeName(a->carrier()) + "($1) else $2").str();
  return expression(a->type, shape, pattern, {condition, left, right}, Precedence::If);
}
