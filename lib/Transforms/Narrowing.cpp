//===- Narrowing.cpp - Values that are the same along an axis ------------*- C++ -*-===//

#include "Narrowing.h"

using namespace mlir;
using namespace gatefold;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

static RankedTensorType withoutAxis(RankedTensorType type, unsigned axis) {
  SmallVector<int64_t> shape(type.getShape());
  shape.erase(shape.end() - 1 - axis);
  return type.clone(shape);
}

/// The axis of the operand that an axis of the result is, one that is not new.
static unsigned getInputAxis(ir::BroadcastOp broadcast, unsigned axis) {
  return axis - llvm::count_if(broadcast.getAxes(), [&](int64_t added) { return added < axis; });
}

bool Narrowing::isRepeated(Value value, unsigned axis) {
  auto [known, isNew] = repeated.try_emplace({value, axis}, false);
  if (!isNew)
    return known->second;
  bool result = compute(value, axis);
  return repeated[{value, axis}] = result;
}

bool Narrowing::compute(Value value, unsigned axis) {
  Operation *op = value.getDefiningOp();
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!op || !type || type.getRank() <= axis || !type.hasStaticShape())
    return false;
  if (auto broadcast = dyn_cast<ir::BroadcastOp>(op))
    return llvm::is_contained(broadcast.getAxes(), axis) ||
           isRepeated(broadcast.getInput(), getInputAxis(broadcast, axis));
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return isa<SplatElementsAttr>(constant.getValue());
  return OpTrait::hasElementwiseMappableTraits(op) && op->getNumResults() == 1 &&
         op->getNumOperands() != 0 &&
         llvm::all_of(op->getOperands(), [&](Value operand) { return isRepeated(operand, axis); });
}

Value Narrowing::buildBroadcast(OpBuilder &builder, ir::BroadcastOp broadcast, unsigned axis) {
  Value input = broadcast.getInput();
  if (!llvm::is_contained(broadcast.getAxes(), axis))
    input = build(input, getInputAxis(broadcast, axis));
  SmallVector<int64_t> axes;
  for (int64_t added : broadcast.getAxes())
    if (added != axis)
      axes.push_back(added > axis ? added - 1 : added);
  if (axes.empty())
    return input;
  return ir::BroadcastOp::create(builder, broadcast.getLoc(),
                                 withoutAxis(broadcast.getType(), axis), input, ValueRange{},
                                 builder.getDenseI64ArrayAttr(axes));
}

Value Narrowing::build(Value value, unsigned axis) {
  if (Value known = built.lookup({value, axis}))
    return known;
  Operation *op = value.getDefiningOp();
  OpBuilder builder(op->getContext());
  builder.setInsertionPointAfter(op);
  RankedTensorType type = withoutAxis(typeOf(value), axis);
  Value result;
  if (auto broadcast = dyn_cast<ir::BroadcastOp>(op)) {
    result = buildBroadcast(builder, broadcast, axis);
  } else if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto splat = cast<SplatElementsAttr>(constant.getValue());
    result = arith::ConstantOp::create(builder, op->getLoc(), splat.resizeSplat(type));
  } else {
    SmallVector<Value> operands =
        llvm::map_to_vector(op->getOperands(), [&](Value operand) { return build(operand, axis); });
    Operation *copy = builder.clone(*op);
    copy->setOperands(operands);
    copy->getResult(0).setType(type);
    result = copy->getResult(0);
  }
  return built[{value, axis}] = result;
}
