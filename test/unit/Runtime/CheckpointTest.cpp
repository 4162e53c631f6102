//===- CheckpointTest.cpp - Loading a model's weights ------------*- C++ -*-===//
//
// Tests that weights are computed and that all that is wrong is told at once.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Checkpoint.h"
#include "RuntimeTestHelpers.h"
#include "gatefold/Runtime/TensorFiles.h"
#include <cmath>

using namespace gatefold;
using testing::HasSubstr;

static NamedTensors makeCheckpoint() {
  NamedTensors tensors;
  tensors.set("kernel", Tensor::fromFloats({2, 4}, {0, 1, 2, 3, 4, 5, 6, 7}));
  tensors.set("bias", Tensor::fromFloats({4}, {1, NAN, 3, 4}));
  tensors.set("steps", Tensor::copyOf<int64_t>(ElementType::I64, {}, {12}));
  return tensors;
}

static std::string refuse(llvm::ArrayRef<WeightSpec> weights,
                          llvm::ArrayRef<std::string> ignored = {}) {
  return messageOf(bindWeights("w.safetensors", makeCheckpoint(), weights, ignored));
}

TEST(Checkpoint, LoadsInOrder) {
  TemporaryDirectory directory;
  std::string path = directory.file("w.safetensors");
  ASSERT_EQ(messageOf(writeTensors(path, makeCheckpoint())), "no error");
  NamedTensors weights = llvm::cantFail(loadWeights(
      path,
      {{"W_f", {2, 2}, "transpose('kernel')[2:4 of 4]"}, {"bias", {4}, ""}, {"c", {3}, "1 / 2"}},
      {std::string("steps")}));
  ASSERT_EQ(weights.size(), 3u);
  EXPECT_EQ(weights[0].name, "W_f");
  EXPECT_EQ(valuesOf<float>(weights[0].tensor), (std::vector<float>{2, 6, 3, 7}));
  EXPECT_TRUE(std::isnan(weights[1].tensor.elementAsDouble(1)));
  EXPECT_EQ(valuesOf<float>(weights[2].tensor), (std::vector<float>{0.5f, 0.5f, 0.5f}));
}

TEST(Checkpoint, TellsEverythingAtOnce) {
  EXPECT_EQ(refuse({{"encoder.W_g", {2, 2}, "'kernal'[0:2 of 4]"},
                    {"encoder.b", {2}, "'bias'"},
                    {"n", {}, "'steps'"},
                    {"x", {1}, ""},
                    {"y", {1}, "'bias'["}}),
            "w.safetensors: error: 2 tensors missing, 1 of another shape, 1 of another type, "
            "1 of a malformed source, 1 superfluous\n"
            "  missing      encoder.W_g  [2, 2]                  "
            "(bound to 'kernal'[0:2 of 4]; did you mean `kernel`?)\n"
            "  missing      x            [1]\n"
            "  shape        encoder.b    expected [2] found [4]  (bound to 'bias')\n"
            "  dtype        n            'steps' holds i64, expected a floating-point type; write "
            "`f32('steps')` to convert\n"
            "  source       y            'bias'[                 (column 8: expected an "
            "integer that is not negative, found the end)\n"
            "  superfluous  kernel       [2, 4]");
}

TEST(Checkpoint, OneFault) {
  EXPECT_EQ(refuse({{"kernel", {2, 4}, ""}, {"bias", {4}, ""}}),
            "w.safetensors: error: 1 tensor superfluous\n"
            "  superfluous  steps  []");
  EXPECT_EQ(refuse({{"kernel", {4, 2}, ""}, {"bias", {4}, ""}}, {std::string("steps")}),
            "w.safetensors: error: 1 tensor of another shape\n"
            "  shape  kernel  expected [4, 2] found [2, 4]");
}

TEST(Checkpoint, PackedTensorsWithTooManyRows) {
  EXPECT_EQ(
      refuse({{"b_i", {2}, "'bias'[0:2 of 8]"}, {"kernel", {2, 4}, ""}}, {std::string("steps")}),
      "w.safetensors: error: 1 tensor of another shape\n"
      "  shape  b_i  expected [2]: 'bias'[0:2 of 8]: axis 0 has 4 entries, expected 8");
}

TEST(Checkpoint, IgnoredTensorsMayBeMissing) {
  EXPECT_EQ(refuse({{"kernel", {2, 4}, ""}, {"bias", {4}, ""}},
                   {std::string("steps"), std::string("none")}),
            "no error");
}

TEST(Checkpoint, UnreadableFiles) {
  EXPECT_THAT(messageOf(loadWeights("none.safetensors", {})), HasSubstr("cannot be read"));
}
