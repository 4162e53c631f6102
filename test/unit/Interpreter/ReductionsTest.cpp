//===- ReductionsTest.cpp - Products and reductions -------------*- C++ -*-===//
//
// Values of dot, reduce and argmax, and the order in which they add.
//
//===----------------------------------------------------------------------===//

#include "InterpreterTestHelpers.h"

using namespace gatefold;
using namespace gatefold::test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::NanSensitiveDoubleEq;

static constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
static constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Dot, MatrixTimesVector) {
  TestEntry entry({"tensor<3xf32>", "tensor<2x3xf32>"}, {"tensor<2xf32>"}, R"(
    %0 = gatefold.dot %a, %b chain : tensor<3xf32>, tensor<2x3xf32> -> tensor<2xf32>
    gatefold.return %0 : tensor<2xf32>)");
  EXPECT_THAT(entry.run({floats({3}, {1, 2, 3}), floats({2, 3}, {1, 0, 0, 1, 1, 2})})[0],
              ElementsAre(1, 9));
}

TEST(Dot, RowsTimesTransposedColumns) {
  TestEntry entry({"tensor<?x2xf32>", "tensor<2x3xf32>"}, {"tensor<?x3xf32>"}, R"(
    %0 = gatefold.dot %a, %b chain transposed : tensor<?x2xf32>, tensor<2x3xf32> -> tensor<?x3xf32>
    gatefold.return %0 : tensor<?x3xf32>)");
  EXPECT_THAT(entry.run({floats({2, 2}, {1, 2, 0, 1}), floats({2, 3}, {1, 2, 3, 4, 5, 6})})[0],
              ElementsAre(9, 12, 15, 4, 5, 6));
}

TEST(Dot, MappedAxesRunTogether) {
  TestEntry entry({"tensor<2x2xf32>", "tensor<2x3x2xf32>"}, {"tensor<2x3xf32>"}, R"(
    %0 = gatefold.dot %a, %b chain mapped 1 : tensor<2x2xf32>, tensor<2x3x2xf32> -> tensor<2x3xf32>
    gatefold.return %0 : tensor<2x3xf32>)");
  EXPECT_THAT(entry.run({floats({2, 2}, {1, 10, 2, 20}),
                         floats({2, 3, 2}, {1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1})})[0],
              ElementsAre(1, 10, 11, 2, 20, 22));
}

TEST(Dot, MappedAndTransposed) {
  TestEntry entry({"tensor<2x2xf32>", "tensor<2x2x1xf32>"}, {"tensor<2x1xf32>"}, R"(
    %0 = gatefold.dot %a, %b lanes mapped 1 transposed
        : tensor<2x2xf32>, tensor<2x2x1xf32> -> tensor<2x1xf32>
    gatefold.return %0 : tensor<2x1xf32>)");
  EXPECT_THAT(entry.run({floats({2, 2}, {1, 2, 3, 4}), floats({2, 2, 1}, {5, 6, 7, 8})})[0],
              ElementsAre(17, 53));
}

TEST(Dot, NothingToContractIsZero) {
  TestEntry entry({"tensor<?xf32>", "tensor<2x?xf32>"}, {"tensor<2xf32>"}, R"(
    %0 = gatefold.dot %a, %b lanes : tensor<?xf32>, tensor<2x?xf32> -> tensor<2xf32>
    gatefold.return %0 : tensor<2xf32>)");
  EXPECT_THAT(entry.run({floats({0}, {}), floats({2, 0}, {})})[0], ElementsAre(0, 0));
}

TEST(Dot, ContractedSizesDisagree) {
  TestEntry entry({"tensor<?xf32>", "tensor<2x?xf32>"}, {"tensor<2xf32>"}, R"(
    %0 = gatefold.dot %a, %b chain : tensor<?xf32>, tensor<2x?xf32> -> tensor<2xf32>
    gatefold.return %0 : tensor<2xf32>)");
  EXPECT_EQ(entry.error({floats({3}, {1, 2, 3}), floats({2, 2}, {1, 2, 3, 4})}),
            "test.fold:4:10: expected mapped and contracted axes of equal sizes, but found [3] and "
            "[2, 2]");
}

// The product has 24 significant bits more than f32 holds: rounding it first would give 0.
TEST(Dot, ProductsAreFused) {
  TestEntry entry({"tensor<2xf32>", "tensor<2xf32>"}, {"tensor<f32>"}, R"(
    %0 = gatefold.dot %a, %b chain : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
    gatefold.return %0 : tensor<f32>)");
  float x = 1.0f + 0x1p-12f;
  EXPECT_THAT(entry.run({floats({2}, {-1.0f - 0x1p-11f, x}), floats({2}, {1.0f, x})})[0],
              ElementsAre(0x1p-24));
}

