//===- VocabularyReader.cpp - Vocabularies from files ------------*- C++ -*-===//
//
// Reads JSON, lists of lines and the tokenizers of llama2.c. Whatever is in a file, the result is a
// vocabulary or a message.
//
//===----------------------------------------------------------------------===//

#include "Error.h"
#include "Utf8.h"
#include "gatefold/Runtime/Json.h"
#include "gatefold/Runtime/Vocabulary.h"
#include "llvm/Support/Endian.h"
#include <cmath>

namespace gatefold {

/// The most tokens of a vocabulary.
static constexpr size_t mostTokens = size_t(1) << 20;

/// Makes one vocabulary.
class VocabularyReader {
public:
  /// `contents` are those of the file that `spec` names; null: they are read.
  explicit VocabularyReader(const VocabularySpec &spec, InputFile contents = nullptr)
      : spec(spec), contents(std::move(contents)) {
    vocabulary.name = spec.name;
    vocabulary.kind = spec.kind;
  }

  llvm::Expected<Vocabulary> read();

private:
  llvm::Error readFile();
  llvm::Error readJson(const InputFile &file, llvm::StringRef key);
  llvm::Error addArray(const llvm::json::Array &tokens);
  llvm::Error addObject(const llvm::json::Object &tokens);
  llvm::Error readLines(const InputFile &file);
  llvm::Error readPieces(llvm::StringRef bytes);
  llvm::Error index();

