//===- ShapesTest.cpp - Operations on shapes --------------------*- C++ -*-===//
//
// Where the operations on shapes put the elements.
//
//===----------------------------------------------------------------------===//

#include "InterpreterTestHelpers.h"

using namespace gatefold;
using namespace gatefold::test;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Broadcast, NewAxesAroundTheOldOne) {
  TestEntry entry({"tensor<2xf32>", "tensor<?xf32>"}, {"tensor<?x2x3xf32>"}, R"(
    %n = gatefold.dim %b, 0 : tensor<?xf32>
    %0 = gatefold.broadcast %a axes [0, 2] sizes(%n) : tensor<2xf32> -> tensor<?x2x3xf32>
    gatefold.return %0 : tensor<?x2x3xf32>)");
  EXPECT_THAT(entry.run({floats({2}, {1, 2}), floats({2}, {0, 0})})[0],
              ElementsAre(1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2));
  EXPECT_THAT(entry.run({floats({2}, {1, 2}), floats({0}, {})})[0], IsEmpty());
}

TEST(Broadcast, NegativeSize) {
  TestEntry entry({"tensor<f32>"}, {"tensor<?xf32>"}, R"(
    %n = arith.constant -1 : index
    %0 = gatefold.broadcast %a axes [0] sizes(%n) : tensor<f32> -> tensor<?xf32>
    gatefold.return %0 : tensor<?xf32>)");
  EXPECT_EQ(entry.error({floats({}, {1})}),
            "test.fold:5:10: expected sizes of at least 0, but found [-1]");
}

TEST(Broadcast, HugeSize) {
  TestEntry entry({"tensor<f32>"}, {"tensor<?x8xf32>"}, R"(
    %n = arith.constant 4000000000000000000 : index
    %0 = gatefold.broadcast %a axes [0, 1] sizes(%n) : tensor<f32> -> tensor<?x8xf32>
    gatefold.return %0 : tensor<?x8xf32>)");
  EXPECT_EQ(entry.error({floats({}, {1})}),
            "test.fold:5:10: expected at most 2^32 elements, but found [4000000000000000000, 8]");
}

TEST(Concat, LastAndOuterAxis) {
  TestEntry entry({"tensor<2x1xf32>", "tensor<2x2xf32>"}, {"tensor<2x3xf32>", "tensor<4x1xf32>"},
                  R"(
    %0 = gatefold.concat %a, %b axis 0 : tensor<2x1xf32>, tensor<2x2xf32> -> tensor<2x3xf32>
    %1 = gatefold.concat %a, %a axis 1 : tensor<2x1xf32>, tensor<2x1xf32> -> tensor<4x1xf32>
    gatefold.return %0, %1 : tensor<2x3xf32>, tensor<4x1xf32>)");
  auto values = entry.run({floats({2, 1}, {1, 2}), floats({2, 2}, {3, 4, 5, 6})});
  EXPECT_THAT(values[0], ElementsAre(1, 3, 4, 2, 5, 6));
  EXPECT_THAT(values[1], ElementsAre(1, 2, 1, 2));
}

TEST(Concat, EmptyOperand) {
  TestEntry entry({"tensor<?xf32>", "tensor<2xf32>"}, {"tensor<?xf32>"}, R"(
    %0 = gatefold.concat %a, %b axis 0 : tensor<?xf32>, tensor<2xf32> -> tensor<?xf32>
    gatefold.return %0 : tensor<?xf32>)");
  EXPECT_THAT(entry.run({floats({0}, {}), floats({2}, {1, 2})})[0], ElementsAre(1, 2));
}

TEST(Slice, FromTheFrontAndFromTheEnd) {
  TestEntry entry({"tensor<?x3xf32>"}, {"tensor<?x2xf32>", "tensor<1x3xf32>"}, R"(
    %0 = gatefold.slice %a axis 0 offset 1 size 2 : tensor<?x3xf32> -> tensor<?x2xf32>
    %1 = gatefold.slice %a axis 1 offset -1 size 1 : tensor<?x3xf32> -> tensor<1x3xf32>
    gatefold.return %0, %1 : tensor<?x2xf32>, tensor<1x3xf32>)");
  auto values = entry.run({floats({2, 3}, {1, 2, 3, 4, 5, 6})});
  EXPECT_THAT(values[0], ElementsAre(2, 3, 5, 6));
  EXPECT_THAT(values[1], ElementsAre(4, 5, 6));
  EXPECT_EQ(entry.error({floats({0, 3}, {})}),
            "test.fold:5:10: expected an axis that has 1 elements from offset -1 on, but found "
            "size 0");
}

