//===- Lifetimes.cpp - From when to when buffers are needed -------------*- C++ -*-===//

#include "Lifetimes.h"
#include "../IndependentLoops.h"
#include "../SizeArithmetic.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/IntEqClasses.h"

using namespace mlir;
using namespace gatefold;

namespace {

/// Memory that values are windows on.
struct Memory {
  memref::ViewOp view;  ///< null for memory that is not in the workspace
  unsigned depth;       ///< regions around the outermost value that is this memory
  unsigned first, last; ///< operations that need it
};

class LifetimeAnalysis {
public:
  explicit LifetimeAnalysis(func::FuncOp function) { walk(function, 0, 0); }

  std::vector<BufferUse> getUses() const;

private:
  void walk(Operation *op, unsigned parent, unsigned depth);
  void visit(Operation *op, unsigned number, unsigned depth);
  void visitLoop(scf::ForOp loop, unsigned depth);
  void mergeAll(Operation *op, unsigned depth);
  void addUse(Value value, unsigned number, unsigned depth);
  void noteBarriers(Block &block, ArrayRef<unsigned> numbers);
  void noteTasks(Block &block, ArrayRef<unsigned> numbers);
  BufferUse prolongToTasks(BufferUse use) const;
  unsigned getMemory(Value value, unsigned depth);
  void setMemory(Value value, unsigned memory, unsigned depth);
  unsigned climb(unsigned number, unsigned depth) const;
  BufferUse settle(BufferUse use, unsigned last) const;

  struct Position {
    unsigned parent, depth, end;
    unsigned barrier = 0; ///< the next one behind it in its block; 0: none
  };
  std::vector<Position> positions; ///< of operations, by their numbers
  std::vector<Memory> memories;
  DenseMap<Value, unsigned> known;
  /// Memories that one value may be, at different times.
  std::vector<std::pair<unsigned, unsigned>> merged;
  bool hasBarriers = false;
  /// The first and the last operation of tasks that run side by side.
  std::vector<std::pair<unsigned, unsigned>> rows;
};

} // namespace

static bool isMemory(Value value) { return isa<BaseMemRefType>(value.getType()); }

//===----------------------------------------------------------------------===//
// Which memory a value is
//===----------------------------------------------------------------------===//

unsigned LifetimeAnalysis::getMemory(Value value, unsigned depth) {
  auto [place, isNew] = known.try_emplace(value, memories.size());
  if (isNew)
    memories.push_back({nullptr, depth, UINT_MAX, 0});
  return place->second;
}

void LifetimeAnalysis::setMemory(Value value, unsigned memory, unsigned depth) {
  known[value] = memory;
  memories[memory].depth = std::min(memories[memory].depth, depth);
}

/// A loop carries memory from its operands through its turns to its results.
void LifetimeAnalysis::visitLoop(scf::ForOp loop, unsigned depth) {
  for (auto [initial, argument, result] :
       llvm::zip_equal(loop.getInitArgs(), loop.getRegionIterArgs(), loop.getResults())) {
    if (!isMemory(initial))
      continue;
    unsigned memory = getMemory(initial, depth);
    setMemory(argument, memory, depth);
    setMemory(result, memory, depth);
  }
}

/// Of operations that are not known well, all memories may be one.
void LifetimeAnalysis::mergeAll(Operation *op, unsigned depth) {
  SmallVector<Value> values(op->getOperands());
  llvm::append_range(values, op->getResults());
  for (Region &region : op->getRegions())
    for (Block &block : region) {
      llvm::append_range(values, block.getArguments());
      if (block.mightHaveTerminator())
        llvm::append_range(values, block.getTerminator()->getOperands());
    }
  std::optional<unsigned> before;
  for (Value value : llvm::make_filter_range(values, isMemory)) {
    unsigned memory = getMemory(value, depth);
    memories[memory].depth = std::min(memories[memory].depth, depth);
    if (before)
      merged.push_back({*before, memory});
    before = memory;
  }
}

//===----------------------------------------------------------------------===//
// The walk
//===----------------------------------------------------------------------===//

void LifetimeAnalysis::addUse(Value value, unsigned number, unsigned depth) {
  Memory &memory = memories[getMemory(value, depth)];
  memory.first = std::min(memory.first, number);
  memory.last = std::max(memory.last, number);
}

