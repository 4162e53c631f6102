//===- ModelInterfaceTest.cpp - A model's interface as JSON ------*- C++ -*-===//
//
// Tests that an interface reads back and that what is no interface is refused.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/ModelInterface.h"
#include "RuntimeTestHelpers.h"
#include "llvm/Support/FormatVariadic.h"

using namespace gatefold;
using testing::AllOf;
using testing::HasSubstr;

static ModelInterface makeModel() {
  ModelInterface model;
  model.name = "Tagger";
  model.weights = {{"forward.W_i", {2, 3}, "'w'[0:2 of 8]"}, {"bias", {}, ""}};
  model.ignored = {"steps"};
  EntryInterface sequence;
  sequence.name = "sequence";
  sequence.symbol = "tagger_sequence";
  sequence.arguments = {
      {PortKind::Input, "words", ElementType::I32, {{"B", -1}, {"T", -1}}},
      {PortKind::Weight, "forward.W_i", ElementType::F32, {{"", 2}, {"I", 3}}},
      {PortKind::Memory, "forward.h", ElementType::BF16, {{"B", -1}, {"H", 2}}},
      {PortKind::Output, "result", ElementType::Bool, {}},
      {PortKind::NextMemory, "forward.h", ElementType::BF16, {{"B", -1}, {"H", 2}}}};
  sequence.sizes = {"B", "T"};
  sequence.checks = {"token {0} is outside the table of 65 rows"};
  model.entries = {sequence};
  model.whyNoStep = "`scan reverse` needs the whole sequence";
  model.entries[0].arguments[0].vocabulary = "words";
  model.vocabularies = {{"words", VocabularyKind::List, {"<s>", "one"}, ""},
                        {"pieces", VocabularyKind::Pieces, {}, "tok512.bin"}};
  model.generation = {"sounds", "words", {"<s>", -1}, {"", 1}, 20, "token", "scores", "start"};
  return model;
}

/// The JSON of the model as text, with one piece of it replaced.
static std::string refuse(llvm::StringRef piece, llvm::StringRef replacement) {
  std::string text = llvm::formatv("{0}", toJSON(makeModel())).str();
  size_t place = text.find(piece);
  EXPECT_NE(place, std::string::npos) << piece.str() << " in " << text;
  if (place != std::string::npos)
    text.replace(place, piece.size(), replacement.str());
  return messageOf(parseModelInterface(text));
}

TEST(ModelInterface, RoundTrips) {
  ModelInterface model = makeModel();
  EXPECT_EQ(llvm::cantFail(modelInterfaceFromJSON(toJSON(model))), model);
  std::string text = llvm::formatv("{0:2}", toJSON(model)).str();
  EXPECT_EQ(llvm::cantFail(parseModelInterface(text)), model);
  ModelInterface empty;
  EXPECT_EQ(llvm::cantFail(modelInterfaceFromJSON(toJSON(empty))), empty);
}

TEST(ModelInterface, FindsEntries) {
  ModelInterface model = makeModel();
  ASSERT_NE(model.entry("sequence"), nullptr);
  EXPECT_EQ(model.entry("sequence")->symbol, "tagger_sequence");
  EXPECT_EQ(model.entry("step"), nullptr);
}

TEST(ModelInterface, Refuses) {
  EXPECT_THAT(refuse("\"bf16\"", "\"f8\""), AllOf(HasSubstr("expected an element type"),
                                                  HasSubstr("model.entries[0].arguments[2].type")));
  EXPECT_THAT(refuse("\"memory\"", "\"disk\""),
              HasSubstr("expected input, output, memory, next memory or weight"));
  EXPECT_THAT(refuse("\"memory\"", "7"), HasSubstr("arguments[2].kind"));
  EXPECT_THAT(refuse("\"symbol\"", "\"simbol\""), HasSubstr("entries[0].symbol"));
  EXPECT_THAT(
      refuse("{\"name\":\"T\"}", "{\"name\":\"U\"}"),
      AllOf(HasSubstr("dynamic dimension that `sizes` lists"), HasSubstr("arguments[0].shape[1]")));
  EXPECT_THAT(refuse("{\"name\":\"T\"}", "{}"), HasSubstr("expected a name or a size"));
  EXPECT_THAT(refuse("\"size\":3", "\"size\":-3"), HasSubstr("a size that is not negative"));
  EXPECT_THAT(refuse("\"shape\":[2,3]", "\"shape\":[2,-3]"), HasSubstr("weights[0].shape"));
  EXPECT_THAT(refuse("\"path\":\"bias\"", "\"path\":\"forward.W_i\""),
              AllOf(HasSubstr("a name that occurs once"), HasSubstr("weights[1]")));
  EXPECT_THAT(refuse("\"ignored\":[", "\"ignored\":[3,"), HasSubstr("ignored[0]"));
  EXPECT_THAT(refuse("\"pieces\",\"name\"", "\"letters\",\"name\""),
              AllOf(HasSubstr("expected characters, bytes, list or pieces"),
                    HasSubstr("model.vocabularies[1].kind")));
  EXPECT_THAT(refuse("\"name\":\"pieces\"", "\"name\":\"words\""), HasSubstr("vocabularies[1]"));
  EXPECT_THAT(
      refuse("\"vocabulary\":\"words\"", "\"vocabulary\":\"wort\""),
      AllOf(HasSubstr("a vocabulary that `vocabularies` lists"), HasSubstr("arguments[0].voc")));
  EXPECT_THAT(refuse("\"token\",\"vocabulary\":\"words\"", "\"token\",\"vocabulary\":\"wort\""),
              HasSubstr("model.generation.vocabulary"));
  EXPECT_THAT(refuse("\"end\":1", "\"end\":-1"),
              AllOf(HasSubstr("a token's number or its text"), HasSubstr("model.generation.end")));
  EXPECT_THAT(refuse("\"limit\":20", "\"limit\":-20"), HasSubstr("generation.limit"));
  EXPECT_THAT(messageOf(parseModelInterface("[]")), HasSubstr("expected object"));
  EXPECT_THAT(messageOf(parseModelInterface("{")), HasSubstr("not JSON"));
}

TEST(ModelInterface, TruncatedAtEveryByte) {
  std::string text = llvm::formatv("{0}", toJSON(makeModel())).str();
  for (size_t length = 0; length < text.size(); ++length)
    EXPECT_NE(messageOf(parseModelInterface(llvm::StringRef(text).take_front(length))), "no error");
}
