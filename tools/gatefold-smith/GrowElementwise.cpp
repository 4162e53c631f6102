//===- GrowElementwise.cpp - Random expressions of any shape -----*- C++ -*-===//
//
// Elementwise functions and operators, choices and conditions, integers.
//
//===----------------------------------------------------------------------===//

#include "Grower.h"
#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace gatefold;
using namespace gatefold::smith;

//===----------------------------------------------------------------------===//
// What is known
//===----------------------------------------------------------------------===//

std::vector<Known> Grower::findAll(const Type &type) const {
  return findAll([&](const Type &other) { return other == type; });
}

std::vector<Known> Grower::findAll(const std::function<bool(const Type &)> &condition) const {
  std::vector<Known> found;
  for (const Known &one : known)
    if (condition(one.binding.type))
      found.push_back(one);
  return found;
}

Expression Grower::makeWeight(const std::string &prefix, const Type &type) {
  Binding binding{names.make(prefix), type};
  body.statements.push_back({Statement::Kind::Weight, {binding}});
  return refer(binding, 0.8);
}

Binding Grower::name(const std::string &prefix, Expression value) {
  Binding binding{names.make(prefix), value.type};
  know(binding, value.magnitude);
  body.statements.push_back({Statement::Kind::Value, {binding}, std::move(value)});
  return binding;
}

Expression Grower::bound(Expression value, double limit) {
  if (value.magnitude <= limit)
    return value;
  Type type = value.type;
  return operate(random.pick({"tanh({0})", "softsign({0})", "clip({0}, -1, 1)", "sin({0})"}), type,
                 {std::move(value)}, 1);
}

Expression Grower::growConstant(double low, double high) {
  char text[32];
  double number = random.uniform(low, high);
  std::snprintf(text, sizeof text, "%.3f", number);
  return operate(number < 0 ? std::string("(") + text + ")" : text, floats(), {},
                 std::fabs(number));
}

Expression Grower::growLeaf(const Type &type) {
  std::vector<Known> choices = findAll(type);
  if (!choices.empty() && random.chance(0.85)) {
    const Known &choice = random.pick(choices);
    return refer(choice.binding, choice.magnitude);
  }
  if (type.shape.empty() && random.chance(0.6))
    return growConstant(-1, 1);
  if (body.kind == Declaration::Kind::Function || !isStatic(tree, type)) {
    if (!choices.empty())
      return refer(choices.front().binding, choices.front().magnitude);
    return growConstant(-1, 1);
  }
  return makeWeight("w", type);
}

//===----------------------------------------------------------------------===//
// Floating point
//===----------------------------------------------------------------------===//

namespace {
/// A function of one element; its result's magnitude is `factor` times the operand's plus `offset`.
struct UnaryForm {
  const char *text;
  double factor, offset;
};
} // namespace

static const std::vector<UnaryForm> smoothForms{
    {"tanh({0})", 0, 1},
    {"sigmoid({0})", 0, 1},
    {"gelu({0})", 1, 0.2},
    {"silu({0})", 1, 0.3},
    {"elu({0})", 1, 1},
    {"elu({0}, alpha = 0.7)", 1, 1},
    {"selu({0})", 1.1, 1.8},
    {"relu({0})", 1, 0},
    {"leaky_relu({0})", 1, 0},
    {"leaky_relu({0}, slope = 0.2)", 1, 0},
    {"softplus({0})", 1, 0.7},
    {"log_sigmoid({0})", 1, 0.7},
    {"softsign({0})", 0, 1},
    {"hard_sigmoid({0})", 0, 1},
    {"clip({0}, -0.8, 0.9)", 0, 1},
    {"abs({0})", 1, 0},
    {"erf({0})", 0, 1},
    {"sin({0})", 0, 1},
    {"cos({0})", 0, 1},
    {"exp(-abs({0}))", 0, 1},
    {"exp(min({0}, 0.5))", 0, 1.7},
    {"expm1(min({0}, 0.5))", 0, 1},
    {"log1p(abs({0}))", 1, 0},
    {"log(abs({0}) + 0.6)", 1, 0.6},
    {"sqrt(abs({0}) + 0.2)", 0.5, 0.7},
    {"1 / (1 + abs({0}))", 0, 1},
    {"-<0>", 1, 0},
    {"1 - <0>", 1, 1},
    {"0.5 * <0>", 0.5, 0},
    {"(abs({0}) + 0.5) ^ 0.5", 0.5, 0.7},
    {"1.7 ^ min({0}, 1)", 0, 1.7},
};

