//===- CheckerExpressionErrorTest.cpp - Operators and indices that do not fit ---*- C++ -*-===//
//
// One program for each message, with the place and the words of its only error.
//
//===----------------------------------------------------------------------===//

#include "CheckerTesting.h"

#include <gtest/gtest.h>

using namespace gatefold;

TEST(CheckerExpressionError, Elementwise) {
  static constexpr Refused programs[] = {
      {R"(fn f(x: f32, n: i32) -> f32 { return x + n })", "1:38", "`x + n` mixes f32 and i32",
       "write `f32(n)`"},
      {R"(fn f(n: i32, m: i64) -> i64 { return n * m })", "1:38", "`n * m` mixes i32 and i64",
       "write `i64(n)`"},
      {R"(fn f(t: token, n: i32) -> bool { return t == n })", "1:41",
       "`t == n` mixes token and i32", "write `i32(t)`"},
      {R"(fn f(t: token, x: f32) -> bool { return t < x })", "1:41", "`t < x` mixes token and f32",
       "write `f32(i32(t))`"},
      {R"(fn f(t: token) -> token { return t + 1 })", "1:34",
       "tokens can be compared and looked up; `+` is not defined for them",
       "`i32(...)` makes a token an integer"},
      {R"(fn f(t: token) -> token { return -t })", "1:34",
       "tokens can be compared and looked up; `-` is not defined for them",
       "`i32(...)` makes a token an integer"},
      {R"(fn f(b: bool) -> bool { return b + b })", "1:32", "`+` needs numbers, found bool", ""},
      {R"(fn f(b: bool) -> bool { return b < b })", "1:32", "`<` needs numbers, found bool", ""},
      {R"(fn f(x: f32) -> f32 { return not x })", "1:30", "`not` needs bool, found f32", ""},
      {R"(fn f(x: f32) -> bool { return x or x })", "1:31", "`or` needs bool, found f32", ""},
      {R"(fn f(n: i32) -> i32 { return n + 0.5 })", "1:34",
       "`0.5` is no integer, but stands where i32 is expected",
       "`f32(...)` makes an integer value an f32"},
      {R"(fn f(n: i32) -> i32 { return n + 3000000000 })", "1:34",
       "`3000000000` is too large for i32", ""},
      {R"(fn f(n: i32) -> i32 { return n ^ 2 })", "1:30", "`^` needs f32, found i32",
       "convert with `f32(...)`"},
      {R"(fn f(n: i32) -> i32 { return n + 2 ^ 3 })", "1:34", "`^` needs f32, found i32",
       "convert the other operand with `f32(...)`"},
      {R"(fn f(n: i32) -> i32 { return n + 7 / 2 })", "1:34", "7 / 2 does not come out whole", ""},
      {R"(fn f(x: f32) -> f32 { return x * 1e39 })", "1:34", "`1e39` is too large for f32", ""},
      {R"(fn f(a: [H], b: [I]) -> [H] { return a + b })", "1:38",
       "shapes do not fit: `a + b` combines [H] and [I]", ""},
      {R"(fn f(a: [H], b: [2]) -> [H] { return a * b })", "1:38",
       "shapes do not fit: `a * b` combines [H] and [2]", ""},
      {R"(fn f(c: [H], a: f32) -> [H] { return if c then a else 1 })", "1:41",
       "a condition needs bool, found [H]", ""},
      {R"(fn f(c: bool[H], a: [I]) -> [I] { return if c then a else 1 })", "1:42",
       "shapes do not fit: the condition is bool[H] and the values are [I]", ""},
      {R"(fn f(c: bool, a: [I], b: [H]) -> [I] { return if c then a else b })", "1:47",
       "shapes do not fit: `if c then a else b` combines [I] and [H]", ""},
      {R"(fn f(c: bool, b: bool) -> bool { return if c then b else 1 })", "1:58",
       "`1` is a number where bool is expected", ""},
  };
  for (const Refused &program : programs)
    expectRefused(program);
}

