//===- SessionGenerate.cpp - Tokens from a compiled model --------*- C++ -*-===//
//
// Runs what comes before the decoder once, then the decoder for every token. The examples are split
// over threads, each with rows of its own.
//
//===----------------------------------------------------------------------===//

#include "CompiledGeneration.h"
#include "Error.h"
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
  ModelGeneration(const Session &session, const LoadedModel &loaded, const Generation &generation,
                  const GenerationSettings &settings)
      : session(session), loaded(loaded), generation(generation), settings(settings) {}

  llvm::Expected<std::vector<GeneratedTokens>> run(const NamedTensors &inputs, unsigned threads,
                                                   const TokenCallback &callback);

private:
  llvm::Error findEntries();
  llvm::Error runBefore(const NamedTensors &inputs, unsigned threads);
  llvm::Expected<int64_t> countPrompt(llvm::ArrayRef<int64_t> sizes) const;
  llvm::Error takePrompts();
  std::vector<int64_t> findSizes(const EntryInterface &entry, int64_t rows, int64_t tokens) const;
  llvm::Expected<std::vector<GeneratedTokens>> runPart(int64_t begin, int64_t count,
                                                       const TokenCallback &callback) const;
  llvm::Expected<std::vector<GeneratedTokens>> runParts(int64_t parts,
                                                        const TokenCallback &callback) const;

  const Session &session;
  const LoadedModel &loaded;
  const Generation &generation;
  const GenerationSettings &settings;
  const EntryInterface *sequence = nullptr;
  const EntryInterface *decode = nullptr;
  int64_t batch = 0;
  int64_t limit = 0;
  std::vector<int64_t> sizes; // of `sequence`
  NamedTensors start;         // what `sequence` gives
  std::vector<std::vector<int32_t>> prompts;
};
} // namespace

llvm::Error ModelGeneration::findEntries() {
  for (auto [name, place] : {std::pair("sequence", &sequence), std::pair("decode", &decode)}) {
    llvm::Expected<const EntryInterface *> entry = loaded.requireEntry(name);
    if (!entry)
      return entry.takeError();
    *place = *entry;
  }
  return llvm::Error::success();
}

/// The tokens of a prompt, given the sizes of the inputs.
llvm::Expected<int64_t> ModelGeneration::countPrompt(llvm::ArrayRef<int64_t> known) const {
  if (generation.prompt.empty())
    return 0;
  for (const Port &port : sequence->arguments)
    if (port.kind == PortKind::Output && port.name == generation.prompt &&
        port.type == ElementType::I32 && port.shape.size() == 2)
      return shapeOf(*sequence, known, port)[1];
  return makeError("the entry `sequence` has no output `" + generation.prompt +
                   "` of i32 [P] for each example");
}

/// Runs the entry `sequence`.
llvm::Error ModelGeneration::runBefore(const NamedTensors &inputs, unsigned threads) {
  llvm::Expected<BoundInputs> bound = bindInputs(*sequence, inputs);
  if (!bound)
    return bound.takeError();
  llvm::Expected<int64_t> prompt = countPrompt(bound->sizes);
  if (!prompt)
    return prompt.takeError();
  // Every step adds one to a history: the first token, the prompt, and what was made but for the
  // last token.
  for (auto [name, size] : llvm::zip_equal(sequence->sizes, bound->sizes))
    if (name == capacitySizeName)
      size = std::max<int64_t>(*prompt + limit, 1);
  sizes = bound->sizes;
  batch = sizeOf(*sequence, sizes, batchSizeName);

  llvm::Expected<StreamState> state = session.start(inputs, batch);
  if (!state)
    return state.takeError();
  for (const Port &port : sequence->arguments) {
    if (port.kind != PortKind::Memory)
      continue;
    llvm::Expected<const Tensor *> memory = findMemory(*sequence, sizes, port, *state);
    if (!memory)
      return memory.takeError();
    bound->tensors.push_back(**memory);
  }
  auto results = loaded.run(*sequence, sizes, bound->tensors, threads);
  if (!results)
    return results.takeError();
  start = takeResults(*sequence, *results, PortKind::Output);
  return llvm::Error::success();
}

llvm::Error ModelGeneration::takePrompts() {
  prompts.resize(batch);
  if (generation.prompt.empty())
    return llvm::Error::success();
  const Tensor &tokens = *start.find(generation.prompt);
  const int32_t *data = tokens.data<int32_t>();
  int64_t length = tokens.shape()[1];
  for (auto [example, prompt] : llvm::enumerate(prompts))
    prompt.assign(data + example * length, data + (example + 1) * length);
  return llvm::Error::success();
}