/// 2^24 and seventeen ones: a chain loses every one, lanes lose the one that meets 2^24 alone.
static Tensor oneLargeAndManySmall() {
  std::vector<float> values(18, 1.0f);
  values[0] = 0x1p24f;
  return floats({18}, values);
}

TEST(Order, ChainAddsInTheOrderOfTheIndex) {
  TestEntry entry({"tensor<18xf32>"}, {"tensor<f32>"}, R"(
    %0 = gatefold.reduce sum %a axes [0] chain : tensor<18xf32> -> tensor<f32>
    gatefold.return %0 : tensor<f32>)");
  EXPECT_THAT(entry.run({oneLargeAndManySmall()})[0], ElementsAre(0x1p24));
}

// Lane 0 is 2^24 + 1 = 2^24, lane 1 is 2, the others 1. Folding by 8, 4 and 2 adds 1 to lane 0
// (lost), then 2 (kept), then 4 (kept); lane 1 has gathered 9 by then.
TEST(Order, LanesFoldFromEightToOne) {
  TestEntry entry({"tensor<18xf32>"}, {"tensor<f32>"}, R"(
    %0 = gatefold.reduce sum %a axes [0] lanes : tensor<18xf32> -> tensor<f32>
    gatefold.return %0 : tensor<f32>)");
  // 2^24 + 2 + 4 + 9 lies between two f32 and goes to the even one.
  EXPECT_THAT(entry.run({oneLargeAndManySmall()})[0], ElementsAre(0x1p24 + 16));
}

TEST(Order, DotFollowsItToo) {
  auto dot = [](const char *order) {
    TestEntry entry({"tensor<18xf32>", "tensor<18xf32>"}, {"tensor<f32>"},
                    llvm::Twine("%0 = gatefold.dot %a, %b " + llvm::Twine(order) +
                                " : tensor<18xf32>, tensor<18xf32> -> tensor<f32>\n"
                                "gatefold.return %0 : tensor<f32>")
                        .str());
    return entry.run({oneLargeAndManySmall(), floats({18}, std::vector<float>(18, 1.0f))})[0][0];
  };
  EXPECT_EQ(dot("chain"), 0x1p24);
  EXPECT_EQ(dot("lanes"), 0x1p24 + 16);
}

TEST(Order, DoubleLosesNothingHere) {
  TestEntry entry({"tensor<18xf32>"}, {"tensor<f32>"}, R"(
    %0 = gatefold.reduce sum %a axes [0] chain : tensor<18xf32> -> tensor<f32>
    gatefold.return %0 : tensor<f32>)");
  EXPECT_THAT(entry.run({oneLargeAndManySmall()}, inDouble())[0], ElementsAre(0x1p24 + 17));
}

TEST(Reduce, SeveralAxes) {
  TestEntry entry({"tensor<2x2x3xf32>"}, {"tensor<2xf32>"}, R"(
    %0 = gatefold.reduce sum %a axes [0, 2] chain : tensor<2x2x3xf32> -> tensor<2xf32>
    gatefold.return %0 : tensor<2xf32>)");
  EXPECT_THAT(entry.run({floats({2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})})[0],
              ElementsAre(30, 48));
}

// In f32, 2^24 + 1 + 1 is 2^24 and 1 + 1 + 2^24 is not: the outer axis runs slower.
TEST(Reduce, OuterAxesRunSlower) {
  TestEntry entry({"tensor<2x2xf32>"}, {"tensor<f32>"}, R"(
    %0 = gatefold.reduce sum %a axes [0, 1] chain : tensor<2x2xf32> -> tensor<f32>
    gatefold.return %0 : tensor<f32>)");
  EXPECT_THAT(entry.run({floats({2, 2}, {1, 1, 0x1p24f, 0})})[0], ElementsAre(0x1p24 + 2));
  EXPECT_THAT(entry.run({floats({2, 2}, {1, 0x1p24f, 1, 0})})[0], ElementsAre(0x1p24));
}

TEST(Reduce, ProductMaximumMinimum) {
  TestEntry entry({"tensor<3xf32>"}, {"tensor<f32>", "tensor<f32>", "tensor<f32>"}, R"(
    %0 = gatefold.reduce product %a axes [0] chain : tensor<3xf32> -> tensor<f32>
    %1 = gatefold.reduce maximum %a axes [0] lanes : tensor<3xf32> -> tensor<f32>
    %2 = gatefold.reduce minimum %a axes [0] chain : tensor<3xf32> -> tensor<f32>
    gatefold.return %0, %1, %2 : tensor<f32>, tensor<f32>, tensor<f32>)");
  auto values = entry.run({floats({3}, {2, -3, 4})});
  EXPECT_THAT(values[0], ElementsAre(-24));
  EXPECT_THAT(values[1], ElementsAre(4));
  EXPECT_THAT(values[2], ElementsAre(-3));
  values = entry.run({floats({3}, {2, notANumber, 4})});
  for (int result : {0, 1, 2})
    EXPECT_THAT(values[result], ElementsAre(NanSensitiveDoubleEq(notANumber)));
}

