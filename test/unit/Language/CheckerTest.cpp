//===- CheckerTest.cpp - Programs that are right ------------------*- C++ -*-===//
//
// The textbook programs and one small program for each rule, with the types that the checker finds.
//
//===----------------------------------------------------------------------===//

#include "CheckerTesting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace gatefold;
using testing::ElementsAre;
using testing::IsEmpty;

#define EXPECT_ACCEPTED(checked) EXPECT_THAT((checked).messages(), IsEmpty()) << (checked).printed()

TEST(CheckerTest, AcceptsALibrary) {
  Checked checked("", testLibrary);
  EXPECT_ACCEPTED(checked);
  for (const auto &declaration : checked.file.declarations)
    EXPECT_TRUE(declaration->isValid) << declaration->name.text;
  EXPECT_EQ(checked.type("Lstm", "i"), "[H]");
  EXPECT_EQ(checked.type("Lstm", "c'"), "[H]");
  EXPECT_THAT(checked.declaration("softmax")->freeDims, ElementsAre("N"));
}

TEST(CheckerTest, Rnn) {
  Checked checked(R"(
cell Rnn[I, H](x: [I]) -> [H] {
  weight W: [H, I]
  weight U: [H, H]
  weight b: [H]
  state h: [H] = 0
  h' = tanh(W @ x + U @ h + b)
  return h'
})");
  EXPECT_ACCEPTED(checked);
  EXPECT_EQ(checked.type("Rnn", "W"), "[H, I]");
  EXPECT_EQ(checked.type("Rnn", "h'"), "[H]");
  EXPECT_EQ(checked.symbol("Rnn", "h'")->state, checked.symbol("Rnn", "h"));
}

TEST(CheckerTest, Gru) {
  Checked checked(R"(
cell Gru[I, H](x: [I]) -> [H] {
  weight W_r, W_z, W_n: [H, I]
  weight U_r, U_z, U_n: [H, H]
  weight b_r, b_z, b_n, c_n: [H]
  state h: [H] = 0
  r = sigmoid(W_r @ x + U_r @ h + b_r)
  z = sigmoid(W_z @ x + U_z @ h + b_z)
  n = tanh(W_n @ x + b_n + r * (U_n @ h + c_n))
  h' = (1 - z) * n + z * h
  return h'
})",
                  testLibrary);
  EXPECT_ACCEPTED(checked);
  EXPECT_EQ(checked.type("Gru", "n"), "[H]");
}

TEST(CheckerTest, LayerNormLstm) {
  Checked checked(R"(
cell LayerNormLstm[I, H](x: [I]) -> [H] {
  weight W_i, W_f, W_g, W_o: [H, I]
  weight U_i, U_f, U_g, U_o: [H, H]
  norm_i = LayerNorm[H]
  norm_f = LayerNorm[H]
  norm_g = LayerNorm[H]
  norm_o = LayerNorm[H]
  norm_c = LayerNorm[H]
  state h, c: [H] = 0
  i = sigmoid(norm_i(W_i @ x + U_i @ h))
  f = sigmoid(norm_f(W_f @ x + U_f @ h))
  g = tanh(norm_g(W_g @ x + U_g @ h))
  o = sigmoid(norm_o(W_o @ x + U_o @ h))
  c' = f * c + i * g
  h' = o * tanh(norm_c(c'))
  return h'
})",
                  testLibrary);
  EXPECT_ACCEPTED(checked);
  EXPECT_EQ(checked.type("LayerNormLstm", "g"), "[H]");
  EXPECT_EQ(checked.symbol("LayerNormLstm", "norm_c")->declaration,
            checked.declaration("LayerNorm"));
}

TEST(CheckerTest, Tagger) {
  Checked checked(R"(
model Tagger[V, E, H, C](words: token[T]) -> [T, C] {
  table = Embedding[V, E]
  forward = Lstm[E, H] load torch from "forward."
  backward = Lstm[E, H] load torch(layer = 1)
  out = Linear[2 * H, C]
  xs = table(words)
  return out(join(scan forward(xs), scan reverse backward(xs)))
})",
                  testLibrary);
  EXPECT_ACCEPTED(checked);
  EXPECT_EQ(checked.type("Tagger", "xs"), "[T, E]");
  EXPECT_EQ(checked.symbol("Tagger", "out")->dimensions.at("I").str(), "2 * H");
  const auto &load =
      llvm::cast<AssignStatement>(*checked.declaration("Tagger")->body[2]).load.value();
  EXPECT_EQ(load.values.at("layer"), Dim::constant(1));
  EXPECT_EQ(load.declaration->target.text, "Lstm");
}

TEST(CheckerTest, MinGru) {
  Checked checked(R"(
cell MinGru[I, H](x: [I]) -> [H] {
  weight W_z, W_n: [H, I]
  weight b_z, b_n: [H]
  state h: [H] = 0
  z = sigmoid(W_z @ x + b_z)
  h' = (1 - z) * h + z * (W_n @ x + b_n)
  return h'
})",
                  testLibrary);
  EXPECT_ACCEPTED(checked);
}

