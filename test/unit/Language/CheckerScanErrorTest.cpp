//===- CheckerScanErrorTest.cpp - Scans, memories and bindings that are wrong ---*- C++ -*-===//
//
// One program for each message, with the place and the words of its only error.
//
//===----------------------------------------------------------------------===//

#include "CheckerTesting.h"

#include <gtest/gtest.h>

using namespace gatefold;

TEST(CheckerScanError, Scans) {
  static constexpr Refused programs[] = {
      {R"(fn f(xs: [T, 4]) -> [T, 4] { return scan c(xs) })", "1:37",
       "`scan` stands in models only, not in a function", "sequences are walked in a `model`"},
      {R"(
cell C[H](xs: [H, H]) -> [H, H] {
  inner = Lstm[H, H]
  return scan inner(xs)
})",
       "4:10", "`scan` stands in models only, not in a cell",
       "call the cell: `inner(...)` advances it by one step"},
      {R"(model M(xs: [T, 4]) -> [T, 4] { return scan Lstm(xs) })", "1:45",
       "`scan` needs an instance, found the cell `Lstm`",
       "make one on a line of its own: `name = Lstm[...]`"},
      {R"(
model M(xs: [T, 4]) -> [T, 4] {
  encoder = Lstm[4, 4]
  return scan encodr(xs) + scan encoder(xs)
})",
       "4:15", "unknown instance `encodr`", "did you mean `encoder`?"},
      {R"(
model M(xs: [T, 4]) -> [T, 4] {
  ys = scan c(xs)
  c = Lstm[4, 4]
  return ys
})",
       "3:13", "`c` is used before it is defined", ""},
      {R"(model M(xs: [T, 4]) -> [T, 4] { return scan xs(xs) })", "1:45",
       "`scan` needs an instance of a cell, `xs` is none", ""},
      {R"(
model M(xs: [T, 4]) -> [T, 4] {
  norm = LayerNorm[4]
  return scan norm(xs)
})",
       "4:15", "`scan` needs an instance of a cell, `norm` is one of the layer `LayerNorm`",
       "a layer maps over sequences by itself: `norm(...)`"},
      {R"(
model M(xs: [T, 4]) -> [T, 4] {
  c = Lstm[4, 4]
  return scan c(xs, xs)
})",
       "4:10", "`Lstm` takes 1 sequence, found 2", ""},
      {R"(
model M(xs: [T, 4]) -> [T, 4] {
  c = Lstm[4, 4]
  return scan c(xs; xs)
})",
       "4:10", "`Lstm` takes 1 sequence, found 1 and 1 behind `;`", ""},
      {R"(
model M(xs: [4]) -> [4] {
  c = Lstm[4, 4]
  return scan c(xs)
})",
       "4:17", "shapes do not fit: `x` of `Lstm` is [4] at each step, but `xs` is [4]",
       "the argument of a scan has one axis more in front, the steps"},
      {R"(
model M(xs: [T, 5]) -> [T, 4] {
  c = Lstm[4, 4]
  return scan c(xs)
})",
       "4:17", "shapes do not fit: `x` of `Lstm` is [4] at each step, but `xs` is [T, 5]", ""},
      {R"(
model M(xs: token[T]) -> [T, 4] {
  c = Lstm[4, 4]
  return scan c(xs)
})",
       "4:17", "`x` of `Lstm` needs f32, found token[T]", "write `f32(i32(xs))`"},
      {R"(
cell Add[H](x: [H], y: [H]) -> [H] { return x + y }
model M(xs: [T, 4], ys: [S, 4]) -> [T, 4] {
  c = Add[4]
  return scan c(xs, ys)
})",
       "5:21", "the sequences of a scan need one length, found T and S", ""},
      {R"(
cell Same[H](; m: [H]) -> [H] { return m }
model M(m: [4]) -> [4] {
  c = Same[4]
  return scan c(; m)
})",
       "5:10", "`scan` needs a sequence to run along, but `Same` takes none", ""},
      {R"(
cell With[H](x: [H]; m: [S, H]) -> [H] { return x + sum(m, axis = 0) }
model M(xs: [T, 4], m: [4]) -> [T, 4] {
  c = With[4]
  return scan c(xs; m)
})",
       "5:21", "shapes do not fit: `m` of `With` is [S, 4], but `m` is [4]", ""},
      {R"(
cell Two[H](x: [H]) -> (a: [H], b: [H]) { return x, x }
model M(xs: [T, 4]) -> [T, 4] {
  c = Two[4]
  return scan c(xs)
})",
       "5:10", "`c` has 2 results, but one value is expected here",
       "name its results on a line of its own: `a, b = scan c(...)`"},
      {R"(
cell Two[H](x: [H]) -> (a: [H], b: [H]) { return x, x }
model M(xs: [T, 4]) -> [T, 4] {
  c = Two[4]
  ys = scan c(xs)
  return ys
})",
       "5:8", "`c` has 2 results, but 1 name takes them",
       "give a name to every result; one name more takes the final memories"},
      {R"(
model M(xs: [T, 4]) -> [T, 4] {
  c = Lstm[4, 4]
  a, b, d = scan c(xs)
  return a + b + d
})",
       "4:13", "`c` has 1 result, but 3 names take them",
       "give a name to every result; one name more takes the final memories"},
      {R"(
model M(xs: [T, 4]) -> [T, 4] {
  c = Lstm[4, 4]
  return scan c(xs) from (h = xs[0], h = xs[1])
})",
       "4:38", "`h` is given twice", ""},
      {R"(
model M(xs: [T, 4]) -> [T, 4] {
  c = Lstm[4, 4]
  return scan c(xs) from (m = xs[0])
})",
       "4:27", "`Lstm` has no state `m`", "its memories are h, c"},
      {R"(
model M(xs: [T, 4]) -> [T, 4] {
  c = Lstm[4, 4]
  return scan c(xs) from (inner.h = xs[0])
})",
       "4:27", "`Lstm` has no cell `inner`", "its memories are h, c"},
      {R"(
model M(xs: [T, 4]) -> [T, 4] {
  c = Lstm[4, 4]
  return scan c(xs) from (h = xs)
})",
       "4:31", "`xs` does not fit: expected [4], found [T, 4]", ""},
      {R"(
model M(xs: [T, 4]) -> [4] {
  c = Lstm[4, 4]
  ys, last = scan c(xs)
  return last.g + ys[0]
})",
       "5:15", "`Lstm` has no state `g`", "its memories are h, c"},
      {R"(
model M(xs: [T, 4]) -> [4] {
  c = Lstm[4, 4]
  ys, last = scan c(xs)
  return last + ys[0]
})",
       "5:10", "`last` holds the final memories of `c` and is no value by itself",
       "take one of them: `last.h`"},
      {R"(
cell Outer[H](x: [H]) -> [H] {
  inner = Lstm[H, H]
  return inner(x)
}
model M(xs: [T, 4]) -> [4] {
  c = Outer[4]
  ys, last = scan c(xs)
  return last.inner + ys[0]
})",
       "9:15", "`inner` is a cell within `Outer`, not a state",
       "name one of its states: `inner.h`"},
      {R"(
model M(xs: [T, 4]) -> [4] {
  c = Lstm[4, 4]
  ys = scan c(xs)
  return c.h + ys[0]
})",
       "5:10", "`c` is an instance; only a scan has memories to look at",
       "name them: `ys, last = scan c(...)`, then `last.h`"},
      {R"(fn f(x: [H], y: [H]) -> f32 { return x.y })", "1:38",
       "`x` is a value and has no member `y`", "a contraction has spaces around the dot: `a . b`"},
  };
  for (const Refused &program : programs)
    expectRefused(program);
}

