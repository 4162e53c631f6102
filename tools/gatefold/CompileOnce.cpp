//===- CompileOnce.cpp - Code from the cache, or new ------------*- C++ -*-===//

#include "CompileOnce.h"
#include "gatefold/Codegen/CodeCache.h"

using namespace gatefold;

/// The code of a model that was compiled before, by this process or another.
static std::unique_ptr<CompiledModel> loadKeptCode(const CodeCache &cache, llvm::StringRef key,
                                                   mlir::MLIRContext &context,
                                                   const PipelineOptions &pipeline) {
  std::optional<ObjectCode> code = cache.find(key);
  if (!code)
    return nullptr;
  auto loaded = loadCode(std::move(*code), pipeline.target, context);
  if (loaded)
    return std::move(*loaded);
  llvm::consumeError(loaded.takeError());
  return nullptr;
}

llvm::Expected<std::unique_ptr<CompiledModel>>
gatefold::compileOnce(ModelModule &model, const PipelineOptions &pipeline, bool useCache,
                      PhaseTimer &timer) {
  std::optional<CodeCache> cache;
  std::string key;
  if (useCache)
    cache = CodeCache::ofUser();
  if (cache) {
    timer.begin("look for code");
    key = CodeCache::makeKey(model.getModule(), pipeline);
    if (auto kept = loadKeptCode(*cache, key, *model.getModule().getContext(), pipeline))
      return kept;
  }
  timer.begin("passes to LLVM");
  if (llvm::Error error = model.advanceTo(Stage::LLVM, pipeline))
    return std::move(error);
  if (llvm::Error error = model.checkCode())
    return std::move(error);
  timer.begin("code generation");
  auto code = generateCode(model.getModule(), pipeline);
  if (!code)
    return code.takeError();
  if (cache) {
    timer.begin("keep code");
    cache->store(key, *code);
  }
  timer.begin("load code");
  return loadCode(std::move(*code), pipeline.target, *model.getModule().getContext());
}
