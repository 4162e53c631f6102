//===- Barriers.cpp - Where the members of a team wait for each other ---------===//
//
// Walks the function in the order in which it runs and notes what is accessed until there is a
// barrier. A turn of a loop begins with what the one before it left.
//
//===----------------------------------------------------------------------===//

#include "Barriers.h"
#include "../IndependentLoops.h"

using namespace mlir;
using namespace gatefold;

static bool haveSame(const Accesses &a, const Accesses &b) {
  return a.size() == b.size() && llvm::all_of(a, [&](const auto &entry) {
           auto other = b.find(entry.first);
           return other != b.end() && other->second == entry.second;
         });
}

void BarrierInserter::Pending::add(const Pending &other) {
  addAll(now, other.now);
  addAll(earlier, other.earlier);
}

bool BarrierInserter::Pending::operator==(const Pending &other) const {
  return haveSame(now, other.now) && haveSame(earlier, other.earlier);
}

void BarrierInserter::run(Block &body) {
  Pending pending;
  visitBlock(body, pending);
}

void BarrierInserter::visitBlock(Block &block, Pending &pending) {
  for (Operation *op = &block.front(); op; op = op->getNextNode()) {
    auto group = groups.find(op);
    if (group == groups.end()) {
      visit(op, pending);
      continue;
    }
    visitGroup(op, pending);
    op = group->second.first->last;
  }
}

void BarrierInserter::visit(Operation *op, Pending &pending) {
  if (isBarrier(op))
    pending = Pending();
  else if (compound.contains(op))
    visitCompound(op, pending);
  else
    visitPiece(op, pending);
}

/// Tasks side by side may access all that anybody wrote before them, and behind them all that they
/// wrote.
void BarrierInserter::visitGroup(Operation *first, Pending &pending) {
  auto [group, countWithin] = groups.lookup(first);
  if (!pending.now.empty() || !pending.earlier.empty())
    insertBarrier(OpBuilder(first), first->getLoc());
  pending = Pending();
  std::swap(count, countWithin);
  blockOfGroup = first->getBlock();
  for (Operation *op = first; op != group->last->getNextNode(); op = op->getNextNode())
    visit(op, pending);
  std::swap(count, countWithin);
  blockOfGroup = nullptr;
  pending = Pending();
  OpBuilder behind(first->getContext());
  behind.setInsertionPointAfter(group->last);
  if (closed.insert(first).second)
    insertBarrier(behind, group->last->getLoc());
}

void BarrierInserter::insertBarrier(OpBuilder builder, Location loc) {
  auto call =
      func::CallOp::create(builder, loc, barrierName, TypeRange(), ValueRange{member, count});
  if (call->getBlock() == blockOfGroup)
    call->setAttr(sideBySideAttrName, builder.getUnitAttr());
  ++numBarriers;
}

bool BarrierInserter::collides(const Accesses &accesses, const Pending &pending) {
  for (const auto &[root, access] : accesses) {
    for (const auto &[other, before] : pending.now)
      if (access.collides(before) && roots.mayBeSame(root, other))
        return true;
    auto before = pending.earlier.find(roots.getClass(root));
    if (before != pending.earlier.end() && access.collides(before->second))
      return true;
  }
  return false;
}

/// Code that is not looked into, and a barrier in front of it if it needs one.
void BarrierInserter::visitPiece(Operation *op, Pending &pending) {
  Accesses accesses;
  addAccesses(op, ofFirst.contains(op) ? Doers::First : Doers::All, accesses);
  if (accesses.empty())
    return;
  if (collides(accesses, pending)) {
    insertBarrier(OpBuilder(op), op->getLoc());
    pending = Pending();
  }
  addAll(pending.now, accesses);
}

void BarrierInserter::visitCompound(Operation *op, Pending &pending) {
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return visitLoop(loop, pending);
  Pending after;
  for (Region &region : op->getRegions()) {
    Pending inside = pending;
    for (Block &block : region)
      visitBlock(block, inside);
    after.add(inside);
  }
  pending = after;
}

/// Names what a turn left as the next one does. Memory that a loop does not carry keeps its name.
BarrierInserter::Pending BarrierInserter::rename(const Pending &pending, scf::ForOp loop,
                                                 function_ref<Value(scf::ForOp, Value)> getName) {
  Pending renamed;
  renamed.earlier = pending.earlier;
  for (auto [root, access] : pending.now) {
    Value name = getName(loop, root);
    bool isOfTurn = loop->isAncestor(root.getParentBlock()->getParentOp()) &&
                    (isa<BlockArgument>(root) || root.getDefiningOp<scf::ForOp>());
    if (!name && !isOfTurn)
      name = root;
    Access &known = name ? renamed.now[name] : renamed.earlier[roots.getClass(root)];
    known = known | access;
  }
  return renamed;
}

void BarrierInserter::visitLoop(scf::ForOp loop, Pending &pending) {
  Pending left;
  for (;;) {
    unsigned before = numBarriers;
    Pending turn = pending;
    turn.add(rename(left, loop, MemoryRoots::getNextName));
    visitBlock(*loop.getBody(), turn);
    bool isSettled = turn == left && numBarriers == before;
    left = turn;
    if (isSettled)
      break;
  }
  // There may be no turn at all.
  pending.add(rename(left, loop, MemoryRoots::getLastName));
}
