//===- CheckerTypesTest.cpp - Types of small expressions ----------*- C++ -*-===//
//
// The type that each rule gives, and what the checker writes into the tree for the lowering.
//
//===----------------------------------------------------------------------===//

#include "CheckerTesting.h"

#include <gmock/gmock.h>

using namespace gatefold;
using testing::ElementsAre;
using testing::IsEmpty;

/// The type of `value = expression` in a function of the given parameters.
static std::string typeOf(const std::string &parameters, const std::string &expression) {
  Checked checked("const pi = 3.25\nconst four = 4\nfn f[D, N](" + parameters +
                      ") -> f32 {\n  value = " + expression + "\n  return 0\n}\n",
                  testLibrary);
  return checked.accepted ? checked.type("f", "value") : checked.printed();
}

TEST(CheckerTypesTest, Elementwise) {
  EXPECT_EQ(typeOf("", "1 + 2"), "f32");
  EXPECT_EQ(typeOf("x: [H]", "1 - x ^ 2"), "[H]");
  EXPECT_EQ(typeOf("x: [T, H], b: [H]", "x + b"), "[T, H]");
  EXPECT_EQ(typeOf("x: [T, 1], b: [1, H]", "x / b"), "[T, H]");
  EXPECT_EQ(typeOf("x: [2 * H], b: [H + H]", "x * b"), "[2 * H]");
  EXPECT_EQ(typeOf("x: i32[H]", "2 * x + 1"), "i32[H]");
  EXPECT_EQ(typeOf("x: i64", "-x / 4"), "i64");
  EXPECT_EQ(typeOf("x: i32", "x + D / N"), "i32");
  EXPECT_EQ(typeOf("x: [H]", "x > 0 and not (x < pi)"), "bool[H]");
  EXPECT_EQ(typeOf("t: token[T]", "t == 3"), "bool[T]");
  EXPECT_EQ(typeOf("c: bool[T, 1], x: [H]", "if c then x else 0"), "[T, H]");
  EXPECT_EQ(typeOf("c: bool[T]", "if c then 1 else 0"), "[T]");
  EXPECT_EQ(typeOf("c: bool, n: i64", "if c then n else 0"), "i64");
  EXPECT_EQ(typeOf("x: [D]", "x / sqrt(D / N) * pi"), "[D]");
}

TEST(CheckerTypesTest, Products) {
  EXPECT_EQ(typeOf("W: [M, K], x: [K]", "W @ x"), "[M]");
  EXPECT_EQ(typeOf("x: [K], W: [K, M]", "x @ W"), "[M]");
  EXPECT_EQ(typeOf("x: [K], y: [K]", "x @ y"), "f32");
  EXPECT_EQ(typeOf("x: [T, B, K], W: [K, M]", "x @ W"), "[T, B, M]");
  EXPECT_EQ(typeOf("x: [B, M, K], y: [1, K, L]", "x @ y"), "[B, M, L]");
  EXPECT_EQ(typeOf("x: [T, K], W: [A, K]", "x . W"), "[T, A]");
  EXPECT_EQ(typeOf("x: [K], W: [S, K]", "x . W"), "[S]");
  EXPECT_EQ(typeOf("x: [K], y: [K]", "x . y"), "f32");
}

TEST(CheckerTypesTest, Calls) {
  EXPECT_EQ(typeOf("x: [T, H]", "sigmoid(x)"), "[T, H]");
  EXPECT_EQ(typeOf("x: [T, H]", "softmax(x)"), "[T, H]");
  EXPECT_EQ(typeOf("a: [T, H], b: [K]", "outer(a, b)"), "[T, H, K]");
  EXPECT_EQ(typeOf("a: [T, H], b: [T, K]", "outer(b = b, a = a)"), "[T, H, K]");
  EXPECT_EQ(typeOf("", "sigmoid(D)"), "f32");
}

