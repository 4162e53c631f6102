//===- LoweringTest.cpp - Tests of the lowering -------------------*- C++ -*-===//
//
// Small programs and the operations that they become.
//
//===----------------------------------------------------------------------===//

#include "LoweringTesting.h"

#include <gmock/gmock.h>

using namespace gatefold;
using testing::HasSubstr;
using testing::Not;

/// Lowers a model that is valid and expects each of `parts` in its text.
static void expectParts(llvm::StringRef text, const std::vector<std::string> &parts,
                        const std::vector<std::string> &absent = {}) {
  Lowered lowered(text);
  ASSERT_TRUE(lowered.isValid) << lowered.messages() << lowered.ir();
  const std::string ir = lowered.ir();
  for (const std::string &part : parts)
    EXPECT_THAT(ir, HasSubstr(part));
  for (const std::string &part : absent)
    EXPECT_THAT(ir, Not(HasSubstr(part)));
}

/// Expects `parts` of a model that returns `expression`, of type `result`, over a few inputs.
static void expectExpression(const std::string &result, const std::string &expression,
                             const std::vector<std::string> &parts,
                             const std::vector<std::string> &absent = {}) {
  SCOPED_TRACE(expression);
  expectParts("model M(x: [T, 4], v: [4], n: i32[T], t: token[T], ok: bool[T], w: [20, 4], "
              "s: [3, 4, 5]) -> (y: " +
                  result + ") {\n  return " + expression + "\n}\n",
              parts, absent);
}

//===----------------------------------------------------------------------===//
// Scans
//===----------------------------------------------------------------------===//

TEST(Lowering, ScanOfACell) {
  expectParts("model M(xs: [T, 3]) -> [T, 20] {\n"
              "  rnn = Rnn[3, 20]\n"
              "  return scan rnn(xs)\n"
              "}\n",
              {"gatefold.model @M {", "gatefold.weight @rnn.W : tensor<20x3xf32>\n",
               R"(%xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "3"]>})",
               R"(gatefold.port<output "output" ["T", "20"]>)",
               R"(gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>) memories(%h = %cst as "rnn.h")",
               "gatefold.dot %x, %0 chain : tensor<3xf32>, tensor<20x3xf32> -> tensor<20xf32>",
               "gatefold.dot %h, %1 chain : tensor<20xf32>, tensor<20x20xf32> -> tensor<20xf32>"});
}

static const char *const nestedCells = R"(
cell Inner[D](x: [D]) -> [D] {
  state a: [D] = 0.5
  a' = a + x
  return a'
}
cell Outer[D](x: [D]) -> [D] {
  weight start: [D]
  state before: f32 = 1
  inner = Inner[D]
  state after: [D] = start * 2
  before' = before * 2
  y = inner(x)
  after' = y * before'
  return after
}
)";

TEST(Lowering, MemoriesOfCellsWithinCellsInTheOrderOfTheText) {
  expectParts(std::string(nestedCells) + R"(
model M(xs: [T, 4]) -> (ys: [T, 4], end: [4], scale: f32) {
  outer = Outer[4]
  ys, last = scan reverse outer(xs) from (inner.a = xs[0])
  return ys, last.inner.a, last.before
})",
              {R"(gatefold.scan axis 0 reverse (%x = %xs : tensor<?x4xf32>) memories()"
               R"(%before = %cst as "outer.before" : tensor<f32>, )"
               R"(%a = %2 as "outer.inner.a" : tensor<4xf32>, )"
               R"(%after = %3 as "outer.after" : tensor<4xf32>))",
               "%1 = gatefold.slice %xs axis 1 offset 0 size 1",
               "%2 = gatefold.reshape %1 replaced 2 : tensor<1x4xf32> -> tensor<4xf32>",
               "yield outputs(%after : tensor<4xf32>) next(%5, %6, %8 :",
               "gatefold.return %4#0, %4#2, %4#1 :"});
}

TEST(Lowering, AnInitialValueIsBroadcastToTheState) {
  expectParts(std::string(nestedCells) + R"(
model M(xs: [T, 4]) -> [T, 4] {
  inner = Inner[4]
  return scan inner(xs)
})",
              {"arith.constant dense<5.000000e-01> : tensor<4xf32>"});
}

