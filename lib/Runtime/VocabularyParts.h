//===- VocabularyParts.h - What vocabularies agree on ------------*- C++ -*-===//
//
// Tokens with a meaning of their own.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_VOCABULARYPARTS_H
#define GATEFOLD_LIB_RUNTIME_VOCABULARYPARTS_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace gatefold {

/// The token of characters and lists that stands for what they do not know.
inline constexpr llvm::StringLiteral unknownToken = "<unk>";

/// The piece that begins a text, in every tokenizer of llama2.c.
inline constexpr int32_t beginningPiece = 1;

/// The piece of byte 0; the other bytes follow it.
inline constexpr int32_t firstBytePiece = 3;

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_VOCABULARYPARTS_H
