//===- LowerWeightSources.cpp - Bindings to expressions -----------*- C++ -*-===//
//
// Turns the line of a binding that mentions a weight into an expression over the tensors of a
// checkpoint.
//
//===----------------------------------------------------------------------===//

#include "LowerInstances.h"
#include "gatefold/Runtime/WeightSource.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace gatefold;
using namespace gatefold::lowering;

namespace {
/// Evaluates the lines of one binding for one instance.
class BindingEvaluator {
public:
  BindingEvaluator(const Instance &instance, const LoadClause &load)
      : instance(instance), load(load) {}

  WeightSource evaluate(const BindingLine &line, const Symbol &weight) const;

private:
  WeightSource evaluate(const Expression &expression) const;
  WeightSource evaluate(const BinaryExpression &binary) const;
  WeightSource evaluate(const IndexExpression &index) const;
  std::string nameOf(const StringExpression &expression) const;
  Dim sizeOf(const Expression &expression) const;
  int64_t numberOf(const Expression &expression) const;
  /// The value of a parameter, which may depend on the place in an array.
  Dim parameter(const Dim &value) const {
    return value.substitute({{"index", Dim::constant(instance.index.value_or(0))}});
  }
  int64_t axisSize(llvm::StringRef weight, bool isLast) const;
  Shape shapeOf(llvm::StringRef weight) const;

  const Instance &instance;
  const LoadClause &load;
};
} // namespace

//===----------------------------------------------------------------------===//
// Numbers and names
//===----------------------------------------------------------------------===//

/// The value of a size in a binding: integers, the binding's parameters, the target's dimensions.
Dim BindingEvaluator::sizeOf(const Expression &expression) const {
  if (const auto *number = llvm::dyn_cast<NumberExpression>(&expression))
    return Dim::constant(static_cast<int64_t>(number->value));
  if (const auto *name = llvm::dyn_cast<NameExpression>(&expression)) {
    if (auto value = load.values.find(name->name.text); value != load.values.end())
      return parameter(value->second);
    auto size = instance.sizes.find(name->name.text);
    return size == instance.sizes.end() ? Dim() : size->second;
  }
  if (const auto *unary = llvm::dyn_cast<UnaryExpression>(&expression))
    return Dim() - sizeOf(*unary->operand);
  const auto *binary = llvm::dyn_cast<BinaryExpression>(&expression);
  if (!binary)
    return Dim();
  const Dim left = sizeOf(*binary->left), right = sizeOf(*binary->right);
  switch (binary->op) {
  case BinaryOperator::Add:
    return left + right;
  case BinaryOperator::Subtract:
    return left - right;
  case BinaryOperator::Multiply:
    return left * right;
  default:
    return left.dividedBy(right).value_or(Dim());
  }
}

int64_t BindingEvaluator::numberOf(const Expression &expression) const {
  return sizeOf(expression).asConstant().value_or(0);
}

/// The name with the instance's prefix and the values of the parameters in braces.
std::string BindingEvaluator::nameOf(const StringExpression &expression) const {
  std::string name = expression.value;
  for (const auto &[argument, value] : load.values) {
    const std::string placeholder = "{" + argument + "}";
    for (size_t at = name.find(placeholder); at != std::string::npos; at = name.find(placeholder))
      name.replace(at, placeholder.size(),
                   std::to_string(parameter(value).asConstant().value_or(0)));
  }
  return instance.prefix + name;
}

Shape BindingEvaluator::shapeOf(llvm::StringRef weight) const {
  for (const auto &symbol : instance.declaration->symbols)
    if (symbol->kind == Symbol::Kind::Weight && symbol->name == weight)
      return substitute(symbol->type.dims, instance.sizes);
  return {};
}

int64_t BindingEvaluator::axisSize(llvm::StringRef weight, bool isLast) const {
  const Shape shape = shapeOf(weight);
  if (shape.empty())
    return 1;
  return (isLast ? shape.back() : shape.front()).asConstant().value_or(1);
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

WeightSource BindingEvaluator::evaluate(const IndexExpression &index) const {
  std::vector<WeightIndex> indices;
  for (const IndexItem &item : index.items) {
    if (item.kind == IndexItem::Kind::At)
      indices.push_back(WeightIndex::at(numberOf(*item.first)));
    else
      indices.push_back(
          WeightIndex::range(item.first ? numberOf(*item.first) : 0,
                             item.last ? std::optional(numberOf(*item.last)) : std::nullopt));
  }
  return WeightSource::subscript(evaluate(*index.base), std::move(indices));
}

WeightSource BindingEvaluator::evaluate(const BinaryExpression &binary) const {
  using Operator = WeightSource::Operator;
  const Operator op = binary.op == BinaryOperator::Add        ? Operator::Add
                      : binary.op == BinaryOperator::Subtract ? Operator::Subtract
                      : binary.op == BinaryOperator::Multiply ? Operator::Multiply
                                                              : Operator::Divide;
  return WeightSource::binary(op, evaluate(*binary.left), evaluate(*binary.right));
}

WeightSource BindingEvaluator::evaluate(const Expression &expression) const {
  return llvm::TypeSwitch<const Expression *, WeightSource>(&expression)
      .Case([&](const StringExpression *name) { return WeightSource::tensor(nameOf(*name)); })
      .Case([&](const NumberExpression *number) { return WeightSource::number(number->value); })
      .Case([&](const NameExpression *name) { return WeightSource::number(numberOf(*name)); })
      .Case([&](const UnaryExpression *unary) {
        return WeightSource::negate(evaluate(*unary->operand));
      })
      .Case([&](const BinaryExpression *binary) { return evaluate(*binary); })
      .Case([&](const IndexExpression *index) { return evaluate(*index); })
      .Case([&](const CallExpression *call) {
        const auto *callee = llvm::dyn_cast<NameExpression>(call->callee.get());
        WeightSource argument = evaluate(*call->arguments[0]);
        return callee && callee->name.text == "transpose" ? WeightSource::transpose(argument)
                                                          : WeightSource::toF32(argument);
      })
      .Default([&](const Expression *) { return WeightSource::number(0); });
}

WeightSource BindingEvaluator::evaluate(const BindingLine &line, const Symbol &weight) const {
  WeightSource whole = evaluate(*line.value);
  if (line.packing == BindingLine::Packing::None)
    return whole;
  const bool isColumns = line.packing == BindingLine::Packing::Columns;
  int64_t begin = 0, end = 0, extent = 0;
  for (const Name &name : line.weights) {
    const int64_t size = axisSize(name.text, isColumns);
    if (name.text == weight.name) {
      begin = extent;
      end = extent + size;
    }
    extent += size;
  }
  std::vector<WeightIndex> indices;
  const size_t rank = weight.type.rank();
  if (isColumns && rank > 1)
    indices.assign(rank - 1, WeightIndex::range(0, std::nullopt));
  indices.push_back(WeightIndex::range(begin, end, extent));
  return WeightSource::subscript(whole, std::move(indices));
}

std::string lowering::sourceOf(const Instance &instance, const Symbol &weight) {
  const LoadClause *load =
      instance.statement && instance.statement->load ? &*instance.statement->load : nullptr;
  WeightSource source = WeightSource::tensor(instance.prefix + weight.name);
  if (load && load->declaration)
    for (const BindingLine &line : load->declaration->lines)
      for (const Name &name : line.weights)
        if (name.text == weight.name)
          source = BindingEvaluator(instance, *load).evaluate(line, weight);
  const std::string text = source.str();
  const bool isOwnName = text == WeightSource::tensor(instance.pathOf(weight.name)).str();
  return isOwnName ? "" : text;
}
