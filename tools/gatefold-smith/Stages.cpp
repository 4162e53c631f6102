//===- Stages.cpp - What makes sequences of sequences -------------*- C++ -*-===//
//
// The stages of random models: cells, stacks, layers, and what lies between them.
//
//===----------------------------------------------------------------------===//

#include "ModelGrower.h"

using namespace gatefold;
using namespace gatefold::smith;

std::string ModelGrower::addInstance(const std::string &prefix, const std::string &callee,
                                     std::vector<Axis> arguments, std::optional<int64_t> count) {
  Statement instance{Statement::Kind::Instance, {{names.make(prefix), {}}}};
  instance.callee = callee;
  instance.arguments = std::move(arguments);
  instance.extent = count;
  model.statements.push_back(instance);
  return instance.bindings[0].name;
}

Binding ModelGrower::addValue(const std::string &prefix, Expression value) {
  Binding binding{names.make(prefix), value.type};
  model.statements.push_back({Statement::Kind::Value, {binding}, std::move(value)});
  return binding;
}

Expression ModelGrower::scan(const std::string &instance, std::vector<Expression> steps,
                             const Type &stepResult) {
  Type type = stepResult;
  type.shape.insert(type.shape.begin(), steps[0].type.shape[0]);
  Expression call{Expression::Kind::Call, "", type, std::move(steps)};
  call.callee = instance;
  call.scan = Expression::Scan::Forward;
  return call;
}

/// The newest, mostly: stages are a chain.
Binding ModelGrower::pickSequence() {
  return random.chance(0.7) ? sequences.back() : random.pick(sequences);
}

void ModelGrower::addCellStage() {
  std::vector<Expression> operands{refer(pickSequence())};
  if (random.chance(0.3)) {
    tree.features.insert("scan of several sequences");
    operands.push_back(refer(random.pick(sequences)));
  }
  for (const Binding &mark : marks)
    if (random.chance(0.8))
      operands.push_back(refer(mark));
  CellShape shape;
  for (const Expression &operand : operands)
    shape.inputs.push_back(stepOf(operand.type));
  shape.output = pickAxis();
  unsigned numFixed = 0;
  for (const Binding &memory : fixed)
    if (random.chance(0.8)) {
      shape.fixed.push_back(memory.type);
      operands.push_back(refer(memory));
      ++numFixed;
    }
  const std::string cell = cellGrower().grow(shape);
  Expression call = scan(addInstance("cell", cell), std::move(operands), floats({shape.output}));
  call.numFixed = numFixed;
  Statement value{Statement::Kind::Value, {{names.make("ys"), call.type}}, std::move(call)};
  const Binding result = value.bindings[0];
  const Declaration &declared = *tree.find(cell);
  if (declared.results.size() > 1) {
    value.bindings.push_back({names.make("more"), overTime(declared.results[1].type)});
    others.push_back(value.bindings.back());
  }
  std::optional<Binding> member;
  if (random.chance(0.25)) {
    tree.features.insert("final memories");
    value.bindings.push_back({names.make("last"), {Element::Memories, {}}});
    for (const Statement &statement : declared.statements)
      if (statement.kind == Statement::Kind::State)
        member = statement.bindings[0];
  }
  const Binding last = value.bindings.back();
  model.statements.push_back(std::move(value));
  if (member)
    others.push_back(addValue("end", operate("{0}." + member->name, member->type, {refer(last)})));
  sequences.push_back(result);
}

void ModelGrower::addLibraryStage() {
  tree.features.insert("library cell");
  const Binding input = pickSequence();
  const Axis output = pickAxis();
  const std::string instance = addInstance(
      "cell", random.pick({"Lstm", "Gru", "GruResetBefore", "Rnn"}), {input.type.shape[1], output});
  sequences.push_back(addValue("ys", scan(instance, {refer(input)}, floats({output}))));
}

