//===- MathAccuracyTest.cpp - How exact the expanded functions are --------===//
//
// Runs each function over all of f32 in steps of 1009 bit patterns, and over special values, and
// compares with double precision.
//
//===----------------------------------------------------------------------===//

#include "ModelChecker.h"
#include "llvm/ADT/bit.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::test;

static constexpr float infinity = std::numeric_limits<float>::infinity();

namespace {
/// A function under test.
struct Function {
  std::string name;
  double (*reference)(double);
  /// The largest error in units in the last place, with a fused multiply-add and without.
  double fusedBound, splitBound;
};

void PrintTo(const Function &function, std::ostream *out) { *out << function.name; }

class MathAccuracy : public testing::TestWithParam<Function> {
protected:
  static ModelText makeModel(const std::string &type) {
    std::string tensor = TensorText{"x", type}.getTensorType();
    return {GetParam().name,
            {{"x", type}},
            {},
            {{"y", type}},
            "%y = math." + GetParam().name + " %x : " + tensor};
  }

  /// The function of all `values`, in vectors or one by one.
  static std::vector<float> evaluate(llvm::ArrayRef<float> values, const Target &target,
                                     bool inVectors = true) {
    const ModelText model = makeModel(inVectors ? "Sxf32" : "Sx1xf32");
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

  static std::vector<float> makeSample() {
    std::vector<float> sample;
    for (uint64_t bits = 0; bits < (uint64_t(1) << 32); bits += 1009)
      sample.push_back(llvm::bit_cast<float>(static_cast<uint32_t>(bits)));
    return sample;
  }

  /// |found - expected| in units in the last place of the nearest f32 to `expected`.
  static double measureError(float found, double expected) {
    const auto nearest = static_cast<float>(expected);
    if (std::isnan(expected) || std::isinf(nearest))
      return (std::isnan(expected) ? std::isnan(found) : found == nearest) ? 0 : HUGE_VAL;
    int exponent;
    std::frexp(nearest, &exponent);
    const double unit = std::ldexp(1.0, std::max(exponent, -125) - 24);
    return std::abs(found - expected) / unit;
  }
};
} // namespace

TEST_P(MathAccuracy, StaysWithinBound) {
  const std::vector<float> sample = makeSample();
  for (const Target &target : getTestedTargets()) {
    const std::vector<float> found = evaluate(sample, target);
    double worst = 0;
    float worstAt = 0;
    for (auto [x, y] : llvm::zip_equal(sample, found))
      if (double error = measureError(y, GetParam().reference(x)); error > worst) {
        worst = error;
        worstAt = x;
      }
    EXPECT_LE(worst, target.hasFusedMultiplyAdd ? GetParam().fusedBound : GetParam().splitBound)
        << target.cpu << ", at " << llvm::formatv("{0:e8}", worstAt).str();
  }
}

TEST_P(MathAccuracy, IsTheSameInVectorsAndAlone) {
  std::vector<float> sample = makeSample();
  sample.resize(100000);
  for (float x = -120; x < 120; x += 0.01f)
    sample.push_back(x);
  for (const Target &target : getTestedTargets()) {
    const std::vector<float> vectors = evaluate(sample, target);
    const std::vector<float> alone = evaluate(sample, target, /*inVectors=*/false);
    for (auto [x, a, b] : llvm::zip_equal(sample, vectors, alone))
      ASSERT_TRUE(llvm::bit_cast<uint32_t>(a) == llvm::bit_cast<uint32_t>(b) ||
                  (std::isnan(a) && std::isnan(b)))
          << target.cpu << ", at " << x << ": " << a << " and " << b;
  }
}

TEST_P(MathAccuracy, KeepsSpecialValues) {
  const std::vector<float> special{std::nanf(""),
                                   -std::nanf(""),
                                   infinity,
                                   -infinity,
                                   0.0f,
                                   -0.0f,
                                   std::numeric_limits<float>::max(),
                                   std::numeric_limits<float>::lowest(),
                                   std::numeric_limits<float>::denorm_min(),
                                   -std::numeric_limits<float>::denorm_min()};
  for (const Target &target : getTestedTargets()) {
    const std::vector<float> found = evaluate(special, target);
    for (auto [x, y] : llvm::zip_equal(special, found)) {
      const auto expected = static_cast<float>(GetParam().reference(x));
      if (std::isfinite(expected))
        EXPECT_LE(measureError(y, GetParam().reference(x)), GetParam().splitBound)
            << target.cpu << ", at " << x << ": " << y;
      else
        EXPECT_EQ(measureError(y, GetParam().reference(x)), 0)
            << target.cpu << ", at " << x << ": " << y;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Expanded, MathAccuracy,
    testing::Values(Function{"exp", std::exp, 1, 1}, Function{"expm1", std::expm1, 1.5, 1.5},
                    Function{"tanh", std::tanh, 2, 2}, Function{"log", std::log, 2, 2},
                    Function{"log1p", std::log1p, 2.5, 2.5}, Function{"erf", std::erf, 4.5, 5.5}),
    [](const auto &info) { return info.param.name; });

TEST(Tanh, KeepsTheSignOfZero) {
  const ModelText model{
      "tanh", {{"x", "1xf32"}}, {}, {{"y", "1xf32"}}, "%y = math.tanh %x : tensor<1xf32>"};
  NamedTensors inputs;
  inputs.set("x", Tensor::fromFloats({1}, {-0.0f}));
  NamedTensors outputs = llvm::cantFail(compileText(model, Target::host())->runSequence(inputs));
  EXPECT_TRUE(std::signbit(outputs.find("y")->data<float>()[0]));
}

TEST(Exp, GivesSubnormalResults) {
  // exp(-88) and below are subnormal down to 2^-149, beyond which all is zero.
  ModelText model{
      "exp", {{"x", "Sxf32"}}, {}, {{"y", "Sxf32"}}, "%y = math.exp %x : tensor<?xf32>"};
  std::vector<float> inputs;
  for (float x = -104.0f; x < -87.0f; x += 0.125f)
    inputs.push_back(x);
  NamedTensors named;
  named.set("x", Tensor::fromFloats({static_cast<int64_t>(inputs.size())}, inputs));
  for (const Target &target : getTestedTargets()) {
    NamedTensors outputs = llvm::cantFail(compileText(model, target)->runSequence(named));
    const auto *found = outputs.find("y")->data<float>();
    for (auto [i, x] : llvm::enumerate(inputs)) {
      // Half a unit for the rounding of the exact result, and one for that of the product with 2^n.
      EXPECT_NEAR(found[i], std::exp(static_cast<double>(x)), 1.01 * 0x1p-149)
          << target.cpu << ", at " << x;
    }
  }
}
