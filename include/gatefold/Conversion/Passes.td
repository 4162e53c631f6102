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
    - Every buffer has its place in the workspace; nothing is allocated.

    Assumes that the batch pass has run.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

def ExpandMath : Pass<"gatefold-expand-math", "::mlir::func::FuncOp"> {
  let summary = "Replace exponentials and their kin by arithmetic";
  let description = [{
    Replaces exp, expm1, tanh, log, log1p and erf of f32, scalars and vectors
    alike, by the same sequence of arithmetic operations, so that a result does
    not depend on whether it was computed in a vector. With `fused` off, for
    processors that have no fused multiply-add, each `math.fma` becomes a
    multiplication and an addition.
  }];
  let options = [Option<"fused", "fused", "bool", "true",
                        "The processor has a fused multiply-add.">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
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
