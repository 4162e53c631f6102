//===- CheckerMessageTest.cpp - Notes, warnings, several errors ---*- C++ -*-===//
//
// What surrounds an error: notes at the other places, warnings, independent errors together, and no
// errors that only follow from another.
//
//===----------------------------------------------------------------------===//

#include "CheckerTesting.h"

#include <gmock/gmock.h>

using namespace gatefold;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(CheckerMessageTest, PrintsTheShapeErrorOfTheManual) {
  Checked checked(R"(cell Lstm[I, H](x: [I]) -> [H] {
  weight W_i, W_f: [H, I]
  weight b_f: [H]
  weight U_f: [H, I]
  state h: [H] = 0
  i = tanh(W_i @ x)
  f = sigmoid(W_f @ x + U_f @ h + b_f)
  h' = i * f
  return h'
})",
                  testLibrary);
  EXPECT_EQ(
      checked.printed(),
      R"(test.fold:7:25: error: shapes do not fit: `U_f @ h` needs the last axis of `U_f` equal to `h`
  f = sigmoid(W_f @ x + U_f @ h + b_f)
                        ^~~~~~~
  note: `U_f` is [H, I], declared here (test.fold:4:10)
  note: `h` is [H], declared here (test.fold:5:9)
  hint: did you mean `weight U_f: [H, H]`?
)");
}

TEST(CheckerMessageTest, ReportsIndependentErrorsTogetherAndNothingThatFollows) {
  Checked checked(R"(
cell First[H](x: [H]) -> [H] {
  weight W: [H, H]
  a = W @ y
  b = tanh(a) + exp(a) * a
  state h: [H] = b
  h' = b + h
  c = h' . x + true
  return W
}
cell Second[H](x: [H]) -> [H] {
  inner = First[H, H]
  y = inner(x) + inner(x)
  return y
}
fn third(x: [Q]) -> [R] { return x }
fn fourth(x: f32) -> f32 { return third(x) + z }
binding one for First { V = "v" }
)");
  EXPECT_THAT(
      checked.messages(),
      testing::UnorderedElementsAre(
          "error: 4:11: unknown name `y`",
          "error: 6:18: `b` is not known before the first step: expected constants, weights and "
          "dimensions",
          "error: 8:7: `h' . x + true` mixes f32 and bool",
          "error: 9:10: `W` does not fit the result: expected [H], found [H, H]",
          "error: 12:11: `First` has 1 dimension, found 2", "error: 16:22: unknown dimension `R`",
          "error: 17:46: unknown name `z`", "error: 18:9: binding `one` for `First` lacks `W`",
          "error: 18:25: `First` has no weight `V`"));
  EXPECT_FALSE(checked.declaration("First")->isValid);
  EXPECT_FALSE(checked.declaration("fourth")->isValid);
}

TEST(CheckerMessageTest, WarnsOfUnusedNames) {
  Checked checked(R"(
cell C[H](x: [H], unread: [H], _ignored: [H]) -> [H] {
  weight W: [H, H]
  norm = LayerNorm[H]
  state h, c: [H] = 0
  y = x
  _z = x
  h' = h + x
  c' = x
  return x
}
model M(xs: [T, 4]) -> [T, 4] {
  c = Lstm[4, 4]
  ys, last = scan c(xs)
  _, _ = scan c(xs)
  return xs
}
)",
                  testLibrary);
  EXPECT_TRUE(checked.accepted);
  EXPECT_THAT(checked.messages(), ElementsAre("warning: 2:19: parameter `unread` is never used",
                                              "warning: 3:10: weight `W` is never used",
                                              "warning: 4:3: instance `norm` is never used",
                                              "warning: 5:12: state `c` is never used",
                                              "warning: 6:3: value `y` is never used",
                                              "warning: 14:3: value `ys` is never used",
                                              "warning: 14:7: value `last` is never used"));
}

TEST(CheckerMessageTest, WarnsOfShadowedNames) {
  Checked checked(R"(
const scale = 2
fn tanh(x: f32) -> f32 { return x * scale }
fn f[H](x: [H], n: [N]) -> f32 {
  H = x
  N = n
  scale = sum(H) + sum(N)
  sigmoid = scale + 1
  exp = sigmoid + 1
  return exp
}
fn g[x](x: [x]) -> f32 { return sum(x) }
)",
                  testLibrary);
  EXPECT_TRUE(checked.accepted);
  EXPECT_THAT(checked.messages(),
              ElementsAre("warning: 3:4: `tanh` shadows the builtin of this name",
                          "warning: 12:9: `x` shadows the dimension of this name",
                          "warning: 5:3: `H` shadows the dimension of this name",
                          "warning: 6:3: `N` shadows the dimension of this name",
                          "warning: 7:3: `scale` shadows the constant of this name",
                          "warning: 8:3: `sigmoid` shadows the function of this name",
                          "warning: 9:3: `exp` shadows the builtin of this name"));
}

TEST(CheckerMessageTest, WarnsOfLocalsThatHideTheLibrary) {
  Checked checked(R"(
layer Hides(x: [4], relu: [4]) -> [4] {
  outer = Linear[4, 4]
  abs = Linear[4, 4]
  Lstm = outer(x)
  softmax = abs(Lstm) + relu
  return softmax
}
fn silu(x: f32) -> f32 { return x }
)",
                  testLibrary);
  EXPECT_THAT(checked.messages(),
              ElementsAre("warning: 3:3: `outer` shadows the function of this name",
                          "warning: 4:3: `abs` shadows the builtin of this name",
                          "warning: 5:3: `Lstm` shadows the cell of this name",
                          "warning: 6:3: `softmax` shadows the function of this name"));
}

TEST(CheckerMessageTest, SaysNothingOfWarningsInTheLibrary) {
  Checked checked("",
                  "fn f[H](x: [H], unused: f32) -> [H] {\n  H = x\n  unread = x\n  return H\n}\n");
  EXPECT_THAT(checked.messages(), IsEmpty());
}

TEST(CheckerMessageTest, ShowsTheCycleOfCalls) {
  Checked checked(R"(
fn f(x: f32) -> f32 { return g(x) }
fn g(x: f32) -> f32 { return h(x) }
fn h(x: f32) -> f32 { return f(x) }
)");
  ASSERT_EQ(checked.diagnostics.numErrors(), 1u);
  const Diagnostic &message = checked.diagnostics.all()[0];
  EXPECT_EQ(message.text, "`f` uses itself through others, which would never end");
  ASSERT_EQ(message.notes.size(), 2u);
  EXPECT_EQ(message.notes[0].text, "`f` uses `g` here");
  EXPECT_EQ(checked.place(message.notes[0].range), "2:30");
  EXPECT_EQ(message.notes[1].text, "`g` uses `h` here");
  EXPECT_EQ(checked.place(message.notes[1].range), "3:30");
}

TEST(CheckerMessageTest, SurvivesALongChainOfCalls) {
  std::string text = "fn f0(x: f32) -> f32 { return x }\n";
  for (unsigned i = 20000; i > 0; --i)
    text += "fn f" + std::to_string(i) + "(x: f32) -> f32 { return f" + std::to_string(i - 1) +
            "(x) }\n";
  Checked checked(text);
  EXPECT_TRUE(checked.accepted);
}
