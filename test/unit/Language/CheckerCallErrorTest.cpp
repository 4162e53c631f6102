//===- CheckerCallErrorTest.cpp - Calls that do not fit ---*- C++ -*-===//
//
// One program for each message, with the place and the words of its only error.
//
//===----------------------------------------------------------------------===//

#include "CheckerTesting.h"

#include <gtest/gtest.h>

using namespace gatefold;

TEST(CheckerCallError, Calls) {
  static constexpr Refused programs[] = {
      {R"(fn f(x: f32) -> f32 { return softmax(x) })", "1:38",
       "shapes do not fit: `x` of `softmax` is [N], but `x` is f32", ""},
      {R"(fn f(x: [H]) -> [H] { return sigmoid(x, x) })", "1:30",
       "`sigmoid` takes 1 argument, found 2", ""},
      {R"(fn f(x: [H]) -> [H, H] { return outer(x) })", "1:33", "`outer` needs an argument for `b`",
       ""},
      {R"(fn f(x: [H]) -> [H, H] { return outer(x, bb = x) })", "1:42",
       "`outer` has no parameter `bb`", "did you mean `b`?"},
      {R"(fn f(x: [H]) -> [H, H] { return outer(x, a = x) })", "1:42",
       "parameter `a` is given twice", ""},
      {R"(
layer L[H](x: [2 * H]) -> [H] {
  a = Linear[H, H]
  return a(x)
})",
       "4:12", "shapes do not fit: `x` of `Linear` is [H], but `x` is [2 * H]", ""},
      {R"(
fn same(a: [N], b: [N]) -> [N] { return a + b }
fn f(a: [H], b: [I]) -> [H] { return same(a, b) })",
       "3:46", "shapes do not fit: `b` of `same` is [H], but `b` is [I]", ""},
      {R"(fn f(a: [T, H], b: [S, I]) -> [H] { return outer(a, b) })", "1:44",
       "the arguments of `outer` have different extra leading axes", ""},
      {R"(fn f(n: i32[H]) -> [H] { return sigmoid(n) })", "1:41",
       "`x` of `sigmoid` needs f32, found i32[H]", "write `f32(n)`"},
      {R"(fn f(t: token[H]) -> [H] { return sigmoid(t) })", "1:43",
       "`x` of `sigmoid` needs f32, found token[H]", "write `f32(i32(t))`"},
      {R"(fn f(b: bool) -> f32 { return sigmoid(if b then true else b) })", "1:39",
       "`x` of `sigmoid` needs f32, found bool", "write `f32(if b then true else b)`"},
      {R"(
fn pick(t: token) -> token { return t }
fn f(x: f32) -> token { return pick(x) })",
       "3:37", "`t` of `pick` needs token, found f32", ""},
      {R"(
fn count[N](x: f32) -> f32 { return x * N }
fn f(x: f32) -> f32 { return count(x) })",
       "3:30", "the dimension `N` of `count` cannot be found from the arguments",
       "write it out: `count[...](...)`"},
      {R"(
fn count[N](x: f32) -> f32 { return x * N }
fn f(x: f32) -> f32 { return count[2, 3](x) })",
       "3:30", "`count` has 1 dimension, found 2", ""},
      {R"(
fn half(x: [2 * H]) -> [H] { return x[:H] }
fn f(x: [7]) -> f32 { return sum(half(x)) })",
       "3:39", "shapes do not fit: `x` of `half` is [2 * H], but `x` is [7]", ""},
      {R"(
fn area(x: [A * B]) -> [A] { return x[:A] }
fn f(x: [6]) -> f32 { return sum(area(x)) })",
       "3:39", "shapes do not fit: `x` of `area` is [A * B], but `x` is [6]", ""},
      {R"(
fn parts[A, B](x: [A]) -> [A / B] { return x[:A / B] }
fn f[C, D](x: [C]) -> f32 { return sum(parts[C, C + D](x)) })",
       "3:40", "the size `C / (C + D)` of the result of `parts` has no simple form",
       "give the divisor a dimension of its own"},
      {R"(
fn parts[A, B](x: [A]) -> [A / B] { return x[:A / B] }
fn f(x: [7]) -> f32 { return sum(parts[7, 2](x)) })",
       "3:34",
       "the result of `parts` would have the size 7 / 2: expected a whole size of at least 1", ""},
      {R"(
layer L[H](x: [H]) -> [H] {
  norm = LayerNorm[H]
  return norm[H](x)
})",
       "4:10", "the dimensions of `norm` are already given", ""},
      {R"(fn f(x: f32) -> f32 { return tanh[3](x) })", "1:30",
       "the builtin `tanh` has no dimensions", ""},
      {R"(
cell C[H](x: [H]) -> [H] {
  inner = Lstm[H, H]
  return inner(x) + inner(x)
})",
       "4:21", "`inner` is advanced twice in one step",
       "keep its value under a name, or make a second instance"},
      {R"(
cell C[H](x: [T, H]) -> [T, H] {
  inner = Lstm[H, H]
  return inner(x)
})",
       "4:16", "shapes do not fit: `x` of `Lstm` is [H], but `x` is [T, H]",
       "a call of a cell is one time step and maps over no axes"},
      {R"(
cell Two[H](x: [H]) -> (a: [H], b: [H]) { return x, x }
cell C[H](x: [H]) -> [H] {
  inner = Two[H]
  return inner(x)
})",
       "5:10", "`inner` has 2 results, but one value is expected here",
       "name its results on a line of its own: `a, b = inner(...)`"},
      {R"(
model M(xs: [T, 4]) -> [T, 4] {
  c = Lstm[4, 4]
  return c(xs)
})",
       "4:10", "`c` is a cell and runs once per time step",
       "`scan c(...)` runs it along a sequence"},
      {R"(
layer Two(x: f32) -> (a: f32, b: f32) { return x, x }
layer L(x: f32) -> f32 {
  two = Two
  a, b, c = two(x)
  return a + b + c
})",
       "5:13", "`two` has 2 results, but 3 names take them", ""},
      {R"(
fn f(x: f32) -> f32 {
  a, b = tanh(x)
  return a + b
})",
       "3:10", "`tanh` has 1 result, but 2 names take them", ""},
  };
  for (const Refused &program : programs)
    expectRefused(program);
}