TEST(Lowering, FixedArgumentsAreTheSameAtEveryStep) {
  expectParts(R"(
cell Reader[D](x: [D]; memory: [S, D], scale: f32) -> [D] {
  state h: [D] = 0
  h' = h + scale * (x . memory) @ memory
  return h'
}
model M(xs: [T, 20], memory: [S, 20]) -> [T, 20] {
  reader = Reader[20]
  return scan reader(xs; memory, 3)
})",
              {"gatefold.dot %x, %memory lanes : tensor<20xf32>, tensor<?x20xf32> -> tensor<?xf32>",
               "chain transposed : tensor<?xf32>, tensor<?x20xf32> -> tensor<20xf32>"});
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

TEST(Lowering, ProductsPutTheVectorToTheLeft) {
  expectExpression("[20]", "w @ v",
                   {"gatefold.dot %v, %w chain : tensor<4xf32>, tensor<20x4xf32>"});
  expectExpression("[20]", "v . w", {"gatefold.dot %v, %w chain :"});
  expectExpression("[20]", "w . v", {"gatefold.dot %v, %w chain :"});
  expectExpression("[T, 20]", "x . w",
                   {"gatefold.dot %x, %w chain : tensor<?x4xf32>, tensor<20x4xf32>"});
}

TEST(Lowering, ProductsOfFewElementsAddInLanes) {
  expectExpression("f32", "v . v", {"gatefold.dot %v, %v lanes :"});
  expectExpression("[15]", "w[:15] @ v", {"lanes : tensor<4xf32>, tensor<15x4xf32>"});
  expectExpression("[16]", "w[:16] @ v", {"chain : tensor<4xf32>, tensor<16x4xf32>"});
}

TEST(Lowering, MatrixProducts) {
  expectExpression("[T, 20]", "x @ transpose(w)",
                   {"gatefold.transpose %w [1, 0]",
                    "chain transposed : tensor<?x4xf32>, tensor<4x20xf32> -> tensor<?x20xf32>"});
  expectExpression("[3, 5]", "v @ s", {"gatefold.dot %v, %s lanes transposed"});
  expectExpression("[3, 20, 5]", "w @ s",
                   {"gatefold.broadcast %w axes [2] : tensor<20x4xf32> -> tensor<3x20x4xf32>",
                    "chain mapped 1 transposed : tensor<3x20x4xf32>, tensor<3x4x5xf32>"});
}

TEST(Lowering, ElementwiseOperandsAreBroadcast) {
  expectExpression("[T, 4]", "x + v",
                   {"gatefold.broadcast %v axes [1] sizes(%0) : tensor<4xf32> -> tensor<?x4xf32>",
                    "arith.addf %x, "});
  expectExpression("[4, 4]", "v[:, new] * v",
                   {"gatefold.broadcast %v axes [0] : tensor<4xf32> -> tensor<4x4xf32>",
                    "gatefold.broadcast %v axes [1] : tensor<4xf32> -> tensor<4x4xf32>"},
                   {"tensor<4x1xf32>"});
  expectExpression("[20, 4]", "w * w[:, 0:1]",
                   {"gatefold.reshape %0 replaced 1 : tensor<20x1xf32> -> tensor<20xf32>",
                    "gatefold.broadcast %1 axes [0] : tensor<20xf32> -> tensor<20x4xf32>"});
}

TEST(Lowering, NumbersAreFoldedInDoubleAndRoundedOnce) {
  expectExpression("[4]", "v * (0.1 + 0.2 - sqrt(4) ^ 2 / 4)",
                   {"arith.constant dense<-0.699999988> : tensor<4xf32>"});
  expectExpression("i32[T]", "n / (6 / 2)", {"arith.constant dense<3> : tensor<i32>"});
}

TEST(Lowering, SmallPowersAreProducts) {
  expectExpression("[4]", "v ^ 2", {"arith.mulf %v, %v"}, {"powf"});
  expectExpression("[4]", "v ^ -1", {"arith.divf %cst, %v"}, {"powf"});
  expectExpression("[4]", "v ^ 0.5", {"math.sqrt %v"}, {"powf"});
  expectExpression("[4]", "v ^ 1.5", {"math.powf %v"});
}