TEST(CheckerTest, MambaWithoutItsWindow) {
  Checked checked(R"(
cell Mamba[D, N, R](x: [D]) -> [D] {
  weight b, b_dt, skip: [D]
  weight A_log: [D, N]
  weight W_B, W_C: [N, D]
  weight W_r: [R, D]
  weight W_dt: [D, R]
  state s: [D, N] = 0
  u = silu(x + b)
  dt = softplus(W_dt @ (W_r @ u) + b_dt)
  s' = exp(dt[:, new] * -exp(A_log)) * s + outer(dt * u, W_B @ u)
  return s' @ (W_C @ u) + skip * u
})",
                  testLibrary);
  EXPECT_ACCEPTED(checked);
  EXPECT_EQ(checked.type("Mamba", "s'"), "[D, N]");
  EXPECT_EQ(checked.type("Mamba", "dt"), "[D]");
}

TEST(CheckerTest, MLstm) {
  Checked checked(R"(
cell MLstm[I, D](x: [I]) -> [D] {
  weight W_q, W_k, W_v, W_o: [D, I]
  weight w_i, w_f: [I]
  weight b_i, b_f: f32
  weight b_o: [D]
  state C: [D, D] = 0
  state n: [D] = 0
  state m: f32 = 0
  q = W_q @ x
  k = W_k @ x / sqrt(D)
  v = W_v @ x
  a = w_i . x + b_i
  g = log_sigmoid(w_f . x + b_f)
  m' = max(g + m, a)
  i = exp(a - m')
  f = exp(g + m - m')
  C' = f * C + i * outer(v, k)
  n' = f * n + i * k
  return sigmoid(W_o @ x + b_o) * (C' @ q) / max(abs(n' . q), exp(-m'))
})",
                  testLibrary);
  EXPECT_ACCEPTED(checked);
  EXPECT_EQ(checked.type("MLstm", "a"), "f32");
  EXPECT_EQ(checked.type("MLstm", "C'"), "[D, D]");
  EXPECT_EQ(checked.type("MLstm", "k"), "[D]");
}

TEST(CheckerTest, GatedDelta) {
  Checked checked(R"(
cell GatedDelta[I, K, V](x: [I]) -> [V] {
  weight W_q, W_k: [K, I]
  weight W_v: [V, I]
  weight w_a, w_b: [I]
  state S: [V, K] = 0
  q = normalize(W_q @ x)
  k = normalize(W_k @ x)
  alpha = sigmoid(w_a . x)
  beta = sigmoid(w_b . x)
  S' = alpha * (S - beta * outer(S @ k, k)) + beta * outer(W_v @ x, k)
  return S' @ q
})",
                  testLibrary);
  EXPECT_ACCEPTED(checked);
  EXPECT_EQ(checked.type("GatedDelta", "alpha"), "f32");
  EXPECT_EQ(checked.type("GatedDelta", "S'"), "[V, K]");
}

TEST(CheckerTest, AttentionDecoderScannedWithFixedMemory) {
  Checked checked(R"(
cell AttentionDecoder[V, E, M, H, A](previous: token; memory: [S, M]) -> [V] {
  table = Embedding[V, E]
  inner = Lstm[E + M, H]
  weight W: [A, H]
  weight U: [A, M]
  weight v: [A]
  out = Linear[H + M, V]
  state h: [H] = 0
  scores = tanh(W @ h + memory . U) . v
  context = softmax(scores) @ memory
  h' = inner(join(table(previous), context))
  return out(join(h', context))
}
model Forced(source: token[S], target: token[T]) -> [T, 60] {
  table = Embedding[400, 64]
  encoder = Lstm[64, 128]
  decoder = AttentionDecoder[60, 64, 128, 128, 64]
  memory, last = scan encoder(table(source))
  return scan decoder(target; memory) from (h = last.h, inner.h = last.h, inner.c = last.c)
})",
                  testLibrary);
  EXPECT_ACCEPTED(checked);
  EXPECT_EQ(checked.type("AttentionDecoder", "scores"), "[S]");
  EXPECT_EQ(checked.type("AttentionDecoder", "context"), "[M]");
  EXPECT_EQ(checked.type("Forced", "memory"), "[S, 128]");
  const auto &body = checked.declaration("Forced")->body;
  const auto &scan =
      llvm::cast<ScanExpression>(*llvm::cast<ReturnStatement>(*body.back()).values[0]);
  EXPECT_EQ(scan.type.str(), "[T, 60]");
  EXPECT_EQ(scan.steps.str(), "T");
  EXPECT_EQ(scan.dimensions.at("S").str(), "S");
  EXPECT_EQ(scan.dimensions.at("A").str(), "64");
  ASSERT_EQ(scan.initial.size(), 3u);
  ASSERT_EQ(scan.initial[2].symbols.size(), 2u);
  EXPECT_EQ(scan.initial[2].symbols[0], checked.symbol("AttentionDecoder", "inner"));
  EXPECT_EQ(scan.initial[2].symbols[1], checked.symbol("Lstm", "c"));
}

TEST(CheckerTest, SqueezeExciteWithOneAxisAtATime) {
  Checked checked(R"(
layer SqueezeExcite[C, R](x: [C, Y, X]) -> [C, Y, X] {
  down = Linear[C, C / R]
  up = Linear[C / R, C]
  squeezed = mean(mean(x, axis = 2), axis = -1)
  return x * sigmoid(up(relu(down(squeezed))))[:, new, new]
})",
                  testLibrary);
  EXPECT_ACCEPTED(checked);
  EXPECT_EQ(checked.type("SqueezeExcite", "squeezed"), "[C]");
  EXPECT_EQ(checked.declaration("SqueezeExcite")->divisions.size(), 2u);
}
