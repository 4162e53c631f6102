//===- Dialect.cpp - The gatefold dialect -----------------------*- C++ -*-===//
//
// Registration of the dialect's parts, constants, and the checks of the attributes that it puts
// on arguments and results.
//
//===----------------------------------------------------------------------===//

#include "gatefold/IR/Attention.h"
#include "gatefold/IR/Blocks.h"
#include "gatefold/IR/Fusion.h"
#include "gatefold/IR/Generate.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gatefold::ir;

#include "gatefold/IR/GatefoldDialect.cpp.inc"
#include "gatefold/IR/GatefoldEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "gatefold/IR/GatefoldAttributes.cpp.inc"
#include "gatefold/IR/GatefoldInterfaces.cpp.inc"

/// An attribute that is an enumerator stands in an operation as the enumerator's bare keyword.
template <typename EnumAttribute>
static ParseResult parseKeyword(OpAsmParser &parser, EnumAttribute &attribute) {
  auto value = FieldParser<decltype(attribute.getValue())>::parse(parser);
  if (failed(value))
    return failure();
  attribute = EnumAttribute::get(parser.getContext(), *value);
  return success();
}

template <typename EnumAttribute>
static void printKeyword(OpAsmPrinter &printer, Operation *, EnumAttribute attribute) {
  printer << attribute.getValue();
}

#define GET_OP_CLASSES
#include "gatefold/IR/GatefoldOps.cpp.inc"

void GatefoldDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "gatefold/IR/GatefoldAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "gatefold/IR/GatefoldOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "gatefold/IR/Blocks.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "gatefold/IR/Fusion.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "gatefold/IR/GatefoldGenerateOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "gatefold/IR/GatefoldAttentionOps.cpp.inc"
      >();
}

Operation *GatefoldDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type,
                                                Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

/// The only attribute of this dialect on arguments and results is their port.
static LogicalResult verifyPortAttribute(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() != portAttributeName)
    return op->emitOpError("expected `")
           << portAttributeName << "` as the only attribute of the dialect on an argument or "
           << "a result, but found `" << attribute.getName().getValue() << "`";
  if (!isa<PortAttr>(attribute.getValue()))
    return op->emitOpError("expected `")
           << portAttributeName << "` to be a port, but found " << attribute.getValue();
  return success();
}

LogicalResult GatefoldDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned,
                                                        NamedAttribute attribute) {
  return verifyPortAttribute(op, attribute);
}

LogicalResult GatefoldDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned,
                                                           NamedAttribute attribute) {
  return verifyPortAttribute(op, attribute);
}
