//===- LoweringErrorTest.cpp - Sizes that a model cannot have -----*- C++ -*-===//
//
// What is found only when dimensions become numbers.
//
//===----------------------------------------------------------------------===//

#include "LoweringTesting.h"

#include <gmock/gmock.h>

using namespace gatefold;
using testing::HasSubstr;
using testing::Not;

/// Expects that `text` passes the checker, that it cannot be lowered, and `parts` of the messages.
static void expectRefusal(llvm::StringRef text, const std::vector<std::string> &parts,
                          const std::map<std::string, int64_t> &dimensions = {}) {
  Lowered lowered(text, dimensions);
  ASSERT_TRUE(lowered.isChecked) << lowered.messages();
  EXPECT_FALSE(lowered.module);
  for (const std::string &part : parts)
    EXPECT_THAT(lowered.messages(), HasSubstr(part));
}

static const char *const heads = R"(
layer Heads[D, N](x: [D]) -> [N, D / N] {
  return split(x, N)
}
model M[D, N = 2](x: [D]) -> [N, D / N] {
  heads = Heads[D, N]
  return heads(x)
}
)";

TEST(LoweringError, AModelsDimensionsNeedSizes) {
  expectRefusal(heads, {"test.fold:5:9: error: dimension `D` of model `M` has no size",
                        "or a default: `D = 64`"});
  expectRefusal(heads, {"expected a size of at least 1 for `D`, found -3"}, {{"D", -3}});
  expectRefusal(heads, {"model `M` has no dimension `d`", "did you mean `D`?"},
                {{"D", 4}, {"d", 4}});
  expectRefusal("model M(x: [T]) -> [T] { return x }",
                {"model `M` takes the size of `T` from its input"}, {{"T", 4}});
}

TEST(LoweringError, ADivisionLeavesARemainder) {
  expectRefusal(heads,
                {"expected a whole number, but `D / N` is 5 / 2 with D = 5 and N = 2",
                 "note: `heads` is `Heads[5, 2]` here (test.fold:6:3)"},
                {{"D", 5}});
  EXPECT_TRUE(Lowered(heads, {{"D", 6}}).isValid);
}

TEST(LoweringError, ARequirementDoesNotHold) {
  const char *text = R"(
layer L[D, N](x: [D]) -> [D] {
  require D % N == 1
  require D > 2 * N
  return x
}
model M[D](x: [D]) -> [D] {
  l = L[D, 4]
  return l(x)
}
)";
  expectRefusal(text,
                {"`require D % N == 1` does not hold with D = 8 and N = 4",
                 "`require D > 2 * N` does not hold with D = 8 and N = 4"},
                {{"D", 8}});
  EXPECT_TRUE(Lowered(text, {{"D", 9}}).isValid);
}

TEST(LoweringError, ASizeIsBelowOneOrTooLarge) {
  const char *text = R"(
layer L[D](x: [D]) -> [D] {
  weight W: [D - 4]
  return x * sum(W)
}
model M[D](x: [D]) -> [D] {
  l = L[D]
  return l(x)
}
)";
  expectRefusal(text, {"expected a size of at least 1, but `D - 4` is 0 with D = 4"}, {{"D", 4}});
  expectRefusal(text, {"expected a size of at most 2^31, but `D` is 3000000000"},
                {{"D", 3000000000}});
  expectRefusal("model M[D](x: [D]) -> [D, D] { return outer(x, x) }",
                {"expected at most 2^31 elements, but this is [100000, 100000]"}, {{"D", 100000}});
}

TEST(LoweringError, AMappedCallCountsItsAxes) {
  expectRefusal("fn f(x: [N]) -> f32 { return sum(outer(x, x)) }\n"
                "model M(x: [100000, 1000]) -> [100000] { return f(x) }",
                {"expected at most 2^31 elements", "in this call of `f`"});
}

TEST(LoweringError, ARangeLeavesItsAxis) {
  const char *text = R"(
layer L[D](x: [D]) -> f32 {
  return sum(x[:6]) + x[D - 6]
}
model M[D](x: [D]) -> f32 {
  l = L[D]
  return l(x)
}
)";
  expectRefusal(text,
                {"`:6` is 0:6, which does not lie within an axis of size 5",
                 "`D - 6` with D = 5 is -1, which does not lie within an axis of size 5"},
                {{"D", 5}});
  EXPECT_TRUE(Lowered(text, {{"D", 6}}).isValid);
}

TEST(LoweringError, FreeDimensionsLimitWhatSizesCanBe) {
  expectRefusal("model M(x: [T, 4]) -> [2, T / 2] { return split(x[:, 0], 2) }",
                {"size `T / 2` may not be whole: the data decides"});
  expectRefusal("model M(x: [T, 4]) -> [T * 4] { return flatten(x) }",
                {"`flatten` needs sizes that are known before the data comes, found [T, 4]"});
  expectRefusal("model M(x: [T, 4], y: [2 * T]) -> f32 { return sum(x) + sum(y) }",
                {"expected a name or a number for the size of a model's input, found `2 * T`"});
  expectRefusal("model M(x: [T, 4]) -> [T - 1, 4] { return x[1:] }",
                {"takes a part of unknown size from an axis of size T"});
}

