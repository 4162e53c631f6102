//===- Passes.td - From the dialect down to LLVM -------------*- tablegen -*-===//

#ifndef GATEFOLD_CONVERSION_PASSES_TD
#define GATEFOLD_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def GatefoldToLoops : Pass<"convert-gatefold-to-loops", "::mlir::ModuleOp"> {
  let summary = "Lower entries to loops over memory";
  let description = [{
    Turns every entry of a model into a function `@Model.entry` of loops
    (`scf`), memory (`memref`) and explicit vectors of 16 elements (`vector`),
    and a function `@Model.entry.workspace` that gives the bytes of workspace for
    given sizes. The entry stays behind without a body, as the description of
    its function.

    A function takes one `memref` of rank 0, the address of the first element,
    for each argument of the entry, each result and each weight of the model,
    then the workspace, the status and the dynamic sizes by name.

    - Elementwise operations of one shape become one loop nest; what they read
      through a broadcast, slice or transpose is read in place. Only values that
      a product, a reduction, a scan or a caller needs are stored.
    - A product adds in the order it states: `chain` with one accumulator per
      output, sixteen outputs side by side where memory allows, `lanes` with
      sixteen accumulators.
    - A scan is a loop over time. Memories have two buffers that swap roles from
      step to step; an output is written where the caller wants it.
    - Every buffer has its place in the workspace, one behind the other; nothing is
      allocated. The bytes of a buffer stand at its view (`gatefold.bytes`).

    A `gatefold.fuse` and its products are emitted tile by tile: sixteen units of as
    many rows as `most-sums` vectors of sums in registers allow.

    Assumes that the batch pass has run.
  }];
  let options = [Option<"mostSums", "most-sums", "int64_t", "24",
                        "Vectors of 16 elements that can be accumulated in registers.">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

def Parallelize : Pass<"gatefold-parallelize", "::mlir::ModuleOp"> {
  let summary = "Let several threads share the loops of an entry";
  let description = [{
    All members of a team run the function of an entry with the same arguments. Each
    runs a part of the turns of loops that are marked `gatefold.independent`, in
    a row, so that the weights that a member reads stay near its processor from step to step.
    Every element is computed by one member as one thread would, sums are never
    split: results are the same to the bit for any number of members, one included.

    Before:

    ```mlir
    scf.for %panel = %c0 to %c16 step %c1 {
      .. // reads h, writes its own rows of h'
    } {gatefold.independent}
    memref.store %x, %total[%c0]
    ```

    After:

    ```mlir
    func.call @gatefold.barrier(%member, %count)
    scf.for %panel = %begin to %end step %c1 {
      ..
    } {gatefold.independent}
    scf.if %isFirst {
      memref.store %x, %total[%c0]
    }
    ```

    - **Which loops**: nests of at least `grain` operations on vectors or elements for
      one example and 100 of all other sizes, outermost ones first. A smaller one takes
      less time than waiting for others. Of a nest the outermost loop with enough turns
      is divided. A nest with a check in it stays whole, as the first failure is to be
      told. A buffer that only one nest uses becomes scratch on the stack of each member.
    - **What else writes**, the first member does. All else, loops over time too, each
      member does for itself.
    - **Barriers** stand where one member may access what another one wrote, or write
      what another one has yet to read. An LSTM needs one a step: the two buffers of
      a memory swap roles, so a step writes what no other one reads.

    - **Side by side**: loops over time that need nothing of each other, as the two
      directions of a bidirectional model, run at one time, each on a member of its own, if
      there are no more members than such loops and a step takes at most `side-by-side`
      operations. Members then wait for each other once instead of at every step. With
      longer steps it is better that each reads only half of the weights. Members that do not
      run a loop take its turns without any work.

    An entry that has shared loops gets `gatefold.parallel`. Runs before buffers share
    room: two may do so only with a barrier between their uses.
  }];
  let options = [Option<"grain", "grain", "int64_t", "1500",
                        "Operations that a loop takes at least to be shared; 0: all loops.">,
                 Option<"sideBySide", "side-by-side", "int64_t", "32000",
                        "Operations that a step takes at most of loops over time that run side by "
                        "side; 0: none does.">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def PlanMemory : Pass<"gatefold-plan-memory", "::mlir::ModuleOp"> {
  let summary = "Let buffers share room in the workspace";
  let description = [{
    Gives the buffers of each entry new places: two that are never needed at one
    time may have the same. `@Model.entry.workspace` then says how much that takes.
    A buffer is a `memref.view` of the workspace with `gatefold.bytes`, a map from
    the dynamic sizes of the entry to its bytes.

    Before:

    ```mlir
    %a = memref.view %workspace[%c0][%batch] {gatefold.bytes = affine_map<()[s0] -> (s0 * 64)>}
    ..
    %b = memref.view %workspace[%0][%batch] {gatefold.bytes = affine_map<()[s0] -> (s0 * 64)>}
    .. // reads %a, writes %b
    %c = memref.view %workspace[%1][%batch] {gatefold.bytes = affine_map<()[s0] -> (s0 * 64)>}
    .. // reads %b, writes %c
    ```

    After:

    ```mlir
    %a = memref.view %workspace[%c0][%batch] {gatefold.bytes = affine_map<()[s0] -> (s0 * 64)>}
    ..
    %b = memref.view %workspace[%0][%batch] {gatefold.bytes = affine_map<()[s0] -> (s0 * 64)>}
    ..
    %c = memref.view %workspace[%c0][%batch] {gatefold.bytes = affine_map<()[s0] -> (s0 * 64)>}
    ..
    ```

    - **When**: from the first operation that uses the buffer to the end of the
      last one, in the block where its view stands, since what it holds has no
      meaning before. So a buffer of a loop's body may share room with another one
      of the same turn, and one from outside is needed until the loop ends. Windows
      on a buffer (`memref.reinterpret_cast`) are the buffer; buffers that a loop
      carries, as the two of a memory that swap roles, are needed until the last
      use of what the loop gives back.
      Where several threads run the function, a buffer is needed until they have met
      at the next barrier.
    - **Where**: in the smallest gap that is large enough, the largest buffers
      first. If the result is above the most bytes that are needed at one time,
      which is the least possible, other orders are tried, and what ended too high
      is placed earlier. Places are multiples of 64.
      They are sums of products of the dynamic sizes, and two buffers count as
      apart if that can be shown for all sizes, 0 included. Where the end of the
      last buffer hangs on the sizes, `@Model.entry.workspace` takes the largest.

    Remarks tell the bytes of each entry, and why they are more than the bound
    where they are. Leaves entries alone whose workspace holds something else than
    such views.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def ShareLoops : Pass<"gatefold-share-loops", "::mlir::ModuleOp"> {
  let summary = "Make one function of loops that are the same";
  let description = [{
    Makes a private function of loops that do the same with other memory: the
    layers of a model, or what `sequence` and `step` have in common. Their code is
    then made once.

    Before:

    ```mlir
    func.func @Model.step(%x: memref<f32>, %a: memref<f32>, %b: memref<f32>) {
      scf.for %i = %c0 to %c64 step %c16 {.. %x .. %a ..}
      scf.for %i = %c0 to %c64 step %c16 {.. %a .. %b ..}
    ```

    After:

    ```mlir
    func.func @Model.step(%x: memref<f32>, %a: memref<f32>, %b: memref<f32>) {
      call @Model.step.loop0(%x, %a)
      call @Model.step.loop0(%a, %b)
    ..
    func.func private @Model.step.loop0(%0: memref<f32>, %1: memref<f32>) {
      scf.for %i = %c0 to %c64 step %c16 {.. %0 .. %1 ..}
    ```

    Loops are the same if their operations, attributes and types are, and if they
    take as much from outside, each at the same places. Memory that they only read
    and write may have another shape, as long as its strides are known to be the
    same. Locations do not count: the function has those of the first loop.
    Outer loops are shared before what is in them. Leaves alone loops with results,
    those of fewer than `least-operations` operations, for which a call is too much,
    and those that are not there often enough to save `least-saved` operations.
  }];
  let options = [Option<"leastOperations", "least-operations", "int64_t", "16",
                        "Operations within a loop for which a call is worth it.">,
                 Option<"leastSaved", "least-saved", "int64_t", "60",
                        "Operations that have to be saved for a function.">];
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect"];
}

def ExpandMath : Pass<"gatefold-expand-math", "::mlir::func::FuncOp"> {
  let summary = "Replace exponentials and their kin by arithmetic";
  let description = [{
    Replaces exp, expm1, tanh, log, log1p and erf of f32, scalars and vectors
    alike, by the same sequence of arithmetic operations, so that a result does
    not depend on whether it was computed in a vector. With `fused` off, for
    processors that have no fused multiply-add, each `math.fma` becomes a
    multiplication and an addition. With `scales` on, for processors that have
    an instruction for it, a multiplication by a power of two is
    LLVM's `ldexp` instead of two multiplications; the result is the same.
    A division by a power of two becomes a multiplication.

    Conversions between f32 and bf16 or f16 become arithmetic on the bits: there is
    no library to call. With `converts-halves` on, for processors that have an
    instruction for it, the extension of f16 stays; the result is the same.

    `gatefold.dot_bytes` becomes LLVM's intrinsic that `dot-bytes` names, where the
    processor has an instruction for it, and arithmetic of i32 otherwise.

    Errors are at most one unit of the last place for exp and two for expm1 and
    tanh (benchmarks/accuracy.py measures them). Limits are exact, a NaN stays one, and
    results too small for a normal number are subnormal.
  }];
  let options = [Option<"fused", "fused", "bool", "true",
                        "The processor has a fused multiply-add.">,
                 Option<"scales", "scales", "bool", "false",
                        "The processor multiplies by powers of two in one instruction.">,
                 Option<"convertsHalves", "converts-halves", "bool", "false",
                        "The processor extends f16 to f32.">,
                 Option<"dotBytes", "dot-bytes", "std::string", "",
                        "LLVM's intrinsic for products of four bytes.">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"];
}

def LoopsToLLVM : Pass<"convert-loops-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Lower loops and memory to the LLVM dialect";
  let description = [{
    Converts `cf`, `arith`, `math`, `memref`, `vector` and `func` to the LLVM
    dialect in one conversion. A memref becomes an address, with its strides
    beside it where its type does not tell them. The functions of an entry take
    the form that callers see: `Model_entry(arguments, sizes, workspace, status)`
    and `Model_entry_workspace(sizes)`, see Runtime/CompiledModel.h.

    Assumes that `convert-scf-to-cf` has run.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def HoistAddresses : Pass<"gatefold-hoist-addresses", "::mlir::LLVM::LLVMFuncOp"> {
  let summary = "Compute addresses once and outside of loops";
  let description = [{
    Moves integer constants, sums, products and pointers out of all loops that
    they do not depend on, and computes equal ones once. What then stands in an
    innermost loop is little enough that LLVM need not look for a better way to
    count.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // GATEFOLD_CONVERSION_PASSES_TD
