//===- CompiledGeneration.h - Tokens from a compiled loop --------*- C++ -*-===//
//
// Greedy choice and sampling by the entry `generate`, which runs until every example has ended.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_COMPILEDGENERATION_H
#define GATEFOLD_LIB_RUNTIME_COMPILEDGENERATION_H

#include "GenerationLoop.h"
#include "LoadedModel.h"

namespace gatefold {

/// Whether the model has compiled code for this strategy.
bool hasCompiledLoop(const CompiledModel &model, const Strategy &strategy);

/// Makes the tokens of a task, which has a limit above 0, with a model that `hasCompiledLoop`.
/// `start` holds what the decoder begins with, one row for each example, and the prompts by their
/// name. `sizes` are those of `generate`; it is called for one token of each example after the
/// other where there is somebody to tell, otherwise once. The results are those of
/// `generateTokens`.
llvm::Expected<std::vector<GeneratedTokens>>
generateCompiled(const LoadedModel &loaded, llvm::ArrayRef<int64_t> sizes,
                 const NamedTensors &start, const GenerationTask &task, const Strategy &strategy,
                 const TokenCallback &callback);

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_COMPILEDGENERATION_H
