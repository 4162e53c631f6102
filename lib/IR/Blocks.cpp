//===- Blocks.cpp - Time in blocks of steps ---------------------*- C++ -*-===//
//
// Building, printing and checking `gatefold.blocks`.
//
//===----------------------------------------------------------------------===//

#include "gatefold/IR/Blocks.h"
#include "TimeLoop.h"

using namespace mlir;
using namespace gatefold::ir;

/// The type of one block: `type` with a dynamic size at `axis`, counted from the front.
static RankedTensorType blockType(RankedTensorType type, int64_t axis) {
  Shape shape(type.getShape());
  shape[axis] = ShapedType::kDynamic;
  return type.clone(shape);
}

void BlocksOp::build(OpBuilder &builder, OperationState &state, TypeRange outputs,
                     ValueRange sequences, ValueRange initial, ArrayRef<StringRef> names,
                     int64_t length, int64_t axis, bool reverse) {
  buildTimeLoop<BlocksOp>(builder, state, outputs, sequences, initial, names, axis, reverse,
                          blockType);
  state.getOrAddProperties<Properties>().setLength(builder.getI64IntegerAttr(length));
}

YieldOp BlocksOp::getYield() { return cast<YieldOp>(getBody().front().getTerminator()); }

int64_t BlocksOp::getSteps() { return countSteps(*this); }

void BlocksOp::getAsmBlockArgumentNames(Region &region, OpAsmSetValueNameFn setName) {
  nameTimeLoopArguments(*this, region, setName);
}

ParseResult BlocksOp::parse(OpAsmParser &parser, OperationState &result) {
  auto parseLength = [&] {
    int64_t length = 0;
    if (parser.parseKeyword("of") || parser.parseInteger(length))
      return failure();
    result.getOrAddProperties<Properties>().setLength(
        parser.getBuilder().getI64IntegerAttr(length));
    return success();
  };
  return parseTimeLoop<BlocksOp>(parser, result, parseLength, blockType);
}

void BlocksOp::print(OpAsmPrinter &printer) {
  printTimeLoop(*this, printer, " of " + Twine(getLength()),
                {getAxisAttrName(), getLengthAttrName(), getReverseAttrName(), getNamesAttrName(),
                 getOperandSegmentSizesAttrName()});
}

LogicalResult BlocksOp::verify() { return verifyTimeLoop(*this); }

LogicalResult BlocksOp::verifyRegions() {
  if (failed(verifyTimeLoopArguments(*this, blockType)) || failed(verifyTimeLoopYield(*this)))
    return failure();
  auto axis = static_cast<int64_t>(getAxis());
  for (auto [output, result] : llvm::zip_equal(getYield().getOutputs(), getOutputs())) {
    RankedTensorType type = tensorType(output);
    if (type.getRank() <= axis || !type.isDynamicDim(axis))
      return getYield().emitOpError("expected outputs with a dynamic number of steps at axis ")
             << axis << ", but found " << type;
    Shape shape(type.getShape());
    shape[axis] = getSteps();
    if (failed(expectType(*this, "output", type.clone(shape), result.getType())))
      return failure();
  }
  return success();
}

#define GET_OP_CLASSES
#include "gatefold/IR/Blocks.cpp.inc"
