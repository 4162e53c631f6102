//===- CopyOperands.cpp - Copy a value with what it needs ----------*- C++ -*-===//

#include "CopyOperands.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

Value gatefold::copyWithOperands(OpBuilder &builder, Value value, IRMapping &values) {
  if (Value known = values.lookupOrNull(value))
    return known;
  Operation *op = value.getDefiningOp();
  llvm::SetVector<Value> outside(op->operand_begin(), op->operand_end());
  for (Region &region : op->getRegions())
    region.walk([&](Operation *nested) {
      for (Value operand : nested->getOperands())
        if (!region.isAncestor(operand.getParentRegion()))
          outside.insert(operand);
    });
  for (Value operand : outside)
    copyWithOperands(builder, operand, values);
  builder.clone(*op, values);
  return values.lookup(value);
}
