//===- ElementwiseTest.cpp - Elementwise operations -------------*- C++ -*-===//
//
// Values of the operations of arith and math.
//
//===----------------------------------------------------------------------===//

#include "InterpreterTestHelpers.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::test;
using testing::ElementsAre;
using testing::NanSensitiveDoubleEq;

static constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
static constexpr float infinity = std::numeric_limits<float>::infinity();

/// Evaluates `operation %a : type`.
static double unary(const std::string &operation, float x, InterpreterOptions options = {}) {
  TestEntry entry({"tensor<f32>"}, {"tensor<f32>"},
                  "%0 = " + operation + " %a : tensor<f32>\ngatefold.return %0 : tensor<f32>");
  return entry.run({floats({}, {x})}, options)[0].at(0);
}

/// Evaluates `operation %a, %b : type`.
static double binary(const std::string &operation, float x, float y,
                     InterpreterOptions options = {}) {
  TestEntry entry({"tensor<f32>", "tensor<f32>"}, {"tensor<f32>"},
                  "%0 = " + operation + " %a, %b : tensor<f32>\ngatefold.return %0 : tensor<f32>");
  return entry.run({floats({}, {x}), floats({}, {y})}, options)[0].at(0);
}

static int64_t onIntegers(const std::string &operation, int32_t x, int32_t y) {
  TestEntry entry({"tensor<i32>", "tensor<i32>"}, {"tensor<i32>"},
                  "%0 = " + operation + " %a, %b : tensor<i32>\ngatefold.return %0 : tensor<i32>");
  return static_cast<int64_t>(entry.run({integers({}, {x}), integers({}, {y})})[0].at(0));
}

/// Rounds to 16 bits and extends.
static double roundTo(const std::string &type, float x, InterpreterOptions options = {}) {
  TestEntry entry({"tensor<f32>"}, {"tensor<f32>"},
                  "%0 = arith.truncf %a : tensor<f32> to tensor<" + type +
                      ">\n%1 = arith.extf %0 : tensor<" + type +
                      "> to tensor<f32>\ngatefold.return %1 : tensor<f32>");
  return entry.run({floats({}, {x})}, options)[0].at(0);
}

TEST(Elementwise, SixteenBitsAreRoundedInEveryPrecision) {
  for (InterpreterOptions options : {InterpreterOptions(), inDouble()}) {
    EXPECT_EQ(roundTo("bf16", 1 + 0x1p-8f, options), 1);
    EXPECT_EQ(roundTo("bf16", 1 + 0x1.8p-7f, options), 1 + 0x1p-6);
    EXPECT_EQ(roundTo("bf16", 1e-40f, options), floatToBfloat(1e-40f) * 0x1p-133);
    EXPECT_EQ(roundTo("f16", 1 + 0x1p-11f, options), 1);
    EXPECT_EQ(roundTo("f16", 3 * 0x1p-25f, options), 0x1p-23);
    EXPECT_EQ(roundTo("f16", 65520, options), infinity);
    EXPECT_EQ(roundTo("f16", -65519, options), -65504);
  }
}

TEST(Elementwise, UnaryFunctions) {
  EXPECT_EQ(unary("arith.negf", 2.5), -2.5);
  EXPECT_EQ(unary("math.absf", -2.5), 2.5);
  EXPECT_EQ(unary("math.floor", -2.5), -3);
  EXPECT_EQ(unary("math.ceil", -2.5), -2);
  EXPECT_EQ(unary("math.trunc", -2.5), -2);
  EXPECT_EQ(unary("math.round", -2.5), -3);
  EXPECT_EQ(unary("math.roundeven", -2.5), -2);
  EXPECT_EQ(unary("math.sqrt", 6.25), 2.5);
  EXPECT_EQ(unary("math.rsqrt", 0.25), 2);
  EXPECT_EQ(unary("math.exp", 0), 1);
  EXPECT_EQ(unary("math.exp2", 10), 1024);
  EXPECT_EQ(unary("math.log2", 1024), 10);
  EXPECT_FLOAT_EQ(unary("math.exp", 1), 2.7182818f);
  EXPECT_FLOAT_EQ(unary("math.expm1", 1e-6f), 1.0000005e-6f);
  EXPECT_FLOAT_EQ(unary("math.log", 10), 2.3025851f);
  EXPECT_FLOAT_EQ(unary("math.log1p", 1e-6f), 9.999995e-7f);
  EXPECT_FLOAT_EQ(unary("math.sin", 1), 0.84147098f);
  EXPECT_FLOAT_EQ(unary("math.cos", 1), 0.54030231f);
  EXPECT_FLOAT_EQ(unary("math.tan", 1), 1.5574077f);
  EXPECT_FLOAT_EQ(unary("math.tanh", 1), 0.76159416f);
  EXPECT_FLOAT_EQ(unary("math.erf", 1), 0.84270079f);
}

