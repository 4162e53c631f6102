//===- GenerationStart.h - What a generation begins with ---------*- C++ -*-===//
//
// What comes before the decoder is run once, and the prompts are read in one go.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_GENERATIONSTART_H
#define GATEFOLD_LIB_RUNTIME_GENERATIONSTART_H

#include "LoadedModel.h"

namespace gatefold {

/// How the model makes tokens, or an error if it does not.
llvm::Expected<const Generation *> requireGeneration(const LoadedModel &loaded);

/// Where the decoder begins with a batch of examples. The model must outlive it.
class GenerationStart {
public:
  /// Runs the entry `sequence`. Histories get room for the prompt and `limit` tokens, or for
  /// `capacity` tokens, which is an error if it is less.
  static llvm::Expected<GenerationStart> create(const Session &session, const LoadedModel &loaded,
                                                const NamedTensors &inputs, int64_t limit,
                                                std::optional<int64_t> capacity, unsigned threads);

  /// Has the decoder read the first token and the prompts in one go, but for their last token,
  /// whose scores are needed. Nothing is read where the model has no entry for it.
  llvm::Error readPrompts(const LoadedModel &loaded, int32_t first, unsigned threads);

  /// The sizes of `decode`, `prefill` or `generate`: those of `sequence` by name, as many rows, and
  /// the tokens that a call reads, or makes at most.
  std::vector<int64_t> findSizes(const EntryInterface &entry, int64_t rows, int64_t tokens) const;

  const EntryInterface *decode = nullptr;
  int64_t batch = 0;
  int64_t vocabularySize = 0;
  NamedTensors values; // all that the decoder reads but its token
  std::vector<std::vector<int32_t>> prompts;
  int64_t numRead = 0; // of the first token and the prompts, what `values` has read

private:
  GenerationStart() = default;
  llvm::Expected<int64_t> countPrompt(llvm::ArrayRef<int64_t> sizes) const;
  llvm::Error runSequence(const Session &session, const LoadedModel &loaded,
                          const NamedTensors &inputs, int64_t limit,
                          std::optional<int64_t> capacity, unsigned threads);
  void takePrompts();

  const Generation *generation = nullptr;
  const EntryInterface *sequence = nullptr;
  std::vector<int64_t> sizes; // of `sequence`
};

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_GENERATIONSTART_H
