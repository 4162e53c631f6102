//===- GatefoldMemoryOps.td - Memories that grow ------------*- tablegen -*-===//

#ifndef GATEFOLD_IR_GATEFOLDMEMORYOPS_TD
#define GATEFOLD_IR_GATEFOLDMEMORYOPS_TD

include "gatefold/IR/GatefoldOpBase.td"

def Gatefold_AppendOp : Gatefold_Op<"append",
    [Pure, DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let summary = "one more row of a history";
  let description = [{
    The memory `[P.., C, E..]` with `row`, `[P.., E..]`, in place of its row
    number `position`. `position`, `[P..]`, has one number for each of what its
    axes count. A position outside of 0 to C-1 makes the run fail with an error
    that gives the memory the name of this operation's location.

    A memory of a scan that is read by its `append` alone, whose result is the
    next memory, is updated in place.

    Constraints:
    - (C1) the memory begins with the axes of `position` and has one more.
    - (C2) `row` has the memory's element type, and its shape without that axis.
    - (C3) the result has the memory's type.

    Example:

    ```mlir
    %k1 = gatefold.append %k at %position, %e
        : tensor<?x8xf32>, tensor<i32>, tensor<8xf32> -> tensor<?x8xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$memory, IntegerTensor:$position,
                       AnyRankedTensor:$row);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $memory `at` $position `,` $row attr-dict
    `:` type($memory) `,` type($position) `,` type($row) `->` type($result)
  }];
  let hasVerifier = 1; /*append_c1, append_c2, append_c3*/
  let builders = [
    OpBuilder<(ins "::mlir::Value":$memory, "::mlir::Value":$position,
        "::mlir::Value":$row)>
  ];
  let extraClassDeclaration = [{
    /// The failure of a run that has no row left, without its place; `capacity` is the number of
    /// rows: "history `k` is full: capacity 64, ...".
    std::string describeFull(const ::llvm::Twine &capacity);
  }];
}

class Gatefold_RowsOp<string mnemonic> : Gatefold_Op<mnemonic,
    [Pure, DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let arguments = (ins AnyRankedTensor:$input, IntegerTensor:$count);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $input `count` $count attr-dict `:` type($input) `,` type($count) `->` type($result)
  }];
  let hasVerifier = 1; /*rows_c1, rows_c2*/
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "::mlir::Value":$count)>];
  let extraClassDeclaration = [{
    /// The result type for operands of these types.
    static ::mlir::RankedTensorType inferType(::mlir::RankedTensorType input,
        ::mlir::RankedTensorType count);
  }];
}

def Gatefold_PrefixOp : Gatefold_RowsOp<"prefix"> {
  let summary = "as many rows from the first on as a value says";
  let description = [{
    The first `count` rows of `[P.., C, E..]`; `count`, `[P..]`, has the same
    value for all of what its axes count. Another value, or one outside of 0 to
    C, makes the run fail with an error. Nothing is copied.

    Rows that have the same value for their `count` and come from equally many
    have one size: elementwise operations and products may take them together.
    The size may not leave a scan.

    Constraints:
    - (C1) the operand begins with the axes of `count` and has one more.
    - (C2) the result has the operand's type with that axis dynamic.

    Example:

    ```mlir
    %m = gatefold.prefix %k1 count %n : tensor<?x8xf32>, tensor<i32> -> tensor<?x8xf32>
    ```
  }];
}

def Gatefold_SuffixOp : Gatefold_RowsOp<"suffix"> {
  let summary = "as many rows up to the last one as a value says";
  let description = [{
    Like `prefix`, but the last `count` rows: what is there of a window that is
    not full yet.

    Constraints:
    - (C1) the operand begins with the axes of `count` and has one more.
    - (C2) the result has the operand's type with that axis dynamic.

    Example:

    ```mlir
    %m = gatefold.suffix %w count %n : tensor<16x8xf32>, tensor<i32> -> tensor<?x8xf32>
    ```
  }];
}

#endif // GATEFOLD_IR_GATEFOLDMEMORYOPS_TD
