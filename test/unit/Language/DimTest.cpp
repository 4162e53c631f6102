//===- DimTest.cpp - Arithmetic of dimension sizes ----------------*- C++ -*-===//
//
// Canonical form, division, substitution, evaluation and spelling.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Dim.h"
#include "gatefold/Language/Type.h"

#include <gtest/gtest.h>
#include <limits>

using namespace gatefold;

static const Dim D = Dim::name("D"), H = Dim::name("H"), N = Dim::name("N");
static Dim number(int64_t value) { return Dim::constant(value); }

TEST(DimTest, EqualArithmeticIsEqual) {
  EXPECT_EQ(number(2) * H, H + H);
  EXPECT_EQ(N * *D.dividedBy(N), D);
  EXPECT_EQ((D + H) * (D - H), D * D - H * H);
  EXPECT_EQ(*(number(4) * H).dividedBy(number(2)), H + H);
  EXPECT_EQ(H - H, number(0));
  EXPECT_NE(H, D);
  EXPECT_NE(H + number(1), H);
}

TEST(DimTest, DividesBySumsThatCancel) {
  EXPECT_EQ((number(2) * D + number(2) * H).dividedBy(D + H), number(2));
  EXPECT_EQ((N * D + N * H).dividedBy(D + H), N);
  EXPECT_EQ(D.dividedBy(D + H), std::nullopt);
  EXPECT_EQ(D.dividedBy(number(0)), std::nullopt);
  EXPECT_EQ(D.dividedBy(D - D), std::nullopt);
  EXPECT_EQ(number(0).dividedBy(D), number(0));
}

TEST(DimTest, TellsConstantsAndNames) {
  EXPECT_EQ(number(7).asConstant(), 7);
  EXPECT_EQ(Dim().asConstant(), 0);
  EXPECT_EQ(H.asConstant(), std::nullopt);
  EXPECT_EQ(number(7).dividedBy(number(2))->asConstant(), std::nullopt);
  EXPECT_TRUE(number(1).isOne());
  EXPECT_FALSE(H.isOne());
  EXPECT_EQ(H.asName(), "H");
  EXPECT_EQ((H + H).asName(), std::nullopt);
  EXPECT_EQ((H * N).asName(), std::nullopt);
  EXPECT_EQ((H * N + D).names(), (std::vector<std::string>{"D", "H", "N"}));
}

TEST(DimTest, SubstitutesAtOnce) {
  EXPECT_EQ((D + H).substitute({{"D", H}, {"H", D}}), D + H);
  EXPECT_EQ((number(2) * H + N).substitute({{"H", D + number(1)}}), number(2) * D + number(2) + N);
  EXPECT_EQ(D.dividedBy(N)->substitute({{"D", number(12)}, {"N", number(4)}}), number(3));
  Dim quotient = D.dividedBy(N)->substitute({{"N", D + H}});
  EXPECT_FALSE(quotient.isExpressible());
  EXPECT_EQ(quotient.str(), "D / (D + H)");
  EXPECT_TRUE(D.dividedBy(N)->isExpressible());
}

TEST(DimTest, Evaluates) {
  EXPECT_EQ((H * N + number(1)).evaluate({{"H", 3}, {"N", 4}}), 13);
  EXPECT_EQ((H * N).evaluate({{"H", 3}}), std::nullopt);
  EXPECT_EQ(D.dividedBy(N)->evaluate({{"D", 7}, {"N", 2}}), std::nullopt);
  EXPECT_EQ(D.dividedBy(N)->evaluate({{"D", 7}, {"N", 0}}), std::nullopt);
  EXPECT_EQ((*D.dividedBy(N) + *H.dividedBy(N)).evaluate({{"D", 3}, {"H", 5}, {"N", 2}}), 4);
  const int64_t huge = std::numeric_limits<int64_t>::max() / 2;
  EXPECT_EQ((H * N).evaluate({{"H", huge}, {"N", huge}}), std::nullopt);
  EXPECT_EQ((H + H + H).evaluate({{"H", huge}}), std::nullopt);
  EXPECT_EQ((H - N * N).evaluate({{"H", 0}, {"N", huge}}), std::nullopt);
}

/// floor(dividend / divisor)
static Dim quotient(const Dim &dividend, const Dim &divisor) {
  return dividend.floorDividedBy(divisor).value_or(number(-1000));
}