TEST(CheckerTypesTest, Builtins) {
  EXPECT_EQ(typeOf("x: i32[H]", "abs(x)"), "i32[H]");
  EXPECT_EQ(typeOf("x: [T, H]", "max(x, 0)"), "[T, H]");
  EXPECT_EQ(typeOf("x: [T, H]", "max(x)"), "f32");
  EXPECT_EQ(typeOf("x: [T, H]", "sum(x, axis = 0)"), "[H]");
  EXPECT_EQ(typeOf("x: [T, H]", "mean(x, axis = -1)"), "[T]");
  EXPECT_EQ(typeOf("x: [T, H]", "argmax(x)"), "token[T]");
  EXPECT_EQ(typeOf("a: [T, H], b: [T, K]", "join(a, b, a)"), "[T, 2 * H + K]");
  EXPECT_EQ(typeOf("a: [H], b: [H]", "stack(a, b)"), "[2, H]");
  EXPECT_EQ(typeOf("x: [T, D]", "split(x, N)"), "[T, N, D / N]");
  EXPECT_EQ(typeOf("x: [T, 12]", "split(x, four)"), "[T, 4, 3]");
  EXPECT_EQ(typeOf("x: [T, D]", "flatten(split(x, N)[0])"), "[D]");
  EXPECT_EQ(typeOf("x: [B, T, H]", "transpose(x)"), "[B, H, T]");
  EXPECT_EQ(typeOf("x: i32[H]", "f32(x)"), "[H]");
  EXPECT_EQ(typeOf("x: [H]", "i64(x)"), "i64[H]");
  EXPECT_EQ(typeOf("t: token[H]", "i32(t)"), "i32[H]");
}

TEST(CheckerTypesTest, BuiltinsOnShapes) {
  EXPECT_EQ(typeOf("x: [T, H, I]", "sum(x, axis = (0, -1))"), "[H]");
  EXPECT_EQ(typeOf("x: bool[T, H]", "all(x, axis = 0)"), "bool[H]");
  EXPECT_EQ(typeOf("x: i32[T, H]", "cumsum(x, axis = 0)"), "i32[T, H]");
  EXPECT_EQ(typeOf("x: bool[T, H]", "reverse(x)"), "bool[T, H]");
  EXPECT_EQ(typeOf("x: [T, H, I]", "permute(x, 2, 0, 1)"), "[I, T, H]");
  EXPECT_EQ(typeOf("x: token[T, H, I]", "reshape(x, T, I * H)"), "token[T, H * I]");
  EXPECT_EQ(typeOf("x: [T, H]", "windows(x, 3)"), "[T, H - 2, 3]");
  EXPECT_EQ(typeOf("x: [T, H]", "windows(x, 3, stride = 2, axis = 0)"),
            "[floor((T + 1) / 2) - 1, 3, H]");
  EXPECT_EQ(typeOf("x: [T, D]", "windows(x, N, dilation = 2)"), "[T, D + 2 - 2 * N, N]");
  EXPECT_EQ(typeOf("x: [T, H]", "pad(x, 2, D, value = 1)"), "[T, D + H + 2]");
  EXPECT_EQ(typeOf("x: [T, 5]", "reflect(x, 0, 4)"), "[T, 9]");
  EXPECT_EQ(typeOf("x: [T]", "range(2 * T)"), "i32[2 * T]");
  EXPECT_EQ(typeOf("n: i32[T]", "n % 3"), "i32[T]");
  EXPECT_EQ(typeOf("x: [T]", "x * f32(D % 3)"), "[T]");
  EXPECT_EQ(typeOf("x: [T]", "i64(D % 3)"), "i64");
}

TEST(CheckerTypesTest, Indexing) {
  EXPECT_EQ(typeOf("x: [T, H]", "x[0]"), "[H]");
  EXPECT_EQ(typeOf("x: [T, H]", "x[:, -1]"), "[T]");
  EXPECT_EQ(typeOf("x: [T, D]", "x[:, D - 1]"), "[T]");
  EXPECT_EQ(typeOf("x: [10]", "x[2:four]"), "[2]");
  EXPECT_EQ(typeOf("x: [T, D]", "x[:, D / N:]"), "[T, D - D / N]");
  EXPECT_EQ(typeOf("x: [T, H]", "x[:, new]"), "[T, 1, H]");
  EXPECT_EQ(typeOf("x: [V, E], t: token[S, T]", "x[t]"), "[S, T, E]");
  EXPECT_EQ(typeOf("x: [V], i: i32", "x[i]"), "f32");
  EXPECT_EQ(typeOf("x: [T, V, E], i: i32", "x[:, i]"), "[T, E]");
  EXPECT_EQ(typeOf("x: [T, V, E], i: i32[S]", "x[0, new, i, :1]"), "[1, S, 1]");
  EXPECT_EQ(typeOf("x: [T]", "x[floor(T / 2):]"), "[T - floor(T / 2)]");
}