void ModelGrower::addStack() {
  tree.features.insert("stack");
  const Binding input = pickSequence();
  const Axis axis = input.type.shape[1];
  std::string callee = random.pick({"Lstm", "Gru"});
  std::vector<Axis> arguments{axis, axis};
  if (random.chance(0.6)) {
    callee = cellGrower().grow({{floats({axis})}, {}, axis});
    arguments.clear();
  }
  if (tree.find(callee) && tree.find(callee)->results.size() > 1)
    tree.find(callee)->results.pop_back();
  const std::string cells = addInstance("cells", callee, arguments, random.between(2, 3));
  const Binding result = addValue("ys", operate("1 * <0>", input.type, {refer(input)}));
  Statement each{Statement::Kind::Each};
  each.callee = cells;
  each.body.push_back(
      {Statement::Kind::Value, {result}, scan("part", {refer(result)}, floats({axis}))});
  model.statements.push_back(std::move(each));
  sequences.push_back(result);
}

void ModelGrower::addBidirectional() {
  tree.features.insert("bidirectional");
  const Binding input = pickSequence();
  const Axis a = axes[0], b = axes[1];
  auto makeCell = [&](const Axis &output) {
    if (random.chance(0.5))
      return addInstance("cell", random.pick({"Lstm", "Gru"}), {input.type.shape[1], output});
    std::string callee = cellGrower().grow({{stepOf(input.type)}, {}, output});
    if (tree.find(callee)->results.size() > 1)
      tree.find(callee)->results.pop_back();
    return addInstance("cell", callee);
  };
  const std::string forward = makeCell(a), backward = makeCell(b);
  Expression left = scan(forward, {refer(input)}, floats({a}));
  Expression right = scan(backward, {refer(input)}, floats({b}));
  right.scan = Expression::Scan::Reverse;
  Axis joined{a[0], b[0]};
  sequences.push_back(addValue("both", operate("join({0}, {1})", overTime(floats({joined})),
                                               {std::move(left), std::move(right)})));
}

void ModelGrower::addLayer() {
  const Binding input = pickSequence();
  const Axis output = pickAxis();
  const bool isOwn = random.chance(0.7);
  const std::string instance = isOwn ? addInstance("layer", makeLayer(input.type.shape[1], output))
                                     : addInstance("layer", random.pick({"Linear", "LinearNoBias"}),
                                                   {input.type.shape[1], output});
  Expression call{Expression::Kind::Call, "", overTime(floats({output})), {refer(input)}};
  call.callee = instance;
  if (output == input.type.shape[1]) {
    tree.features.insert("residual");
    Type type = call.type;
    call = operate("<0> + <1>", type, {refer(input), std::move(call)});
  }
  sequences.push_back(addValue("ys", std::move(call)));
}

void ModelGrower::addNorm() {
  tree.features.insert("norm between stages");
  const Binding input = pickSequence();
  Expression call{Expression::Kind::Call, "", input.type, {refer(input)}};
  call.callee = addInstance("norm", random.pick({"LayerNorm", "RmsNorm"}), {input.type.shape[1]});
  sequences.push_back(addValue("ys", std::move(call)));
}

void ModelGrower::addConvolution() {
  tree.features.insert("convolution over time");
  const Binding input = pickSequence();
  tree.sizes.push_back({"", random.between(1, 4)});
  const Axis taps{static_cast<unsigned>(tree.sizes.size() - 1)};
  Expression call{Expression::Kind::Call, "", input.type, {refer(input)}};
  call.callee = addInstance("smooth", "CausalConv1d", {input.type.shape[1], taps});
  sequences.push_back(addValue("ys", std::move(call)));
}

void ModelGrower::addElementwise() {
  tree.features.insert("elementwise between stages");
  const Binding input = pickSequence();
  Expression value = operate(random.pick({"tanh({0})", "gelu({0})", "0.5 * <0>", "softmax({0})",
                                          "<0> * sigmoid({0})", "square({0})"}),
                             input.type, {refer(input)});
  sequences.push_back(addValue("ys", std::move(value)));
}

void ModelGrower::addReverse() {
  tree.features.insert("reverse scan");
  addLibraryStage();
  model.statements.back().value.scan = Expression::Scan::Reverse;
}
