//===- ParserGenerationTest.cpp - Tests of the grammar of tokens ---*- C++ -*-===//
//
// Vocabularies, `of` behind types, and `generate`: their trees and messages.
//
//===----------------------------------------------------------------------===//

#include "ParseErrors.h"
#include "ParsedBody.h"
#include <gmock/gmock.h>

using namespace gatefold;
using llvm::cast;
using llvm::isa;
using testing::ElementsAre;

namespace {
TEST(ParserGeneration, ReadsVocabularies) {
  using Kind = VocabularyDeclaration::Kind;
  ValidText text(
      "/// Letters.\nvocabulary letters = characters(\"ab\\n\\\"é\")\n"
      "vocabulary raw = bytes()\nvocabulary words = list(\n  \"a\", // one\n  \"<s>\"\n)\n"
      "vocabulary parts = pieces(\"tok512.bin\")\n");
  auto &all = text.file->vocabularies;
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0]->name.text, "letters");
  EXPECT_EQ(all[0]->kind, Kind::Characters);
  EXPECT_EQ(all[0]->documentation, "Letters.");
  EXPECT_EQ(all[0]->arguments.at(0).text, "ab\n\"é");
  EXPECT_EQ(slice(all[0]->arguments.at(0).range), "\"ab\\n\\\"é\"");
  EXPECT_EQ(slice(all[0]->kindRange), "characters");
  EXPECT_EQ(all[1]->kind, Kind::Bytes);
  EXPECT_TRUE(all[1]->arguments.empty());
  EXPECT_EQ(slice(all[1]->range), "vocabulary raw = bytes()");
  EXPECT_EQ(all[2]->kind, Kind::List);
  ASSERT_EQ(all[2]->arguments.size(), 2u);
  EXPECT_EQ(all[2]->arguments[1].text, "<s>");
  EXPECT_EQ(all[3]->kind, Kind::Pieces);
}

TEST(ParserGeneration, ReadsTypesOfVocabularies) {
  ValidText text(
      "model M(word: token[S] of letters, x: [S]) -> (a: token[<= 20] of sounds, b: token "
      "of of) {\n  of = 1\n  return of, of\n}\n");
  const Declaration &model = *text.file->declarations.at(0);
  const TypeSyntax &word = model.parameters[0].type;
  ASSERT_TRUE(word.vocabulary);
  EXPECT_EQ(word.vocabulary->text, "letters");
  EXPECT_EQ(slice(word.range), "token[S] of letters");
  EXPECT_FALSE(model.parameters[1].type.vocabulary);
  EXPECT_EQ(model.results[0].type.vocabulary->text, "sounds");
  EXPECT_TRUE(isa<BoundExpression>(*model.results[0].type.dims.at(0)));
  EXPECT_EQ(model.results[1].type.vocabulary->text, "of");
}

TEST(ParserGeneration, ReadsGeneration) {
  Body body(
      "return generate decoder(; memory, mask) from \"<s>\" until \"</s>\" limit 2 * N starting "
      "(h = last.h, inner.c = 0)\n");
  auto &generate = cast<GenerateExpression>(*body.statement<ReturnStatement>().values.at(0));
  EXPECT_EQ(generate.callee.text, "decoder");
  EXPECT_EQ(generate.fixed.size(), 2u);
  EXPECT_FALSE(generate.prompt);
  EXPECT_EQ(cast<StringExpression>(*generate.from).value, "<s>");
  EXPECT_EQ(cast<StringExpression>(*generate.until).value, "</s>");
  EXPECT_EQ(toText(*generate.limit), "2 * N");
  ASSERT_EQ(generate.starting.size(), 2u);
  EXPECT_THAT(texts(generate.starting[1].path), ElementsAre("inner", "c"));
  EXPECT_EQ(slice(generate.range).take_back(8), "r.c = 0)");
}

TEST(ParserGeneration, TakesClausesInAnyOrder) {
  Body body("return generate decoder limit 256 until 2 from 1 prompt words[1:], limit");
  auto &values = body.statement<ReturnStatement>().values;
  ASSERT_EQ(values.size(), 2u);
  auto &generate = cast<GenerateExpression>(*values[0]);
  EXPECT_TRUE(generate.fixed.empty());
  EXPECT_EQ(toText(*generate.prompt), "words[1:]");
  EXPECT_EQ(toText(*generate.from), "1");
  EXPECT_EQ(toText(*generate.until), "2");
  EXPECT_EQ(toText(*generate.limit), "256");
  EXPECT_TRUE(isa<NameExpression>(*values[1]));
}

