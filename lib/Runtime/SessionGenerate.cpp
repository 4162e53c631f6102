//===- SessionGenerate.cpp - Tokens from a compiled model --------*- C++ -*-===//
//
// Runs what comes before the decoder once, has it read the prompts in one go, then runs it for
// every token. The examples are split over threads, each with rows of its own.
//
//===----------------------------------------------------------------------===//

#include "CompiledGeneration.h"
#include "Error.h"
#include "GenerationStart.h"
#include "ModelDecoder.h"
#include "gatefold/Runtime/RaggedBatch.h"
#include "gatefold/Runtime/Threads.h"
#include "gatefold/Runtime/Vocabulary.h"
#include "llvm/ADT/Sequence.h"
#include <mutex>

using namespace gatefold;

/// The number of a token that the model's text names.
static llvm::Expected<int32_t> findToken(const TokenReference &token,
                                         const Vocabulary *vocabulary) {
  if (token.text.empty())
    return static_cast<int32_t>(token.number);
  if (!vocabulary)
    return makeError("there is no vocabulary to look the token `" + token.text + "` up in");
  if (std::optional<int32_t> found = vocabulary->lookup(token.text))
    return *found;
  return makeError(quoteFound(token.text) + " is not in the vocabulary `" + vocabulary->getName() +
                   "` of " + llvm::Twine(vocabulary->size()) + " tokens");
}

llvm::Expected<GenerationSettings> gatefold::makeGenerationSettings(const Generation &generation,
                                                                    const Vocabulary *vocabulary) {
  GenerationSettings settings;
  llvm::Expected<int32_t> first = findToken(generation.first, vocabulary);
  if (!first)
    return first.takeError();
  settings.first = *first;
  if (generation.end.isGiven()) {
    llvm::Expected<int32_t> end = findToken(generation.end, vocabulary);
    if (!end)
      return end.takeError();
    settings.end = *end;
  }
  return settings;
}

llvm::Expected<int64_t> gatefold::findLimit(const Generation &generation,
                                            const GenerationSettings &settings) {
  int64_t limit = settings.limit.value_or(generation.limit);
  if (!settings.limit && generation.limit < 0)
    return makeError("the model leaves open how many tokens `" + generation.output +
                     "` may have; give a limit");
  if (limit < 0 || limit > mostGeneratedTokens)
    return makeError("the limit is " + llvm::Twine(limit) + " tokens, expected 0 to " +
                     llvm::Twine(mostGeneratedTokens));
  if (generation.limit >= 0 && limit > generation.limit)
    return makeError("the limit is " + llvm::Twine(limit) + " tokens, but `" + generation.output +
                     "` has at most " + llvm::Twine(generation.limit));
  return limit;
}

namespace {
/// One generation of a whole batch.
class ModelGeneration {
public:
  ModelGeneration(const LoadedModel &loaded, const GenerationSettings &settings,
                  GenerationStart start, int64_t limit)
      : loaded(loaded), settings(settings), start(std::move(start)), limit(limit) {}

  llvm::Expected<std::vector<GeneratedTokens>> run(unsigned threads, const TokenCallback &callback);

private:
  llvm::Expected<std::vector<GeneratedTokens>> runPart(int64_t begin, int64_t count,
                                                       const TokenCallback &callback) const;
  llvm::Expected<std::vector<GeneratedTokens>> runParts(int64_t parts,
                                                        const TokenCallback &callback) const;

  const LoadedModel &loaded;
  const GenerationSettings &settings;
  GenerationStart start;
  int64_t limit;
};
} // namespace

