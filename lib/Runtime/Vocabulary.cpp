//===- Vocabulary.cpp - Texts as tokens and back -----------------*- C++ -*-===//
//
// Finds the tokens of characters, bytes and words, and spells tokens. Merged pieces are in
// PieceMerger.cpp, files in VocabularyReader.cpp.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Vocabulary.h"
#include "Error.h"
#include "Utf8.h"
#include "VocabularyParts.h"

using namespace gatefold;

static constexpr llvm::StringLiteral whiteSpace = " \t\n\v\f\r";

int64_t Vocabulary::size() const {
  return kind == VocabularyKind::Bytes ? 256 : static_cast<int64_t>(texts.size());
}

std::optional<int32_t> Vocabulary::lookup(llvm::StringRef token) const {
  if (kind == VocabularyKind::Bytes)
    return token.size() == 1 ? std::optional<int32_t>(static_cast<uint8_t>(token[0]))
                             : std::nullopt;
  std::optional<int32_t> found = find(token);
  if (!found && kind == VocabularyKind::Pieces)
    found = find(("\n" + token + "\n").str());
  return found;
}

std::optional<int32_t> Vocabulary::find(llvm::StringRef text) const {
  auto place = numbers.find(text);
  return place == numbers.end() ? std::nullopt : std::optional<int32_t>(place->second);
}

llvm::Expected<std::vector<std::string>> gatefold::splitCharacters(llvm::StringRef text) {
  std::vector<std::string> characters;
  for (size_t place = 0; place < text.size(); place += characters.back().size()) {
    llvm::Expected<llvm::StringRef> character = characterAt(text, place);
    if (!character)
      return character.takeError();
    characters.push_back(character->str());
  }
  return characters;
}

//===----------------------------------------------------------------------===//
// Texts to tokens
//===----------------------------------------------------------------------===//

/// The error for a part of the text, a character or a word, that has no token.
static llvm::Error tellUnknown(const Vocabulary &vocabulary, llvm::StringRef text,
                               llvm::StringRef part) {
  return makeError(quoteFound(part) + " (" + describePlace(text, part.data() - text.data()) +
                   " of the text) is not in the vocabulary `" + vocabulary.getName() + "` of " +
                   llvm::Twine(vocabulary.size()) + " tokens");
}

llvm::Expected<std::vector<int32_t>> Vocabulary::encodeCharacters(llvm::StringRef text) const {
  std::optional<int32_t> unknown = find(unknownToken);
  std::vector<int32_t> tokens;
  for (size_t place = 0; place < text.size();) {
    llvm::Expected<llvm::StringRef> character = characterAt(text, place);
    if (!character)
      return character.takeError();
    std::optional<int32_t> token = find(*character);
    if (!token && !unknown)
      return tellUnknown(*this, text, *character);
    tokens.push_back(token ? *token : *unknown);
    place += character->size();
  }
  return tokens;
}

llvm::Expected<std::vector<int32_t>> Vocabulary::encodeWords(llvm::StringRef text) const {
  if (llvm::Error error = checkUtf8(text))
    return std::move(error);
  std::optional<int32_t> unknown = find(unknownToken);
  std::vector<int32_t> tokens;
  for (llvm::StringRef rest = text.ltrim(whiteSpace); !rest.empty();
       rest = rest.ltrim(whiteSpace)) {
    llvm::StringRef word = rest.take_front(rest.find_first_of(whiteSpace));
    std::optional<int32_t> token = find(word);
    if (!token && !unknown)
      return tellUnknown(*this, text, word);
    tokens.push_back(token ? *token : *unknown);
    rest = rest.drop_front(word.size());
  }
  return tokens;
}

llvm::Expected<std::vector<int32_t>> Vocabulary::encode(llvm::StringRef text) const {
  switch (kind) {
  case VocabularyKind::Characters:
    return encodeCharacters(text);
  case VocabularyKind::Bytes: {
    llvm::ArrayRef<uint8_t> bytes = llvm::arrayRefFromStringRef(text);
    return std::vector<int32_t>(bytes.begin(), bytes.end());
  }
  case VocabularyKind::List:
    return encodeWords(text);
  case VocabularyKind::Pieces:
    return encodePieces(text);
  }
  llvm_unreachable("all kinds are listed");
}

//===----------------------------------------------------------------------===//
// Tokens to texts
//===----------------------------------------------------------------------===//

/// The byte that a piece `<0xNN>` stands for.
static std::optional<char> parseBytePiece(llvm::StringRef piece) {
  unsigned byte;
  if (piece.size() != 6 || !piece.consume_front("<0x") || !piece.consume_back(">") ||
      !llvm::isHexDigit(piece[0]) || piece.getAsInteger(16, byte))
    return std::nullopt;
  return static_cast<char>(byte);
}

llvm::Expected<llvm::StringRef> TextPrinter::next(int32_t token) {
  if (token < 0 || token >= vocabulary.size())
    return makeError("token " + llvm::Twine(token) + " is outside the vocabulary `" +
                     vocabulary.getName() + "` of " + llvm::Twine(vocabulary.size()) + " tokens");
  switch (vocabulary.kind) {
  case VocabularyKind::Characters:
    bytes = vocabulary.texts[token];
    break;
  case VocabularyKind::Bytes:
    bytes = static_cast<char>(token);
    break;
  case VocabularyKind::List:
    bytes = (isFirst ? "" : " ") + vocabulary.texts[token];
    break;
  case VocabularyKind::Pieces: {
    llvm::StringRef piece = vocabulary.texts[token];
    if (before == beginningPiece)
      piece.consume_front(" ");
    std::optional<char> byte = parseBytePiece(piece);
    bytes = byte ? std::string(1, *byte) : piece.str();
    break;
  }
  }
  isFirst = false;
  before = token;
  return bytes;
}

llvm::Expected<std::string> Vocabulary::decode(llvm::ArrayRef<int32_t> tokens,
                                               std::optional<int32_t> before) const {
  TextPrinter printer(*this, before);
  std::string text;
  for (int32_t token : tokens) {
    llvm::Expected<llvm::StringRef> added = printer.next(token);
    if (!added)
      return added.takeError();
    text += *added;
  }
  return text;
}
