//===- Memories.cpp - Memories that grow ------------------------*- C++ -*-===//
//
// Types, checks and leading axes of the operations on histories.
//
//===----------------------------------------------------------------------===//

#include "ShapeHelpers.h"

using namespace mlir;
using namespace gatefold::ir;

/// An error of `op` unless `type` begins with the axes of `numbers` and has at least one more.
static LogicalResult expectMappedAxes(Operation *op, RankedTensorType type,
                                      RankedTensorType numbers) {
  bool fits = type.getRank() > numbers.getRank();
  for (int64_t axis = 0; fits && axis < numbers.getRank(); ++axis)
    fits = sizesAgree(type.getDimSize(axis), numbers.getDimSize(axis));
  if (fits)
    return success();
  return op->emitOpError("expected a tensor with the axes of ")
         << numbers << " in front of its rows, but found " << type;
}

/// How many axes of an operand are its own; `numbers` is mapped over.
static unsigned countOwnAxes(Operation *op, unsigned operand, Value numbers) {
  return tensorType(op->getOperand(operand)).getRank() - tensorType(numbers).getRank();
}

/// True if all operands change by axes that they have in common.
static bool canChange(ArrayRef<bool> changed, int64_t change, Value numbers) {
  return !llvm::is_contained(changed, false) && tensorType(numbers).getRank() + change >= 0;
}

//===----------------------------------------------------------------------===//
// Append
//===----------------------------------------------------------------------===//

void AppendOp::build(OpBuilder &builder, OperationState &state, Value memory, Value position,
                     Value row) {
  build(builder, state, memory.getType(), memory, position, row);
}

LogicalResult AppendOp::verify() {
  RankedTensorType memory = getMemory().getType(), position = getPosition().getType();
  // (C1)
  if (failed(expectMappedAxes(*this, memory, position)))
    return failure();
  // (C2)
  Shape shape(memory.getShape());
  shape.erase(shape.begin() + position.getRank());
  if (failed(expectType(*this, "row", memory.clone(shape), getRow().getType())))
    return failure();
  // (C3)
  return expectType(*this, "result", memory, getType());
}

std::string AppendOp::describeFull(const Twine &capacity) {
  auto name = getLoc()->findInstanceOf<NameLoc>();
  std::string history = name ? ("history `" + name.getName().getValue() + "`").str() : "a history";
  return (history + " is full: capacity " + capacity + "; a longer run needs a larger capacity")
      .str();
}

unsigned AppendOp::getOwnAxes(unsigned operandNumber) {
  return countOwnAxes(*this, operandNumber, getPosition());
}

Operation *AppendOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                               int64_t change) {
  if (!canChange(changed, change, getPosition()))
    return {};
  return AppendOp::create(builder, getLoc(), operands[0], operands[1], operands[2]);
}

//===----------------------------------------------------------------------===//
// Prefix, suffix
//===----------------------------------------------------------------------===//

/// `input` with a dynamic axis behind those of `count`.
static RankedTensorType inferRows(RankedTensorType input, RankedTensorType count) {
  Shape shape(input.getShape());
  shape[count.getRank()] = ShapedType::kDynamic;
  return input.clone(shape);
}

template <typename RowsOp>
static LogicalResult verifyRows(RowsOp op) {
  RankedTensorType input = op.getInput().getType(), count = op.getCount().getType();
  // (C1)
  if (failed(expectMappedAxes(op, input, count)))
    return failure();
  // (C2)
  return expectType(op, "result", inferRows(input, count), op.getType());
}

RankedTensorType PrefixOp::inferType(RankedTensorType input, RankedTensorType count) {
  return inferRows(input, count);
}

void PrefixOp::build(OpBuilder &builder, OperationState &state, Value input, Value count) {
  build(builder, state, inferType(tensorType(input), tensorType(count)), input, count);
}

LogicalResult PrefixOp::verify() { return verifyRows(*this); }

unsigned PrefixOp::getOwnAxes(unsigned operandNumber) {
  return countOwnAxes(*this, operandNumber, getCount());
}

Operation *PrefixOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                               int64_t change) {
  if (!canChange(changed, change, getCount()))
    return {};
  return PrefixOp::create(builder, getLoc(), operands[0], operands[1]);
}

RankedTensorType SuffixOp::inferType(RankedTensorType input, RankedTensorType count) {
  return inferRows(input, count);
}

void SuffixOp::build(OpBuilder &builder, OperationState &state, Value input, Value count) {
  build(builder, state, inferType(tensorType(input), tensorType(count)), input, count);
}

LogicalResult SuffixOp::verify() { return verifyRows(*this); }

unsigned SuffixOp::getOwnAxes(unsigned operandNumber) {
  return countOwnAxes(*this, operandNumber, getCount());
}

Operation *SuffixOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                               int64_t change) {
  if (!canChange(changed, change, getCount()))
    return {};
  return SuffixOp::create(builder, getLoc(), operands[0], operands[1]);
}
