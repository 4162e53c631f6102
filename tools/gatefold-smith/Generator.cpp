//===- Generator.cpp - Random models -----------------------------*- C++ -*-===//
//
// A model is inputs, stages that make sequences of sequences, and outputs.
//
//===----------------------------------------------------------------------===//

#include "Generator.h"
#include "Cleanup.h"
#include "ModelGrower.h"

using namespace gatefold;
using namespace gatefold::smith;

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
  random.chance(0.12) ? addGeneration() : addOutputs();
  tree.declarations.push_back(std::move(model));
  dropUnused(tree);
  return std::move(tree);
}

Tree smith::generate(uint64_t seed, ModelSize size) { return ModelGrower(seed, size).grow(); }