  const VocabularySpec &spec;
  InputFile contents;
  Vocabulary vocabulary;
};

llvm::Expected<Vocabulary> VocabularyReader::read() {
  if (spec.kind != VocabularyKind::Bytes) {
    if (spec.file.empty() && spec.kind != VocabularyKind::Pieces)
      vocabulary.texts = spec.tokens;
    else if (llvm::Error error = readFile())
      return std::move(error);
    if (llvm::Error error = index())
      return makeError((spec.file.empty() ? "" : spec.file + ": ") + "vocabulary `" + spec.name +
                       "`: " + llvm::toString(std::move(error)));
  }
  return std::move(vocabulary);
}

/// Numbers the texts.
llvm::Error VocabularyReader::index() {
  if (vocabulary.texts.empty())
    return makeError("expected at least one token, found none");
  if (vocabulary.texts.size() > mostTokens)
    return makeError("expected at most " + llvm::Twine(mostTokens) + " tokens, found " +
                     llvm::Twine(vocabulary.texts.size()));
  for (auto [token, text] : llvm::enumerate(vocabulary.texts)) {
    if (text.empty())
      continue;
    auto [place, isNew] = vocabulary.numbers.try_emplace(text, static_cast<int32_t>(token));
    if (!isNew && spec.kind != VocabularyKind::Pieces)
      return makeError("tokens " + llvm::Twine(place->second) + " and " + llvm::Twine(token) +
                       " are both " + quoteFound(text));
    vocabulary.longest = std::max(vocabulary.longest, text.size());
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

llvm::Error VocabularyReader::addArray(const llvm::json::Array &tokens) {
  for (const auto &[token, value] : llvm::enumerate(tokens)) {
    std::optional<llvm::StringRef> text = value.getAsString();
    if (!text)
      return makeError("expected a string for token " + llvm::Twine(token));
    vocabulary.texts.push_back(text->str());
  }
  return llvm::Error::success();
}

llvm::Error VocabularyReader::addObject(const llvm::json::Object &tokens) {
  std::vector<bool> taken;
  for (const auto &[key, value] : tokens) {
    std::optional<int64_t> token = value.getAsInteger();
    if (!token || *token < 0 || *token >= static_cast<int64_t>(mostTokens))
      return makeError("expected a token from 0 to " + llvm::Twine(mostTokens - 1) + " for " +
                       (key.str().empty() ? "the empty text" : quoteFound(key)));
    size_t place = static_cast<size_t>(*token);
    if (vocabulary.texts.size() <= place) {
      vocabulary.texts.resize(place + 1);
      taken.resize(place + 1);
    }
    if (taken[place])
      return makeError("token " + llvm::Twine(place) + " is given to two texts");
    taken[place] = true;
    vocabulary.texts[place] = key.str();
  }
  return llvm::Error::success();
}

/// The names of an object's members, in backquotes.
static std::string listKeys(const llvm::json::Object &object) {
  std::vector<std::string> keys;
  for (const auto &[key, value] : object)
    keys.push_back("`" + key.str() + "`");
  llvm::sort(keys);
  return llvm::join(keys, ", ");
}

llvm::Error VocabularyReader::readJson(const InputFile &file, llvm::StringRef key) {
  llvm::Expected<llvm::json::Value> json = parseJson(file->getBuffer());
  if (!json)
    return json.takeError();
  const llvm::json::Value *tokens = &*json;
  if (!key.empty()) {
    const llvm::json::Object *object = json->getAsObject();
    tokens = object ? object->get(key) : nullptr;
    if (!tokens)
      return makeError("there is no key `" + key + "`" +
                       (object && object->size() <= 20 && !object->empty()
                            ? "; the keys are " + listKeys(*object)
                            : ""));
  }
  if (const llvm::json::Array *array = tokens->getAsArray())
    return addArray(*array);
  const llvm::json::Object *object = tokens->getAsObject();
  if (!object)
    return makeError("expected an array of tokens or an object that numbers them");
  bool holdsLists = !object->empty() && llvm::all_of(*object, [](const auto &member) {
    return member.second.getAsArray() || member.second.getAsObject();
  });
  if (holdsLists)
    return makeError("holds several vocabularies; choose one as FILE.json:KEY with KEY one of " +
                     listKeys(*object));
  return addObject(*object);
}

//===----------------------------------------------------------------------===//
// Other files
//===----------------------------------------------------------------------===//

llvm::Error VocabularyReader::readLines(const InputFile &file) {
  llvm::StringRef rest = file->getBuffer();
  if (llvm::Error error = checkUtf8(rest))
    return error;
  while (!rest.empty()) {
    auto [line, below] = rest.split('\n');
    line.consume_back("\r");
    if (line.empty())
      return makeError("line " + llvm::Twine(vocabulary.texts.size() + 1) +
                       " is empty, expected one token on each line");
    vocabulary.texts.push_back(line.str());
    rest = below;
  }
  return llvm::Error::success();
}

llvm::Error VocabularyReader::readPieces(llvm::StringRef bytes) {
  constexpr size_t headBytes = 8; // of a token, before its text
  if (bytes.size() < 4)
    return makeError("cut off: expected the i32 of the longest piece's bytes, found " +
                     llvm::Twine(bytes.size()) + " bytes");
  int32_t longest = llvm::support::endian::read32le(bytes.data());
  for (size_t place = 4; place < bytes.size();) {
    std::string where =
        "token " + std::to_string(vocabulary.texts.size()) + " at byte " + std::to_string(place);
    if (bytes.size() - place < headBytes)
      return makeError("cut off in the head of " + where);
    float score = llvm::bit_cast<float>(llvm::support::endian::read32le(bytes.data() + place));
    int32_t length = llvm::support::endian::read32le(bytes.data() + place + 4);
    place += headBytes;
    if (std::isnan(score))
      return makeError("the score of " + where + " is not a number");
    if (length < 0 || length > longest)
      return makeError(where + " has " + llvm::Twine(length) + " bytes, expected 0 to " +
                       llvm::Twine(longest));
    if (bytes.size() - place < static_cast<size_t>(length))
      return makeError("cut off in the text of " + where);
    vocabulary.texts.push_back(bytes.substr(place, length).str());
    vocabulary.scores.push_back(score);
    place += length;
    if (vocabulary.texts.size() > mostTokens)
      break; // told when they are numbered
  }
  return llvm::Error::success();
}

llvm::Error VocabularyReader::readFile() {
  static constexpr llvm::StringLiteral suffix = ".json";
  llvm::StringRef path = spec.file, key;
  if (size_t colon = path.rfind((suffix + ":").str()); colon != llvm::StringRef::npos) {
    key = path.drop_front(colon + suffix.size() + 1);
    path = path.take_front(colon + suffix.size());
  }
  llvm::StringRef kind = vocabularyKindName(spec.kind);
  if (path.empty())
    return makeError("vocabulary `" + spec.name + "`: expected a file with its " + kind);
  if (spec.kind == VocabularyKind::Characters && !path.ends_with(suffix))
    return makeError("vocabulary `" + spec.name +
                     "`: characters are read from a .json file, found `" + path + "`");
  llvm::Expected<InputFile> file =
      contents ? llvm::Expected<InputFile>(contents) : openInputFile(path);
  if (!file)
    return file.takeError();
  llvm::Error error = spec.kind == VocabularyKind::Pieces ? readPieces((*file)->getBuffer())
                      : path.ends_with(suffix)            ? readJson(*file, key)
                                                          : readLines(*file);
  if (!error)
    return error;
  return fileError(*file, "vocabulary `" + spec.name + "`: " + llvm::toString(std::move(error)));
}

llvm::Expected<Vocabulary> Vocabulary::load(const VocabularySpec &spec) {
  return VocabularyReader(spec).read();
}

llvm::Expected<Vocabulary> Vocabulary::parse(const VocabularySpec &spec, const InputFile &file) {
  return VocabularyReader(spec, file).read();
}

} // namespace gatefold
