//===- BlocksTest.cpp - Blocks of steps -------------------------*- C++ -*-===//
//
// Blocks give what one scan over all steps gives, whole ones or not, from either end.
//
//===----------------------------------------------------------------------===//

#include "InterpreterTestHelpers.h"

using namespace gatefold;
using namespace gatefold::test;
using testing::ElementsAre;
using testing::IsEmpty;

/// h' = 2 * h + (x + x), the sum for a block of two steps at once; the output is h'.
static std::string doubling(const std::string &reverse) {
  return R"(
    %two = arith.constant dense<2.0> : tensor<f32>
    %0:2 = gatefold.blocks axis 0 of 2 )" +
         reverse +
         R"((%x = %a : tensor<?xf32>)
        memories(%h = %b as "h" : tensor<f32>) -> (tensor<?xf32>) {
      %1 = arith.addf %x, %x : tensor<?xf32>
      %2:2 = gatefold.scan axis 0 )" +
         reverse + R"((%y = %1 : tensor<?xf32>)
          memories(%g = %h as "h" : tensor<f32>) -> (tensor<?xf32>) {
        %3 = arith.mulf %g, %two : tensor<f32>
        %4 = arith.addf %3, %y : tensor<f32>
        gatefold.yield outputs(%4 : tensor<f32>) next(%4 : tensor<f32>)
      }
      gatefold.yield outputs(%2#0 : tensor<?xf32>) next(%2#1 : tensor<f32>)
    }
    gatefold.return %0#0, %0#1 : tensor<?xf32>, tensor<f32>)";
}

TEST(Blocks, TheLastOneMayBeShort) {
  TestEntry entry({"tensor<?xf32>", "tensor<f32>"}, {"tensor<?xf32>", "tensor<f32>"}, doubling(""));
  auto values = entry.run({floats({5}, {1, 2, 3, 4, 5}), floats({}, {10})});
  EXPECT_THAT(values[0], ElementsAre(22, 48, 102, 212, 434));
  EXPECT_THAT(values[1], ElementsAre(434));
}

TEST(Blocks, ReverseBeginsWithTheLastSteps) {
  TestEntry entry({"tensor<?xf32>", "tensor<f32>"}, {"tensor<?xf32>", "tensor<f32>"},
                  doubling("reverse "));
  auto values = entry.run({floats({3}, {1, 2, 3}), floats({}, {10})});
  EXPECT_THAT(values[0], ElementsAre(114, 56, 26));
  EXPECT_THAT(values[1], ElementsAre(114));
}

TEST(Blocks, NoStepLeavesTheMemory) {
  TestEntry entry({"tensor<?xf32>", "tensor<f32>"}, {"tensor<?xf32>", "tensor<f32>"}, doubling(""));
  auto values = entry.run({floats({0}, {}), floats({}, {10})});
  EXPECT_THAT(values[0], IsEmpty());
  EXPECT_THAT(values[1], ElementsAre(10));
}

TEST(Blocks, StepsBehindABatch) {
  TestEntry entry({"tensor<?x?xf32>"}, {"tensor<?x?xf32>"}, R"(
    %0 = gatefold.blocks axis 1 of 2 (%x = %a : tensor<?x?xf32>) -> (tensor<?x?xf32>) {
      %1 = arith.addf %x, %x : tensor<?x?xf32>
      gatefold.yield outputs(%1 : tensor<?x?xf32>)
    }
    gatefold.return %0 : tensor<?x?xf32>)");
  EXPECT_THAT(entry.run({floats({2, 3}, {1, 2, 3, 4, 5, 6})})[0], ElementsAre(2, 4, 6, 8, 10, 12));
}

TEST(Blocks, OutputsThatAreNoRowPerStep) {
  TestEntry entry({"tensor<?xf32>"}, {"tensor<?xf32>"}, R"(
    %0 = gatefold.blocks axis 0 of 2 (%x = %a : tensor<?xf32>) -> (tensor<?xf32>) {
      %1 = gatefold.concat %x, %x axis 0 : tensor<?xf32>, tensor<?xf32> -> tensor<?xf32>
      gatefold.yield outputs(%1 : tensor<?xf32>)
    }
    gatefold.return %0 : tensor<?xf32>)");
  llvm::Expected<std::vector<Tensor>> results = entry.interpret({floats({3}, {1, 2, 3})});
  ASSERT_FALSE(static_cast<bool>(results));
  EXPECT_THAT(llvm::toString(results.takeError()),
              testing::HasSubstr("expected outputs of the 2 steps of a block, but found 4"));
}
