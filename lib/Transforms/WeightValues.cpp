//===- WeightValues.cpp - What depends on weights alone ------------*- C++ -*-===//

#include "WeightValues.h"
#include "gatefold/IR/Fusion.h"

using namespace mlir;
using namespace gatefold;

WeightValues::WeightValues(ir::EntryOp entry) {
  entry.walk<WalkOrder::PreOrder>([&](Operation *op) { visit(op); });
}

SmallVector<Value> WeightValues::getRoots() const {
  return llvm::filter_to_vector(computed, [&](Value value) { return isUsed(value); });
}

void WeightValues::visit(Operation *op) {
  if (isa<ir::ReadOp>(op) || op->hasTrait<OpTrait::ConstantLike>()) {
    fixed.insert(op->getResult(0));
    return;
  }
  bool simple = isMemoryEffectFree(op) && op->getNumRegions() == 0 && op->getNumResults() != 0 &&
                op->getNumOperands() != 0;
  if (!simple ||
      !llvm::all_of(op->getOperands(), [&](Value value) { return fixed.contains(value); }))
    return;
  for (Value result : op->getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type || !type.hasStaticShape())
      continue;
    fixed.insert(result);
    // A broadcast costs nothing where it is used. Prepared weights have at most 32 bits; what leads
    // to them need not be so.
    Type element = type.getElementType();
    bool isStorable = element.isF32() || ir::isShortFloat(element) || element.isInteger(8) ||
                      element.isInteger(32);
    if (!isa<ir::BroadcastOp>(op) && isStorable)
      computed.insert(result);
  }
}

/// True if something needs the value besides values that are computed from it beforehand.
bool WeightValues::isUsed(Value value) const {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    return user->getNumResults() == 0 || llvm::any_of(user->getResults(), [&](Value result) {
             return !fixed.contains(result) || (!computed.contains(result) && isUsed(result));
           });
  });
}
