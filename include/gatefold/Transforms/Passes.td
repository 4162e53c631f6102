//===- Passes.td - Passes over the gatefold dialect ---------*- tablegen -*-===//

#ifndef GATEFOLD_TRANSFORMS_PASSES_TD
#define GATEFOLD_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def DeriveEntries : Pass<"gatefold-derive-entries", "::gatefold::ir::ModelOp"> {
  let summary = "Derive the step entry and bring the memories out";
  let description = [{
    The front end writes one entry, `@sequence`, whose scans hold their memories.
    This pass turns the memories of the scans over time into arguments and
    results of `@sequence`, so that a stream can go on where a chunk ended, and
    derives

    - `@step`, in which every value that runs over time has lost that axis and
      every scan over time is its body, once;
    - `@init`, which makes the memories before the first step.

    Time is the leading dimension of an input, the first along which the model can
    be stepped; inputs along another dimension, such as a text that is attended
    to, are whole at every step. A model whose work over time is not step by step
    (a reverse scan, a reduction over time, a scan that starts from another's
    end) keeps its `@sequence` as it is; `why_no_step` then says what needs the
    whole sequence, and where.

    Memories keep the names that their scans give them; where two scans give one
    name, the second becomes `h.2`.

    A memory that begins with a row for each step, and whose next value is one
    `gatefold.append` to it, is a history: at the entries' borders it has as many
    rows as the caller says, the size `capacity`.

    A final memory that the model returns becomes the memory after this step, so
    that the last step returns what `@sequence` does.

    Before:

    ```mlir
    gatefold.entry @sequence(%xs: tensor<?x3xf32> {...}) -> (tensor<?x3xf32> {...}) {
      %h0 = arith.constant dense<0.0> : tensor<3xf32>
      %ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)
          memories(%h = %h0 as "sum.h" : tensor<3xf32>) -> (tensor<?x3xf32>) {
        %n = arith.addf %x, %h : tensor<3xf32>
        gatefold.yield outputs(%n : tensor<3xf32>) next(%n : tensor<3xf32>)
      }
      gatefold.return %ys : tensor<?x3xf32>
    }
    ```

    After, besides `@sequence` with the memory `sum.h` and `@init`:

    ```mlir
    gatefold.entry @step(%xs: tensor<3xf32> {...}, %h: tensor<3xf32> {...})
        -> (tensor<3xf32> {...}, tensor<3xf32> {...}) {
      %n = arith.addf %xs, %h : tensor<3xf32>
      gatefold.return %n, %n : tensor<3xf32>, tensor<3xf32>
    }
    ```
  }];
  let dependentDialects = ["::gatefold::ir::GatefoldDialect"];
}

def FuseGates : Pass<"gatefold-fuse-gates", "::gatefold::ir::EntryOp"> {
  let summary = "Make products that share an operand one";
  let description = [{
    The gates of a cell multiply the same values by different matrices. The pass
    gathers the products of one block that read one operand, whose matrices are made
    of weights and have as many rows, into one `gatefold.dots`. `pack-weights` then
    interleaves the rows of the matrices, so that one register tile holds all gates
    of the same sixteen units. Results do not change: each output is still added in
    the same order.

    Before:

    ```mlir
    %0 = gatefold.dot %h, %U_i chain : tensor<20xf32>, tensor<20x20xf32> -> tensor<20xf32>
    %1 = gatefold.dot %h, %U_f chain : tensor<20xf32>, tensor<20x20xf32> -> tensor<20xf32>
    ```

    After:

    ```mlir
    %0:2 = gatefold.dots %h by [%U_i, %U_f]
        : tensor<20xf32> by [tensor<20x20xf32>, tensor<20x20xf32>] -> tensor<20xf32>, tensor<20xf32>
    ```

    Products with matrices of another number of rows become one of their own. More
    than `max-gates` are split evenly: a tile has to stay in registers. Leaves alone
    products in `lanes` and products of two computed values.
  }];
  let dependentDialects = ["::gatefold::ir::GatefoldDialect"];
  let options = [Option<"maxGates", "max-gates", "unsigned", "8",
                        "The most products that become one.">];
}

