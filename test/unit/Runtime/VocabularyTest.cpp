//===- VocabularyTest.cpp - Texts as tokens and back -------------*- C++ -*-===//
//
// Tests every kind of vocabulary in both directions, the merging of pieces against the plain
// algorithm, and files that are none.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Vocabulary.h"
#include "RuntimeTestHelpers.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include <random>

using namespace gatefold;
using testing::ElementsAre;
using testing::HasSubstr;

static Vocabulary load(const VocabularySpec &spec) {
  return llvm::cantFail(Vocabulary::load(spec));
}

static Vocabulary makeCharacters(llvm::StringRef text) {
  return load({"letters", VocabularyKind::Characters, llvm::cantFail(splitCharacters(text)), ""});
}

static std::vector<int32_t> encode(const Vocabulary &vocabulary, llvm::StringRef text) {
  llvm::Expected<std::vector<int32_t>> tokens = vocabulary.encode(text);
  if (tokens)
    return *tokens;
  ADD_FAILURE() << llvm::toString(tokens.takeError());
  return {};
}

static std::string decode(const Vocabulary &vocabulary, const std::vector<int32_t> &tokens,
                          std::optional<int32_t> before = std::nullopt) {
  return llvm::cantFail(vocabulary.decode(tokens, before));
}

namespace {
/// A piece and its score.
struct Piece {
  std::string text;
  float score = 0;
};
} // namespace

/// The bytes of a tokenizer file of llama2.c.
static std::string makePieceFile(llvm::ArrayRef<Piece> pieces) {
  int32_t longest = 0;
  for (const Piece &piece : pieces)
    longest = std::max<int32_t>(longest, piece.text.size());
  std::string bytes = bytesOf<int32_t>({longest});
  for (const Piece &piece : pieces)
    bytes +=
        bytesOf<float>({piece.score}) + bytesOf<int32_t>({int32_t(piece.text.size())}) + piece.text;
  return bytes;
}

/// The three special pieces, a piece for each byte, and then these.
static std::vector<Piece> withBytes(std::vector<Piece> pieces) {
  std::vector<Piece> all = {{"<unk>"}, {"\n<s>\n"}, {"\n</s>\n"}};
  for (int byte = 0; byte < 256; ++byte)
    all.push_back({"<0x" + llvm::toHex(llvm::StringRef(reinterpret_cast<char *>(&byte), 1)) + ">"});
  all.insert(all.end(), pieces.begin(), pieces.end());
  return all;
}

TEST(Vocabulary, CharactersOfAnyLength) {
  Vocabulary letters = makeCharacters("aé中😀");
  EXPECT_EQ(letters.size(), 4);
  EXPECT_THAT(encode(letters, "中aé😀a"), ElementsAre(2, 0, 1, 3, 0));
  EXPECT_EQ(decode(letters, {3, 2, 2, 0}), "😀中中a");
  EXPECT_THAT(encode(letters, ""), ElementsAre());
  EXPECT_EQ(letters.lookup("é"), 1);
  EXPECT_EQ(letters.lookup("x"), std::nullopt);
}

TEST(Vocabulary, NamesWhatItDoesNotKnow) {
  Vocabulary letters = makeCharacters("aé\n");
  EXPECT_EQ(messageOf(letters.encode("aéx")),
            "`x` (character 3 of the text) is not in the vocabulary `letters` of 3 tokens");
  EXPECT_EQ(messageOf(letters.encode("aé\néZ\n")),
            "`Z` (line 2, character 2 of the text) is not in "
            "the vocabulary `letters` of 3 tokens");
  EXPECT_EQ(messageOf(letters.encode("\té")),
            "`\\09` (character 1 of the text) is not in the vocabulary `letters` of 3 tokens");
  Vocabulary words = load({"words", VocabularyKind::List, {"to", "be"}, ""});
  EXPECT_EQ(messageOf(words.encode("to be or be")),
            "`or` (character 7 of the text) is not in the vocabulary `words` of 2 tokens");
  EXPECT_EQ(messageOf(words.decode({1, 2})),
            "token 2 is outside the vocabulary `words` of 2 tokens");
  EXPECT_EQ(messageOf(words.decode({-1})),
            "token -1 is outside the vocabulary `words` of 2 tokens");
}

