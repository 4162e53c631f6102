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
/// What a weight may be stored as.
def WeightTensor : RankedTensorOf<[F32, BF16, F16, I8, I32]>;
/// What products multiply.
def FactorTensor : RankedTensorOf<[F32, F64, I8]>;
/// What products read that lies in panels.
def PanelTensor : RankedTensorOf<[F32, F64, BF16, F16, I8]>;
/// What products give.
def SumTensor : RankedTensorOf<[F32, F64, I32]>;
/// Four bytes in each element.
def Bytes : VectorOfLengthAndType<[16], [I32]>;
def IntegerTensor : RankedTensorOf<[I32, I64]>;

#endif // GATEFOLD_IR_GATEFOLDOPBASE_TD
