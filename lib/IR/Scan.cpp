//===- Scan.cpp - The scan --------------------------------------*- C++ -*-===//
//
// Building, printing and checking `gatefold.scan`.
//
//===----------------------------------------------------------------------===//

#include "ShapeHelpers.h"
#include "llvm/ADT/StringSet.h"

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
  state.addOperands(sequences);
  state.addOperands(initial);
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.operandSegmentSizes = {static_cast<int32_t>(sequences.size()),
                                    static_cast<int32_t>(initial.size())};
  properties.setAxis(builder.getI64IntegerAttr(axis));
  if (reverse)
    properties.setReverse(builder.getUnitAttr());
  properties.setNames(builder.getStrArrayAttr(names));
  state.addTypes(outputs);
  state.addTypes(initial.getTypes());
  Block &block = state.addRegion()->emplaceBlock();
  for (Value sequence : sequences)
    block.addArgument(sliceType(tensorType(sequence), axis), sequence.getLoc());
  for (Value memory : initial)
    block.addArgument(memory.getType(), memory.getLoc());
}

YieldOp ScanOp::getYield() { return cast<YieldOp>(getBody().front().getTerminator()); }

int64_t ScanOp::getSteps() {
  int64_t steps = ShapedType::kDynamic;
  for (Value sequence : getSequences())
    steps = knownSize(steps, tensorType(sequence).getDimSize(getAxis()));
  return steps;
}

void ScanOp::getAsmBlockArgumentNames(Region &region, OpAsmSetValueNameFn setName) {
  if (region.empty() || region.getNumArguments() != getNumOperands() ||
      getNames().size() != getNumMemories())
    return;
  for (BlockArgument argument : getSequenceArguments())
    setName(argument, "x");
  for (auto [argument, name] : llvm::zip_equal(getMemoryArguments(), getNames())) {
    StringRef path = cast<StringAttr>(name).getValue();
    setName(argument, path.substr(path.rfind('.') + 1));
  }
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// operand ::= region-argument `=` value [`as` string] `:` tensor-type
static ParseResult parseOperand(OpAsmParser &parser, SmallVectorImpl<Value> &operands,
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

/// scan ::= `axis` integer [`reverse`] `(` operand, ... `)` [`memories` `(` operand, ... `)`]
///          [`->` `(` type, ... `)`] [`attributes` dictionary] region
ParseResult ScanOp::parse(OpAsmParser &parser, OperationState &result) {
  Properties &properties = result.getOrAddProperties<Properties>();
  Builder &builder = parser.getBuilder();
  int64_t axis = 0;
  SMLoc axisLoc;
  if (parser.parseKeyword("axis") || parser.getCurrentLocation(&axisLoc) ||
      parser.parseInteger(axis))
    return failure();
  properties.setAxis(builder.getI64IntegerAttr(axis));
  if (succeeded(parser.parseOptionalKeyword("reverse")))
    properties.setReverse(builder.getUnitAttr());

  SmallVector<Value> sequences, initial;
  SmallVector<OpAsmParser::Argument> arguments;
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, [&] {
        return parseOperand(parser, sequences, arguments, /*name=*/nullptr);
      }))
    return failure();
  for (OpAsmParser::Argument &argument : arguments) {
    auto type = cast<RankedTensorType>(argument.type);
    if (axis < 0 || axis >= type.getRank())
      return parser.emitError(axisLoc, "expected an axis of ") << type << ", but found " << axis;
    argument.type = sliceType(type, axis);
  }

  SmallVector<Attribute> names;
  if (succeeded(parser.parseOptionalKeyword("memories")) &&
      parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, [&] {
        std::string name;
        if (parseOperand(parser, initial, arguments, &name))
          return failure();
        names.push_back(builder.getStringAttr(name));
        return success();
      }))
    return failure();
  properties.setNames(builder.getArrayAttr(names));
  properties.operandSegmentSizes = {static_cast<int32_t>(sequences.size()),
                                    static_cast<int32_t>(initial.size())};
  result.addOperands(sequences);
  result.addOperands(initial);

  SmallVector<Type> outputs;
  if (succeeded(parser.parseOptionalArrow()) &&
      (parser.parseLParen() || parser.parseTypeList(outputs) || parser.parseRParen()))
    return failure();
  result.addTypes(outputs);
  result.addTypes(ValueRange(initial).getTypes());
  Region *body = result.addRegion();
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
      parser.parseRegion(*body, arguments))
    return failure();
  ensureTerminator(*body, builder, result.location);
  return success();
}

