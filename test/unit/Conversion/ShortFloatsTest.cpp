//===- ShortFloatsTest.cpp - Conversions to 16 bits and back --------------===//
//
// Rounds f32 to bf16 and f16 and extends the result, for all numbers of 16 bits and for all of f32
// in steps of 1009 bit patterns.
//
//===----------------------------------------------------------------------===//

#include "ModelChecker.h"
#include "llvm/ADT/bit.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::test;

namespace {
/// A type of 16 bits and what the runtime does with it.
struct ShortFloat {
  std::string name;
  uint16_t (*round)(float);
  float (*extend)(uint16_t);
};

void PrintTo(const ShortFloat &type, std::ostream *out) { *out << type.name; }

class ShortFloats : public testing::TestWithParam<ShortFloat> {
protected:
  /// All `values` rounded and extended, in vectors or one by one.
  static std::vector<float> convert(llvm::ArrayRef<float> values, const Target &target,
                                    bool inVectors) {
    const std::string type = inVectors ? "Sxf32" : "Sx1xf32";
    const std::string single = TensorText{"x", type}.getTensorType();
    const std::string rounded =
        inVectors ? "tensor<?x" + GetParam().name + ">" : "tensor<?x1x" + GetParam().name + ">";
    const ModelText model{GetParam().name,
                          {{"x", type}},
                          {},
                          {{"y", type}},
                          "%0 = arith.truncf %x : " + single + " to " + rounded +
                              "\n%y = arith.extf %0 : " + rounded + " to " + single};
    std::unique_ptr<Session> session = compileText(model, target);
    Tensor::Shape shape{static_cast<int64_t>(values.size())};
    if (!inVectors)
      shape.push_back(1);
    NamedTensors inputs;
    inputs.set("x", Tensor::fromFloats(shape, values));
    NamedTensors outputs = llvm::cantFail(session->runSequence(inputs));
    const auto *data = outputs.find("y")->data<float>();
    return std::vector<float>(data, data + values.size());
  }

  static void check(llvm::ArrayRef<float> values) {
    for (const Target &target : getTestedTargets())
      for (bool inVectors : {true, false})
        for (auto [x, y] : llvm::zip_equal(values, convert(values, target, inVectors))) {
          const float expected = GetParam().extend(GetParam().round(x));
          ASSERT_TRUE(llvm::bit_cast<uint32_t>(y) == llvm::bit_cast<uint32_t>(expected) ||
                      (std::isnan(y) && std::isnan(expected)))
              << target.cpu << ", at " << x << ": " << y << ", expected " << expected;
        }
  }
};
} // namespace

TEST_P(ShortFloats, AllStayThemselves) {
  std::vector<float> values;
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    values.push_back(GetParam().extend(static_cast<uint16_t>(bits)));
    ASSERT_TRUE(std::isnan(values.back()) || GetParam().round(values.back()) == bits);
  }
  check(values);
}

TEST_P(ShortFloats, OthersAreRoundedToTheNearest) {
  std::vector<float> values;
  for (uint64_t bits = 0; bits < (uint64_t(1) << 32); bits += 1009)
    values.push_back(llvm::bit_cast<float>(static_cast<uint32_t>(bits)));
  check(values);
}

INSTANTIATE_TEST_SUITE_P(Both, ShortFloats,
                         testing::Values(ShortFloat{"bf16", floatToBfloat, bfloatToFloat},
                                         ShortFloat{"f16", floatToHalf, halfToFloat}),
                         [](const auto &info) { return info.param.name; });
