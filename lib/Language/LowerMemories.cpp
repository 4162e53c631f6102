//===- LowerMemories.cpp - States, windows, histories -------------*- C++ -*-===//
//
// Every memory of the text is one of the scan. A state that reaches back and a window are shifted
// by one place in each step; a history gets a row more.
//
//===----------------------------------------------------------------------===//

#include "LowerScanPlan.h"
#include "LowerWalk.h"
#include "gatefold/Runtime/SizeNames.h"

using namespace gatefold;
using namespace gatefold::lowering;

//===----------------------------------------------------------------------===//
// The memories of a scan
//===----------------------------------------------------------------------===//

void ScanPlan::collect(const Instance &scanned, const DimBindings &bindings) {
  collectFrom(scanned, bindings);
  if (scanned.declaration->countsSteps)
    memories.push_back({&scanned, nullptr, {}, nullptr, nullptr});
}

void ScanPlan::add(const Instance &instance, const Symbol *symbol, const DimBindings *bindings,
                   const Expression *initial) {
  ScanMemory memory{&instance, symbol, path, bindings, initial};
  memory.path.first.push_back(symbol);
  memories.push_back(std::move(memory));
}

/// In the order of the text; cells within cells stand where they are made.
void ScanPlan::collectFrom(const Instance &instance, const DimBindings &bindings) {
  sizes.push_back(std::make_unique<DimBindings>(bindings));
  const DimBindings *kept = sizes.back().get();
  for (const StatementPtr &statement : instance.declaration->body) {
    if (const auto *states = llvm::dyn_cast<StateStatement>(statement.get())) {
      for (const Symbol *state : states->symbols)
        add(instance, state, kept, states->initial.get());
    } else if (const auto *window = llvm::dyn_cast<WindowStatement>(statement.get())) {
      if (window->memory)
        add(instance, window->memory, kept, window->pad.get());
    } else if (const auto *history = llvm::dyn_cast<HistoryStatement>(statement.get())) {
      add(instance, history->memory, kept, nullptr);
    }
    for (const Symbol *part : getInstances(*statement))
      if (part->declaration->kind == Declaration::Kind::Cell)
        collectFromPart(instance, *part, *kept);
  }
}

/// Of an array, the memories of all elements.
void ScanPlan::collectFromPart(const Instance &owner, const Symbol &part,
                               const DimBindings &sizes) {
  const CallExpression *call = findCall(*owner.declaration, part);
  const DimBindings inner = substitute(call ? call->target.dimensions : part.dimensions, sizes);
  path.first.push_back(&part);
  for (const Instance *element : owner.partsOf.at(&part)) {
    if (element->index)
      path.second.push_back(*element->index);
    collectFrom(*element, inner);
    if (element->index)
      path.second.pop_back();
  }
  path.first.pop_back();
}

LoweredValue BodyLowering::lowerInitial(const GivenMemories &begin, const ScanMemory &memory) {
  const mlir::Location location = builderAt(begin.range).location;
  ValueBuilder build(entry.builder, entry.sizes, {}, location, location);
  if (!memory.symbol)
    return build.asTensor(LoweredValue::makeNumber(0), Element::I32);
  const Type &type = memory.symbol->type;
  Scope inner;
  inner.instance = memory.instance;
  inner.sizes = *memory.sizes;
  inner.caller = location;
  BodyLowering cell(entry, std::move(inner));
  for (const InitialMemory &given : begin.given)
    if (MemoryPath(given.symbols, placesOf(given.elements)) == memory.path)
      return build.asTensor(cell.conform(lower(*given.value, memory.name()), type, location));
  if (memory.initial)
    return build.asTensor(cell.conform(cell.lower(*memory.initial, memory.name()), type, location));
  const Shape shape = substitute(type.dims, *memory.sizes);
  Shape rows = shape;
  // A run of all steps needs a row for each. Who steps the model gives the size of that name.
  if (begin.steps && !rows.empty() && rows.front().asName() == capacitySizeName)
    rows.front() = *begin.steps;
  return build.value(build.splat(0, type.element, rows, false), type.element, shape, false);
}

//===----------------------------------------------------------------------===//
// Within a step
//===----------------------------------------------------------------------===//

