//===- GatefoldOps.td - Operations of the gatefold dialect --*- tablegen -*-===//

#ifndef GATEFOLD_IR_GATEFOLDOPS_TD
#define GATEFOLD_IR_GATEFOLDOPS_TD

include "gatefold/IR/GatefoldMemoryOps.td"
include "gatefold/IR/GatefoldShapeOps.td"

//===----------------------------------------------------------------------===//
// Structure: model, weight, entry
//===----------------------------------------------------------------------===//

def Gatefold_ModelOp : Gatefold_Op<"model",
    [IsolatedFromAbove, Symbol, SymbolTable, SingleBlock, NoTerminator,
     NoRegionArguments]> {
  let summary = "a compiled model: its weights and its entries";
  let description = [{
    Holds the `gatefold.weight`s of a model and its `gatefold.entry`s.
    `ignored` lists tensors that a checkpoint may hold besides the weights.
    `why_no_step` is the reason a model has no `step` entry, set by
    `derive-entries`.

    `vocabularies` are dictionaries with the `name` of a vocabulary, its `kind`
    and its `tokens`, or the `file` that holds them; `input_vocabularies` and
    `output_vocabularies` say by the ports' names whose tokens they hold.
    `generation` says how a model makes tokens one after the other: its entry
    `@sequence` gives all that `@decode`, one step, begins with
    (Runtime/ModelInterface.h, Generation).

    Example:

    ```mlir
    gatefold.model @Tagger {
      gatefold.weight @out.W : tensor<5x8xf32> from "'dense.weight'"
      gatefold.entry @sequence(...) -> ... { ... }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       OptionalAttr<StrArrayAttr>:$ignored,
                       OptionalAttr<StrAttr>:$why_no_step,
                       OptionalAttr<DictArrayAttr>:$vocabularies,
                       OptionalAttr<DictionaryAttr>:$input_vocabularies,
                       OptionalAttr<DictionaryAttr>:$output_vocabularies,
                       OptionalAttr<DictionaryAttr>:$generation);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name)>];
  let extraClassDeclaration = [{
    /// The entry called `name`, or null.
    ::gatefold::ir::EntryOp lookupEntry(::llvm::StringRef name);
  }];
}

def Gatefold_WeightOp : Gatefold_Op<"weight",
    [Symbol, HasParent<"ModelOp">]> {
  let summary = "a trained tensor of the model";
  let description = [{
    Declares a weight by its path. `source` says how it lies in a checkpoint, as
    an expression over the checkpoint's tensors (Runtime/WeightSource.h); without
    it the tensor has the weight's own path. A `prepared` weight is in no
    checkpoint: the entry `@prepare` computes it from the others.

    Constraints:
    - (C1) the type is a tensor of static shape with f32 elements; also bf16, f16, i8
      and i32 for a prepared weight.
    - (C2) a prepared weight has no source.

    Example:

    ```mlir
    gatefold.weight @lstm.W_f : tensor<8x1xf32> from "'weight_ih_l0'[8:16 of 32]"
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<WeightTensor>:$type,
                       OptionalAttr<StrAttr>:$source, UnitAttr:$prepared);
  let assemblyFormat = [{
    $sym_name `:` $type (`from` $source^)? (`prepared` $prepared^)? attr-dict
  }];
  let hasVerifier = 1; /*weight_c1, weight_c2*/
}

def Gatefold_ReadOp : Gatefold_Op<"read",
    [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the value of a weight";
  let description = [{
    Constraints:
    - (C1) `weight` names a `gatefold.weight` of the enclosing model.
    - (C2) the result type is the weight's type.

    Example:

    ```mlir
    %0 = gatefold.read @lstm.W_f : tensor<8x1xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$weight);
  let results = (outs WeightTensor:$result);
  let assemblyFormat = "$weight `:` type($result) attr-dict";
}

def Gatefold_EntryOp : Gatefold_Op<"entry",
    [FunctionOpInterface, IsolatedFromAbove, HasParent<"ModelOp">,
     OpAsmOpInterface]> {
  let summary = "a way to run a model";
  let description = [{
    `@sequence` runs whole sequences, `@step` one time step, `@init` makes the
    memories before the first step, `@prepare` the weights that are `prepared`,
    `@decode` the scores of the next token of a model that makes tokens, and
    `@generate` these tokens until every example has ended.
    The front end writes `@sequence` alone, with its memories inside;
    `derive-entries` brings the memories out and derives `@step` and `@init`,
    `pack-weights` makes `@prepare`, `derive-generate` `@generate`.

    Every argument and result has a `gatefold.port`.

    Constraints:
    - (C1) every argument has a port of kind input or memory, every result one
      of kind output or memory.
    - (C2) a port is a ranked tensor of f32, f64, i1, i32 or i64, of `@prepare` also
      of bf16, f16 or i8, and has one dimension string per axis, a number exactly where
      the type is static and equal to it.
    - (C3) the name is `sequence`, `step`, `init`, `prepare`, `decode` or `generate`.
    - (C4) the body has one block; there is none once the entry has become a
      function, which the entry then describes. `checks` are the texts of the
      checks that the function makes, with `{0}` for the value that failed, and
      `minimums` what callers must check before.

    Example:

    ```mlir
    gatefold.entry @step(
        %x: tensor<13xf32> {gatefold.port = #gatefold.port<input "x" ["13"]>},
        %h: tensor<20xf32> {gatefold.port = #gatefold.port<memory "gru.h" ["20"]>})
        -> (tensor<f32> {gatefold.port = #gatefold.port<output "probability" []>},
            tensor<20xf32> {gatefold.port = #gatefold.port<memory "gru.h" ["20"]>}) {
      ...
      gatefold.return %p, %h1 : tensor<f32>, tensor<20xf32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       TypeAttrOf<FunctionType>:$function_type,
                       OptionalAttr<StrAttr>:$sym_visibility,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs,
                       OptionalAttr<StrArrayAttr>:$checks,
                       OptionalAttr<Gatefold_MinimumSizes>:$minimums);
  let regions = (region AnyRegion:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1; /*entry_c1, entry_c2, entry_c3, entry_c4*/
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name,
      "::mlir::TypeRange":$arguments, "::llvm::ArrayRef<PortAttr>":$argumentPorts,
      "::mlir::TypeRange":$results, "::llvm::ArrayRef<PortAttr>":$resultPorts)>];
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() {
      return getFunctionType().getInputs();
    }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() {
      return getFunctionType().getResults();
    }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
    /// The port of an argument or a result, or null where it has none.
    PortAttr getArgumentPort(unsigned index);
    PortAttr getResultPort(unsigned index);
    /// Replaces the port of an argument or a result.
    void setArgumentPort(unsigned index, PortAttr port);
    void setResultPort(unsigned index, PortAttr port);
    /// The operation that ends the body.
    ::gatefold::ir::ReturnOp getReturn();
    void getAsmBlockArgumentNames(::mlir::Region &region,
                                  ::mlir::OpAsmSetValueNameFn setName);
    static ::llvm::StringRef getDefaultDialect() { return ""; }
  }];
}

def Gatefold_ReturnOp : Gatefold_Op<"return",
    [Pure, HasParent<"EntryOp">, ReturnLike, Terminator]> {
  let summary = "ends an entry with its results";
  let description = [{
    Constraints:
    - (C1) number and types of the operands are those of the entry's results.
  }];
  let arguments = (ins Variadic<AnyType>:$operands);
  let assemblyFormat = "($operands^ `:` type($operands))? attr-dict";
  let hasVerifier = 1; /*return_c1*/
}

//===----------------------------------------------------------------------===//
// The scan
//===----------------------------------------------------------------------===//

def Gatefold_ScanOp : Gatefold_Op<"scan",
    [SingleBlock, RecursiveMemoryEffects, OpAsmOpInterface,
     AttrSizedOperandSegments,
     SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "runs a cell along time";
  let description = [{
    Runs the body once per step in increasing order of time, or decreasing with
    `reverse`. At each step the body gets one slice of every sequence along
    `axis` and the memories as the step before left them; it yields its outputs
    and the next memories. The results are the outputs of all steps, in the
    order of the inputs, and then the memories after the last step. With no step
    at all, the memories are the initial ones. The body may use values from
    outside; they are the same at every step.

    `axis` counts from the front: 0, or 1 once a batch axis stands before it.
    `names` are the paths of the memories.

    Constraints:
    - (C1) at least one sequence; all have `axis`, of the same size.
    - (C2) the body's arguments are the sequences' types without `axis`, then the
      types of the initial memories.
    - (C3) the yielded next memories have the types of the initial ones.
    - (C4) the output results are the yielded types with the steps at `axis`,
      followed by the memories' types.
    - (C5) one name per memory, no name twice.

    Example:

    ```mlir
    %ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x13xf32>)
        memories(%h = %h0 as "gru.h" : tensor<20xf32>) -> (tensor<?x20xf32>) {
      ...
      gatefold.yield outputs(%h1 : tensor<20xf32>) next(%h1 : tensor<20xf32>)
    }
    ```
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$sequences,
                       Variadic<AnyRankedTensor>:$initial,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$axis,
                       UnitAttr:$reverse,
                       StrArrayAttr:$names);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;       /*scan_c1, scan_c5*/
  let hasRegionVerifier = 1; /*scan_c2, scan_c3, scan_c4*/
  let skipDefaultBuilders = 1;
  let builders = [
    /// The body gets its block with the arguments, but no operation.
    OpBuilder<(ins "::mlir::TypeRange":$outputs, "::mlir::ValueRange":$sequences,
        "::mlir::ValueRange":$initial, "::llvm::ArrayRef<::llvm::StringRef>":$names,
        CArg<"int64_t", "0">:$axis, CArg<"bool", "false">:$reverse)>
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
    /// Number of steps, dynamic if not known.
    int64_t getSteps();
    void getAsmBlockArgumentNames(::mlir::Region &region,
                                  ::mlir::OpAsmSetValueNameFn setName);
    static ::llvm::StringRef getDefaultDialect() { return ""; }
  }];
}

def Gatefold_YieldOp : Gatefold_Op<"yield",
    [Pure, ParentOneOf<["ScanOp", "BlocksOp"]>, ReturnLike, Terminator,
     AttrSizedOperandSegments]> {
  let summary = "ends a step, or a block of steps, with its outputs and the next memories";
  let arguments = (ins Variadic<AnyRankedTensor>:$outputs,
                       Variadic<AnyRankedTensor>:$next);
  let builders = [OpBuilder<(ins), [{ }]>];
  let assemblyFormat = [{
    (`outputs` `(` $outputs^ `:` type($outputs) `)`)?
    (`next` `(` $next^ `:` type($next) `)`)? attr-dict
  }];
}

//===----------------------------------------------------------------------===//
// Products and reductions
//===----------------------------------------------------------------------===//

def Gatefold_DotOp : Gatefold_Op<"dot",
    [Pure, AllElementTypesMatch<["lhs", "rhs", "result"]> /*dot_c4*/,
     DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let summary = "contraction of an axis of two tensors";
  let description = [{
    Multiplies and adds along the last axis of `lhs` and the last axis of `rhs`,
    or its last but one with `transposed`. The first `mapped` axes of both run
    together; the other axes of `lhs` and then of `rhs` follow in the result:
    `[P.., M.., K] . [P.., N.., K] -> [P.., M.., N..]`. With `transposed` `rhs`
    is `[P.., N.., K, L]` and the result `[P.., M.., N.., L]`.
    A layer's product `W @ x` is `dot %x, %W`.

    Each product is added by a fused multiply-add in the stated order.

    Constraints:
    - (C1) the contracted axes are there and have equal sizes.
    - (C2) the mapped axes have equal sizes.
    - (C3) the result has the shape above.
    - (C4) operands and result have one element type.

    Example:

    ```mlir
    %0 = gatefold.dot %x, %W chain : tensor<13xf32>, tensor<20x13xf32> -> tensor<20xf32>
    %1 = gatefold.dot %p, %v chain mapped 1 transposed
        : tensor<?x7xf32>, tensor<?x7x8xf32> -> tensor<?x8xf32>
    ```
  }];
  let arguments = (ins FloatTensor:$lhs, FloatTensor:$rhs,
                       Gatefold_ReductionOrderAttr:$order,
                       DefaultValuedAttr<ConfinedAttr<I64Attr, [IntNonNegative]>, "0">:$mapped,
                       UnitAttr:$transposed);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs custom<Keyword>($order) (`mapped` $mapped^)? (`transposed` $transposed^)? attr-dict
    `:` type($lhs) `,` type($rhs) `->` type($result)
  }];
  let hasVerifier = 1; /*dot_c1, dot_c2, dot_c3*/
  let builders = [
    OpBuilder<(ins "::mlir::Value":$lhs, "::mlir::Value":$rhs, "ReductionOrder":$order,
        CArg<"int64_t", "0">:$mapped, CArg<"bool", "false">:$transposed)>
  ];
  let extraClassDeclaration = [{
    /// The result shape for operands of these types; contracted axes are not compared.
    static ::mlir::RankedTensorType inferType(::mlir::RankedTensorType lhs,
        ::mlir::RankedTensorType rhs, int64_t mapped, bool transposed);
    /// Size of the contracted axis, dynamic if not known.
    int64_t getContractedSize();
  }];
}

def Gatefold_ReduceOp : Gatefold_Op<"reduce",
    [Pure, DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let summary = "sum, product, maximum or minimum over axes";
  let description = [{
    Reduces over `axes`, counted from the end, which disappear. Several axes are
    walked as one, the outer ones slower. `order` fixes the order of sums and
    products. The maximum of anything with a NaN is NaN. The reduction of no term
    at all is 0, 1, -infinity or +infinity (the smallest and largest integer).

    Constraints:
    - (C1) axes are distinct, ascending and within the operand's rank.
    - (C2) the result has the operand's shape without them.

    Example:

    ```mlir
    %0 = gatefold.reduce sum %x axes [0] lanes : tensor<20xf32> -> tensor<f32>
    ```
  }];
  let arguments = (ins Gatefold_ReductionKindAttr:$kind, AnyRankedTensor:$input,
                       DenseI64ArrayAttr:$axes, Gatefold_ReductionOrderAttr:$order);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    custom<Keyword>($kind) $input `axes` $axes custom<Keyword>($order) attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1; /*reduce_c1, reduce_c2*/
  let builders = [
    OpBuilder<(ins "ReductionKind":$kind, "::mlir::Value":$input,
        "::llvm::ArrayRef<int64_t>":$axes, "ReductionOrder":$order)>
  ];
  let extraClassDeclaration = [{
    /// The result type for operands of these types.
    static ::mlir::RankedTensorType inferType(::mlir::RankedTensorType input,
        ::llvm::ArrayRef<int64_t> axes);
  }];
}

def Gatefold_CumulateOp : Gatefold_Op<"cumulate",
    [Pure, AllTypesMatch<["input", "result"]> /*cumulate_c3*/,
     DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let summary = "running sums or products along an axis";
  let description = [{
    Element `i` of the result along `axis`, which counts from the end, is the sum
    or product of the operand's elements 0 to `i`: what `gatefold.reduce` in the
    order `chain` gives for them.

    Constraints:
    - (C1) the axis is within the operand's rank.
    - (C2) `kind` is `sum` or `product`, the elements are numbers.
    - (C3) operand and result have one type.

    Example:

    ```mlir
    %0 = gatefold.cumulate sum %x axis 0 : tensor<20xf32>
    ```
  }];
  let arguments = (ins Gatefold_ReductionKindAttr:$kind,
                       RankedTensorOf<[F32, F64, I32, I64]>:$input,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$axis);
  let results = (outs RankedTensorOf<[F32, F64, I32, I64]>:$result);
  let assemblyFormat = [{
    custom<Keyword>($kind) $input `axis` $axis attr-dict `:` type($input)
  }];
  let hasVerifier = 1; /*cumulate_c1, cumulate_c2*/
  let builders = [
    OpBuilder<(ins "ReductionKind":$kind, "::mlir::Value":$input, "int64_t":$axis)>
  ];
}

def Gatefold_ArgMaxOp : Gatefold_Op<"argmax",
    [Pure, DeclareOpInterfaceMethods<LeadingAxesOpInterface>]> {
  let summary = "index of the largest element along the last axis";
  let description = [{
    Of equal elements the one with the smaller index; a NaN counts as larger than
    every number. The axis must not be empty.

    Constraints:
    - (C1) the result has the operand's shape without its last axis.
  }];
  let arguments = (ins AnyRankedTensor:$input);
  let results = (outs RankedTensorOf<[I32]>:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1; /*argmax_c1*/
  let builders = [
    OpBuilder<(ins "::mlir::Value":$input)>
  ];
  let extraClassDeclaration = [{
    /// The result type for operands of these types.
    static ::mlir::RankedTensorType inferType(::mlir::RankedTensorType input);
  }];
}

#endif // GATEFOLD_IR_GATEFOLDOPS_TD
