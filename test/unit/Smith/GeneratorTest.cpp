//===- GeneratorTest.cpp - Random models are models --------------*- C++ -*-===//
//
// What is generated depends on the seed alone, is a valid text, and has everything in it somewhere.
//
//===----------------------------------------------------------------------===//

#include "Generator.h"
#include "LoweredText.h"
#include "Printer.h"
#include "gtest/gtest.h"
#include <map>

using namespace gatefold::smith;

TEST(GeneratorTest, SameSeedSameText) {
  for (uint64_t seed : {1, 2, 1000})
    EXPECT_EQ(print(generate(seed, ModelSize::Small)), print(generate(seed, ModelSize::Small)));
  EXPECT_NE(print(generate(1, ModelSize::Small)), print(generate(2, ModelSize::Small)));
  EXPECT_NE(print(generate(1, ModelSize::Small)), print(generate(1, ModelSize::Large)));
}

TEST(GeneratorTest, EveryTextIsValid) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    std::string text = print(generate(seed, ModelSize::Small)), messages;
    EXPECT_TRUE(checkText(text, messages)) << "seed " << seed << "\n" << messages << text;
  }
  for (uint64_t seed = 0; seed < 50; ++seed) {
    std::string text = print(generate(seed, ModelSize::Large)), messages;
    EXPECT_TRUE(checkText(text, messages)) << "seed " << seed << "\n" << messages << text;
  }
}

TEST(GeneratorTest, EveryFeatureOccurs) {
  std::map<std::string, unsigned> occurrences;
  for (uint64_t seed = 0; seed < 500; ++seed)
    for (const std::string &feature : generate(seed, ModelSize::Small).features)
      ++occurrences[feature];
  for (const char *feature : {"additive attention",
                              "argmax",
                              "argmax as an output",
                              "attention between stages",
                              "attention over a fixed memory",
                              "bidirectional",
                              "causal attention",
                              "cell in a when",
                              "cell with two results",
                              "choice",
                              "comparison",
                              "comprehension",
                              "convolution over time",
                              "convolution within a step",
                              "delta rule",
                              "dot attention",
                              "element",
                              "elementwise attention",
                              "encoder and decoder",
                              "final memories",
                              "for",
                              "free size beside time",
                              "function",
                              "gate before a product",
                              "gate behind a product",
                              "gates 1",
                              "gates 2",
                              "gates 3",
                              "gates 4",
                              "gates 5",
                              "gates 6",
                              "gates 7",
                              "gates of several widths",
                              "history",
                              "history keep",
                              "inner product",
                              "input without time",
                              "join",
                              "layer",
                              "layer in a body",
                              "layer norm",
                              "library cell",
                              "linear recurrence",
                              "matrix as an input",
                              "matrix memory read by a query",
                              "matrix memory with gates",
                              "matrix product",
                              "matrix used",
                              "memories given",
                              "named size",
                              "nested cell",
                              "norm between stages",
                              "norm in a gate",
                              "number as a size",
                              "number of an integer",
                              "outer product",
                              "position",
                              "product from the right",
                              "rearranged",
                              "reduction",
                              "residual",
                              "reverse scan",
                              "rms norm",
                              "rounding",
                              "scan of several sequences",
                              "several inputs",
                              "several outputs",
                              "softmax",
                              "stack",
                              "state back",
                              "state begins with a weight",
                              "state counter",
                              "state flag",
                              "state matrix",
                              "state scalar",
                              "state vector",
                              "sum of sizes",
                              "sum over time",
                              "tokens",
                              "transpose",
                              "when",
                              "window"})
    EXPECT_GE(occurrences[feature], 2u) << feature;
}
