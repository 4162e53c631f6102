//===- Roles.cpp - Which members of a team run what ---------------------------===//
//
// What is written outside of shared loops, the first member writes. What only its writes need it
// reads alone, too; all else that reads or computes, each member does for itself.
//
//===----------------------------------------------------------------------===//

#include "Roles.h"
#include "Accesses.h"

using namespace mlir;
using namespace gatefold;

RoleAssignment::RoleAssignment(const llvm::DenseSet<Operation *> &shared) : shared(shared) {
  for (Operation *loop : shared)
    for (Operation *parent = loop->getParentOp(); parent; parent = parent->getParentOp())
      compound.insert(parent);
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

bool RoleAssignment::isUsedByFirstOnly(Operation *op) {
  return llvm::all_of(op->getUsers(), [&](Operation *user) {
    return roles.lookup(op->getBlock()->findAncestorOpInBlock(*user)) == Role::First;
  });
}

/// The role of an operation whose users have theirs.
RoleAssignment::Role RoleAssignment::chooseRole(Operation *op) {
  if (shared.contains(op))
    return Role::Shared;
  if (compound.contains(op))
    return Role::Compound;
  if (op->hasTrait<OpTrait::IsTerminator>())
    return Role::All;
  if (isUsedByFirstOnly(op) && (!op->use_empty() || writesMemory(op)))
    return Role::First;
  if (!writesMemory(op))
    return Role::All;
  compound.insert(op);
  return Role::Compound;
}

/// Leaves to all what neither reads memory nor needs what the first member alone has.
void RoleAssignment::keepForAll(Block &block) {
  for (Operation &op : block) {
    if (roles[&op] != Role::First || writesMemory(&op) || readsMemory(&op))
      continue;
    bool needsFirst = false;
    op.walk([&](Operation *inner) {
      needsFirst |= llvm::any_of(inner->getOperands(), [&](Value operand) {
        Operation *source = operand.getDefiningOp();
        return source && source->getBlock() == &block && roles[source] == Role::First;
      });
    });
    if (!needsFirst)
      roles[&op] = Role::All;
  }
}

/// Numbers the runs of the first member; what one run gives and another one needs is done by all.
/// True if there was such a thing.
bool RoleAssignment::demote(Block &block) {
  unsigned run = 0;
  for (Operation &op : block) {
    Role role = roles[&op];
    if (role == Role::First)
      runs[&op] = run;
    else if (role != Role::All || readsMemory(&op))
      ++run;
  }
  for (Operation &op : block) {
    if (roles[&op] != Role::First)
      continue;
    bool isWithinRun = llvm::all_of(op.getUsers(), [&](Operation *user) {
      Operation *place = block.findAncestorOpInBlock(*user);
      return roles[place] == Role::First && runs[place] == runs[&op];
    });
    if (isWithinRun)
      continue;
    roles[&op] = Role::All;
    if (writesMemory(&op)) {
      roles[&op] = Role::Compound;
      compound.insert(&op);
    }
    return true;
  }
  return false;
}

bool RoleAssignment::find(Block &block) {
  for (Operation &op : llvm::reverse(block))
    roles[&op] = chooseRole(&op);
  do
    keepForAll(block);
  while (demote(block));
  for (Operation &op : block) {
    if (roles[&op] != Role::Compound)
      continue;
    // What a call gives has no copy for the others.
    if (!isa<scf::ForOp, scf::IfOp>(op))
      return false;
    for (Region &region : op.getRegions())
      for (Block &inner : region)
        if (!find(inner))
          return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Guards
//===----------------------------------------------------------------------===//

void RoleAssignment::guard(Block &block, Value isFirst) {
  SmallVector<Operation *> run;
  auto endRun = [&] {
    if (run.empty())
      return;
    OpBuilder builder(run.back());
    auto branch = scf::IfOp::create(builder, run.front()->getLoc(), isFirst,
                                    /*withElseRegion=*/false);
    branches.insert(branch);
    for (Operation *op : run)
      op->moveBefore(branch.thenBlock()->getTerminator());
    run.clear();
  };
  for (Operation &op : llvm::make_early_inc_range(block)) {
    auto role = roles.find(&op);
    if (role == roles.end())
      continue;
    if (role->second == Role::First) {
      if (!run.empty() && runs[run.back()] != runs[&op])
        endRun();
      run.push_back(&op);
    } else if (role->second == Role::Compound) {
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          guard(inner, isFirst);
    }
  }
  endRun();
}
