//===- OperatorsLinearAttention.cpp - Memories of a fixed size ---*- C++ -*-===//
//
// Attention whose memory does not grow, and convolutions that carry the end of their input along.
//
//===----------------------------------------------------------------------===//

#include "BodyCell.h"
#include "Heads.h"
#include "OperatorContext.h"
#include "Operators.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::onnx;

/// x sigmoid(alpha x)
static Value swishOf(Builder &builder, Value x, double alpha) {
  if (alpha == 1)
    return builder.function("silu", x);
  return builder.multiply(x, builder.function("sigmoid", builder.multiplyScalar(x, alpha)));
}

//===----------------------------------------------------------------------===//
// Linear attention
//===----------------------------------------------------------------------===//

namespace {
/// What a step, or all of them along a first axis, works with: queries [B, H, K], keys [B, G, K],
/// values [B, G, V], and where the rule has them decays in logarithms [B, G, K or 1] and strengths
/// of corrections [B, G or 1, 1].
struct LinearInputs {
  Value queries = nullptr, keys = nullptr, values = nullptr, decays = nullptr, strengths = nullptr;
};

struct LinearStep {
  Value state, output;
};
} // namespace

/// One step from a memory [B, G, K, V] to the next, and what the queries read: [B, H, V].
static LinearStep takeStep(Builder &builder, Value state, const LinearInputs &at) {
  if (at.decays) {
    Value kept = builder.function("exp", at.decays, [](double x) { return std::exp(x); });
    state = builder.multiply(state, builder.unsqueeze(kept, {3}));
  }
  Value written = at.values;
  if (at.strengths) {
    Value found = builder.squeeze(builder.matmul(builder.unsqueeze(at.keys, {2}), state), {2});
    written = builder.multiply(at.strengths, builder.subtract(at.values, found));
  }
  state = builder.add(
      state, builder.multiply(builder.unsqueeze(at.keys, {3}), builder.unsqueeze(written, {2})));
  Value grouped = groupHeads(builder, at.queries, 1, state->shape[1]);
  Value read = builder.matmul(grouped, state);
  return {state,
          builder.reshape(read, {at.queries->shape[0], at.queries->shape[1], state->shape[3]})};
}

/// All inputs that are there, by reference.
static llvm::SmallVector<Value *> listInputs(LinearInputs &inputs) {
  llvm::SmallVector<Value *> list;
  for (Value *input :
       {&inputs.queries, &inputs.keys, &inputs.values, &inputs.decays, &inputs.strengths})
    if (*input)
      list.push_back(input);
  return list;
}

/// The steps, written out one by one.
static LinearStep unrollSteps(Builder &builder, Value state, LinearInputs sequences,
                              int64_t steps) {
  llvm::SmallVector<Value> outputs;
  for (int64_t i = 0; i < steps; ++i) {
    LinearInputs at = sequences;
    for (Value *input : listInputs(at))
      *input = builder.take(*input, 0, builder.scalar(DataType::Int64, static_cast<double>(i)));
    LinearStep step = takeStep(builder, state, at);
    state = step.state;
    outputs.push_back(builder.unsqueeze(step.output, {0}));
  }
  return {state, builder.concatenate(outputs, 0)};
}

/// The steps as those of a cell.
static LinearStep scanSteps(Builder &builder, Value state, LinearInputs sequences) {
  static constexpr const char *names[] = {"query", "key", "value", "decay", "strength"};
  BodyCell cell;
  cell.name = "linear_attention";
  LinearInputs at = sequences;
  size_t next = 0;
  for (Value *input : listInputs(at)) {
    Value sequence = *input;
    *input = builder.parameter(names[next++], sequence->type,
                               llvm::ArrayRef<Dim>(sequence->shape).drop_front());
    cell.inputs.push_back({*input, sequence});
  }
  Value memory = builder.parameter("memory", state->type, state->shape);
  builder.enterCell();
  LinearStep step = takeStep(builder, memory, at);
  builder.leaveCell();
  cell.states.push_back({memory, state, step.state});
  cell.outputs.push_back(step.output);
  BodyResults results = scanBody(builder, cell);
  return {results.states[0], results.outputs[0]};
}

/// [B, T, H * D] as [T, B, H, D], in f32.
static Value alongTime(Builder &builder, Value x, int64_t heads) {
  return builder.permute(builder.cast(splitHeads(builder, x, heads), DataType::Float),
                         {1, 0, 2, 3});
}

