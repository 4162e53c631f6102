//===- CheckSizes.cpp - Sizes, shapes and their unification -------*- C++ -*-===//
//
// Dimension expressions, broadcasting, and finding a callee's dimensions from its arguments.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

#include "llvm/ADT/STLExtras.h"

using namespace gatefold;
using namespace gatefold::checking;

//===----------------------------------------------------------------------===//
// Dimension expressions
//===----------------------------------------------------------------------===//

namespace {
constexpr int64_t largestSize = int64_t(1) << 40;
constexpr size_t mostTerms = 64;

/// Walks one dimension expression.
struct SizeResolver {
  Diagnostics &diagnostics;
  SizeLookup lookUp;
  std::vector<ExactDivision> &divisions;

  std::optional<Dim> resolve(Expression &expression);
  std::optional<Dim> resolveBinary(BinaryExpression &binary);
  std::optional<Dim> resolveFloor(CallExpression &call);
  std::optional<Dim> divide(BinaryExpression &division, const Dim &dividend, const Dim &divisor);
  std::optional<Dim> refuse(const Expression &expression);
};
} // namespace

std::optional<Dim> SizeResolver::refuse(const Expression &expression) {
  diagnostics.error(expression.range, quoted(textOf(expression)) +
                                          " is no size: expected integers, dimensions, and "
                                          "`+`, `-`, `*`, `/`, `floor(a / b)` of them");
  return std::nullopt;
}

std::optional<Dim> SizeResolver::resolve(Expression &expression) {
  expression.type = Type::scalar(Element::Number);
  if (auto *number = llvm::dyn_cast<NumberExpression>(&expression)) {
    if (!number->isInteger)
      return refuse(expression);
    return Dim::constant(static_cast<int64_t>(number->value));
  }
  if (auto *name = llvm::dyn_cast<NameExpression>(&expression))
    return name->name.primed ? refuse(expression) : lookUp(*name);
  if (auto *unary = llvm::dyn_cast<UnaryExpression>(&expression)) {
    if (unary->op != UnaryOperator::Negate)
      return refuse(expression);
    std::optional<Dim> operand = resolve(*unary->operand);
    return operand ? std::optional(Dim() - *operand) : std::nullopt;
  }
  if (auto *binary = llvm::dyn_cast<BinaryExpression>(&expression))
    return resolveBinary(*binary);
  if (auto *call = llvm::dyn_cast<CallExpression>(&expression))
    return resolveFloor(*call);
  return refuse(expression);
}

BinaryExpression *checking::getRoundedDown(const Expression &expression) {
  const auto *call = llvm::dyn_cast<CallExpression>(&expression);
  const auto *callee = call ? llvm::dyn_cast<NameExpression>(call->callee.get()) : nullptr;
  if (!callee || callee->name.primed || callee->name.text != "floor" ||
      call->arguments.size() != 1 || !call->named.empty())
    return nullptr;
  auto *division = llvm::dyn_cast<BinaryExpression>(call->arguments[0].get());
  return division && division->op == BinaryOperator::Divide ? division : nullptr;
}

std::optional<Dim> SizeResolver::resolveFloor(CallExpression &call) {
  BinaryExpression *division = getRoundedDown(call);
  if (!division)
    return refuse(call);
  division->type = Type::scalar(Element::Number);
  std::optional<Dim> dividend = resolve(*division->left);
  std::optional<Dim> divisor = resolve(*division->right);
  if (!dividend || !divisor)
    return std::nullopt;
  std::optional<Dim> quotient = dividend->floorDividedBy(*divisor);
  if (!quotient)
    diagnostics.error(division->range, quoted(textOf(*division)) + " divides by " + divisor->str())
        .withHint("a size is divided by sizes of at least 1");
  return quotient;
}

std::optional<Dim> SizeResolver::resolveBinary(BinaryExpression &binary) {
  using Op = BinaryOperator;
  if (binary.op != Op::Add && binary.op != Op::Subtract && binary.op != Op::Multiply &&
      binary.op != Op::Divide)
    return refuse(binary);
  std::optional<Dim> left = resolve(*binary.left);
  std::optional<Dim> right = resolve(*binary.right);
  if (!left || !right)
    return std::nullopt;
  std::optional<Dim> result;
  if (binary.op == Op::Add)
    result = *left + *right;
  else if (binary.op == Op::Subtract)
    result = *left - *right;
  else if (binary.op == Op::Multiply)
    result = *left * *right;
  else
    result = divide(binary, *left, *right);
  if (result && (result->numTerms() > mostTerms || result->names().size() > mostTerms)) {
    diagnostics.error(binary.range, "the size is too long: at most " + llvm::Twine(mostTerms) +
                                        " terms and names are possible");
    return std::nullopt;
  }
  return result;
}

