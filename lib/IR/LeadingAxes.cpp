//===- LeadingAxes.cpp - Operations with more axes in front -----*- C++ -*-===//
//
// LeadingAxesOpInterface of every operation that has it, and the same for elementwise operations
// of other dialects.
//
//===----------------------------------------------------------------------===//

#include "gatefold/IR/LeadingAxes.h"
#include "ShapeHelpers.h"

using namespace mlir;
using namespace gatefold::ir;

/// Rank of the type of operand `operand`.
static unsigned rankOf(Operation *op, unsigned operand) {
  return tensorType(op->getOperand(operand)).getRank();
}

/// True if taking `-change` axes off the front of operand `operand` leaves its own axes alone.
static bool hasAxesToChange(Operation *op, unsigned operand, int64_t change) {
  return static_cast<int64_t>(rankOf(op, operand)) + change >=
         static_cast<int64_t>(getOwnAxes(op, operand));
}

//===----------------------------------------------------------------------===//
// Dot: [P.., M.., K] . [P.., N.., K] -> [P.., M.., N..]
//===----------------------------------------------------------------------===//

unsigned DotOp::getOwnAxes(unsigned operandNumber) {
  if (operandNumber == 0)
    return 1;
  // The N axes of rhs stand behind the M axes of the result: only without M are they in front.
  unsigned mapped = getMapped();
  if (rankOf(*this, 0) == mapped + 1)
    return getTransposed() ? 2 : 1;
  return rankOf(*this, 1) - mapped;
}

Operation *DotOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                            int64_t change) {
  auto mapped = static_cast<int64_t>(getMapped());
  for (unsigned operand : {0, 1})
    if (changed[operand] && !hasAxesToChange(*this, operand, change))
      return {};
  if (changed[0] && changed[1])
    mapped += change;
  else if (mapped != 0)
    return {}; // The mapped axes are in front of both.
  else if (changed[1] && rankOf(*this, 0) != 1)
    return {}; // The new axes would stand behind those of lhs.
  if (mapped < 0)
    return {};
  return DotOp::create(builder, getLoc(), operands[0], operands[1], getOrder(), mapped,
                       getTransposed());
}

//===----------------------------------------------------------------------===//
// Reduce, cumulate, argmax
//===----------------------------------------------------------------------===//

unsigned ReduceOp::getOwnAxes(unsigned) { return getAxes().empty() ? 0 : getAxes().back() + 1; }

Operation *ReduceOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                               int64_t change) {
  if (!changed[0] || !hasAxesToChange(*this, 0, change))
    return {};
  return ReduceOp::create(builder, getLoc(), getKind(), operands[0], getAxes(), getOrder());
}

unsigned CumulateOp::getOwnAxes(unsigned) { return getAxis() + 1; }

Operation *CumulateOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                                 int64_t change) {
  if (!changed[0] || !hasAxesToChange(*this, 0, change))
    return {};
  return CumulateOp::create(builder, getLoc(), getKind(), operands[0],
                            static_cast<int64_t>(getAxis()));
}

unsigned ArgMaxOp::getOwnAxes(unsigned) { return 1; }

Operation *ArgMaxOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                               int64_t change) {
  if (!changed[0] || !hasAxesToChange(*this, 0, change))
    return {};
  return ArgMaxOp::create(builder, getLoc(), operands[0]);
}

//===----------------------------------------------------------------------===//
// Gather: [P.., V, E..] at [P.., I..] -> [P.., I.., E..]
//===----------------------------------------------------------------------===//

unsigned GatherOp::getOwnAxes(unsigned operandNumber) {
  return operandNumber == 0 ? rankOf(*this, 0) - static_cast<unsigned>(getMapped()) : 0;
}

Operation *GatherOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                               int64_t change) {
  auto mapped = static_cast<int64_t>(getMapped());
  if (!changed[1] || !hasAxesToChange(*this, 1, change))
    return {};
  if (changed[0])
    mapped += change;
  else if (mapped != 0)
    return {}; // The mapped axes are in front of both.
  if (mapped < 0)
    return {};
  return GatherOp::create(builder, getLoc(), operands[0], operands[1], mapped);
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

unsigned BroadcastOp::getOwnAxes(unsigned operandNumber) {
  // The operand's axes behind the foremost new one do not stand at the front of the result.
  if (operandNumber != 0 || getAxes().empty())
    return 0;
  return getAxes().back() + 1 - getAxes().size();
}

Operation *BroadcastOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                                  int64_t change) {
  if (!changed[0] || llvm::is_contained(changed.drop_front(), true) ||
      !hasAxesToChange(*this, 0, change))
    return {};
  // Whatever is in front of the foremost new axis comes from the operand.
  int64_t back = getAxes().empty() ? 0 : getAxes().back() + 1;
  Shape shape(tensorType(operands[0]).getShape().drop_back(getOwnAxes(0)));
  llvm::append_range(shape, getType().getShape().take_back(back));
  return BroadcastOp::create(builder, getLoc(), getType().clone(shape), operands[0],
                             operands.drop_front(), getAxes());
}