TEST(Lowering, Comparisons) {
  expectExpression("bool[4]", "v < 1 and v != v", {"cmpf olt", "cmpf une", "arith.andi"});
  expectExpression("bool[T]", "not (n >= 2 or ok)", {"cmpi sge", "arith.ori", "arith.xori"});
  expectExpression("[T]", "if ok then 1 else T",
                   {"arith.index_cast %0 : index to i64", "arith.sitofp", "arith.select %ok"});
}

TEST(Lowering, ReductionsAndIndices) {
  expectExpression(
      "[T]", "max(x, axis = 1)",
      {"gatefold.reduce maximum %x axes [0] chain : tensor<?x4xf32> -> tensor<?xf32>"});
  expectExpression("[4]", "mean(x, axis = 0)",
                   {"gatefold.reduce sum %x axes [1] lanes", "arith.sitofp", "arith.divf"});
  expectExpression("f32", "sum(s)", {"gatefold.reduce sum %s axes [0, 1, 2] lanes"});
  expectExpression("token[T]", "argmax(x)", {"gatefold.argmax %x"});
  expectExpression("[T, 4]", "w[t]", {"gatefold.gather %w[%t]"});
  expectExpression("[4]", "x[-1]", {"gatefold.slice %x axis 1 offset -1 size 1"});
  expectExpression("[T, 2]", "x[:, 1:3]", {"gatefold.slice %x axis 0 offset 1 size 2"});
}

TEST(Lowering, Shapes) {
  expectExpression("[T, 2, 2]", "split(x, 2)", {"gatefold.reshape %x replaced 1"});
  expectExpression("[60]", "flatten(s)", {"gatefold.reshape %s replaced 3"});
  expectExpression("[3, 4]", "stack(v, v, v)", {"axis 1 : tensor<1x4xf32>"});
  expectExpression("[T, 8]", "join(x, x)", {"gatefold.concat %x, %x axis 0"});
}

