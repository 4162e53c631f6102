//===- CompileOnce.h - Code from the cache, or new --------------*- C++ -*-===//
//
// Compiles a model unless that was done before.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_COMPILEONCE_H
#define GATEFOLD_TOOLS_GATEFOLD_COMPILEONCE_H

#include "ModelModule.h"
#include "PhaseTimer.h"
#include "gatefold/Runtime/CompiledModel.h"

namespace gatefold {

/// Compiles a module of any stage, and keeps the code for later runs; with `useCache` off neither
/// looks for kept code nor keeps any.
llvm::Expected<std::unique_ptr<CompiledModel>>
compileOnce(ModelModule &model, const PipelineOptions &pipeline, bool useCache, PhaseTimer &timer);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_COMPILEONCE_H
