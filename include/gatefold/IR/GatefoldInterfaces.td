//===- GatefoldInterfaces.td - Interfaces of operations ------*- tablegen -*-===//

#ifndef GATEFOLD_IR_GATEFOLDINTERFACES_TD
#define GATEFOLD_IR_GATEFOLDINTERFACES_TD

include "mlir/IR/OpBase.td"

def LeadingAxesOpInterface : OpInterface<"LeadingAxesOpInterface"> {
  let cppNamespace = "::gatefold::ir";
  let description = [{
    Operations that mean the same with more axes in front of their operands:
    what turns one example into a batch, and a sequence into a step.
  }];
  let methods = [
    InterfaceMethod<[{
        How many trailing axes of an operand the operation treats as its own. An
        axis further to the front is only mapped over: element `i` of the result
        along it depends on element `i` of the operand alone, and it stands at
        the front of the result too.
      }],
      "unsigned", "getOwnAxes", (ins "unsigned":$operandNumber)>,
    InterfaceMethod<[{
        Builds the operation on operands that have `change` more axes in front
        (fewer, if negative) where `changed` says so; returns it, or null where the
        operation cannot be built on just those operands.
      }],
      "::mlir::Operation *", "cloneOnto",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$operands,
           "::llvm::ArrayRef<bool>":$changed, "int64_t":$change)>
  ];
}

#endif // GATEFOLD_IR_GATEFOLDINTERFACES_TD
