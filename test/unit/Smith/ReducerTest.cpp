//===- ReducerTest.cpp - Large models become small ---------------*- C++ -*-===//
//
// Reduces random models with conditions on their texts.
//
//===----------------------------------------------------------------------===//

#include "Reducer.h"
#include "Cleanup.h"
#include "Generator.h"
#include "LoweredText.h"
#include "Printer.h"
#include "gtest/gtest.h"

using namespace gatefold::smith;

/// A model whose text has `words`, reduced as far as it still has them and is valid.
static Tree reduceTo(const std::string &words, size_t &numQuestions) {
  auto holds = [&](const Tree &tree) {
    ++numQuestions;
    std::string text = print(tree), messages;
    return text.find(words) != std::string::npos && checkText(text, messages);
  };
  for (uint64_t seed = 0; seed < 1000; ++seed)
    if (Tree tree = generate(seed, ModelSize::Medium); holds(tree) && measure(tree) > 100)
      return reduce(std::move(tree), holds, [] { return true; });
  return {};
}

class ReducerTest : public testing::TestWithParam<const char *> {};

TEST_P(ReducerTest, KeepsLittleMoreThanNeeded) {
  size_t numQuestions = 0;
  Tree tree = reduceTo(GetParam(), numQuestions);
  ASSERT_FALSE(tree.declarations.empty());
  std::string text = print(tree), messages;
  EXPECT_TRUE(checkText(text, messages)) << messages << text;
  EXPECT_NE(text.find(GetParam()), std::string::npos) << text;
  EXPECT_LE(measure(tree), 40u) << text;
  for (const Size &size : tree.sizes)
    if (!size.isFree && !size.name.empty() && text.find(size.name) != std::string::npos)
      EXPECT_EQ(size.value, 1) << text;
  EXPECT_LT(numQuestions, 3000u);
}

INSTANTIATE_TEST_SUITE_P(Words, ReducerTest,
                         testing::Values("cumsum(", "history ", "when ", "window ", "outer(",
                                         "scan reverse", "argmax("));

TEST(ReducerTest, StopsInTime) {
  auto holds = [](const Tree &) { return true; };
  Tree tree = generate(3, ModelSize::Small);
  std::string text = print(tree);
  EXPECT_EQ(print(reduce(tree, holds, [] { return false; })), text);
}

TEST(ReducerTest, LeavesNothingUnused) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Tree tree = generate(seed, ModelSize::Small);
    const std::string before = print(tree);
    dropUnused(tree);
    EXPECT_EQ(print(tree), before);
    EXPECT_EQ(before.find("unused"), std::string::npos);
  }
}
