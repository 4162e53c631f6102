//===- AttentionStages.cpp - Stages that look back ----------------*- C++ -*-===//
//
// Attention of sequences to memories and to themselves, encoders, and decoders that make tokens.
//
//===----------------------------------------------------------------------===//

#include "ModelGrower.h"

using namespace gatefold;
using namespace gatefold::smith;

void ModelGrower::addAttention() {
  if (fixed.empty() || fixed[0].type.rank() != 2 || random.chance(0.3))
    return addSelfAttention();
  tree.features.insert("attention between stages");
  const Binding input = pickSequence();
  const Axis width = input.type.shape[1];
  const Type memory = floats({fixed[0].type.shape[0], width});
  Expression keys{Expression::Kind::Call, "", memory, {refer(fixed[0])}};
  keys.callee = addInstance("keys", "Linear", {fixed[0].type.shape[1], width});
  const Binding known = addValue("known", std::move(keys));
  sequences.push_back(addValue(
      "ys", operate("dot_attention({0}, {1}, {1})", input.type, {refer(input), refer(known)})));
}

/// Every step looks at all, through a mask or with a bias that falls with the distance.
void ModelGrower::addSelfAttention() {
  tree.features.insert("self-attention");
  const Binding input = pickSequence();
  const Type scoreType = floats({time, time});
  Expression scores =
      operate(random.pick({"<0> . <0> / 4", "-<0> . tanh(<0>) / 3", "tanh(<0>) . <0>"}), scoreType,
              {refer(input)});
  switch (random.below(4)) {
  case 0:
    tree.features.insert("causal mask");
    scores = operate("hide_future({0})", scoreType, {std::move(scores)});
    break;
  case 1:
    tree.features.insert("mask of a window");
    scores = operate("if abs(range(T)[:, new] - range(T)) < 3 then <0> else -1e30", scoreType,
                     {std::move(scores)});
    break;
  case 2:
    tree.features.insert("bias by distance");
    scores = operate("<0> - 0.3 * f32(abs(range(T)[:, new] - range(T)))", scoreType,
                     {std::move(scores)});
    break;
  default:
    break;
  }
  sequences.push_back(
      addValue("ys", operate("softmax({0}) @ <1>", input.type, {std::move(scores), refer(input)})));
}

void ModelGrower::addEncoder() {
  if (fixed.empty() || fixed[0].type.rank() != 2)
    return addReverse();
  tree.features.insert("encoder and decoder");
  const Axis size = fixed[0].type.shape[1];
  const std::string encoder = addInstance("encoder", "Gru", {size, size});
  Statement encode{
      Statement::Kind::Value,
      {{names.make("coded"), fixed[0].type}, {names.make("last"), {Element::Memories, {}}}},
      scan(encoder, {refer(fixed[0])}, floats({size}))};
  const Binding coded = encode.bindings[0], last = encode.bindings[1];
  model.statements.push_back(std::move(encode));
  const Binding input = pickSequence();
  const Axis output = pickAxis();
  // A state as wide as the encoder's can begin with what that ends with.
  std::vector<Axis> widths(axes);
  widths.insert(widths.end(), axes.size(), size);
  std::string decoder = CellGrower(random, tree, names, widths, limits.cellDepth)
                            .grow({{stepOf(input.type)}, {coded.type}, output});
  Declaration &declared = *tree.find(decoder);
  if (declared.results.size() > 1)
    declared.results.pop_back();
  Expression call =
      scan(addInstance("decoder", decoder), {refer(input), refer(coded)}, floats({output}));
  call.numFixed = 1;
  for (const Statement &statement : declared.statements)
    if (statement.kind == Statement::Kind::State && statement.bindings[0].type == floats({size}) &&
        !statement.extent && call.initial.empty()) {
      tree.features.insert("memories given");
      call.initial.push_back(statement.bindings[0].name);
      call.operands.push_back(operate("{0}.h", floats({size}), {refer(last)}));
    }
  sequences.push_back(addValue("ys", std::move(call)));
}

/// A decoder that makes tokens takes the place of all outputs.
void ModelGrower::addGeneration() {
  tree.features.insert("generate");
  tree.sizes.push_back({"", numTokens});
  CellShape shape;
  shape.readsToken = true;
  shape.output = {static_cast<unsigned>(tree.sizes.size() - 1)};
  tree.sizes.push_back({"<= " + std::to_string(random.between(1, 9)), 0, false, /*isFree=*/true});
  const Axis limit{static_cast<unsigned>(tree.sizes.size() - 1)};
  Expression call{Expression::Kind::Call, "", {Element::Token, {limit}}};
  call.scan = Expression::Scan::Generate;
  call.text = random.pick({"", "until 3", "until 0"});
  call.operands = {operate(random.pick({"0", "2"}), {Element::Token, {}}, {})};
  std::vector<Binding> memories{sequences.back()};
  memories.insert(memories.end(), fixed.begin(), fixed.end());
  for (const Binding &memory : memories)
    if (random.chance(0.8)) {
      shape.fixed.push_back(memory.type);
      call.operands.push_back(refer(memory));
      ++call.numFixed;
    }
  if (random.chance(0.5)) {
    tree.features.insert("prompt");
    model.parameters.push_back({names.make("words"), overTime({Element::Token, {}})});
    call.operands.push_back(refer(model.parameters.back()));
  }
  const std::string cell = cellGrower().grow(shape);
  Declaration &declared = *tree.find(cell);
  if (declared.results.size() > 1)
    declared.results.pop_back();
  const Binding &last = sequences.back();
  for (const Statement &statement : declared.statements)
    if (statement.kind == Statement::Kind::State &&
        statement.bindings[0].type == stepOf(last.type) && !statement.extent &&
        call.initial.empty()) {
      tree.features.insert("generate with memories given");
      call.initial.push_back(statement.bindings[0].name);
      call.operands.push_back(
          operate("tanh(sum({0}, axis = 0))", stepOf(last.type), {refer(last)}));
    }
  call.callee = addInstance("writer", cell);
  model.results = {std::move(call)};
}
