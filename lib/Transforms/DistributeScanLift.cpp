//===- DistributeScanLift.cpp - Which operations take many steps at once -*- C++ -*-===//

#include "DistributeScanLift.h"
#include "DistributeScanGraph.h"
#include "gatefold/IR/Blocks.h"
#include "gatefold/IR/LeadingAxes.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace gatefold;

bool gatefold::isLight(Operation *op) {
  return OpTrait::hasElementwiseMappableTraits(op) ||
         isa<arith::ConstantOp, tensor::FromElementsOp, ir::BroadcastOp, ir::ConcatOp, ir::DimOp,
             ir::ReadOp, ir::ReshapeOp, ir::ReverseOp, ir::SizeOp, ir::SliceOp, ir::TransposeOp,
             ir::WindowsOp>(op);
}

bool gatefold::isCheaperTogether(Operation *op, llvm::function_ref<bool(Value)> hasSteps) {
  if (isa<ir::ScanOp, ir::BlocksOp>(op))
    return true;
  if (isLight(op) || isa<ir::ReduceOp, ir::CumulateOp, ir::ArgMaxOp, ir::GatherOp>(op))
    return false;
  return llvm::any_of(op->getOperands(), [&](Value operand) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    return type && type.getRank() >= 2 && !hasSteps(operand);
  });
}

bool gatefold::dependsOnPosition(Operation *op) {
  return op
      ->walk([](Operation *nested) {
        return isa<ir::AppendOp, ir::PrefixOp, ir::SuffixOp>(nested) ? WalkResult::interrupt()
                                                                     : WalkResult::advance();
      })
      .wasInterrupted();
}

/// True if an operation can be built on operands with an axis in front where `changed` says so.
static bool canClone(Operation *op, ArrayRef<bool> changed) {
  Block scratch;
  SmallVector<Value> operands(op->getOperands());
  for (auto [operand, isChanged] : llvm::zip_equal(operands, changed)) {
    if (!isChanged)
      continue;
    auto type = cast<RankedTensorType>(operand.getType());
    SmallVector<int64_t> shape{ShapedType::kDynamic};
    llvm::append_range(shape, type.getShape());
    operand = scratch.addArgument(type.clone(shape), op->getLoc());
  }
  OpBuilder builder(op->getContext());
  builder.setInsertionPointToEnd(&scratch);
  return ir::cloneOnto(builder, op, operands, changed, 1) != nullptr;
}

/// The same for all operations of a loop within a step. What it carries has the axis as well.
template <typename TimeLoop>
static bool canLoopTakeSteps(TimeLoop loop, llvm::function_ref<bool(Value)> hasSteps) {
  Block &body = loop.getBody().front();
  llvm::DenseSet<Value> inside(body.getArguments().begin(), body.getArguments().end());
  auto has = [&](Value value) { return inside.contains(value) || hasSteps(value); };
  for (Operation &op : body.without_terminator()) {
    if (!canTakeSteps(&op, has))
      return false;
    if (!isa<ir::DimOp>(op) && llvm::any_of(getUsedValues(&op), has))
      inside.insert(op.result_begin(), op.result_end());
  }
  return true;
}

bool gatefold::canTakeSteps(Operation *op, llvm::function_ref<bool(Value)> hasSteps) {
  if (dependsOnPosition(op))
    return false;
  if (auto scan = dyn_cast<ir::ScanOp>(op))
    return canLoopTakeSteps(scan, hasSteps);
  if (auto blocks = dyn_cast<ir::BlocksOp>(op))
    return canLoopTakeSteps(blocks, hasSteps);
  if (op->getNumRegions() != 0)
    return false;
  SmallVector<bool> changed = llvm::map_to_vector(op->getOperands(), hasSteps);
  if (!llvm::is_contained(changed, true) || isa<ir::DimOp>(op) || canClone(op, changed))
    return true;
  // To repeat what is the same at every step would cost more than the loop does.
  if (!isLight(op))
    return false;
  return canClone(op, llvm::map_to_vector(op->getOperands(), [](Value operand) {
                    return isa<RankedTensorType>(operand.getType());
                  }));
}

int64_t gatefold::estimateBytes(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return 0;
  int64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  for (int64_t size : type.getShape())
    bytes *= ShapedType::isDynamic(size) ? unknownSize : size;
  return bytes;
}
