//===- Fusion.cpp - Products and work done together -------------*- C++ -*-===//
//
// Builders and checks of the operations that gather products and elementwise work.
//
//===----------------------------------------------------------------------===//

#include "gatefold/IR/Fusion.h"
#include "ShapeHelpers.h"

using namespace mlir;
using namespace gatefold::ir;

#define GET_OP_CLASSES
#include "gatefold/IR/Fusion.cpp.inc"

bool gatefold::ir::isElementwiseOrBroadcast(Operation *op) {
  if (op->getNumResults() != 1 || op->getNumRegions() != 0)
    return false;
  return OpTrait::hasElementwiseMappableTraits(op) || op->hasTrait<OpTrait::ConstantLike>() ||
         isa<BroadcastOp>(op);
}

//===----------------------------------------------------------------------===//
// Dots: [M.., K] . G [N, K] -> G [M.., N]
//===----------------------------------------------------------------------===//

/// The type of each result for matrices of `rows` rows.
static RankedTensorType getProductType(RankedTensorType lhs, int64_t rows) {
  Shape shape(lhs.getShape().drop_back());
  shape.push_back(rows);
  Type element = lhs.getElementType();
  return RankedTensorType::get(shape, element.isInteger(8) ? IntegerType::get(lhs.getContext(), 32)
                                                           : element);
}

void DotsOp::build(OpBuilder &builder, OperationState &state, Value lhs, ValueRange matrices) {
  Type type = getProductType(tensorType(lhs), tensorType(matrices.front()).getDimSize(0));
  build(builder, state, SmallVector<Type>(matrices.size(), type), lhs, matrices, Value());
}

void DotsOp::build(OpBuilder &builder, OperationState &state, Value lhs, Value panels,
                   int64_t rows) {
  Type type = getProductType(tensorType(lhs), rows);
  build(builder, state, SmallVector<Type>(tensorType(panels).getDimSize(2), type), lhs,
        ValueRange(), panels);
}

/// The type that panels of `shape` need for an operand of type `lhs`: they keep their own element
/// type where it is shorter.
static RankedTensorType getPanelType(RankedTensorType lhs, ArrayRef<int64_t> shape, Type found) {
  Type element = getElementTypeOrSelf(found);
  return RankedTensorType::get(shape, isShortFloat(element) ? element : lhs.getElementType());
}

/// The shape that `count` matrices of `rows` by `columns` have in panels, of which `atOnce` columns
/// lie side by side.
static Shape getPanelShape(int64_t rows, int64_t columns, int64_t count, int64_t atOnce) {
  return {static_cast<int64_t>(llvm::divideCeil(rows, panelRows)), columns / atOnce, count,
          panelRows * atOnce};
}

LogicalResult DotsOp::verify() {
  // (C1)
  if (getNumResults() == 0 || getLhs().getType().getRank() == 0)
    return emitOpError("expected an operand with an axis and at least one result");
  RankedTensorType lhs = getLhs().getType();
  int64_t rows = getRows(), columns = lhs.getShape().back();
  for (Value result : getResults())
    if (failed(expectType(*this, "result", getProductType(lhs, rows), result.getType())))
      return failure();
  // (C2)
  if (Value panels = getPanels()) {
    if (!getMatrices().empty())
      return emitOpError("expected matrices or panels, but found both");
    const int64_t atOnce = lhs.getElementType().isInteger(8) ? bytesAtOnce : 1;
    if (columns % atOnce != 0)
      return emitOpError("expected a multiple of ") << atOnce << " bytes, but found " << columns;
    Shape shape = getPanelShape(rows, columns, getNumResults(), atOnce);
    return expectType(*this, "panels", getPanelType(lhs, shape, panels.getType()),
                      panels.getType());
  }
  if (getMatrices().size() != getNumResults())
    return emitOpError("expected as many matrices as results, but found ")
           << getMatrices().size() << " and " << getNumResults();
  for (Value matrix : getMatrices())
    if (failed(expectType(*this, "matrix", lhs.clone({rows, columns}), matrix.getType())))
      return failure();
  return success();
}

unsigned DotsOp::getOwnAxes(unsigned operandNumber) {
  return operandNumber == 0 ? 1 : tensorType(getOperand(operandNumber)).getRank();
}

Operation *DotsOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                             int64_t change) {
  if (!changed[0] || llvm::is_contained(changed.drop_front(), true) ||
      getLhs().getType().getRank() + change < 1)
    return {};
  if (getPanels())
    return DotsOp::create(builder, getLoc(), operands[0], operands.back(), getRows());
  return DotsOp::create(builder, getLoc(), operands[0], operands.drop_front());
}

//===----------------------------------------------------------------------===//
// Fuse
//===----------------------------------------------------------------------===//

void FuseOp::build(OpBuilder &, OperationState &state, TypeRange results) {
  state.addTypes(results);
  state.addRegion()->emplaceBlock();
}

KeepOp FuseOp::getKeep() { return cast<KeepOp>(getBody().front().getTerminator()); }

LogicalResult FuseOp::verifyRegions() {
  KeepOp keep = getKeep();
  // (C1)
  if (keep.getValues().getTypes() != getResultTypes())
    return emitOpError("expected results of the types that are kept, but found ")
           << getResultTypes() << " and " << keep.getValues().getTypes();
  for (Type type : getResultTypes()) {
    auto tensor = cast<RankedTensorType>(type);
    auto first = cast<RankedTensorType>(getResultTypes().front());
    if (tensor.getRank() == 0 || failed(verifyCompatibleShape(tensor, first)))
      return emitOpError("expected results of one shape with an axis, but found ")
             << getResultTypes();
  }
  for (Operation &op : getBody().front().without_terminator()) {
    auto dots = dyn_cast<DotsOp>(op);
    // (C2)
    if (!(dots && dots.getPanels()) && !isElementwiseOrBroadcast(&op))
      return op.emitOpError("expected products with panels and elementwise operations alone in "
                            "`gatefold.fuse`");
    // (C3)
    if (dots && dots.getLhs().getParentRegion() == &getBody())
      return op.emitOpError("expected the operand of a product from outside of `gatefold.fuse`");
  }
  return success();
}
