//===- Generator.cpp - Random models -----------------------------*- C++ -*-===//
//
// A model is inputs, stages that make sequences of sequences, and outputs.
//
//===----------------------------------------------------------------------===//

#include "Generator.h"
#include "CellGrower.h"
#include "Cleanup.h"

using namespace gatefold;
using namespace gatefold::smith;

namespace {
/// What depends on the size of models.
struct Limits {
  std::vector<int64_t> widths;
  int64_t numStages;
  int cellDepth;
};

/// Grows one model.
class ModelGrower {
public:
  ModelGrower(uint64_t seed, ModelSize size);
  Tree grow();

private:
  using Stage = void (ModelGrower::*)();

  void makeSizes();
  void makeInputs();
  void makeFunctions();
  std::string makeLayer(const Axis &input, const Axis &output);

  void addCellStage();
  void addLibraryStage();
  void addStack();
  void addBidirectional();
  void addReverse();
  void addLayer();
  void addNorm();
  void addConvolution();
  void addAttention();
  void addElementwise();
  void addEncoder();
  void addOutputs();

  std::string addInstance(const std::string &prefix, const std::string &callee,
                          std::vector<Axis> arguments = {}, std::optional<int64_t> count = {});
  Expression scan(const std::string &instance, std::vector<Expression> sequences,
                  const Type &stepResult);
  Binding addValue(const std::string &prefix, Expression value);
  Type overTime(Type type) const;
  Binding pickSequence();
  Axis pickAxis() { return random.pick(axes); }
  CellGrower cellGrower() { return {random, tree, names, axes, limits.cellDepth}; }

  Random random;
  Limits limits;
  Tree tree;
  Names names;
  Declaration model;
  Axis time, rows;
  std::vector<Axis> axes;
  std::vector<Binding> sequences; ///< f32 [T, N], the newest last
  std::vector<Binding> others;    ///< of other types, or without time
  std::vector<Binding> marks;     ///< inputs [T] of bools and integers
  std::vector<Binding> fixed;     ///< inputs without time
};
} // namespace

static Limits limitsOf(ModelSize size) {
  switch (size) {
  case ModelSize::Small:
    return {{1, 2, 3, 5, 7, 8, 12, 15, 16, 17, 20, 24, 32, 33}, 1, 1};
  case ModelSize::Medium:
    return {{1, 4, 7, 8, 16, 17, 20, 31, 32, 33, 40, 48}, 3, 2};
  case ModelSize::Large:
    return {{8, 16, 20, 32, 33, 48, 64, 65, 96}, 5, 2};
  }
  return {};
}

ModelGrower::ModelGrower(uint64_t seed, ModelSize size)
    : random(3 * seed + static_cast<uint64_t>(size)), limits(limitsOf(size)) {}

//===----------------------------------------------------------------------===//
// Sizes, inputs, functions and layers
//===----------------------------------------------------------------------===//

void ModelGrower::makeSizes() {
  tree.sizes.push_back({"T", 0, false, /*isFree=*/true});
  tree.sizes.push_back({"S", 0, false, /*isFree=*/true});
  time = {0};
  rows = {1};
  static constexpr const char *letters[] = {"A", "B", "C", "D"};
  const int64_t count = random.between(2, 4);
  for (int64_t index = 0; index < count; ++index) {
    const bool isNamed = random.chance(0.5);
    tree.features.insert(isNamed ? "named size" : "number as a size");
    tree.sizes.push_back({letters[index], random.pick(limits.widths), isNamed});
    axes.push_back({static_cast<unsigned>(tree.sizes.size() - 1)});
  }
  if (random.chance(0.3)) {
    tree.features.insert("sum of sizes");
    axes.push_back({axes[0][0], axes[1][0]});
  }
}

Type ModelGrower::overTime(Type type) const {
  type.shape.insert(type.shape.begin(), time);
  return type;
}

void ModelGrower::makeInputs() {
  model.kind = Declaration::Kind::Model;
  model.name = "Main";
  auto add = [&](const std::string &prefix, const Type &type, std::vector<Binding> &into) {
    model.parameters.push_back({names.make(prefix), type});
    into.push_back(model.parameters.back());
  };
  add("xs", overTime(floats({pickAxis()})), sequences);
  if (random.chance(0.25))
    add("xs", overTime(floats({pickAxis()})), sequences);
  if (model.parameters.size() > 1)
    tree.features.insert("several inputs");
  if (random.chance(0.2))
    add("mark", overTime({Element::Bool, {}}), marks);
  if (random.chance(0.15))
    add("kind", overTime({Element::I32, {}}), marks);
  if (random.chance(0.1))
    add("level", overTime(floats()), marks);
  if (random.chance(0.1)) {
    tree.features.insert("matrix as an input");
    add("grid", overTime(floats({pickAxis(), pickAxis()})), marks);
  }
  if (random.chance(0.3)) {
    tree.features.insert("free size beside time");
    add("rows", floats({rows, pickAxis()}), fixed);
  }
  if (random.chance(0.15)) {
    tree.features.insert("input without time");
    add("still", floats({pickAxis()}), fixed);
  }
  if (random.chance(0.15)) {
    tree.features.insert("tokens");
    model.parameters.push_back({names.make("words"), overTime({Element::Token, {}})});
    const Binding words = model.parameters.back();
    tree.sizes.push_back({"", numTokens});
    const Axis table{static_cast<unsigned>(tree.sizes.size() - 1)}, width = pickAxis();
    std::string instance = addInstance("table", "Embedding", {table, width});
    Expression call{Expression::Kind::Call, "", overTime(floats({width})), {refer(words)}};
    call.callee = instance;
    sequences.push_back(addValue("read", std::move(call)));
  }
}