TEST(Vocabulary, NamesBytesThatAreNoCharacter) {
  Vocabulary letters = makeCharacters("aé");
  EXPECT_EQ(messageOf(letters.encode("aé\xff")), "byte 3 of the text, 0xFF, is not UTF-8");
  EXPECT_EQ(messageOf(letters.encode("a\xc3")), "byte 1 of the text, 0xC3, is not UTF-8");
  EXPECT_EQ(messageOf(letters.encode("\xed\xa0\x80")), "byte 0 of the text, 0xED, is not UTF-8");
  Vocabulary words = load({"words", VocabularyKind::List, {"to"}, ""});
  EXPECT_EQ(messageOf(words.encode("to t\x80")), "byte 4 of the text, 0x80, is not UTF-8");
  EXPECT_EQ(messageOf(splitCharacters("ab\xe4\xb8")), "byte 2 of the text, 0xE4, is not UTF-8");
}

TEST(Vocabulary, UnknownTokenStandsForTheRest) {
  Vocabulary letters =
      load({"letters", VocabularyKind::Characters, {"<pad>", "<unk>", "</s>", "a"}, ""});
  EXPECT_THAT(encode(letters, "aXa<"), ElementsAre(3, 1, 3, 1));
  EXPECT_EQ(letters.lookup("</s>"), 2);
  Vocabulary words = load({"words", VocabularyKind::List, {"to", "<unk>"}, ""});
  EXPECT_THAT(encode(words, " to  be\tto\n"), ElementsAre(0, 1, 0));
}

TEST(Vocabulary, WordsStandBetweenSpaces) {
  Vocabulary words = load({"words", VocabularyKind::List, {"AE2", "K", "<s>"}, ""});
  EXPECT_EQ(decode(words, {0, 1, 1}), "AE2 K K");
  EXPECT_EQ(decode(words, {0, 1}, 2), "AE2 K");
  EXPECT_EQ(decode(words, {}), "");
  EXPECT_THAT(encode(words, "K <s> AE2"), ElementsAre(1, 2, 0));
  EXPECT_EQ(words.lookup("<s>"), 2);
}

TEST(Vocabulary, BytesTakeAll) {
  Vocabulary bytes = load({"bytes", VocabularyKind::Bytes});
  EXPECT_EQ(bytes.size(), 256);
  EXPECT_THAT(encode(bytes, "é\xff"), ElementsAre(0xC3, 0xA9, 0xFF));
  EXPECT_EQ(decode(bytes, {0xC3, 0xA9, 0xFF}), "é\xff");
  EXPECT_EQ(bytes.lookup("\n"), 10);
  EXPECT_EQ(bytes.lookup("ab"), std::nullopt);
  EXPECT_THAT(messageOf(bytes.decode({256})), HasSubstr("token 256 is outside"));
}

TEST(Vocabulary, PrintsTokenByToken) {
  TemporaryDirectory directory;
  Vocabulary pieces =
      load({"pieces",
            VocabularyKind::Pieces,
            {},
            directory.write("p.bin", makePieceFile(withBytes({{" a"}, {" "}, {"a"}})))});
  TextPrinter printer(pieces, 1);
  EXPECT_EQ(llvm::cantFail(printer.next(259)), "a");
  EXPECT_EQ(llvm::cantFail(printer.next(259)), " a");
  EXPECT_EQ(llvm::cantFail(printer.next(3 + 0xC3)), "\xC3");
  EXPECT_EQ(messageOf(printer.next(262)),
            "token 262 is outside the vocabulary `pieces` of 262 tokens");
  EXPECT_EQ(decode(pieces, {259, 260, 261}), " a a");
  EXPECT_EQ(pieces.lookup("<s>"), 1);
  EXPECT_EQ(pieces.lookup(" a"), 259);
}