TEST(CheckerTypesTest, WritesBoundsOfIndicesInFull) {
  Checked checked("fn f[D](x: [D, 8]) -> [D - 2] { return x[1:D - 1, -3] }\n");
  ASSERT_TRUE(checked.accepted) << checked.printed();
  const auto &result = llvm::cast<ReturnStatement>(*checked.declaration("f")->body[0]);
  const auto &index = llvm::cast<IndexExpression>(*result.values[0]);
  EXPECT_EQ(index.items[0].begin.str(), "1");
  EXPECT_EQ(index.items[0].end.str(), "D - 1");
  EXPECT_TRUE(index.items[1].isStatic);
  EXPECT_EQ(index.items[1].begin.str(), "5");
}

TEST(CheckerTypesTest, WritesTheTargetOfACall) {
  Checked checked(R"(
fn mix[K = 3](a: [N], b: [2 * N], gain: f32 = 0.5) -> [N] { return (a + b[:N]) * gain * K }
fn f(a: [T, H], b: [2 * H]) -> [T, H] { return mix(b = b, a = a) }
)");
  ASSERT_TRUE(checked.accepted) << checked.printed();
  const auto &result = llvm::cast<ReturnStatement>(*checked.declaration("f")->body[0]);
  const CallTarget &target = llvm::cast<CallExpression>(*result.values[0]).target;
  EXPECT_EQ(target.kind, CallTarget::Kind::Function);
  EXPECT_EQ(target.declaration, checked.declaration("mix"));
  EXPECT_EQ(target.dimensions.at("N").str(), "H");
  EXPECT_EQ(target.dimensions.at("K").str(), "3");
  ASSERT_EQ(target.arguments.size(), 3u);
  EXPECT_EQ(target.arguments[0]->type.str(), "[T, H]");
  EXPECT_EQ(target.arguments[2], checked.declaration("mix")->parameters[2].defaultValue.get());
  EXPECT_THAT(target.extraAxes, ElementsAre(1u, 0u, 0u));
  ASSERT_EQ(target.mapped.size(), 1u);
  EXPECT_EQ(target.mapped[0].str(), "T");
}

TEST(CheckerTypesTest, WritesTheAxesOfReductions) {
  Checked checked("fn f(x: [A, B, C]) -> f32 { return sum(max(x, axis = -2)) }\n");
  ASSERT_TRUE(checked.accepted) << checked.printed();
  const auto &result = llvm::cast<ReturnStatement>(*checked.declaration("f")->body[0]);
  const CallTarget &outer = llvm::cast<CallExpression>(*result.values[0]).target;
  EXPECT_THAT(outer.axes, ElementsAre(0, 1));
  EXPECT_THAT(llvm::cast<CallExpression>(*outer.arguments[0]).target.axes, ElementsAre(1));
}

TEST(CheckerTypesTest, SolvesForTheOnlyUnknownOfAnAxis) {
  Checked checked(R"(
fn half(x: [2 * H]) -> [H] { return x[:H] }
fn but_last(x: [H + 1]) -> [H] { return x[:H] }
fn later(x: [2 * N], y: [N]) -> [N] { return x[:N] + y }
fn f[D](x: [6], y: [4 * D], z: [D]) -> f32 {
  a = half(x)
  b = half(y)
  c = but_last(z)
  d = later(b, z)
  return sum(a) + sum(b) + sum(c) + sum(d)
}
)");
  ASSERT_TRUE(checked.accepted) << checked.printed();
  EXPECT_EQ(checked.type("f", "a"), "[3]");
  EXPECT_EQ(checked.type("f", "b"), "[2 * D]");
  EXPECT_EQ(checked.type("f", "c"), "[D - 1]");
  EXPECT_EQ(checked.type("f", "d"), "[D]");
}

TEST(CheckerTypesTest, TheUsersNamesHideTheLibrarysButNotFromTheLibrary) {
  Checked checked("const gain = 2\nfn twice(x: f32) -> i32 { return 3 }\n"
                  "fn f(x: f32) -> f32 { return twice(x) * x + four(x) * gain }\n" +
                      std::string("fn g(x: f32) -> i32 { return twice(x) }\n"),
                  "const gain = 4\nfn twice(x: f32) -> f32 { return 2 * x }\n"
                  "fn four(x: f32) -> f32 { return twice(twice(x)) * gain }\n");
  EXPECT_THAT(checked.messages(), ElementsAre("warning: 2:10: parameter `x` is never used",
                                              "error: 3:30: `twice(x) * x` mixes i32 and f32"));
  EXPECT_TRUE(checked.declaration("four")->isValid);
  EXPECT_TRUE(checked.declaration("g")->isValid);
}

