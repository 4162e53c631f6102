//===- RunGeneration.cpp - Models that make tokens ---------------*- C++ -*-===//
//
// Reads the options of generation, and runs a model that makes tokens one after the other.
//
//===----------------------------------------------------------------------===//

#include "RunGeneration.h"
#include "CommandLine.h"
#include "gatefold/Runtime/Error.h"
#include "llvm/ADT/StringExtras.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

namespace {
/// An option of generation.
struct OptionRow {
  const char *name;
  std::string GenerationOptions::*text;
  const char *value; ///< as the help shows it
  const char *description;
  std::optional<StrategyKind> strategy; ///< the one that it is for
};
} // namespace

static const OptionRow optionRows[] = {
    {"--strategy", &GenerationOptions::strategy, "greedy|beam|sample",
     "How models that make tokens choose the next one (default: greedy)", std::nullopt},
    {"--limit", &GenerationOptions::limit, "N", "The most tokens to make", std::nullopt},
    {"--beam-width", &GenerationOptions::beamWidth, "K",
     "beam: how many sequences grow side by side (default: 4)", StrategyKind::Beam},
    {"--length-penalty", &GenerationOptions::lengthPenalty, "A",
     "beam: more than 0 favours longer results (default: 0)", StrategyKind::Beam},
    {"--temperature", &GenerationOptions::temperature, "T",
     "sample: less than 1 favours the better tokens (default: 1)", StrategyKind::Sample},
    {"--top-k", &GenerationOptions::topK, "K", "sample: only the K best tokens",
     StrategyKind::Sample},
    {"--top-p", &GenerationOptions::topP, "P",
     "sample: only the best tokens that have the probability P together", StrategyKind::Sample},
    {"--seed", &GenerationOptions::seed, "N[,N...]",
     "sample: equal seeds make equal choices; one, or one for each example (default: 0)",
     StrategyKind::Sample},
};

llvm::StringRef GenerationOptions::firstGiven() const {
  for (const OptionRow &row : optionRows)
    if (!(this->*row.text).empty())
      return row.name;
  return stream ? "--stream" : "";
}

void gatefold::addGenerationOptions(CLI::App &app, GenerationOptions &options) {
  for (const OptionRow &row : optionRows)
    app.add_option(row.name, options.*row.text, row.description)->option_text(row.value);
  app.add_flag("--stream", options.stream, "Print tokens as they are made");
}

/// Reads the text of an option as a number of type T, if there is one.
template <typename T>
static llvm::Error parseNumber(llvm::StringRef name, llvm::StringRef text, T &number) {
  if (text.empty())
    return llvm::Error::success();
  bool isNumber = false;
  if constexpr (std::is_floating_point_v<T>)
    isNumber = llvm::to_float(text, number);
  else
    isNumber = llvm::to_integer(text, number, /*Base=*/10);
  if (isNumber)
    return llvm::Error::success();
  return makeUsageError("expected " + name + " with a " +
                        (std::is_floating_point_v<T> ? "" : "whole ") + "number, found `" + text +
                        "`");
}

static llvm::Error parseSeeds(llvm::StringRef text, std::vector<uint64_t> &seeds) {
  if (text.empty())
    return llvm::Error::success();
  seeds.clear();
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, ',');
  for (llvm::StringRef part : parts) {
    uint64_t seed;
    if (!llvm::to_integer(part, seed, /*Base=*/10))
      return makeUsageError("expected --seed with whole numbers that are not negative, found `" +
                            text + "`");
    seeds.push_back(seed);
  }
  return llvm::Error::success();
}

/// An error for a setting of a strategy that was not chosen.
static llvm::Error checkSettings(const GenerationOptions &options, StrategyKind chosen) {
  for (const OptionRow &row : optionRows)
    if (row.strategy && *row.strategy != chosen && !(options.*row.text).empty())
      return makeUsageError(llvm::Twine(row.name) +
                            " is for --strategy=" + strategyKindName(*row.strategy) +
                            ", but the strategy is " + strategyKindName(chosen));
  return llvm::Error::success();
}

