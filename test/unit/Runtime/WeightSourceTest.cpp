//===- WeightSourceTest.cpp - Expressions over checkpoints -------*- C++ -*-===//
//
// Tests of the text form and of what the expressions compute.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/WeightSource.h"
#include "RuntimeTestHelpers.h"
#include "gatefold/Runtime/NamedTensors.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <limits>

using namespace gatefold;
using testing::AllOf;
using testing::HasSubstr;
using Operator = WeightSource::Operator;

static std::string reparse(llvm::StringRef text) {
  llvm::Expected<WeightSource> source = WeightSource::parse(text);
  return source ? source->str() : "error: " + llvm::toString(source.takeError());
}

/// A checkpoint with a 4x2 matrix `w`, a vector `b`, integers `q`, and numbers of other types.
static NamedTensors makeCheckpoint() {
  NamedTensors tensors;
  tensors.set("w", Tensor::fromFloats({4, 2}, {0, 1, 2, 3, 4, 5, 6, 7}));
  tensors.set("b", Tensor::fromFloats({2}, {10, 20}));
  tensors.set("q", Tensor::copyOf<int8_t>(ElementType::I8, {2}, {-128, 64}));
  tensors.set("half", Tensor::copyOf<uint16_t>(ElementType::F16, {1}, {0x3c00}));
  tensors.set("bfloat", Tensor::copyOf<uint16_t>(ElementType::BF16, {1}, {0x4000}));
  tensors.set("double", Tensor::copyOf<double>(ElementType::F64, {1}, {3}));
  tensors.set("cube", Tensor::fromFloats({2, 1, 2}, {1, 2, 3, 4}));
  tensors.set("strange", Tensor::fromFloats({2}, {NAN, INFINITY}));
  return tensors;
}

static llvm::Expected<Tensor> evaluate(llvm::StringRef text, llvm::StringRef path = "") {
  NamedTensors checkpoint = makeCheckpoint();
  llvm::Expected<WeightSource> source = WeightSource::parse(text);
  if (!source)
    return source.takeError();
  return source->evaluate([&](llvm::StringRef name) { return checkpoint.find(name); }, path);
}

/// The result as text: "[2]: 10 20".
static std::string compute(llvm::StringRef text) {
  llvm::Expected<Tensor> tensor = evaluate(text);
  if (!tensor)
    return "error: " + llvm::toString(tensor.takeError());
  EXPECT_EQ(tensor->type(), ElementType::F32);
  std::string result = shapeText(tensor->shape()) + ":";
  for (float value : valuesOf<float>(*tensor))
    result += " " + llvm::formatv("{0}", value).str().substr(0, 4);
  return result;
}

TEST(WeightSource, TextReadsBack) {
  for (llvm::StringRef text : {"'w'",
                               "'a.b/c d'",
                               "'it''s'",
                               "''",
                               "3",
                               "0.5",
                               "1e-05",
                               "'w'[0:128 of 512]",
                               "'w'[3]",
                               "'w'[:]",
                               "'w'[: of 4]",
                               "'w'[1:]",
                               "'w'[:2]",
                               "'w'[:2 of 4, 1]",
                               "'w'[0][1]",
                               "transpose('w')",
                               "f32('q') / 256",
                               "'a' + 'b' - 'c'",
                               "'a' - ('b' - 'c')",
                               "'a' * ('b' + 1)",
                               "('a' + 'b')[1]",
                               "-'a'",
                               "-(-'a')[1]",
                               "(-'a')[1]",
                               "2 * -'a'",
                               "'a' / ('b' / 'c')",
                               "transpose(f32('q') / 256)[0:2 of 8]"}) {
    std::string once = reparse(text);
    EXPECT_EQ(reparse(once), once) << text.str();
  }
  EXPECT_EQ(reparse(" ( 'a'+'b' )*2 "), "('a' + 'b') * 2");
  EXPECT_EQ(reparse("('a' * 'b') + (('c'))"), "'a' * 'b' + 'c'");
  EXPECT_EQ(reparse("'a' - ('b' - 'c')"), "'a' - ('b' - 'c')");
  EXPECT_EQ(reparse("'w'[0 : 128of 512 , 3]"), "'w'[0:128 of 512, 3]");
}