TEST(Vocabulary, MergesTheBestPairFirst) {
  TemporaryDirectory directory;
  std::string file = directory.write(
      "p.bin", makePieceFile(withBytes({{" "}, {"a"}, {"b"}, {"ab", 1}, {"ba", 2}, {" ab", 3}})));
  Vocabulary pieces = load({"pieces", VocabularyKind::Pieces, {}, file});
  EXPECT_THAT(encode(pieces, ""), ElementsAre());
  // " " goes in front. In "aba", "ba" wins over "ab"; in "ab", " ab" follows from "ab".
  EXPECT_THAT(encode(pieces, "aba"), ElementsAre(259, 260, 263));
  EXPECT_THAT(encode(pieces, "ab"), ElementsAre(264));
  EXPECT_THAT(encode(pieces, "aé"), ElementsAre(259, 260, 3 + 0xC3, 3 + 0xA9));
  EXPECT_EQ(decode(pieces, encode(pieces, "aéb"), 1), "aéb");
  EXPECT_EQ(messageOf(pieces.encode("a\xa9")), "byte 1 of the text, 0xA9, is not UTF-8");

  std::vector<Piece> few = {{"<unk>"}, {"<s>"}, {"</s>"}, {" "}};
  Vocabulary small =
      load({"few", VocabularyKind::Pieces, {}, directory.write("few.bin", makePieceFile(few))});
  EXPECT_EQ(messageOf(small.encode(" z")), "`z` (character 2 of the text) is not in the vocabulary "
                                           "`few` of 4 tokens, and nor are its bytes");
}

/// The algorithm in its plain form: looks at all pairs again after each merge.
static std::vector<std::string> mergePlainly(llvm::ArrayRef<Piece> pieces,
                                             std::vector<std::string> parts) {
  for (;;) {
    const Piece *best = nullptr;
    size_t place = 0;
    for (size_t i = 0; i + 1 < parts.size(); ++i)
      for (const Piece &piece : pieces)
        if (piece.text == parts[i] + parts[i + 1] && (!best || piece.score > best->score)) {
          best = &piece;
          place = i;
        }
    if (!best)
      return parts;
    parts[place] = best->text;
    parts.erase(parts.begin() + place + 1);
  }
}

TEST(Vocabulary, MergesAsThePlainAlgorithmDoes) {
  TemporaryDirectory directory;
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    std::vector<Piece> pieces = {{" "}, {"a"}, {"b"}};
    for (int i = 0; i < 20; ++i) {
      std::string text;
      for (unsigned length = 2 + random() % 4; text.size() < length;)
        text += " ab"[random() % 3];
      if (llvm::none_of(pieces, [&](const Piece &piece) { return piece.text == text; }))
        pieces.push_back({text, static_cast<float>(random() % 4)}); // many equal scores
    }
    std::string file = directory.write("p.bin", makePieceFile(withBytes(pieces)));
    Vocabulary vocabulary = load({"pieces", VocabularyKind::Pieces, {}, file});
    for (int i = 0; i < 20; ++i) {
      std::string text;
      std::vector<std::string> parts = {" "}, found;
      for (unsigned length = 1 + random() % 40; text.size() < length;) {
        text += " ab"[random() % 3];
        parts.push_back(text.substr(text.size() - 1));
      }
      for (int32_t token : encode(vocabulary, text))
        found.push_back(decode(vocabulary, {token}));
      EXPECT_EQ(found, mergePlainly(pieces, parts)) << text;
    }
  }
}

TEST(Vocabulary, MergesLongTextsQuickly) {
  TemporaryDirectory directory;
  std::vector<Piece> pieces = {{" "}, {"a"}};
  for (int length = 2; length <= 64; length *= 2)
    pieces.push_back({std::string(length, 'a'), static_cast<float>(length)});
  std::string file = directory.write("p.bin", makePieceFile(withBytes(pieces)));
  Vocabulary vocabulary = load({"pieces", VocabularyKind::Pieces, {}, file});
  // A million characters: what is quadratic would take minutes.
  std::vector<int32_t> tokens = encode(vocabulary, std::string(1 << 20, 'a'));
  EXPECT_EQ(tokens.size(), (size_t(1) << 14) + 1);
}

