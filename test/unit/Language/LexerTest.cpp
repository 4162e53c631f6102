//===- LexerTest.cpp - Tests of the lexer --------------------------*- C++ -*-===//
//
// Every class of token, and every fault inside a token with its message and place.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Lexer.h"
#include "llvm/Support/MemoryBuffer.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace gatefold;
using testing::ElementsAre;
using Kind = Token::Kind;

namespace {
/// A text cut into tokens, the end of the file left out.
struct Lexed {
  explicit Lexed(llvm::StringRef text) {
    unsigned id = sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, "a.fold"),
                                             llvm::SMLoc());
    Lexer lexer(sources.getMemoryBuffer(id)->getBuffer(), diagnostics);
    for (Token token = lexer.lex(); !token.is(Kind::EndOfFile); token = lexer.lex())
      tokens.push_back(token);
    EXPECT_TRUE(lexer.lex().is(Kind::EndOfFile));
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> result;
    for (const Token &token : tokens)
      result.push_back(token.text.str());
    return result;
  }
  std::vector<Kind> kinds() const {
    std::vector<Kind> result;
    for (const Token &token : tokens)
      result.push_back(token.kind);
    return result;
  }
  /// `column: text [/ hint]` of the only message.
  std::string message() const {
    if (diagnostics.all().size() != 1)
      return std::to_string(diagnostics.all().size()) + " messages";
    const Diagnostic &message = diagnostics.all().front();
    std::string text =
        std::to_string(resolve(sources, message.range)->column) + ": " + message.text;
    return message.hint.empty() ? text : text + " / " + message.hint;
  }
  llvm::SourceMgr sources;
  Diagnostics diagnostics{sources};
  std::vector<Token> tokens;
};

TEST(Lexer, CutsNamesAndPrimes) {
  Lexed lexed("h h' W_i _a x2 h'.x");
  EXPECT_THAT(lexed.texts(), ElementsAre("h", "h'", "W_i", "_a", "x2", "h'", ".", "x"));
  EXPECT_THAT(lexed.kinds(), ElementsAre(Kind::Name, Kind::Name, Kind::Name, Kind::Name, Kind::Name,
                                         Kind::Name, Kind::MemberDot, Kind::Name));
  EXPECT_FALSE(lexed.tokens[0].primed);
  EXPECT_TRUE(lexed.tokens[1].primed);
  EXPECT_TRUE(lexed.tokens[5].primed);
}

TEST(Lexer, KnowsKeywordsAndReservedWords) {
  EXPECT_THAT(Lexed("const fn layer cell model binding for weight state").kinds(),
              ElementsAre(Kind::Const, Kind::Fn, Kind::Layer, Kind::Cell, Kind::Model,
                          Kind::Binding, Kind::For, Kind::Weight, Kind::State));
  EXPECT_THAT(Lexed("require ignore load from scan reverse if then else").kinds(),
              ElementsAre(Kind::Require, Kind::Ignore, Kind::Load, Kind::From, Kind::Scan,
                          Kind::Reverse, Kind::If, Kind::Then, Kind::Else));
  EXPECT_THAT(Lexed("and or not new true false return").kinds(),
              ElementsAre(Kind::And, Kind::Or, Kind::Not, Kind::New, Kind::True, Kind::False,
                          Kind::Return));
  EXPECT_THAT(Lexed("import back window history position when").kinds(),
              ElementsAre(Kind::Import, Kind::Back, Kind::Window, Kind::History, Kind::Position,
                          Kind::When));
  EXPECT_THAT(Lexed("generate vocabulary").kinds(), ElementsAre(Kind::Generate, Kind::Vocabulary));
  EXPECT_THAT(Lexed("constant states iff in pad keep of prompt until limit starting").kinds(),
              testing::Each(Kind::Name));
  EXPECT_TRUE(Lexed("in").tokens[0].isWord("in"));
  EXPECT_FALSE(Lexed("inner").tokens[0].isWord("in"));
}

TEST(Lexer, CutsOperators) {
  EXPECT_THAT(Lexed("( ) [ ] { } , : ; -> =").kinds(),
              ElementsAre(Kind::LeftParen, Kind::RightParen, Kind::LeftBracket, Kind::RightBracket,
                          Kind::LeftBrace, Kind::RightBrace, Kind::Comma, Kind::Colon,
                          Kind::Semicolon, Kind::Arrow, Kind::Assign));
  EXPECT_THAT(Lexed("+ - * / % ^ @ == != < <= > >=").kinds(),
              ElementsAre(Kind::Plus, Kind::Minus, Kind::Star, Kind::Slash, Kind::Percent,
                          Kind::Caret, Kind::At, Kind::EqualEqual, Kind::NotEqual, Kind::Less,
                          Kind::LessEqual, Kind::Greater, Kind::GreaterEqual));
}

TEST(Lexer, TellsTheTwoDotsApartByWhiteSpace) {
  EXPECT_THAT(Lexed("a.b a . b a .b\n.c").kinds(),
              ElementsAre(Kind::Name, Kind::MemberDot, Kind::Name, Kind::Name, Kind::ContractDot,
                          Kind::Name, Kind::Name, Kind::ContractDot, Kind::Name, Kind::ContractDot,
                          Kind::Name));
  EXPECT_EQ(Lexed("a. b").message(), "2: the dot is neither a member access nor a contraction / "
                                     "a member access is written `a.b`, a contraction `a . b`");
  EXPECT_EQ(Lexed("x = .5").message(),
            "5: a number begins with a digit / write `0.` for a number below one, and white space "
            "after the dot of a contraction");
}