def PackWeights : Pass<"gatefold-pack-weights", "::gatefold::ir::ModelOp"> {
  let summary = "Lay the weights out as the products read them, once";
  let description = [{
    A `chain` product adds for each row of its matrix on its own, so neighbouring
    rows can share a vector if the matrix lies in panels: sixteen rows at a time, and
    of these all elements of the first column, then of the second. Where one operand
    has several matrices, those of one column stand side by side. The pass rewrites
    `dot %x, %W` and `dots %x by [%W, ..]` accordingly; rows that are missing in the
    last panel are zero.

    Everything that depends on weights alone panels above all, then moves to an
    entry of its own, `@prepare`, which runs when a model is loaded, and becomes
    a weight marked `prepared`. Results do not change: each output is still added
    in the same order.

    Before:

    ```mlir
    %W = gatefold.read @W : tensor<32x3xf32>
    %0 = gatefold.dot %x, %W chain : tensor<3xf32>, tensor<32x3xf32> -> tensor<32xf32>
    ```

    After:

    ```mlir
    %W = gatefold.read @W.panels : tensor<2x3x1x16xf32>
    %0 = gatefold.dots %x panels %W
        : tensor<3xf32> panels tensor<2x3x1x16xf32> -> tensor<32xf32>
    ```

    With `weight-type=bf16` or `f16` the panels of f32 weights are rounded to that
    type, to the nearest number, where they are prepared. Results change by that
    alone: products and sums stay of f32, and all entries read the same panels. What
    is not in panels stays as it is.

    With `weight-type=int8` each row of a weight becomes whole numbers from -127 to
    127 and a scale, and so does each row of the operand whenever the product is
    computed: `s = max |x| / 127`, `x = s round(x / s)`. The products are of bytes,
    their sums exact, and elementwise operations multiply the scales in. A row's
    result depends on that row alone.

    Refuses matrices with fewer than sixteen rows (their products run in lanes)
    and products of two computed values. Run it before `derive-entries`, so that
    all entries share what it prepares.
  }];
  let dependentDialects = ["::gatefold::ir::GatefoldDialect"];
  let options = [Option<"weightType", "weight-type", "::gatefold::WeightType",
                        "::gatefold::WeightType::F32",
                        "What the panels of f32 weights are stored as.",
                        [{::llvm::cl::values(
                            clEnumValN(::gatefold::WeightType::F32, "f32", "32 bits"),
                            clEnumValN(::gatefold::WeightType::BF16, "bf16",
                                       "16 bits, 8 of them fraction"),
                            clEnumValN(::gatefold::WeightType::F16, "f16",
                                       "16 bits, 11 of them fraction"),
                            clEnumValN(::gatefold::WeightType::Int8, "int8",
                                       "bytes with a scale for each row"))}]>];
}

def FuseElementwise : Pass<"gatefold-fuse-elementwise", "::gatefold::ir::EntryOp"> {
  let summary = "Make elementwise work the epilogue of its products";
  let description = [{
    Gathers products and the elementwise operations that hang on them in one
    `gatefold.fuse` for each shape: a tile of sixteen units is multiplied, activated
    and combined in registers, and what happens in between never reaches memory.
    Where a product needs all units of what another product gave, or a reduction
    stands between, a new `gatefold.fuse` begins.

    Before:

    ```mlir
    %i, %g = gatefold.dots %h panels %U : ..
    %0 = arith.addf %g, %b : tensor<20xf32>
    %1 = math.tanh %0 : tensor<20xf32>
    %2 = arith.mulf %i, %1 : tensor<20xf32>
    gatefold.return %2 : tensor<20xf32>
    ```

    After:

    ```mlir
    %0 = gatefold.fuse {
      %i, %g = gatefold.dots %h panels %U : ..
      %1 = arith.addf %g, %b : tensor<20xf32>
      %2 = math.tanh %1 : tensor<20xf32>
      %3 = arith.mulf %i, %2 : tensor<20xf32>
      gatefold.keep %3 : tensor<20xf32>
    } : tensor<20xf32>
    gatefold.return %0 : tensor<20xf32>
    ```
  }];
  let dependentDialects = ["::gatefold::ir::GatefoldDialect"];
}

