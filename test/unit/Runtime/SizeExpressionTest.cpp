//===- SizeExpressionTest.cpp - Sizes made of other sizes --------*- C++ -*-===//
//
// Tests of what sizes are worth.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/SizeExpression.h"
#include "gtest/gtest.h"
#include <string>

using namespace gatefold;

/// The value with T = 7 and S_2 = 4.
static std::optional<int64_t> evaluate(llvm::StringRef text) {
  return evaluateSize(text, [](llvm::StringRef name) -> std::optional<int64_t> {
    if (name == "T")
      return 7;
    return name == "S_2" ? std::optional<int64_t>(4) : std::nullopt;
  });
}

TEST(SizeExpression, IsArithmetic) {
  EXPECT_EQ(evaluate("12"), 12);
  EXPECT_EQ(evaluate("T"), 7);
  EXPECT_EQ(evaluate("S_2 + T - 1"), 10);
  EXPECT_EQ(evaluate("-T + 2 * S_2"), 1);
  EXPECT_EQ(evaluate("3 * (T - 5) * S_2"), 24);
  EXPECT_EQ(evaluate("floor((T - 3) / 2) + 1"), 3);
  EXPECT_EQ(evaluate("floor(T / S_2)"), 1);
  EXPECT_EQ(evaluate("floor((2 - T) / 2)"), -3);
  EXPECT_EQ(evaluate("floor(floor(T / 2) / 2)"), 1);
}

TEST(SizeExpression, IsNothingElse) {
  for (llvm::StringRef text :
       {"", "U", "T +", "T T", "T / 2", "floor(T)", "floor(T / 0)", "floor(T / (2 - T))", "(T",
        "T)", "7T", "2.5", "T % 2", "9223372036854775807 + T", "9223372036854775808"})
    EXPECT_EQ(evaluate(text), std::nullopt) << text.str();
  EXPECT_EQ(evaluate(std::string(100'000, '(')), std::nullopt);
}

TEST(SizeExpression, TellsNamesFromArithmetic) {
  for (llvm::StringRef name : {"T", "S_2", "_x9"})
    EXPECT_TRUE(isSizeName(name)) << name.str();
  for (llvm::StringRef text : {"", "2", "2T", "T + 1", "floor(T / 2)"})
    EXPECT_FALSE(isSizeName(text)) << text.str();
}
