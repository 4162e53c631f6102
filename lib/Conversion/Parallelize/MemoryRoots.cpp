//===- MemoryRoots.cpp - Which memory values stand for ------------------------===//

#include "MemoryRoots.h"
#include "../SizeArithmetic.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace gatefold;

static bool isMemory(Value value) { return isa<BaseMemRefType>(value.getType()); }

static bool isBuffer(Value root) {
  Operation *op = root.getDefiningOp();
  return op && op->hasAttr(bytesAttrName);
}

Value gatefold::getMemoryRoot(Value memory) {
  while (!isBuffer(memory)) {
    auto window = memory.getDefiningOp<ViewLikeOpInterface>();
    if (!window)
      return memory;
    memory = window.getViewSource();
  }
  return memory;
}

MemoryRoots::MemoryRoots(func::FuncOp function,
                         ArrayRef<std::pair<unsigned, unsigned>> argumentsOfOneAddress) {
  for (auto [a, b] : argumentsOfOneAddress)
    join(function.getArgument(a), function.getArgument(b));
  function.walk([&](scf::ForOp loop) {
    for (auto [initial, argument, yielded, result] :
         llvm::zip_equal(loop.getInitArgs(), loop.getRegionIterArgs(), loop.getYieldedValues(),
                         loop.getResults())) {
      if (!isMemory(initial))
        continue;
      join(getMemoryRoot(initial), argument);
      join(getMemoryRoot(yielded), argument);
      join(result, argument);
    }
  });
}

void MemoryRoots::join(Value a, Value b) {
  classes.unionSets(a.getAsOpaquePointer(), b.getAsOpaquePointer());
}

Value MemoryRoots::getClass(Value root) const {
  auto leader = classes.findLeader(root.getAsOpaquePointer());
  return leader == classes.member_end() ? root : Value::getFromOpaquePointer(*leader);
}

bool MemoryRoots::mayBeSame(Value a, Value b) {
  return a == b || (getClass(a) == getClass(b) && !liesApart(a, b));
}

/// True if two roots are never the same memory where both are there.
bool MemoryRoots::liesApart(Value a, Value b) {
  if (a == b)
    return false;
  if (isBuffer(a) && isBuffer(b))
    return true;
  auto loopOf = [](Value value) -> scf::ForOp {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    return value.getDefiningOp<scf::ForOp>();
  };
  scf::ForOp loop = loopOf(a);
  return loop && loop == loopOf(b) && isa<BlockArgument>(a) == isa<BlockArgument>(b) &&
         keepsApart(loop);
}

/// True if the memories that a loop carries lie apart at every turn: they do in the beginning, and
/// each turn hands on such as do if those that it got did.
bool MemoryRoots::keepsApart(scf::ForOp loop) {
  auto [known, isNew] = knownLoops.try_emplace(loop, true);
  if (!isNew)
    return known->second;
  SmallVector<std::pair<Value, Value>> carried;
  for (auto [initial, yielded] : llvm::zip_equal(loop.getInitArgs(), loop.getYieldedValues()))
    if (isMemory(initial))
      carried.emplace_back(getMemoryRoot(initial), getMemoryRoot(yielded));
  bool result = true;
  for (unsigned i = 0; i < carried.size(); ++i)
    for (unsigned j = 0; j < i; ++j)
      if (getClass(carried[i].first) == getClass(carried[j].first))
        result = result && liesApart(carried[i].first, carried[j].first) &&
                 liesApart(carried[i].second, carried[j].second);
  knownLoops[loop] = result;
  return result;
}

template <typename Names>
static Value findName(scf::ForOp loop, Value root, Names names) {
  for (auto [yielded, name] : llvm::zip_equal(loop.getYieldedValues(), names))
    if (isMemory(yielded) && getMemoryRoot(yielded) == root)
      return name;
  return nullptr;
}

Value MemoryRoots::getNextName(scf::ForOp loop, Value root) {
  return findName(loop, root, loop.getRegionIterArgs());
}

Value MemoryRoots::getLastName(scf::ForOp loop, Value root) {
  return findName(loop, root, loop.getResults());
}