static const std::vector<const char *> steppedForms{"floor(3 * <0>) / 3", "ceil(2 * <0>) / 2",
                                                    "round(4 * <0>) / 4", "f32(i32(5 * <0>)) / 5"};

Expression Grower::growUnary(const Type &type, int depth) {
  Expression operand = grow(type, depth - 1);
  double magnitude = operand.magnitude;
  if (random.chance(0.04)) {
    note("rounding");
    return operate(random.pick(steppedForms), type, {std::move(operand)}, magnitude);
  }
  if (random.chance(0.1) && magnitude <= 2)
    return operate(random.pick({"square({0})", "<0> ^ 2", "<0> ^ 3 / 2"}), type,
                   {std::move(operand)}, magnitude * magnitude);
  const UnaryForm &form = random.pick(smoothForms);
  return operate(form.text, type, {std::move(operand)}, form.factor * magnitude + form.offset);
}

Type Grower::pickStretched(const Type &type) {
  Type stretched = type;
  stretched.shape.erase(stretched.shape.begin(),
                        stretched.shape.begin() +
                            random.between(0, static_cast<int64_t>(type.rank())));
  return stretched;
}

Expression Grower::growBinary(const Type &type, int depth) {
  Expression left = grow(type, depth - 1);
  Expression right = grow(random.chance(0.75) ? type : pickStretched(type), depth - 1);
  double a = left.magnitude, b = right.magnitude;
  if (random.chance(0.3) && type.rank() != 0)
    std::swap(left, right); // stretches the left operand
  switch (random.below(8)) {
  case 0:
  case 1:
    return bound(operate("<0> + <1>", type, {std::move(left), std::move(right)}, a + b));
  case 2:
    return bound(operate("<0> - <1>", type, {std::move(left), std::move(right)}, a + b));
  case 3:
    return operate("max({0}, {1})", type, {std::move(left), std::move(right)}, std::max(a, b));
  case 4:
    return operate("min({0}, {1})", type, {std::move(left), std::move(right)}, std::max(a, b));
  case 5:
    return bound(operate("<0> / (0.7 + abs({1}))", type, {std::move(left), std::move(right)},
                         1.5 * std::max(a, b)));
  default:
    return bound(operate("<0> * <1>", type, {std::move(left), std::move(right)}, a * b));
  }
}

Expression Grower::growChoice(const Type &type, int depth) {
  note("choice");
  Expression yes = grow(type, depth - 1), no = grow(type, depth - 1);
  double magnitude = std::max(yes.magnitude, no.magnitude);
  Expression condition =
      random.chance(0.5) ? growCondition() : grow({Element::Bool, type.shape}, 1);
  return operate("(if {0} then {1} else {2})", type,
                 {std::move(condition), std::move(yes), std::move(no)}, magnitude);
}