/// The sizes of `decode` or `generate`: those of `sequence` by name, as many rows, and the tokens
/// that a call makes at most.
std::vector<int64_t> ModelGeneration::findSizes(const EntryInterface &entry, int64_t rows,
                                                int64_t tokens) const {
  std::vector<int64_t> found;
  for (const std::string &name : entry.sizes)
    found.push_back(name == batchSizeName    ? rows
                    : name == tokensSizeName ? tokens
                                             : sizeOf(*sequence, sizes, name));
  return found;
}

llvm::Expected<std::vector<GeneratedTokens>>
ModelGeneration::runPart(int64_t begin, int64_t count, const TokenCallback &callback) const {
  auto examples = llvm::to_vector(llvm::seq(begin, begin + count));
  NamedTensors rows;
  for (const NamedTensor &value : start)
    rows.set(value.name, count == batch ? value.tensor : takeExamples(value.tensor, examples));
  Strategy strategy = settings.strategy;
  if (strategy.seeds.size() > 1)
    strategy.seeds.assign(settings.strategy.seeds.begin() + begin,
                          settings.strategy.seeds.begin() + begin + count);
  GenerationTask task = {settings.first,
                         settings.end,
                         limit,
                         {prompts.begin() + begin, prompts.begin() + begin + count}};
  TokenCallback shifted;
  if (callback)
    shifted = [&](int64_t example, int32_t before, int32_t token) {
      callback(begin + example, before, token);
    };
  const ModelInterface &interface = loaded.model->getInterface();
  if (limit > 0 && hasCompiledLoop(*loaded.model, strategy)) {
    auto generateSizes = findSizes(*interface.entry("generate"), count, callback ? 1 : limit);
    return generateCompiled(loaded, generateSizes, rows, task, strategy, shifted);
  }
  int64_t width = strategy.kind == StrategyKind::Beam ? strategy.beamWidth : 1;
  auto decoder = ModelDecoder::create(loaded, findSizes(*decode, count * width, 0), rows);
  if (!decoder)
    return decoder.takeError();
  return generateTokens(**decoder, task, strategy, shifted);
}

llvm::Expected<std::vector<GeneratedTokens>>
ModelGeneration::runParts(int64_t parts, const TokenCallback &callback) const {
  if (parts <= 1)
    return runPart(0, batch, callback);
  std::mutex mutex;
  TokenCallback guarded;
  if (callback)
    guarded = [&](int64_t example, int32_t before, int32_t token) {
      std::lock_guard<std::mutex> lock(mutex);
      callback(example, before, token);
    };
  std::vector<std::optional<llvm::Expected<std::vector<GeneratedTokens>>>> results(parts);
  doOnThreads(parts, [&](size_t part) {
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

llvm::Expected<std::vector<GeneratedTokens>>
ModelGeneration::run(const NamedTensors &inputs, unsigned threads, const TokenCallback &callback) {
  if (llvm::Error error = findEntries())
    return std::move(error);
  llvm::Expected<int64_t> vocabularySize = checkDecodeEntry(*decode, generation);
  if (!vocabularySize)
    return vocabularySize.takeError();
  llvm::Expected<int64_t> mostTokens = findLimit(generation, settings);
  if (!mostTokens)
    return mostTokens.takeError();
  limit = *mostTokens;
  if (llvm::Error error = runBefore(inputs, threads))
    return std::move(error);
  if (llvm::Error error = checkStrategy(settings.strategy, batch, *vocabularySize))
    return std::move(error);
  if (llvm::Error error = takePrompts())
    return std::move(error);
  if (batch == 0)
    return std::vector<GeneratedTokens>();
  int64_t parts = std::min<int64_t>({batch, mostThreads, std::max(threads, 1u)});
  return runParts(parts, callback);
}

llvm::Expected<std::vector<GeneratedTokens>>
Session::generate(const NamedTensors &inputs, const GenerationSettings &settings, unsigned threads,
                  const TokenCallback &callback) const {
  const std::optional<Generation> &generation = getInterface().generation;
  if (!generation)
    return makeError("`" + getInterface().name + "` makes no tokens: its result is no `generate`");
  return ModelGeneration(*this, *implementation->loaded, *generation, settings)
      .run(inputs, threads, callback);
}
