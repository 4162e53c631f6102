//===- Structure.cpp - Models, weights and entries --------------*- C++ -*-===//
//
// Building, printing and checking the operations that hold a model together.
//
//===----------------------------------------------------------------------===//

#include "ShapeHelpers.h"
#include "gatefold/IR/Fusion.h"
#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace gatefold::ir;

//===----------------------------------------------------------------------===//
// Model, weight, read
//===----------------------------------------------------------------------===//

void ModelOp::build(OpBuilder &builder, OperationState &state, StringRef name) {
  state.addAttribute(getSymNameAttrName(state.name), builder.getStringAttr(name));
  state.addRegion()->emplaceBlock();
}

EntryOp ModelOp::lookupEntry(StringRef name) { return lookupSymbol<EntryOp>(name); }

LogicalResult WeightOp::verify() {
  // (C1)
  auto type = dyn_cast<RankedTensorType>(getType());
  if (!type || !type.hasStaticShape())
    return emitOpError("expected a tensor of static shape, but found ") << getType();
  if (!getPrepared() && !type.getElementType().isF32())
    return emitOpError("expected f32 for a weight of a checkpoint, but found ") << getType();
  // (C2)
  if (getPrepared() && getSource())
    return emitOpError("expected no source for a prepared weight, but found \"")
           << *getSource() << "\"";
  return success();
}

LogicalResult ReadOp::verifySymbolUses(SymbolTableCollection &symbols) {
  // (C1)
  auto weight = symbols.lookupNearestSymbolFrom<WeightOp>(*this, getWeightAttr());
  if (!weight)
    return emitOpError("expected a weight of the model, but found no weight `")
           << getWeight() << "`";
  // (C2)
  if (weight.getType() == getType())
    return success();
  InFlightDiagnostic error = emitOpError("expected result of type ")
                             << weight.getType() << ", but found " << getType();
  error.attachNote(weight.getLoc()) << "the weight is declared here";
  return error;
}

//===----------------------------------------------------------------------===//
// Entry
//===----------------------------------------------------------------------===//

/// One dictionary per port, which holds it.
static ArrayAttr portDictionaries(Builder &builder, ArrayRef<PortAttr> ports) {
  SmallVector<Attribute> dictionaries;
  for (PortAttr port : ports)
    dictionaries.push_back(
        builder.getDictionaryAttr(builder.getNamedAttr(portAttributeName, port)));
  return builder.getArrayAttr(dictionaries);
}

void EntryOp::build(OpBuilder &builder, OperationState &state, StringRef name, TypeRange arguments,
                    ArrayRef<PortAttr> argumentPorts, TypeRange results,
                    ArrayRef<PortAttr> resultPorts) {
  state.addAttribute(getSymNameAttrName(state.name), builder.getStringAttr(name));
  state.addAttribute(getFunctionTypeAttrName(state.name),
                     TypeAttr::get(builder.getFunctionType(arguments, results)));
  state.addAttribute(getArgAttrsAttrName(state.name), portDictionaries(builder, argumentPorts));
  state.addAttribute(getResAttrsAttrName(state.name), portDictionaries(builder, resultPorts));
  Block &block = state.addRegion()->emplaceBlock();
  for (auto [type, port] : llvm::zip_equal(arguments, argumentPorts))
    block.addArgument(type, NameLoc::get(port.getName(), state.location));
}

ParseResult EntryOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> arguments, ArrayRef<Type> results,
                      function_interface_impl::VariadicFlag,
                      std::string &) { return builder.getFunctionType(arguments, results); };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false, getFunctionTypeAttrName(result.name), buildType,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void EntryOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(printer, *this, /*isVariadic=*/false,
                                           getFunctionTypeAttrName(), getArgAttrsAttrName(),
                                           getResAttrsAttrName());
}

PortAttr EntryOp::getArgumentPort(unsigned index) {
  return getArgAttrOfType<PortAttr>(index, portAttributeName);
}

PortAttr EntryOp::getResultPort(unsigned index) {
  return getResultAttrOfType<PortAttr>(index, portAttributeName);
}

void EntryOp::setArgumentPort(unsigned index, PortAttr port) {
  setArgAttr(index, portAttributeName, port);
}

