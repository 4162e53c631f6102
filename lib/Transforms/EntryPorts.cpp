//===- EntryPorts.cpp - The ports of entries together -------------*- C++ -*-===//

#include "EntryPorts.h"
#include "gatefold/Transforms/Passes.h"

using namespace mlir;
using namespace gatefold;

SmallVector<ir::PortAttr> gatefold::getArgumentPorts(ir::EntryOp entry) {
  return llvm::map_to_vector(llvm::seq(entry.getNumArguments()),
                             [&](unsigned index) { return entry.getArgumentPort(index); });
}

SmallVector<ir::PortAttr> gatefold::getResultPorts(ir::EntryOp entry) {
  return llvm::map_to_vector(llvm::seq(entry.getNumResults()),
                             [&](unsigned index) { return entry.getResultPort(index); });
}

static ArrayAttr makePortAttributes(MLIRContext *context, ArrayRef<ir::PortAttr> ports) {
  auto name = StringAttr::get(context, ir::portAttributeName);
  return ArrayAttr::get(context, llvm::map_to_vector(ports, [&](ir::PortAttr port) -> Attribute {
                          return DictionaryAttr::get(context, {{name, port}});
                        }));
}

void gatefold::setSignature(ir::EntryOp entry, ArrayRef<ir::PortAttr> argumentPorts,
                            ArrayRef<ir::PortAttr> resultPorts) {
  MLIRContext *context = entry.getContext();
  Block &body = entry.getBody().front();
  entry.setFunctionType(
      FunctionType::get(context, body.getArgumentTypes(), body.getTerminator()->getOperandTypes()));
  entry.setArgAttrsAttr(makePortAttributes(context, argumentPorts));
  entry.setResAttrsAttr(makePortAttributes(context, resultPorts));
}

bool gatefold::hasCapacity(ir::PortAttr port) {
  return llvm::any_of(port.getDims(),
                      [](StringAttr dim) { return dim.getValue() == capacityDimension; });
}