TEST(CheckerScanError, Bindings) {
  static constexpr Refused programs[] = {
      {R"(
binding b for Lsmt {
  W = "w"
})",
       "2:15", "unknown layer or cell `Lsmt`", "did you mean `Lstm`?"},
      {R"(
binding b for sigmoid {
  W = "w"
})",
       "2:15", "a binding is for a layer or cell, `sigmoid` is a function", ""},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t for L {
  W = "w"
  V = "v"
})",
       "8:9", "binding `t` for `L` lacks `b`, `s`", ""},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t for L {
  rows(W, V) = "w"
  b = "b"
  s = "s"
  b2 = "b"
})",
       "12:3", "`L` has no weight `b2`", "did you mean `b`?"},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t for L {
  rows(W, V, W) = "w"
  b = "b"
  s = "s"
})",
       "9:14", "weight `W` is bound twice", ""},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t for L {
  rows(W, V, b) = "w"
  s = "s"
})",
       "9:3",
       "`rows` needs weights that differ in their first axis only: `W` is [H, I], `b` is [H]", ""},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t for L {
  columns(W, V) = "w"
  rows(b, s) = "s"
})",
       "10:3", "weight `s` is a scalar and has no rows", ""},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t(k, k = 2) for L {
  rows(W, V) = "w{k}"
  b = "b"
  s = "s"
})",
       "8:14", "parameter `k` is already named", ""},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t(layer) for L {
  rows(W, V) = "w{layr}"
  b = "b"
  s = "s"
})",
       "9:16", "binding `t` has no parameter `layr`", "did you mean `layer`?"},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t(layer) for L {
  rows(W, V) = "w{layer"
  b = "b"
  s = "s"
})",
       "9:16", "`{` without `}` in the name of a tensor",
       "`{name}` is replaced by a parameter of the binding"},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t(layer) for L {
  rows(W, V) = "wlayer}"
  b = "b"
  s = "s"
})",
       "9:16", "`}` without `{` in the name of a tensor",
       "`{name}` is replaced by a parameter of the binding"},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t for L {
  rows(W, V) = "w" ^ 2
  b = "b"
  s = "s"
})",
       "9:16",
       "`\"w\" ^ 2` cannot stand in a binding: expected tensor names in quotes, numbers, "
       "dimensions, `+`, `-`, `*`, `/`, `transpose(...)`, `f32(...)` and slices",
       ""},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t for L {
  rows(W, V) = exp("w")
  b = "b"
  s = "s"
})",
       "9:16", "`exp` cannot be called in a binding: expected `transpose` or `f32`", ""},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t for L {
  rows(W, V) = transpose("w", "v")
  b = "b"
  s = "s"
})",
       "9:16", "`transpose` takes 1 argument, found 2", ""},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t for L {
  rows(W, V) = "w"[0:J]
  b = "b"
  s = "s"
})",
       "9:22", "`J` is neither a dimension of `L` nor a parameter of the binding", ""},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t for L {
  rows(W, V) = "w"[:, new]
  b = "b"
  s = "s"
})",
       "9:23", "`new` cannot stand in a binding", ""},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t for L {
  rows(W, V) = "w"[-1]
  b = "b"
  s = "s"
})",
       "9:20", "expected an index of at least 0, found -1", ""},
      {R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  weight s: f32
  return s * (W @ x + V @ x + b)
}
binding t for L {
  rows(W, V) = "w"
  b = "b"
  s = "s"
}
binding t for L {
  rows(W, V) = "w"
  b = "b"
  s = "s"
})",
       "13:9", "binding `t` for `L` is already declared", ""},
  };
  for (const Refused &program : programs)
    expectRefused(program);
}
