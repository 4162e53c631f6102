//===- CellValues.cpp - What random cells compute ----------------*- C++ -*-===//
//
// Gates, attention to what a cell remembers or is given, and whatever else has a name.
//
//===----------------------------------------------------------------------===//

#include "CellGrower.h"

using namespace gatefold;
using namespace gatefold::smith;

void CellGrower::growGates() {
  const int64_t count = random.between(1, 7);
  tree.features.insert("gates " + std::to_string(count));
  Axis axis = pickAxis();
  for (const Memory &memory : memories)
    if (memory.next.element == Element::F32 && memory.next.rank() == 1)
      axis = memory.next.shape[0];
  for (int64_t gate = 0; gate < count; ++gate) {
    const bool isWidest = random.chance(0.8);
    if (!isWidest)
      tree.features.insert("gates of several widths");
    grower.name("gate", grower.growGate(isWidest ? axis : pickAxis()));
  }
}

Expression CellGrower::callInner() {
  Expression call{Expression::Kind::Call, "", floats({innerShape.output})};
  call.callee = inner->bindings[0].name;
  call.operands = {grower.bound(grower.grow(innerShape.inputs[0], 1))};
  inner.reset();
  return call;
}

void CellGrower::growLoop() {
  tree.features.insert("for");
  const Type type = floats({pickAxis()});
  const Binding value = grower.name("turn", grower.grow(type, 1));
  Statement loop{Statement::Kind::For};
  loop.extent = random.between(1, 3);
  Expression next = smith::operate(
      random.pick({"tanh(0.5 * <0> + <1>)", "<0> * sigmoid({1})", "0.5 * <0> + 0.3 * <1> * n"}),
      type, {refer(value), grower.bound(grower.grow(type, 2))});
  loop.body.push_back({Statement::Kind::Value, {value}, std::move(next)});
  cell.statements.push_back(std::move(loop));
}

/// Causal attention with several heads, whose scores are products, sums or distances.
void CellGrower::growHeads() {
  tree.features.insert("attention with several heads");
  const int64_t count = random.between(2, 4), width = random.pick({1, 2, 5, 8, 16});
  auto makeAxis = [&](int64_t size) {
    tree.sizes.push_back({"", size});
    return Axis{static_cast<unsigned>(tree.sizes.size() - 1)};
  };
  const Axis heads = makeAxis(count), places = makeAxis(width), all = makeAxis(count * width);
  auto splitGate = [&] {
    return smith::operate("split({0}, " + std::to_string(count) + ")", floats({heads, places}),
                          {grower.growGate(all)});
  };
  Expression query = refer(grower.name("query", splitGate()));
  std::vector<Expression> rows;
  for (const char *prefix : {"keys", "values"}) {
    Statement history{Statement::Kind::History};
    history.value = splitGate();
    history.bindings = {{names.make(prefix), floats({makeHistoryAxis(0), heads, places})}};
    rows.push_back(refer(history.bindings[0]));
    cell.statements.push_back(std::move(history));
  }
  const std::string head = names.make("i");
  auto at = [&](std::string pattern) {
    for (size_t place; (place = pattern.find('@')) != std::string::npos;)
      pattern.replace(place, 1, head);
    return pattern;
  };
  std::string scores =
      random.pick({"<0>[:, @] . <1>[@] / 2", "-sum(square(<0>[:, @] - <1>[@]), axis = -1)",
                   "tanh(<0>[:, @] + <1>[@]) . <1>[@]", "max(<0>[:, @] * <1>[@], axis = -1)"});
  if (random.chance(0.3))
    scores = "sin(" + scores + ")";
  Expression context =
      smith::operate("[softmax(" + at(scores) + ") @ <2>[:, " + head + "] for " + head + " in " +
                         std::to_string(count) + "]",
                     floats({heads, places}), {rows[0], std::move(query), rows[1]});
  const Binding flat =
      grower.name("heads", smith::operate("flatten({0})", floats({all}), {std::move(context)}));
  shown.push_back(flat);
}

void CellGrower::growExtras() {
  if (keys) {
    // Both histories have one axis in common, so they share their rows.
    tree.features.insert("causal attention");
    const Type rows = floats({keys->binding.type.shape[0]});
    const Type size = floats({keys->binding.type.shape[1]});
    Expression query = grower.growGate(size.shape[0]);
    Expression scores =
        smith::operate("<0> . <1> / 2", rows, {refer(keys->binding), std::move(query)});
    grower.name("context", smith::operate("softmax({0}) @ <1>", size,
                                          {std::move(scores), refer(values->binding)}));
  }
  for (const Binding &parameter :
       std::vector<Binding>(cell.parameters.end() - cell.numFixed, cell.parameters.end())) {
    if (parameter.type.rank() != 2)
      continue;
    tree.features.insert("attention over a fixed memory");
    grower.name("context", grower.growAttention({parameter}));
  }
  if (random.chance(0.08))
    growHeads();
  if (inner && random.chance(0.8))
    shown.push_back(grower.name("deeper", callInner()));
  if (random.chance(0.1))
    growLoop();
  for (int64_t count = random.below(3); count > 0; --count) {
    Type type = floats();
    for (int64_t rank = random.pick({0, 1, 1, 2}); rank > 0; --rank)
      type.shape.push_back(pickAxis());
    grower.name("v", grower.grow(type, 2));
  }
}
