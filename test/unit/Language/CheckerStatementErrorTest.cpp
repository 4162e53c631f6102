//===- CheckerStatementErrorTest.cpp - Statements and instances that are wrong ---*- C++ -*-===//
//
// One program for each message, with the place and the words of its only error.
//
//===----------------------------------------------------------------------===//

#include "CheckerTesting.h"

#include <gtest/gtest.h>

using namespace gatefold;

TEST(CheckerStatementError, Statements) {
  static constexpr Refused programs[] = {
      {R"(
fn f(x: f32) -> f32 {
  weight w: f32
  return w * x
})",
       "3:3", "a function owns no weights", "make it a `layer`, or pass the weight as an argument"},
      {R"(
layer L(x: f32) -> f32 {
  state h: f32 = 0
  h' = x
  return h'
})",
       "3:3", "a state stands in cells only, not in a layer",
       "make it a `cell`, which runs once per time step"},
      {R"(
fn f(x: f32) -> f32 {
  norm = LayerNorm[4]
  return x
})",
       "3:10", "a function owns no instances, `LayerNorm` is a layer",
       "make this function a `layer`"},
      {R"(
layer L(x: [4]) -> [4] {
  c = Lstm[4, 4]
  return c(x)
})",
       "3:7", "a layer has no memory, but `Lstm` is a cell",
       "make this layer a `cell`, or a `model` that scans the cell"},
      {R"(
layer L(x: [4]) -> [4] {
  m = M
  return m(x)
}
model M(x: [4]) -> [4] { return x })",
       "3:7", "`M` is a model and cannot be part of anything", "make it a `layer` or a `cell`"},
      {R"(
layer L(x: [4]) -> [4] {
  s = sigmoid
  return s(x)
})",
       "3:7", "`sigmoid` is a function and has no instances", "call it: `sigmoid(...)`"},
      {R"(
layer L(x: [4]) -> [4] {
  ignore "a"
  return x
})",
       "3:3", "`ignore` stands in models only, not in a layer", ""},
      {R"(
fn f(x: f32) -> f32 {
})",
       "2:4", "`f` has no `return`", "end the body with `return` and the value of the result"},
      {R"(
fn f(x: f32) -> f32 {
  return x
  y = x
})",
       "4:3", "this stands after `return` and is never reached", ""},
      {R"(fn f(x: f32) -> f32 { return x, x })", "1:23",
       "`f` has 1 result, but this returns 2 values", ""},
      {R"(fn f(x: [H]) -> f32 { return x })", "1:30",
       "`x` does not fit the result: expected f32, found [H]", ""},
      {R"(fn f(x: [H]) -> [H] { return x + true })", "1:30", "`x + true` mixes f32 and bool",
       "write `f32(true)`"},
      {R"(fn f(x: i32) -> f32 { return x })", "1:30",
       "`x` does not fit the result: expected f32, found i32", ""},
      {R"(fn f(x: f32) -> bool { return 1 })", "1:31", "`1` is a number where bool is expected",
       ""},
      {R"(layer L(x: f32) -> (a: f32, b: f32) { return x })", "1:39",
       "`L` has 2 results, but this returns 1 value", ""},
      {R"(
cell C[H](x: [H]) -> [H] {
  state h, c: [H] = 0
  h' = c + h + x
  return h'
})",
       "3:12", "state `c` has no next value", "define it with `c' = ...`"},
      {R"(
cell C[H](x: [H]) -> [H] {
  state h: [H] = 0
  y = h' + h
  h' = x
  return y
})",
       "4:7", "`h'` is used before it is defined", ""},
      {R"(
cell C[H](x: [H]) -> [H] {
  state h: [H] = 0
  h' = x + h
  h' = x
  return h'
})",
       "5:3", "the next value of `h` is already defined", ""},
      {R"(
cell C[H](x: [H]) -> [H] {
  y = x + x
  y' = x
  return y
})",
       "4:3", "`y` is no state and has no next value", ""},
      {R"(
cell C[H](x: [H]) -> [H] {
  y = x + x
  return y'
})",
       "4:10", "`y` is no state and has no next value", ""},
      {R"(
cell C[H](x: [H]) -> [H] {
  state hidden: [H] = 0
  hiden' = x
  hidden' = hidden
  return x
})",
       "4:3", "unknown state `hiden`", "did you mean `hidden`?"},
      {R"(
cell C[H](x: [H]) -> [H] {
  state hidden: [H] = 0
  hidden' = hidden + x
  return hiden'
})",
       "5:10", "unknown state `hiden`", "did you mean `hidden`?"},
      {R"(
cell C[H](x: [H]) -> [H] {
  h' = x
  state h: [H] = 0
  return h
})",
       "3:3", "`h` is used before it is defined", ""},
      {R"(
cell C[H](x: [H]) -> [H] {
  state h: [H] = 0
  h' = sum(h + x)
  return h'
})",
       "4:8", "`sum(h + x)` does not fit: expected [H], found f32", ""},
      {R"(
cell C[H](x: [H]) -> [H] {
  weight w: [2, H]
  state h: [H] = w
  h' = h + x
  return h'
})",
       "4:18", "the initial value of `h` does not fit: expected [H], found [2, H]", ""},
      {R"(
cell C[H](x: [H]) -> [H] {
  state h: [H] = x
  h' = h + x
  return h'
})",
       "3:18", "`x` is not known before the first step: expected constants, weights and dimensions",
       ""},
      {R"(
cell C[H](x: [H]) -> [H] {
  norm = LayerNorm[H]
  weight w: [H]
  state h: [H] = norm(w)
  h' = h + x
  return h'
})",
       "5:18",
       "`norm(w)` is not known before the first step: expected constants, weights and dimensions",
       ""},
      {R"(
cell C(x: f32) -> f32 {
  state n: i32 = 0.5
  n' = n + 1
  return x + f32(n')
})",
       "3:18", "`0.5` is no integer, but stands where i32 is expected",
       "`f32(...)` makes an integer value an f32"},
      {R"(
fn f(x: f32) -> f32 {
  a, b = x
  return a + b
})",
       "3:10", "`x` has 1 value, but 2 names take it", ""},
      {R"(fn f(x: f32, y: f32 = x) -> f32 { return x + y })", "1:23",
       "`x` is not known before the call: expected constants, weights and dimensions", ""},
      {R"(fn f(x: [H], y: [H] = 0) -> [H] { return x + y })", "1:23",
       "only a scalar parameter can have a default, `y` is [H]", ""},
      {R"(
layer L[D](x: [D]) -> [D] {
  require D % 0 == 0
  return x
})",
       "3:15", "expected a size of at least 1, found 0", ""},
      {R"(
layer L[D](x: [D]) -> [D] {
  require D > x
  return x
})",
       "3:15", "`x` is a value, not a dimension", ""},
  };
  for (const Refused &program : programs)
    expectRefused(program);
}

