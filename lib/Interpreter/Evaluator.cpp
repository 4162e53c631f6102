//===- Evaluator.cpp - Walks over an entry's operations ---------*- C++ -*-===//
//
// Gives every operation to the function that evaluates it.
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"
#include "gatefold/IR/Blocks.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gatefold::ir;

namespace gatefold::interpreter {

/// The text of a type.
static std::string typeText(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

llvm::Error Evaluator::assign(Value value, Array array) {
  if (auto type = dyn_cast<RankedTensorType>(value.getType());
      type && failed(verifyCompatibleShape(type.getShape(), array.shape)))
    return errorAt(value.getLoc(), "expected " + nameOf(value, "a value") + " of type " +
                                       typeText(type) + ", but found shape " +
                                       shapeText(array.shape));
  values.insert_or_assign(value, std::move(array));
  return llvm::Error::success();
}

llvm::Error Evaluator::runBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    if (llvm::Error error = run(op))
      return error;
  return llvm::Error::success();
}

llvm::Error Evaluator::run(Operation &op) {
  if (auto scan = dyn_cast<ScanOp>(op))
    return runScan(scan);
  if (auto blocks = dyn_cast<BlocksOp>(op))
    return runBlocks(blocks);
  if (auto dots = dyn_cast<DotsOp>(op))
    return runDots(dots);
  if (auto fuse = dyn_cast<FuseOp>(op))
    return runFuse(fuse);
  if (op.getNumResults() != 1)
    return errorAt(op.getLoc(), "expected an operation that can be interpreted, but found `" +
                                    op.getName().getStringRef() + "`");
  SmallVector<const Array *> operands;
  for (Value operand : op.getOperands())
    operands.push_back(&get(operand));
  llvm::Expected<Array> result = evaluate(&op, operands);
  if (!result)
    return result.takeError();
  return assign(op.getResult(0), std::move(*result));
}

llvm::Expected<Array> Evaluator::evaluate(Operation *op, Operands operands) {
  using Result = llvm::Expected<Array>;
  return TypeSwitch<Operation *, Result>(op)
      .Case<ReadOp>([&](ReadOp read) { return evaluateRead(read); })
      .Case<SizeOp>([&](SizeOp size) { return evaluateSize(size); })
      .Case<arith::ConstantOp>([&](arith::ConstantOp op) { return evaluateConstant(op); })
      .Case<DotOp>([&](DotOp op) { return evaluateDot(op, operands, precision); })
      .Case<AttendOp>([&](AttendOp op) { return evaluateAttend(op, operands); })
      .Case<ReduceOp>([&](ReduceOp op) { return evaluateReduce(op, operands, precision); })
      .Case<CumulateOp>([&](CumulateOp op) { return evaluateCumulate(op, operands, precision); })
      .Case<ArgMaxOp>([&](ArgMaxOp op) { return evaluateArgMax(op, operands); })
      .Case<BroadcastOp>([&](BroadcastOp op) { return evaluateBroadcast(op, operands); })
      .Case<ConcatOp>([&](ConcatOp op) { return evaluateConcat(op, operands); })
      .Case<SliceOp>([&](SliceOp op) { return evaluateSlice(op, operands); })
      .Case<ReshapeOp>([&](ReshapeOp op) { return evaluateReshape(op, operands); })
      .Case<TransposeOp>([&](TransposeOp op) { return evaluateTranspose(op, operands); })
      .Case<ReverseOp>([&](ReverseOp op) { return evaluateReverse(op, operands); })
      .Case<WindowsOp>([&](WindowsOp op) { return evaluateWindows(op, operands); })
      .Case<GatherOp>([&](GatherOp op) { return evaluateGather(op, operands); })
      .Case<AppendOp>([&](AppendOp op) { return evaluateAppend(op, operands); })
      .Case<PrefixOp>([&](PrefixOp op) { return evaluatePrefix(op, operands); })
      .Case<SuffixOp>([&](SuffixOp op) { return evaluateSuffix(op, operands); })
      .Default([&](Operation *op) -> Result {
        // Index arithmetic carries the traits too, so scalars take the same way as tensors.
        if (OpTrait::hasElementwiseMappableTraits(op))
          return evaluateElementwise(op, operands, precision);
        return evaluateOther(op, operands);
      });
}

llvm::Expected<Array> Evaluator::evaluateRead(ReadOp read) {
  auto known = readWeights.find(read.getWeight());
  if (known != readWeights.end())
    return known->second;
  llvm::Expected<Tensor> tensor = weights(read.getWeight());
  if (!tensor)
    return errorAt(read.getLoc(), llvm::toString(tensor.takeError()));
  llvm::Expected<Array> array = fromTensor(*tensor, read.getType().getElementType(), precision);
  if (!array)
    return errorAt(read.getLoc(),
                   "`" + read.getWeight() + "`: " + llvm::toString(array.takeError()));
  if (ArrayRef(array->shape) != read.getType().getShape())
    return errorAt(read.getLoc(), "`" + read.getWeight() + "`: expected shape " +
                                      shapeText(read.getType().getShape()) + ", but found " +
                                      shapeText(array->shape));
  readWeights.insert({read.getWeight(), *array});
  return array;
}

llvm::Expected<Array> Evaluator::evaluateSize(SizeOp size) {
  auto known = sizes.find(size.getName().str());
  if (known == sizes.end())
    return errorAt(size.getLoc(), "expected a size for the dimension `" + size.getName() +
                                      "`, which no argument shows");
  Number number;
  number.integer = known->second;
  return makeScalar(size.getType(), number);
}

} // namespace gatefold::interpreter