void ScanOp::print(OpAsmPrinter &printer) {
  printer << " axis " << getAxis() << (getReverse() ? " reverse (" : " (");
  auto printArgument = [&](BlockArgument argument, Value operand) {
    printer.printRegionArgument(argument, /*argAttrs=*/{}, /*omitType=*/true);
    printer << " = " << operand;
  };
  llvm::interleaveComma(llvm::zip_equal(getSequenceArguments(), getSequences()), printer,
                        [&](auto pair) {
                          printArgument(std::get<0>(pair), std::get<1>(pair));
                          printer << " : " << std::get<1>(pair).getType();
                        });
  printer << ")";
  if (getNumMemories() != 0) {
    printer << " memories(";
    llvm::interleaveComma(
        llvm::zip_equal(getMemoryArguments(), getInitial(), getNames()), printer, [&](auto triple) {
          printArgument(std::get<0>(triple), std::get<1>(triple));
          printer << " as " << std::get<2>(triple) << " : " << std::get<1>(triple).getType();
        });
    printer << ")";
  }
  if (getNumOutputs() != 0)
    printer << " -> (" << getOutputs().getTypes() << ")";
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(),
                                           {getAxisAttrName(), getReverseAttrName(),
                                            getNamesAttrName(), getOperandSegmentSizesAttrName()});
  printer << " ";
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

LogicalResult ScanOp::verify() {
  // (C1)
  if (getSequences().empty())
    return emitOpError("expected at least one sequence, but found none");
  int64_t axis = getAxis();
  int64_t steps = ShapedType::kDynamic;
  for (auto [index, sequence] : llvm::enumerate(getSequences())) {
    RankedTensorType type = tensorType(sequence);
    if (axis >= type.getRank())
      return emitOpError("expected sequence ")
             << index << " to have axis " << axis << ", but found " << type;
    if (!sizesAgree(steps, type.getDimSize(axis)))
      return emitOpError("expected sequence ")
             << index << " to have " << steps << " steps, but found " << type.getDimSize(axis);
    steps = knownSize(steps, type.getDimSize(axis));
  }
  // (C5)
  if (getNames().size() != getNumMemories())
    return emitOpError("expected one name per memory, which are ")
           << getNumMemories() << ", but found " << getNames().size();
  llvm::StringSet<> seen;
  for (StringAttr name : getNames().getAsRange<StringAttr>())
    if (!seen.insert(name.getValue()).second)
      return emitOpError("expected every memory to have its own name, but found ")
             << name << " twice";
  if (getNumResults() < getNumMemories())
    return emitOpError("expected a result per memory, which are ")
           << getNumMemories() << ", but found " << getNumResults() << " results";
  return success();
}

/// (C2) the body's arguments
static LogicalResult verifyBodyArguments(ScanOp scan) {
  Block &body = scan.getBody().front();
  if (body.getNumArguments() != scan.getNumOperands())
    return scan.emitOpError("expected the body to have one argument per sequence and memory, "
                            "which are ")
           << scan.getNumOperands() << ", but found " << body.getNumArguments();
  for (auto [sequence, argument] :
       llvm::zip_equal(scan.getSequences(), scan.getSequenceArguments()))
    if (failed(expectType(scan, "body argument", sliceType(tensorType(sequence), scan.getAxis()),
                          argument.getType())))
      return failure();
  for (auto [memory, argument] : llvm::zip_equal(scan.getInitial(), scan.getMemoryArguments()))
    if (failed(expectType(scan, "body argument", memory.getType(), argument.getType())))
      return failure();
  return success();
}

LogicalResult ScanOp::verifyRegions() {
  if (failed(verifyBodyArguments(*this)))
    return failure();
  // (C3)
  YieldOp yield = getYield();
  if (yield.getNext().size() != getNumMemories())
    return yield.emitOpError("expected one next value per memory, which are ")
           << getNumMemories() << ", but found " << yield.getNext().size();
  for (auto [initial, next, name] : llvm::zip_equal(getInitial(), yield.getNext(), getNames()))
    if (failed(expectType(yield, ("next `" + cast<StringAttr>(name).getValue() + "`").str(),
                          initial.getType(), next.getType())))
      return failure();
  // (C4)
  if (yield.getOutputs().size() != getNumOutputs())
    return yield.emitOpError("expected one output per result that is no memory, which are ")
           << getNumOutputs() << ", but found " << yield.getOutputs().size();
  for (auto [output, result] : llvm::zip_equal(yield.getOutputs(), getOutputs())) {
    RankedTensorType type = tensorType(output);
    if (type.getRank() < static_cast<int64_t>(getAxis()))
      return yield.emitOpError("expected outputs with ")
             << getAxis() << " axes in front of the steps, but found " << type;
    Shape shape(type.getShape());
    shape.insert(shape.begin() + getAxis(), getSteps());
    if (failed(expectType(*this, "output", type.clone(shape), result.getType())))
      return failure();
  }
  for (auto [initial, last] : llvm::zip_equal(getInitial(), getFinalMemories()))
    if (failed(expectType(*this, "last memory", initial.getType(), last.getType())))
      return failure();
  return success();
}
