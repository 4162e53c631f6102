//===- GatefoldOpBase.td - What all operations share --------*- tablegen -*-===//

#ifndef GATEFOLD_IR_GATEFOLDOPBASE_TD
#define GATEFOLD_IR_GATEFOLDOPBASE_TD

include "gatefold/IR/GatefoldDialect.td"
include "gatefold/IR/GatefoldInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

class Gatefold_Op<string mnemonic, list<Trait> traits = []>
    : Op<Gatefold_Dialect, mnemonic, traits>;

def FloatTensor : RankedTensorOf<[F32, F64]>;
def IntegerTensor : RankedTensorOf<[I32, I64]>;

#endif // GATEFOLD_IR_GATEFOLDOPBASE_TD
