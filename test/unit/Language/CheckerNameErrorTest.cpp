//===- CheckerNameErrorTest.cpp - Names, constants and sizes that are wrong ---*- C++ -*-===//
//
// One program for each message, with the place and the words of its only error.
//
//===----------------------------------------------------------------------===//

#include "CheckerTesting.h"

#include <gtest/gtest.h>

using namespace gatefold;

TEST(CheckerNameError, Names) {
  static constexpr Refused programs[] = {
      {R"(fn f(x: f32) -> f32 { return y })", "1:30", "unknown name `y`", ""},
      {R"(
layer L[H](x: [H]) -> [H] {
  weight W_f: [H, H]
  return W_g @ x + W_f @ x
})",
       "4:10", "unknown name `W_g`", "did you mean `W_f`?"},
      {R"(fn f(x: f32) -> f32 { return tahn(x) })", "1:30", "unknown function `tahn`",
       "did you mean `tanh`?"},
      {R"(fn f(x: f32) -> f32 { return tanh + x })", "1:30", "`tanh` is a function, not a value",
       "call it: `tanh(...)`"},
      {R"(fn f(x: f32) -> f32 { return sigmoid + x })", "1:30",
       "`sigmoid` is a function, not a value", "call it: `sigmoid(...)`"},
      {R"(layer L[H](x: [H]) -> [H] { return Linear + x })", "1:36",
       "`Linear` is a layer, not a value",
       "make an instance on a line of its own: `name = Linear[...]`"},
      {R"(layer L[H](x: [H]) -> [H] { return Linear[H, H](x) })", "1:36",
       "`Linear` is a layer; calls need an instance of it",
       "make one on a line of its own: `name = Linear[...]`"},
      {R"(layer L[H](x: [H]) -> [H] { return Linear(x) })", "1:36",
       "`Linear` is a layer; calls need an instance of it",
       "make one on a line of its own: `name = Linear[...]`"},
      {R"(fn f(x: f32) -> f32 { return x(x) })", "1:30", "`x` is a value and cannot be called", ""},
      {R"(fn f(x: f32) -> f32 { return x'(x) })", "1:30", "`x'` cannot be called", ""},
      {R"(
fn f(x: f32) -> f32 {
  a = b + x
  b = x
  return a + b
})",
       "3:7", "`b` is used before it is defined", ""},
      {R"(
fn f(x: f32) -> f32 {
  x = 3
  return x
})",
       "3:3", "`x` is already defined", ""},
      {R"(fn f[H, H](x: [H]) -> f32 { return sum(x) })", "1:9", "dimension `H` is already named",
       ""},
      {R"(fn f(x: f32, x: f32) -> f32 { return x })", "1:14", "`x` is already defined", ""},
      {R"(
fn f(x: f32) -> f32 { return x }
layer f(x: f32) -> f32 { return x })",
       "3:7", "`f` is already declared", ""},
      {R"(
const a = 1
const a = 2)",
       "3:7", "`a` is already declared", ""},
      {R"(
const f = 1
fn f(x: f32) -> f32 { return x })",
       "2:7", "`f` is already declared", ""},
      {R"(
layer L[H](x: [H]) -> [H] {
  norm = LayerNorm[H]
  return norm
})",
       "4:10", "`norm` is an instance of `LayerNorm`, not a value", "call it: `norm(...)`"},
      {R"(
model M(x: [T, 4]) -> [T, 4] { return Inner(x) }
model Inner(x: [T, 4]) -> [T, 4] { return x })",
       "2:39", "`Inner` is a model and cannot be called", ""},
      {R"(fn f(x: f32) -> f32 { return f(x) })", "1:30", "`f` uses itself, which would never end",
       ""},
      {R"(
fn f(x: f32) -> f32 { return g(x) }
fn g(x: f32) -> f32 { return f(x) })",
       "3:30", "`f` uses itself through others, which would never end", ""},
      {R"(
cell C[H](x: [H]) -> [H] {
  inner = C[H]
  return inner(x)
})",
       "3:11", "`C` uses itself, which would never end", ""},
  };
  for (const Refused &program : programs)
    expectRefused(program);
}

TEST(CheckerNameError, Constants) {
  static constexpr Refused programs[] = {
      {R"(const a = 1 + b)", "1:15", "unknown constant `b`", ""},
      {R"(
const a = 1 + b
const b = 2)",
       "2:15", "`b` is used before it is defined", ""},
      {R"(const a = 1 / 0)", "1:11", "the value of `a` is not finite", ""},
      {R"(const a = sqrt(2))", "1:11",
       "`sqrt(2)` is no constant: expected numbers, constants declared before, and `+`, `-`, `*`, "
       "`/`, `^` of them",
       ""},
      {R"(const a = 1 < 2)", "1:11",
       "`1 < 2` is no constant: expected numbers, constants declared before, and `+`, `-`, `*`, "
       "`/`, `^` of them",
       ""},
      {R"(const a = not true)", "1:11",
       "`not true` is no constant: expected numbers, constants declared before, and `+`, `-`, `*`, "
       "`/`, `^` of them",
       ""},
      {R"(
const half = 0.5
fn f(x: [half]) -> f32 { return sum(x) })",
       "3:10", "the constant `half` is no integer and cannot be a size", ""},
  };
  for (const Refused &program : programs)
    expectRefused(program);
}