def KeepEntries : Pass<"gatefold-keep-entries", "::gatefold::ir::ModelOp"> {
  let summary = "Drop the entries that are not wanted";
  let description = [{
    Erases every entry that `names` does not list, but for what those need:
    `@prepare`, the `@init` that `@sequence` and `@step` start from, and all that a
    generation consists of; nothing is dropped when the list is empty. Compiling one entry
    takes less time than compiling all.
  }];
  let options = [ListOption<"names", "names", "std::string",
                            "The entries to keep.">];
}

def FuseAttention : Pass<"gatefold-fuse-attention", "::gatefold::ir::EntryOp"> {
  let summary = "Make softmax(scores) @ values one pass over the keys";
  let description = [{
    Finds the mean of values that is weighted by a softmax of scores and makes it
    one `gatefold.attend`, which takes 64 keys at a time and keeps no score.
    The softmax is `exp(s - max(s))` and its sum, along the last axis; it is
    divided before the product or after it.

    From the scores a walk goes back through elementwise operations, broadcasts,
    transpositions, and products and sums over other axes. What has to be done for
    each pair of a query and a key moves into the region: a scaled product, the
    tanh of an additive score, a mask, a bias by distance. What keys alone decide,
    above all their projection, stays in front, where it is done once. Products
    and sums in the region add in lanes, so results differ from the unfused form
    in their last bits; they are the same in all entries.

    Before:

    ```mlir
    %scores = gatefold.dot %q, %keys chain : tensor<64xf32>, tensor<?x64xf32> -> tensor<?xf32>
    %0 = gatefold.reduce maximum %scores axes [0] lanes : tensor<?xf32> -> tensor<f32>
    %1 = gatefold.broadcast %0 axes [0] sizes(%s) : tensor<f32> -> tensor<?xf32>
    %2 = arith.subf %scores, %1 : tensor<?xf32>
    %e = math.exp %2 : tensor<?xf32>
    %3 = gatefold.reduce sum %e axes [0] lanes : tensor<?xf32> -> tensor<f32>
    %4 = gatefold.broadcast %3 axes [0] sizes(%s) : tensor<f32> -> tensor<?xf32>
    %shares = arith.divf %e, %4 : tensor<?xf32>
    %y = gatefold.dot %shares, %values chain transposed
        : tensor<?xf32>, tensor<?x32xf32> -> tensor<32xf32>
    ```

    After:

    ```mlir
    %y = gatefold.attend count %count queries(%a = %q [] : tensor<64xf32>)
        keys(%k = %keys [] : tensor<?x64xf32>)
        values(%values [] : tensor<?x32xf32>) -> tensor<32xf32> {
      %0 = gatefold.dot %a, %k lanes : tensor<64xf32>, tensor<?x64xf32> -> tensor<?xf32>
      gatefold.score %0 : tensor<?xf32>
    }
    ```

    Leaves a softmax alone whose shares are used elsewhere, too, or in another
    product.
  }];
  let dependentDialects = ["::gatefold::ir::GatefoldDialect"];
}

