//===- RunGeneration.h - Models that make tokens -----------------*- C++ -*-===//
//
// The options of generation, and a run of a model that makes tokens one after the other.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_RUNGENERATION_H
#define GATEFOLD_TOOLS_GATEFOLD_RUNGENERATION_H

#include "RunTexts.h"
#include "gatefold/Runtime/Session.h"

namespace gatefold {

/// What the command line says about generation, as text; empty where it says nothing.
struct GenerationOptions {
  std::string strategy, beamWidth, lengthPenalty, temperature, topK, topP, seed, limit;
  bool stream = false;

  /// The first option that was given, "--limit"; empty if none was.
  llvm::StringRef firstGiven() const;
};

/// Adds --strategy, its settings, --limit and --stream.
void addGenerationOptions(CLI::App &app, GenerationOptions &options);

/// The strategy and the limit. Errors: what is no number, and settings of another strategy.
llvm::Expected<GenerationSettings> parseGeneration(const GenerationOptions &options);

/// The entry `sequence` as a user of the model sees it: what makes tokens has them as its only
/// output, and for a batch their numbers, NAME.lengths.
EntryInterface describeEntry(const ModelInterface &model);

/// Makes the tokens of all examples and tells the callback of each.
using TokenMaker = llvm::function_ref<llvm::Expected<std::vector<GeneratedTokens>>(
    const GenerationSettings &settings, const TokenCallback &callback)>;

/// The outputs of a generation.
struct GenerationOutputs {
  NamedTensors tensors;                     ///< the tokens, padded with 0 in a batch
  OutputTexts texts;                        ///< where they have a vocabulary
  std::vector<std::vector<int32_t>> tokens; ///< of each example
};

/// Lets `make` make tokens for `inputs`; with `stream`, prints them on stdout as they are made, and
/// a newline. The settings get the first and the end token of the model.
llvm::Expected<GenerationOutputs> runGeneration(const ModelInterface &model,
                                                RunVocabularies &vocabularies,
                                                GenerationSettings settings,
                                                const NamedTensors &inputs, bool stream,
                                                TokenMaker make);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_RUNGENERATION_H
