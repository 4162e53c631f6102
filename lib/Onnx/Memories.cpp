//===- Memories.cpp - Memories of graphs that are one step -------*- C++ -*-===//
//
// Follows the elements of memories through what only moves them.
//
//===----------------------------------------------------------------------===//

#include "Memories.h"
#include "Folding.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"

using namespace gatefold;
using namespace gatefold::onnx;

namespace {
/// Where an element is from.
struct Origin {
  Value value = nullptr;
  int64_t place = 0; ///< row by row
  bool operator==(const Origin &) const = default;
};

/// Finds where the elements of values are from.
class Tracer {
public:
  /// An origin for every element of x, row by row.
  const std::vector<Origin> &trace(Value x);
  /// Whether all that the value does is to move elements.
  bool isMove(Value x) const;

private:
  Origin findSource(Value x, llvm::ArrayRef<int64_t> index) const;

  std::map<Value, std::vector<Origin>> traced;
};
} // namespace

/// Larger tensors are taken as they are.
static constexpr int64_t mostTraced = 1 << 16;

bool Tracer::isMove(Value x) const {
  bool moves = x->pattern == "$0" || !x->index.empty() || !x->permutation.empty() ||
               x->isReshaped || x->isStacked;
  if (!moves || x->isLiteral() || countElements(x->shape).value_or(mostTraced) >= mostTraced)
    return false;
  return llvm::all_of(x->index, [](const IndexItem &item) {
    return item.kind == IndexItem::Kind::New || item.begin.asConstant();
  });
}

/// The operand's element that becomes the one at `index`.
Origin Tracer::findSource(Value x, llvm::ArrayRef<int64_t> index) const {
  if (x->isStacked) {
    Value part = x->operands[index[0]];
    return {part, flatIndex(*asNumbers(part->shape), index.drop_front())};
  }
  Value operand = x->operands[0];
  std::vector<int64_t> shape = *asNumbers(operand->shape);
  llvm::SmallVector<int64_t, 6> from;
  if (!x->permutation.empty()) {
    from.resize(index.size());
    for (auto [place, axis] : llvm::zip(index, x->permutation))
      from[axis] = place;
  } else if (!x->index.empty()) {
    size_t axis = 0;
    for (const IndexItem &item : x->index) {
      int64_t place = item.kind == IndexItem::Kind::At ? 0 : index[axis++];
      if (item.kind != IndexItem::Kind::New)
        from.push_back(*item.begin.asConstant() + place);
    }
  } else {
    return {operand, flatIndex(*asNumbers(x->shape), index)};
  }
  return {operand, flatIndex(shape, from)};
}

const std::vector<Origin> &Tracer::trace(Value x) {
  auto [found, isNew] = traced.try_emplace(x);
  std::vector<Origin> &origins = found->second;
  if (!isNew)
    return origins;
  if (!isMove(x)) {
    for (int64_t i = 0, count = countElements(x->shape).value_or(0); i < count; ++i)
      origins.push_back({x, i});
    return origins;
  }
  forEachIndex(*asNumbers(x->shape), [&](llvm::ArrayRef<int64_t> index) {
    Origin source = findSource(x, index);
    origins.push_back(trace(source.value)[source.place]);
  });
  return origins;
}

//===----------------------------------------------------------------------===//
// Splitting
//===----------------------------------------------------------------------===//

static std::vector<Value> listResults(const BodyCell &cell) {
  std::vector<Value> results = cell.outputs;
  for (const BodyState &state : cell.states)
    results.push_back(state.next);
  return results;
}

namespace {
/// Takes one memory apart.
class Splitting {
public:
  Splitting(Builder &builder, const BodyCell &cell, const BodyState &state)
      : builder(builder), cell(cell), state(state) {}

  /// The memories instead of it; nullopt where it cannot be taken apart.
  std::optional<std::vector<BodyState>> run();

private:
  void visit(Value used);
  bool findReads();
  bool matchParts();
  void replace(Value read, Value part);

  Builder &builder;
  const BodyCell &cell;
  const BodyState &state;
  Tracer tracer;
  llvm::MapVector<Value, Value> reads; ///< what reads the memory, and the part that it reads
  llvm::DenseSet<Value> visited;
};
} // namespace

/// Notes the largest values that consist of the memory alone.
void Splitting::visit(Value used) {
  if (used->isLiteral() || !visited.insert(used).second)
    return;
  if (!tracer.isMove(used)) {
    if (used == state.parameter)
      reads.insert({used, nullptr});
    return;
  }
  auto isOfMemory = [&](const Origin &origin) { return origin.value == state.parameter; };
  const std::vector<Origin> &origins = tracer.trace(used);
  if (llvm::all_of(origins, isOfMemory))
    reads.insert({used, nullptr});
  else if (llvm::any_of(origins, isOfMemory))
    for (Value operand : used->operands)
      visit(operand);
}