llvm::Expected<GenerationSettings> gatefold::parseGeneration(const GenerationOptions &options) {
  GenerationSettings settings;
  Strategy &strategy = settings.strategy;
  if (!options.strategy.empty()) {
    llvm::Expected<StrategyKind> kind = parseStrategyKind(options.strategy);
    if (!kind)
      return makeUsageError(llvm::toString(kind.takeError()));
    strategy.kind = *kind;
  }
  int64_t limit = 0;
  llvm::Error errors = checkSettings(options, strategy.kind);
  auto keep = [&](llvm::Error error) {
    errors = llvm::joinErrors(std::move(errors), std::move(error));
  };
  keep(parseNumber("--beam-width", options.beamWidth, strategy.beamWidth));
  keep(parseNumber("--length-penalty", options.lengthPenalty, strategy.lengthPenalty));
  keep(parseNumber("--temperature", options.temperature, strategy.temperature));
  keep(parseNumber("--top-k", options.topK, strategy.topK));
  keep(parseNumber("--top-p", options.topP, strategy.topP));
  keep(parseNumber("--limit", options.limit, limit));
  keep(parseSeeds(options.seed, strategy.seeds));
  if (errors)
    return std::move(errors);
  if (!options.limit.empty())
    settings.limit = limit;
  return settings;
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

/// The name of the output with the number of tokens of each example.
static std::string lengthsName(const Generation &generation) {
  return generation.output + ".lengths";
}

EntryInterface gatefold::describeEntry(const ModelInterface &model) {
  EntryInterface entry = *model.entry("sequence");
  if (!model.generation)
    return entry;
  llvm::erase_if(entry.arguments, [](const Port &port) { return port.kind == PortKind::Output; });
  Dimension batch = {"batch", -1};
  entry.arguments.push_back({PortKind::Output,
                             model.generation->output,
                             ElementType::I32,
                             {batch, {"tokens", -1}},
                             model.generation->vocabulary});
  entry.arguments.push_back(
      {PortKind::Output, lengthsName(*model.generation), ElementType::I64, {batch}});
  return entry;
}

namespace {
/// Prints tokens on stdout as they come.
class StreamPrinter {
public:
  /// `vocabulary` is null for plain numbers.
  explicit StreamPrinter(const Vocabulary *vocabulary) : vocabulary(vocabulary) {}

  void print(int32_t before, int32_t token) {
    if (!vocabulary) {
      llvm::outs() << (isFirst ? "" : " ") << token;
    } else {
      if (isFirst)
        printer.emplace(*vocabulary, before);
      if (llvm::Expected<llvm::StringRef> bytes = printer->next(token))
        llvm::outs() << *bytes;
      else
        llvm::consumeError(bytes.takeError()); // told when the whole result is turned into text
    }
    isFirst = false;
    llvm::outs().flush();
  }

private:
  const Vocabulary *vocabulary;
  std::optional<TextPrinter> printer;
  bool isFirst = true;
};
} // namespace

/// The results as tensors: [tokens], or for a batch [batch, tokens] with the lengths.
static NamedTensors makeTensors(const Generation &generation, bool batched,
                                llvm::ArrayRef<GeneratedTokens> results) {
  std::vector<std::vector<int32_t>> tokens;
  std::vector<int64_t> lengths;
  for (const GeneratedTokens &result : results) {
    tokens.push_back(result.tokens);
    lengths.push_back(static_cast<int64_t>(result.tokens.size()));
  }
  Tensor padded = padTokens(tokens);
  NamedTensors tensors;
  if (!batched) {
    tensors.set(generation.output, llvm::cantFail(padded.withShape(padded.shape().drop_front())));
    return tensors;
  }
  tensors.set(generation.output, std::move(padded));
  tensors.set(
      lengthsName(generation),
      Tensor::copyOf<int64_t>(ElementType::I64, {static_cast<int64_t>(lengths.size())}, lengths));
  return tensors;
}

llvm::Expected<GenerationOutputs> gatefold::runGeneration(const ModelInterface &model,
                                                          RunVocabularies &vocabularies,
                                                          GenerationSettings settings,
                                                          const NamedTensors &inputs, bool stream,
                                                          TokenMaker make) {
  const Generation &generation = *model.generation;
  const Vocabulary *vocabulary = nullptr;
  if (!generation.vocabulary.empty()) {
    llvm::Expected<const Vocabulary *> found = vocabularies.find(generation.vocabulary);
    if (!found)
      return found.takeError();
    vocabulary = *found;
  }
  llvm::Expected<GenerationSettings> ofModel = makeGenerationSettings(generation, vocabulary);
  if (!ofModel)
    return ofModel.takeError();
  settings.first = ofModel->first;
  settings.end = ofModel->end;

  llvm::Expected<BoundInputs> bound = bindInputs(*model.entry("sequence"), inputs);
  if (!bound)
    return bound.takeError();
  if (stream && bound->batched)
    return makeUsageError("--stream is for one example, but the inputs are a batch");
  StreamPrinter printer(vocabulary);
  TokenCallback callback;
  if (stream)
    callback = [&](int64_t, int32_t before, int32_t token) { printer.print(before, token); };
  auto results = make(settings, callback);
  if (stream)
    llvm::outs() << '\n';
  if (!results)
    return results.takeError();

  GenerationOutputs outputs = {makeTensors(generation, bound->batched, *results), {}, {}};
  for (const GeneratedTokens &result : *results) {
    outputs.tokens.push_back(result.tokens);
    if (!vocabulary)
      continue;
    llvm::Expected<std::string> text = vocabulary->decode(result.tokens, result.before);
    if (!text)
      return makeError("output `" + generation.output + "`: " + llvm::toString(text.takeError()));
    outputs.texts[generation.output].push_back(std::move(*text));
  }
  return outputs;
}