static LinearInputs readLinearInputs(OperatorContext &context) {
  Builder &builder = context.builder;
  int64_t heads = context.integerAttribute("kv_num_heads", 0);
  std::string rule = context.textAttribute("update_rule", "gated_delta");
  if (rule != "linear" && rule != "gated" && rule != "delta" && rule != "gated_delta")
    fail("`update_rule` of \"" + rule + "\"");
  LinearInputs inputs;
  inputs.queries = alongTime(builder, context.input(0), context.integerAttribute("q_num_heads", 0));
  inputs.keys = alongTime(builder, context.input(1), heads);
  inputs.values = alongTime(builder, context.input(2), heads);
  if (rule == "gated" || rule == "gated_delta")
    inputs.decays = alongTime(builder, context.input(4), heads);
  if (rule == "delta" || rule == "gated_delta") {
    Value strengths = context.input(5);
    bool areForAll = strengths->rank() == 3 && strengths->shape[2].isOne();
    inputs.strengths = alongTime(builder, strengths, areForAll ? 1 : heads);
  }
  // A scale that is not given is 0.
  double scale = context.floatAttribute("scale", 0);
  inputs.queries = builder.multiplyScalar(
      inputs.queries, scale != 0 ? scale : defaultScale(inputs.queries->shape[3]));
  return inputs;
}

static void linearAttention(OperatorContext &context) {
  Builder &builder = context.builder;
  LinearInputs inputs = readLinearInputs(context);
  Dim steps = inputs.queries->shape[0];
  Shape memory = {inputs.keys->shape[1], inputs.keys->shape[2], inputs.keys->shape[3],
                  inputs.values->shape[3]};
  Value past = context.inputOrNull(3);
  Value state = past ? builder.cast(past, DataType::Float)
                     : builder.full(builder.scalar(DataType::Float, 0), memory);
  if (state->shape != memory)
    fail("a memory of shape " + spellShape(state->shape) + ", expected " + spellShape(memory));
  for (Value *input : listInputs(inputs))
    if ((*input)->shape[0] != steps || (*input)->shape[1] != memory[0])
      fail("inputs of different numbers of steps or examples");
  if (steps == Dim())
    fail("attention without steps");
  LinearStep result = steps.isOne() || (builder.isInCell() && steps.asConstant())
                          ? unrollSteps(builder, state, inputs, *steps.asConstant())
                          : scanSteps(builder, state, inputs);
  DataType type = context.input(0)->type;
  Value output = mergeHeads(builder, builder.permute(result.output, {1, 0, 2, 3}));
  context.output(0, builder.cast(output, type));
  context.output(1, builder.cast(result.state, past ? past->type : type));
}

//===----------------------------------------------------------------------===//
// Convolutions along time
//===----------------------------------------------------------------------===//

/// Each channel by itself: x [B, C, L] with the kernels [C, 1, K].
static void causalConvolution(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0), kernels = context.input(1), past = context.inputOrNull(3);
  std::optional<int64_t> reach =
      kernels->rank() == 3 ? kernels->shape[2].asConstant() : std::nullopt;
  if (x->rank() != 3 || !reach || *reach < 1 || kernels->shape[0] != x->shape[1] ||
      !kernels->shape[1].isOne())
    fail("kernels of shape " + spellShape(kernels->shape) + " for " + spellShape(x->shape));
  Dim before = Dim::constant(*reach - 1), length = x->shape[2];
  Value seen = past ? builder.concatenate({past, x}, 2)
                    : builder.pad(x, 2, before, Dim(), builder.scalar(x->type, 0));
  if (seen->shape[2] != length + before)
    fail("a state of shape " + spellShape(past->shape) + " for kernels of " + llvm::Twine(*reach) +
         " elements");
  Value windows = builder.windows(seen, 2, *reach, 1, 1);
  Value result = builder.reduce(Reduction::Sum, builder.multiply(windows, kernels), {3}, false);
  if (Value bias = context.inputOrNull(2))
    result = builder.add(result, builder.unsqueeze(bias, {1}));
  std::string activation = context.textAttribute("activation", "none");
  if (activation == "silu" || activation == "swish")
    result = swishOf(builder, result, 1);
  else if (activation != "none")
    fail("activation `" + activation + "`");
  context.output(0, result);
  context.output(1, *reach == 1 ? builder.literal(x->type, {x->shape[0], x->shape[1], Dim()}, {})
                                : builder.slice(seen, 2, length, length + before));
}

static void swiglu(OperatorContext &context) {
  Builder &builder = context.builder;
  context.output(
      0, builder.multiply(swishOf(builder, context.input(0), context.floatAttribute("alpha", 1)),
                          context.input(1)));
}

void onnx::addLinearAttentionOperators(OperatorTable &table) {
  table.add("LinearAttention", linearAttention);
  table.add("CausalConvWithState", causalConvolution);
  table.add("SwiGLU", swiglu);
}
