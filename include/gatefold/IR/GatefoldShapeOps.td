//===- GatefoldShapeOps.td - Operations on shapes -----------*- tablegen -*-===//
//
// The operations that move elements without changing them, and those on sizes.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_IR_GATEFOLDSHAPEOPS_TD
#define GATEFOLD_IR_GATEFOLDSHAPEOPS_TD

include "gatefold/IR/GatefoldOpBase.td"

def Gatefold_SizeOp : Gatefold_Op<"size", [Pure]> {
  let summary = "the size of a named dynamic dimension";
  let description = [{
    The size that the caller of the entry gives the dynamic dimension `name` of
    its ports. The batch is the dimension called `batch`; an entry without
    arguments has no other way to know it.

    Example:

    ```mlir
    %b = gatefold.size "batch"
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs Index:$result);
  let assemblyFormat = "$name attr-dict";
}

def Gatefold_DimOp : Gatefold_Op<"dim", [Pure]> {
  let summary = "the size of an axis";
  let description = [{
    `axis` counts from the end.

    Constraints:
    - (C1) the axis is within the operand's rank.
  }];
  let arguments = (ins AnyRankedTensor:$input,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$axis);
  let results = (outs Index:$result);
  let assemblyFormat = "$input `,` $axis attr-dict `:` type($input)";
  let hasVerifier = 1; /*dim_c1*/
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "int64_t":$axis)>];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Gatefold_BroadcastOp : Gatefold_Op<"broadcast",
    [Pure, DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let summary = "repeats a tensor along new axes";
  let description = [{
    `axes`, counted from the end of the result, are new: the operand's elements
    are the same along them. `sizes` gives the size of each new axis that is
    dynamic, from the front to the back of the result.

    Constraints:
    - (C1) axes are distinct, ascending and within the result's rank.
    - (C2) the result without them has the operand's shape and element type.
    - (C3) one size per new dynamic axis.

    Example:

    ```mlir
    %0 = gatefold.broadcast %b axes [1] sizes(%t) : tensor<13xf32> -> tensor<?x13xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$input, Variadic<Index>:$sizes,
                       DenseI64ArrayAttr:$axes);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $input `axes` $axes (`sizes` `(` $sizes^ `)`)? attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1; /*broadcast_c1, broadcast_c2, broadcast_c3*/
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Gatefold_ConcatOp : Gatefold_Op<"concat",
    [Pure, DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let summary = "puts tensors one after the other along an axis";
  let description = [{
    `axis` counts from the end.

    Constraints:
    - (C1) at least one operand; all have the same rank, element type and sizes
      but for `axis`.
    - (C2) the result's `axis` is the sum of the operands'.
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$inputs,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$axis);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $inputs `axis` $axis attr-dict `:` type($inputs) `->` type($result)
  }];
  let hasVerifier = 1; /*concat_c1, concat_c2*/
  let builders = [
    OpBuilder<(ins "::mlir::ValueRange":$inputs, "int64_t":$axis)>
  ];
  let extraClassDeclaration = [{
    /// The result type for operands of these types.
    static ::mlir::RankedTensorType inferType(::mlir::TypeRange inputs, int64_t axis);
  }];
  let hasFolder = 1;
}

def Gatefold_SliceOp : Gatefold_Op<"slice",
    [Pure, DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let summary = "a range of an axis";
  let description = [{
    Takes `size` consecutive elements of `axis`, which counts from the end,
    starting at `offset`; a negative offset counts from the axis' end.

    Constraints:
    - (C1) the axis is within the operand's rank.
    - (C2) the range lies within the axis where that is static, and within 2^40
      elements of its border in any case.
    - (C3) the result has the operand's shape with `size` at `axis`.

    Example:

    ```mlir
    %0 = gatefold.slice %x axis 0 offset 4 size 8 : tensor<12xf32> -> tensor<8xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$input,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$axis,
                       I64Attr:$offset, ConfinedAttr<I64Attr, [IntNonNegative]>:$size);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $input `axis` $axis `offset` $offset `size` $size attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1; /*slice_c1, slice_c2, slice_c3*/
  let builders = [
    OpBuilder<(ins "::mlir::Value":$input, "int64_t":$axis, "int64_t":$offset,
        "int64_t":$size)>
  ];
  let extraClassDeclaration = [{
    /// The result type for operands of these types.
    static ::mlir::RankedTensorType inferType(::mlir::RankedTensorType input, int64_t axis,
        int64_t size);
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Gatefold_ReshapeOp : Gatefold_Op<"reshape",
    [Pure, DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let summary = "other axes over the same elements";
  let description = [{
    Replaces the last `replaced` axes by other axes with as many elements in the
    same order; the axes before them stay. At most one replaced and one new axis
    may be dynamic, and then the static ones must have equal products.

    Constraints:
    - (C1) `replaced` is within the operand's rank, the axes before are the same.
    - (C2) as many elements before and after.

    Example:

    ```mlir
    %0 = gatefold.reshape %x replaced 1 : tensor<?x12xf32> -> tensor<?x3x4xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$input,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$replaced);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $input `replaced` $replaced attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1; /*reshape_c1, reshape_c2*/
  let extraClassDeclaration = [{
    /// True if the last `replaced` axes of `input` can become those of `result` (C1, C2).
    static bool isPossible(::mlir::RankedTensorType input, ::mlir::RankedTensorType result,
                           int64_t replaced);
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Gatefold_TransposeOp : Gatefold_Op<"transpose",
    [Pure, DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let summary = "axes in another order";
  let description = [{
    Permutes the last axes: of the last `n` axes of the result, the one at
    position `i` from the front is the operand's at position `permutation[i]`,
    `n` being the length of the permutation.

    Constraints:
    - (C1) a permutation of 0 to n-1, n at most the rank.
    - (C2) the result has the permuted shape.

    Example:

    ```mlir
    %0 = gatefold.transpose %x [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $input $permutation attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1; /*transpose_c1, transpose_c2*/
  let builders = [
    OpBuilder<(ins "::mlir::Value":$input, "::llvm::ArrayRef<int64_t>":$permutation)>
  ];
  let extraClassDeclaration = [{
    /// The result type for operands of these types.
    static ::mlir::RankedTensorType inferType(::mlir::RankedTensorType input,
        ::llvm::ArrayRef<int64_t> permutation);
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Gatefold_GatherOp : Gatefold_Op<"gather",
    [Pure, DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let summary = "rows of a table";
  let description = [{
    For each index the row of the table: `[V, E..]` at `[I..]` gives
    `[I.., E..]`. The first `mapped` axes of table and indices run together.
    An index outside 0 to V-1 makes the run fail with an error; no memory
    outside the table is read.

    Constraints:
    - (C1) the table has more axes than `mapped`, the mapped axes are equal.
    - (C2) the result has the shape above and the table's element type.

    Example:

    ```mlir
    %0 = gatefold.gather %table[%words] : tensor<400x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$table, IntegerTensor:$indices,
                       DefaultValuedAttr<ConfinedAttr<I64Attr, [IntNonNegative]>, "0">:$mapped);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $table `[` $indices `]` (`mapped` $mapped^)? attr-dict
    `:` type($table) `,` type($indices) `->` type($result)
  }];
  let hasVerifier = 1; /*gather_c1, gather_c2*/
  let builders = [
    OpBuilder<(ins "::mlir::Value":$table, "::mlir::Value":$indices,
        CArg<"int64_t", "0">:$mapped)>
  ];
  let extraClassDeclaration = [{
    /// The result type for operands of these types.
    static ::mlir::RankedTensorType inferType(::mlir::RankedTensorType table,
        ::mlir::RankedTensorType indices, int64_t mapped);
  }];
}

def Gatefold_ReverseOp : Gatefold_Op<"reverse",
    [Pure, AllTypesMatch<["input", "result"]> /*reverse_c2*/,
     DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let summary = "an axis from its end to its start";
  let description = [{
    `axis` counts from the end.

    Constraints:
    - (C1) the axis is within the operand's rank.
    - (C2) operand and result have one type.

    Example:

    ```mlir
    %0 = gatefold.reverse %x axis 0 : tensor<12xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$input,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$axis);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input `axis` $axis attr-dict `:` type($input)";
  let hasVerifier = 1; /*reverse_c1*/
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "int64_t":$axis)>];
  let hasFolder = 1;
}

def Gatefold_WindowsOp : Gatefold_Op<"windows",
    [Pure, DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let summary = "all windows of an axis";
  let description = [{
    The axis `axis`, which counts from the end, becomes two: the windows, and
    `size` elements of each. Element `k` of window `n` is the operand's element
    `n * stride + k * dilation`. There are as many windows as fit:
    `floor((L - dilation * (size - 1) - 1) / stride) + 1` for an axis of L
    elements, which may be none.

    Constraints:
    - (C1) the axis is within the operand's rank.
    - (C2) `size`, `stride` and `dilation` are from 1 to 2^20, and no number of
      windows below 0 results.
    - (C3) the result has the shape above.

    Example:

    ```mlir
    %0 = gatefold.windows %x axis 0 size 3 stride 2 : tensor<8x9xf32> -> tensor<8x4x3xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$input,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$axis, I64Attr:$size,
                       DefaultValuedAttr<I64Attr, "1">:$stride,
                       DefaultValuedAttr<I64Attr, "1">:$dilation);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $input `axis` $axis `size` $size (`stride` $stride^)? (`dilation` $dilation^)? attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1; /*windows_c1, windows_c2, windows_c3*/
  let builders = [
    OpBuilder<(ins "::mlir::Value":$input, "int64_t":$axis, "int64_t":$size,
        CArg<"int64_t", "1">:$stride, CArg<"int64_t", "1">:$dilation)>
  ];
  let extraClassDeclaration = [{
    /// The result type for operands of these types.
    static ::mlir::RankedTensorType inferType(::mlir::RankedTensorType input, int64_t axis,
        int64_t size, int64_t stride, int64_t dilation);
    /// The elements that the axis must have, so that there is no number of windows below 0.
    int64_t getLeastExtent();
  }];
}

#endif // GATEFOLD_IR_GATEFOLDSHAPEOPS_TD