void ModelGrower::makeFunctions() {
  for (int64_t count = random.below(3); count > 0; --count) {
    Declaration function;
    function.kind = Declaration::Kind::Function;
    function.name = names.make("f");
    // A function could not find the sizes of a sum.
    const Type type = random.chance(0.7) ? floats() : floats({axes[random.below(2)]});
    Grower grower(random, tree, names, function);
    for (int64_t parameters = random.between(1, 3); parameters > 0; --parameters) {
      function.parameters.push_back({names.make("p"), type});
      grower.know(function.parameters.back());
    }
    Expression result = grower.grow(type, 3);
    function.results = {operate("tanh({0})", type, {std::move(result)})};
    tree.declarations.push_back(std::move(function));
  }
}

std::string ModelGrower::makeLayer(const Axis &input, const Axis &output) {
  tree.features.insert("layer");
  Declaration layer;
  layer.kind = Declaration::Kind::Layer;
  layer.name = names.make("Layer");
  layer.parameters = {{names.make("x"), floats({input})}};
  Grower grower(random, tree, names, layer);
  grower.know(layer.parameters[0]);
  if (random.chance(0.5))
    grower.name("v", grower.growGate(pickAxis()));
  Expression gate = grower.growGate(output), rest = grower.grow(floats({output}), 2);
  layer.results = {
      operate("<0> + 0.5 * <1>", floats({output}), {std::move(gate), std::move(rest)}, 3)};
  tree.declarations.push_back(std::move(layer));
  return tree.declarations.back().name;
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

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

static Type stepOf(Type type) {
  type.shape.erase(type.shape.begin());
  return type;
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

void ModelGrower::addAttention() {
  tree.features.insert("attention between stages");
  const Binding input = pickSequence();
  if (fixed.empty() || fixed[0].type.rank() != 2)
    return addNorm();
  const Axis width = input.type.shape[1];
  const Type memory = floats({fixed[0].type.shape[0], width});
  Expression keys{Expression::Kind::Call, "", memory, {refer(fixed[0])}};
  keys.callee = addInstance("keys", "Linear", {fixed[0].type.shape[1], width});
  const Binding known = addValue("known", std::move(keys));
  sequences.push_back(addValue(
      "ys", operate("dot_attention({0}, {1}, {1})", input.type, {refer(input), refer(known)})));
}

void ModelGrower::addElementwise() {
  tree.features.insert("elementwise between stages");
  const Binding input = pickSequence();
  Expression value = operate(random.pick({"tanh({0})", "gelu({0})", "0.5 * <0>", "softmax({0})",
                                          "<0> * sigmoid({0})", "square({0})"}),
                             input.type, {refer(input)});
  sequences.push_back(addValue("ys", std::move(value)));
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

void ModelGrower::addReverse() {
  tree.features.insert("reverse scan");
  addLibraryStage();
  model.statements.back().value.scan = Expression::Scan::Reverse;
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

void ModelGrower::addOutputs() {
  model.results.push_back(refer(sequences.back()));
  if (random.chance(0.2)) {
    tree.features.insert("argmax as an output");
    model.results.push_back(
        operate("argmax({0})", overTime({Element::Token, {}}), {refer(sequences.back())}));
  }
  if (random.chance(0.2)) {
    tree.features.insert("sum over time");
    model.results.push_back(
        operate("sum({0}, axis = 0)", stepOf(sequences.back().type), {refer(sequences.back())}));
  }
  for (const Binding &other : others)
    if (random.chance(0.8))
      model.results.push_back(refer(other));
  if (random.chance(0.2) && sequences.size() > 2)
    model.results.push_back(refer(sequences[sequences.size() - 2]));
  if (model.results.size() > 1)
    tree.features.insert("several outputs");
}

Tree ModelGrower::grow() {
  makeSizes();
  makeFunctions();
  makeInputs();
  static const std::vector<Stage> stages{
      &ModelGrower::addLibraryStage, &ModelGrower::addStack,       &ModelGrower::addBidirectional,
      &ModelGrower::addReverse,      &ModelGrower::addLayer,       &ModelGrower::addLayer,
      &ModelGrower::addNorm,         &ModelGrower::addConvolution, &ModelGrower::addAttention,
      &ModelGrower::addElementwise,  &ModelGrower::addEncoder,     &ModelGrower::addAttention};
  const bool hasCell = random.chance(0.75);
  if (hasCell)
    addCellStage();
  for (int64_t count = random.between(hasCell ? 0 : 1, limits.numStages); count > 0; --count)
    random.chance(0.25) ? addCellStage() : (this->*random.pick(stages))();
  addOutputs();
  tree.declarations.push_back(std::move(model));
  dropUnused(tree);
  return std::move(tree);
}

Tree smith::generate(uint64_t seed, ModelSize size) { return ModelGrower(seed, size).grow(); }
