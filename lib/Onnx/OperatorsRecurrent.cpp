//===- OperatorsRecurrent.cpp - RNN, GRU and LSTM ----------------*- C++ -*-===//
//
// Each direction of a node becomes a cell that is scanned: one of the library where the node is as
// the library has it and there is one example, and one that is written for the node otherwise.
//
//===----------------------------------------------------------------------===//

#include "OperatorContext.h"
#include "Operators.h"
#include "RecurrentCell.h"
#include "llvm/ADT/StringExtras.h"

using namespace gatefold;
using namespace gatefold::onnx;

namespace {
/// What the inputs and attributes of a node say.
struct Recurrence {
  Value x = nullptr, weights = nullptr, recurrent = nullptr, bias = nullptr;
  Value lengths = nullptr, initialH = nullptr, initialC = nullptr, peepholes = nullptr;
  int64_t directions = 1, hidden = 0;
  std::string direction;
  Dim time, batch;
  bool batchFirst = false;
};
} // namespace

/// Activations of one direction, as functions of a text.
static std::vector<Activation> readActivations(OperatorContext &context, int64_t direction,
                                               int64_t directions,
                                               llvm::ArrayRef<llvm::StringRef> defaults) {
  std::vector<std::string> names = context.textsAttribute("activations");
  std::vector<double> alphas = context.floatsAttribute("activation_alpha");
  std::vector<double> betas = context.floatsAttribute("activation_beta");
  std::vector<Activation> activations;
  if (!names.empty() && names.size() != defaults.size() * directions)
    fail(llvm::Twine(names.size()) + " activations, expected " +
         llvm::Twine(defaults.size() * directions));
  size_t nextAlpha = 0, nextBeta = 0;
  for (size_t i = 0; i < defaults.size() * directions; ++i) {
    llvm::StringRef name =
        names.empty() ? defaults[i % defaults.size()] : llvm::StringRef(names[i]);
    Activation activation = makeActivation(name);
    // Parameters are listed in order, for the activations that have some.
    if (activation.hasAlpha && nextAlpha < alphas.size())
      activation.alpha = alphas[nextAlpha++];
    if (activation.hasBeta && nextBeta < betas.size())
      activation.beta = betas[nextBeta++];
    if (i / defaults.size() == static_cast<size_t>(direction))
      activations.push_back(activation);
  }
  return activations;
}

/// An input has to have this shape, if it is there.
static void requireShape(Value value, llvm::StringRef name, llvm::ArrayRef<Dim> shape) {
  if (value && llvm::ArrayRef<Dim>(value->shape) != shape)
    fail(name + " of shape " + spellShape(value->shape) + ", expected " + spellShape(shape));
}

static void requireFloat(Value value, llvm::StringRef name) {
  if (value && !isFloat(value->type))
    fail(name + " of " + dataTypeName(value->type) + ", expected floating-point numbers");
}

/// Checks the inputs that all three operators may have besides X, W and R.
static void checkOptionalInputs(Builder &builder, const Recurrence &node, int64_t gates) {
  builder.needSize(node.batch);
  if (node.initialH && node.initialH->rank() == 3)
    builder.needSize(node.initialH->shape[1]);
  Dim directions = Dim::constant(node.directions), hidden = Dim::constant(node.hidden);
  requireShape(node.bias, "B", {directions, Dim::constant(2 * gates * node.hidden)});
  requireShape(node.lengths, "sequence_lens", {node.batch});
  requireShape(node.initialH, "initial_h", {directions, node.batch, hidden});
  for (auto [value, name] : {std::pair(node.x, "X"),
                             {node.weights, "W"},
                             {node.recurrent, "R"},
                             {node.bias, "B"},
                             {node.initialH, "initial_h"}})
    requireFloat(value, name);
  if (node.lengths && !isInteger(node.lengths->type))
    fail("sequence_lens of " + dataTypeName(node.lengths->type) + ", expected integers");
}