Expression Grower::growFunctionCall(const Type &type, int depth) {
  std::vector<const Declaration *> functions;
  for (const Declaration &declaration : tree.declarations)
    if (declaration.kind == Declaration::Kind::Function && &declaration != &body)
      functions.push_back(&declaration);
  if (functions.empty() || body.kind == Declaration::Kind::Function)
    return growUnary(type, depth);
  note("function");
  const Declaration &function = *random.pick(functions);
  const std::string callee = function.name;
  // All parameters map over the same leading axes.
  const size_t rank = function.results[0].type.rank();
  if (type.rank() < rank || !std::equal(type.shape.end() - static_cast<ptrdiff_t>(rank),
                                        type.shape.end(), function.results[0].type.shape.begin()))
    return growUnary(type, depth);
  std::vector<Type> types;
  for (const Binding &parameter : function.parameters) {
    Type argument = parameter.type;
    argument.shape.insert(argument.shape.begin(), type.shape.begin(),
                          type.shape.end() - static_cast<ptrdiff_t>(rank));
    types.push_back(argument);
  }
  Expression call{Expression::Kind::Call, "", type};
  call.callee = callee;
  for (const Type &argument : types)
    call.operands.push_back(bound(grow(argument, depth - 1), 2));
  call.magnitude = 3;
  return call;
}

//===----------------------------------------------------------------------===//
// Integers and conditions
//===----------------------------------------------------------------------===//

/// Whether the axis is printed without names, so that every body can say it.
static bool isNumber(const Tree &tree, const Axis &axis) {
  return !isFree(tree, axis) && std::none_of(axis.begin(), axis.end(), [&](unsigned term) {
    return tree.sizes[term].isNamed;
  });
}

Expression Grower::growNumbers(const Type &type, int depth) {
  std::vector<Known> choices = findAll(type);
  if (depth <= 0 || random.chance(0.3)) {
    if (!choices.empty() && random.chance(0.8))
      return refer(random.pick(choices).binding);
    if (type.rank() == 1 && isNumber(tree, type.shape[0]))
      return operate("range(#)", type, {});
    if (type.rank() != 0)
      return operate("i32(4 * <0>)", type, {grow(floats(type.shape), 0)});
    // A number by itself would be an f32.
    return operate("i32(" + std::to_string(random.between(0, 4)) + ")", type, {});
  }
  Expression left = growNumbers(type, depth - 1), right = growNumbers(type, depth - 1);
  const char *text =
      random.pick({"<0> + <1>", "<0> - <1>", "<0> * <1> % 11", "max({0}, {1})", "min({0}, {1})",
                   "<0> % 3 + <1>", "<0> / 2 + <1>", "abs({0} - <1>)"});
  return operate(text, type, {std::move(left), std::move(right)});
}

Expression Grower::growBools(const Type &type, int depth) {
  std::vector<Known> choices = findAll(type);
  if (!choices.empty() && random.chance(0.4))
    return refer(random.pick(choices).binding);
  if (depth > 0 && random.chance(0.25)) {
    Expression left = growBools(type, depth - 1), right = growBools(type, depth - 1);
    return operate(random.pick({"<0> and <1>", "<0> or <1>", "not <0> or <1>"}), type,
                   {std::move(left), std::move(right)});
  }
  note("comparison");
  const char *text =
      random.pick({"<0> > <1>", "<0> < <1>", "<0> >= <1>", "<0> <= <1>", "<0> != <1>"});
  if (type.shape.empty() && random.chance(0.5)) {
    const Type number{Element::I32, {}};
    Expression left = growNumbers(number, 1), right = growNumbers(number, 0);
    return operate(text, type, {std::move(left), std::move(right)});
  }
  Expression left = grow(floats(type.shape), depth - 1), right = growConstant(-0.5, 0.5);
  if (left.kind == Expression::Kind::Operation && left.operands.empty() && !type.shape.empty())
    left = makeWeight("w", floats(type.shape));
  return operate(text, type, {std::move(left), std::move(right)});
}

Expression Grower::growCondition() { return growBools({Element::Bool, {}}, 1); }

Expression Grower::growCount(const Type &type, int depth) {
  std::vector<Known> counts = findAll(Type{Element::I32, {}});
  if (counts.empty())
    return growUnary(type, depth);
  note("number of an integer");
  return operate("f32({0} % 7) / 8", type, {refer(random.pick(counts).binding)}, 1);
}
