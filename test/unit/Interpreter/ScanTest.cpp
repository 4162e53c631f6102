//===- ScanTest.cpp - The scan ----------------------------------*- C++ -*-===//
//
// Order of steps, memories, batches and sequences without a step.
//
//===----------------------------------------------------------------------===//

#include "InterpreterTestHelpers.h"

using namespace gatefold;
using namespace gatefold::test;
using testing::ElementsAre;
using testing::IsEmpty;

/// h' = 2 * h + x; the output is h'.
static std::string doubling(const std::string &scan) {
  return R"(
    %two = arith.constant dense<2.0> : tensor<f32>
    %0:2 = gatefold.scan axis 0 )" +
         scan +
         R"((%x = %a : tensor<?xf32>)
        memories(%h = %b as "h" : tensor<f32>) -> (tensor<?xf32>) {
      %1 = arith.mulf %h, %two : tensor<f32>
      %2 = arith.addf %1, %x : tensor<f32>
      gatefold.yield outputs(%2 : tensor<f32>) next(%2 : tensor<f32>)
    }
    gatefold.return %0#0, %0#1 : tensor<?xf32>, tensor<f32>)";
}

TEST(Scan, Forward) {
  TestEntry entry({"tensor<?xf32>", "tensor<f32>"}, {"tensor<?xf32>", "tensor<f32>"}, doubling(""));
  auto values = entry.run({floats({3}, {1, 2, 3}), floats({}, {10})});
  EXPECT_THAT(values[0], ElementsAre(21, 44, 91));
  EXPECT_THAT(values[1], ElementsAre(91));
}

TEST(Scan, ReverseKeepsTheOrderOfTheInputs) {
  TestEntry entry({"tensor<?xf32>", "tensor<f32>"}, {"tensor<?xf32>", "tensor<f32>"},
                  doubling("reverse "));
  auto values = entry.run({floats({3}, {1, 2, 3}), floats({}, {10})});
  EXPECT_THAT(values[0], ElementsAre(97, 48, 23));
  EXPECT_THAT(values[1], ElementsAre(97));
}

TEST(Scan, NoStepLeavesTheMemory) {
  TestEntry entry({"tensor<?xf32>", "tensor<f32>"}, {"tensor<?xf32>", "tensor<f32>"}, doubling(""));
  auto values = entry.run({floats({0}, {}), floats({}, {10})});
  EXPECT_THAT(values[0], IsEmpty());
  EXPECT_THAT(values[1], ElementsAre(10));
}

TEST(Scan, StepsBehindABatch) {
  TestEntry entry({"tensor<?x?xf32>", "tensor<?xf32>"}, {"tensor<?x?xf32>", "tensor<?xf32>"}, R"(
    %0:2 = gatefold.scan axis 1 (%x = %a : tensor<?x?xf32>)
        memories(%h = %b as "h" : tensor<?xf32>) -> (tensor<?x?xf32>) {
      %1 = arith.addf %h, %x : tensor<?xf32>
      gatefold.yield outputs(%1 : tensor<?xf32>) next(%1 : tensor<?xf32>)
    }
    gatefold.return %0#0, %0#1 : tensor<?x?xf32>, tensor<?xf32>)");
  auto values = entry.run({floats({2, 3}, {1, 2, 3, 10, 20, 30}), floats({2}, {0, 100})});
  EXPECT_THAT(values[0], ElementsAre(1, 3, 6, 110, 130, 160));
  EXPECT_THAT(values[1], ElementsAre(6, 160));

  // Without a step the sizes of the outputs are still known.
  llvm::Expected<std::vector<Tensor>> results =
      entry.interpret({floats({2, 0}, {}), floats({2}, {0, 100})});
  ASSERT_TRUE(static_cast<bool>(results));
  EXPECT_EQ((*results)[0].shape(), llvm::ArrayRef<int64_t>({2, 0}));
  EXPECT_EQ((*results)[1].elementAsDouble(1), 100);
}

TEST(Scan, SwappedMemoriesAndValuesFromOutside) {
  TestEntry entry({"tensor<?x1xf32>", "tensor<1xf32>"}, {"tensor<1xf32>", "tensor<1xf32>"}, R"(
    %one = arith.constant dense<1.0> : tensor<1xf32>
    %0:2 = gatefold.scan axis 0 (%x = %a : tensor<?x1xf32>)
        memories(%p = %b as "p" : tensor<1xf32>, %q = %one as "q" : tensor<1xf32>) {
      %1 = arith.addf %p, %b : tensor<1xf32>
      gatefold.yield next(%q, %1 : tensor<1xf32>, tensor<1xf32>)
    }
    gatefold.return %0#0, %0#1 : tensor<1xf32>, tensor<1xf32>)");
  auto values = entry.run({floats({3, 1}, {0, 0, 0}), floats({1}, {5})});
  EXPECT_THAT(values[0], ElementsAre(6));  // 5, 1, 10, 6
  EXPECT_THAT(values[1], ElementsAre(15)); // 1, 10, 6, 15
}

TEST(Scan, Nested) {
  TestEntry entry({"tensor<?x?xf32>"}, {"tensor<?xf32>"}, R"(
    %zero = arith.constant dense<0.0> : tensor<f32>
    %0 = gatefold.scan axis 0 (%row = %a : tensor<?x?xf32>) -> (tensor<?xf32>) {
      %1 = gatefold.scan axis 0 (%x = %row : tensor<?xf32>)
          memories(%s = %zero as "s" : tensor<f32>) {
        %2 = arith.addf %s, %x : tensor<f32>
        gatefold.yield next(%2 : tensor<f32>)
      }
      gatefold.yield outputs(%1 : tensor<f32>)
    }
    gatefold.return %0 : tensor<?xf32>)");
  EXPECT_THAT(entry.run({floats({2, 2}, {1, 2, 3, 4})})[0], ElementsAre(3, 7));
}

TEST(Scan, StepsDisagree) {
  TestEntry entry({"tensor<?xf32>", "tensor<1x?xf32>"}, {"tensor<?xf32>"}, R"(
    %b0 = gatefold.reduce sum %b axes [1] chain : tensor<1x?xf32> -> tensor<?xf32>
    %0 = gatefold.scan axis 0 (%x = %a : tensor<?xf32>, %y = %b0 : tensor<?xf32>) -> (tensor<?xf32>) {
      gatefold.yield outputs(%x : tensor<f32>)
    }
    gatefold.return %0 : tensor<?xf32>)");
  EXPECT_EQ(entry.error({floats({2}, {1, 2}), floats({1, 3}, {1, 2, 3})}),
            "test.fold:5:10: expected sequences with equally many steps, but found 2 and 3");
}
