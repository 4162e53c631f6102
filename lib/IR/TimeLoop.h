//===- TimeLoop.h - What the scan and the blocks share ----------*- C++ -*-===//
//
// `gatefold.scan` and `gatefold.blocks` have the same operands, results, text and checks; they
// differ in what their bodies see of time. `TimeLoop` stands for either operation.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_IR_TIMELOOP_H
#define GATEFOLD_LIB_IR_TIMELOOP_H

#include "ShapeHelpers.h"
#include "llvm/ADT/StringSet.h"

namespace gatefold::ir {

/// What the body sees of a sequence of a type whose steps are at an axis, counted from the front.
using BodyType = llvm::function_ref<mlir::RankedTensorType(mlir::RankedTensorType, int64_t axis)>;

/// Fills the state that both have; `bodyType` gives the body's arguments.
template <typename TimeLoop>
void buildTimeLoop(mlir::OpBuilder &builder, mlir::OperationState &state, mlir::TypeRange outputs,
                   mlir::ValueRange sequences, mlir::ValueRange initial,
                   llvm::ArrayRef<llvm::StringRef> names, int64_t axis, bool reverse,
                   BodyType bodyType) {
  state.addOperands(sequences);
  state.addOperands(initial);
  auto &properties = state.getOrAddProperties<typename TimeLoop::Properties>();
  properties.operandSegmentSizes = {static_cast<int32_t>(sequences.size()),
                                    static_cast<int32_t>(initial.size())};
  properties.setAxis(builder.getI64IntegerAttr(axis));
  if (reverse)
    properties.setReverse(builder.getUnitAttr());
  properties.setNames(builder.getStrArrayAttr(names));
  state.addTypes(outputs);
  state.addTypes(initial.getTypes());
  mlir::Block &block = state.addRegion()->emplaceBlock();
  for (mlir::Value sequence : sequences)
    block.addArgument(bodyType(tensorType(sequence), axis), sequence.getLoc());
  for (mlir::Value memory : initial)
    block.addArgument(memory.getType(), memory.getLoc());
}

/// Number of steps, dynamic if not known.
template <typename TimeLoop>
int64_t countSteps(TimeLoop loop) {
  int64_t steps = mlir::ShapedType::kDynamic;
  for (mlir::Value sequence : loop.getSequences())
    steps = knownSize(steps, tensorType(sequence).getDimSize(loop.getAxis()));
  return steps;
}

/// Names the body's arguments in printed text.
template <typename TimeLoop>
void nameTimeLoopArguments(TimeLoop loop, mlir::Region &region, mlir::OpAsmSetValueNameFn setName) {
  if (region.empty() || region.getNumArguments() != loop.getNumOperands() ||
      loop.getNames().size() != loop.getNumMemories())
    return;
  for (mlir::BlockArgument argument : loop.getSequenceArguments())
    setName(argument, "x");
  for (auto [argument, name] : llvm::zip_equal(loop.getMemoryArguments(), loop.getNames())) {
    llvm::StringRef path = llvm::cast<mlir::StringAttr>(name).getValue();
    setName(argument, path.substr(path.rfind('.') + 1));
  }
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// operand ::= region-argument `=` value [`as` string] `:` tensor-type
mlir::ParseResult
parseTimeLoopOperand(mlir::OpAsmParser &parser, llvm::SmallVectorImpl<mlir::Value> &operands,
                     llvm::SmallVectorImpl<mlir::OpAsmParser::Argument> &arguments,
                     std::string *name);

/// loop ::= `axis` integer [LENGTH] [`reverse`] `(` operand, ... `)`
///          [`memories` `(` operand, ... `)`] [`->` `(` type, ... `)`] [`attributes` dictionary]
///          region
template <typename TimeLoop>
mlir::ParseResult parseTimeLoop(mlir::OpAsmParser &parser, mlir::OperationState &result,
                                llvm::function_ref<mlir::ParseResult()> parseLength,
                                BodyType bodyType) {
  using namespace mlir;
  auto &properties = result.getOrAddProperties<typename TimeLoop::Properties>();
  Builder &builder = parser.getBuilder();
  int64_t axis = 0;
  SMLoc axisLoc;
  if (parser.parseKeyword("axis") || parser.getCurrentLocation(&axisLoc) ||
      parser.parseInteger(axis) || parseLength())
    return failure();
  properties.setAxis(builder.getI64IntegerAttr(axis));
  if (succeeded(parser.parseOptionalKeyword("reverse")))
    properties.setReverse(builder.getUnitAttr());

  SmallVector<Value> sequences, initial;
  SmallVector<OpAsmParser::Argument> arguments;
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, [&] {
        return parseTimeLoopOperand(parser, sequences, arguments, /*name=*/nullptr);
      }))
    return failure();
  for (OpAsmParser::Argument &argument : arguments) {
    auto type = cast<RankedTensorType>(argument.type);
    if (axis < 0 || axis >= type.getRank())
      return parser.emitError(axisLoc, "expected an axis of ") << type << ", but found " << axis;
    argument.type = bodyType(type, axis);
  }