TEST(WeightSource, BuiltExpressionsReadBack) {
  WeightSource w = WeightSource::tensor("w'x");
  WeightSource built = WeightSource::binary(
      Operator::Multiply, WeightSource::number(-0.5),
      WeightSource::binary(
          Operator::Subtract,
          WeightSource::transpose(WeightSource::slice(WeightSource::toF32(w), 2, 4, 8)),
          WeightSource::negate(WeightSource::index(w, 1))));
  EXPECT_EQ(built.str(), "-0.5 * (transpose(f32('w''x')[2:4 of 8]) - -'w''x'[1])");
  EXPECT_EQ(reparse(built.str()), built.str());
  EXPECT_EQ(WeightSource::subscript(WeightSource::number(-1), {WeightIndex::at(0)}).str(),
            "(-1)[0]");
  EXPECT_EQ(built.depth(), 6);
}

TEST(WeightSource, TensorNames) {
  WeightSource source = llvm::cantFail(WeightSource::parse("'b' + transpose('a') * 'b' + 1"));
  EXPECT_EQ(source.tensorNames(), (std::vector<std::string>{"b", "a"}));
}

TEST(WeightSource, SyntaxErrors) {
  EXPECT_EQ(reparse(""), "error: column 1: expected a tensor's name in quotes, a number, "
                         "`transpose(`, `f32(` or `(`, found the end");
  EXPECT_THAT(reparse("'a' +"), HasSubstr("column 6: expected a tensor's name"));
  EXPECT_EQ(reparse("'a"), "error: column 1: the name that begins here has no closing quote");
  EXPECT_THAT(reparse("'a' 'b'"),
              HasSubstr("column 5: expected an operator or the end, found `'b'`"));
  EXPECT_THAT(reparse("('a'"), HasSubstr("expected an operator or `)`, found the end"));
  EXPECT_THAT(reparse("transpose 'a'"), HasSubstr("expected `(`"));
  EXPECT_THAT(reparse("'a'[]"), HasSubstr("expected an integer that is not negative, found `]`"));
  EXPECT_THAT(reparse("'a'[-1]"), HasSubstr("not negative, found `-1]`"));
  EXPECT_THAT(reparse("'a'[1"), HasSubstr("expected `,` or `]`"));
  EXPECT_THAT(reparse("'a'[1 of 4]"), HasSubstr("expected `,` or `]`"));
  EXPECT_THAT(reparse("'a'[: of]"), HasSubstr("expected an integer"));
  EXPECT_THAT(reparse("'a'[99999999999999999999]"), HasSubstr("the integer is too large"));
  EXPECT_THAT(reparse("1e999"), HasSubstr("too large"));
  EXPECT_THAT(reparse("."), HasSubstr("expected a number"));
  EXPECT_THAT(reparse("weight"), HasSubstr("column 1"));
  EXPECT_THAT(reparse(llvm::StringRef("'a' + \0", 7)), HasSubstr("\\00"));
}

TEST(WeightSource, DepthIsBounded) {
  std::string deep;
  for (int i = 0; i < 100000; ++i)
    deep += "+1";
  for (std::string text :
       {std::string(100000, '('), std::string(100000, '-'), "1" + deep,
        "'a'" + std::string(100000, '['), std::string("transpose(") + std::string(100000, '(')})
    EXPECT_THAT(reparse(text), HasSubstr("error: column")) << text.substr(0, 12);
  EXPECT_THAT(reparse("1" + deep), HasSubstr("nested deeper than 256 levels"));
  std::string indices = "'a'";
  for (int i = 0; i < 100000; ++i)
    indices += "[0]";
  EXPECT_THAT(reparse(indices), HasSubstr("nested deeper"));
  EXPECT_EQ(reparse(std::string(200, '(') + "1" + std::string(200, ')')), "1");
}

TEST(WeightSource, DeepBuiltExpressionsAreNotEvaluated) {
  WeightSource source = WeightSource::number(1);
  for (int i = 0; i < 1000; ++i)
    source = WeightSource::negate(source);
  EXPECT_THAT(messageOf(source.evaluate([](llvm::StringRef) { return nullptr; })),
              HasSubstr("nested deeper than 256 levels"));
}

TEST(WeightSource, Selects) {
  EXPECT_EQ(compute("'w'"), "[4, 2]: 0.00 1.00 2.00 3.00 4.00 5.00 6.00 7.00");
  EXPECT_EQ(compute("'w'[1:3 of 4]"), "[2, 2]: 2.00 3.00 4.00 5.00");
  EXPECT_EQ(compute("'w'[3]"), "[2]: 6.00 7.00");
  EXPECT_EQ(compute("'w'[:, 1]"), "[4]: 1.00 3.00 5.00 7.00");
  EXPECT_EQ(compute("'w'[2:, 0:1 of 2]"), "[2, 1]: 4.00 6.00");
  EXPECT_EQ(compute("'w'[2:][1][0]"), "[]: 6.00");
  EXPECT_EQ(compute("'w'[4:]"), "[0, 2]:");
  EXPECT_EQ(compute("'cube'[1, 0, :1]"), "[1]: 3.00");
}