void EntryOp::setResultPort(unsigned index, PortAttr port) {
  setResultAttr(index, StringAttr::get(getContext(), portAttributeName), port);
}

ReturnOp EntryOp::getReturn() { return cast<ReturnOp>(getBody().front().getTerminator()); }

void EntryOp::getAsmBlockArgumentNames(Region &region, OpAsmSetValueNameFn setName) {
  if (region.empty())
    return;
  for (BlockArgument argument : region.getArguments())
    if (argument.getArgNumber() < getNumArguments())
      if (PortAttr port = getArgumentPort(argument.getArgNumber()))
        setName(argument, port.getName().getValue().rsplit('.').second.empty()
                              ? port.getName().getValue()
                              : port.getName().getValue().rsplit('.').second);
}

/// Checks a port against the type of the argument or result it stands on. `border` is the kind of
/// port besides a memory that may stand there.
static LogicalResult verifyPort(EntryOp entry, const Twine &place, Type type, PortAttr port,
                                PortKind border) {
  // (C1)
  if (!port || (port.getKind() != border && port.getKind() != PortKind::Memory)) {
    InFlightDiagnostic error = entry.emitOpError("expected ")
                               << place << " to have a port of kind " << stringifyPortKind(border)
                               << " or memory, but found ";
    return port ? error << "kind " << stringifyPortKind(port.getKind()) : error << "no port";
  }
  // (C2)
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return entry.emitOpError("expected ") << place << " to be a ranked tensor, but found " << type;
  Type element = tensor.getElementType();
  bool isPanel = entry.getSymName() == "prepare" && (isShortFloat(element) || element.isInteger(8));
  if (!element.isF32() && !element.isF64() && !element.isInteger(1) && !element.isInteger(32) &&
      !element.isInteger(64) && !isPanel)
    return entry.emitOpError("expected ")
           << place << " to have elements of f32, f64, i1, i32 or i64, but found " << element;
  if (tensor.getRank() != static_cast<int64_t>(port.getDims().size()))
    return entry.emitOpError("expected ") << place << " to have one dimension per axis of "
                                          << tensor << ", but found " << port.getDims().size();
  for (auto [size, dim] : llvm::zip_equal(tensor.getShape(), port.getDims())) {
    int64_t number = ShapedType::kDynamic;
    bool isNumber = !dim.getValue().getAsInteger(10, number);
    if (ShapedType::isDynamic(size) ? isNumber : (!isNumber || number != size))
      return entry.emitOpError("expected the dimensions of ")
             << place << " to be those of " << tensor << ", but found " << dim;
  }
  return success();
}

LogicalResult EntryOp::verify() {
  for (auto [index, type] : llvm::enumerate(getArgumentTypes()))
    if (failed(verifyPort(*this, "argument " + Twine(index), type, getArgumentPort(index),
                          PortKind::Input)))
      return failure();
  for (auto [index, type] : llvm::enumerate(getResultTypes()))
    if (failed(verifyPort(*this, "result " + Twine(index), type, getResultPort(index),
                          PortKind::Output)))
      return failure();
  // (C3)
  if (!llvm::is_contained({"sequence", "step", "init", "prepare", "decode", "prefill", "generate"},
                          getSymName()))
    return emitOpError("expected the name `sequence`, `step`, `init`, `prepare`, `decode`, "
                       "`prefill` or `generate`, but found `")
           << getSymName() << "`";
  // (C4)
  if (getBody().getBlocks().size() > 1)
    return emitOpError("expected one block, but the body has ") << getBody().getBlocks().size();
  return success();
}

LogicalResult ReturnOp::verify() {
  // (C1)
  auto entry = cast<EntryOp>((*this)->getParentOp());
  ArrayRef<Type> expected = entry.getResultTypes();
  if (getNumOperands() != expected.size())
    return emitOpError("expected ") << expected.size() << " values, but found " << getNumOperands();
  for (auto [index, type] : llvm::enumerate(expected))
    if (failed(
            expectType(*this, ("value " + Twine(index)).str(), type, getOperand(index).getType())))
      return failure();
  return success();
}