TEST(Lowering, ConversionAndDivisionNeverTrap) {
  expectExpression("i32[T]", "n / n", {"cmpi eq", "arith.select", "arith.divsi"});
  expectExpression(
      "i32[4]", "i32(v)",
      {"arith.maximumf", "cmpf olt", "arith.select", "arith.fptosi", "cmpf oge", "arith.select"});
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

TEST(Lowering, ALayerMapsOverASequence) {
  expectParts("model M(xs: [T, 3]) -> [T, 20] {\n"
              "  out = Linear[3, 20]\n"
              "  return out(xs)\n"
              "}\n",
              {"gatefold.dot %xs, %0 chain : tensor<?x3xf32>, tensor<20x3xf32> -> tensor<?x20xf32>",
               "gatefold.broadcast %1 axes [1] sizes(%2)"});
}

TEST(Lowering, TheOrderDoesNotCountMappedAxes) {
  expectParts("model M(xs: [50, 3]) -> [50, 2] {\n"
              "  out = Linear[3, 2]\n"
              "  return out(xs)\n"
              "}\n",
              {"gatefold.dot %xs, %0 lanes : tensor<50x3xf32>, tensor<2x3xf32>"});
}

TEST(Lowering, OperandsThatAreBothMappedRunTogether) {
  expectParts("fn inner(a: [N], b: [N]) -> f32 { return a . b }\n"
              "fn rows(a: [M, N], b: [N]) -> [M] { return a @ b }\n"
              "fn outerwards(a: [M, N], b: [K, N]) -> [M, K] { return a . b }\n"
              "model M(xs: [T, 3], ys: [T, 3], m: [5, 3], k: [T, 7, 3]) -> "
              "(a: [T], b: [T, 5], c: [T], d: [T, 5, 7]) {\n"
              "  return inner(xs, ys), rows(m, ys), inner(m[0], ys), outerwards(m, k)\n"
              "}\n",
              {"gatefold.dot %xs, %ys lanes mapped 1",
               "gatefold.dot %ys, %m lanes : tensor<?x3xf32>, tensor<5x3xf32> -> tensor<?x5xf32>",
               "gatefold.broadcast %m axes [2] sizes(%0) : tensor<5x3xf32> -> tensor<?x5x3xf32>",
               "chain mapped 1 : tensor<?x5x3xf32>, tensor<?x7x3xf32> -> tensor<?x5x7xf32>"});
}

TEST(Lowering, ACallWithinAMappedBodyAppendsItsAxes) {
  expectParts("fn weighted(x: [N], w: [N]) -> f32 { return sum(x * w) }\n"
              "fn all(m: [S, N], w: [N]) -> [S] { return weighted(m, w) }\n"
              "model M(ms: [B, S, 3], ws: [B, 3], w: [3]) -> (a: [B, S], b: [B, S]) {\n"
              "  return all(ms, ws), all(ms, w)\n"
              "}\n",
              {"gatefold.broadcast %ws axes [1] sizes(", "arith.mulf %ms,",
               "gatefold.broadcast %w axes [1, 2] sizes("});
}

TEST(Lowering, AResultThatIgnoresItsArgumentIsMappedToo) {
  expectParts("fn two(x: f32) -> f32 { return 2 + 0 * x * 0 }\n"
              "fn three(_x: f32) -> f32 { return 3 }\n"
              "model M(xs: [T, 5]) -> [T, 5] { return two(xs) + three(xs) }\n",
              {"gatefold.broadcast %cst_", "dense<3.000000e+00> : tensor<f32>"});
}

//===----------------------------------------------------------------------===//
// Weights, ports and places
//===----------------------------------------------------------------------===//

TEST(Lowering, WeightsLieWhereTheLoadClausesSay) {
  expectParts(R"(
layer Pair[D](x: [D]) -> [D] {
  weight scale: [D]
  first = Linear[D, D] load torch from "0."
  second = Linear[D, D]
  return second(first(x)) * scale
}
binding packed(k = 0) for Pair {
  scale = f32("scale{k}")[k, :D] / 256 - 1
}
model M(xs: [T, 2]) -> [T, 2] {
  weight W: [2]
  a = Pair[2]
  b = Pair[2] load packed(k = 3) from "net."
  ignore "table", "net.unused"
  return b(a(xs)) * W
})",
              {"gatefold.model @M attributes {ignored = [\"table\", \"net.unused\"]}",
               "gatefold.weight @W : tensor<2xf32>\n", "gatefold.weight @a.scale : tensor<2xf32>\n",
               "@a.first.W : tensor<2x2xf32> from \"'a.0.weight'\"",
               "@a.second.W : tensor<2x2xf32>\n",
               "@b.scale : tensor<2xf32> from \"f32('net.scale3')[3, 0:2] / 256 - 1\"",
               "@b.first.b : tensor<2xf32> from \"'net.0.bias'\"",
               "@b.second.W : tensor<2x2xf32> from \"'net.second.W'\""});
}

TEST(Lowering, PackedRowsAndColumns) {
  expectParts(R"(
layer Three(x: [4]) -> [4] {
  weight A: [4, 1]
  weight B: [4, 3]
  weight c, d: [4]
  return x + A[:, 0] + B[:, 0] + c + d
}
binding packed for Three {
  columns(A, B) = "AB"
  rows(c, d) = "cd"
}
model M(x: [4]) -> [4] {
  three = Three load packed
  return three(x)
})",
              {"@three.A : tensor<4x1xf32> from \"'three.AB'[:, 0:1 of 4]\"",
               "@three.B : tensor<4x3xf32> from \"'three.AB'[:, 1:4 of 4]\"",
               "@three.d : tensor<4xf32> from \"'three.cd'[4:8 of 8]\""});
}

TEST(Lowering, PortsHaveTheUsersNames) {
  expectParts("model M[H = 3](words: token[S], x: [H, 2]) -> (token[S], [H, 2], f32) {\n"
              "  return words, x * 2, sum(x)\n"
              "}\n",
              {R"(#gatefold.port<input "words" ["S"]>)", R"(#gatefold.port<input "x" ["3", "2"]>)",
               R"(#gatefold.port<output "words" ["S"]>)",
               R"(#gatefold.port<output "output_1" ["3", "2"]>)",
               R"(#gatefold.port<output "output_2" []>)"});
}

