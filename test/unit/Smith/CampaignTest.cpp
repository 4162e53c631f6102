//===- CampaignTest.cpp - Children and reports -------------------*- C++ -*-===//
//
// Crashes and endless loops are results; a campaign counts what it did.
//
//===----------------------------------------------------------------------===//

#include "Campaign.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <csignal>
#include <unistd.h>

using namespace gatefold::smith;
using testing::HasSubstr;

TEST(ChildrenTest, BringResultsBack) {
  const std::string large(1000000, 'x');
  Children children;
  children.start(1, [] { return "one"; }, 20);
  children.start(2, [&] { return large; }, 20);
  std::map<uint64_t, std::string> outputs;
  while (children.numRunning() != 0) {
    ChildResult result = children.wait();
    EXPECT_EQ(result.problem, "");
    outputs[result.task] = result.output;
  }
  EXPECT_EQ(outputs[1], "one");
  EXPECT_EQ(outputs[2], large);
}

TEST(ChildrenTest, CrashesAreResults) {
  auto crash = []() -> std::string {
    std::raise(SIGSEGV);
    return "";
  };
  EXPECT_EQ(runInChild(crash, 20).problem, "Segmentation fault");
}

TEST(ChildrenTest, EndlessLoopsAreResults) {
  auto wait = []() -> std::string {
    for (;;)
      ::pause();
  };
  EXPECT_EQ(runInChild(wait, 0.1).problem, "takes too long");
}

TEST(CampaignTest, CountsModels) {
  CampaignOptions options;
  options.count = 3;
  options.jobs = 2;
  CampaignResult result = runCampaign(options);
  EXPECT_EQ(result.numModels, 3u);
  EXPECT_GE(result.numConfigurations, 6u);
  EXPECT_TRUE(result.failures.empty());
  EXPECT_FALSE(result.features.empty());
  std::string text;
  llvm::raw_string_ostream os(text);
  result.print(os);
  EXPECT_THAT(text, HasSubstr("3 models"));
}
