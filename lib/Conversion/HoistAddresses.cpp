//===- HoistAddresses.cpp - Addresses once and outside of loops ---------*- C++ -*-===//
//
// Computes what belongs to addresses where it is computed least often, and once where it was
// computed several times.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Conversion/Passes.h"
#include "mlir/Analysis/CFGLoopInfo.h"
#include "mlir/IR/Dominance.h"
#include "llvm/ADT/PostOrderIterator.h"

namespace gatefold {
#define GEN_PASS_DEF_HOISTADDRESSES
#include "gatefold/Conversion/Passes.h.inc"
} // namespace gatefold

using namespace mlir;

/// What addresses are made of: integers, their sums and products, and pointers.
static bool isPartOfAddress(Operation *op) {
  if (auto constant = dyn_cast<LLVM::ConstantOp>(op))
    return isa<IntegerType>(constant.getType());
  if (isa<LLVM::AddOp, LLVM::SubOp, LLVM::MulOp>(op))
    return isa<IntegerType>(op->getResult(0).getType());
  return isa<LLVM::GEPOp>(op) && isa<LLVM::LLVMPointerType>(op->getResult(0).getType());
}

namespace {

class AddressHoister {
public:
  AddressHoister(Region &region, DominanceInfo &dominance)
      : region(region), dominance(dominance), loops(dominance.getDomTree(&region)) {}

  void run();

private:
  void findShallower(Block *block);
  Block *chooseBlock(Operation *op);
  bool share(Operation *op);

  Region &region;
  DominanceInfo &dominance;
  CFGLoopInfo loops;
  /// For each block the nearest one in fewer loops that dominates it, if there is one. From block
  /// to block a function with many loops, one behind the other, would be a long way.
  llvm::DenseMap<Block *, Block *> shallower;
  llvm::DenseMap<llvm::hash_code, SmallVector<Operation *, 1>> known; ///< by what they compute
};

} // namespace

/// Notes the block's entry in `shallower`; those of all that dominate it are known.
void AddressHoister::findShallower(Block *block) {
  unsigned depth = loops.getLoopDepth(block);
  auto *dominator = depth == 0 ? nullptr : dominance.getNode(block)->getIDom();
  Block *nearest = dominator ? dominator->getBlock() : nullptr;
  while (nearest && loops.getLoopDepth(nearest) >= depth)
    nearest = shallower.lookup(nearest);
  shallower[block] = nearest;
}

/// The block nearest to the operation among those in the fewest loops that its operands reach.
Block *AddressHoister::chooseBlock(Operation *op) {
  Block *first = &region.front();
  for (Value operand : op->getOperands())
    if (dominance.properlyDominates(first, operand.getParentBlock()))
      first = operand.getParentBlock();
  Block *best = op->getBlock();
  while (Block *next = shallower.lookup(best)) {
    if (!dominance.dominates(first, next))
      break;
    best = next;
  }
  return best;
}

/// Uses in place of `op` one that computes the same, if there is one.
bool AddressHoister::share(Operation *op) {
  llvm::hash_code hash =
      llvm::hash_combine(op->getName().getAsOpaquePointer(), op->hashProperties(),
                         llvm::hash_combine_range(op->operand_begin(), op->operand_end()));
  SmallVector<Operation *, 1> &others = known[hash];
  for (Operation *other : others)
    if (OperationEquivalence::isEquivalentTo(op, other, OperationEquivalence::exactValueMatch,
                                             /*markEquivalent=*/nullptr,
                                             OperationEquivalence::IgnoreLocations) &&
        dominance.dominates(other->getBlock(), op->getBlock())) {
      op->replaceAllUsesWith(other);
      op->erase();
      return true;
    }
  others.push_back(op);
  return false;
}

void AddressHoister::run() {
  // Blocks come behind those that dominate them, so an operation at the end of one stands in front
  // of all that may use it.
  llvm::ReversePostOrderTraversal<Region *> order(&region);
  for (Block *block : order) {
    findShallower(block);
    for (Operation &op : llvm::make_early_inc_range(*block)) {
      if (!isPartOfAddress(&op))
        continue;
      Block *target = chooseBlock(&op);
      if (target != block)
        op.moveBefore(target->getTerminator());
      share(&op);
    }
  }
  for (Block *block : llvm::post_order(&region))
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(*block)))
      if (isPartOfAddress(&op) && op.use_empty())
        op.erase();
}

namespace {
struct HoistAddresses : gatefold::impl::HoistAddressesBase<HoistAddresses> {
  using Base::Base;

  void runOnOperation() final {
    Region &region = getOperation().getBody();
    // One block has no loop.
    if (!region.empty() && !region.hasOneBlock())
      AddressHoister(region, getAnalysis<DominanceInfo>()).run();
  }
};
} // namespace