TEST(Lowering, OutputsHaveDifferentNames) {
  auto expectOutputs = [](const std::string &model, const std::vector<std::string> &names) {
    Lowered lowered(model);
    ASSERT_TRUE(lowered.isValid) << lowered.messages();
    std::vector<std::string> found;
    llvm::SmallVector<llvm::StringRef> parts;
    const std::string ir = lowered.ir();
    llvm::StringRef(ir).split(parts, "#gatefold.port<output \"");
    for (llvm::StringRef part : llvm::drop_begin(parts))
      found.push_back(part.take_until([](char c) { return c == '"'; }).str());
    EXPECT_EQ(found, names) << model;
  };
  expectOutputs("model M(x: f32) -> f32 { return -x }", {"output"});
  expectOutputs("model M(x: f32) -> f32, f32 { return x, x }", {"x", "output_1"});
  expectOutputs("model M(output_1: f32) -> f32, f32 { return output_1, -output_1 }",
                {"output_1", "output_2"});
  expectOutputs("model M(output_0: f32) -> f32, f32 { return -output_0, output_0 }",
                {"output_1", "output_0"});
  expectOutputs("model M(x: f32, output_2: f32) -> f32, f32, f32 { return x, x, output_2 }",
                {"x", "output_1", "output_2"});
}

TEST(Lowering, OperationsCarryNamesAndPlaces) {
  Lowered lowered("fn double(x: f32) -> f32 { return x + x }\n"
                  "model M(a: f32) -> f32 {\n"
                  "  b = double(a)\n"
                  "  return b * 3\n"
                  "}\n");
  ASSERT_TRUE(lowered.isValid) << lowered.messages();
  std::vector<std::string> places;
  lowered.module->walk([&](mlir::Operation *operation) {
    if (mlir::isa<mlir::arith::AddFOp, mlir::arith::MulFOp>(operation)) {
      std::string text;
      llvm::raw_string_ostream(text) << operation->getLoc();
      places.push_back(text);
    }
  });
  EXPECT_THAT(places,
              testing::ElementsAre(R"(loc(callsite("test.fold":1:35 at "b"("test.fold":3:7))))",
                                   R"(loc("test.fold":4:10))"));
}

TEST(Lowering, WhatNobodyReadsIsErased) {
  expectParts("model M(a: f32) -> f32 {\n"
              "  _b = exp(a) * 2\n"
              "  return a\n"
              "}\n",
              {"gatefold.return %a"}, {"math.exp", "arith.constant"});
}

TEST(Lowering, BuiltinsOnShapes) {
  expectParts(R"(
model M(x: [T, 6], n: i32) -> (y: [T, 2, 3], z: [T, 9], w: [T, 6], column: [T], half: [T]) {
  z = pad(reverse(x), 1, 2, value = 3)
  column = x[:, n]
  half = sum(windows(cumsum(x), 2, stride = 3), axis = (1, 2))
  return reshape(x, T, 2, 3), z, reflect(x[:, :3], 1, 2), column, half
})",
              {"gatefold.reverse %x axis 0 : tensor<?x6xf32>",
               "arith.constant dense<3.000000e+00> : tensor<f32>",
               "gatefold.concat %2, %1, %3 axis 0 : tensor<?x1xf32>, tensor<?x6xf32>, "
               "tensor<?x2xf32> -> tensor<?x9xf32>",
               "gatefold.gather %x[%5] mapped 1 : tensor<?x6xf32>, tensor<?xi32> -> tensor<?xf32>",
               "gatefold.cumulate sum %x axis 0 : tensor<?x6xf32>",
               "gatefold.windows %7 axis 0 size 2 stride 3 : tensor<?x6xf32> -> tensor<?x2x2xf32>",
               "gatefold.reshape %x replaced 1 : tensor<?x6xf32> -> tensor<?x2x3xf32>"});
}

TEST(Lowering, SizesThatAreRoundedDown) {
  expectParts(R"(
fn pairs(x: [L]) -> [floor((L - 2) / 2) + 1] { return max(windows(x, 2, stride = 2), axis = 1) }
model M(x: [T]) -> f32 { return sum(pairs(x) + 1) }
)",
              {"%0 = gatefold.dim %x, 0 : tensor<?xf32>", "arith.floordivsi %0, %c2 : index",
               "gatefold.windows %x axis 0 size 2 stride 2 : tensor<?xf32> -> tensor<?x2xf32>"});
}