TEST(ParserGeneration, ReportsFaultyVocabularies) {
  const std::string kinds = "`characters(…)`, `bytes()`, `list(…)` or `pieces(…)`";
  EXPECT_EQ(atTopLevel("vocabulary = bytes()"),
            "1:12: expected a name after `vocabulary`, found `=`");
  EXPECT_EQ(atTopLevel("vocabulary v bytes()"),
            "1:14: expected `=` and the tokens of the vocabulary, found `bytes`");
  EXPECT_EQ(atTopLevel("vocabulary v = letters(\"a\")"),
            "1:16: expected " + kinds + ", found `letters`");
  EXPECT_EQ(atTopLevel("vocabulary v = bytes"), "1:21: expected `(`, found the end of the line");
  EXPECT_EQ(atTopLevel("vocabulary v = list(a)"), "1:21: expected a text in quotes, found `a`");
  EXPECT_EQ(atTopLevel("vocabulary v = characters(\"a\", \"b\")"),
            "1:16: `characters` takes one text with all characters, found 2 texts");
  EXPECT_EQ(atTopLevel("vocabulary v = bytes(\"a\")"), "1:16: `bytes` takes nothing, found 1 text");
  EXPECT_EQ(atTopLevel("vocabulary v = list()"),
            "1:16: `list` takes the path of a file or the tokens, found 0 texts");
  EXPECT_EQ(atTopLevel("vocabulary v = pieces()"),
            "1:16: `pieces` takes the path of a file, found 0 texts");
  EXPECT_EQ(atTopLevel("vocabluary v = bytes()"),
            "1:1: expected a declaration: `import`, `const`, `fn`, `layer`, `cell`, `model`, "
            "`binding` or "
            "`vocabulary`, found `vocabluary` / hint: did you mean `vocabulary`?");
  EXPECT_EQ(atTopLevel("fn f(x: token of) -> f32 { return x }"),
            "1:17: expected the name of a vocabulary after `of`, found `)`");
}

TEST(ParserGeneration, ReportsFaultyGeneration) {
  const std::string clauses =
      "expected `prompt`, `from`, `until`, `limit`, `starting` or the end of "
      "the line, found ";
  EXPECT_EQ(inBody("y = generate d limit 2"),
            "2:7: `generate` stands only as the whole value of a `return` / hint: write `return "
            "generate …`");
  EXPECT_EQ(inBody("return 1 + generate d"),
            "2:14: `generate` stands only as the whole value of a `return` / hint: write `return "
            "generate …`");
  EXPECT_EQ(inBody("return generate (; m)"),
            "2:19: expected the name of a cell's instance after `generate`, found `(`");
  EXPECT_EQ(
      inBody("return generate d(x; m)"),
      "2:21: expected `;` or `)`, found `x` / hint: a generating cell reads its own tokens; only "
      "what is the same at every step is given: `generate c(; memory)`");
  EXPECT_EQ(inBody("return generate d till 2"), "2:21: " + clauses + "`till`");
  EXPECT_EQ(inBody("return generate d limit 2 limit 3"), "2:29: `limit` stands here a second time");
  EXPECT_EQ(inBody("return generate d starting (h = 1) starting (h = 1)"),
            "2:38: `starting` stands here a second time");
  EXPECT_EQ(inBody("return generate d from"),
            "2:25: expected the first token after `from`, found the end of the line");
  EXPECT_EQ(inBody("return generate d until"),
            "2:26: expected the last token after `until`, found the end of the line");
  EXPECT_EQ(inBody("return generate d limit \"a\""),
            "2:27: a string is not a value / hint: strings stand in bindings and vocabularies, and "
            "behind `from`, `until`, `ignore` and `import`");
  EXPECT_EQ(inBody("return generate d starting h = 1"),
            "2:30: expected `(` and the initial memories, found `h`");
  EXPECT_EQ(inBody("return generate d + 1"),
            "2:21: expected an operator or the end of the line, found `+`");
}
} // namespace