  SmallVector<Attribute> names;
  if (succeeded(parser.parseOptionalKeyword("memories")) &&
      parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, [&] {
        std::string name;
        if (parseTimeLoopOperand(parser, initial, arguments, &name))
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
  return failure(parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
                 parser.parseRegion(*body, arguments));
}

/// Prints what parseTimeLoop reads; `length` stands behind the axis. `hidden` are the attributes
/// that have their own place in the text.
template <typename TimeLoop>
void printTimeLoop(TimeLoop loop, mlir::OpAsmPrinter &printer, const llvm::Twine &length,
                   llvm::ArrayRef<llvm::StringRef> hidden) {
  using namespace mlir;
  printer << " axis " << loop.getAxis() << length.str()
          << (loop.getReverse() ? " reverse (" : " (");
  auto printArgument = [&](BlockArgument argument, Value operand) {
    printer.printRegionArgument(argument, /*argAttrs=*/{}, /*omitType=*/true);
    printer << " = " << operand;
  };
  llvm::interleaveComma(llvm::zip_equal(loop.getSequenceArguments(), loop.getSequences()), printer,
                        [&](auto pair) {
                          printArgument(std::get<0>(pair), std::get<1>(pair));
                          printer << " : " << std::get<1>(pair).getType();
                        });
  printer << ")";
  if (loop.getNumMemories() != 0) {
    printer << " memories(";
    llvm::interleaveComma(
        llvm::zip_equal(loop.getMemoryArguments(), loop.getInitial(), loop.getNames()), printer,
        [&](auto triple) {
          printArgument(std::get<0>(triple), std::get<1>(triple));
          printer << " as " << std::get<2>(triple) << " : " << std::get<1>(triple).getType();
        });
    printer << ")";
  }
  if (loop.getNumOutputs() != 0)
    printer << " -> (" << loop.getOutputs().getTypes() << ")";
  printer.printOptionalAttrDictWithKeyword(loop->getAttrs(), hidden);
  printer << " ";
  printer.printRegion(loop.getBody(), /*printEntryBlockArgs=*/false);
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// (C1), (C5)
template <typename TimeLoop>
mlir::LogicalResult verifyTimeLoop(TimeLoop loop) {
  using namespace mlir;
  // (C1)
  if (loop.getSequences().empty())
    return loop.emitOpError("expected at least one sequence, but found none");
  int64_t axis = loop.getAxis();
  int64_t steps = ShapedType::kDynamic;
  for (auto [index, sequence] : llvm::enumerate(loop.getSequences())) {
    RankedTensorType type = tensorType(sequence);
    if (axis >= type.getRank())
      return loop.emitOpError("expected sequence ")
             << index << " to have axis " << axis << ", but found " << type;
    if (!sizesAgree(steps, type.getDimSize(axis)))
      return loop.emitOpError("expected sequence ")
             << index << " to have " << steps << " steps, but found " << type.getDimSize(axis);
    steps = knownSize(steps, type.getDimSize(axis));
  }
  // (C5)
  if (loop.getNames().size() != loop.getNumMemories())
    return loop.emitOpError("expected one name per memory, which are ")
           << loop.getNumMemories() << ", but found " << loop.getNames().size();
  llvm::StringSet<> seen;
  for (StringAttr name : loop.getNames().template getAsRange<StringAttr>())
    if (!seen.insert(name.getValue()).second)
      return loop.emitOpError("expected every memory to have its own name, but found ")
             << name << " twice";
  if (loop.getNumResults() < loop.getNumMemories())
    return loop.emitOpError("expected a result per memory, which are ")
           << loop.getNumMemories() << ", but found " << loop.getNumResults() << " results";
  return success();
}

/// (C2) the body's arguments
template <typename TimeLoop>
mlir::LogicalResult verifyTimeLoopArguments(TimeLoop loop, BodyType bodyType) {
  using namespace mlir;
  Block &body = loop.getBody().front();
  if (body.getNumArguments() != loop.getNumOperands())
    return loop.emitOpError("expected the body to have one argument per sequence and memory, "
                            "which are ")
           << loop.getNumOperands() << ", but found " << body.getNumArguments();
  for (auto [sequence, argument] :
       llvm::zip_equal(loop.getSequences(), loop.getSequenceArguments()))
    if (failed(expectType(loop, "body argument", bodyType(tensorType(sequence), loop.getAxis()),
                          argument.getType())))
      return failure();
  for (auto [memory, argument] : llvm::zip_equal(loop.getInitial(), loop.getMemoryArguments()))
    if (failed(expectType(loop, "body argument", memory.getType(), argument.getType())))
      return failure();
  return success();
}

/// (C3), (C4) but for the outputs, and the memories after the last step.
template <typename TimeLoop>
mlir::LogicalResult verifyTimeLoopYield(TimeLoop loop) {
  using namespace mlir;
  if (!isa<YieldOp>(loop.getBody().front().getTerminator()))
    return loop.emitOpError("expected the body to end with `gatefold.yield`");
  YieldOp yield = loop.getYield();
  // (C3)
  if (yield.getNext().size() != loop.getNumMemories())
    return yield.emitOpError("expected one next value per memory, which are ")
           << loop.getNumMemories() << ", but found " << yield.getNext().size();
  for (auto [initial, next, name] :
       llvm::zip_equal(loop.getInitial(), yield.getNext(), loop.getNames()))
    if (failed(expectType(yield, ("next `" + cast<StringAttr>(name).getValue() + "`").str(),
                          initial.getType(), next.getType())))
      return failure();
  // (C4)
  if (yield.getOutputs().size() != loop.getNumOutputs())
    return yield.emitOpError("expected one output per result that is no memory, which are ")
           << loop.getNumOutputs() << ", but found " << yield.getOutputs().size();
  for (auto [initial, last] : llvm::zip_equal(loop.getInitial(), loop.getFinalMemories()))
    if (failed(expectType(loop, "last memory", initial.getType(), last.getType())))
      return failure();
  return success();
}

} // namespace gatefold::ir

#endif // GATEFOLD_LIB_IR_TIMELOOP_H
