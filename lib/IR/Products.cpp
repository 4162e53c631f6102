//===- Products.cpp - Products, reductions and gathers ----------*- C++ -*-===//
//
// Result types, builders and checks of the operations that combine or pick elements.
//
//===----------------------------------------------------------------------===//

#include "ShapeHelpers.h"

using namespace mlir;
using namespace gatefold::ir;

//===----------------------------------------------------------------------===//
// Dot
//===----------------------------------------------------------------------===//

/// The position from the front of the axis of `rhs` that is contracted.
static int64_t contractedRhsAxis(RankedTensorType rhs, bool transposed) {
  return fromFront(rhs, transposed ? 1 : 0);
}

RankedTensorType DotOp::inferType(RankedTensorType lhs, RankedTensorType rhs, int64_t mapped,
                                  bool transposed) {
  Shape shape;
  for (int64_t axis = 0; axis < mapped; ++axis)
    shape.push_back(knownSize(lhs.getDimSize(axis), rhs.getDimSize(axis)));
  llvm::append_range(shape, lhs.getShape().drop_front(mapped).drop_back());
  for (int64_t axis = mapped; axis < rhs.getRank(); ++axis)
    if (axis != contractedRhsAxis(rhs, transposed))
      shape.push_back(rhs.getDimSize(axis));
  return RankedTensorType::get(shape, lhs.getElementType());
}

void DotOp::build(OpBuilder &builder, OperationState &state, Value lhs, Value rhs,
                  ReductionOrder order, int64_t mapped, bool transposed) {
  build(builder, state, inferType(tensorType(lhs), tensorType(rhs), mapped, transposed), lhs, rhs,
        ReductionOrderAttr::get(builder.getContext(), order), builder.getI64IntegerAttr(mapped),
        transposed ? builder.getUnitAttr() : UnitAttr());
}

int64_t DotOp::getContractedSize() {
  RankedTensorType rhs = getRhs().getType();
  return knownSize(getLhs().getType().getShape().back(),
                   rhs.getDimSize(contractedRhsAxis(rhs, getTransposed())));
}

LogicalResult DotOp::verify() {
  RankedTensorType lhs = getLhs().getType(), rhs = getRhs().getType();
  // (C1)
  auto mapped = static_cast<int64_t>(getMapped());
  int64_t rhsOwn = getTransposed() ? 2 : 1;
  if (lhs.getRank() < mapped + 1)
    return emitOpError("expected lhs to have at least ")
           << mapped + 1 << " axes, but found " << lhs;
  if (rhs.getRank() < mapped + rhsOwn)
    return emitOpError("expected rhs to have at least ")
           << mapped + rhsOwn << " axes, but found " << rhs;
  int64_t left = lhs.getShape().back();
  int64_t right = rhs.getDimSize(contractedRhsAxis(rhs, getTransposed()));
  if (!sizesAgree(left, right))
    return emitOpError("expected contracted axes of equal size, but found ")
           << left << " and " << right;
  // (C2)
  for (int64_t axis = 0; axis < mapped; ++axis)
    if (!sizesAgree(lhs.getDimSize(axis), rhs.getDimSize(axis)))
      return emitOpError("expected mapped axes of equal size, but found ")
             << lhs.getDimSize(axis) << " and " << rhs.getDimSize(axis);
  // (C3)
  return expectType(*this, "result", inferType(lhs, rhs, mapped, getTransposed()), getType());
}

//===----------------------------------------------------------------------===//
// Reduce, cumulate, argmax
//===----------------------------------------------------------------------===//

RankedTensorType ReduceOp::inferType(RankedTensorType input, ArrayRef<int64_t> axes) {
  Shape shape;
  for (int64_t position = 0; position < input.getRank(); ++position)
    if (!llvm::is_contained(axes, fromFront(input, position)))
      shape.push_back(input.getDimSize(position));
  return RankedTensorType::get(shape, input.getElementType());
}

