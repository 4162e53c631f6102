//===- GatefoldDialect.td - The gatefold dialect ------------*- tablegen -*-===//

#ifndef GATEFOLD_IR_GATEFOLDDIALECT_TD
#define GATEFOLD_IR_GATEFOLDDIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/AttrTypeBase.td"

def Gatefold_Dialect : Dialect {
  let name = "gatefold";
  let cppNamespace = "::gatefold::ir";
  let summary = "recurrent and attention models as values over time";
  let description = [{
    A model is a causal scan with memories. The dialect has the scan, the
    products and the few shape operations that models need; everything
    elementwise is `arith` and `math` on tensors. All values are tensors, a
    scalar is a tensor of rank 0.

    Operations count axes from the trailing end: axis 0 is the last one. An
    operation therefore means the same for one example and for a batch of them,
    and adding the batch axis in front changes types only.

    Every operation carries the place in the source it came from, and where it
    has one the user's name: `loc("f"("lstm.fold":9:3))`.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect"
  ];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 0;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let hasConstantMaterializer = 1;
}

//===----------------------------------------------------------------------===//
// Enumerations and attributes
//===----------------------------------------------------------------------===//

def Gatefold_ReductionOrder : I32EnumAttr<"ReductionOrder",
    "the order in which a reduction adds", [
      I32EnumAttrCase<"Chain", 0, "chain">,
      I32EnumAttrCase<"Lanes", 1, "lanes">]> {
  let cppNamespace = "::gatefold::ir";
  let genSpecializedAttr = 0;
}
def Gatefold_ReductionOrderAttr
    : EnumAttr<Gatefold_Dialect, Gatefold_ReductionOrder, "order"> {
  let summary = "the order in which a reduction adds";
  let description = [{
    `chain`: one accumulator per output, which starts at zero and takes the
    terms in the order of their index. `lanes`: sixteen accumulators per output,
    lane `l` takes the terms whose index is `l` modulo 16 in the order of their
    index; then lane `l` takes lane `l + 8`, `l + 4`, `l + 2`, `l + 1`. The
    order belongs to the model: batch, threads and tile shapes do not change it.
  }];
  let assemblyFormat = "`<` $value `>`";
}

def Gatefold_ReductionKind : I32EnumAttr<"ReductionKind",
    "what a reduction does with its terms", [
      I32EnumAttrCase<"Sum", 0, "sum">,
      I32EnumAttrCase<"Product", 1, "product">,
      I32EnumAttrCase<"Maximum", 2, "maximum">,
      I32EnumAttrCase<"Minimum", 3, "minimum">]> {
  let cppNamespace = "::gatefold::ir";
  let genSpecializedAttr = 0;
}
def Gatefold_ReductionKindAttr
    : EnumAttr<Gatefold_Dialect, Gatefold_ReductionKind, "kind"> {
  let assemblyFormat = "`<` $value `>`";
}

def Gatefold_PortKind : I32EnumAttr<"PortKind", "what crosses an entry's border", [
      I32EnumAttrCase<"Input", 0, "input">,
      I32EnumAttrCase<"Output", 1, "output">,
      I32EnumAttrCase<"Memory", 2, "memory">]> {
  let cppNamespace = "::gatefold::ir";
  let genSpecializedAttr = 0;
}

class Gatefold_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Gatefold_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Gatefold_PortAttr : Gatefold_Attr<"Port", "port"> {
  let summary = "name, role and dimension names of an entry's argument or result";
  let description = [{
    Stands on every argument and result of a `gatefold.entry` as the attribute
    `gatefold.port`. `dims` has one string per axis, outermost first: the name
    of a dynamic axis (equal names are equal sizes), the number of a static one. A
    dynamic axis of a result may have arithmetic of these names instead, such as
    `floor((T - 3) / 2) + 1`, for callers that make room before the call.

    ```mlir
    #gatefold.port<input "x" ["T", "13"]>
    ```
  }];
  let parameters = (ins EnumParameter<Gatefold_PortKind>:$kind,
                        "::mlir::StringAttr":$name,
                        OptionalArrayRefParameter<"::mlir::StringAttr">:$dims);
  let assemblyFormat = "`<` $kind $name ` ` `[` (`]`) : ($dims^ `]`)? `>`";
}

def Gatefold_MinimumSizeAttr : Gatefold_Attr<"MinimumSize", "minimum"> {
  let summary = "the least that a dynamic size of an entry may be";
  let description = [{
    An entry that became a function lists in `minimums` what its operations need
    of the dynamic sizes: an element at a fixed place, a maximum of something.

    ```mlir
    #gatefold.minimum<"T" at least 4, "the slice at `x[3]`">
    ```
  }];
  let parameters = (ins "::mlir::StringAttr":$size, "int64_t":$minimum,
                        "::mlir::StringAttr":$reason);
  let assemblyFormat = "`<` $size `at` `least` $minimum `,` $reason `>`";
}
def Gatefold_MinimumSizes
    : TypedArrayAttrBase<Gatefold_MinimumSizeAttr, "least dynamic sizes">;

#endif // GATEFOLD_IR_GATEFOLDDIALECT_TD