TEST(WeightSource, Transposes) {
  EXPECT_EQ(compute("transpose('w')"), "[2, 4]: 0.00 2.00 4.00 6.00 1.00 3.00 5.00 7.00");
  EXPECT_EQ(compute("transpose('cube')"), "[2, 2, 1]: 1.00 2.00 3.00 4.00");
  EXPECT_EQ(compute("transpose('w'[4:])"), "[2, 0]:");
  EXPECT_EQ(compute("transpose('w')[1, 2:]"), "[2]: 5.00 7.00");
}

TEST(WeightSource, Computes) {
  EXPECT_EQ(compute("'b' + 'w'[3]"), "[2]: 16.0 27.0");
  EXPECT_EQ(compute("'b' - 1"), "[2]: 9.00 19.0");
  EXPECT_EQ(compute("1 - 'b'"), "[2]: -9.0 -19.");
  EXPECT_EQ(compute("2 * 'b' / 4"), "[2]: 5.00 10.0");
  EXPECT_EQ(compute("-'b'"), "[2]: -10. -20.");
  EXPECT_EQ(compute("1 + 2 * 3 - -1"), "[]: 8.00");
  EXPECT_EQ(compute("f32('q') / 256"), "[2]: -0.5 0.25");
  EXPECT_EQ(compute("f32('q' + 'b')"), "[2]: -118 84.0");
  Tensor zero = llvm::cantFail(evaluate("-('b' * 0)"));
  EXPECT_TRUE(std::signbit(zero.elementAsDouble(0)));
}

TEST(WeightSource, ConvertsFloatingPointTypes) {
  EXPECT_EQ(compute("'half'"), "[1]: 1.00");
  EXPECT_EQ(compute("'bfloat'"), "[1]: 2.00");
  EXPECT_EQ(compute("'double' + 'half'"), "[1]: 4.00");
  EXPECT_EQ(compute("f32('double')"), "[1]: 3.00");
  EXPECT_EQ(compute("transpose(f32('q')[0])"),
            "error: transpose(f32('q')[0]): expected a tensor of two axes or more, found []");
}

TEST(WeightSource, NanAndInfinityAreAllowed) {
  Tensor tensor = llvm::cantFail(evaluate("'strange' + 1"));
  EXPECT_TRUE(std::isnan(tensor.elementAsDouble(0)));
  EXPECT_TRUE(std::isinf(tensor.elementAsDouble(1)));
}

TEST(WeightSource, ShapeErrors) {
  EXPECT_EQ(compute("'w'[0:2 of 3]"), "error: 'w'[0:2 of 3]: axis 0 has 4 entries, expected 3");
  EXPECT_EQ(compute("'w'[2:5]"), "error: 'w'[2:5]: [2:5] is outside of axis 0 of [4, 2]");
  EXPECT_THAT(compute("'w'[3:2]"), HasSubstr("is outside of"));
  EXPECT_THAT(compute("'w'[4]"), HasSubstr("[4] is outside of"));
  EXPECT_THAT(compute("'w'[9223372036854775807]"), HasSubstr("is outside of"));
  EXPECT_THAT(compute("'b'[0, 0]"), HasSubstr("has 2 indices for [2]"));
  EXPECT_THAT(compute("3[0]"), HasSubstr("has 1 indices for a number"));
  EXPECT_THAT(compute("transpose('b')"), HasSubstr("two axes or more, found [2]"));
  EXPECT_THAT(compute("transpose(1)"), HasSubstr("found a number"));
  EXPECT_EQ(compute("'w' + 'b'"), "error: 'w' + 'b': expected two tensors of the same shape, found "
                                  "[4, 2] and [2]");
}

TEST(WeightSource, OtherErrors) {
  EXPECT_EQ(compute("'q'"), "error: 'q' holds i8, expected a floating-point type; write "
                            "`f32('q')` to convert");
  EXPECT_THAT(compute("f32('b') + 'q'"), HasSubstr("holds i8"));
  EXPECT_EQ(compute("'none'"), "error: there is no tensor 'none'");
  EXPECT_EQ(messageOf(evaluate("'none'", "encoder.W")), "encoder.W: there is no tensor 'none'");
}
