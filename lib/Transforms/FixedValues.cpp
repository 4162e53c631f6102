//===- FixedValues.cpp - What is the same for every token ----------*- C++ -*-===//

#include "FixedValues.h"
#include "DistributeScanGraph.h"
#include "DistributeScanLift.h"
#include "gatefold/IR/Attention.h"
#include "gatefold/IR/Fusion.h"

using namespace mlir;
using namespace gatefold;

FixedValues::FixedValues(ir::EntryOp decode, StringRef token) : decode(decode) {
  for (auto [index, argument] : llvm::enumerate(decode.getArguments())) {
    ir::PortAttr port = decode.getArgumentPort(index);
    if (port.getKind() == ir::PortKind::Input && port.getName() != token)
      fixed[argument] = {/*fromInput=*/true, /*takesWork=*/false};
  }
  Block &body = decode.getBody().front();
  for (Operation &op : body)
    visit(op);
  for (Operation &op : body)
    if (op.getNumResults() == 0 || !fixed.contains(op.getResult(0)))
      for (Value value : getUsedValues(&op))
        addRoot(value);
}

/// A table's rows are as quickly read from the table as from a copy.
static bool isWork(Operation *op) { return !isLight(op) && !isa<ir::GatherOp>(op); }

void FixedValues::visit(Operation &op) {
  if (isa<ir::ReadOp>(op) || op.hasTrait<OpTrait::ConstantLike>()) {
    fixed[op.getResult(0)] = {};
    return;
  }
  SmallVector<Value> used = getUsedValues(&op);
  if (used.empty() || op.getNumResults() == 0 || !isMemoryEffectFree(&op) ||
      !llvm::all_of(used, [&](Value value) { return fixed.contains(value); }))
    return;
  Origin origin;
  for (Value value : used) {
    Origin of = fixed.lookup(value);
    origin.fromInput |= of.fromInput;
    origin.takesWork |= of.takesWork;
  }
  origin.takesWork |= origin.fromInput && isWork(&op);
  for (Value result : op.getResults())
    fixed[result] = origin;
}

/// True for what an entry can give to another.
static bool isStorable(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && (type.getElementType().isF32() || type.getElementType().isInteger(32) ||
                  type.getElementType().isInteger(1));
}

/// Notes a value, or what it is computed from where that is less to store.
void FixedValues::addRoot(Value value) {
  if (!fixed.lookup(value).takesWork)
    return;
  Operation *op = value.getDefiningOp();
  int64_t below = 0;
  llvm::SetVector<Value> operands;
  operands.insert_range(getUsedValues(op));
  for (Value operand : operands)
    if (fixed.lookup(operand).takesWork)
      below += estimateBytes(operand);
  bool isLess = !isLight(op) || (estimateBytes(value) <= below && !isa<ir::BroadcastOp>(op));
  if (isLess && isStorable(value)) {
    roots.insert(value);
    return;
  }
  for (Value operand : operands)
    addRoot(operand);
}

void FixedValues::addSlice(Value value, llvm::SetVector<Value> &slice) const {
  if (!slice.insert(value))
    return;
  if (Operation *op = value.getDefiningOp())
    for (Value operand : getUsedValues(op))
      addSlice(operand, slice);
}

SmallVector<Value> FixedValues::getInputs(Value value) {
  llvm::SetVector<Value> slice;
  addSlice(value, slice);
  return llvm::filter_to_vector(ValueRange(decode.getArguments()),
                                [&](Value argument) { return slice.contains(argument); });
}

/// True for operations whose results have no sizes but those of their operands.
static bool keepsSizes(Operation *op) {
  if (isa<ir::DimOp>(op))
    return true;
  if (llvm::any_of(op->getResultTypes(), llvm::IsaPred<IndexType>))
    return false;
  return OpTrait::hasElementwiseMappableTraits(op) ||
         isa<ir::ArgMaxOp, ir::AttendOp, ir::BroadcastOp, ir::CumulateOp, ir::DotOp, ir::DotsOp,
             ir::GatherOp, ir::ReduceOp, ir::ReverseOp, ir::TransposeOp>(op);
}

static bool hasStaticShape(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape();
}

StringAttr FixedValues::findSizeName(Value value) {
  llvm::SetVector<Value> slice;
  addSlice(value, slice);
  llvm::SetVector<StringAttr> names;
  for (Value part : slice) {
    if (hasStaticShape(part))
      continue;
    if (Operation *op = part.getDefiningOp()) {
      if (!keepsSizes(op))
        return nullptr;
      continue;
    }
    auto type = cast<RankedTensorType>(part.getType());
    ir::PortAttr port = decode.getArgumentPort(cast<BlockArgument>(part).getArgNumber());
    for (auto [size, name] : llvm::zip_equal(type.getShape(), port.getDims()))
      if (ShapedType::isDynamic(size))
        names.insert(name);
  }
  return names.size() == 1 ? names.front() : nullptr;
}
