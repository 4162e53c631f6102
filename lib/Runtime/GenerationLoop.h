//===- GenerationLoop.h - The loops of the strategies ------------*- C++ -*-===//
//
// What the strategies' loops over a decoder share.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_GENERATIONLOOP_H
#define GATEFOLD_LIB_RUNTIME_GENERATIONLOOP_H

#include "gatefold/Runtime/Generation.h"

namespace gatefold {

/// The token in front of an example's result.
inline int32_t findBefore(const GenerationTask &task, int64_t example) {
  return task.prompts[example].empty() ? task.first : task.prompts[example].back();
}

/// Token number `place` of what an example begins with: the first token and its prompt.
inline int32_t findGiven(const GenerationTask &task, int64_t example, int64_t place) {
  return place == 0 ? task.first : task.prompts[example][place - 1];
}

/// Says for which token of which of several examples the scores are not fit to choose from, `made`
/// being the number of tokens before it.
llvm::Error tellScores(llvm::Error error, int64_t examples, int64_t example, int64_t made);

/// What a loop works on; checked, and the limit is not 0.
struct GenerationLoop {
  Decoder &decoder;
  const GenerationTask &task;
  const Strategy &strategy;
  const TokenCallback &callback;

  int64_t countExamples() const { return static_cast<int64_t>(task.prompts.size()); }

  /// The token in front of an example's result.
  int32_t findBefore(int64_t example) const { return gatefold::findBefore(task, example); }

  /// Tells a token that was made.
  void report(int64_t example, int32_t before, int32_t token) const {
    if (callback)
      callback(example, before, token);
  }

  /// Takes the decoder's rows from `sources`, if that changes them.
  void reorder(llvm::ArrayRef<int64_t> sources, size_t rows) const;

  /// Says for which token of which example the scores are not fit to choose from.
  llvm::Error tellScores(llvm::Error error, int64_t example, int64_t made) const {
    return gatefold::tellScores(std::move(error), countExamples(), example, made);
  }
};

/// Greedy and sample: one row for each example.
llvm::Expected<std::vector<GeneratedTokens>> generateByRow(const GenerationLoop &loop);

/// Beam: up to `beamWidth` rows for each example, in the order of the examples.
llvm::Expected<std::vector<GeneratedTokens>> generateByBeam(const GenerationLoop &loop);

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_GENERATIONLOOP_H