def HoistFixed : Pass<"gatefold-hoist-fixed", "::gatefold::ir::ModelOp"> {
  let summary = "Compute once what is the same for every token";
  let description = [{
    A model that makes tokens gives `@decode`, one step of it, what is fixed during
    the generation: the memory of an encoder, for one. What `@decode` computes of
    this and of weights alone, above all the keys and values that attention makes
    of a memory, is the same for every token. The pass computes it at the end of
    `@sequence`, which gives it to `@decode` as one more fixed input. Results do
    not change.

    Before:

    ```mlir
    gatefold.entry @sequence(..) -> (tensor<?x8xf32> {.. output "memory" ..}) {
      ..
      gatefold.return %memory : tensor<?x8xf32>
    }
    gatefold.entry @decode(%token: .., %memory: tensor<?x8xf32> {..}, %h: ..) -> .. {
      %U = gatefold.read @U.panels : tensor<1x8x1x16xf32>
      %keys = gatefold.dots %memory panels %U : ..
      ..
    ```

    After:

    ```mlir
    gatefold.entry @sequence(..) -> (tensor<?x8xf32> {.. output "memory" ..},
                                     tensor<?x16xf32> {.. output "fixed.keys" ..}) {
      ..
      %U = gatefold.read @U.panels : tensor<1x8x1x16xf32>
      %keys = gatefold.dots %memory panels %U : ..
      gatefold.return %memory, %keys : tensor<?x8xf32>, tensor<?x16xf32>
    }
    gatefold.entry @decode(%token: .., %memory: tensor<?x8xf32> {..},
                           %keys: tensor<?x16xf32> {..}, %h: ..) -> .. {
      ..
    ```

    Moves values on whose way there are products, reductions or loops; elementwise
    work moves along where there is no more to store with it. Leaves alone what has
    sizes of several inputs, or others than its input. Run it behind
    `fuse-attention`, which decides what becomes part of the pass over the keys.
  }];
  let dependentDialects = ["::gatefold::ir::GatefoldDialect"];
}

def DerivePrefill : Pass<"gatefold-derive-prefill", "::gatefold::ir::ModelOp"> {
  let summary = "Derive the entry that reads a prompt in one go";
  let description = [{
    The tokens of a prompt are known before any token is made, so a decoder can read
    them all as a model reads a sequence: products for many tokens at once, and
    scores for none of them. The pass makes an entry `@prefill` of `@decode`, a scan
    over its tokens, of which later passes make what they make of every scan. Its
    results are the memories that `@decode` goes on from, to the bit those of one
    step after the other.

    Before:

    ```mlir
    gatefold.entry @decode(%token: tensor<i32> {...}, %h: tensor<3xf32> {...})
        -> (tensor<7xf32> {...}, tensor<3xf32> {...}) { ... }
    ```

    After, besides it:

    ```mlir
    gatefold.entry @prefill(%token: tensor<?xi32> {.. ["generate"] ..}, %h: tensor<3xf32> {...})
        -> (tensor<3xf32> {...}) {
      %0 = gatefold.scan axis 0 (%one = %token : tensor<?xi32>)
          memories(%before = %h as "h" : tensor<3xf32>) { ... }
      gatefold.return %0 : tensor<3xf32>
    }
    ```

    Leaves models alone that have no prompt, and decoders without memories. Run it
    behind `hoist-fixed`, which changes what `@decode` is given.
  }];
  let dependentDialects = ["::gatefold::ir::GatefoldDialect"];
}

