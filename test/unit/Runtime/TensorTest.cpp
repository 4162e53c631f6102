//===- TensorTest.cpp - Storage, shapes and conversions ----------*- C++ -*-===//
//
// Tests of tensors and of sets of named tensors.
//
//===----------------------------------------------------------------------===//

#include "RuntimeTestHelpers.h"
#include "gatefold/Runtime/NamedTensors.h"
#include <cmath>
#include <limits>

using namespace gatefold;
using testing::HasSubstr;

TEST(Tensor, ZerosAreAlignedAndZero) {
  Tensor tensor = Tensor::zeros(ElementType::I16, {3, 5});
  EXPECT_EQ(tensor.numElements(), 15);
  EXPECT_EQ(tensor.bytes().size(), 30u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.bytes().data()) % 64, 0u);
  EXPECT_EQ(valuesOf<int16_t>(tensor), std::vector<int16_t>(15, 0));
}

TEST(Tensor, ScalarsAndEmptyTensors) {
  EXPECT_EQ(Tensor::zeros(ElementType::F32, {}).numElements(), 1);
  EXPECT_EQ(Tensor::zeros(ElementType::F32, {4, 0, 2}).numElements(), 0);
  EXPECT_EQ(Tensor().numElements(), 0);
  EXPECT_EQ(Tensor().bytes().size(), 0u);
}

TEST(Tensor, CopiesAreValues) {
  Tensor first = Tensor::fromFloats({2}, {1.0f, 2.0f});
  Tensor second = first;
  EXPECT_EQ(first.bytes().data(), second.bytes().data());
  second.mutableData<float>()[0] = 9;
  EXPECT_EQ(valuesOf<float>(first), (std::vector<float>{1, 2}));
  EXPECT_EQ(valuesOf<float>(second), (std::vector<float>{9, 2}));
}

TEST(Tensor, ViewsKeepTheirOwnerAndAreNotWrittenTo) {
  auto owner = std::make_shared<std::vector<float>>(std::vector<float>{1, 2, 3});
  llvm::ArrayRef<char> bytes(reinterpret_cast<const char *>(owner->data()), 12);
  Tensor view = Tensor::view(ElementType::F32, {3}, bytes, owner);
  EXPECT_EQ(view.bytes().data(), bytes.data());
  EXPECT_EQ(owner.use_count(), 2);
  view.mutableData<float>()[1] = 7;
  EXPECT_EQ((*owner)[1], 2);
  EXPECT_EQ(owner.use_count(), 1);
}

TEST(Tensor, MisalignedViewsAreCopied) {
  alignas(8) char buffer[9] = {0};
  float one = 1;
  std::memcpy(buffer + 1, &one, 4);
  Tensor tensor = Tensor::view(ElementType::F32, {1}, {buffer + 1, 4}, nullptr);
  EXPECT_NE(tensor.bytes().data(), buffer + 1);
  EXPECT_EQ(valuesOf<float>(tensor), std::vector<float>{1});
}

TEST(Tensor, ShapesAreChecked) {
  constexpr int64_t large = int64_t(1) << 40;
  EXPECT_THAT(messageOf(countBytes(ElementType::F32, {large, large})),
              HasSubstr("larger than memory can be"));
  EXPECT_THAT(messageOf(countBytes(ElementType::F32, {2, -1})),
              HasSubstr("shape [2, -1] has a negative axis"));
  EXPECT_EQ(llvm::cantFail(countBytes(ElementType::F32, {large, large, 0})), 0);
  EXPECT_THAT(messageOf(Tensor::create(ElementType::U8, {std::numeric_limits<int64_t>::max()})),
              HasSubstr("no memory"));
}

TEST(Tensor, WithShape) {
  Tensor tensor = Tensor::fromFloats({2, 3}, {1, 2, 3, 4, 5, 6});
  Tensor flat = llvm::cantFail(tensor.withShape({6}));
  EXPECT_EQ(flat.shape(), llvm::ArrayRef<int64_t>({6}));
  EXPECT_EQ(flat.bytes().data(), tensor.bytes().data());
  EXPECT_EQ(messageOf(tensor.withShape({4})),
            "a tensor of shape [2, 3] has 6 elements, but shape [4] takes 4");
  EXPECT_THAT(messageOf(tensor.withShape({-6})), HasSubstr("negative"));
}

TEST(Tensor, ConvertsBetweenAllTypes) {
  Tensor source = Tensor::fromFloats({2}, {0, 1});
  for (ElementType from : allElementTypes())
    for (ElementType to : allElementTypes()) {
      Tensor converted = llvm::cantFail(llvm::cantFail(source.convertTo(from)).convertTo(to));
      EXPECT_EQ(converted.type(), to);
      EXPECT_EQ(converted.elementAsDouble(0), 0);
      EXPECT_EQ(converted.elementAsDouble(1), 1);
    }
}

TEST(Tensor, RefusesWhatAnIntegerCannotHold) {
  auto convert = [](std::vector<float> values, ElementType type) {
    return messageOf(
        Tensor::fromFloats({static_cast<int64_t>(values.size())}, values).convertTo(type));
  };
  EXPECT_THAT(convert({1, 300}, ElementType::U8), HasSubstr("u8 does not hold the value 300"));
  EXPECT_THAT(convert({1, 300}, ElementType::U8), HasSubstr("at [1]"));
  EXPECT_THAT(convert({-1}, ElementType::U64), HasSubstr("does not hold"));
  EXPECT_THAT(convert({0.5f}, ElementType::I32), HasSubstr("does not hold"));
  EXPECT_THAT(convert({NAN}, ElementType::I8), HasSubstr("does not hold"));
  EXPECT_THAT(convert({std::ldexp(1.0f, 63)}, ElementType::I64), HasSubstr("does not hold"));
  EXPECT_THAT(convert({2}, ElementType::Bool), HasSubstr("bool does not hold"));
  EXPECT_EQ(convert({-std::ldexp(1.0f, 63)}, ElementType::I64), "no error");
  Tensor negative = Tensor::copyOf<int64_t>(ElementType::I64, {1}, {-1});
  EXPECT_THAT(messageOf(negative.convertTo(ElementType::U32)), HasSubstr("does not hold"));
}

TEST(Tensor, SpellsShapesAndPlaces) {
  EXPECT_EQ(shapeText({}), "[]");
  EXPECT_EQ(shapeText({2, 3}), "[2, 3]");
  EXPECT_EQ(indexText({2, 3}, 5), "[1, 2]");
  EXPECT_EQ(indexText({}, 0), "[]");
}

TEST(NamedTensors, KeepsOrderAndReplaces) {
  NamedTensors tensors;
  tensors.set("b", Tensor::fromFloats({1}, {1}));
  tensors.set("a", Tensor::fromFloats({1}, {2}));
  tensors.set("b", Tensor::fromFloats({1}, {3}));
  ASSERT_EQ(tensors.size(), 2u);
  EXPECT_EQ(tensors[0].name, "b");
  EXPECT_EQ(tensors[0].tensor.elementAsDouble(0), 3);
  EXPECT_EQ(tensors.find("a")->elementAsDouble(0), 2);
  EXPECT_EQ(tensors.find("c"), nullptr);
}

TEST(NamedTensors, NamesWhatIsNear) {
  EXPECT_EQ(nearestName("wieght", {"bias", "weight"}), "weight");
  EXPECT_EQ(nearestName("x", {"y", "z"}), "");
  EXPECT_EQ(nearestName("kernel", {"logits"}), "");
  EXPECT_EQ(nearestName("", {"a"}), "");
}
