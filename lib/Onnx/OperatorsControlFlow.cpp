//===- OperatorsControlFlow.cpp - If, Loop and Scan --------------*- C++ -*-===//
//
// Graphs within nodes. A loop whose number of turns is known is written out turn by turn.
//
//===----------------------------------------------------------------------===//

#include "BodyCell.h"
#include "OperatorContext.h"
#include "Operators.h"

using namespace gatefold;
using namespace gatefold::onnx;

/// The most turns that are written out.
static constexpr int64_t mostTurns = 1024;

/// What two branches give, chosen by the condition when the model runs.
static Item chooseItem(Builder &builder, Value condition, const Item &a, const Item &b) {
  if (a.kind != b.kind || a.kind == Item::Kind::Failed || a.elements.size() != b.elements.size())
    fail("the two branches give different things, and the condition is not known before the model "
         "runs");
  if (a.kind == Item::Kind::Nothing)
    return a;
  auto choose = [&](Value first, Value second) {
    if (first->shape != second->shape)
      fail("the two branches give shapes " + spellShape(first->shape) + " and " +
           spellShape(second->shape) + ", and the condition is not known before the model runs");
    if (first == second)
      return first;
    if (first->type != DataType::Bool)
      return builder.select(condition, first, second);
    return builder.logicalOr(builder.logicalAnd(condition, first),
                             builder.logicalAnd(builder.logicalNot(condition), second));
  };
  if (a.kind == Item::Kind::Tensor)
    return Item::tensor(choose(a.value, b.value));
  std::vector<Value> elements;
  for (auto [first, second] : llvm::zip(a.elements, b.elements))
    elements.push_back(choose(first, second));
  return Item::sequence(std::move(elements));
}

/// A single bool.
static Value truthOf(Builder &builder, Value value) {
  if (value->type != DataType::Bool)
    fail("a condition is a bool, found " + dataTypeName(value->type));
  return builder.reshape(value, {});
}

static void conditional(OperatorContext &context) {
  Builder &builder = context.builder;
  Value condition = truthOf(builder, context.input(0));
  auto branch = [&](llvm::StringRef name) {
    return context.import.importBody(context.graphAttribute(name), {}, context.environment);
  };
  std::vector<Item> results;
  if (condition->isNumbers()) {
    results = branch(condition->literal->integers[0] ? "then_branch" : "else_branch");
  } else {
    std::vector<Item> a, b;
    try {
      a = branch("then_branch");
      b = branch("else_branch");
      if (a.size() != b.size())
        fail("the branches differ in the number of their outputs");
      for (auto [first, second] : llvm::zip(a, b))
        results.push_back(chooseItem(builder, condition, first, second));
    } catch (const ImportFailure &) {
      // It would do if the condition were known.
      context.import.noteNeeded(condition);
      throw;
    }
  }
  for (size_t i = 0; i < results.size(); ++i)
    context.output(i, results[i]);
}

//===----------------------------------------------------------------------===//
// Loop
//===----------------------------------------------------------------------===//

/// Values along a new axis.
static Value stackValues(Builder &builder, llvm::ArrayRef<Value> values, int64_t axis) {
  llvm::SmallVector<Value> parts;
  for (Value value : values)
    parts.push_back(builder.unsqueeze(value, {axis < 0 ? axis + value->rank() + 1 : axis}));
  return builder.concatenate(parts, axis);
}

/// The most turns that a Loop makes, if its number is given.
static std::optional<int64_t> countTurns(OperatorContext &context) {
  if (!context.hasInput(0))
    return std::nullopt;
  return std::max<int64_t>(context.integer(0), 0);
}

/// How many outputs of a loop gather a result of every turn; the others are what it carries.
static size_t countGathered(OperatorContext &context, size_t numCarried) {
  int64_t gathered = context.numOutputs() - static_cast<int64_t>(numCarried);
  if (gathered < 0)
    fail("a loop that carries " + llvm::Twine(numCarried) + " values has " +
         llvm::Twine(context.numOutputs()) + " outputs");
  return gathered;
}

