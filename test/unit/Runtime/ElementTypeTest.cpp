//===- ElementTypeTest.cpp - Names, sizes and 16-bit numbers -----*- C++ -*-===//
//
// Tests of the element types.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/ElementType.h"
#include "gtest/gtest.h"
#include <cmath>
#include <limits>

using namespace gatefold;

TEST(ElementType, NamesReadBack) {
  for (ElementType type : allElementTypes())
    EXPECT_EQ(elementTypeFromName(elementTypeName(type)), type);
  EXPECT_EQ(allElementTypes().size(), 13u);
  EXPECT_EQ(elementTypeName(ElementType::BF16), "bf16");
  EXPECT_EQ(elementTypeFromName("float"), std::nullopt);
  EXPECT_EQ(elementTypeFromName(""), std::nullopt);
}

TEST(ElementType, Sizes) {
  EXPECT_EQ(elementSize(ElementType::Bool), 1);
  EXPECT_EQ(elementSize(ElementType::F16), 2);
  EXPECT_EQ(elementSize(ElementType::U32), 4);
  EXPECT_EQ(elementSize(ElementType::F64), 8);
  EXPECT_TRUE(isFloatingPoint(ElementType::BF16));
  EXPECT_FALSE(isFloatingPoint(ElementType::I64));
}

TEST(ElementType, HalfValues) {
  EXPECT_EQ(halfToFloat(0x3c00), 1.0f);
  EXPECT_EQ(halfToFloat(0xc000), -2.0f);
  EXPECT_EQ(halfToFloat(0x7bff), 65504.0f);
  EXPECT_EQ(halfToFloat(0x0001), std::ldexp(1.0f, -24));
  EXPECT_EQ(halfToFloat(0x83ff), -std::ldexp(1023.0f, -24));
  EXPECT_EQ(halfToFloat(0xfc00), -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(halfToFloat(0x7e01)));
  EXPECT_TRUE(std::signbit(halfToFloat(0x8000)));
}

// Every half is a float, so it must come back as it was; NaN need only stay NaN.
TEST(ElementType, EveryHalfComesBack) {
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    float value = halfToFloat(static_cast<uint16_t>(bits));
    uint16_t back = floatToHalf(value);
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(halfToFloat(back))) << bits;
    else
      EXPECT_EQ(back, bits);
  }
}

TEST(ElementType, HalfRoundsToNearestEven) {
  EXPECT_EQ(floatToHalf(1.0f + std::ldexp(1.0f, -11)), 0x3c00); // a tie, to even
  EXPECT_EQ(floatToHalf(1.0f + std::ldexp(3.0f, -11)), 0x3c02); // a tie, to even
  EXPECT_EQ(floatToHalf(1.0f + std::ldexp(1.1f, -11)), 0x3c01);
  EXPECT_EQ(floatToHalf(65519.0f), 0x7bff);
  EXPECT_EQ(floatToHalf(65520.0f), 0x7c00);
  EXPECT_EQ(floatToHalf(1e30f), 0x7c00);
  EXPECT_EQ(floatToHalf(std::ldexp(1.0f, -25)), 0x0000); // a tie, to even
  EXPECT_EQ(floatToHalf(std::ldexp(1.5f, -25)), 0x0001);
  EXPECT_EQ(floatToHalf(-std::ldexp(3.0f, -25)), 0x8002);
}

TEST(ElementType, Bfloat) {
  EXPECT_EQ(bfloatToFloat(0x3f80), 1.0f);
  EXPECT_EQ(floatToBfloat(1.0f + std::ldexp(1.0f, -8)), 0x3f80); // a tie, to even
  EXPECT_EQ(floatToBfloat(1.0f + std::ldexp(3.0f, -8)), 0x3f82); // a tie, to even
  EXPECT_EQ(floatToBfloat(std::numeric_limits<float>::max()), 0x7f80);
  EXPECT_TRUE(std::isnan(bfloatToFloat(floatToBfloat(NAN))));
  for (uint32_t bits = 0; bits <= 0xffff; ++bits)
    if (float value = bfloatToFloat(static_cast<uint16_t>(bits)); !std::isnan(value))
      EXPECT_EQ(floatToBfloat(value), bits);
}