def LinearRecurrence : Pass<"gatefold-linear-recurrence", "::gatefold::ir::EntryOp"> {
  let summary = "Find states that are linear in their last values";
  let description = [{
    Follows each recurrence of a scan over time from its memories to their next
    values and says what it makes of them: factors and terms that do not depend on
    these memories, element by element (minGRU, LRU, Mamba) or as a matrix
    (DeltaNet), or something that is not linear, and which operation makes it so.
    A recurrence with elementwise coefficients needs no product in its loop.

    A state that is a matrix, or one for each head, whose next value is itself, by
    a decay, and an outer product of a key and a value, and that is read by
    products with queries alone, has a chunked form (gated linear attention, Yang
    et al., 2024; RetNet, Sun et al., 2023): within a chunk of steps, products of
    matrices say what each step reads of the others, and the state itself is read
    and written once for the chunk. The sums then have another order, so this is
    done with `fast` only, and where the state is large enough. The pass names
    such states in an attribute of their scan; `distribute-scan` builds the chunks.

    Before:

    ```mlir
    %ys, %last = gatefold.scan axis 0 (%q = %qs : .., %k = %ks : .., %v = %vs : .., %a = %as : ..)
        memories(%S = %S0 as "net.S" : tensor<64x64xf32>) -> (tensor<?x64xf32>) {
      %0 = gatefold.broadcast %a axes [0] : tensor<64xf32> -> tensor<64x64xf32>
      %1 = arith.mulf %0, %S : tensor<64x64xf32>
      %2 = gatefold.broadcast %k axes [0] : tensor<64xf32> -> tensor<64x64xf32>
      %3 = gatefold.broadcast %v axes [1] : tensor<64xf32> -> tensor<64x64xf32>
      %4 = arith.mulf %2, %3 : tensor<64x64xf32>
      %next = arith.addf %1, %4 : tensor<64x64xf32>
      %y = gatefold.dot %q, %next chain transposed
          : tensor<64xf32>, tensor<64x64xf32> -> tensor<64xf32>
      gatefold.yield outputs(%y : tensor<64xf32>) next(%next : tensor<64x64xf32>)
    }
    ```

    After:

    ```mlir
    %ys, %last = gatefold.scan axis 0 (..) memories(%S = %S0 as "net.S" : tensor<64x64xf32>)
        -> (tensor<?x64xf32>) attributes {gatefold.chunks = {net.S = 16 : i64}} { .. }
    ```

    Leaves alone states that are not linear, that depend on each other, whose
    decay differs in every element, or that are read otherwise.
  }];
  let dependentDialects = ["::gatefold::ir::GatefoldDialect"];
  let options = [
    Option<"fast", "fast", "bool", /*default=*/"false",
           "Allow chunks, which add in another order.">,
    Option<"chunk", "chunk", "int64_t", /*default=*/"0",
           "The most steps of a chunk; 0 chooses, and none where the state is small.">
  ];
}

def DistributeScan : Pass<"gatefold-distribute-scan", "::gatefold::ir::EntryOp"> {
  let summary = "Compute for a block of steps what needs no step before it";
  let description = [{
    A step's values depend on each other and, through the memories, on those of
    the step before. The strongly connected components of this graph are the
    recurrences: they need a loop over time. All the rest does not:

    - What is the same at every step moves in front of the scan.
    - The scan becomes `gatefold.blocks`. Products and whole scans that belong to
      no recurrence are lifted, that is, computed for all steps of a block at
      once, with all that they need. What depends on a recurrence and feeds none
      comes behind its loop; recurrences that depend on one another, as those of
      stacked layers, get loops of their own with lifted work in between.
    - Elementwise work stays in the loop next to its users, unless lifting it
      lowers the number of rows that have to be stored for the loop.

    A scan of which nothing is cheaper for many steps at once is left alone; one
    without any recurrence becomes lifted work alone. Operations that work on a
    number of rows that differs from step to step stay in the loop. Results are
    the same to the bit, for any length of blocks.

    Before:

    ```mlir
    %ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)
        memories(%h = %h0 as "rnn.h" : tensor<4xf32>) -> (tensor<?x2xf32>) {
      %0 = gatefold.dot %x, %W chain : tensor<3xf32>, tensor<4x3xf32> -> tensor<4xf32>
      %1 = gatefold.dot %h, %U chain : tensor<4xf32>, tensor<4x4xf32> -> tensor<4xf32>
      %2 = arith.addf %0, %1 : tensor<4xf32>
      %3 = math.tanh %2 : tensor<4xf32>
      %4 = gatefold.dot %3, %V chain : tensor<4xf32>, tensor<2x4xf32> -> tensor<2xf32>
      gatefold.yield outputs(%4 : tensor<2xf32>) next(%3 : tensor<4xf32>)
    }
    ```

    After:

    ```mlir
    %ys, %last = gatefold.blocks axis 0 of 64 (%x = %xs : tensor<?x3xf32>)
        memories(%h = %h0 as "rnn.h" : tensor<4xf32>) -> (tensor<?x2xf32>) {
      %0 = gatefold.dot %x, %W chain : tensor<?x3xf32>, tensor<4x3xf32> -> tensor<?x4xf32>
      %hs, %next = gatefold.scan axis 0 (%a = %0 : tensor<?x4xf32>)
          memories(%b = %h as "rnn.h" : tensor<4xf32>) -> (tensor<?x4xf32>) {
        %1 = gatefold.dot %b, %U chain : tensor<4xf32>, tensor<4x4xf32> -> tensor<4xf32>
        %2 = arith.addf %a, %1 : tensor<4xf32>
        %3 = math.tanh %2 : tensor<4xf32>
        gatefold.yield outputs(%3 : tensor<4xf32>) next(%3 : tensor<4xf32>)
      }
      %4 = gatefold.dot %hs, %V chain : tensor<?x4xf32>, tensor<2x4xf32> -> tensor<?x2xf32>
      gatefold.yield outputs(%4 : tensor<?x2xf32>) next(%next : tensor<4xf32>)
    }
    ```
  }];
  let dependentDialects = ["::gatefold::ir::GatefoldDialect"];
  let options = [
    Option<"block", "block", "int64_t", /*default=*/"0",
           "The most steps of a block; 0 chooses so many that they stay in cache.">
  ];
}