TEST(CheckerExpressionError, Products) {
  static constexpr Refused programs[] = {
      {R"(
cell Lstm[I, H](x: [I]) -> [H] {
  weight W_f: [H, I]
  weight U_f: [H, I]
  state h: [H] = 0
  h' = sigmoid(W_f @ x + U_f @ h)
  return h'
})",
       "6:26", "shapes do not fit: `U_f @ h` needs the last axis of `U_f` equal to `h`",
       "did you mean `weight U_f: [H, H]`?"},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W: [I, H]
  return W @ x
})",
       "4:10", "shapes do not fit: `W @ x` needs the last axis of `W` equal to `x`",
       "the axes look swapped; did you mean `weight W: [H, I]`?"},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight w: [H]
  return (x . w) * w
})",
       "4:11",
       "shapes do not fit: `x . w` needs the last axis of `x` equal to the last axis of `w`", ""},
      {R"(fn f(a: [M, K], b: [N, K]) -> [M, N] { return a @ b })", "1:47",
       "shapes do not fit: `a @ b` needs the last axis of `a` equal to the last but one axis of "
       "`b`",
       ""},
      {R"(fn f(a: [B, M, K], b: [C, K, N]) -> [M, N] { return a @ b })", "1:53",
       "shapes do not fit: the leading axes of [B, M, K] and [C, K, N] differ in `a @ b`", ""},
      {R"(fn f(a: f32, b: [K]) -> [K] { return a @ b })", "1:38",
       "`@` needs axes on both sides, but `a` is a scalar", "`*` multiplies by a scalar"},
      {R"(fn f(a: i32[K], b: i32[K]) -> i32 { return a . b })", "1:44", "`.` needs f32, found i32",
       ""},
      {R"(fn f(a: [K], b: i32[K]) -> f32 { return a . b })", "1:41", "`a . b` mixes f32 and i32",
       "write `f32(b)`"},
      {R"(fn f(a: [K]) -> [K] { return a % 2 })", "1:30", "`%` needs integers, found f32",
       "convert with `i32(...)`"},
  };
  for (const Refused &program : programs)
    expectRefused(program);
}

TEST(CheckerExpressionError, Indexing) {
  static constexpr Refused programs[] = {
      {R"(fn f(x: [4]) -> f32 { return x[4] })", "1:32", "index 4 is outside the axis of size 4",
       ""},
      {R"(fn f(x: [4]) -> f32 { return x[-5] })", "1:32", "index -5 is outside the axis of size 4",
       ""},
      {R"(fn f(x: [H]) -> f32 { return x[0, 0] })", "1:30", "`x` has 1 axis, but 2 are indexed",
       ""},
      {R"(fn f(x: [4]) -> [4] { return x[2:6] })", "1:32",
       "the slice ends at 6, behind the axis of size 4", ""},
      {R"(fn f(x: [4]) -> [4] { return x[3:2] })", "1:32", "the slice from 3 to 2 is empty", ""},
      {R"(fn f(x: [H]) -> [H] { return x[H:] })", "1:32", "the slice from H to H is empty", ""},
      {R"(fn f(x: [H]) -> [H] { return x[:-1] })", "1:33",
       "a slice has no negative bounds, found -1", "count from the front: `x[:D - 1]`"},
      {R"(fn f(x: [H], n: i32) -> [H] { return x[:n] })", "1:41", "`n` is a value, not a dimension",
       ""},
      {R"(fn f(x: [H], n: f32) -> [H] { return x[n] })", "1:40",
       "an index is an integer, a token or a dimension, found `n` of type f32", ""},
      {R"(fn f(x: f32, n: i32) -> f32 { return x[n] })", "1:38",
       "`x` is a scalar and has no axis to index", ""},
      {R"(fn f(x: [H, I], n: i32) -> f32 { return x[n, n] })", "1:46",
       "an index has at most one value, found `n`", "pick in two steps, as in `(x[i])[j]`"},
      {R"(fn f(x: [H, I], y: f32) -> f32 { return x[0, y] })", "1:46",
       "an index is an integer, a token or a dimension, found `y` of type f32", ""},
      {R"(fn f(x: [H]) -> f32 { return x[floor(H / 0)] })", "1:38", "`H / 0` divides by 0",
       "a size is divided by sizes of at least 1"},
      {R"(layer L[H](x: [H]) -> [H] { return Linear[H, H] + x })", "1:36",
       "an instance of `Linear` needs a name",
       "make it on a line of its own: `name = Linear[H, H]`"},
  };
  for (const Refused &program : programs)
    expectRefused(program);
}

/// A function of many lines, each of which makes the next value of the one before it.
static std::string repeat(llvm::StringRef before, llvm::StringRef behind) {
  std::string text = "fn f(x: [H]) -> [H] {\n  y0 = x\n";
  for (int i = 0; i < 100; ++i) {
    std::string value = "y" + std::to_string(i);
    text += "  y" + std::to_string(i + 1) + " = " + before.str() + value + behind.str() + value +
            (before.contains("flatten") ? "[new, :])\n" : ")\n");
  }
  return text + "  return x\n}\n";
}

TEST(CheckerExpressionError, ShapesThatGrow) {
  std::string squares = repeat("flatten(", "[:, new] * "), stacks = repeat("stack(", ", ");
  expectRefused({squares.c_str(), "10:8", "the value has a size of more than 1000 characters", ""});
  expectRefused({stacks.c_str(), "34:9", "expected at most 32 axes, found 33", ""});
}
