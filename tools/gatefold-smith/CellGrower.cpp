//===- CellGrower.cpp - Grows random cells -----------------------*- C++ -*-===//
//
// The parts of a cell in the order of its text.
//
//===----------------------------------------------------------------------===//

#include "CellGrower.h"
#include "Generator.h"
#include "llvm/ADT/STLExtras.h"

using namespace gatefold;
using namespace gatefold::smith;

CellGrower::CellGrower(Random &random, Tree &tree, Names &names, std::vector<Axis> axes, int depth)
    : random(random), tree(tree), names(names), axes(std::move(axes)), depth(depth),
      grower(random, tree, names, cell) {}

std::string CellGrower::grow(const CellShape &shape) {
  cell.kind = Declaration::Kind::Cell;
  cell.name = names.make("Cell");
  auto addParameters = [&](const std::vector<Type> &types, const std::string &prefix) {
    for (const Type &type : types) {
      Binding parameter{names.make(prefix), type};
      cell.parameters.push_back(parameter);
      grower.know(parameter);
    }
  };
  if (shape.readsToken)
    addToken();
  addParameters(shape.inputs, "x");
  addParameters(shape.fixed, "memory");
  cell.numFixed = static_cast<unsigned>(shape.fixed.size());

  growMemories();
  growGates();
  growExtras();
  growNextValues();
  growResults(shape.output);
  tree.declarations.push_back(std::move(cell));
  return tree.declarations.back().name;
}

void CellGrower::addToken() {
  Binding token{names.make("token"), {Element::Token, {}}};
  cell.parameters.push_back(token);
  tree.sizes.push_back({"", numTokens});
  const Axis rows{static_cast<unsigned>(tree.sizes.size() - 1)}, width = pickAxis();
  Statement table{Statement::Kind::Instance, {{names.make("table"), {}}}};
  table.callee = "Embedding";
  table.arguments = {rows, width};
  Expression call{Expression::Kind::Call, "", floats({width}), {refer(token)}};
  call.callee = table.bindings[0].name;
  cell.statements.push_back(std::move(table));
  grower.name("read", std::move(call));
}

//===----------------------------------------------------------------------===//
// Memories
//===----------------------------------------------------------------------===//

void CellGrower::addState(const Type &type, bool isBack) {
  static constexpr const char *ranks[] = {"state scalar", "state vector", "state matrix"};
  const bool isCount = type.element == Element::I32, isFlag = type.element == Element::Bool;
  tree.features.insert(isFlag    ? "state flag"
                       : isCount ? "state counter"
                       : isBack  ? "state back"
                                 : ranks[type.rank()]);
  Statement state{Statement::Kind::State};
  Memory memory{{names.make(isCount ? "n" : isFlag ? "flag" : "h"), type}, type};
  if (isBack) {
    state.extent = random.between(1, 4);
    tree.sizes.push_back({"", *state.extent});
    memory.binding.type.shape.insert(memory.binding.type.shape.begin(),
                                     Axis{static_cast<unsigned>(tree.sizes.size() - 1)});
  }
  if (isFlag) {
    state.value = smith::operate("false", type, {});
  } else if (isCount || random.chance(0.5)) {
    state.value = smith::operate("0", type, {});
  } else if (random.chance(0.5)) {
    tree.features.insert("state begins with a weight");
    state.value = smith::operate("tanh({0})", type, {grower.makeWeight("start", type)});
  } else {
    state.value = smith::operate("0.3", type, {});
  }
  state.bindings = {memory.binding};
  cell.statements.push_back(std::move(state));
  grower.know(memory.binding);
  memories.push_back(std::move(memory));
}

void CellGrower::addWindow() {
  tree.features.insert("window");
  std::vector<Known> vectors = grower.findAll([&](const Type &type) {
    return type.element == Element::F32 && type.rank() <= 1 && isStatic(tree, type);
  });
  if (vectors.empty())
    return;
  const Known &source = random.pick(vectors);
  Statement window{Statement::Kind::Window};
  window.extent = random.between(1, 5);
  tree.sizes.push_back({"", *window.extent});
  Type type = source.binding.type;
  type.shape.insert(type.shape.begin(), Axis{static_cast<unsigned>(tree.sizes.size() - 1)});
  window.bindings = {{names.make("recent"), type}};
  window.value = refer(source.binding, source.magnitude);
  if (random.chance(0.3))
    window.value = grower.grow(source.binding.type, 1);
  grower.know(window.bindings[0]);
  cell.statements.push_back(std::move(window));
}

void CellGrower::addHistories() {
  const int64_t keep = random.chance(0.4) ? random.between(1, 6) : 0;
  tree.features.insert(keep ? "history keep" : "history");
  const Axis size = pickAxis();
  for (const char *prefix : {"keys", "values"}) {
    Statement history{Statement::Kind::History};
    if (keep)
      history.extent = keep;
    history.value = grower.growGate(size);
    history.bindings = {{names.make(prefix), floats({makeHistoryAxis(keep), size})}};
    Known known{history.bindings[0]};
    (prefix == std::string("keys") ? keys : values) = known;
    cell.statements.push_back(std::move(history));
  }
}

