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
/// The values that a body takes as they are: those that no step decides, used by those that one
/// does.
class Captures {
public:
  explicit Captures(const BodyCell &body) {
    for (const BodyState &state : body.states)
      inside.insert(state.parameter);
    for (const auto &[parameter, sequence] : body.inputs)
      inside.insert(parameter);
    std::vector<Value> results = body.outputs;
    for (const BodyState &state : body.states)
      results.push_back(state.next);
    std::vector<Value> reached = findReached(results);
    for (Value value : reached)
      if (llvm::any_of(value->operands, [&](Value each) { return inside.contains(each); }))
        inside.insert(value);
    for (Value result : results)
      take(result);
    for (Value value : reached)
      if (inside.contains(value))
        for (Value operand : value->operands)
          take(operand);
  }

  llvm::ArrayRef<Value> get() const { return captured; }

private:
  void take(Value value) {
    if (!value->isLiteral() && !inside.contains(value) && !llvm::is_contained(captured, value))
      captured.push_back(value);
  }

  llvm::DenseSet<Value> inside; ///< what a step decides
  std::vector<Value> captured;
};
} // namespace

bool onnx::dependsOn(const BodyCell &body, Value parameter) {
  llvm::SmallVector<Value> open(body.outputs.begin(), body.outputs.end());
  for (const BodyState &state : body.states)
    open.push_back(state.next);
  llvm::DenseSet<Value> seen;
  while (!open.empty()) {
    Value value = open.pop_back_val();
    if (value == parameter)
      return true;
    if (seen.insert(value).second && !value->isLiteral())
      llvm::append_range(open, value->operands);
  }
  return false;
}

static void requireNumbers(Builder &builder, Value value) {
  if (asNumbers(value->shape))
    return;
  for (const Dim &size : value->shape)
    builder.needSize(size);
  fail("the memories of a loop need known sizes, but one is " + spellShape(value->shape) +
       "; --dim NAME=N gives a named dimension its size");
}

/// The declaration behind its name; names are given to parameters and captured values.
static std::string writeCell(Builder &builder, const BodyCell &body, llvm::ArrayRef<Value> captured,
                             llvm::ArrayRef<std::string> stateNames, NamedTensors &weights) {
  Names names = builder.getNames(); // of the cell alone
  BodyWriter writer(names, weights);
  std::vector<std::string> inputs, shared, types, returned;
  auto take = [&](Value value) {
    std::string name = names.take(value->hint);
    writer.nameParameter(value, name);
    return name;
  };
  std::vector<std::string> inputNames = body.inputNames;
  if (inputNames.empty())
    for (const auto &[parameter, sequence] : body.inputs)
      inputNames.push_back(take(parameter));
  else
    for (auto [input, name] : llvm::zip(body.inputs, inputNames))
      writer.nameParameter(input.first, name);
  for (Value value : captured)
    shared.push_back(take(value) + ": " + spellType(value));
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
  for (auto [input, name] : llvm::zip(body.inputs, inputNames))
    inputs.push_back((writer.uses(input.first) ? "" : "_") + name + ": " + spellType(input.first));
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
    requireNumbers(builder, state.parameter);
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
  instance->type = builder.declareNamed(wanted + body.suffix, "cell ", text);

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
    if (state.initial)
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
  for (auto [result, output] : llvm::zip(made, body.outputs))
    result->hint = output->hint;
  made[0]->statement->instance = instance;
  made.back()->hint = "last";
  BodyResults results;
  results.outputs.assign(made.begin(), made.end() - 1);
  for (auto [state, name] : llvm::zip(body.states, stateNames))
    results.states.push_back(builder.expression(state.parameter->type, state.parameter->shape,
                                                "$0." + name, {made.back()}));
  return results;
}
