//===- GatefoldBlocksOps.td - Time in blocks of steps --------*- tablegen -*-===//

#ifndef GATEFOLD_IR_GATEFOLDBLOCKSOPS_TD
#define GATEFOLD_IR_GATEFOLDBLOCKSOPS_TD

include "gatefold/IR/GatefoldOpBase.td"

def Gatefold_BlocksOp : Gatefold_Op<"blocks",
    [SingleBlock, RecursiveMemoryEffects, OpAsmOpInterface,
     AttrSizedOperandSegments]> {
  let summary = "runs over time, a block of steps at once";
  let description = [{
    Like `gatefold.scan`, but each turn gets up to `length` steps at once: the
    body's arguments keep the steps at `axis`, of which there are 1 to `length`,
    and so do the outputs that it yields. The memories go from block to block.
    The blocks follow each other in time; with `reverse` the first one is that of
    the last steps. Without any step the memories are the initial ones.

    Inside, what needs no step before it is computed for all steps of the block,
    and what does by a `gatefold.scan` over them. Where one block ends and the
    next one begins must not be seen in the results.

    `axis` counts from the front. `names` are the paths of the memories.

    Constraints:
    - (C1) at least one sequence; all have `axis`, of the same size.
    - (C2) the body's arguments are the sequences' types with a dynamic size at
      `axis`, then the types of the initial memories.
    - (C3) the yielded next memories have the types of the initial ones.
    - (C4) the output results are the yielded types, dynamic at `axis`, with all
      steps there, followed by the memories' types.
    - (C5) one name per memory, no name twice.
    - (C6) `length` is at least 1.

    Example:

    ```mlir
    %ys, %last = gatefold.blocks axis 0 of 32 (%x = %xs : tensor<?x13xf32>)
        memories(%h = %h0 as "rnn.h" : tensor<20xf32>) -> (tensor<?x20xf32>) {
      %wx = gatefold.dot %x, %W chain : tensor<?x13xf32>, tensor<20x13xf32> -> tensor<?x20xf32>
      %hs, %next = gatefold.scan axis 0 (%a = %wx : tensor<?x20xf32>)
          memories(%b = %h as "rnn.h" : tensor<20xf32>) -> (tensor<?x20xf32>) {
        ...
      }
      gatefold.yield outputs(%hs : tensor<?x20xf32>) next(%next : tensor<20xf32>)
    }
    ```
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$sequences,
                       Variadic<AnyRankedTensor>:$initial,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$axis,
                       ConfinedAttr<I64Attr, [IntPositive]>:$length /*blocks_c6*/,
                       UnitAttr:$reverse,
                       StrArrayAttr:$names);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;       /*blocks_c1, blocks_c5*/
  let hasRegionVerifier = 1; /*blocks_c2, blocks_c3, blocks_c4*/
  let skipDefaultBuilders = 1;
  let builders = [
    /// The body gets its block with the arguments, but no operation.
    OpBuilder<(ins "::mlir::TypeRange":$outputs, "::mlir::ValueRange":$sequences,
        "::mlir::ValueRange":$initial, "::llvm::ArrayRef<::llvm::StringRef>":$names,
        "int64_t":$length, CArg<"int64_t", "0">:$axis, CArg<"bool", "false">:$reverse)>
  ];
  let extraClassDeclaration = [{
    unsigned getNumMemories() { return getInitial().size(); }
    unsigned getNumOutputs() { return getNumResults() - getNumMemories(); }
    ::mlir::ResultRange getOutputs() { return getResults().take_front(getNumOutputs()); }
    ::mlir::ResultRange getFinalMemories() { return getResults().drop_front(getNumOutputs()); }
    ::mlir::Block::BlockArgListType getSequenceArguments() {
      return getBody().getArguments().take_front(getSequences().size());
    }
    ::mlir::Block::BlockArgListType getMemoryArguments() {
      return getBody().getArguments().drop_front(getSequences().size());
    }
    ::gatefold::ir::YieldOp getYield();
    /// Number of steps of all blocks, dynamic if not known.
    int64_t getSteps();
    void getAsmBlockArgumentNames(::mlir::Region &region,
                                  ::mlir::OpAsmSetValueNameFn setName);
    static ::llvm::StringRef getDefaultDialect() { return ""; }
  }];
}

#endif // GATEFOLD_IR_GATEFOLDBLOCKSOPS_TD
