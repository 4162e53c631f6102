//===- LeadingAxis.cpp - Copy operations with one more axis in front ----*- C++ -*-===//

#include "LeadingAxis.h"
#include "gatefold/IR/Blocks.h"
#include "gatefold/IR/LeadingAxes.h"

using namespace mlir;
using namespace gatefold;

RankedTensorType gatefold::addLeadingAxis(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape{ShapedType::kDynamic};
  llvm::append_range(shape, tensor.getShape());
  return tensor.clone(shape);
}

Value LeadingAxisCopy::broadcast(Value value, Location loc) {
  if (changed.contains(value))
    return value;
  auto type = addLeadingAxis(value.getType());
  Value result = ir::BroadcastOp::create(builder, loc, type, value, ValueRange{size},
                                         builder.getDenseI64ArrayAttr({type.getRank() - 1}));
  changed.insert(result);
  ++numBroadcasts;
  return result;
}

LogicalResult LeadingAxisCopy::copyBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(copy(op)))
      return failure();
  return success();
}

LogicalResult LeadingAxisCopy::copy(Operation &op) {
  if (auto scan = dyn_cast<ir::ScanOp>(op))
    return copyTimeLoop(scan);
  if (auto blocks = dyn_cast<ir::BlocksOp>(op))
    return copyTimeLoop(blocks);
  if (auto fuse = dyn_cast<ir::FuseOp>(op))
    return copyFuse(fuse);
  SmallVector<Value> operands;
  SmallVector<bool> flags;
  for (Value operand : op.getOperands()) {
    operands.push_back(values.lookupOrDefault(operand));
    flags.push_back(changed.contains(operands.back()));
  }
  // The size of an axis counted from the end is the same with one more in front.
  if (!llvm::is_contained(flags, true) || isa<ir::DimOp>(op)) {
    builder.clone(op, values);
    return success();
  }
  Operation *clone = ir::cloneOnto(builder, &op, operands, flags, 1);
  if (!clone) {
    for (auto [operand, flag] : llvm::zip_equal(operands, flags)) {
      if (!isa<RankedTensorType>(operand.getType()))
        continue;
      operand = broadcast(operand, op.getLoc());
      flag = true;
    }
    clone = ir::cloneOnto(builder, &op, operands, flags, 1);
  }
  if (!clone)
    return op.emitOpError("cannot take one more axis in front");
  for (auto [from, to] : llvm::zip_equal(op.getResults(), clone->getResults()))
    mapChanged(from, to);
  return success();
}

static ir::ScanOp createLike(OpBuilder &builder, ir::ScanOp scan, TypeRange outputs,
                             ValueRange sequences, ValueRange initial, ArrayRef<StringRef> names) {
  return ir::ScanOp::create(builder, scan.getLoc(), outputs, sequences, initial, names,
                            scan.getAxis() + 1, scan.getReverse());
}

static ir::BlocksOp createLike(OpBuilder &builder, ir::BlocksOp blocks, TypeRange outputs,
                               ValueRange sequences, ValueRange initial,
                               ArrayRef<StringRef> names) {
  return ir::BlocksOp::create(builder, blocks.getLoc(), outputs, sequences, initial, names,
                              blocks.getLength(), blocks.getAxis() + 1, blocks.getReverse());
}

template <typename TimeLoop>
LogicalResult LeadingAxisCopy::copyTimeLoop(TimeLoop loop) {
  SmallVector<Value> sequences, initial;
  for (Value sequence : loop.getSequences())
    sequences.push_back(withAxis(sequence));
  for (Value value : loop.getInitial())
    initial.push_back(withAxis(value));
  SmallVector<Type> outputTypes = llvm::map_to_vector(
      loop.getOutputs(), [](Value output) -> Type { return addLeadingAxis(output.getType()); });
  auto names = llvm::to_vector(loop.getNames().template getAsValueRange<StringAttr>());
  TimeLoop copy = createLike(builder, loop, outputTypes, sequences, initial, names);

  Block &body = loop.getBody().front(), &newBody = copy.getBody().front();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&newBody);
  for (auto [from, to] : llvm::zip_equal(body.getArguments(), newBody.getArguments())) {
    to.setLoc(from.getLoc());
    mapChanged(from, to);
  }
  if (failed(copyBlock(body)))
    return failure();
  ir::YieldOp yield = loop.getYield();
  SmallVector<Value> outputs, next;
  for (Value value : yield.getOutputs())
    outputs.push_back(withAxis(value));
  for (Value value : yield.getNext())
    next.push_back(withAxis(value));
  ir::YieldOp::create(builder, yield.getLoc(), outputs, next);
  for (auto [from, to] : llvm::zip_equal(loop.getResults(), copy.getResults()))
    mapChanged(from, to);
  return success();
}

LogicalResult LeadingAxisCopy::copyFuse(ir::FuseOp fuse) {
  SmallVector<Type> types = llvm::map_to_vector(
      fuse.getResults(), [](Value result) -> Type { return addLeadingAxis(result.getType()); });
  auto copy = ir::FuseOp::create(builder, fuse.getLoc(), types);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&copy.getBody().front());
  if (failed(copyBlock(fuse.getBody().front())))
    return failure();
  SmallVector<Value> kept;
  for (Value value : fuse.getKeep().getValues())
    kept.push_back(withAxis(value));
  ir::KeepOp::create(builder, fuse.getKeep().getLoc(), kept);
  for (auto [from, to] : llvm::zip_equal(fuse.getResults(), copy.getResults()))
    mapChanged(from, to);
  return success();
}