/// Writes a loop out turn by turn.
static void unrollLoop(OperatorContext &context) {
  Builder &builder = context.builder;
  const GraphProto &body = context.graphAttribute("body");
  std::optional<int64_t> turns = countTurns(context);
  Value goesOn =
      context.hasInput(1) ? truthOf(builder, context.input(1)) : builder.scalar(DataType::Bool, 1);
  std::vector<Item> carried;
  for (int64_t i = 2; i < context.numInputs(); ++i)
    carried.push_back(context.item(i));
  size_t numScanned = countGathered(context, carried.size());
  std::vector<std::vector<Value>> scanned(numScanned);
  for (int64_t turn = 0; !turns || turn < *turns; ++turn) {
    context.requireLiteral(goesOn, "whether the loop goes on");
    if (!goesOn->literal->integers[0])
      break;
    if (turn == mostTurns)
      fail("more than " + llvm::Twine(mostTurns) + " turns");
    std::vector<Item> inputs = {Item::tensor(builder.reshape(builder.integers({turn}), {})),
                                Item::tensor(goesOn)};
    llvm::append_range(inputs, carried);
    std::vector<Item> outputs = context.import.importBody(body, inputs, context.environment);
    if (outputs.size() != 1 + carried.size() + numScanned || !outputs[0].value)
      fail("the body gives " + llvm::Twine(outputs.size()) + " results");
    goesOn = truthOf(builder, outputs[0].value);
    for (size_t i = 0; i < carried.size(); ++i)
      carried[i] = outputs[1 + i];
    for (size_t i = 0; i < numScanned; ++i) {
      if (!outputs[1 + carried.size() + i].value)
        fail("a result of the body is no tensor");
      scanned[i].push_back(outputs[1 + carried.size() + i].value);
    }
  }
  for (size_t i = 0; i < carried.size(); ++i)
    context.output(i, carried[i]);
  for (size_t i = 0; i < numScanned; ++i) {
    if (scanned[i].empty())
      fail("a loop without turns gathers results");
    context.output(carried.size() + i, stackValues(builder, scanned[i], 0));
  }
}

namespace {
/// Values made in it belong to a cell.
struct InCell {
  explicit InCell(Builder &builder) : builder(builder) { builder.enterCell(); }
  ~InCell() { builder.leaveCell(); }
  Builder &builder;
};
} // namespace

/// The value where the condition holds, and otherwise the other one; null: 0.
static Value whereActive(Builder &builder, Value condition, Value value, Value otherwise) {
  if (value->type == DataType::Bool) {
    Value kept = builder.logicalAnd(condition, value);
    return otherwise ? builder.logicalOr(
                           kept, builder.logicalAnd(builder.logicalNot(condition), otherwise))
                     : kept;
  }
  return builder.select(condition, value, otherwise ? otherwise : builder.scalar(value->type, 0));
}

static Value tensorOf(const Item &item) {
  if (!item.value)
    fail("what a loop carries or gathers is no tensor");
  return item.value;
}

/// Turns behind the end of a loop that ends early change nothing, and their results are 0.
static void endEarly(Builder &builder, BodyCell &cell, Value before, Value goesOn) {
  Value active = builder.parameter("goes_on", DataType::Bool, {});
  for (BodyState &state : cell.states)
    state.next = whereActive(builder, active, state.next, state.parameter);
  for (Value &output : cell.outputs)
    output = whereActive(builder, active, output, nullptr);
  cell.states.push_back({active, before, builder.logicalAnd(active, goesOn)});
  cell.outputs.push_back(builder.cast(active, DataType::Int64));
}

