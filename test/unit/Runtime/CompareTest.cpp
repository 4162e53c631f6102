//===- CompareTest.cpp - Differences between tensors -------------*- C++ -*-===//
//
// Tests of tolerances, of numbers that are not finite, and of the printed table.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Compare.h"
#include "RuntimeTestHelpers.h"
#include "gatefold/Runtime/TensorFiles.h"
#include <cmath>
#include <limits>

using namespace gatefold;
using testing::HasSubstr;

static TensorComparison compare(std::vector<float> a, std::vector<float> b,
                                Tolerance tolerance = {}) {
  auto size = static_cast<int64_t>(a.size());
  return compareTensors("x", Tensor::fromFloats({size}, a), Tensor::fromFloats({size}, b),
                        tolerance);
}

static NamedTensors named(llvm::StringRef name, Tensor tensor) {
  NamedTensors tensors;
  tensors.set(name, std::move(tensor));
  return tensors;
}

TEST(Compare, FindsTheLargestDifferences) {
  Tensor a = Tensor::fromFloats({2, 2}, {1, 2, 3, 4}), b = Tensor::fromFloats({2, 2}, {1, 1, 7, 8});
  TensorComparison result = compareTensors("x", a, b, {});
  EXPECT_FALSE(result.passed());
  EXPECT_EQ(result.numOutside, 3);
  EXPECT_EQ(result.largestAbsolute, 4);
  EXPECT_EQ(result.largestAbsolutePlace, "[1, 0]");
  EXPECT_EQ(result.valueA, 3);
  EXPECT_EQ(result.valueB, 7);
  EXPECT_EQ(result.largestRelative, 1);
}

TEST(Compare, Tolerances) {
  EXPECT_TRUE(compare({1, 2}, {1, 2}).passed());
  EXPECT_TRUE(compare({1}, {1.5f}, {0.5, 0}).passed());
  EXPECT_FALSE(compare({1}, {1.5f}, {0.49, 0}).passed());
  EXPECT_TRUE(compare({100}, {200}, {0, 0.5}).passed()); // relative to b
  EXPECT_FALSE(compare({200}, {100}, {0, 0.5}).passed());
  EXPECT_TRUE(compare({}, {}).passed());
}

TEST(Compare, NumbersThatAreNotFinite) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  Tolerance wide{1e30, 1e30};
  EXPECT_TRUE(compare({NAN, inf, -inf}, {NAN, inf, -inf}).passed());
  EXPECT_EQ(compare({NAN, 1}, {1, NAN}, wide).numOutside, 2);
  EXPECT_EQ(compare({inf}, {-inf}, wide).numOutside, 1);
  EXPECT_EQ(compare({1}, {inf}, wide).numOutside, 1);
  EXPECT_EQ(compare({1, NAN}, {2, 1}).largestAbsolutePlace, "[1]");
}

TEST(Compare, RelativeToZero) {
  EXPECT_TRUE(std::isinf(compare({1}, {0}).largestRelative));
  EXPECT_EQ(compare({0}, {-0.0f}).largestRelative, 0);
}

TEST(Compare, DifferentTypesAreComparedInF64) {
  Tensor a = Tensor::copyOf<uint16_t>(ElementType::F16, {1}, {0x3c00});
  Tensor b = Tensor::copyOf<double>(ElementType::F64, {1}, {1.0 + 1e-12});
  TensorComparison result = compareTensors("x", a, b, {});
  EXPECT_NEAR(result.largestAbsolute, 1e-12, 1e-15);
  EXPECT_EQ(result.description, "f16 / f64 [1]");
}

TEST(Compare, LargeIntegersAreComparedExactly) {
  constexpr int64_t large = (int64_t(1) << 53) + 1, min = std::numeric_limits<int64_t>::min();
  auto difference = [](int64_t a, int64_t b) {
    return compareTensors("x", Tensor::copyOf<int64_t>(ElementType::I64, {1}, {a}),
                          Tensor::copyOf<int64_t>(ElementType::I64, {1}, {b}), {})
        .largestAbsolute;
  };
  EXPECT_EQ(difference(large, large - 1), 1);
  EXPECT_EQ(difference(min, -1), std::ldexp(1.0, 63));
  EXPECT_EQ(difference(-3, 4), 7);
}

TEST(Compare, ShapesAndNamesThatDiffer) {
  NamedTensors a = named("same", Tensor::fromFloats({2}, {1, 2}));
  NamedTensors b = named("same", Tensor::fromFloats({1, 2}, {1, 2}));
  a.set("logits", Tensor::fromFloats({1}, {1}));
  b.set("logit", Tensor::fromFloats({1}, {1}));
  Comparison result = compareTensors(a, b, {});
  EXPECT_FALSE(result.passed());
  ASSERT_EQ(result.tensors.size(), 3u);
  EXPECT_EQ(result.tensors[0].failure, "the shapes differ: [2] and [1, 2]");
  EXPECT_EQ(result.tensors[1].failure, "only in the first; the other has `logit`");
  EXPECT_EQ(result.tensors[2].failure, "only in the second; the other has `logits`");
}

TEST(Compare, SingleTensorsNeedNoCommonName) {
  Comparison result = compareTensors(named("a", Tensor::fromFloats({1}, {1})),
                                     named("b", Tensor::fromFloats({1}, {1})), {});
  EXPECT_TRUE(result.passed());
  EXPECT_EQ(result.tensors[0].name, "a / b");
  EXPECT_FALSE(compareTensors(NamedTensors(), NamedTensors(), {}).passed());
}

TEST(Compare, PrintsATable) {
  NamedTensors a = named("h", Tensor::fromFloats({2}, {1, 2}));
  a.set("logits", Tensor::fromFloats({1}, {1}));
  a.set("more", Tensor());
  NamedTensors b = named("h", Tensor::fromFloats({2}, {1, 2.5f}));
  b.set("logits", Tensor::fromFloats({1}, {1}));
  std::string text;
  llvm::raw_string_ostream out(text);
  compareTensors(a, b, {1e-6, 0}).print(out);
  EXPECT_EQ(text, "tensor  type     largest |a - b|  at   a  b    |a - b| / |b|  outside\n"
                  "h       f32 [2]  0.5              [1]  2  2.5  0.2            1 of 2\n"
                  "logits  f32 [1]  0                [0]  1  1    0              0 of 1\n"
                  "more    f32 [0]  only in the first\n"
                  "1 of 3 tensors agree (atol 1e-06, rtol 0)\n");
}

TEST(Compare, Files) {
  TemporaryDirectory directory;
  std::string a = directory.file("a.npy"), b = directory.file("b.safetensors");
  ASSERT_EQ(messageOf(writeTensors(a, named("a", Tensor::fromFloats({1}, {1})))), "no error");
  NamedTensors two = named("x", Tensor::fromFloats({1}, {1}));
  two.set("y", Tensor::fromFloats({1}, {2}));
  ASSERT_EQ(messageOf(writeTensors(b, two)), "no error");
  EXPECT_TRUE(llvm::cantFail(compareFiles(a, b + ":x", {})).passed());
  EXPECT_FALSE(llvm::cantFail(compareFiles(a, b + ":y", {})).passed());
  EXPECT_FALSE(llvm::cantFail(compareFiles(a, b, {})).passed());
  EXPECT_THAT(messageOf(compareFiles(a, directory.file("c.npy"), {})), HasSubstr("cannot be read"));
}
