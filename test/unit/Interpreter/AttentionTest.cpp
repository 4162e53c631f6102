//===- AttentionTest.cpp - Attention in one pass ----------------*- C++ -*-===//
//
// `gatefold.attend` against the mean that it stands for, computed here in double.
//
//===----------------------------------------------------------------------===//

#include "InterpreterTestHelpers.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::test;
using testing::DoubleNear;
using testing::Each;
using testing::IsNan;
using testing::Pointwise;

/// Two queries of width 2 and keys that both share, with a bias for each key.
static TestEntry makeEntry() {
  return TestEntry({"tensor<2x2xf32>", "tensor<?x2xf32>", "tensor<?xf32>", "tensor<?x3xf32>"},
                   {"tensor<2x3xf32>"}, R"(
    %0 = gatefold.attend count %n queries(%q = %a [0] : tensor<2x2xf32>)
        keys(%k = %b [] : tensor<?x2xf32>, %bias = %c [] : tensor<?xf32>)
        values(%d [] : tensor<?x3xf32>) -> tensor<2x3xf32> {
      %1 = gatefold.dot %q, %k lanes : tensor<2xf32>, tensor<?x2xf32> -> tensor<?xf32>
      %2 = arith.addf %1, %bias : tensor<?xf32>
      gatefold.score %2 : tensor<?xf32>
    }
    gatefold.return %0 : tensor<2x3xf32>)");
}

static const std::vector<float> queries{0.5f, -1.0f, 2.0f, 0.25f};

namespace {

/// Keys, biases and values without a pattern.
struct Memory {
  explicit Memory(int64_t size) : size(size) {
    for (int64_t i = 0; i < 2 * size; ++i)
      keys.push_back(float(i * 7 % 13) / 8 - 0.5f);
    for (int64_t i = 0; i < size; ++i)
      biases.push_back(float(i * 5 % 11) / 4 - 1.0f);
    for (int64_t i = 0; i < 3 * size; ++i)
      values.push_back(float(i * 3 % 17) / 16);
  }

  std::vector<Tensor> getArguments() const {
    return {floats({2, 2}, queries), floats({size, 2}, keys), floats({size}, biases),
            floats({size, 3}, values)};
  }

  /// softmax(query . keys + biases) @ values, for both queries.
  std::vector<double> getMeans() const {
    std::vector<double> means;
    for (int64_t query = 0; query < 2; ++query) {
      double sum = 0, totals[3] = {};
      for (int64_t key = 0; key < size; ++key) {
        double score = double(queries[2 * query]) * keys[2 * key] +
                       double(queries[2 * query + 1]) * keys[2 * key + 1] + biases[key];
        sum += std::exp(score);
        for (int64_t i = 0; i < 3; ++i)
          totals[i] += std::exp(score) * values[3 * key + i];
      }
      for (double total : totals)
        means.push_back(total / sum);
    }
    return means;
  }

  int64_t size;
  std::vector<float> keys, biases, values;
};

} // namespace

TEST(Attention, IsTheMeanForAnyNumberOfKeys) {
  TestEntry entry = makeEntry();
  for (int64_t size : {1, 15, 16, 17, 40}) {
    Memory memory(size);
    EXPECT_THAT(entry.run(memory.getArguments(), inDouble())[0],
                Pointwise(DoubleNear(1e-12), memory.getMeans()));
    EXPECT_THAT(entry.run(memory.getArguments())[0],
                Pointwise(DoubleNear(1e-6), memory.getMeans()));
  }
}

TEST(Attention, OfNothingIsZero) {
  EXPECT_THAT(makeEntry().run(Memory(0).getArguments())[0], Each(0.0));
}

TEST(Attention, ABlockThatIsHiddenWeighsNothing) {
  Memory memory(20), rest(20);
  for (int64_t key = 0; key < 16; ++key)
    memory.biases[key] = -std::numeric_limits<float>::infinity();
  rest.keys.erase(rest.keys.begin(), rest.keys.begin() + 32);
  rest.biases.erase(rest.biases.begin(), rest.biases.begin() + 16);
  rest.values.erase(rest.values.begin(), rest.values.begin() + 48);
  rest.size = 4;
  EXPECT_THAT(makeEntry().run(memory.getArguments(), inDouble())[0],
              Pointwise(DoubleNear(1e-12), rest.getMeans()));
}

TEST(Attention, AKeyThatIsHiddenAddsNothing) {
  Memory memory(20), rest(20);
  memory.biases[19] = -std::numeric_limits<float>::infinity();
  memory.values[3 * 19 + 1] = std::numeric_limits<float>::quiet_NaN();
  rest.keys.resize(2 * 19);
  rest.biases.resize(19);
  rest.values.resize(3 * 19);
  rest.size = 19;
  EXPECT_THAT(makeEntry().run(memory.getArguments(), inDouble())[0],
              Pointwise(DoubleNear(1e-12), rest.getMeans()));
}

TEST(Attention, OfNoNumbersOrAllHiddenIsNoNumber) {
  Memory hidden(20), strange(20), endless(20);
  hidden.biases.assign(20, -std::numeric_limits<float>::infinity());
  strange.biases[3] = std::numeric_limits<float>::quiet_NaN();
  endless.biases[17] = std::numeric_limits<float>::infinity();
  for (const Memory &memory : {hidden, strange, endless})
    EXPECT_THAT(makeEntry().run(memory.getArguments())[0], Each(IsNan()));
}