/// The body as a cell that is scanned over the numbers of turns.
static void scanLoop(OperatorContext &context) {
  Builder &builder = context.builder;
  std::optional<int64_t> turns = countTurns(context);
  if (!turns || *turns < 1 || builder.isInCell())
    fail("a loop without a number of turns, or within another one");
  BodyCell cell;
  cell.name = "loop";
  Value turn = builder.parameter("turn", DataType::Int32, {});
  cell.inputs.push_back({turn, builder.range(DataType::Int32, Dim::constant(*turns))});
  const GraphProto &body = context.graphAttribute("body");
  std::vector<Item> inputs = {Item::tensor(builder.cast(turn, DataType::Int64)),
                              Item::tensor(builder.scalar(DataType::Bool, 1))};
  for (int64_t i = 2; i < context.numInputs() && i < body.input_size(); ++i) {
    Value initial = tensorOf(context.item(i));
    Value parameter = builder.parameter(body.input(i).name(), initial->type, initial->shape);
    cell.states.push_back({parameter, initial, nullptr});
    inputs.push_back(Item::tensor(parameter));
  }
  size_t numScanned = countGathered(context, cell.states.size());
  Value goesOn;
  {
    InCell inside(builder);
    std::vector<Item> outputs = context.import.importBody(body, inputs, context.environment);
    if (outputs.size() != 1 + cell.states.size() + numScanned)
      fail("the body gives " + llvm::Twine(outputs.size()) + " results");
    goesOn = truthOf(builder, tensorOf(outputs[0]));
    for (size_t i = 0; i < cell.states.size(); ++i)
      cell.states[i].next = tensorOf(outputs[1 + i]);
    for (size_t i = 0; i < numScanned; ++i)
      cell.outputs.push_back(tensorOf(outputs[1 + cell.states.size() + i]));
    bool isEndless = goesOn->isNumbers() && goesOn->literal->integers[0];
    Value before = context.hasInput(1) ? truthOf(builder, context.input(1))
                                       : builder.scalar(DataType::Bool, 1);
    if (!isEndless)
      endEarly(builder, cell, before, goesOn);
    else if (cell.outputs.empty())
      cell.outputs.push_back(builder.cast(turn, DataType::Int64));
  }
  size_t numCarried = context.numInputs() - 2;
  bool endsEarly = cell.states.size() > numCarried;
  BodyResults results = scanBody(builder, cell);
  for (size_t i = 0; i < numCarried; ++i)
    context.output(i, results.states[i]);
  for (size_t i = 0; i < numScanned; ++i)
    context.output(numCarried + i, results.outputs[i]);
  if (endsEarly && numScanned > 0)
    builder.addExtraOutput(context.node.output(numCarried) + "_count",
                           builder.reduce(Reduction::Sum, results.outputs[numScanned], {0}, false));
}

/// The most turns that are rather written out than scanned.
static constexpr int64_t fewTurns = 8;

static void loop(OperatorContext &context) {
  auto unroll = [&] { unrollLoop(context); };
  auto scanned = [&] { scanLoop(context); };
  if (countTurns(context).value_or(0) > fewTurns)
    context.import.tryEither(scanned, unroll);
  else
    context.import.tryEither(unroll, scanned);
}

//===----------------------------------------------------------------------===//
// Scan
//===----------------------------------------------------------------------===//

namespace {
/// What a Scan node says.
struct ScanPlan {
  const GraphProto *body;
  size_t numStates, numInputs, numOutputs;
  std::vector<int64_t> inputAxes, outputAxes;
  std::vector<int64_t> inputReverse, outputReverse;
};
} // namespace

static ScanPlan readScan(OperatorContext &context, int64_t numGiven) {
  ScanPlan plan;
  plan.body = &context.graphAttribute("body");
  int64_t scanned = context.integerAttribute("num_scan_inputs", 0);
  if (scanned < 1 || scanned > numGiven)
    fail("`num_scan_inputs` of " + llvm::Twine(scanned));
  plan.numInputs = scanned;
  plan.numStates = numGiven - scanned;
  if (plan.body->output_size() < static_cast<int64_t>(plan.numStates))
    fail("the body gives " + llvm::Twine(plan.body->output_size()) + " results");
  plan.numOutputs = plan.body->output_size() - plan.numStates;
  auto read = [&](llvm::StringRef name, size_t count) {
    std::vector<int64_t> values =
        context.integersAttribute(name).value_or(std::vector<int64_t>(count, 0));
    if (values.size() != count)
      fail("attribute `" + name + "` has " + llvm::Twine(values.size()) + " numbers");
    return values;
  };
  bool isOld = context.opset < 9;
  plan.inputAxes = read("scan_input_axes", plan.numInputs);
  plan.outputAxes = read("scan_output_axes", plan.numOutputs);
  plan.inputReverse = read(isOld ? "directions" : "scan_input_directions", plan.numInputs);
  plan.outputReverse = read("scan_output_directions", plan.numOutputs);
  return plan;
}