TEST(Reshape, KeepsTheOrder) {
  TestEntry entry({"tensor<?x4xf32>"}, {"tensor<?x2x2xf32>"}, R"(
    %0 = gatefold.reshape %a replaced 1 : tensor<?x4xf32> -> tensor<?x2x2xf32>
    gatefold.return %0 : tensor<?x2x2xf32>)");
  llvm::Expected<std::vector<Tensor>> results =
      entry.interpret({floats({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8})});
  ASSERT_TRUE(static_cast<bool>(results));
  EXPECT_EQ(results->front().shape(), llvm::ArrayRef<int64_t>({2, 2, 2}));
  EXPECT_EQ(results->front().elementAsDouble(5), 6);
}

TEST(Reshape, DynamicAxisAmongTheReplaced) {
  TestEntry entry({"tensor<?x2xf32>"}, {"tensor<2x?x1xf32>"}, R"(
    %0 = gatefold.reshape %a replaced 2 : tensor<?x2xf32> -> tensor<2x?x1xf32>
    gatefold.return %0 : tensor<2x?x1xf32>)");
  EXPECT_THAT(entry.run({floats({3, 2}, {1, 2, 3, 4, 5, 6})})[0], ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Transpose, LastAxes) {
  TestEntry entry({"tensor<2x1x3xf32>"}, {"tensor<2x3x1xf32>", "tensor<3x2x1xf32>"}, R"(
    %0 = gatefold.transpose %a [1, 0] : tensor<2x1x3xf32> -> tensor<2x3x1xf32>
    %1 = gatefold.transpose %a [2, 0, 1] : tensor<2x1x3xf32> -> tensor<3x2x1xf32>
    gatefold.return %0, %1 : tensor<2x3x1xf32>, tensor<3x2x1xf32>)");
  auto values = entry.run({floats({2, 1, 3}, {1, 2, 3, 4, 5, 6})});
  EXPECT_THAT(values[0], ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(values[1], ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST(Gather, RowsOfATable) {
  TestEntry entry({"tensor<3x2xf32>", "tensor<?xi32>"}, {"tensor<?x2xf32>"}, R"(
    %0 = gatefold.gather %a[%b] : tensor<3x2xf32>, tensor<?xi32> -> tensor<?x2xf32>
    gatefold.return %0 : tensor<?x2xf32>)");
  Tensor table = floats({3, 2}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(entry.run({table, integers({2}, {2, 0})})[0], ElementsAre(5, 6, 1, 2));
  EXPECT_THAT(entry.run({table, integers({0}, {})})[0], IsEmpty());
  EXPECT_EQ(entry.error({table, integers({2}, {1, 3})}),
            "test.fold:4:10: the index at [1] is 3, but the table has 3 rows");
  EXPECT_EQ(entry.error({table, integers({1}, {-1})}),
            "test.fold:4:10: the index at [0] is -1, but the table has 3 rows");
}

TEST(Gather, NamesInTheMessage) {
  TestEntry entry({"tensor<3x2xf32>", "tensor<1xi32>"}, {"tensor<1x2xf32>"}, R"(
    %words = arith.addi %b, %b : tensor<1xi32> loc("words"("lookup.fold":3:5))
    %0 = gatefold.gather %a[%words] : tensor<3x2xf32>, tensor<1xi32> -> tensor<1x2xf32>
        loc("lookup.fold":4:7)
    gatefold.return %0 : tensor<1x2xf32>)");
  EXPECT_EQ(entry.error({floats({3, 2}, {1, 2, 3, 4, 5, 6}), integers({1}, {250})}),
            "lookup.fold:4:7: `words` at [0] is 500, but the table has 3 rows");
}

TEST(Gather, MappedTables) {
  TestEntry entry({"tensor<2x2x1xf32>", "tensor<2x2xi32>"}, {"tensor<2x2x1xf32>"}, R"(
    %0 = gatefold.gather %a[%b] mapped 1
        : tensor<2x2x1xf32>, tensor<2x2xi32> -> tensor<2x2x1xf32>
    gatefold.return %0 : tensor<2x2x1xf32>)");
  EXPECT_THAT(entry.run({floats({2, 2, 1}, {1, 2, 3, 4}), integers({2, 2}, {1, 1, 0, 1})})[0],
              ElementsAre(2, 2, 3, 4));
}

TEST(Reverse, EitherAxis) {
  TestEntry entry({"tensor<?x3xf32>"}, {"tensor<?x3xf32>", "tensor<?x3xf32>"}, R"(
    %0 = gatefold.reverse %a axis 0 : tensor<?x3xf32>
    %1 = gatefold.reverse %a axis 1 : tensor<?x3xf32>
    gatefold.return %0, %1 : tensor<?x3xf32>, tensor<?x3xf32>)");
  auto values = entry.run({floats({2, 3}, {1, 2, 3, 4, 5, 6})});
  EXPECT_THAT(values[0], ElementsAre(3, 2, 1, 6, 5, 4));
  EXPECT_THAT(values[1], ElementsAre(4, 5, 6, 1, 2, 3));
  EXPECT_THAT(entry.run({floats({0, 3}, {})})[1], IsEmpty());
}

TEST(Windows, StrideAndDilation) {
  TestEntry entry({"tensor<?xf32>"}, {"tensor<?x3xf32>", "tensor<?x2xf32>"}, R"(
    %0 = gatefold.windows %a axis 0 size 3 stride 2 : tensor<?xf32> -> tensor<?x3xf32>
    %1 = gatefold.windows %a axis 0 size 2 dilation 3 : tensor<?xf32> -> tensor<?x2xf32>
    gatefold.return %0, %1 : tensor<?x3xf32>, tensor<?x2xf32>)");
  auto values = entry.run({floats({6}, {1, 2, 3, 4, 5, 6})});
  EXPECT_THAT(values[0], ElementsAre(1, 2, 3, 3, 4, 5));
  EXPECT_THAT(values[1], ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_EQ(
      entry.error({floats({2}, {1, 2})}),
      "test.fold:5:10: expected an axis of at least 3 elements for windows, but found size 2");
}

TEST(Windows, OfAnOuterAxis) {
  TestEntry entry({"tensor<3x2xf32>"}, {"tensor<2x2x2xf32>"}, R"(
    %0 = gatefold.windows %a axis 1 size 2 : tensor<3x2xf32> -> tensor<2x2x2xf32>
    gatefold.return %0 : tensor<2x2x2xf32>)");
  EXPECT_THAT(entry.run({floats({3, 2}, {1, 2, 3, 4, 5, 6})})[0],
              ElementsAre(1, 2, 3, 4, 3, 4, 5, 6));
}

TEST(Dim, CountsFromTheEnd) {
  TestEntry entry({"tensor<?x?xf32>"}, {"tensor<2xi32>"}, R"(
    %0 = gatefold.dim %a, 0 : tensor<?x?xf32>
    %1 = gatefold.dim %a, 1 : tensor<?x?xf32>
    %2 = arith.index_cast %0 : index to i32
    %3 = arith.index_cast %1 : index to i32
    %4 = tensor.from_elements %2, %3 : tensor<2xi32>
    gatefold.return %4 : tensor<2xi32>)");
  EXPECT_THAT(entry.run({floats({2, 3}, {0, 0, 0, 0, 0, 0})})[0], ElementsAre(3, 2));
}

TEST(TensorOperations, ExtractSplatDim) {
  TestEntry entry({"tensor<?xf32>"}, {"tensor<2xf32>", "tensor<f32>"}, R"(
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %n = tensor.dim %a, %c0 : tensor<?xf32>
    %last = arith.subi %n, %c1 : index
    %0 = tensor.extract %a[%last] : tensor<?xf32>
    %1 = tensor.splat %0 : tensor<2xf32>
    %2 = tensor.from_elements %0 : tensor<f32>
    gatefold.return %1, %2 : tensor<2xf32>, tensor<f32>)");
  auto values = entry.run({floats({3}, {1, 2, 3})});
  EXPECT_THAT(values[0], ElementsAre(3, 3));
  EXPECT_THAT(values[1], ElementsAre(3));
  EXPECT_EQ(entry.error({floats({0}, {})}),
            "test.fold:8:10: expected an index below 0, but found -1");
}