TEST(CheckerCallError, Builtins) {
  static constexpr Refused programs[] = {
      {R"(fn f(n: i32) -> f32 { return exp(n) })", "1:34", "`exp` needs f32, found i32",
       "write `f32(n)`"},
      {R"(fn f(t: token) -> f32 { return exp(t) })", "1:36", "`exp` needs f32, found token",
       "write `f32(i32(t))`"},
      {R"(fn f(x: f32) -> f32 { return exp(x, x) })", "1:30", "`exp` takes 1 argument, found 2",
       ""},
      {R"(fn f(x: f32) -> f32 { return exp() })", "1:30", "`exp` takes 1 argument, found 0", ""},
      {R"(fn f(x: f32) -> f32 { return max(x, x, x) })", "1:30",
       "`max` takes 1 or 2 arguments, found 3", ""},
      {R"(fn f(x: f32) -> f32 { return exp(x, axis = 0) })", "1:37",
       "`exp` has no parameter `axis`", ""},
      {R"(fn f(x: [H]) -> f32 { return sum(x, dim = 0) })", "1:37", "`sum` has no parameter `dim`",
       "the axis is given as `axis = 0`"},
      {R"(fn f(x: [H]) -> f32 { return sum(x, axis = 0, axis = 0) })", "1:47",
       "parameter `axis` is given twice", ""},
      {R"(fn f(x: [H]) -> f32 { return sum(x, axis = 1) })", "1:44", "`x` is [H] and has no axis 1",
       "its only axis is 0"},
      {R"(fn f(x: [H]) -> f32 { return sum(x, axis = -2) })", "1:44",
       "`x` is [H] and has no axis -2", "its only axis is 0"},
      {R"(fn f(x: [H]) -> f32 { return sum(x, axis = H) })", "1:44",
       "expected an integer for `axis`, found `H`", ""},
      {R"(fn f(x: f32) -> f32 { return sum(x) })", "1:34",
       "`sum` needs at least 1 axis, but `x` is f32", ""},
      {R"(fn f(x: bool[H]) -> f32 { return sum(x) })", "1:38", "`sum` needs numbers, found bool[H]",
       "write `f32(x)`"},
      {R"(fn f(n: i32[H]) -> i32 { return mean(n) })", "1:38", "`mean` needs f32, found i32[H]",
       "write `f32(n)`"},
      {R"(fn f(x: f32) -> token { return argmax(x) })", "1:39",
       "`argmax` needs at least 1 axis, but `x` is f32", ""},
      {R"(fn f(x: [H], y: f32) -> [H] { return join(x, y) })", "1:46",
       "`join` needs at least 1 axis, but `y` is f32", ""},
      {R"(fn f(x: [T, H], y: [S, H]) -> [T, H] { return join(x, y) })", "1:55",
       "shapes do not fit: `join` needs all axes but the last to be equal", ""},
      {R"(fn f(x: [H], y: i32[H]) -> [H] { return join(x, y) })", "1:41",
       "`join(x, y)` mixes f32 and i32", "write `f32(y)`"},
      {R"(fn f(x: [H], y: [I]) -> [2, H] { return stack(x, y) })", "1:50",
       "shapes do not fit: `stack` needs arguments of one shape", ""},
      {R"(fn f(x: [7]) -> [2, 3] { return split(x, 2) })", "1:33",
       "the last axis of `x`, 7, does not split into 2", ""},
      {R"(fn f(x: [H], n: i32) -> [2, H] { return split(x, n) })", "1:50",
       "`n` is a value, not a dimension", ""},
      {R"(fn f(x: f32) -> f32 { return flatten(x) })", "1:38",
       "`flatten` needs at least 1 axis, but `x` is f32", ""},
      {R"(fn f(x: [H]) -> [H] { return transpose(x) })", "1:40",
       "`transpose` needs at least 2 axes, but `x` is [H]", ""},
      {R"(fn f(x: [H]) -> bool { return any(x) })", "1:35", "`any` needs bool, found [H]",
       "compare the elements with something"},
      {R"(fn f(x: [H, I]) -> f32 { return sum(x, axis = (0, 0)) })", "1:51",
       "axis 0 is given twice", ""},
      {R"(fn f(x: [H, I]) -> [H, I] { return permute(x, 0) })", "1:36",
       "`permute` needs every axis of `x`, found 1 of 2", ""},
      {R"(fn f(x: [H, I]) -> [H, I] { return permute(x, 0, 0) })", "1:50", "axis 0 is given twice",
       ""},
      {R"(fn f(x: [H, I]) -> [I, I] { return reshape(x, I, I) })", "1:36",
       "`reshape` keeps the number of elements, but `x` has H * I and [I, I] has I * I", ""},
      {R"(fn f(x: [4]) -> [4] { return windows(x, 5) })", "1:30",
       "a window reaches over 5 elements, but the axis has 4", ""},
      {R"(fn f(x: [4]) -> [4] { return windows(x, 2, strides = 2) })", "1:44",
       "`windows` has no parameter `strides`", "did you mean `stride`?"},
      {R"(fn f(x: [4], n: i32) -> [4] { return windows(x, n) })", "1:49",
       "`n` is a value, not a dimension", ""},
      {R"(fn f(x: [4]) -> [4] { return pad(x, -1, 1) })", "1:37",
       "expected a size of at least 0, found -1", ""},
      {R"(fn f(x: [H]) -> [H] { return pad(x, 1, 1, value = x) })", "1:51",
       "`value` of `pad` is a scalar, found [H]", ""},
      {R"(fn f(x: [4]) -> [8] { return reflect(x, 4, 0) })", "1:41",
       "an axis of size 4 reflects at most 3 elements, found 4", ""},
      {R"(fn f(x: [H]) -> i32[H] { return range(x) })", "1:39", "`x` is a value, not a dimension",
       ""},
      {R"(fn f(t: token) -> f32 { return f32(t) })", "1:32", "a token converts to i32 only",
       "write `f32(i32(t))`"},
      {R"(fn f(x: [H, 1000000, 1000000, 1000000]) -> f32 { return sum(flatten(x[0])) })", "1:61",
       "the size 1000000000000000000 is too large: at most 1099511627776 is possible", ""},
  };
  for (const Refused &program : programs)
    expectRefused(program);
}
