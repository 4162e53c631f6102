//===- QueriesTokens.h - The tokens around a place -----------------*- C++ -*-===//
//
// A text as tokens, which any text has, and how to find one's way in them.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_QUERIESTOKENS_H
#define GATEFOLD_LIB_LANGUAGE_QUERIESTOKENS_H

#include "gatefold/Language/Lexer.h"
#include <optional>
#include <vector>

namespace gatefold::queries {

/// The tokens of one buffer without the end of the file; none if the buffer is no text.
class Tokens {
public:
  explicit Tokens(llvm::StringRef buffer);

  size_t size() const { return tokens.size(); }
  /// The token `index`; beyond either end, a token of the kind EndOfFile.
  const Token &operator[](size_t index) const;

  /// The token that a cursor at `place` touches; of two, the one that is a word.
  std::optional<size_t> at(const char *place) const;
  /// How many tokens end at or before `place`.
  size_t countBefore(const char *place) const;
  /// Whether `place` is inside a comment or a string.
  bool isInProse(const char *place) const;
  /// The bracket, `(` or `[`, that is open in front of the token `index`.
  std::optional<size_t> openerOf(size_t index) const;
  /// The partner of the closing bracket `index`, or `index` itself if there is none.
  size_t partnerOf(size_t index) const;
  /// Whether the token `index` begins a statement or declaration.
  bool beginsStatement(size_t index) const;

private:
  bool interrupts(size_t index) const;

  llvm::StringRef buffer;
  std::vector<Token> tokens;
};

} // namespace gatefold::queries

#endif // GATEFOLD_LIB_LANGUAGE_QUERIESTOKENS_H