static Recurrence readRecurrence(OperatorContext &context, int64_t gates) {
  Builder &builder = context.builder;
  Recurrence node;
  node.batchFirst = context.integerAttribute("layout", 0);
  node.x = context.input(0);
  node.weights = context.input(1);
  node.recurrent = context.input(2);
  node.bias = context.inputOrNull(3);
  node.lengths = context.inputOrNull(4);
  node.initialH = context.inputOrNull(5);
  if (node.x->rank() != 3 || node.weights->rank() != 3 || node.recurrent->rank() != 3)
    fail("expected three axes of X, W and R");
  if (node.batchFirst) {
    node.x = builder.permute(node.x, {1, 0, 2});
    if (node.initialH)
      node.initialH = builder.permute(node.initialH, {1, 0, 2});
  }
  node.time = node.x->shape[0];
  node.batch = node.x->shape[1];
  auto hidden = node.recurrent->shape[2].asConstant();
  if (!hidden || *hidden < 1 || *hidden > std::numeric_limits<int32_t>::max())
    fail("a hidden size of " + node.recurrent->shape[2].str());
  node.hidden = context.integerAttribute("hidden_size", *hidden);
  node.direction = context.textAttribute("direction", "forward");
  if (!llvm::is_contained({"forward", "reverse", "bidirectional"}, node.direction))
    fail("direction `" + node.direction + "`, expected forward, reverse or bidirectional");
  node.directions = node.direction == "bidirectional" ? 2 : 1;
  Shape weights = {Dim::constant(node.directions), Dim::constant(gates * *hidden),
                   node.x->shape[2]};
  Shape recurrent = {weights[0], weights[1], Dim::constant(*hidden)};
  if (node.hidden != *hidden || node.weights->shape != weights ||
      node.recurrent->shape != recurrent)
    fail("W and R of shapes " + spellShape(node.weights->shape) + " and " +
         spellShape(node.recurrent->shape) + ", expected " + spellShape(weights) + " and " +
         spellShape(recurrent));
  checkOptionalInputs(builder, node, gates);
  return node;
}

/// Part `index` of `count` equal ones along axis 1, of one direction.
static Value part(Builder &builder, Value packed, int64_t direction, int64_t index,
                  int64_t hidden) {
  Value one = builder.squeeze(
      builder.slice(packed, 0, Dim::constant(direction), Dim::constant(direction + 1)), {0});
  return builder.slice(one, 0, Dim::constant(index * hidden), Dim::constant((index + 1) * hidden));
}

/// The weights of one direction by the names that cells give them.
static std::vector<CellWeight> cellWeights(Builder &builder, const Recurrence &node,
                                           llvm::ArrayRef<llvm::StringRef> gates, int64_t direction,
                                           bool separateLast) {
  std::vector<CellWeight> weights;
  int64_t count = gates.size();
  auto suffix = [&](llvm::StringRef gate) { return gate.empty() ? "" : "_" + gate.str(); };
  for (auto [index, gate] : llvm::enumerate(gates))
    weights.push_back(
        {"W" + suffix(gate), part(builder, node.weights, direction, index, node.hidden)});
  for (auto [index, gate] : llvm::enumerate(gates))
    weights.push_back(
        {"U" + suffix(gate), part(builder, node.recurrent, direction, index, node.hidden)});
  for (auto [index, gate] : llvm::enumerate(gates)) {
    bool isApart = separateLast && static_cast<int64_t>(index) + 1 == count;
    Value bias = builder.full(builder.scalar(DataType::Float, 0), {Dim::constant(node.hidden)});
    Value recurrent = bias;
    if (node.bias) {
      bias = part(builder, node.bias, direction, index, node.hidden);
      recurrent = part(builder, node.bias, direction, count + index, node.hidden);
    }
    weights.push_back({"b" + suffix(gate), isApart ? bias : builder.add(bias, recurrent)});
    if (isApart)
      weights.push_back({"c" + suffix(gate), recurrent});
  }
  return weights;
}

namespace {
/// What one direction gives: all outputs [T, B, H], and the memories behind the last step [B, H].
struct Direction {
  Value outputs, lastH, lastC;
};
} // namespace

static Value rowOf(Builder &builder, Value x, int64_t direction) {
  return builder.take(x, 0, builder.reshape(builder.integers({direction}), {}));
}

/// Scans a cell over the steps of one direction.
static Direction scanDirection(OperatorContext &context, const Recurrence &node, CellText cell,
                               int64_t direction, bool hasC) {
  Builder &builder = context.builder;
  bool isReverse = node.direction == "reverse" || direction == 1;
  ScanRequest request;
  request.x = node.x;
  request.isReverse = isReverse;
  request.lengths = node.lengths;
  if (node.initialH)
    request.initialH = rowOf(builder, node.initialH, direction);
  if (node.initialC)
    request.initialC = rowOf(builder, node.initialC, direction);
  request.hidden = node.hidden;
  request.hasC = hasC;
  ScanResult result = scanCell(builder, cell, request);
  return {result.outputs, result.lastH, result.lastC};
}