TEST(CheckerNameError, Sizes) {
  static constexpr Refused programs[] = {
      {R"(fn f(x: [0]) -> f32 { return sum(x) })", "1:10", "expected a size of at least 1, found 0",
       ""},
      {R"(fn f(x: [2 - 5]) -> f32 { return sum(x) })", "1:10",
       "expected a size of at least 1, found -3", ""},
      {R"(fn f[N = 0](x: [N]) -> f32 { return sum(x) })", "1:6",
       "expected a size of at least 1, found 0", ""},
      {R"(fn f(x: [1.5]) -> f32 { return sum(x) })", "1:10",
       "`1.5` is no size: expected integers, dimensions, and `+`, `-`, `*`, `/`, "
       "`floor(a / b)` of them",
       ""},
      {R"(fn f(x: [N, 4 / N / N * 0 + 7 / 2]) -> f32 { return sum(x) })", "1:29",
       "7 / 2 does not come out whole", ""},
      {R"(fn f(x: [N / 0]) -> f32 { return sum(x) })", "1:10", "`N / 0` divides by zero", ""},
      {R"(fn f[A, B](x: [A / (A + B)]) -> f32 { return sum(x) })", "1:16",
       "a size cannot be divided by the sum `A + B`", "give the quotient a dimension of its own"},
      {R"(fn f(x: [2000000 * 2000000]) -> f32 { return sum(x) })", "1:10",
       "the size 4000000000000 is too large: at most 1099511627776 is possible", ""},
      {R"(fn f(x: [N]) -> [M] { return x })", "1:18", "unknown dimension `M`", ""},
      {R"(fn f[Hidden](x: [Hidden]) -> [Hiden] { return x })", "1:31", "unknown dimension `Hiden`",
       "did you mean `Hidden`?"},
      {R"(fn f(n: f32, x: [4]) -> [n] { return x })", "1:26", "`n` is a value, not a dimension",
       ""},
      {R"(fn f(x: f16[4]) -> f32 { return 0 })", "1:9", "unknown element type `f16`",
       "the element types are f32, i32, i64, bool and token"},
      {R"(fn f(x: [-N]) -> [2 ^ 3] { return x })", "1:19",
       "`2 ^ 3` is no size: expected integers, dimensions, and `+`, `-`, `*`, `/`, "
       "`floor(a / b)` of them",
       ""},
      {R"(
layer L(x: [N]) -> [N] {
  weight W: [N]
  return W * x
})",
       "3:13", "the shape of a weight cannot depend on `N`, which is known only when data comes",
       "name it behind the layer's name: `layer L[N]`"},
      {R"(
cell C(x: [N]) -> [N] {
  state h: [N] = 0
  h' = h + x
  return h'
})",
       "3:12", "the shape of a state cannot depend on `N`, which is known only when data comes",
       "name it behind the cell's name: `cell C[N]`"},
      {R"(
model M(x: [T, 4]) -> [T, 4] {
  norm = LayerNorm[T]
  return transpose(norm(transpose(x)))
})",
       "3:20",
       "a dimension of an instance cannot depend on `T`, which is known only when data comes",
       "name it behind the model's name: `model M[T]`"},
  };
  for (const Refused &program : programs)
    expectRefused(program);
}

TEST(CheckerNameError, TheBatchKeepsItsName) {
  static constexpr const char *text = "`batch` is the name of the implied batch axis";
  static constexpr const char *hint =
      "choose another name; a batch of examples needs no axis in the text";
  static constexpr Refused programs[] = {
      {"model M(x: [T, batch]) -> [T, batch] { return x }", "1:16", text, hint},
      {"model M[batch = 2](x: [T, batch]) -> [T, batch] { return x }", "1:9", text, hint},
      {"fn f(x: [batch]) -> f32 { return sum(x) }", "1:10", text, hint},
      {"layer L[batch](x: [batch]) -> f32 { return sum(x) }", "1:9", text, hint},
  };
  for (const Refused &refused : programs)
    expectRefused(refused);
  // As the name of a value or of a constant it means no axis.
  EXPECT_TRUE(Checked("const batch = 3\nfn f(x: [batch]) -> f32 { return sum(x) }").accepted);
  EXPECT_TRUE(Checked("fn f(batch: [N]) -> f32 { return sum(batch) }").accepted);
}

TEST(CheckerNameError, AModelsWeightsLeaveTheEntriesTheirNames) {
  for (const std::string name : {"sequence", "step", "init", "prepare"}) {
    const std::string body =
        "(x: f32) -> f32 {\n  weight w, " + name + ": f32\n  return x * w + " + name + "\n}\n";
    expectRefused(
        {("model M" + body).c_str(), "2:13",
         ("a model has no weight `" + name + "`, which is the name of one of its entries").c_str(),
         ("rename it, such as `" + name + "_weight`").c_str()});
    EXPECT_TRUE(Checked("layer L" + body).accepted);
    EXPECT_TRUE(Checked("cell C" + body).accepted);
  }
}

TEST(CheckerNameError, ResultNames) {
  const char *text = "model M(x: [T]) -> (a: [T], b: [T], a: [T]) { return x, x, x }";
  expectRefused({text, "1:37", "result `a` is already named", ""});
  Checked checked(text);
  const Diagnostic &message = checked.diagnostics.all()[0];
  ASSERT_EQ(message.notes.size(), 1u);
  EXPECT_EQ(message.notes[0].text, "it is named here first");
  EXPECT_EQ(checked.place(message.notes[0].range), "1:21");
}
