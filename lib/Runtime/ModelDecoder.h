//===- ModelDecoder.h - A compiled decoder -----------------------*- C++ -*-===//
//
// The entry `decode` of a compiled model as a decoder: rows of memories and of inputs that are the
// same at every step.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_MODELDECODER_H
#define GATEFOLD_LIB_RUNTIME_MODELDECODER_H

#include "LoadedModel.h"

namespace gatefold {

/// Rows of the entry `decode`. All memory is allocated when it is made.
class ModelDecoder : public Decoder {
public:
  /// `start` holds the values of the inputs (but the token) and memories, by name, for the first
  /// rows, as many as their first axes say, after `numRead` tokens. `sizes` are those of `decode`,
  /// for `mostRows` rows.
  static llvm::Expected<std::unique_ptr<ModelDecoder>> create(const LoadedModel &loaded,
                                                              llvm::ArrayRef<int64_t> sizes,
                                                              const NamedTensors &start,
                                                              int64_t numRead);

  int64_t getMostRows() const override { return mostRows; }
  int64_t getVocabularySize() const override { return vocabularySize; }
  llvm::Expected<llvm::ArrayRef<float>> step(llvm::ArrayRef<int32_t> tokens) override;
  void reorder(llvm::ArrayRef<int64_t> sources) override;

  /// Adds a row that has read as many tokens as the others; the values of `start` have one row.
  /// There must be room for it.
  llvm::Error append(const NamedTensors &start);

  /// The inputs and memories of the rows that there are.
  NamedTensors getRows() const;

  int64_t countRows() const { return static_cast<int64_t>(origin.size()); }
  int64_t countRead() const { return numRead; }

  /// From now on steps use up to `most` threads, as EntryCall::setThreads says.
  void setThreads(unsigned most, std::shared_ptr<TeamMemory> memory) {
    call.setThreads(most, std::move(memory));
  }

private:
  /// What rows keep between steps: an input or a memory.
  struct Slot {
    size_t argument;
    std::optional<size_t> nextArgument; // the result of a memory
    int64_t bytesPerRow;
    int64_t bytesPerToken; // of a history, which fills up token by token; otherwise 0
    Tensor current, spare; // [mostRows, ...]
  };

  explicit ModelDecoder(EntryCall call) : call(std::move(call)) {}
  llvm::Error connect(const LoadedModel &loaded, const NamedTensors &start);
  llvm::Error connectSlot(size_t argument, const NamedTensors &start);
  llvm::Expected<const Tensor *> findStart(size_t argument, const NamedTensors &start) const;
  void place(Slot &slot);
  void reorderSlot(Slot &slot, llvm::ArrayRef<int64_t> sources, bool inPlace);

  EntryCall call;
  int64_t mostRows = 0, vocabularySize = 0;
  int64_t numRead = 0;   // tokens of each row
  Tensor tokens, scores; // i32 [mostRows], f32 [mostRows, vocabularySize]
  std::vector<Slot> memories;
  std::vector<Slot> inputs;    // differ between examples only
  std::vector<int64_t> origin; // of each row: the number of the row it was when it came
  std::vector<int64_t> spareOrigin;
  int64_t nextOrigin = 0;
};

/// The vocabulary's size by the scores of the entry `decode`, after a check of its ports.
llvm::Expected<int64_t> checkDecodeEntry(const EntryInterface &decode,
                                         const Generation &generation);

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_MODELDECODER_H
