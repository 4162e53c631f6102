//===- Jit.h - Compiled models in memory ---------------------------*- C++ -*-===//
//
// Compiles a module to machine code in this process.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CODEGEN_JIT_H
#define GATEFOLD_CODEGEN_JIT_H

#include "gatefold/Codegen/Pipeline.h"
#include "gatefold/Runtime/CompiledModel.h"
#include "llvm/Support/MemoryBuffer.h"

namespace gatefold {

/// Machine code of a model that is not in memory yet.
struct ObjectCode {
  std::string model; ///< the model without code, as MLIR's bytecode: what describeModel() reads
  llvm::SmallVector<std::unique_ptr<llvm::MemoryBuffer>> objects;
};

/// Makes code of the model in `module`, whatever MLIR stage it is in (the module is lowered in
/// place).
llvm::Expected<ObjectCode> generateCode(mlir::ModuleOp module, const PipelineOptions &options);

/// Loads code for `target`, which has to be this processor or a lesser one. The result owns the
/// code and does not need `context` any more.
llvm::Expected<std::unique_ptr<CompiledModel>> loadCode(ObjectCode code, const Target &target,
                                                        mlir::MLIRContext &context);

/// Compiles the model in `module` as generateCode() and loadCode() do. The result stays valid
/// without the module and its context.
llvm::Expected<std::unique_ptr<CompiledModel>> compileInMemory(mlir::ModuleOp module,
                                                               const PipelineOptions &options);

} // namespace gatefold

#endif // GATEFOLD_CODEGEN_JIT_H