def DeriveGenerate : Pass<"gatefold-derive-generate", "::gatefold::ir::ModelOp"> {
  let summary = "Derive the entry that makes tokens until every example has ended";
  let description = [{
    Puts the loop of generation around `@decode`, one step of a model that makes
    tokens: an entry `@generate` whose body is one `gatefold.generate`. Its
    memories are what `@sequence` gives for `@decode` to begin with and how far
    each example has come, so that a call can go on where the one before
    stopped; all its own ports are called `generate.`, which no name of a model
    can be.

    Before:

    ```mlir
    gatefold.entry @decode(%token: tensor<?xi32> {...}, %h: tensor<?x3xf32> {...})
        -> (tensor<?x7xf32> {...}, tensor<?x3xf32> {...}) { ... }
    ```

    After, besides it:

    ```mlir
    gatefold.entry @generate(%temperature: tensor<?xf64> {...}, ..., %h: tensor<?x3xf32> {...})
        -> (tensor<?x?xi32> {...}, tensor<?xi32> {...}, ..., tensor<?x3xf32> {...}) {
      %n = gatefold.size "generate"
      %0:8 = gatefold.generate @decode most %n settings(...) progress(...) memories(%h) : ...
      gatefold.return %0#0, ...
    }
    ```

    Run it after `batch`: examples end on their own, so the loop knows of them.
  }];
  let dependentDialects = ["::gatefold::ir::GatefoldDialect"];
}

def Batch : Pass<"gatefold-batch", "::gatefold::ir::EntryOp"> {
  let summary = "Add the batch axis that the source leaves out";
  let description = [{
    Puts a dynamic axis called `batch` in front of every argument and result of
    an entry and of every value that depends on an argument. Weights and what
    depends on them alone stay as they are. Since operations count axes from the
    trailing end, only types change; where an operation needs all its operands
    to have the axis, the ones without it are broadcast.

    Before:

    ```mlir
    %0 = gatefold.dot %x, %W chain : tensor<3xf32>, tensor<4x3xf32> -> tensor<4xf32>
    %1 = arith.addf %0, %b : tensor<4xf32>
    ```

    After:

    ```mlir
    %size = gatefold.size "batch"
    %0 = gatefold.dot %x, %W chain : tensor<?x3xf32>, tensor<4x3xf32> -> tensor<?x4xf32>
    %1 = gatefold.broadcast %b axes [1] sizes(%size) : tensor<4xf32> -> tensor<?x4xf32>
    %2 = arith.addf %0, %1 : tensor<?x4xf32>
    ```

    Assumes that no port has the axis yet; an entry that has it is left alone, and
    so is `@prepare`.
  }];
  let dependentDialects = ["::gatefold::ir::GatefoldDialect"];
}

#endif // GATEFOLD_TRANSFORMS_PASSES_TD
