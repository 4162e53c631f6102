//===- DataTest.cpp - Random numbers and sizes -------------------*- C++ -*-===//
//
// Choices are the same everywhere, sizes read back, parts of tensors are the right ones.
//
//===----------------------------------------------------------------------===//

#include "Data.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::smith;

TEST(RandomTest, IsTheSameEverywhere) {
  Random random(0);
  EXPECT_EQ(random.next(), 0xe220a8397b1dcdafu); // as the authors have it for the state 0
  for (int count = 0; count < 1000; ++count) {
    int64_t number = random.between(-3, 3);
    EXPECT_TRUE(number >= -3 && number <= 3);
    double real = random.uniform(-1, 1);
    EXPECT_TRUE(real >= -1 && real < 1);
  }
}

TEST(DataTest, SizesReadBack) {
  std::optional<RunSizes> sizes = RunSizes::parse("S=3,T=0,batch=2");
  ASSERT_TRUE(sizes);
  EXPECT_EQ(sizes->free.at("T"), 0);
  EXPECT_EQ(sizes->batch, 2);
  EXPECT_EQ(sizes->print(), "S=3,T=0,batch=2");
  EXPECT_FALSE(RunSizes::parse("S"));
  EXPECT_FALSE(RunSizes::parse("S=-1"));
}

TEST(DataTest, PartsOfTensors) {
  Tensor tensor = Tensor::fromFloats({2, 3}, {1, 2, 3, 4, 5, 6});
  Tensor part = sliceAxis(tensor, 1, 1, 2);
  EXPECT_EQ(llvm::ArrayRef(part.data<float>(), 4), llvm::ArrayRef<float>({2, 3, 5, 6}));
  Tensor example = takeExample(tensor, 1);
  EXPECT_EQ(example.shape(), llvm::ArrayRef<int64_t>({3}));
  EXPECT_EQ(llvm::ArrayRef(example.data<float>(), 3), llvm::ArrayRef<float>({4, 5, 6}));
  EXPECT_EQ(sliceAxis(tensor, 0, 2, 0).numElements(), 0);
}

TEST(DataTest, WeightsKeepTheirNumbersWhenOthersGo) {
  ModelInterface both, one;
  both.weights = {{"a", {3, 4}, ""}, {"b", {5}, ""}};
  one.weights = {{"b", {5}, ""}};
  NamedTensors ofBoth = makeWeights(both, 7), ofOne = makeWeights(one, 7);
  EXPECT_EQ(ofBoth.find("b")->bytes(), ofOne.find("b")->bytes());
  EXPECT_NE(makeWeights(one, 8).find("b")->bytes(), ofOne.find("b")->bytes());
  for (int64_t index = 0; index < 12; ++index)
    EXPECT_LE(std::abs(ofBoth.find("a")->elementAsDouble(index)), 0.6);
}

TEST(DataTest, PerturbationIsSmall) {
  NamedTensors tensors;
  tensors.set("x", Tensor::fromFloats({3}, {1, -0.5, 0}));
  NamedTensors moved = perturb(tensors, 3);
  for (int64_t index = 0; index < 3; ++index)
    EXPECT_NEAR(moved.find("x")->elementAsDouble(index), tensors.find("x")->elementAsDouble(index),
                1e-6);
  EXPECT_NE(moved.find("x")->bytes(), tensors.find("x")->bytes());
}
