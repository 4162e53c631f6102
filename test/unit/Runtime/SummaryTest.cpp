//===- SummaryTest.cpp - Tensors at a glance ---------------------*- C++ -*-===//
//
// Tests of the printed summaries.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Summary.h"
#include "RuntimeTestHelpers.h"
#include <cmath>

using namespace gatefold;
using testing::HasSubstr;
using testing::Not;

static std::string summarise(const Tensor &tensor, double secondsPerElement = 0) {
  std::string text;
  llvm::raw_string_ostream out(text);
  printSummary(out, "x", tensor, secondsPerElement);
  return text;
}

static Tensor tokens(llvm::StringRef text) {
  return llvm::cantFail(Tensor::copyOf<char>(ElementType::U8, {int64_t(text.size())},
                                             llvm::ArrayRef(text.data(), text.size()))
                            .convertTo(ElementType::I32));
}

TEST(Summary, SmallTensors) {
  EXPECT_EQ(summarise(Tensor::fromFloats({3}, {1, 2.5f, -0.5f})), "x: f32 [3]\n"
                                                                  "  min -0.5, mean 1, max 2.5\n"
                                                                  "  1, 2.5, -0.5\n");
  EXPECT_EQ(summarise(Tensor::fromFloats({}, {4})), "x: f32 []\n"
                                                    "  min 4, mean 4, max 4\n"
                                                    "  4\n");
  EXPECT_EQ(summarise(Tensor::zeros(ElementType::F32, {3, 0})), "x: f32 [3, 0]\n");
}

TEST(Summary, LargeTensorsShowTheirEdges) {
  Tensor tensor = Tensor::zeros(ElementType::I64, {2, 50, 20});
  for (int i = 0; i < 2000; ++i)
    tensor.mutableData<int64_t>()[i] = 1000000 + i;
  EXPECT_EQ(summarise(tensor),
            "x: i64 [2, 50, 20]\n"
            "  min 1e+06, mean 1.001e+06, max 1.002e+06\n"
            "  [0, 0]  1000000, 1000001, 1000002, ..., 1000017, 1000018, 1000019\n"
            "  [0, 1]  1000020, 1000021, 1000022, ..., 1000037, 1000038, 1000039\n"
            "  ...\n"
            "  [1, 48]  1001960, 1001961, 1001962, ..., 1001977, 1001978, 1001979\n"
            "  [1, 49]  1001980, 1001981, 1001982, ..., 1001997, 1001998, 1001999\n");
}

TEST(Summary, NumbersThatAreNotFinite) {
  EXPECT_THAT(summarise(Tensor::fromFloats({4}, {NAN, INFINITY, NAN, 3})),
              HasSubstr("  min 3, mean 3, max 3, 2 NaN, 1 infinite\n"));
  EXPECT_THAT(summarise(Tensor::fromFloats({1}, {NAN})), HasSubstr("  no finite number, 1 NaN\n"));
}

TEST(Summary, TokensAreShownAsText) {
  EXPECT_THAT(summarise(tokens("to \"be\"\n")), HasSubstr("  \"to \\\"be\\\"\\n\"\n"));
  EXPECT_THAT(summarise(tokens("a\x01")), Not(HasSubstr("\"")));
  EXPECT_THAT(summarise(tokens(std::string(1000, 'a'))),
              HasSubstr("  \"" + std::string(200, 'a') + "\"...\n"));
  EXPECT_THAT(summarise(Tensor::fromFloats({1}, {97})), Not(HasSubstr("\"")));
}

TEST(Summary, LongBoolsSayWhereTheyAreTrue) {
  auto bools = [](llvm::ArrayRef<uint8_t> values) {
    return Tensor::copyOf<uint8_t>(ElementType::Bool, {static_cast<int64_t>(values.size())},
                                   values);
  };
  EXPECT_THAT(summarise(bools({0, 1, 1, 1, 0, 0, 1, 0, 1, 1})),
              HasSubstr("  true at 1-3, 6, 8-9\n"));
  EXPECT_THAT(summarise(bools(std::vector<uint8_t>(9, 0))), HasSubstr("  nowhere true\n"));
  EXPECT_THAT(summarise(bools(std::vector<uint8_t>(9, 1))), HasSubstr("  true at 0-8\n"));
  std::vector<uint8_t> alternating(100);
  for (size_t i = 0; i < alternating.size(); i += 2)
    alternating[i] = 1;
  EXPECT_THAT(summarise(bools(alternating)), HasSubstr(", 36, 38, ...\n"));
  EXPECT_THAT(summarise(bools({0, 1})), Not(HasSubstr("true at")));
  EXPECT_THAT(summarise(bools({0, 1, 1, 1, 0, 0, 1, 0, 1, 1}), 0.032),
              HasSubstr("  true at 1-3, 6, 8-9\n  in seconds: 0.03-0.13, 0.19-0.22, 0.26-0.32\n"));
  EXPECT_THAT(summarise(bools(std::vector<uint8_t>(9, 0)), 0.032), Not(HasSubstr("seconds")));
}

TEST(Summary, OtherTypes) {
  EXPECT_THAT(summarise(Tensor::copyOf<uint8_t>(ElementType::Bool, {2}, {0, 1})),
              HasSubstr("  0, 1\n"));
  EXPECT_THAT(summarise(Tensor::copyOf<uint16_t>(ElementType::F16, {1}, {0x3800})),
              HasSubstr("  0.5\n"));
}
