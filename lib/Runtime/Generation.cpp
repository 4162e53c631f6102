//===- Generation.cpp - Tokens made one after the other ----------*- C++ -*-===//
//
// Checks a task and runs the loop of its strategy.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Generation.h"
#include "Error.h"
#include "GenerationLoop.h"

using namespace gatefold;

void GenerationLoop::reorder(llvm::ArrayRef<int64_t> sources, size_t rows) const {
  bool isSame = sources.size() == rows;
  for (size_t row = 0; isSame && row < rows; ++row)
    isSame = sources[row] == static_cast<int64_t>(row);
  if (!isSame && !sources.empty())
    decoder.reorder(sources);
}

llvm::Error gatefold::tellScores(llvm::Error error, int64_t examples, int64_t example,
                                 int64_t made) {
  std::string place = "token " + std::to_string(made + 1);
  if (examples > 1)
    place += " of example " + std::to_string(example);
  return makeError(place + " cannot be chosen: " + llvm::toString(std::move(error)));
}

llvm::Expected<std::vector<GeneratedTokens>>
gatefold::generateTokens(Decoder &decoder, const GenerationTask &task, const Strategy &strategy,
                         const TokenCallback &callback) {
  GenerationLoop loop = {decoder, task, strategy, callback};
  int64_t examples = loop.countExamples();
  if (llvm::Error error = checkStrategy(strategy, examples, decoder.getVocabularySize()))
    return std::move(error);
  if (task.limit < 0 || task.limit > mostGeneratedTokens)
    return makeError("the limit is " + llvm::Twine(task.limit) + " tokens, expected 0 to " +
                     llvm::Twine(mostGeneratedTokens));
  for (const std::vector<int32_t> &prompt : task.prompts)
    if (task.numRead < 0 || task.numRead > static_cast<int64_t>(prompt.size()))
      return makeError("the decoder has read " + llvm::Twine(task.numRead) +
                       " tokens, expected 0 to " + llvm::Twine(prompt.size()) +
                       ", so that one is left to begin with");
  bool isBeam = strategy.kind == StrategyKind::Beam;
  int64_t rows = examples * (isBeam ? strategy.beamWidth : 1);
  if (decoder.getMostRows() < rows)
    return makeError("the decoder has " + llvm::Twine(decoder.getMostRows()) +
                     " rows, but generation takes " + llvm::Twine(rows));
  if (task.limit == 0 || examples == 0) {
    std::vector<GeneratedTokens> results(examples);
    for (auto [example, result] : llvm::enumerate(results))
      result.before = loop.findBefore(static_cast<int64_t>(example));
    return results;
  }
  return isBeam ? generateByBeam(loop) : generateByRow(loop);
}