/// `memory` without its oldest row and with `newest` behind the others.
static LoweredValue shift(ValueBuilder &build, const LoweredValue &memory,
                          const LoweredValue &newest) {
  const Dim one = Dim::constant(1), size = memory.shape.front();
  LoweredValue row = build.insertAxis(newest, 0);
  if (size.isOne())
    return row;
  return concatenate(build, {lowerRange(build, memory, 0, one, size), row}, memory.rank() - 1,
                     memory.shape);
}

/// `value`, or `limit` where that is less.
static LoweredValue lowerLess(ValueBuilder &build, const LoweredValue &value, int64_t limit) {
  return combine(build, value, LoweredValue::makeNumber(static_cast<double>(limit)),
                 [&](mlir::Value a, mlir::Value b) -> mlir::Value {
                   return mlir::arith::MinSIOp::create(build.builder, build.location, a, b);
                 });
}

void BodyLowering::lowerNext(const NextStatement &next) {
  LoweredValue value = lower(*next.value, next.name.text + "'");
  ValueBuilder build = builderAt(next.value->range);
  value =
      build.asTensor(conform(value, next.symbol->type, build.location), next.symbol->type.element);
  bind(next.symbol, value);
  record(*next.symbol, value);
  const StateOfInstance key{scope.instance, next.symbol->state};
  scope.memories->next[key] =
      reachesBack(*next.symbol) ? shift(build, scope.memories->current.at(key), value) : value;
}

void BodyLowering::lowerWindow(const WindowStatement &window) {
  LoweredValue value = lower(*window.value);
  ValueBuilder build = builderAt(window.range, window.name.text);
  value = build.asTensor(value, window.symbol->type.element);
  LoweredValue whole = build.insertAxis(value, 0);
  if (window.memory) {
    const StateOfInstance key{scope.instance, window.memory};
    const Shape shape = substitute(window.symbol->type.dims, scope.sizes);
    whole = concatenate(build, {scope.memories->current.at(key), whole}, shape.size() - 1, shape);
    ValueBuilder helper = builderAt(window.range);
    scope.memories->next[key] = lowerRange(helper, whole, 0, Dim::constant(1), shape.front());
  }
  bind(window.symbol, whole);
  record(*window.symbol, whole);
}

/// The rows of a history so far. All of them lie in a memory that grows; the last ones are shifted
/// through a memory of their number, which is not full in the beginning.
void BodyLowering::lowerHistory(const HistoryStatement &history) {
  const Type &type = history.symbol->type;
  LoweredValue row = lower(*history.value);
  ValueBuilder build = builderAt(history.range, history.name.text);
  row = build.asTensor(row, type.element);
  const StateOfInstance key{scope.instance, history.memory};
  LoweredValue &memory = scope.memories->next[key];
  memory = scope.memories->current.at(key);
  LoweredValue count =
      lowerBinary(build, BinaryOperator::Add, position(), LoweredValue::makeNumber(1));
  const std::string name = *type.dims[0].asName();
  Shape shape = substitute(type.dims, scope.sizes);
  mlir::Value rows;
  if (std::optional<int64_t> kept = memory.shape[0].asConstant()) {
    memory = shift(build, memory, row);
    count = lowerLess(build, count, *kept);
    scope.sizes[name] = shape[0] = Dim::name("history(" + std::to_string(*kept) + ")");
    rows = ir::SuffixOp::create(build.builder, build.location, memory.tensor, count.tensor);
  } else {
    memory.tensor = ir::AppendOp::create(build.builder, build.location, memory.tensor,
                                         position().tensor, row.tensor);
    rows = ir::PrefixOp::create(build.builder, build.location, memory.tensor, count.tensor);
  }
  entry.sizes.defineInStep(*shape[0].asName(), rows, shape.size() - 1);
  const LoweredValue whole = build.value(rows, type.element, shape, false);
  bind(history.symbol, whole);
  record(*history.symbol, whole);
}

/// The number of steps before this one.
const LoweredValue &BodyLowering::position() const {
  return scope.memories->current.at({scope.memories->scanned, nullptr});
}

/// The number of the next step.
void BodyLowering::advancePosition(const ScanPlan &plan, StepMemories &memories, SourceRange scan) {
  if (!plan.cell->declaration->countsSteps)
    return;
  const StateOfInstance key{plan.cell, nullptr};
  ValueBuilder build = builderAt(scan);
  memories.next[key] = lowerBinary(build, BinaryOperator::Add, memories.current.at(key),
                                   LoweredValue::makeNumber(1));
}
