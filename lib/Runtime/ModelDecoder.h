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
  /// rows, as many as their first axes say. `sizes` are those of `decode`, for `mostRows` rows.
  static llvm::Expected<std::unique_ptr<ModelDecoder>>
  create(const LoadedModel &loaded, llvm::ArrayRef<int64_t> sizes, const NamedTensors &start);

  int64_t getMostRows() const override { return mostRows; }
  int64_t getVocabularySize() const override { return vocabularySize; }
  llvm::Expected<llvm::ArrayRef<float>> step(llvm::ArrayRef<int32_t> tokens) override;
  void reorder(llvm::ArrayRef<int64_t> sources) override;

private:
  /// What rows keep between steps: an input or a memory.
  struct Slot {
    size_t argument;
    std::optional<size_t> nextArgument; // the result of a memory
    int64_t bytesPerRow;
    Tensor current, spare; // [mostRows, ...]
  };

  explicit ModelDecoder(EntryCall call) : call(std::move(call)) {}
  llvm::Error connect(const LoadedModel &loaded, const NamedTensors &start);
  llvm::Error connectSlot(size_t argument, const NamedTensors &start);
  void place(Slot &slot);
  void reorderSlot(Slot &slot, llvm::ArrayRef<int64_t> sources);

  EntryCall call;
  int64_t mostRows = 0, vocabularySize = 0;
  Tensor tokens, scores; // i32 [mostRows], f32 [mostRows, vocabularySize]
  std::vector<Slot> memories;
  std::vector<Slot> inputs;    // differ between examples only
  std::vector<int64_t> origin; // of each row: the row it was before the first step
  std::vector<int64_t> spareOrigin;
};

/// The vocabulary's size by the scores of the entry `decode`, after a check of its ports.
llvm::Expected<int64_t> checkDecodeEntry(const EntryInterface &decode,
                                         const Generation &generation);

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_MODELDECODER_H