/// Runs the scan of one example, written out: final states, and then results along time.
static std::vector<Value> unrollScan(OperatorContext &context, const ScanPlan &plan,
                                     std::vector<Value> states, llvm::ArrayRef<Value> inputs) {
  Builder &builder = context.builder;
  std::optional<int64_t> steps;
  for (size_t i = 0; i < inputs.size(); ++i) {
    int64_t axis = Builder::normalizeAxis(plan.inputAxes[i], inputs[i]->rank());
    std::optional<int64_t> size = inputs[i]->shape[axis].asConstant();
    if (!size)
      fail("the number of steps is not known before the model runs");
    if (steps && *steps != *size)
      fail("inputs of " + llvm::Twine(*steps) + " and of " + llvm::Twine(*size) + " steps");
    steps = size;
  }
  if (*steps > mostTurns)
    fail("more than " + llvm::Twine(mostTurns) + " steps");
  std::vector<std::vector<Value>> gathered(plan.numOutputs);
  for (int64_t step = 0; step < *steps; ++step) {
    std::vector<Item> items;
    for (Value state : states)
      items.push_back(Item::tensor(state));
    for (size_t i = 0; i < inputs.size(); ++i) {
      int64_t place = plan.inputReverse[i] ? *steps - 1 - step : step;
      items.push_back(Item::tensor(builder.take(inputs[i], plan.inputAxes[i],
                                                builder.reshape(builder.integers({place}), {}))));
    }
    std::vector<Item> outputs = context.import.importBody(*plan.body, items, context.environment);
    for (const Item &output : outputs)
      if (!output.value)
        fail("a result of the body is no tensor");
    for (size_t i = 0; i < states.size(); ++i)
      states[i] = outputs[i].value;
    for (size_t i = 0; i < plan.numOutputs; ++i)
      gathered[i].push_back(outputs[states.size() + i].value);
  }
  for (size_t i = 0; i < plan.numOutputs; ++i) {
    if (plan.outputReverse[i])
      std::reverse(gathered[i].begin(), gathered[i].end());
    if (gathered[i].empty())
      fail("a scan without steps");
    states.push_back(stackValues(builder, gathered[i], plan.outputAxes[i]));
  }
  return states;
}

/// The body as a cell: final states, and then results along time.
static std::vector<Value> scanAsCell(OperatorContext &context, const ScanPlan &plan,
                                     llvm::ArrayRef<Value> states, llvm::ArrayRef<Value> inputs) {
  Builder &builder = context.builder;
  if (builder.isInCell())
    fail("a scan within a loop");
  BodyCell cell;
  cell.name = "scan";
  // One direction for all is the scan's own.
  cell.isReverse = llvm::all_of(plan.inputReverse, [](int64_t r) { return r; }) &&
                   llvm::all_of(plan.outputReverse, [](int64_t r) { return r; });
  std::vector<Item> items;
  auto addParameter = [&](Value like, llvm::ArrayRef<Dim> shape) {
    Value parameter = builder.parameter(plan.body->input(items.size()).name(), like->type, shape);
    items.push_back(Item::tensor(parameter));
    return parameter;
  };
  if (plan.body->input_size() != static_cast<int>(states.size() + inputs.size()))
    fail("the body has " + llvm::Twine(plan.body->input_size()) + " inputs");
  for (Value state : states)
    cell.states.push_back({addParameter(state, state->shape), state, nullptr});
  for (size_t i = 0; i < inputs.size(); ++i) {
    int64_t axis = Builder::normalizeAxis(plan.inputAxes[i], inputs[i]->rank());
    llvm::SmallVector<int64_t> order = {axis};
    for (int64_t j = 0; j < inputs[i]->rank(); ++j)
      if (j != axis)
        order.push_back(j);
    Value sequence = builder.permute(inputs[i], order);
    if (plan.inputReverse[i] && !cell.isReverse)
      sequence = builder.reverse(sequence, 0);
    cell.inputs.push_back(
        {addParameter(sequence, llvm::ArrayRef<Dim>(sequence->shape).drop_front()), sequence});
  }
  {
    InCell inside(builder);
    std::vector<Item> outputs = context.import.importBody(*plan.body, items, context.environment);
    for (size_t i = 0; i < states.size(); ++i)
      cell.states[i].next = tensorOf(outputs[i]);
    for (size_t i = 0; i < plan.numOutputs; ++i)
      cell.outputs.push_back(tensorOf(outputs[states.size() + i]));
  }
  if (cell.outputs.empty())
    fail("a scan without results");
  BodyResults results = scanBody(builder, cell);
  std::vector<Value> all = results.states;
  for (size_t i = 0; i < plan.numOutputs; ++i) {
    Value output = results.outputs[i];
    if (plan.outputReverse[i] && !cell.isReverse)
      output = builder.reverse(output, 0);
    int64_t axis = Builder::normalizeAxis(plan.outputAxes[i], output->rank());
    llvm::SmallVector<int64_t> order;
    for (int64_t j = 1; j < output->rank(); ++j)
      order.push_back(j);
    order.insert(order.begin() + axis, 0);
    all.push_back(builder.permute(output, order));
  }
  return all;
}

