//===- Jit.h - Compiled models in memory ---------------------------*- C++ -*-===//
//
// Compiles a module to machine code in this process.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CODEGEN_JIT_H
#define GATEFOLD_CODEGEN_JIT_H

#include "gatefold/Codegen/Pipeline.h"
#include "gatefold/Runtime/CompiledModel.h"

namespace gatefold {

/// Compiles the model in `module`, whatever MLIR stage it is in (the module is lowered in place).
/// The result owns the code and stays valid without the module and its context.
llvm::Expected<std::unique_ptr<CompiledModel>> compileInMemory(mlir::ModuleOp module,
                                                               const PipelineOptions &options);

} // namespace gatefold

#endif // GATEFOLD_CODEGEN_JIT_H