TEST(LoweringError, WindowsAndBordersHaveSizesThatAreKnown) {
  expectRefusal(
      "model M(x: [T, 4], y: [S]) -> f32 { return sum(windows(x, S, axis = 0)) + sum(y) }",
      {"`windows` needs sizes that are known before the data comes, found `S`"});
  expectRefusal("fn f[K](x: [N]) -> [N - K] { return pad(x, 0, 0 - K) }\n"
                "model M(x: [4]) -> [1] { return f[3](x) }",
                {"expected a whole size of at least 0, but `-K` is -3 with K = 3"});
  expectRefusal("fn f[K](x: [N]) -> [N + K] { return reflect(x, K, 0) }\n"
                "model M(x: [4]) -> [9] { return f[5](x) }",
                {"an axis of size 4 reflects at most 3 elements, but `K` is 5 with K = 5"});
  expectRefusal("fn f[K](x: [N]) -> f32 { return sum(windows(x, K)) }\n"
                "model M(x: [4]) -> f32 { return f[5](x) }",
                {"expected a size of at least 1, but `N + 1 - K` is 0"});
  expectRefusal("model M(x: [T, 4]) -> f32 { return sum(reshape(x, 2 * T, 2)) }",
                {"`reshape` needs sizes that are known before the data comes, found [T, 4]"});
}

TEST(LoweringError, PlacesLieWithinTheirArrays) {
  const std::string text = "cell C(x: f32) -> f32 {\n  state h: f32 = 0\n  h' = x\n  return h\n}\n"
                           "cell S[L](x: f32) -> f32 {\n  cs = C * L\n  y = x\n"
                           "  for c in cs {\n    y = c(y)\n  }\n  return y\n}\n"
                           "model M[L](x: [T]) -> f32 {\n  s = S[L]\n  _, last = scan s(x)";
  expectRefusal(text + " from (cs[L].h = 1)\n  return last.cs[0].h\n}",
                {"the place `L` with L = 3 does not lie within an array of 3"}, {{"L", 3}});
  expectRefusal(text + "\n  return last.cs[2 - L].h\n}",
                {"the place `2 - L` with L = 3 does not lie within an array of 3"}, {{"L", 3}});
  const Lowered lowered(text + " from (cs[L - 1].h = 1)\n  return last.cs[0].h\n}", {{"L", 3}});
  EXPECT_TRUE(lowered.isValid) << lowered.messages();
}

TEST(LoweringError, TheSameIsSaidOnce) {
  Lowered lowered(heads, {{"D", 5}});
  EXPECT_EQ(lowered.diagnostics.numErrors(), 2u) << lowered.messages(); // in `Heads` and in `M`
}

TEST(LoweringError, GrowthByCallsOfCallsIsLimited) {
  std::string text = "fn f0(x: f32) -> f32 { return x + 1 }\n";
  for (int i = 1; i < 40; ++i)
    text += "fn f" + std::to_string(i) + "(x: f32) -> f32 { return f" + std::to_string(i - 1) +
            "(f" + std::to_string(i - 1) + "(x)) }\n";
  expectRefusal(text + "model M(x: f32) -> f32 { return f39(x) }", {"the model grows beyond"});
}

TEST(LoweringError, DepthOfCallsIsLimited) {
  std::string text = "fn f0(x: f32) -> f32 { return x + 1 }\n";
  for (int i = 1; i < 3000; ++i)
    text += "fn f" + std::to_string(i) + "(x: f32) -> f32 { return f" + std::to_string(i - 1) +
            "(x) }\n";
  expectRefusal(text + "model M(x: f32) -> f32 { return f2999(x) }", {"levels in each other"});
}

TEST(LoweringError, FreeDimensionsDecideNoRequirement) {
  const char *text = R"(
fn pairs(x: [N]) -> f32 {
  require N % 2 == 0
  return sum(x)
}
model M(x: [T]) -> f32 { return pairs(x) }
)";
  expectRefusal(text, {"with N = T, `require N % 2 == 0` cannot be known before the data comes"});
}

TEST(LoweringError, DefaultsAreCheckedWithoutLowering) {
  const std::string layer = "layer L[D](x: [D]) -> [D] {\n  require D % 4 == 0\n  return x\n}\n";
  auto model = [](const std::string &header, const std::string &size) {
    return "model " + header + "(x: [" + size + "]) -> [" + size + "] {\n  l = L[" + size +
           "]\n  return l(x)\n}\n";
  };
  auto messagesOf = [&](const std::string &models) {
    llvm::SourceMgr sources;
    Diagnostics diagnostics(sources);
    const unsigned buffer = sources.AddNewSourceBuffer(
        llvm::MemoryBuffer::getMemBufferCopy(layer + models, "test.fold"), llvm::SMLoc());
    const auto file = parseWithLibrary(sources, buffer, diagnostics);
    EXPECT_TRUE(check(*file, diagnostics));
    EXPECT_EQ(checkRequirements(*file, diagnostics), diagnostics.numErrors() == 0);
    std::string text;
    for (const Diagnostic &message : diagnostics.all())
      text += message.text + "\n";
    return text;
  };
  EXPECT_EQ(messagesOf(model("A[D = 8]", "D") + model("B", "12")), "");
  EXPECT_EQ(messagesOf(model("A[D = 6]", "D")), "`require D % 4 == 0` does not hold with D = 6\n");
  EXPECT_EQ(messagesOf(model("A", "7")), "`require D % 4 == 0` does not hold with D = 7\n");
  EXPECT_EQ(messagesOf(model("A[D]", "D")), "");
  EXPECT_EQ(messagesOf(model("A[D = 6]", "D") + model("B", "6")),
            "`require D % 4 == 0` does not hold with D = 6\n"); // said once
}