/// Few steps are written out, many are those of a cell.
static std::vector<Value> runScan(OperatorContext &context, const ScanPlan &plan,
                                  llvm::ArrayRef<Value> states, llvm::ArrayRef<Value> inputs) {
  int64_t axis = Builder::normalizeAxis(plan.inputAxes[0], inputs[0]->rank());
  bool isShort = inputs[0]->shape[axis].asConstant().value_or(fewTurns + 1) <= fewTurns;
  std::vector<Value> results;
  auto unroll = [&] { results = unrollScan(context, plan, states.vec(), inputs); };
  auto asCell = [&] { results = scanAsCell(context, plan, states, inputs); };
  if (isShort)
    context.import.tryEither(unroll, asCell);
  else
    context.import.tryEither(asCell, unroll);
  return results;
}

/// Opset 8: the first axis of everything is the batch.
static void batchedScan(OperatorContext &context) {
  Builder &builder = context.builder;
  if (context.hasInput(0))
    fail("a scan with lengths of its sequences");
  ScanPlan plan = readScan(context, context.numInputs() - 1);
  std::vector<std::vector<Value>> results;
  std::optional<int64_t> batch;
  if (context.input(1)->rank() > 0)
    batch = context.input(1)->shape[0].asConstant();
  if (!batch)
    fail("the number of examples is not known before the model runs");
  for (int64_t example = 0; example < *batch; ++example) {
    std::vector<Value> states, inputs;
    for (int64_t i = 1; i < context.numInputs(); ++i) {
      Value part =
          builder.take(context.input(i), 0, builder.reshape(builder.integers({example}), {}));
      (i <= static_cast<int64_t>(plan.numStates) ? states : inputs).push_back(part);
    }
    results.push_back(runScan(context, plan, states, inputs));
  }
  size_t numResults = results.empty() ? 0 : results[0].size();
  for (size_t i = 0; i < numResults; ++i) {
    std::vector<Value> examples;
    for (const std::vector<Value> &of : results)
      examples.push_back(of[i]);
    context.output(i, stackValues(builder, examples, 0));
  }
}

static void scan(OperatorContext &context) {
  if (context.opset < 9)
    return batchedScan(context);
  ScanPlan plan = readScan(context, context.numInputs());
  std::vector<Value> states, inputs;
  for (int64_t i = 0; i < context.numInputs(); ++i)
    (i < static_cast<int64_t>(plan.numStates) ? states : inputs).push_back(context.input(i));
  std::vector<Value> results = runScan(context, plan, states, inputs);
  for (size_t i = 0; i < results.size(); ++i)
    context.output(i, results[i]);
}

void onnx::addControlFlowOperators(OperatorTable &table) {
  table.add("If", conditional);
  table.add("Loop", loop);
  table.add("Scan", scan);
}