TEST(DimTest, RoundsQuotientsDown) {
  EXPECT_EQ(quotient(number(7), number(2)), number(3));
  EXPECT_EQ(quotient(number(-7), number(2)), number(-4));
  EXPECT_EQ(quotient(number(2) * H + number(3), number(2)), H + number(1));
  EXPECT_EQ(quotient(H - number(3), number(2)), quotient(H + number(1), number(2)) - number(2));
  EXPECT_EQ(quotient(H - N, number(1)), H - N);
  EXPECT_EQ(quotient(N * H + D, N), H + quotient(D, N));
  EXPECT_EQ(quotient(N * D + N * H, D + H), N);
  EXPECT_NE(quotient(H, number(2)), *H.dividedBy(number(2)));
  EXPECT_NE(quotient(H, number(2)), quotient(H, number(3)));
  EXPECT_EQ(H.floorDividedBy(number(0)), std::nullopt);
  EXPECT_EQ(H.floorDividedBy(number(-2)), std::nullopt);
}

TEST(DimTest, MergesQuotientsOfQuotients) {
  const Dim once = quotient(H - number(3), number(2)) + number(1);
  EXPECT_EQ(quotient(once - number(3), number(2)) + number(1),
            quotient(H - number(7), number(4)) + number(1));
}

TEST(DimTest, SubstitutesWithinQuotients) {
  const Dim size = quotient(H - D, N) + number(1);
  EXPECT_EQ(size.names(), (std::vector<std::string>{"D", "H", "N"}));
  EXPECT_EQ(size.evaluate({{"H", 10}, {"D", 3}, {"N", 2}}), 4);
  EXPECT_EQ(size.evaluate({{"H", 10}, {"D", 3}}), std::nullopt);
  EXPECT_EQ(size.evaluate({{"H", 10}, {"D", 3}, {"N", 0}}), std::nullopt);
  EXPECT_EQ(size.substitute({{"N", number(1)}}), H - D + number(1));
  EXPECT_EQ(size.substitute({{"H", D + N * N}}), N + number(1));
  EXPECT_FALSE(size.substitute({{"N", number(0)}}).isExpressible());
  EXPECT_EQ(size.asConstant(), std::nullopt);
  EXPECT_EQ(quotient(H, N).asName(), std::nullopt);
}

TEST(DimTest, TakesLinearSumsApart) {
  const Dim half = quotient(H, number(2));
  const std::optional<Dim::Linear> linear = (number(3) * half + N - number(1)).asLinear();
  ASSERT_TRUE(linear);
  EXPECT_EQ(linear->constant, -1);
  ASSERT_EQ(linear->terms.size(), 2u);
  EXPECT_EQ(linear->terms[0], std::pair(N, int64_t(1)));
  EXPECT_EQ(linear->terms[1], std::pair(half, int64_t(3)));
  EXPECT_EQ(half.asFloor(), std::pair(H, number(2)));
  EXPECT_EQ(H.asFloor(), std::nullopt);
  EXPECT_FALSE((H * N).asLinear());
  EXPECT_FALSE(H.dividedBy(number(2))->asLinear());
}

TEST(DimTest, SpellsAsAPersonWould) {
  EXPECT_EQ((quotient(H - D, N) + number(1)).str(), "floor((H - D) / N) + 1");
  EXPECT_EQ(quotient(H, N * number(2)).str(), "floor(H / (2 * N))");
  EXPECT_EQ((number(2) * H + number(1)).str(), "2 * H + 1");
  EXPECT_EQ(D.dividedBy(N)->str(), "D / N");
  EXPECT_EQ((N - number(1)).str(), "N - 1");
  EXPECT_EQ((number(4) - N).str(), "4 - N");
  EXPECT_EQ((number(3) * *H.dividedBy(number(2))).str(), "3 * H / 2");
  EXPECT_EQ((H * H).str(), "H * H");
  EXPECT_EQ(number(-3).str(), "-3");
  EXPECT_EQ((Dim() - H).str(), "-H");
  EXPECT_EQ(Dim().str(), "0");
  EXPECT_EQ(number(1).dividedBy(N)->str(), "1 / N");
}

TEST(TypeTest, SpellsAsTheLanguage) {
  EXPECT_EQ((Type{Element::F32, {H, number(2) * D}}.str()), "[H, 2 * D]");
  EXPECT_EQ((Type{Element::Token, {N}}.str()), "token[N]");
  EXPECT_EQ(Type::scalar(Element::F32).str(), "f32");
  EXPECT_EQ(Type::scalar(Element::Bool).str(), "bool");
}