bool Splitting::findReads() {
  std::vector<Value> results = listResults(cell);
  for (Value value : findReached(results))
    llvm::append_range(results, value->writtenOut);
  for (Value result : results)
    visit(result);
  for (Value value : findReached(results))
    if (!tracer.isMove(value))
      for (Value operand : value->operands)
        visit(operand);
  return !reads.empty() && !reads.contains(state.parameter);
}

/// Finds for each read the value that all its elements get next, in their order.
bool Splitting::matchParts() {
  const std::vector<Origin> &next = tracer.trace(state.next);
  for (const Origin &origin : next)
    if (origin.value == state.parameter || origin.value->isLiteral())
      return false;
  for (auto &[read, part] : reads) {
    const std::vector<Origin> &places = tracer.trace(read);
    part = next[places[0].place].value;
    if (countElements(part->shape) != static_cast<int64_t>(places.size()))
      return false;
    for (auto [index, place] : llvm::enumerate(places))
      if (next[place.place] != Origin{part, static_cast<int64_t>(index)})
        return false;
  }
  return true;
}

/// Makes a value that reads the memory one that reads a part, which has the same elements.
void Splitting::replace(Value read, Value part) {
  Value made = builder.reshape(part, read->shape);
  bool isSame = made == part;
  read->pattern = isSame ? "$0" : made->pattern;
  read->index = isSame ? Index() : made->index;
  read->permutation.clear();
  read->isReshaped = !isSame && made->isReshaped;
  read->isStacked = read->isNamed = false;
  read->operands = {part};
  read->needed = {Precedence::Postfix};
}

std::optional<std::vector<BodyState>> Splitting::run() {
  if (state.next->shape != state.parameter->shape ||
      countElements(state.parameter->shape).value_or(mostTraced) >= mostTraced || !findReads() ||
      !matchParts())
    return std::nullopt;
  llvm::MapVector<Value, Value> memories; // by what they get next
  for (auto &[read, part] : reads) {
    Value &memory = memories[part];
    if (!memory)
      memory = builder.parameter(part->hint + "_before", part->type, part->shape);
    replace(read, memory);
  }
  std::vector<BodyState> states;
  for (auto &[next, memory] : memories)
    states.push_back({memory, nullptr, next});
  return states;
}

void onnx::splitMemories(Builder &builder, BodyCell &cell) {
  for (size_t i = 0; i < cell.states.size();) {
    auto parts = Splitting(builder, cell, cell.states[i]).run();
    if (!parts) {
      ++i;
      continue;
    }
    cell.states.erase(cell.states.begin() + i);
    cell.states.insert(cell.states.begin() + i, parts->begin(), parts->end());
    i += parts->size();
  }
}

//===----------------------------------------------------------------------===//
// Cells that keep their memories
//===----------------------------------------------------------------------===//

static Value skipAliases(Value value) {
  while (value->pattern == "$0")
    value = value->operands[0];
  return value;
}

/// Whether the memories that a step reads are its own: nothing else reads them or what they become,
/// but for the output.
static bool keepsMemories(const BodyCell &cell, Value step,
                          const llvm::DenseMap<Value, int> &uses) {
  for (auto [index, result] : llvm::enumerate(step->results)) {
    Value memory = skipAliases(step->operands[index + 1]);
    auto state =
        llvm::find_if(cell.states, [&](const BodyState &each) { return each.parameter == memory; });
    if (state == cell.states.end() || skipAliases(state->next) != result ||
        uses.lookup(memory) != 1 || (index > 0 && uses.lookup(result) != 1))
      return false;
  }
  return true;
}

static void writeOut(Value step) {
  for (auto [result, written] : llvm::zip(step->results, step->writtenOut)) {
    result->pattern = "$0";
    result->operands = {written};
    result->needed = {Precedence::If};
    result->statement = nullptr;
    result->isNamed = false;
  }
}

/// The first result becomes a call, and the memories go.
static void callCell(BodyCell &cell, Value step) {
  llvm::erase_if(cell.states, [&](const BodyState &state) {
    return llvm::is_contained(step->results, skipAliases(state.next));
  });
  Value result = step->results[0];
  result->pattern = step->instance->name + "($0)";
  result->operands = {step->operands[0]};
  result->needed = {Precedence::If};
  result->instance = step->instance;
  result->statement = nullptr;
}

void onnx::settleCells(BodyCell &cell) {
  std::vector<Value> results = listResults(cell);
  std::vector<Value> reached = findReached(results);
  llvm::DenseMap<Value, int> uses;
  for (Value value : reached)
    if (value->pattern != "$0" && !value->statement)
      for (Value operand : value->operands)
        ++uses[skipAliases(operand)];
  for (Value result : results)
    ++uses[skipAliases(result)];
  for (Value value : reached)
    if (!value->writtenOut.empty()) {
      if (keepsMemories(cell, value, uses))
        callCell(cell, value);
      else
        writeOut(value);
    }
}