TEST(Elementwise, SpecialValues) {
  EXPECT_TRUE(std::isnan(unary("math.exp", notANumber)));
  EXPECT_TRUE(std::isnan(unary("math.sqrt", -1)));
  EXPECT_EQ(unary("math.exp", -infinity), 0);
  EXPECT_EQ(unary("math.exp", 100), infinity); // beyond f32
  EXPECT_EQ(unary("math.tanh", infinity), 1);
  EXPECT_EQ(binary("arith.divf", 1, 0), infinity);
  EXPECT_TRUE(std::signbit(unary("arith.negf", 0)));
}

TEST(Elementwise, BinaryFunctions) {
  EXPECT_EQ(binary("arith.addf", 1, 2), 3);
  EXPECT_EQ(binary("arith.subf", 1, 2), -1);
  EXPECT_EQ(binary("arith.mulf", 3, 2), 6);
  EXPECT_EQ(binary("arith.divf", 3, 2), 1.5);
  EXPECT_EQ(binary("arith.remf", -7, 3), -1);
  EXPECT_EQ(binary("math.powf", 2, -2), 0.25);
  EXPECT_EQ(binary("arith.maximumf", 1, 2), 2);
  EXPECT_EQ(binary("arith.minimumf", 1, 2), 1);
}

TEST(Elementwise, NaNInExtremes) {
  EXPECT_THAT(binary("arith.maximumf", 1, notANumber), NanSensitiveDoubleEq(notANumber));
  EXPECT_THAT(binary("arith.minimumf", notANumber, 1), NanSensitiveDoubleEq(notANumber));
  EXPECT_EQ(binary("arith.maxnumf", 1, notANumber), 1);
  EXPECT_EQ(binary("arith.minnumf", notANumber, 1), 1);
  EXPECT_FALSE(std::signbit(binary("arith.maximumf", -0.0f, 0.0f)));
  EXPECT_TRUE(std::signbit(binary("arith.minimumf", 0.0f, -0.0f)));
}

TEST(Elementwise, SingleRoundsAndDoubleDoesNot) {
  EXPECT_EQ(binary("arith.addf", 1, 0x1p-30f), 1);
  EXPECT_EQ(binary("arith.addf", 1, 0x1p-30f, inDouble()), 1 + 0x1p-30);
  EXPECT_EQ(binary("arith.divf", 1, 3), static_cast<double>(1.0f / 3.0f));
  EXPECT_EQ(binary("arith.divf", 1, 3, inDouble()), 1.0 / 3.0);
  EXPECT_EQ(unary("math.exp", 1, inDouble()), std::exp(1.0));
}

TEST(Elementwise, FusedMultiplyAdd) {
  TestEntry entry({"tensor<f32>", "tensor<f32>"}, {"tensor<f32>"}, R"(
    %0 = math.fma %a, %a, %b : tensor<f32>
    gatefold.return %0 : tensor<f32>)");
  float x = 1.0f + 0x1p-12f;
  EXPECT_THAT(entry.run({floats({}, {x}), floats({}, {-1.0f - 0x1p-11f})})[0],
              ElementsAre(0x1p-24));
}

TEST(Elementwise, Integers) {
  EXPECT_EQ(onIntegers("arith.addi", 2147483647, 1), -2147483648LL);
  EXPECT_EQ(onIntegers("arith.subi", 3, 5), -2);
  EXPECT_EQ(onIntegers("arith.muli", 3, -5), -15);
  EXPECT_EQ(onIntegers("arith.divsi", -7, 2), -3);
  EXPECT_EQ(onIntegers("arith.remsi", -7, 2), -1);
  EXPECT_EQ(onIntegers("arith.floordivsi", -7, 2), -4);
  EXPECT_EQ(onIntegers("arith.floordivsi", 7, 2), 3);
  EXPECT_EQ(onIntegers("arith.ceildivsi", 7, 2), 4);
  EXPECT_EQ(onIntegers("arith.ceildivsi", -7, 2), -3);
  EXPECT_EQ(onIntegers("arith.divsi", -2147483647 - 1, -1), -2147483648LL);
  EXPECT_EQ(onIntegers("arith.maxsi", -1, 1), 1);
  EXPECT_EQ(onIntegers("arith.minsi", -1, 1), -1);
  EXPECT_EQ(onIntegers("arith.andi", 6, 3), 2);
  EXPECT_EQ(onIntegers("arith.ori", 6, 3), 7);
  EXPECT_EQ(onIntegers("arith.xori", 6, 3), 5);
  EXPECT_EQ(onIntegers("math.ipowi", -3, 3), -27);
  EXPECT_EQ(onIntegers("math.ipowi", 2, -1), 0);
  EXPECT_EQ(onIntegers("math.ipowi", -1, -3), -1);
}

TEST(Elementwise, DivisionByZeroIsAnError) {
  TestEntry entry({"tensor<i32>", "tensor<i32>"}, {"tensor<i32>"}, R"(
    %0 = arith.divsi %a, %b : tensor<i32>
    gatefold.return %0 : tensor<i32>)");
  EXPECT_EQ(entry.error({integers({}, {1}), integers({}, {0})}),
            "test.fold:4:10: division by zero");
}

