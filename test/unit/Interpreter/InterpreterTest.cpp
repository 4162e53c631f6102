//===- InterpreterTest.cpp - Entries as a whole -----------------*- C++ -*-===//
//
// Arguments, weights, sizes and results of an entry.
//
//===----------------------------------------------------------------------===//

#include "InterpreterTestHelpers.h"

using namespace gatefold;
using namespace gatefold::test;
using testing::ElementsAre;

static const char *const addWeight = R"(
    %0 = gatefold.read @layer.b : tensor<2xf32>
    %1 = arith.addf %a, %0 : tensor<2xf32>
    gatefold.return %1 : tensor<2xf32>)";
static const char *const weightText = "gatefold.weight @layer.b : tensor<2xf32>";

TEST(Interpret, Weights) {
  TestEntry entry({"tensor<2xf32>"}, {"tensor<2xf32>"}, addWeight, weightText);
  entry.weights.emplace("layer.b", floats({2}, {10, 20}));
  EXPECT_THAT(entry.run({floats({2}, {1, 2})})[0], ElementsAre(11, 22));
}

TEST(Interpret, MissingAndMisshapenWeights) {
  TestEntry entry({"tensor<2xf32>"}, {"tensor<2xf32>"}, addWeight, weightText);
  EXPECT_EQ(entry.error({floats({2}, {1, 2})}), "test.fold:4:10: no weight `layer.b`");
  entry.weights.emplace("layer.b", floats({3}, {1, 2, 3}));
  EXPECT_EQ(entry.error({floats({2}, {1, 2})}),
            "test.fold:4:10: `layer.b`: expected shape [2], but found [3]");
  entry.weights["layer.b"] = integers({2}, {1, 2});
  EXPECT_EQ(entry.error({floats({2}, {1, 2})}),
            "test.fold:4:10: `layer.b`: expected elements of type f32, but found i32");
}

TEST(Interpret, DoubleResults) {
  TestEntry entry({"tensor<2xf32>"}, {"tensor<2xf32>"}, addWeight, weightText);
  entry.weights.emplace("layer.b", floats({2}, {1, 1}));
  double values[] = {0.1, 0.2};
  llvm::Expected<std::vector<Tensor>> results =
      entry.interpret({Tensor::copyOf<double>(ElementType::F64, {2}, values)}, inDouble());
  ASSERT_TRUE(static_cast<bool>(results));
  EXPECT_EQ(results->front().type(), ElementType::F64);
  EXPECT_EQ(results->front().elementAsDouble(0), 1.1);
  results = entry.interpret({floats({2}, {1, 2})});
  ASSERT_TRUE(static_cast<bool>(results));
  EXPECT_EQ(results->front().type(), ElementType::F32);
}

TEST(Interpret, ArgumentsThatDoNotFit) {
  TestEntry entry({"tensor<?x3xf32>", "tensor<?xi32>"}, {"tensor<?xi32>"},
                  "gatefold.return %b : tensor<?xi32>");
  EXPECT_EQ(entry.error({floats({1, 3}, {1, 2, 3})}),
            "test.fold:3:1: expected 2 arguments, but found 1");
  EXPECT_EQ(entry.error({floats({1, 2}, {1, 2}), integers({1}, {1})}),
            "test.fold:3:1: expected `a` of shape [d0, 3], but found [1, 2]");
  EXPECT_EQ(entry.error({floats({3}, {1, 2, 3}), integers({1}, {1})}),
            "test.fold:3:1: expected `a` of shape [d0, 3], but found [3]");
  EXPECT_EQ(entry.error({floats({1, 3}, {1, 2, 3}), integers({2}, {1, 2})}),
            "test.fold:3:1: expected `d0` of `b` to be 1, but found 2");
  EXPECT_EQ(entry.error({floats({1, 3}, {1, 2, 3}), floats({1}, {1})}),
            "test.fold:3:1: `b`: expected elements of type i32, but found f32");
}

TEST(Interpret, NamedSizes) {
  TestEntry entry({}, {"tensor<?xf32>"}, R"(
    %0 = arith.constant dense<0.5> : tensor<f32>
    %1 = gatefold.size "batch"
    %2 = gatefold.broadcast %0 axes [0] sizes(%1) : tensor<f32> -> tensor<?xf32>
    gatefold.return %2 : tensor<?xf32>)");
  EXPECT_THAT(entry.run({}, {Precision::Single, {{"batch", 3}}})[0], ElementsAre(0.5, 0.5, 0.5));
  EXPECT_EQ(entry.error({}),
            "test.fold:5:10: expected a size for the dimension `batch`, which no argument shows");
}

TEST(Interpret, SizeOfAnArgument) {
  TestEntry entry({"tensor<?xf32>"}, {"tensor<i32>"}, R"(
    %0 = gatefold.size "d0"
    %1 = arith.index_cast %0 : index to i32
    %2 = tensor.from_elements %1 : tensor<i32>
    gatefold.return %2 : tensor<i32>)");
  EXPECT_THAT(entry.run({floats({4}, {1, 2, 3, 4})})[0], ElementsAre(4));
}

TEST(Interpret, Constants) {
  TestEntry entry({}, {"tensor<2x2xf32>", "tensor<3xi64>", "tensor<f32>"}, R"(
    %0 = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
    %1 = arith.constant dense<-7> : tensor<3xi64>
    %2 = arith.constant 0.1 : f32
    %3 = tensor.from_elements %2 : tensor<f32>
    gatefold.return %0, %1, %3 : tensor<2x2xf32>, tensor<3xi64>, tensor<f32>)");
  auto values = entry.run({});
  EXPECT_THAT(values[0], ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(values[1], ElementsAre(-7, -7, -7));
  EXPECT_THAT(values[2], ElementsAre(static_cast<double>(0.1f)));
}