TEST(CheckerTypesTest, FinalMemoriesOfACellWithinACell) {
  Checked checked(R"(
cell Outer[A, B](x: [A]) -> (y: [B], z: f32) {
  inner = Lstm[A, 2 * B]
  state n: i32 = 0
  n' = n + 1
  y = inner(x)
  return y[:B], f32(n')
}
model M[K = 5](xs: [T, K]) -> (y: [T, 3], h: [6], n: i32) {
  c = Outer[K, 3]
  y, _z, last = scan reverse c(xs) from (n = 7)
  return y, last.inner.h, last.n
}
)",
                  testLibrary);
  ASSERT_THAT(checked.messages(), IsEmpty());
  EXPECT_EQ(checked.type("M", "_z"), "[T]");
  const auto &result = llvm::cast<ReturnStatement>(*checked.declaration("M")->body.back());
  const auto &member = llvm::cast<MemberExpression>(*result.values[1]);
  EXPECT_EQ(member.type.str(), "[6]");
  EXPECT_THAT(member.path,
              ElementsAre(checked.symbol("M", "last"), checked.symbol("Outer", "inner"),
                          checked.symbol("Lstm", "h")));
}

TEST(CheckerTypesTest, RequirementsAndExactDivisions) {
  Checked checked("layer L[D, N](x: [D]) -> [N, D / N] {\n  require D % (2 * N) == 0\n"
                  "  require D > 1\n  return split(x, N)\n}\n");
  ASSERT_TRUE(checked.accepted) << checked.printed();
  const Declaration &layer = *checked.declaration("L");
  const auto &first = llvm::cast<RequireStatement>(*layer.body[0]);
  EXPECT_EQ(first.leftDim.str(), "D");
  ASSERT_TRUE(first.modulus.has_value());
  EXPECT_EQ(first.modulus->str(), "2 * N");
  EXPECT_EQ(first.rightDim.str(), "0");
  const auto &second = llvm::cast<RequireStatement>(*layer.body[1]);
  EXPECT_FALSE(second.modulus.has_value());
  EXPECT_EQ(second.rightDim.str(), "1");
  ASSERT_EQ(layer.divisions.size(), 2u);
  EXPECT_EQ(layer.divisions[1].quotient.str(), "D / N");
}

TEST(CheckerTypesTest, NumbersTakeTheTypeOfWhatTheyMeet) {
  Checked checked("const k = 3\nfn f[D](n: i64) -> i64 { return n + (2 * k - D) }\n");
  ASSERT_TRUE(checked.accepted) << checked.printed();
  const auto &result = llvm::cast<ReturnStatement>(*checked.declaration("f")->body[0]);
  const auto &sum = llvm::cast<BinaryExpression>(*result.values[0]);
  const auto &difference = llvm::cast<BinaryExpression>(*sum.right);
  const auto &product = llvm::cast<BinaryExpression>(*difference.left);
  for (const Expression *part : {sum.right.get(), difference.left.get(), difference.right.get(),
                                 product.left.get(), product.right.get()})
    EXPECT_EQ(part->type.str(), "i64");
  EXPECT_EQ(llvm::cast<NameExpression>(*product.right).symbol->number, 3);
}

TEST(CheckerTypesTest, CallsWithSeveralResults) {
  Checked checked(R"(
layer Halves[D](x: [2 * D]) -> (low: [D], sum: f32) { return x[:D], sum(x) }
fn f(x: f32) -> f32 { return x }
layer L[D](x: [T, 2 * D]) -> [T, D] {
  halves = Halves[D]
  low, total = halves(x)
  return low * total[:, new]
}
)");
  EXPECT_TRUE(checked.accepted) << checked.printed();
  EXPECT_EQ(checked.type("L", "low"), "[T, D]");
  EXPECT_EQ(checked.type("L", "total"), "[T]");
}

TEST(CheckerTypesTest, BindingsSliceByDimensionsAndParameters) {
  Checked checked(R"(
layer L[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  weight b: [H]
  return W @ x + V @ x + b
}
binding packed(index, name = 2) for L {
  rows(W, V) = transpose(f32("w{name}")[index])[:2 * H, :I] / 256 - 0.5 * H
  b = -"b"[index * H:]
}
)");
  EXPECT_TRUE(checked.accepted) << checked.printed();
  EXPECT_EQ(checked.file.bindings[0]->declaration, checked.declaration("L"));
}