/// Puts the directions together as the operator's outputs.
static void giveOutputs(OperatorContext &context, const Recurrence &node,
                        llvm::ArrayRef<Direction> directions) {
  Builder &builder = context.builder;
  auto together = [&](Value Direction::*member, int64_t axis) {
    llvm::SmallVector<Value> parts;
    for (const Direction &each : directions)
      parts.push_back(builder.unsqueeze(each.*member, {axis}));
    return builder.concatenate(parts, axis);
  };
  // [T, D, B, H] and [D, B, H]; with the batch in front [B, T, D, H] and [B, D, H].
  if (context.wantsOutput(0)) {
    Value all = together(&Direction::outputs, 1);
    context.output(0, node.batchFirst ? builder.permute(all, {2, 0, 1, 3}) : all);
  }
  for (auto [index, member] : {std::pair(1, &Direction::lastH), std::pair(2, &Direction::lastC)}) {
    if (!context.wantsOutput(index))
      continue;
    if (!(directions[0].*member))
      fail("`" + context.node.output(index) + "` is an output that the operator has not");
    Value last = together(member, 0);
    context.output(index, node.batchFirst ? builder.permute(last, {1, 0, 2}) : last);
  }
}

static std::optional<double> clipOf(OperatorContext &context) {
  const AttributeProto *clip = context.attribute("clip");
  return clip ? std::optional<double>(clip->f()) : std::nullopt;
}

static void rnn(OperatorContext &context) {
  Recurrence node = readRecurrence(context, 1);
  std::vector<Direction> directions;
  for (int64_t i = 0; i < node.directions; ++i) {
    CellText cell;
    cell.kind = CellKind::Rnn;
    cell.activations = readActivations(context, i, node.directions, {"Tanh"});
    cell.clip = clipOf(context);
    cell.weights = cellWeights(context.builder, node, {""}, i, false);
    directions.push_back(scanDirection(context, node, std::move(cell), i, false));
  }
  giveOutputs(context, node, directions);
}

static void gru(OperatorContext &context) {
  Recurrence node = readRecurrence(context, 3);
  bool isAfter = context.integerAttribute("linear_before_reset", 0);
  std::vector<Direction> directions;
  for (int64_t i = 0; i < node.directions; ++i) {
    CellText cell;
    cell.kind = isAfter ? CellKind::Gru : CellKind::GruResetBefore;
    cell.activations = readActivations(context, i, node.directions, {"Sigmoid", "Tanh"});
    cell.clip = clipOf(context);
    cell.weights = cellWeights(context.builder, node, {"z", "r", "n"}, i, isAfter);
    directions.push_back(scanDirection(context, node, std::move(cell), i, false));
  }
  giveOutputs(context, node, directions);
}

static void lstm(OperatorContext &context) {
  Builder &builder = context.builder;
  Recurrence node = readRecurrence(context, 4);
  node.initialC = context.inputOrNull(6);
  if (node.batchFirst && node.initialC)
    node.initialC = builder.permute(node.initialC, {1, 0, 2});
  node.peepholes = context.inputOrNull(7);
  Dim directionCount = Dim::constant(node.directions);
  requireShape(node.initialC, "initial_c",
               {directionCount, node.batch, Dim::constant(node.hidden)});
  requireShape(node.peepholes, "P", {directionCount, Dim::constant(3 * node.hidden)});
  requireFloat(node.initialC, "initial_c");
  requireFloat(node.peepholes, "P");
  std::vector<Direction> directions;
  for (int64_t i = 0; i < node.directions; ++i) {
    CellText cell;
    cell.kind = CellKind::Lstm;
    cell.activations = readActivations(context, i, node.directions, {"Sigmoid", "Tanh", "Tanh"});
    cell.clip = clipOf(context);
    cell.couplesInput = context.integerAttribute("input_forget", 0);
    cell.weights = cellWeights(builder, node, {"i", "o", "f", "g"}, i, false);
    if (node.peepholes)
      for (auto [index, gate] : {std::pair(0, "i"), std::pair(1, "o"), std::pair(2, "f")})
        cell.weights.push_back(
            {std::string("p_") + gate, part(builder, node.peepholes, i, index, node.hidden)});
    cell.hasPeepholes = node.peepholes;
    // A forget gate that is 1 - the input gate has no weights.
    if (cell.couplesInput)
      llvm::erase_if(cell.weights, [](const CellWeight &weight) {
        return llvm::StringRef(weight.name).ends_with("_f");
      });
    directions.push_back(scanDirection(context, node, std::move(cell), i, true));
  }
  giveOutputs(context, node, directions);
}

void onnx::addRecurrentOperators(OperatorTable &table) {
  table.add("RNN", rnn);
  table.add("GRU", gru);
  table.add("LSTM", lstm);
}
