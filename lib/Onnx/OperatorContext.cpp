//===- OperatorContext.cpp - A node that is being imported -------*- C++ -*-===//
//
// Inputs, attributes and outputs of a node.
//
//===----------------------------------------------------------------------===//

#include "OperatorContext.h"

using namespace gatefold;
using namespace gatefold::onnx;

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

bool OperatorContext::hasInput(int64_t index) const {
  return index < node.input_size() && !node.input(index).empty() &&
         item(index).kind != Item::Kind::Nothing;
}

const Item &OperatorContext::item(int64_t index) const {
  if (index >= node.input_size() || node.input(index).empty())
    fail("input " + llvm::Twine(index) + " is missing");
  const Item *found = environment.find(node.input(index));
  if (!found)
    fail("there is no value `" + node.input(index) + "`");
  return *found;
}

Value OperatorContext::input(int64_t index) const {
  const Item &found = item(index);
  if (found.kind != Item::Kind::Tensor)
    fail("`" + node.input(index) + "` is no tensor");
  return found.value;
}

Value OperatorContext::inputOrNull(int64_t index) const {
  return hasInput(index) ? input(index) : nullptr;
}

const Literal &OperatorContext::requireLiteral(Value value, llvm::StringRef what) const {
  if (value->isLiteral())
    return *value->literal;
  import.noteNeeded(value);
  fail(what + " is not known before the model runs");
}

const Literal &OperatorContext::literal(int64_t index) const {
  return requireLiteral(input(index), "`" + node.input(index) + "`");
}

Shape OperatorContext::sizes(int64_t index) const {
  const Literal &found = literal(index);
  if (!isInteger(input(index)->type))
    fail("`" + node.input(index) + "` holds no integers");
  if (found.isSymbolic())
    return Shape(found.sizes.begin(), found.sizes.end());
  Shape result;
  for (int64_t value : found.integers)
    result.push_back(Dim::constant(value));
  return result;
}

std::vector<int64_t> OperatorContext::integers(int64_t index) const {
  std::optional<std::vector<int64_t>> numbers = asNumbers(sizes(index));
  if (!numbers)
    fail("`" + node.input(index) + "` depends on sizes that only data decides");
  return *numbers;
}

int64_t OperatorContext::integer(int64_t index) const {
  std::vector<int64_t> values = integers(index);
  if (values.size() != 1)
    fail("`" + node.input(index) + "` has " + llvm::Twine(values.size()) +
         " elements, expected one");
  return values[0];
}

double OperatorContext::number(int64_t index) const {
  const Literal &found = literal(index);
  if (found.floats.size() + found.integers.size() != 1)
    fail("`" + node.input(index) + "` is no single number");
  return found.floats.empty() ? static_cast<double>(found.integers[0]) : found.floats[0];
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

const AttributeProto *OperatorContext::attribute(llvm::StringRef name) const {
  for (const AttributeProto &attribute : node.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

int64_t OperatorContext::integerAttribute(llvm::StringRef name, int64_t otherwise) const {
  const AttributeProto *found = attribute(name);
  return found ? found->i() : otherwise;
}

double OperatorContext::floatAttribute(llvm::StringRef name, double otherwise) const {
  const AttributeProto *found = attribute(name);
  return found ? found->f() : otherwise;
}

std::string OperatorContext::textAttribute(llvm::StringRef name, llvm::StringRef otherwise) const {
  const AttributeProto *found = attribute(name);
  return found ? found->s() : otherwise.str();
}

std::optional<std::vector<int64_t>> OperatorContext::integersAttribute(llvm::StringRef name) const {
  const AttributeProto *found = attribute(name);
  if (!found)
    return std::nullopt;
  return std::vector<int64_t>(found->ints().begin(), found->ints().end());
}

std::vector<double> OperatorContext::floatsAttribute(llvm::StringRef name) const {
  const AttributeProto *found = attribute(name);
  return found ? std::vector<double>(found->floats().begin(), found->floats().end())
               : std::vector<double>();
}

std::vector<std::string> OperatorContext::textsAttribute(llvm::StringRef name) const {
  const AttributeProto *found = attribute(name);
  return found ? std::vector<std::string>(found->strings().begin(), found->strings().end())
               : std::vector<std::string>();
}

const GraphProto &OperatorContext::graphAttribute(llvm::StringRef name) const {
  const AttributeProto *found = attribute(name);
  if (!found || !found->has_g())
    fail("attribute `" + name + "` is missing");
  return found->g();
}

std::optional<std::vector<int64_t>> OperatorContext::integersFrom(int64_t index,
                                                                  llvm::StringRef name) const {
  if (hasInput(index))
    return integers(index);
  return integersAttribute(name);
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

bool OperatorContext::wantsOutput(int64_t index) const {
  return index < node.output_size() && !node.output(index).empty();
}

void OperatorContext::output(int64_t index, Value value) { output(index, Item::tensor(value)); }

void OperatorContext::output(int64_t index, Item item) {
  if (!wantsOutput(index))
    return;
  if (item.value && !item.value->isParameter && !item.value->isLiteral() && !item.value->isNamed) {
    item.value->hint = node.output(index);
    item.value->isNamed = true;
  }
  environment.items[node.output(index)] = std::move(item);
}
