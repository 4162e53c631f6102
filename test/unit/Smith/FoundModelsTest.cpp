//===- FoundModelsTest.cpp - Models that once failed -------------*- C++ -*-===//
//
// Reduced models on which the compiler was wrong, with all choices of passes.
//
//===----------------------------------------------------------------------===//

#include "Campaign.h"
#include "gtest/gtest.h"

using namespace gatefold::smith;

/// A model whose only cell has this body.
static std::string makeModel(const std::string &body) {
  return "cell Cell1(x1: [16]) -> [16] {\n" + body +
         "}\n\nmodel Main(xs1: [T, 16]) -> (y0: [T, 16]) {\n  cell1 = Cell1\n"
         "  return scan cell1(xs1)\n}\n";
}

static void expectAgreement(const std::string &text) {
  CheckOptions options;
  options.numVariants = -1;
  CheckResult result = checkInChild(text, options, 60);
  EXPECT_EQ(result.status, CheckResult::Status::Passed)
      << result.check << ": " << result.detail << "\n"
      << result.configuration.printFlags() << "\n"
      << text;
}

TEST(FoundModelsTest, ProductOfWeights) {
  expectAgreement(makeModel("  weight W: [16, 3]\n  weight v: [3]\n  return W @ v + x1\n"));
}

TEST(FoundModelsTest, ProductOfAProduct) {
  expectAgreement(makeModel("  weight W: [20, 16]\n  weight V: [16, 20]\n"
                            "  return V @ (W @ x1)\n"));
  expectAgreement(makeModel("  weight W: [16, 3]\n  weight V: [16, 16]\n  weight v: [3]\n"
                            "  return V @ (W @ v) + x1\n"));
}

TEST(FoundModelsTest, GatesOfAWeight) {
  expectAgreement(makeModel("  weight v: [16]\n  inner = Gru[16, 16]\n  return inner(v) + x1\n"));
}
