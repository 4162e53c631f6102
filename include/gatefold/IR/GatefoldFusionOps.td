//===- GatefoldFusionOps.td - Products and work done together -*- tablegen -*-===//
//
// What the optimiser makes of products that share an operand and of the elementwise work behind
// them.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_IR_GATEFOLDFUSIONOPS_TD
#define GATEFOLD_IR_GATEFOLDFUSIONOPS_TD

include "gatefold/IR/GatefoldOpBase.td"

def Gatefold_DotsOp : Gatefold_Op<"dots",
    [Pure, AttrSizedOperandSegments, DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let summary = "products of one operand with several matrices";
  let description = [{
    Each result is what `gatefold.dot` in the order `chain` gives for `lhs`,
    `[M.., K]`, and one of the matrices `[N, K]`: `[M.., N]`. The matrices have one
    shape, so that an operand that is read once serves all.

    With `panels` the matrices lie in one tensor `[P, K, G, 16]`, as a processor
    reads them: row `16 p + l` of matrix `g` is `[p, :, g, l]`. Rows beyond N, of
    which there are fewer than 16, are zero. Panels may be stored in bf16 or f16:
    each element is extended before it is multiplied.

    Bytes are multiplied four at a time, and the sums are of i32: elements of `lhs`
    count from 0 to 255, those of the panels from -128 to 127. Panels are
    `[P, K / 4, G, 64]` then: `[p, j, g, 4 l + i]` is what row `16 p + l` of matrix `g`
    has in column `4 j + i`.

    Constraints:
    - (C1) at least one result; all have one type, the shape above and the operands'
      element type, i32 for bytes.
    - (C2) as many matrices as results, of one shape `[N, K]`; or panels
      `[P, K, G, 16]` for G results of `N <= 16 P < N + 16`. Their element type is
      that of `lhs`; panels may be of bf16 or f16 too. Of bytes there are panels only,
      and 4 divides K.

    Example:

    ```mlir
    %i, %f = gatefold.dots %h by [%U_i, %U_f]
        : tensor<20xf32> by [tensor<20x20xf32>, tensor<20x20xf32>] -> tensor<20xf32>, tensor<20xf32>
    %a, %b = gatefold.dots %h panels %U
        : tensor<20xf32> panels tensor<2x20x2x16xf32> -> tensor<20xf32>, tensor<20xf32>
    ```
  }];
  let arguments = (ins FactorTensor:$lhs, Variadic<FloatTensor>:$matrices,
                       Optional<PanelTensor>:$panels);
  let results = (outs Variadic<SumTensor>:$results);
  let assemblyFormat = [{
    $lhs (`by` ` ` `[` $matrices^ `]`)? (`panels` $panels^)? attr-dict
    `:` type($lhs) (`by` ` ` `[` type($matrices)^ `]`)? (`panels` type($panels)^)? `->` type($results)
  }];
  let hasVerifier = 1; /*dots_c1, dots_c2*/
  let builders = [
    /// Products with `matrices`.
    OpBuilder<(ins "::mlir::Value":$lhs, "::mlir::ValueRange":$matrices)>,
    /// Products with the matrices of `rows` rows that lie in `panels`.
    OpBuilder<(ins "::mlir::Value":$lhs, "::mlir::Value":$panels, "int64_t":$rows)>
  ];
  let extraClassDeclaration = [{
    /// The rows of each matrix.
    int64_t getRows() {
      return ::llvm::cast<::mlir::RankedTensorType>(getResult(0).getType()).getShape().back();
    }
  }];
}

def Gatefold_DotBytesOp : Gatefold_Op<"dot_bytes", [Pure, AllTypesMatch<["lhs", "rhs", "sums", "result"]>]> {
  let summary = "adds products of four bytes to each of sixteen sums";
  let description = [{
    What products of bytes are made of in loops. Each element of `lhs` and `rhs` holds
    four bytes, which are multiplied in pairs and added to the element of `sums`. Those
    of `lhs` count from 0 to 255, those of `rhs` from -128 to 127. Sums wrap around.

    Example:

    ```mlir
    %next = gatefold.dot_bytes %x, %weights, %sums : vector<16xi32>
    ```
  }];
  let arguments = (ins Bytes:$lhs, Bytes:$rhs, Bytes:$sums);
  let results = (outs Bytes:$result);
  let assemblyFormat = "$lhs `,` $rhs `,` $sums attr-dict `:` type($result)";
}

def Gatefold_FuseOp : Gatefold_Op<"fuse",
    [SingleBlock, NoRegionArguments, RecursiveMemoryEffects, RecursivelySpeculatable]> {
  let summary = "work that is done in one loop nest";
  let description = [{
    What stands inside is computed tile by tile: sixteen units of every product, then
    what the elementwise operations make of them, in registers. Only what
    `gatefold.keep` names gets a place in memory.

    Constraints:
    - (C1) the results have the types of what is kept, which all have one shape with
      an axis.
    - (C2) the body holds `gatefold.dots` with panels, elementwise operations and
      broadcasts, nothing else.
    - (C3) what a product of the body reads as its operand comes from outside.

    Example:

    ```mlir
    %c1, %h1 = gatefold.fuse {
      %i, %g = gatefold.dots %h panels %U
          : tensor<20xf32> panels tensor<2x20x2x16xf32> -> tensor<20xf32>, tensor<20xf32>
      %0 = math.tanh %g : tensor<20xf32>
      %1 = arith.mulf %i, %0 : tensor<20xf32>
      %2 = arith.addf %1, %c : tensor<20xf32>
      %3 = math.tanh %2 : tensor<20xf32>
      gatefold.keep %2, %3 : tensor<20xf32>, tensor<20xf32>
    } : tensor<20xf32>, tensor<20xf32>
    ```
  }];
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$body attr-dict `:` type($results)";
  let hasRegionVerifier = 1; /*fuse_c1, fuse_c2, fuse_c3*/
  let skipDefaultBuilders = 1;
  let builders = [
    /// The body gets its block, but no operation.
    OpBuilder<(ins "::mlir::TypeRange":$results)>
  ];
  let extraClassDeclaration = [{
    ::gatefold::ir::KeepOp getKeep();
  }];
}

def Gatefold_KeepOp : Gatefold_Op<"keep",
    [Pure, HasParent<"FuseOp">, ReturnLike, Terminator]> {
  let summary = "ends a loop nest with the values that get a place in memory";
  let arguments = (ins Variadic<AnyRankedTensor>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

#endif // GATEFOLD_IR_GATEFOLDFUSIONOPS_TD