TEST(CheckerStatementError, Instances) {
  static constexpr Refused programs[] = {
      {R"(
layer L[H](x: [H]) -> [H] {
  a = Linear[H]
  return a(x)
})",
       "3:7", "`Linear` has 2 dimensions, found 1", ""},
      {R"(
layer L[H](x: [H]) -> [H] {
  a = Linear[H, H, H]
  return a(x)
})",
       "3:7", "`Linear` has 2 dimensions, found 3", ""},
      {R"(
layer L[H](x: [H]) -> [H] {
  a = Linear[H, :]
  return a(x)
})",
       "3:17", "expected a size for a dimension of `Linear`", ""},
      {R"(
layer L[H](x: [H]) -> [H] {
  a = Linear[H, 0]
  return a(x)
})",
       "3:17", "expected a size of at least 1, found 0", ""},
      {R"(
layer L[H](x: [H]) -> [H] {
  a = Linaer[H, H]
  return a(x)
})",
       "3:7", "unknown layer or cell `Linaer`", "did you mean `Linear`?"},
      {R"(
layer L[H](x: [H]) -> [H] {
  a = Foo[H, H] load torch
  return a(x)
})",
       "3:7", "unknown layer or cell `Foo`", ""},
      {R"(
layer L[H](x: [H]) -> [H] {
  a = x + x load torch
  return a
})",
       "3:13", "`load` stands behind an instance only",
       "write it as `name = Lstm[256, 512] load torch from \"encoder.\"`"},
      {R"(
layer L[H](x: [H]) -> [H] {
  a = Linear[H, H] load tensor
  return a(x)
})",
       "3:25", "unknown binding `tensor` for `Linear`", "bindings for `Linear`: torch"},
      {R"(
layer L[H](x: [H]) -> [H] {
  a = Linear[H, H] load torhc
  return a(x)
})",
       "3:25", "unknown binding `torhc` for `Linear`", "did you mean `torch`?"},
      {R"(
model M(xs: [T, 4]) -> [T, 4] {
  a = Lstm[4, 4] load torch(later = 1)
  return scan a(xs)
})",
       "3:29", "binding `torch` has no parameter `later`", "did you mean `layer`?"},
      {R"(
model M(xs: [T, 4]) -> [T, 4] {
  a = Lstm[4, 4] load torch(layer = 1, layer = 2)
  return scan a(xs)
})",
       "3:40", "argument `layer` is given twice", ""},
      {R"(
model M[N](xs: [T, 4]) -> [T, 4] {
  a = Lstm[4, 4] load torch(layer = N)
  return scan a(xs)
})",
       "3:37", "expected an integer for `layer`, found `N`", ""},
      {R"(
model M(xs: [T, 4]) -> [T, 4] {
  a = LayerNorm[4] load stored
  return a(xs)
}
binding stored(index) for LayerNorm {
  scale = "scale{index}"
  bias = "bias"
})",
       "3:20", "binding `stored` needs a value for `index`", ""},
  };
  for (const Refused &program : programs)
    expectRefused(program);
}

TEST(CheckerStatementError, WeightsAreF32) {
  const char *hint = "`f32(\"...\")` in a binding converts the integers of a checkpoint";
  expectRefused({"layer L(x: f32) -> f32 {\n  weight n: i32[3]\n  return x + f32(sum(n))\n}",
                 "2:13", "weight `n` is i32[3], but weights are f32", hint});
  expectRefused({"layer L(x: f32) -> f32 {\n  weight n, m: token\n  return x\n}", "2:16",
                 "weight `n` is token, but weights are f32", hint});
}
