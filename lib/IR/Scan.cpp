//===- Scan.cpp - The scan --------------------------------------*- C++ -*-===//
//
// Building, printing and checking `gatefold.scan`.
//
//===----------------------------------------------------------------------===//

#include "TimeLoop.h"

using namespace mlir;
using namespace gatefold::ir;

/// The type of one step's slice: `type` without `axis`, counted from the front.
static RankedTensorType sliceType(RankedTensorType type, int64_t axis) {
  Shape shape(type.getShape());
  shape.erase(shape.begin() + axis);
  return type.clone(shape);
}

void ScanOp::build(OpBuilder &builder, OperationState &state, TypeRange outputs,
                   ValueRange sequences, ValueRange initial, ArrayRef<StringRef> names,
                   int64_t axis, bool reverse) {
  buildTimeLoop<ScanOp>(builder, state, outputs, sequences, initial, names, axis, reverse,
                        sliceType);
}

YieldOp ScanOp::getYield() { return cast<YieldOp>(getBody().front().getTerminator()); }

int64_t ScanOp::getSteps() { return countSteps(*this); }

void ScanOp::getAsmBlockArgumentNames(Region &region, OpAsmSetValueNameFn setName) {
  nameTimeLoopArguments(*this, region, setName);
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

ParseResult gatefold::ir::parseTimeLoopOperand(OpAsmParser &parser,
                                               SmallVectorImpl<Value> &operands,
                                               SmallVectorImpl<OpAsmParser::Argument> &arguments,
                                               std::string *name) {
  OpAsmParser::Argument argument;
  OpAsmParser::UnresolvedOperand operand;
  RankedTensorType type;
  if (parser.parseArgument(argument) || parser.parseEqual() || parser.parseOperand(operand))
    return failure();
  if (name && (parser.parseKeyword("as") || parser.parseString(name)))
    return failure();
  if (parser.parseColonType(type) || parser.resolveOperand(operand, type, operands))
    return failure();
  argument.type = type;
  arguments.push_back(argument);
  return success();
}

ParseResult ScanOp::parse(OpAsmParser &parser, OperationState &result) {
  if (parseTimeLoop<ScanOp>(parser, result, [] { return success(); }, sliceType))
    return failure();
  ensureTerminator(*result.regions.front(), parser.getBuilder(), result.location);
  return success();
}

void ScanOp::print(OpAsmPrinter &printer) {
  printTimeLoop(*this, printer, "",
                {getAxisAttrName(), getReverseAttrName(), getNamesAttrName(),
                 getOperandSegmentSizesAttrName()});
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

LogicalResult ScanOp::verify() { return verifyTimeLoop(*this); }

LogicalResult ScanOp::verifyRegions() {
  if (failed(verifyTimeLoopArguments(*this, sliceType)) || failed(verifyTimeLoopYield(*this)))
    return failure();
  for (auto [output, result] : llvm::zip_equal(getYield().getOutputs(), getOutputs())) {
    RankedTensorType type = tensorType(output);
    if (type.getRank() < static_cast<int64_t>(getAxis()))
      return getYield().emitOpError("expected outputs with ")
             << getAxis() << " axes in front of the steps, but found " << type;
    Shape shape(type.getShape());
    shape.insert(shape.begin() + getAxis(), getSteps());
    if (failed(expectType(*this, "output", type.clone(shape), result.getType())))
      return failure();
  }
  return success();
}