TEST(Vocabulary, ReadsJsonAndLines) {
  TemporaryDirectory directory;
  auto read = [](VocabularyKind kind, std::string file) {
    return load({"v", kind, {}, std::move(file)});
  };
  std::string two = directory.write("two.json", R"({"a": ["x", "é"], "b": {"k": 1, "l": 3}})");
  Vocabulary array = read(VocabularyKind::Characters, two + ":a");
  EXPECT_THAT(encode(array, "éx"), ElementsAre(1, 0));
  Vocabulary object = read(VocabularyKind::List, two + ":b");
  EXPECT_EQ(object.size(), 4);
  EXPECT_THAT(encode(object, "l k"), ElementsAre(3, 1));
  EXPECT_EQ(decode(object, {0, 1}), " k");
  Vocabulary plain =
      read(VocabularyKind::Characters, directory.write("p.json", R"({"\n": 0, "<s>": 1, "": 2})"));
  EXPECT_THAT(encode(plain, "\n"), ElementsAre(0));
  EXPECT_EQ(decode(plain, {1, 2, 0}), "<s>\n");
  Vocabulary lines = read(VocabularyKind::List, directory.write("w.txt", "to\r\nbe\nor not"));
  EXPECT_EQ(lines.size(), 3);
  EXPECT_EQ(decode(lines, {2, 0}), "or not to");
}

TEST(Vocabulary, RefusesWhatIsNone) {
  TemporaryDirectory directory;
  auto refuse = [&](VocabularyKind kind, llvm::StringRef name, llvm::StringRef contents,
                    llvm::StringRef key = "") {
    std::string path = directory.write(name, contents);
    std::string message = messageOf(Vocabulary::load({"v", kind, {}, path + key.str()}));
    EXPECT_THAT(message, HasSubstr(path));
    return message;
  };
  constexpr auto characters = VocabularyKind::Characters;
  constexpr auto list = VocabularyKind::List;
  EXPECT_THAT(refuse(list, "a.json", "[\"a\", 3]"), HasSubstr("expected a string for token 1"));
  EXPECT_THAT(refuse(list, "a.json", "7"), HasSubstr("expected an array of tokens or an object"));
  EXPECT_THAT(refuse(list, "a.json", "[\"a\", \"b\", \"a\"]"),
              HasSubstr("tokens 0 and 2 are both `a`"));
  EXPECT_THAT(refuse(list, "a.json", "[]"), HasSubstr("expected at least one token"));
  EXPECT_THAT(refuse(list, "a.json", "{"), HasSubstr("not JSON"));
  EXPECT_THAT(refuse(list, "a.json", "{\"a\": 1, \"b\": 1}"),
              HasSubstr("token 1 is given to two texts"));
  EXPECT_THAT(refuse(list, "a.json", "{\"a\": 4000000000}"),
              HasSubstr("expected a token from 0 to 1048575 for `a`"));
  EXPECT_THAT(refuse(list, "a.json", "{\"\": -1}"), HasSubstr("for the empty text"));
  EXPECT_THAT(refuse(list, "a.json", "{\"q\": [], \"p\": []}"), HasSubstr("KEY one of `p`, `q`"));
  EXPECT_THAT(refuse(list, "a.json", "{\"q\": [], \"p\": []}", ":r"),
              HasSubstr("there is no key `r`; the keys are `p`, `q`"));
  EXPECT_THAT(refuse(list, "a.txt", "a\n\nb"), HasSubstr("line 2 is empty"));
  EXPECT_THAT(refuse(list, "a.txt", "a\nb\na\n"), HasSubstr("tokens 0 and 2 are both `a`"));
  EXPECT_THAT(refuse(list, "a.txt", "a\xff"), HasSubstr("byte 1 of the text, 0xFF, is not UTF-8"));
  EXPECT_THAT(refuse(characters, "a.txt", "a"), HasSubstr("characters are read from a .json file"));
  EXPECT_THAT(messageOf(Vocabulary::load({"v", list, {}, directory.file("none.txt")})),
              HasSubstr("none.txt: cannot be read"));
  EXPECT_EQ(messageOf(Vocabulary::load({"v", VocabularyKind::Pieces, {}, ""})),
            "vocabulary `v`: expected a file with its pieces");
  EXPECT_EQ(messageOf(Vocabulary::load({"v", list, {"a", "a"}, ""})),
            "vocabulary `v`: tokens 0 and 1 are both `a`");
}