void CellGrower::addInner() {
  tree.features.insert("nested cell");
  Statement instance{Statement::Kind::Instance};
  instance.bindings = {{names.make("inner"), {}}};
  innerShape = {{floats({pickAxis()})}, {}, pickAxis()};
  if (random.chance(0.4)) {
    tree.features.insert("library cell");
    instance.callee = random.pick({"Lstm", "Gru", "GruResetBefore", "Rnn"});
    instance.arguments = {innerShape.inputs[0].shape[0], innerShape.output};
  } else {
    instance.callee = CellGrower(random, tree, names, axes, depth - 1).grow(innerShape);
  }
  cell.statements.push_back(instance);
  inner = std::move(instance);
}

void CellGrower::growMemories() {
  addState(floats({pickAxis()}), false);
  for (int64_t count = random.below(3); count > 0; --count) {
    switch (random.below(7)) {
    case 3:
      addState({Element::Bool, {}}, false);
      break;
    case 0:
      addState(floats(), random.chance(0.2));
      break;
    case 1:
      addState(floats({pickAxis(), pickAxis()}), false);
      break;
    case 2:
      addState({Element::I32, {}}, false);
      break;
    default:
      addState(floats({pickAxis()}), random.chance(0.3));
      break;
    }
  }
  if (random.chance(0.25))
    addWindow();
  if (random.chance(0.15))
    addHistories();
  if (depth > 0 && random.chance(0.25))
    addInner();
  if (random.chance(0.1)) {
    tree.features.insert("position");
    grower.name("place", smith::operate("position + 1", {Element::I32, {}}, {}));
  }
}

//===----------------------------------------------------------------------===//
// Next values
//===----------------------------------------------------------------------===//

Expression CellGrower::growNextVector(const Memory &memory) {
  const Type &type = memory.next;
  Expression old = refer(memory.binding);
  if (memory.binding.type != memory.next)
    old = smith::operate(random.pick({"<0>[-1]", "<0>[0]", "(0.6 * <0>[-1] + 0.4 * <0>[0])"}), type,
                         {std::move(old)});
  std::vector<Known> candidates = grower.findAll(type);
  auto pick = [&]() -> Expression {
    if (candidates.empty() || random.chance(0.2))
      return grower.bound(grower.grow(type, 2), 2);
    const Known &candidate = random.pick(candidates);
    return refer(candidate.binding, candidate.magnitude);
  };
  switch (random.below(6)) {
  case 0:
    return smith::operate("<0> * <1> + (1 - <0>) * <2>", type,
                          {smith::operate("sigmoid({0})", type, {pick()}), std::move(old), pick()});
  case 1:
    tree.features.insert("linear recurrence");
    return smith::operate("sigmoid({0}) * <1> + (1 - sigmoid({0})) * <2>", type,
                          {grower.makeWeight("decay", type), std::move(old), pick()});
  case 2:
    return smith::operate("0.7 * <0> + 0.3 * <1>", type, {std::move(old), pick()});
  case 3:
    return smith::operate("tanh(<0> * <1> + <2> * <3>)", type,
                          {pick(), std::move(old), pick(), pick()});
  default:
    return grower.bound(
        smith::operate("0.8 * <0> + <1>", type, {std::move(old), grower.grow(type, 3)}, 4));
  }
}

Expression CellGrower::growNextMatrix(const Memory &memory) {
  const Type &type = memory.next;
  Expression old = refer(memory.binding);
  Expression rows = grower.bound(grower.grow(floats({type.shape[0]}), 1), 1);
  Expression columns = smith::operate("normalize({0}, epsilon = 0.1)", floats({type.shape[1]}),
                                      {grower.grow(floats({type.shape[1]}), 1)});
  switch (random.below(3)) {
  case 0:
    tree.features.insert("delta rule");
    return smith::operate("<0> + 0.5 * outer(<1> - <0> @ <2>, {2})", type,
                          {std::move(old), std::move(rows), std::move(columns)}, 2);
  case 1:
    tree.features.insert("matrix memory with gates");
    return smith::operate("sigmoid({3})[:, new] * <0> + outer({1}, {2})", type,
                          {std::move(old), std::move(rows), std::move(columns),
                           grower.grow(floats({type.shape[0]}), 1)},
                          2);
  default:
    return smith::operate("0.8 * <0> + 0.3 * outer({1}, {2})", type,
                          {std::move(old), std::move(rows), std::move(columns)}, 2);
  }
}

Expression CellGrower::growNextCount(const Memory &memory) {
  Expression old = refer(memory.binding);
  if (random.chance(0.4))
    return smith::operate("(<0> * 3 + <1>) % 17", memory.next,
                          {std::move(old), grower.grow(memory.next, 1)});
  return smith::operate(
      random.pick({"<0> + 1", "(if {1} then <0> + 1 else 0)", "(if {1} then <0> + 1 else <0>)"}),
      memory.next, {std::move(old), grower.growCondition()});
}

