//===- BodyCell.cpp - Bodies of loops as cells -------------------*- C++ -*-===//
//
// Finds what a body takes from around it, and writes its cell.
//
//===----------------------------------------------------------------------===//

#include "BodyCell.h"
#include "Writer.h"
#include "llvm/ADT/StringExtras.h"

using namespace gatefold;
using namespace gatefold::onnx;

namespace {
/// Which values depend on a step, and which a body takes as they are.
class Captures {
public:
  explicit Captures(const BodyCell &body) {
    for (const BodyState &state : body.states)
      inside.insert({state.parameter, true});
    for (const auto &[parameter, sequence] : body.inputs)
      inside.insert({parameter, true});
    for (const BodyState &state : body.states)
      visit(state.next);
    for (Value output : body.outputs)
      visit(output);
  }

  llvm::ArrayRef<Value> get() const { return captured; }

private:
  bool isInside(Value value) {
    auto [found, isNew] = inside.insert({value, false});
    if (!isNew || value->isLiteral())
      return found->second;
    bool depends = false;
    for (Value operand : value->operands)
      depends |= isInside(operand);
    return inside[value] = depends;
  }
  void visit(Value value) {
    if (value->isLiteral() || !visited.insert(value).second)
      return;
    if (!isInside(value)) {
      captured.push_back(value);
      return;
    }
    for (Value operand : value->operands)
      visit(operand);
  }

  llvm::DenseMap<Value, bool> inside;
  llvm::DenseSet<Value> visited;
  std::vector<Value> captured;
};
} // namespace

static void requireNumbers(Value value) {
  if (!asNumbers(value->shape))
    fail("the memories of a loop need known sizes, but one is " + spellShape(value->shape) +
         "; --dim NAME=N gives a named dimension its size");
}

/// The declaration behind its name; names are given to parameters and captured values.
static std::string writeCell(Builder &builder, const BodyCell &body, llvm::ArrayRef<Value> captured,
                             llvm::ArrayRef<std::string> stateNames, NamedTensors &weights) {
  Names &names = builder.getNames();
  BodyWriter writer(names, weights);
  std::vector<std::string> inputs, shared, types, returned;
  auto declare = [&](std::vector<std::string> &list, Value value) {
    std::string name = names.take(value->hint);
    writer.nameParameter(value, name);
    list.push_back(name + ": " + spellType(value));
  };
  for (const auto &[parameter, sequence] : body.inputs)
    declare(inputs, parameter);
  for (Value value : captured)
    declare(shared, value);
  std::vector<Value> results;
  std::string states, nexts;
  for (auto [state, name] : llvm::zip(body.states, stateNames)) {
    writer.nameParameter(state.parameter, name);
    bool isBool = state.parameter->type == DataType::Bool;
    states += "  state " + name + ": " + spellType(state.parameter) + " = " +
              (isBool ? "false" : "0") + "\n";
    results.push_back(state.next);
  }
  llvm::append_range(results, body.outputs);
  writer.write(results);
  for (auto [state, name] : llvm::zip(body.states, stateNames))
    nexts += "  " + name + "' = " + writer.use(state.next) + "\n";
  for (Value output : body.outputs) {
    types.push_back(spellType(output));
    returned.push_back(writer.use(output));
  }
  std::string parameters = llvm::join(inputs, ", ");
  if (!shared.empty())
    parameters += "; " + llvm::join(shared, ", ");
  return "(" + parameters + ") -> " + llvm::join(types, ", ") + " {\n" + states +
         writer.takeText() + nexts + "  return " + llvm::join(returned, ", ") + "\n}\n";
}

BodyResults onnx::scanBody(Builder &builder, const BodyCell &body) {
  Captures captures(body);
  auto instance = std::make_shared<Instance>();
  std::vector<std::string> stateNames;
  for (const BodyState &state : body.states) {
    requireNumbers(state.parameter);
    if (state.next->shape != state.parameter->shape || state.next->type != state.parameter->type)
      fail("a memory changes its shape from " + spellShape(state.parameter->shape) + " to " +
           spellShape(state.next->shape));
    stateNames.push_back(builder.uniqueName(state.parameter->hint));
  }
  NamedTensors weights;
  std::string text = writeCell(builder, body, captures.get(), stateNames, weights);
  for (const NamedTensor &weight : weights)
    instance->weights.emplace_back(weight.name, weight.tensor);
  std::string wanted = plainName(body.name);
  instance->name = builder.uniqueName(wanted);
  wanted[0] = llvm::toUpper(wanted[0]);
  instance->type = builder.declareNamed(wanted + "Body", "cell ", text);

  std::string pattern =
      std::string("scan ") + (body.isReverse ? "reverse " : "") + instance->name + "(";
  llvm::SmallVector<Value> operands;
  auto add = [&](Value value) {
    operands.push_back(value);
    return "$" + std::to_string(operands.size() - 1);
  };
  std::vector<std::string> inputs, shared, from;
  for (const auto &[parameter, sequence] : body.inputs)
    inputs.push_back(add(sequence));
  for (Value value : captures.get())
    shared.push_back(add(value));
  for (auto [state, name] : llvm::zip(body.states, stateNames))
    from.push_back(name + " = " + add(state.initial));
  pattern +=
      llvm::join(inputs, ", ") + (shared.empty() ? "" : "; ") + llvm::join(shared, ", ") + ")";
  if (!from.empty())
    pattern += " from (" + llvm::join(from, ", ") + ")";
  Dim steps = body.inputs[0].second->shape[0];
  std::vector<std::pair<DataType, Shape>> types;
  for (Value output : body.outputs) {
    types.push_back({output->type, output->shape});
    types.back().second.insert(types.back().second.begin(), steps);
  }
  types.push_back({DataType::Float, {}});
  auto made = builder.statement(pattern, operands, types);
  made[0]->statement->instance = instance;
  made.back()->hint = "last";
  BodyResults results;
  results.outputs.assign(made.begin(), made.end() - 1);
  for (auto [state, name] : llvm::zip(body.states, stateNames))
    results.states.push_back(builder.expression(state.parameter->type, state.parameter->shape,
                                                "$0." + name, {made.back()}));
  return results;
}