TEST(Vocabulary, RefusesBrokenPieces) {
  TemporaryDirectory directory;
  auto refuse = [&](llvm::StringRef contents) {
    return messageOf(
        Vocabulary::load({"v", VocabularyKind::Pieces, {}, directory.write("p.bin", contents)}));
  };
  std::string whole = makePieceFile({{"ab", 1}, {"c", 2}});
  EXPECT_EQ(refuse(whole), "no error");
  // Cut at the end of a token it is a shorter vocabulary; anywhere else it is told.
  for (size_t length = 0; length < whole.size(); ++length) {
    std::string message = refuse(llvm::StringRef(whole).take_front(length));
    if (length == 4 + 8 + 2)
      EXPECT_EQ(message, "no error");
    else
      EXPECT_THAT(message, testing::AnyOf(HasSubstr("cut off"), HasSubstr("at least one token")));
  }
  std::string huge = bytesOf<int32_t>({INT32_MAX, 0, INT32_MAX});
  EXPECT_THAT(refuse(huge), HasSubstr("cut off in the text of token 0 at byte 4"));
  EXPECT_THAT(refuse(bytesOf<int32_t>({7, 0, -1})),
              HasSubstr("token 0 at byte 4 has -1 bytes, expected 0 to 7"));
  EXPECT_THAT(refuse(bytesOf<int32_t>({1, 0x7fc00000, 0})),
              HasSubstr("the score of token 0 at byte 4 is not a number"));
  std::string many = bytesOf<int32_t>({1});
  for (int token = 0; token <= 1 << 20; ++token)
    many += std::string(8, '\0');
  EXPECT_THAT(refuse(many), HasSubstr("expected at most 1048576 tokens"));
}

TEST(Vocabulary, EncodesThePromptsOfATrainedModel) {
  std::string directory = trainedModels() + "/stories260K/";
  auto golden = llvm::MemoryBuffer::getFile(directory + "golden_stories260K.json");
  if (!golden)
    GTEST_SKIP() << "needs " << directory;
  Vocabulary pieces =
      load({"pieces", VocabularyKind::Pieces, {}, directory + "tok512_stories260K.bin"});
  EXPECT_EQ(pieces.size(), 512);
  llvm::json::Value stories = llvm::cantFail(llvm::json::parse((*golden)->getBuffer()));
  ASSERT_GT(stories.getAsArray()->size(), 3u);
  auto tokensOf = [](const llvm::json::Value &list) {
    std::vector<int32_t> tokens;
    for (const llvm::json::Value &token : *list.getAsArray())
      tokens.push_back(static_cast<int32_t>(*token.getAsInteger()));
    return tokens;
  };
  for (const llvm::json::Value &story : *stories.getAsArray()) {
    const llvm::json::Object &object = *story.getAsObject();
    std::vector<int32_t> prompt = encode(pieces, *object.getString("prompt"));
    prompt.insert(prompt.begin(), 1);
    EXPECT_EQ(prompt, tokensOf(*object.get("prompt_ids")));
    std::vector<int32_t> tokens = tokensOf(*object.get("tokens"));
    tokens.erase(tokens.begin());
    EXPECT_EQ(decode(pieces, tokens, 1), object.getString("text")->str());
  }
}
