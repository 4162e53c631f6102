//===- QueriesTest.cpp - What stands at a place of a text ---------*- C++ -*-===//
//
// Scopes, and texts that are not finished. The language server's own tests cover the rest.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Queries.h"

#include "gatefold/Language/Checker.h"
#include "gatefold/Language/Library.h"
#include "gatefold/Language/Parser.h"

#include <gmock/gmock.h>

using namespace gatefold;
using ::testing::HasSubstr;

namespace {

/// A text in which `|` marks the place that is asked about.
class Asked {
public:
  explicit Asked(std::string text) : offset(text.find('|')), diagnostics(sources) {
    if (offset != std::string::npos)
      text.erase(offset, 1);
    const unsigned buffer = sources.AddNewSourceBuffer(
        llvm::MemoryBuffer::getMemBufferCopy(text, "text.fold"), llvm::SMLoc());
    file = parseWithLibrary(sources, buffer, diagnostics);
    adoptUnread(*file);
    check(*file, diagnostics);
    queries = std::make_unique<Queries>(*file, sources, buffer);
  }

  std::string hover() const {
    std::optional<HoverText> text = queries->hover(offset);
    return text ? text->markdown : "";
  }
  /// The line of the definition, from 1; 0 without one.
  unsigned definedIn() const {
    std::optional<SourcePlace> place = resolve(sources, queries->definition(offset));
    return place ? place->line : 0;
  }
  bool offers(llvm::StringRef label) const {
    for (const Completion &item : queries->complete(offset).items)
      if (item.label == label)
        return true;
    return false;
  }

private:
  size_t offset;
  llvm::SourceMgr sources;
  Diagnostics diagnostics;
  std::unique_ptr<SourceFile> file;
  std::unique_ptr<Queries> queries;
};

TEST(Queries, VariablesOfComprehensionsStandBehindTheirUse) {
  EXPECT_EQ(Asked("fn f(x: [N]) -> [N] {\n"
                  "  return [|y * y for y in x]\n"
                  "}\n")
                .definedIn(),
            2u);
  EXPECT_FALSE(Asked("fn f(x: [N]) -> [N] {\n"
                     "  z = [y * y for y in x]\n"
                     "  return z + |y\n"
                     "}\n")
                   .offers("y"));
}

TEST(Queries, NamesOfABlockEndWithIt) {
  const std::string text = "cell C(x: f32) -> f32 {\n"
                           "  state h: f32 = 0\n"
                           "  when x > 0 {\n"
                           "    inside = x + 1\n"
                           "    h' = inside + 1\n"
                           "  }\n"
                           "  return h'\n"
                           "}\n";
  std::string within = text, behind = text;
  within.insert(within.find("inside + 1"), "|");
  behind.insert(behind.find("h'\n}"), "|");
  EXPECT_TRUE(Asked(within).offers("inside"));
  EXPECT_THAT(Asked(within).hover(), HasSubstr("inside: f32"));
  EXPECT_FALSE(Asked(behind).offers("inside"));
  EXPECT_TRUE(Asked(behind).offers("h'"));
  EXPECT_EQ(Asked(behind).definedIn(), 5u);
}

TEST(Queries, BlocksThatAreNotFinishedAreKnown) {
  const Asked asked("layer L(x: [3]) -> [3] {\n"
                    "  parts = Linear[3, 3] * 2\n"
                    "  y = x\n"
                    "  for part in parts {\n"
                    "    y = part(|\n"
                    "  }\n"
                    "  return y\n"
                    "}\n");
  EXPECT_TRUE(asked.offers("part"));
  EXPECT_TRUE(asked.offers("x = "));
  EXPECT_TRUE(asked.offers("y"));
}

TEST(Queries, DeclarationsWithoutAnEndAreKnown) {
  EXPECT_TRUE(Asked("fn f(first: f32) -> f32 {\n"
                    "  second = 2 * first\n"
                    "  return |")
                  .offers("second"));
  EXPECT_FALSE(Asked("fn f(first: f32) -> f32 {\n"
                     "  return first\n"
                     "}\n"
                     "const a = |")
                   .offers("first"));
}

TEST(Queries, TheUsersNamesHideTheLibrarys) {
  EXPECT_EQ(Asked("fn relu(x: f32) -> f32 {\n  return x\n}\n"
                  "fn f(x: f32) -> f32 {\n  return |relu(x)\n}\n")
                .definedIn(),
            1u);
}

TEST(Queries, MembersOfNamelessValuesMeanNothing) {
  EXPECT_EQ(Asked("fn f(x: f32) -> f32 {\n  return exp(x).|h\n}\n").hover(), "");
  EXPECT_FALSE(Asked("fn f(x: f32) -> f32 {\n  return exp(x).|\n}\n").offers("x"));
}

TEST(Queries, TextsThatAreNoneHaveNoAnswers) {
  Asked asked(std::string("a\0b|", 4));
  EXPECT_EQ(asked.hover(), "");
  EXPECT_EQ(asked.definedIn(), 0u);
}

} // namespace
