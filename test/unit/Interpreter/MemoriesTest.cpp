//===- MemoriesTest.cpp - Memories that grow --------------------*- C++ -*-===//
//
// Rows that are appended, rows that are there, and what is wrong with a position.
//
//===----------------------------------------------------------------------===//

#include "InterpreterTestHelpers.h"

using namespace gatefold;
using namespace gatefold::test;
using testing::ElementsAre;
using testing::IsEmpty;

static Tensor positions(llvm::ArrayRef<int32_t> values) {
  return integers({static_cast<int64_t>(values.size())}, values);
}

static TestEntry makeAppend() {
  return TestEntry({"tensor<?x?x2xf32>", "tensor<?xi32>", "tensor<?x2xf32>"}, {"tensor<?x?x2xf32>"},
                   R"(
    %0 = gatefold.append %a at %b, %c
        : tensor<?x?x2xf32>, tensor<?xi32>, tensor<?x2xf32> -> tensor<?x?x2xf32> loc("k"("m.fold":1:2))
    gatefold.return %0 : tensor<?x?x2xf32>)");
}

TEST(Append, RowOfEachExample) {
  TestEntry entry = makeAppend();
  EXPECT_THAT(entry.run({floats({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), positions({1, 0}),
                         floats({2, 2}, {9, 10, 11, 12})})[0],
              ElementsAre(1, 2, 9, 10, 11, 12, 7, 8));
  EXPECT_THAT(entry.run({floats({0, 2, 2}, {}), positions({}), floats({0, 2}, {})})[0], IsEmpty());
}

TEST(Append, FullHistory) {
  TestEntry entry = makeAppend();
  for (int32_t position : {2, -1})
    EXPECT_EQ(entry.error({floats({1, 2, 2}, {1, 2, 3, 4}), positions({position}),
                           floats({1, 2}, {9, 10})}),
              "m.fold:1:2: history `k` is full: capacity 2; a longer run needs a larger capacity");
}

TEST(Rows, FromEitherEnd) {
  TestEntry entry({"tensor<?x3x1xf32>", "tensor<?xi32>"},
                  {"tensor<?x?x1xf32>", "tensor<?x?x1xf32>"}, R"(
    %0 = gatefold.prefix %a count %b : tensor<?x3x1xf32>, tensor<?xi32> -> tensor<?x?x1xf32>
    %1 = gatefold.suffix %a count %b : tensor<?x3x1xf32>, tensor<?xi32> -> tensor<?x?x1xf32>
    gatefold.return %0, %1 : tensor<?x?x1xf32>, tensor<?x?x1xf32>)");
  const Tensor rows = floats({2, 3, 1}, {1, 2, 3, 4, 5, 6});
  auto two = entry.run({rows, positions({2, 2})});
  EXPECT_THAT(two[0], ElementsAre(1, 2, 4, 5));
  EXPECT_THAT(two[1], ElementsAre(2, 3, 5, 6));
  EXPECT_THAT(entry.run({rows, positions({0, 0})})[1], IsEmpty());
  EXPECT_THAT(entry.run({floats({0, 3, 1}, {}), positions({})})[0], IsEmpty());
  EXPECT_EQ(entry.error({rows, positions({2, 1})}),
            "test.fold:4:10: expected examples at the same position, but found 2 and 1 rows");
  EXPECT_EQ(entry.error({rows, positions({4, 4})}),
            "test.fold:4:10: expected at most 3 rows, but found 4");
}

TEST(Scan, HistoryWithoutSteps) {
  TestEntry entry({"tensor<?x2xf32>"}, {"tensor<?x2xf32>"}, R"(
    %zero = arith.constant dense<0.0> : tensor<f32>
    %start = arith.constant dense<0> : tensor<i32>
    %t = gatefold.dim %a, 1 : tensor<?x2xf32>
    %none = gatefold.broadcast %zero axes [0, 1] sizes(%t) : tensor<f32> -> tensor<?x2xf32>
    %ys, %rows, %last = gatefold.scan axis 0 (%x = %a : tensor<?x2xf32>)
        memories(%k = %none as "k" : tensor<?x2xf32>, %p = %start as "p" : tensor<i32>)
        -> (tensor<?x2xf32>) {
      %one = arith.constant dense<1> : tensor<i32>
      %n = arith.addi %p, %one : tensor<i32>
      %k1 = gatefold.append %k at %p, %x
          : tensor<?x2xf32>, tensor<i32>, tensor<2xf32> -> tensor<?x2xf32>
      %m = gatefold.prefix %k1 count %n : tensor<?x2xf32>, tensor<i32> -> tensor<?x2xf32>
      %y = gatefold.reduce sum %m axes [1] chain : tensor<?x2xf32> -> tensor<2xf32>
      gatefold.yield outputs(%y : tensor<2xf32>) next(%k1, %n : tensor<?x2xf32>, tensor<i32>)
    }
    gatefold.return %ys : tensor<?x2xf32>)");
  EXPECT_THAT(entry.run({floats({0, 2}, {})})[0], IsEmpty());
  EXPECT_THAT(entry.run({floats({2, 2}, {1, 2, 3, 4})})[0], ElementsAre(1, 2, 4, 6));
}
