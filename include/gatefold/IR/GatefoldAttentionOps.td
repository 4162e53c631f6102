//===- GatefoldAttentionOps.td - Attention in one pass ------*- tablegen -*-===//

#ifndef GATEFOLD_IR_GATEFOLDATTENTIONOPS_TD
#define GATEFOLD_IR_GATEFOLDATTENTIONOPS_TD

include "gatefold/IR/GatefoldOpBase.td"

def Gatefold_AttendOp : Gatefold_Op<"attend",
    [IsolatedFromAbove, SingleBlock, Pure, AttrSizedOperandSegments, OpAsmOpInterface,
     DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let summary = "mean of values, weighted by the softmax of their scores";
  let description = [{
    `softmax(score(query, keys)) @ values` in one pass over the keys; no score is
    kept. The region scores up to 64 keys of one query at once.

    The result is `[A.., V]`: its leading axes are mapped, one query for each of
    their elements. An operand's leading axes are some of these, which the list
    behind it numbers from the front. Behind them

    - a query has at most one axis, which is its own; so it reaches the region;
    - keys have the axis of the keys and at most one more: `[A.., S]` or
      `[A.., S, K]`. The region gets some of the rows at once, `[?]` or `[?, K]`;
    - values have the axis of the keys and their own: `[A.., S, V]`.

    The first argument of the region says how many keys there are, and the region
    yields a score for each.

    The order of all sums belongs to the keys alone. From the first one on they
    are taken in blocks of 64. For a block with the scores `s`, `m` becomes the
    largest score so far, `f` is `exp(before - m)` for the `m` of before the
    block, and `p` is `exp(s - m)`; while `m` is -infinity, 0 takes its place in
    both. Sixteen lanes hold the sum: lane `l` becomes `lane * f`, to which
    `p[l]`, `p[l + 16]`, `p[l + 32]` and `p[l + 48]` are added in order. Each
    element of the result becomes `r * f`, and then `p[i] * values[i] + r` for
    `i` in order. A key whose share is 0 adds nothing, whatever its values are,
    and a block with no others changes nothing; so a key that a mask hides is as
    if it were not there. After the last block lane `l` takes lane `l + 8`,
    `l + 4`, `l + 2`, `l + 1`, and the elements are divided by the sum. Without
    any key they are 0.

    Constraints:
    - (C1) one list of axes for each operand, ascending, each of them an axis of
      the result but its last; together all of these.
    - (C2) behind its mapped axes a query has at most one more, keys one or two,
      values two; all have equally many keys, and values the result's last axis.
    - (C3) mapped axes have the sizes of the result's.
    - (C4) the region's arguments are an index and the operands but the values,
      without their mapped axes and with a dynamic number of keys.
    - (C5) the region holds elementwise operations, broadcasts, constants of one
      value, and products and sums in `lanes` over the last axis that give one
      number for each key; none of them is part of another.

    Example:

    ```mlir
    %r = gatefold.attend count %n queries(%q = %qs [0] : tensor<8x64xf32>)
        keys(%k = %ks [0] : tensor<8x?x64xf32>)
        values(%vs [0] : tensor<8x?x32xf32>) -> tensor<8x32xf32> {
      %s = gatefold.dot %q, %k lanes : tensor<64xf32>, tensor<?x64xf32> -> tensor<?xf32>
      gatefold.score %s : tensor<?xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$queries, Variadic<AnyRankedTensor>:$keys,
                       RankedTensorOf<[F32]>:$values, ArrayAttr:$axes);
  let results = (outs RankedTensorOf<[F32]>:$result);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;       /*attend_c1, attend_c2, attend_c3*/
  let hasRegionVerifier = 1; /*attend_c4, attend_c5*/
  let skipDefaultBuilders = 1;
  let builders = [
    /// The region gets its block with the arguments, but no operation. `axes` has the mapped axes of
    /// each operand.
    OpBuilder<(ins "::mlir::RankedTensorType":$result, "::mlir::ValueRange":$queries,
        "::mlir::ValueRange":$keys, "::mlir::Value":$values,
        "::llvm::ArrayRef<::llvm::SmallVector<int64_t>>":$axes)>
  ];
  let extraClassDeclaration = [{
    /// The axes of the result that the leading axes of an operand are, counted from the front.
    ::llvm::SmallVector<int64_t> getMappedAxes(unsigned operand);
    unsigned getNumMapped() { return getType().getRank() - 1; }
    ::mlir::Value getCount() { return getBody().getArgument(0); }
    ::mlir::Block::BlockArgListType getQueryArguments() {
      return getBody().getArguments().slice(1, getQueries().size());
    }
    ::mlir::Block::BlockArgListType getKeyArguments() {
      return getBody().getArguments().slice(1 + getQueries().size(), getKeys().size());
    }
    /// What the region yields.
    ::mlir::Value getScores();
    void getAsmBlockArgumentNames(::mlir::Region &region,
                                  ::mlir::OpAsmSetValueNameFn setName);
    static ::llvm::StringRef getDefaultDialect() { return ""; }
  }];
}

def Gatefold_ScoreOp : Gatefold_Op<"score",
    [Pure, HasParent<"AttendOp">, ReturnLike, Terminator]> {
  let summary = "ends the region of attend with a score for each key";
  let arguments = (ins RankedTensorOf<[F32]>:$scores);
  let assemblyFormat = "$scores attr-dict `:` type($scores)";
}

#endif // GATEFOLD_IR_GATEFOLDATTENTIONOPS_TD