llvm::Expected<std::vector<GeneratedTokens>>
ModelGeneration::runPart(int64_t begin, int64_t count, const TokenCallback &callback) const {
  auto examples = llvm::to_vector(llvm::seq(begin, begin + count));
  NamedTensors rows;
  for (const NamedTensor &value : start.values)
    rows.set(value.name,
             count == start.batch ? value.tensor : takeExamples(value.tensor, examples));
  Strategy strategy = settings.strategy;
  if (strategy.seeds.size() > 1)
    strategy.seeds.assign(settings.strategy.seeds.begin() + begin,
                          settings.strategy.seeds.begin() + begin + count);
  GenerationTask task = {settings.first,
                         settings.end,
                         limit,
                         {start.prompts.begin() + begin, start.prompts.begin() + begin + count},
                         start.numRead};
  TokenCallback shifted;
  if (callback)
    shifted = [&](int64_t example, int32_t before, int32_t token) {
      callback(begin + example, before, token);
    };
  const ModelInterface &interface = loaded.model->getInterface();
  if (limit > 0 && hasCompiledLoop(*loaded.model, strategy)) {
    auto generateSizes = start.findSizes(*interface.entry("generate"), count, callback ? 1 : limit);
    return generateCompiled(loaded, generateSizes, rows, task, strategy, shifted);
  }
  int64_t width = strategy.kind == StrategyKind::Beam ? strategy.beamWidth : 1;
  auto decoder = ModelDecoder::create(loaded, start.findSizes(*start.decode, count * width, 0),
                                      rows, start.numRead);
  if (!decoder)
    return decoder.takeError();
  return generateTokens(**decoder, task, strategy, shifted);
}

llvm::Expected<std::vector<GeneratedTokens>>
ModelGeneration::runParts(int64_t parts, const TokenCallback &callback) const {
  if (parts <= 1)
    return runPart(0, start.batch, callback);
  std::mutex mutex;
  TokenCallback guarded;
  if (callback)
    guarded = [&](int64_t example, int32_t before, int32_t token) {
      std::lock_guard<std::mutex> lock(mutex);
      callback(example, before, token);
    };
  std::vector<std::optional<llvm::Expected<std::vector<GeneratedTokens>>>> results(parts);
  doOnThreads(parts, [&](size_t part) {
    const int64_t batch = start.batch;
    int64_t begin = batch / parts * part + std::min<int64_t>(part, batch % parts);
    int64_t count = batch / parts + (static_cast<int64_t>(part) < batch % parts ? 1 : 0);
    results[part].emplace(runPart(begin, count, guarded));
  });

  std::vector<GeneratedTokens> all;
  llvm::Error errors = llvm::Error::success();
  for (auto &result : results) {
    if (*result)
      llvm::append_range(all, **result);
    else if (!errors)
      errors = result->takeError();
    else
      llvm::consumeError(result->takeError());
  }
  if (errors)
    return std::move(errors);
  return all;
}

llvm::Expected<std::vector<GeneratedTokens>> ModelGeneration::run(unsigned threads,
                                                                  const TokenCallback &callback) {
  if (llvm::Error error = checkStrategy(settings.strategy, start.batch, start.vocabularySize))
    return std::move(error);
  if (start.batch == 0)
    return std::vector<GeneratedTokens>();
  if (limit > 0)
    if (llvm::Error error = start.readPrompts(loaded, settings.first, threads))
      return std::move(error);
  return runParts(std::min<int64_t>({start.batch, mostThreads, std::max(threads, 1u)}), callback);
}

llvm::Expected<std::vector<GeneratedTokens>>
Session::generate(const NamedTensors &inputs, const GenerationSettings &settings, unsigned threads,
                  const TokenCallback &callback) const {
  const LoadedModel &loaded = *implementation->loaded;
  llvm::Expected<const Generation *> generation = requireGeneration(loaded);
  if (!generation)
    return generation.takeError();
  llvm::Expected<int64_t> limit = findLimit(**generation, settings);
  if (!limit)
    return limit.takeError();
  auto start =
      GenerationStart::create(*this, loaded, inputs, *limit, /*capacity=*/std::nullopt, threads);
  if (!start)
    return start.takeError();
  return ModelGeneration(loaded, settings, std::move(*start), *limit).run(threads, callback);
}