TEST(Lexer, CutsNumbers) {
  EXPECT_THAT(Lexed("0 12 0.5 1e5 1E-5 2.5e+3").kinds(),
              ElementsAre(Kind::Integer, Kind::Integer, Kind::Number, Kind::Number, Kind::Number,
                          Kind::Number));
  EXPECT_THAT(Lexed("3-2").texts(), ElementsAre("3", "-", "2"));
}

TEST(Lexer, ReportsFaultyNumbers) {
  EXPECT_EQ(Lexed("1.").message(), "1: expected a digit after the point of a number");
  EXPECT_EQ(Lexed("2H").message(),
            "1: `2H` is neither a number nor a name / a product is written `2 * H`");
  EXPECT_EQ(Lexed("1e").message(),
            "1: `1e` is neither a number nor a name / a product is written `1 * e`");
  EXPECT_EQ(Lexed("1e999").message(), "1: the number is too large, the largest is about 1.8e308");
  EXPECT_EQ(Lexed(std::string(10'000'000, '7')).message(),
            "1: a number has at most 100 characters, this one has 10000000");
}

TEST(Lexer, CutsStrings) {
  Lexed lexed(R"("a" "é{layer}" "q\"b\\" "" "a\nb\t")");
  EXPECT_THAT(lexed.kinds(), testing::Each(Kind::String));
  std::vector<std::string> values;
  for (const Token &token : lexed.tokens)
    values.push_back(unquote(token.text));
  EXPECT_THAT(values, ElementsAre("a", "é{layer}", "q\"b\\", "", "a\nb\t"));
  EXPECT_EQ(quote("q\"b\\"), R"("q\"b\\")");
  EXPECT_EQ(quote("a\nb\t"), R"("a\nb\t")");
}

TEST(Lexer, ReportsFaultyStrings) {
  EXPECT_EQ(Lexed("x \"abc\r\ny").message(),
            "3: the string does not end on its line / a string begins and ends with `\"`");
  EXPECT_EQ(Lexed("\"a\\").message(),
            "1: the string does not end on its line / a string begins and ends with `\"`");
  EXPECT_EQ(
      Lexed("\"a\\r\"").message(),
      "3: `\\` stands only before `\"`, `\\`, `n` and `t` / a backslash itself is written `\\\\`");
}

TEST(Lexer, SkipsCommentsAndKeepsDocumentation) {
  Lexed lexed("// one\n/// two\n//// three\n  /// four\ncell x /// five\ny");
  EXPECT_THAT(lexed.texts(), ElementsAre("cell", "x", "y"));
  EXPECT_EQ(lexed.tokens[0].documentation, "/// two\n//// three\n  /// four\n");
  EXPECT_EQ(lexed.tokens[1].documentation, "");
  EXPECT_EQ(lexed.tokens[2].documentation, "");
}

TEST(Lexer, MarksLineStarts) {
  Lexed lexed("\xEF\xBB\xBF"
              "a b\r\n  c // d\n\n e");
  EXPECT_THAT(lexed.texts(), ElementsAre("a", "b", "c", "e"));
  std::vector<bool> starts;
  for (const Token &token : lexed.tokens)
    starts.push_back(token.startsLine);
  EXPECT_THAT(starts, ElementsAre(true, false, true, true));
  EXPECT_EQ(lexed.tokens[0].indentation, 0u);
  EXPECT_EQ(lexed.tokens[2].indentation, 2u);
  EXPECT_EQ(lexed.tokens[3].indentation, 1u);
}

TEST(Lexer, ReportsWhatNoTokenBeginsWith) {
  EXPECT_EQ(Lexed("x = é + 1").message(),
            "5: `é` cannot stand here / names are made of the letters a to z and A to Z, digits "
            "and `_`");
  EXPECT_EQ(Lexed("日本語").message(),
            "1: `日` cannot stand here / names are made of the letters a to z and A to Z, digits "
            "and `_`");
  EXPECT_EQ(Lexed("a − b").message(), "3: `−` cannot stand here / the minus sign is written `-`");
  EXPECT_EQ(Lexed("h′").message(), "2: `′` cannot stand here / the prime is written `'`");
  EXPECT_EQ(Lexed("a ? b").message(), "3: `?` cannot stand here");
  EXPECT_EQ(Lexed("!a").message(), "1: `!` cannot stand here / the negation is written `not`");
  EXPECT_EQ(Lexed("a && b").message(),
            "3: `&&` is not an operator / the conjunction is written `and`");
  EXPECT_EQ(Lexed("a ** b").message(), "3: `**` is not an operator / the power is written `^`");
  EXPECT_EQ(Lexed("# a").message(),
            "1: `#` is not an operator / a comment goes from `//` to the end of the line");
  EXPECT_EQ(Lexed("\xFF\xFE").message(), "1: byte 0xff is not UTF-8 text");
  EXPECT_EQ(Lexed("a \"é\xE9\"").message(), "6: byte 0xe9 is not UTF-8 text");
  EXPECT_EQ(Lexed("a \x01").message(), "3: control character 0x01 cannot stand here");
  EXPECT_EQ(Lexed("h''").message(), "1: a name has one prime at most");
}
} // namespace