std::optional<Dim> SizeResolver::divide(BinaryExpression &division, const Dim &dividend,
                                        const Dim &divisor) {
  std::optional<Dim> quotient = dividend.dividedBy(divisor);
  if (divisor == Dim()) {
    diagnostics.error(division.range, quoted(textOf(division)) + " divides by zero");
  } else if (!quotient) {
    diagnostics.error(division.range, "a size cannot be divided by the sum `" + divisor.str() + "`")
        .withHint("give the quotient a dimension of its own");
  } else if (quotient->names().empty() && !quotient->asConstant()) {
    diagnostics.error(division.range,
                      dividend.str() + " / " + divisor.str() + " does not come out whole");
    return std::nullopt;
  } else if (!quotient->names().empty()) {
    divisions.push_back({division.range, *quotient});
  }
  return quotient;
}

/// Whether a constant size is within reason; reports when not.
static bool isPossible(Diagnostics &diagnostics, SourceRange range, const Dim &size) {
  std::optional<int64_t> constant = size.asConstant();
  if (!constant || (*constant <= largestSize && *constant >= -largestSize))
    return true;
  diagnostics.error(range, "the size " + size.str() + " is too large: at most " +
                               llvm::Twine(largestSize) + " is possible");
  return false;
}

std::optional<Dim> checking::resolveSize(Diagnostics &diagnostics, Expression &expression,
                                         SizeLookup lookUp, std::vector<ExactDivision> &divisions) {
  std::optional<Dim> size = SizeResolver{diagnostics, lookUp, divisions}.resolve(expression);
  if (size && !isPossible(diagnostics, expression.range, *size))
    return std::nullopt;
  return size;
}

bool checking::isAxisSize(Diagnostics &diagnostics, SourceRange range, const Dim &size) {
  if (size.asConstant().value_or(1) >= 1)
    return isPossible(diagnostics, range, size);
  diagnostics.error(range, "expected a size of at least 1, found " + size.str());
  return false;
}

std::optional<llvm::SmallVector<Dim, 4>> checking::broadcast(llvm::ArrayRef<Dim> left,
                                                             llvm::ArrayRef<Dim> right) {
  if (left.size() < right.size())
    std::swap(left, right);
  llvm::SmallVector<Dim, 4> result(left);
  for (size_t i = 0; i < right.size(); ++i) {
    Dim &size = result[left.size() - right.size() + i];
    if (size.isOne())
      size = right[i];
    else if (size != right[i] && !right[i].isOne())
      return std::nullopt;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Unification
//===----------------------------------------------------------------------===//

/// The callee's name made different from every name of the caller.
static std::string renamedApart(llvm::StringRef name) { return ("?" + name).str(); }

Unifier::Unifier(const Declaration &callee, const DimBindings &known) : bound(known) {
  for (const DimParameter &parameter : callee.dimParameters)
    renamed[parameter.name.text] = Dim::name(renamedApart(parameter.name.text));
  for (const std::string &name : callee.freeDims)
    renamed[name] = Dim::name(renamedApart(name));
}

Dim Unifier::substituted(const Dim &size) const {
  DimBindings values = renamed;
  for (const auto &[name, value] : bound)
    values[name] = value;
  return size.substitute(values);
}

void Unifier::bind(llvm::StringRef name, const Dim &size) { bound[name.str()] = size; }

void Unifier::bindNames(llvm::ArrayRef<Dim> parameter, llvm::ArrayRef<Dim> argument) {
  for (auto [expected, found] : llvm::zip_equal(parameter, argument)) {
    std::optional<std::string> name = expected.asName();
    if (name && renamed.count(*name) && !bound.count(*name))
      bound[*name] = found;
  }
}

bool Unifier::agree(llvm::ArrayRef<Dim> parameter, llvm::ArrayRef<Dim> argument) {
  return llvm::all_of(llvm::zip_equal(parameter, argument), [&](auto pair) {
    auto [expected, found] = pair;
    return substituted(expected) == found || solve(expected, found);
  });
}

bool Unifier::solve(const Dim &parameter, const Dim &argument) {
  Dim pattern = substituted(parameter);
  std::vector<std::string> unknown;
  for (const std::string &name : pattern.names())
    if (name.starts_with("?"))
      unknown.push_back(name);
  if (unknown.size() != 1)
    return false;
  // pattern = slope * unknown + offset, with neither mentioning the unknown
  Dim offset = pattern.substitute({{unknown[0], Dim()}});
  std::optional<Dim> slope = (pattern - offset).dividedBy(Dim::name(unknown[0]));
  if (!slope || !offset.isExpressible() || llvm::is_contained(slope->names(), unknown[0]))
    return false;
  std::optional<Dim> solution = (argument - offset).dividedBy(*slope);
  if (!solution || (solution->names().empty() && solution->asConstant().value_or(0) < 1))
    return false;
  bound[unknown[0].substr(1)] = *solution;
  return true;
}

Type Unifier::inCallersTerms(const Type &type) const {
  Type result = type;
  for (Dim &size : result.dims)
    size = size.substitute(bound);
  return result;
}

std::vector<std::string> Unifier::open() const {
  std::vector<std::string> names;
  for (const auto &[name, apart] : renamed)
    if (!bound.count(name))
      names.push_back(name);
  return names;
}