unsigned ConcatOp::getOwnAxes(unsigned) { return getAxis() + 1; }

Operation *ConcatOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                               int64_t change) {
  if (llvm::is_contained(changed, false) || !hasAxesToChange(*this, 0, change))
    return {};
  return ConcatOp::create(builder, getLoc(), operands, static_cast<int64_t>(getAxis()));
}

unsigned SliceOp::getOwnAxes(unsigned) { return getAxis() + 1; }

Operation *SliceOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                              int64_t change) {
  if (!changed[0] || !hasAxesToChange(*this, 0, change))
    return {};
  return SliceOp::create(builder, getLoc(), operands[0], static_cast<int64_t>(getAxis()),
                         static_cast<int64_t>(getOffset()), static_cast<int64_t>(getSize()));
}

unsigned ReshapeOp::getOwnAxes(unsigned) { return getReplaced(); }

Operation *ReshapeOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                                int64_t change) {
  if (!changed[0] || !hasAxesToChange(*this, 0, change))
    return {};
  auto added =
      getType().getRank() - (getInput().getType().getRank() - static_cast<int64_t>(getReplaced()));
  Shape shape(tensorType(operands[0]).getShape().drop_back(getReplaced()));
  llvm::append_range(shape, getType().getShape().take_back(added));
  return ReshapeOp::create(builder, getLoc(), getType().clone(shape), operands[0], getReplaced());
}

unsigned TransposeOp::getOwnAxes(unsigned) { return getPermutation().size(); }

Operation *TransposeOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                                  int64_t change) {
  if (!changed[0] || !hasAxesToChange(*this, 0, change))
    return {};
  return TransposeOp::create(builder, getLoc(), operands[0], getPermutation());
}

unsigned ReverseOp::getOwnAxes(unsigned) { return getAxis() + 1; }

Operation *ReverseOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                                int64_t change) {
  if (!changed[0] || !hasAxesToChange(*this, 0, change))
    return {};
  return ReverseOp::create(builder, getLoc(), operands[0], static_cast<int64_t>(getAxis()));
}

unsigned WindowsOp::getOwnAxes(unsigned) { return getAxis() + 1; }

Operation *WindowsOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                                int64_t change) {
  if (!changed[0] || !hasAxesToChange(*this, 0, change))
    return {};
  return WindowsOp::create(builder, getLoc(), operands[0], static_cast<int64_t>(getAxis()),
                           static_cast<int64_t>(getSize()), static_cast<int64_t>(getStride()),
                           static_cast<int64_t>(getDilation()));
}

//===----------------------------------------------------------------------===//
// Any operation
//===----------------------------------------------------------------------===//

unsigned gatefold::ir::getOwnAxes(Operation *op, unsigned operand) {
  if (auto leading = dyn_cast<LeadingAxesOpInterface>(op))
    return leading.getOwnAxes(operand);
  if (OpTrait::hasElementwiseMappableTraits(op))
    return 0;
  auto type = dyn_cast<RankedTensorType>(op->getOperand(operand).getType());
  return type ? type.getRank() : 0;
}

/// Builds an elementwise operation on other operands, all of one shape.
static Operation *cloneElementwise(OpBuilder &builder, Operation *op, ValueRange operands) {
  Shape shape(tensorType(operands.front()).getShape());
  for (Value operand : operands) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!type || type.getRank() != static_cast<int64_t>(shape.size()))
      return {};
    for (auto [size, other] : llvm::zip_equal(shape, type.getShape()))
      size = knownSize(size, other);
  }
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  Operation *clone = Operation::create(op->getLoc(), op->getName(), {result.clone(shape)}, operands,
                                       op->getDiscardableAttrDictionary(),
                                       op->getPropertiesStorage(), /*successors=*/{},
                                       /*numRegions=*/0);
  return builder.insert(clone);
}

Operation *gatefold::ir::cloneOnto(OpBuilder &builder, Operation *op, ValueRange operands,
                                   ArrayRef<bool> changed, int64_t change) {
  if (auto leading = dyn_cast<LeadingAxesOpInterface>(op))
    return leading.cloneOnto(builder, operands, changed, change);
  if (!OpTrait::hasElementwiseMappableTraits(op) || op->getNumResults() != 1 || operands.empty() ||
      llvm::is_contained(changed, false) || !isa<RankedTensorType>(op->getResult(0).getType()) ||
      !isa<RankedTensorType>(operands.front().getType()))
    return {};
  return cloneElementwise(builder, op, operands);
}