void LifetimeAnalysis::visit(Operation *op, unsigned number, unsigned depth) {
  if (auto view = dyn_cast<memref::ViewOp>(op); view && op->hasAttr(bytesAttrName)) {
    memories[getMemory(view, depth)].view = view;
    return;
  }
  // A window alone needs nothing.
  if (auto window = dyn_cast<ViewLikeOpInterface>(op)) {
    setMemory(op->getResult(0), getMemory(window.getViewSource(), depth), depth);
    return;
  }
  for (Value operand : op->getOperands())
    if (isMemory(operand))
      addUse(operand, number, depth);
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    visitLoop(loop, depth);
  } else if (auto loop = dyn_cast<scf::ForOp>(op->getParentOp()); loop && isa<scf::YieldOp>(op)) {
    for (auto [argument, yielded] : llvm::zip_equal(loop.getRegionIterArgs(), op->getOperands()))
      if (isMemory(yielded))
        merged.push_back({getMemory(argument, depth), getMemory(yielded, depth)});
  } else if (op->getNumRegions() != 0 || llvm::any_of(op->getResults(), isMemory)) {
    mergeAll(op, depth);
  }
}

void LifetimeAnalysis::walk(Operation *op, unsigned parent, unsigned depth) {
  unsigned number = positions.size();
  positions.push_back({parent, depth, number});
  if (depth != 0)
    visit(op, number, depth);
  for (Region &region : op->getRegions())
    for (Block &block : region) {
      SmallVector<unsigned> numbers;
      for (Operation &inner : block) {
        numbers.push_back(positions.size());
        walk(&inner, number, depth + 1);
      }
      noteBarriers(block, numbers);
      noteTasks(block, numbers);
    }
  positions[number].end = positions.size() - 1;
}

/// Tells the operations of a block, which have these numbers, the next barrier in it.
void LifetimeAnalysis::noteBarriers(Block &block, ArrayRef<unsigned> numbers) {
  unsigned next = 0;
  for (auto [op, number] : llvm::zip_equal(llvm::reverse(block), llvm::reverse(numbers))) {
    positions[number].barrier = next;
    if (isBarrier(&op))
      next = number;
  }
  hasBarriers |= next != 0;
}

/// Between the first and the last of such operations, all barriers are of one task alone.
void LifetimeAnalysis::noteTasks(Block &block, ArrayRef<unsigned> numbers) {
  std::optional<unsigned> first;
  unsigned last = 0;
  auto close = [&] {
    if (first)
      rows.emplace_back(*first, positions[last].end);
    first.reset();
  };
  for (auto [op, number] : llvm::zip_equal(block, numbers)) {
    if (isBarrier(&op) && !op.hasAttr(sideBySideAttrName))
      close();
    if (!op.hasAttr(sideBySideAttrName))
      continue;
    first = first.value_or(number);
    last = number;
  }
  close();
}

/// What one of several tasks needs, it may need as long as any of them runs.
BufferUse LifetimeAnalysis::prolongToTasks(BufferUse use) const {
  for (auto [first, last] : rows)
    if (use.begin <= last && use.end >= first) {
      use.begin = std::min(use.begin, first);
      use.end = std::max(use.end, last);
    }
  return use;
}

/// Prolongs a use, whose last operation is `last`, to where all threads are done with it.
BufferUse LifetimeAnalysis::settle(BufferUse use, unsigned last) const {
  for (; last != 0; last = positions[last].parent) {
    if (unsigned barrier = positions[last].barrier) {
      use.end = barrier;
      return use;
    }
    unsigned parent = positions[last].parent;
    use.end = positions[parent].end;
    // The next turn of a loop may come before a barrier does.
    if (parent != 0)
      use.begin = std::min(use.begin, parent);
  }
  return use;
}

/// The operation with so few regions around it that has this one within it, or is it.
unsigned LifetimeAnalysis::climb(unsigned number, unsigned depth) const {
  while (positions[number].depth > depth)
    number = positions[number].parent;
  return number;
}

std::vector<BufferUse> LifetimeAnalysis::getUses() const {
  llvm::IntEqClasses classes(memories.size());
  for (auto [a, b] : merged)
    classes.join(a, b);
  std::vector<Memory> leaders(memories);
  for (auto [number, memory] : llvm::enumerate(memories)) {
    Memory &leader = leaders[classes.findLeader(number)];
    leader.depth = std::min(leader.depth, memory.depth);
    leader.last = std::max(leader.last, memory.last);
  }
  std::vector<BufferUse> uses;
  for (auto [number, memory] : llvm::enumerate(memories)) {
    if (!memory.view || memory.first == UINT_MAX)
      continue;
    const Memory &leader = leaders[classes.findLeader(number)];
    unsigned end = climb(leader.last, leader.depth);
    BufferUse use{memory.view, climb(memory.first, leader.depth), positions[end].end};
    uses.push_back(prolongToTasks(hasBarriers ? settle(use, end) : use));
  }
  return uses;
}

std::vector<BufferUse> gatefold::findBufferUses(func::FuncOp function) {
  return LifetimeAnalysis(function).getUses();
}