void ReduceOp::build(OpBuilder &builder, OperationState &state, ReductionKind kind, Value input,
                     ArrayRef<int64_t> axes, ReductionOrder order) {
  build(builder, state, inferType(tensorType(input), axes),
        ReductionKindAttr::get(builder.getContext(), kind), input,
        builder.getDenseI64ArrayAttr(axes), ReductionOrderAttr::get(builder.getContext(), order));
}

LogicalResult ReduceOp::verify() {
  RankedTensorType input = getInput().getType();
  // (C1)
  if (!areAscendingAxes(getAxes(), input.getRank()))
    return emitOpError("expected ascending axes below the operand's rank ")
           << input.getRank() << ", but found [" << getAxes() << "]";
  // (C2)
  return expectType(*this, "result", inferType(input, getAxes()), getType());
}

void CumulateOp::build(OpBuilder &builder, OperationState &state, ReductionKind kind, Value input,
                       int64_t axis) {
  build(builder, state, input.getType(), ReductionKindAttr::get(builder.getContext(), kind), input,
        builder.getI64IntegerAttr(axis));
}

LogicalResult CumulateOp::verify() {
  // (C1)
  if (failed(expectAxis(*this, getAxis(), getInput().getType())))
    return failure();
  // (C2)
  if (getKind() != ReductionKind::Sum && getKind() != ReductionKind::Product)
    return emitOpError("expected `sum` or `product`, but found `")
           << stringifyReductionKind(getKind()) << "`";
  return success();
}

RankedTensorType ArgMaxOp::inferType(RankedTensorType input) {
  return RankedTensorType::get(input.getShape().drop_back(),
                               IntegerType::get(input.getContext(), 32));
}

void ArgMaxOp::build(OpBuilder &builder, OperationState &state, Value input) {
  build(builder, state, inferType(tensorType(input)), input);
}

LogicalResult ArgMaxOp::verify() {
  // (C1)
  if (getInput().getType().getRank() == 0)
    return emitOpError("expected an operand with an axis, but found ") << getInput().getType();
  return expectType(*this, "result", inferType(getInput().getType()), getType());
}

//===----------------------------------------------------------------------===//
// Gather
//===----------------------------------------------------------------------===//

RankedTensorType GatherOp::inferType(RankedTensorType table, RankedTensorType indices,
                                     int64_t mapped) {
  Shape shape;
  for (int64_t axis = 0; axis < mapped; ++axis)
    shape.push_back(knownSize(table.getDimSize(axis), indices.getDimSize(axis)));
  llvm::append_range(shape, indices.getShape().drop_front(mapped));
  llvm::append_range(shape, table.getShape().drop_front(mapped + 1));
  return RankedTensorType::get(shape, table.getElementType());
}

void GatherOp::build(OpBuilder &builder, OperationState &state, Value table, Value indices,
                     int64_t mapped) {
  build(builder, state, inferType(tensorType(table), tensorType(indices), mapped), table, indices,
        builder.getI64IntegerAttr(mapped));
}

LogicalResult GatherOp::verify() {
  RankedTensorType table = getTable().getType(), indices = getIndices().getType();
  auto mapped = static_cast<int64_t>(getMapped());
  // (C1)
  if (table.getRank() <= mapped)
    return emitOpError("expected a table with more than ")
           << mapped << " axes, but found " << table;
  if (indices.getRank() < mapped)
    return emitOpError("expected indices with at least ")
           << mapped << " axes, but found " << indices;
  for (int64_t axis = 0; axis < mapped; ++axis)
    if (!sizesAgree(table.getDimSize(axis), indices.getDimSize(axis)))
      return emitOpError("expected mapped axes of equal size, but found ")
             << table.getDimSize(axis) << " and " << indices.getDimSize(axis);
  // (C2)
  return expectType(*this, "result", inferType(table, indices, mapped), getType());
}