Expression CellGrower::growNext(const Memory &memory) {
  if (memory.next.element == Element::I32)
    return growNextCount(memory);
  if (memory.next.element == Element::Bool)
    return grower.growCondition();
  if (memory.next.rank() == 2)
    return growNextMatrix(memory);
  return growNextVector(memory);
}

/// Whether a cell, or one within it, has a history; such a cell cannot be skipped.
static bool hasHistory(const Tree &tree, const std::string &name) {
  const Declaration *declaration = tree.find(name);
  return declaration && llvm::any_of(declaration->statements, [&](const Statement &statement) {
           return statement.kind == Statement::Kind::History ||
                  (statement.kind == Statement::Kind::Instance &&
                   hasHistory(tree, statement.callee));
         });
}

void CellGrower::growWhen(const std::vector<Memory> &inside) {
  tree.features.insert("when");
  Statement when{Statement::Kind::When};
  when.value = grower.growCondition();
  // What the block names lies in it: the grower appends to the cell, from where it is moved.
  std::vector<Statement> outside = std::move(cell.statements);
  cell.statements.clear();
  const bool callsInner = inner && !hasHistory(tree, inner->callee);
  if (callsInner) {
    tree.features.insert("cell in a when");
    Binding result{names.make("held"), floats({innerShape.output})};
    when.body.push_back({Statement::Kind::Value, {result}, callInner()});
    grower.know(result);
  }
  const bool isNested = inside.size() > 1 && random.chance(0.4);
  for (const Memory &memory : llvm::ArrayRef(inside).drop_back(isNested ? 1 : 0))
    when.body.push_back({Statement::Kind::Next, {memory.binding}, growNext(memory)});
  if (isNested) {
    tree.features.insert("when in a when");
    Statement nested{Statement::Kind::When};
    nested.value = grower.growCondition();
    nested.body.push_back(
        {Statement::Kind::Next, {inside.back().binding}, growNext(inside.back())});
    when.body.push_back(std::move(nested));
  }
  if (callsInner)
    grower.forgetLast();
  // Weights and what else was declared on the way stands before the block.
  for (Statement &statement : cell.statements)
    outside.push_back(std::move(statement));
  outside.push_back(std::move(when));
  cell.statements = std::move(outside);
}

void CellGrower::growNextValues() {
  std::vector<Memory> inside, alone;
  const bool hasWhen = random.chance(0.25);
  for (const Memory &memory : memories)
    (hasWhen && random.chance(0.7) ? inside : alone).push_back(memory);
  auto show = [&](const Memory &memory) {
    Binding next{memory.binding.name + "'", memory.next};
    next.name = memory.binding.name + "'";
    grower.know(next, 1.5);
    shown.push_back(next);
  };
  if (!inside.empty()) {
    growWhen(inside);
    for (const Memory &memory : inside)
      show(memory);
  }
  for (const Memory &memory : alone) {
    Expression value = growNext(memory);
    cell.statements.push_back({Statement::Kind::Next, {memory.binding}, std::move(value)});
    show(memory);
  }
  if (inner)
    shown.push_back(grower.name("deeper", callInner()));
}

/// What a query finds in a matrix.
Expression CellGrower::readMatrix(const Binding &matrix, const Axis &output) {
  tree.features.insert("matrix memory read by a query");
  const Axis &rows = matrix.type.shape[0], &columns = matrix.type.shape[1];
  Expression query = grower.bound(grower.grow(floats({rows}), 1), 1);
  Expression found = smith::operate(random.pick({"<0> @ <1>", "sum(<0>[:, new] * <1>, axis = 0)"}),
                                    floats({columns}), {std::move(query), refer(matrix)}, 4);
  return smith::operate("<0> @ <1>", floats({output}),
                        {grower.makeWeight("W", floats({output, columns})), std::move(found)}, 4);
}

void CellGrower::growResults(const Axis &output) {
  const Type type = floats({output});
  std::vector<Expression> parts;
  for (const Binding &one : shown) {
    if (one.type == type)
      parts.push_back(refer(one));
    else if (one.type.element == Element::F32 && one.type.rank() == 1)
      parts.push_back(smith::operate(
          "<0> @ <1>", type,
          {grower.makeWeight("W", floats({output, one.type.shape[0]})), refer(one)}));
    else if (one.type.element == Element::F32 && one.type.rank() == 2)
      parts.push_back(readMatrix(one, output));
    else if (one.type.element == Element::F32 && one.type.rank() == 0)
      parts.push_back(
          smith::operate("<0> * <1>", type, {grower.makeWeight("w", type), refer(one)}));
  }
  Expression result = grower.grow(type, 2);
  for (Expression &part : parts)
    if (random.chance(0.8))
      result = smith::operate("<0> + <1>", type, {std::move(result), std::move(part)}, 5);
  result = random.chance(0.3) ? std::move(result) : grower.bound(std::move(result), 1);
  cell.results.push_back(std::move(result));
  if (random.chance(0.2)) {
    tree.features.insert("cell with two results");
    std::vector<Known> counts = grower.findAll(Type{Element::I32, {}});
    cell.results.push_back(counts.empty() || random.chance(0.5)
                               ? grower.bound(grower.grow(floats(), 2))
                               : refer(random.pick(counts).binding));
  }
}
