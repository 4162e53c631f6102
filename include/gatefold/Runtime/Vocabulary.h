//===- Vocabulary.h - Texts as tokens and back -------------------*- C++ -*-===//
//
// A vocabulary numbers the pieces that texts are made of: characters, bytes, words, or merged
// pieces of words. It turns a text into the tokens that a model takes, and a model's tokens into a
// text, as a whole or while they are made.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_VOCABULARY_H
#define GATEFOLD_RUNTIME_VOCABULARY_H

#include "gatefold/Runtime/InputFile.h"
#include "gatefold/Runtime/ModelInterface.h"
#include "llvm/ADT/StringMap.h"

namespace gatefold {

/// The tokens of a vocabulary, immutable. A token `<unk>` of characters or of a list stands for
/// whatever the vocabulary does not know; without one, that is an error.
class Vocabulary {
public:
  /// The vocabulary that `spec` writes out or whose file it names.
  ///
  /// - characters: a .json file: an array of tokens, or an object that numbers them, {"a": 0}, in
  ///   whatever order. Tokens of several characters never come from a text.
  /// - list: the same, or any other file with one token on each line.
  /// - pieces: the tokenizer of llama2.c: an i32, the longest piece's bytes; then for each token
  /// its
  ///   f32 score, its i32 number of bytes and these.
  ///
  /// All numbers are little-endian. Errors name the file and the place in it: what cannot be read,
  /// is cut off, numbers a token twice, or is larger than 2^20 tokens.
  static llvm::Expected<Vocabulary> load(const VocabularySpec &spec);

  /// As `load` of a specification that names a file, from contents already there.
  static llvm::Expected<Vocabulary> parse(const VocabularySpec &spec, const InputFile &file);

  llvm::StringRef getName() const { return name; }
  VocabularyKind getKind() const { return kind; }

  /// One more than the largest token.
  int64_t size() const;

  /// The token that is spelled so; of pieces, "<s>" also finds the llama2.c spelling "\n<s>\n".
  std::optional<int32_t> lookup(llvm::StringRef token) const;

  /// The tokens of a text. Errors name the place in the text: bytes that are no UTF-8 (bytes take
  /// them all), and what the vocabulary does not know. Pieces give no token for the beginning of
  /// the text. Time grows with the length of the text by its logarithm at most.
  llvm::Expected<std::vector<int32_t>> encode(llvm::StringRef text) const;

  /// The text of tokens; `before` is the token before them, if there is one. Words stand with a
  /// space between them; a piece behind the token 1, the beginning of a text, loses one space in
  /// front. A token outside the vocabulary is an error.
  llvm::Expected<std::string> decode(llvm::ArrayRef<int32_t> tokens,
                                     std::optional<int32_t> before = std::nullopt) const;

private:
  friend class VocabularyReader;
  friend class TextPrinter;
  friend class PieceMerger;

  Vocabulary() = default;
  std::optional<int32_t> find(llvm::StringRef text) const;
  llvm::Expected<std::vector<int32_t>> encodeCharacters(llvm::StringRef text) const;
  llvm::Expected<std::vector<int32_t>> encodeWords(llvm::StringRef text) const;
  llvm::Expected<std::vector<int32_t>> encodePieces(llvm::StringRef text) const;

  std::string name;
  VocabularyKind kind = VocabularyKind::Bytes;
  std::vector<std::string> texts;   // by token; none for bytes
  std::vector<float> scores;        // by token, of pieces
  llvm::StringMap<int32_t> numbers; // of the texts that are not empty; the first of equal ones
  size_t longest = 0;               // bytes of the longest text
};

/// The characters of a UTF-8 text, one string each; an error names the byte that is none.
llvm::Expected<std::vector<std::string>> splitCharacters(llvm::StringRef text);

/// Turns tokens into text one after the other.
class TextPrinter {
public:
  /// The vocabulary must outlive the printer; `before` as for Vocabulary::decode.
  explicit TextPrinter(const Vocabulary &vocabulary, std::optional<int32_t> before = std::nullopt)
      : vocabulary(vocabulary), before(before) {}

  /// The bytes that the next token adds, valid until the next call. They may end within a
  /// character, which a later token then completes.
  llvm::Expected<llvm::StringRef> next(int32_t token);

private:
  const Vocabulary &vocabulary;
  std::optional<int32_t> before;
  bool isFirst = true;
  std::string bytes;
};

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_VOCABULARY_H