TEST(Elementwise, ComparisonsAndChoices) {
  TestEntry entry({"tensor<3xf32>", "tensor<3xf32>"},
                  {"tensor<3xi1>", "tensor<3xi1>", "tensor<3xf32>"}, R"(
    %0 = arith.cmpf olt, %a, %b : tensor<3xf32>
    %1 = arith.cmpf une, %a, %b : tensor<3xf32>
    %2 = arith.select %0, %a, %b : tensor<3xi1>, tensor<3xf32>
    gatefold.return %0, %1, %2 : tensor<3xi1>, tensor<3xi1>, tensor<3xf32>)");
  auto values = entry.run({floats({3}, {1, 2, notANumber}), floats({3}, {2, 2, 5})});
  EXPECT_THAT(values[0], ElementsAre(1, 0, 0));
  EXPECT_THAT(values[1], ElementsAre(1, 0, 1));
  EXPECT_THAT(values[2], ElementsAre(1, 2, 5));
}

TEST(Elementwise, IntegerComparisons) {
  TestEntry entry({"tensor<2xi32>", "tensor<2xi32>"}, {"tensor<2xi1>", "tensor<2xi1>"}, R"(
    %0 = arith.cmpi slt, %a, %b : tensor<2xi32>
    %1 = arith.cmpi ult, %a, %b : tensor<2xi32>
    gatefold.return %0, %1 : tensor<2xi1>, tensor<2xi1>)");
  auto values = entry.run({integers({2}, {-1, 1}), integers({2}, {1, 2})});
  EXPECT_THAT(values[0], ElementsAre(1, 1));
  EXPECT_THAT(values[1], ElementsAre(0, 1));
}

TEST(Elementwise, LogicAndConversionsOfBool) {
  TestEntry entry({"tensor<2xi1>"}, {"tensor<2xi1>", "tensor<2xf32>", "tensor<2xi32>"}, R"(
    %true = arith.constant dense<true> : tensor<2xi1>
    %0 = arith.xori %a, %true : tensor<2xi1>
    %1 = arith.uitofp %a : tensor<2xi1> to tensor<2xf32>
    %2 = arith.extui %a : tensor<2xi1> to tensor<2xi32>
    gatefold.return %0, %1, %2 : tensor<2xi1>, tensor<2xf32>, tensor<2xi32>)");
  uint8_t bits[] = {1, 0};
  auto values = entry.run({Tensor::copyOf<uint8_t>(ElementType::Bool, {2}, bits)});
  EXPECT_THAT(values[0], ElementsAre(0, 1));
  EXPECT_THAT(values[1], ElementsAre(1, 0));
  EXPECT_THAT(values[2], ElementsAre(1, 0));
}

TEST(Elementwise, Conversions) {
  TestEntry entry({"tensor<4xf32>", "tensor<2xi32>"},
                  {"tensor<4xi32>", "tensor<2xf32>", "tensor<2xi32>", "tensor<2xi64>"}, R"(
    %0 = arith.fptosi %a : tensor<4xf32> to tensor<4xi32>
    %1 = arith.sitofp %b : tensor<2xi32> to tensor<2xf32>
    %byte = arith.trunci %b : tensor<2xi32> to tensor<2xi8>
    %2 = arith.extsi %byte : tensor<2xi8> to tensor<2xi32>
    %3 = arith.extsi %b : tensor<2xi32> to tensor<2xi64>
    gatefold.return %0, %1, %2, %3 : tensor<4xi32>, tensor<2xf32>, tensor<2xi32>, tensor<2xi64>)");
  auto values = entry.run(
      {floats({4}, {-2.75, 1e20f, -infinity, notANumber}), integers({2}, {16777217, -129})});
  EXPECT_THAT(values[0], ElementsAre(-2, 2147483647, -2147483648.0, 0));
  EXPECT_THAT(values[1], ElementsAre(16777216, -129));
  EXPECT_THAT(values[2], ElementsAre(1, 127));
  EXPECT_THAT(values[3], ElementsAre(16777217, -129));
}

TEST(Elementwise, UnknownOperation) {
  TestEntry entry({"tensor<i32>"}, {"tensor<i32>"}, R"(
    %0 = math.ctpop %a : tensor<i32>
    gatefold.return %0 : tensor<i32>)");
  EXPECT_EQ(entry.error({integers({}, {1})}),
            "test.fold:4:10: expected an operation that can be interpreted, but found "
            "`math.ctpop`");
}

TEST(Elementwise, ShapesDisagree) {
  TestEntry entry({"tensor<?xf32>", "tensor<1x?xf32>"}, {"tensor<?xf32>"}, R"(
    %0 = gatefold.reduce sum %b axes [1] chain : tensor<1x?xf32> -> tensor<?xf32>
    %1 = arith.addf %a, %0 : tensor<?xf32>
    gatefold.return %1 : tensor<?xf32>)");
  EXPECT_EQ(entry.error({floats({3}, {1, 2, 3}), floats({1, 2}, {1, 2})}),
            "test.fold:5:10: expected operands of one shape, but found [3] and [2]");
}
