//===- ModelCheckTest.cpp - What is found out about a model ------*- C++ -*-===//
//
// Texts that agree, that say nothing, and that fail; the comparisons on numbers that are wrong.
//
//===----------------------------------------------------------------------===//

#include "ModelCheck.h"
#include "LoweredText.h"
#include "Reference.h"
#include "Ways.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::smith;
using testing::HasSubstr;

static constexpr const char *sums = R"(cell Sum(x: [3]) -> [3] {
  weight W: [3, 3]
  state total: [3] = 0
  total' = 0.5 * total + W @ x
  return total'
}

model Main(xs: [T, 3]) -> (y0: [T, 3]) {
  sum = Sum
  return scan sum(xs)
}
)";

TEST(ModelCheckTest, FindsNothingWrong) {
  CheckOptions options;
  options.numVariants = -1;
  CheckResult result = checkModel(sums, options);
  EXPECT_EQ(result.status, CheckResult::Status::Passed) << result.check << result.detail;
  EXPECT_GE(result.numConfigurations, 3u);
  EXPECT_EQ(result.numRuns, 2u);
}

TEST(ModelCheckTest, ComparesRoundedWeightsWithRounding) {
  std::string wide(sums);
  for (size_t at = 0; (at = wide.find('3', at)) != std::string::npos;)
    wide.replace(at, 1, "17");
  CheckOptions options;
  options.onlySizes = RunSizes::parse("T=3,batch=2");
  options.onlyConfiguration.emplace().weightType = "bf16";
  CheckResult result = checkModel(wide, options);
  EXPECT_EQ(result.status, CheckResult::Status::Passed) << result.check << result.detail;
  // Without passes, with all, and with the rounding alone.
  EXPECT_EQ(result.numConfigurations, 3u);
}

TEST(ModelCheckTest, RejectsWhatJumps) {
  CheckOptions options;
  options.onlySizes = RunSizes::parse("T=2,batch=1");
  CheckResult result = checkModel("model Main(xs: [T, 3]) -> (y0: [T, 3]) {\n"
                                  "  return sin(3000000 * xs)\n}\n",
                                  options);
  EXPECT_EQ(result.status, CheckResult::Status::Rejected);
  EXPECT_THAT(result.detail, HasSubstr("`y0` moves by"));
  result =
      checkModel("model Main(xs: [T, 3]) -> (y0: [T, 3]) {\n  return log(xs - 2)\n}\n", options);
  EXPECT_EQ(result.status, CheckResult::Status::Rejected);
  EXPECT_THAT(result.detail, HasSubstr("no numbers"));
}

TEST(ModelCheckTest, TellsWrongTexts) {
  CheckResult result = checkModel("model Main(xs: [T]) -> (y0: [T]) {\n  return ys\n}\n", {});
  EXPECT_EQ(result.status, CheckResult::Status::Failed);
  EXPECT_EQ(result.check, "text");
  EXPECT_THAT(result.detail, HasSubstr("model.fold:2:10: error: unknown name `ys`"));
}

TEST(ModelCheckTest, ReadsItsResults) {
  CheckResult result;
  result.status = CheckResult::Status::Failed;
  result.check = "step = sequence";
  result.detail = "1 of 2";
  result.configuration.disabledPasses = {"fuse-gates"};
  result.configuration.weightType = "f16";
  result.sizes = "T=1,batch=2";
  result.numRuns = 7;
  std::string text;
  llvm::raw_string_ostream(text) << toJSON(result);
  CheckResult read = parseCheckResult(text);
  EXPECT_TRUE(read.isLike(result));
  EXPECT_EQ(read.detail, result.detail);
  EXPECT_EQ(read.configuration, result.configuration);
  EXPECT_EQ(read.sizes, result.sizes);
  EXPECT_EQ(read.numRuns, 7u);
  EXPECT_EQ(parseCheckResult("").check, "crash");
}

TEST(ModelCheckTest, LikenessLeavesNamesOut) {
  CheckResult a, b;
  a.status = b.status = CheckResult::Status::Failed;
  a.check = b.check = "compile";
  a.detail = "the gate `f1` of 16 rows";
  b.detail = "the gate `g` of 3 rows";
  EXPECT_TRUE(a.isLike(b));
  b.detail = "no gate `g` of 3 rows";
  EXPECT_FALSE(a.isLike(b));
  b.check = "run";
  EXPECT_FALSE(a.isLike(b));
}

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

TEST(WaysTest, TellsADifferentBit) {
  NamedTensors a, b;
  a.set("y", Tensor::fromFloats({2}, {1, 2}));
  b.set("y", Tensor::fromFloats({2}, {1, std::nextafter(2.f, 3.f)}));
  EXPECT_EQ(describeDifference(a, a), "");
  EXPECT_THAT(describeDifference(a, b), HasSubstr("1 of 2 elements of `y` differ, most at [1]"));
  EXPECT_THAT(describeDifference({}, a), HasSubstr("there is no `y`"));
}

TEST(ReferenceTest, ToleranceFollowsTheModel) {
  auto text = LoweredText::create(sums, "sums.fold");
  ASSERT_TRUE(bool(text)) << llvm::toString(text.takeError());
  NamedTensors inputs, weights;
  inputs.set("xs", Tensor::fromFloats({1, 2, 3}, {1, 2, 3, 4, 5, 6}));
  weights.set("sum.W", Tensor::fromFloats({3, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1}));
  auto reference = makeReference(**text, inputs, weights, 0);
  ASSERT_TRUE(bool(reference)) << llvm::toString(reference.takeError());
  EXPECT_EQ(reference->whyRejected, "");
  EXPECT_LT(reference->tolerances[0], 1e-4);
  NamedTensors found;
  found.set("y0", Tensor::fromFloats({1, 2, 3}, {1, 2, 3, 4.5, 6, 7.5}));
  EXPECT_EQ(reference->compare(found, 0), "");
  found.set("y0", Tensor::fromFloats({1, 2, 3}, {1, 2, 3, 4.5, 6, 7.501}));
  EXPECT_THAT(reference->compare(found, 0), HasSubstr("`y0` of example 0 is"));
}