TEST(Reduce, NoTerms) {
  TestEntry entry({"tensor<2x?xf32>"},
                  {"tensor<2xf32>", "tensor<2xf32>", "tensor<2xf32>", "tensor<2xf32>"}, R"(
    %0 = gatefold.reduce sum %a axes [0] lanes : tensor<2x?xf32> -> tensor<2xf32>
    %1 = gatefold.reduce product %a axes [0] chain : tensor<2x?xf32> -> tensor<2xf32>
    %2 = gatefold.reduce maximum %a axes [0] chain : tensor<2x?xf32> -> tensor<2xf32>
    %3 = gatefold.reduce minimum %a axes [0] chain : tensor<2x?xf32> -> tensor<2xf32>
    gatefold.return %0, %1, %2, %3 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)");
  auto values = entry.run({floats({2, 0}, {})});
  EXPECT_THAT(values[0], ElementsAre(0, 0));
  EXPECT_THAT(values[1], ElementsAre(1, 1));
  EXPECT_THAT(values[2], ElementsAre(-infinity, -infinity));
  EXPECT_THAT(values[3], ElementsAre(infinity, infinity));
}

TEST(Reduce, Integers) {
  TestEntry entry({"tensor<?xi32>"}, {"tensor<i32>", "tensor<i32>"}, R"(
    %0 = gatefold.reduce sum %a axes [0] chain : tensor<?xi32> -> tensor<i32>
    %1 = gatefold.reduce maximum %a axes [0] chain : tensor<?xi32> -> tensor<i32>
    gatefold.return %0, %1 : tensor<i32>, tensor<i32>)");
  auto values = entry.run({integers({3}, {2147483647, 1, -5})});
  EXPECT_THAT(values[0], ElementsAre(2147483643)); // wraps around, twice
  EXPECT_THAT(values[1], ElementsAre(2147483647));
  EXPECT_THAT(entry.run({integers({0}, {})})[1], ElementsAre(-2147483648.0));
}

TEST(Reduce, OverNoAxesIsTheOperand) {
  TestEntry entry({"tensor<2xf32>"}, {"tensor<2xf32>"}, R"(
    %0 = gatefold.reduce sum %a axes [] chain : tensor<2xf32> -> tensor<2xf32>
    gatefold.return %0 : tensor<2xf32>)");
  EXPECT_THAT(entry.run({floats({2}, {3, 4})})[0], ElementsAre(3, 4));
}

TEST(Cumulate, SumsAndProducts) {
  TestEntry entry({"tensor<?x2xf32>", "tensor<3xi32>"},
                  {"tensor<?x2xf32>", "tensor<?x2xf32>", "tensor<3xi32>"}, R"(
    %0 = gatefold.cumulate sum %a axis 1 : tensor<?x2xf32>
    %1 = gatefold.cumulate product %a axis 0 : tensor<?x2xf32>
    %2 = gatefold.cumulate sum %b axis 0 : tensor<3xi32>
    gatefold.return %0, %1, %2 : tensor<?x2xf32>, tensor<?x2xf32>, tensor<3xi32>)");
  auto values = entry.run({floats({3, 2}, {1, 2, 3, 4, 5, 6}), integers({3}, {2147483647, 1, -5})});
  EXPECT_THAT(values[0], ElementsAre(1, 2, 4, 6, 9, 12));
  EXPECT_THAT(values[1], ElementsAre(1, 2, 3, 12, 5, 30));
  EXPECT_THAT(values[2], ElementsAre(2147483647, -2147483648.0, 2147483643)); // wraps around
  EXPECT_THAT(entry.run({floats({0, 2}, {}), integers({3}, {0, 0, 0})})[0], IsEmpty());
}

TEST(ArgMax, FirstOfEqualAndNaN) {
  TestEntry entry({"tensor<?x3xf32>"}, {"tensor<?xi32>"}, R"(
    %0 = gatefold.argmax %a : tensor<?x3xf32> -> tensor<?xi32>
    gatefold.return %0 : tensor<?xi32>)");
  EXPECT_THAT(entry.run({floats(
                  {4, 3}, {1, 3, 3, 5, 2, 1, 1, notANumber, 9, notANumber, 9, notANumber})})[0],
              ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(entry.run({floats({0, 3}, {})})[0], IsEmpty());
}

TEST(ArgMax, EmptyAxis) {
  TestEntry entry({"tensor<?xf32>"}, {"tensor<i32>"}, R"(
    %0 = gatefold.argmax %a : tensor<?xf32> -> tensor<i32>
    gatefold.return %0 : tensor<i32>)");
  EXPECT_EQ(entry.error({floats({0}, {})}),
            "test.fold:4:10: expected an axis that is not empty, but found [0]");
}
