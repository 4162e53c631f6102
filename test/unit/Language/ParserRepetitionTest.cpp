//===- ParserRepetitionTest.cpp - Tests of the grammar of loops ----*- C++ -*-===//
//
// `for`, comprehensions, arrays of instances, lists of axes, bounds and imports: their trees and
// messages.
//
//===----------------------------------------------------------------------===//

#include "ParseErrors.h"
#include "ParsedBody.h"
#include <gmock/gmock.h>

using namespace gatefold;
using llvm::cast;
using llvm::isa;

namespace {
TEST(ParserRepetition, ReadsLoops) {
  Body body("for l in layers { x = l(x) }\nfor n in 2 * N {\n  for in in xs[n] { y = in }\n}");
  auto &layers = body.statement<ForStatement>(0);
  EXPECT_EQ(layers.variable.text, "l");
  EXPECT_EQ(toText(*layers.over), "layers");
  EXPECT_EQ(layers.body.size(), 1u);
  EXPECT_EQ(slice(layers.range), "for l in layers { x = l(x) }");
  auto &sizes = body.statement<ForStatement>(1);
  EXPECT_EQ(toText(*sizes.over), "2 * N");
  auto &inner = cast<ForStatement>(*sizes.body.at(0));
  EXPECT_EQ(inner.variable.text, "in");
  EXPECT_EQ(toText(*inner.over), "xs[n]");
}

TEST(ParserRepetition, ReadsComprehensions) {
  Body body("y = [x[n] + [f(h) for h in k[:, n * G / N]]\n for n in N] . w");
  auto &product = cast<BinaryExpression>(*body.statement<AssignStatement>().value);
  auto &outer = cast<ComprehensionExpression>(*product.left);
  EXPECT_EQ(outer.variable.text, "n");
  EXPECT_EQ(toText(*outer.over), "N");
  auto &inner = cast<ComprehensionExpression>(*cast<BinaryExpression>(*outer.element).right);
  EXPECT_EQ(inner.variable.text, "h");
  EXPECT_EQ(toText(*inner.over), "k[:, n * G / N]");
  EXPECT_EQ(slice(inner.range), "[f(h) for h in k[:, n * G / N]]");
}

TEST(ParserRepetition, ReadsArraysOfInstances) {
  Body body("layers = Block[D] * L load torch(layer = index + 1) from \"encoder.{index}.\"");
  auto &assign = body.statement<AssignStatement>();
  auto &product = cast<BinaryExpression>(*assign.value);
  EXPECT_EQ(product.op, BinaryOperator::Multiply);
  EXPECT_TRUE(isa<IndexExpression>(*product.left));
  ASSERT_TRUE(assign.load);
  EXPECT_EQ(toText(*assign.load->arguments.at(0).value), "index + 1");
  EXPECT_EQ(assign.load->prefix, "encoder.{index}.");
}

TEST(ParserRepetition, ReadsListsOfAxes) {
  Body body("y = sum(x, axis = (1, -2)) + max(x, axis = (1))");
  auto &sum = cast<BinaryExpression>(*body.statement<AssignStatement>().value);
  auto &axes = cast<TupleExpression>(*cast<CallExpression>(*sum.left).named.at(0).value);
  ASSERT_EQ(axes.elements.size(), 2u);
  EXPECT_EQ(toText(*axes.elements[1]), "-2");
  EXPECT_EQ(slice(axes.range), "(1, -2)");
  EXPECT_TRUE(isa<NumberExpression>(*cast<CallExpression>(*sum.right).named.at(0).value));
}

TEST(ParserRepetition, ReadsBounds) {
  ValidText text("model M[N]() -> (a: token[<= 2 * N], b: [3, <= 20]) { return 1, 2 }");
  auto &results = text.file->declarations.at(0)->results;
  auto &bound = cast<BoundExpression>(*results.at(0).type.dims.at(0));
  EXPECT_EQ(toText(*bound.limit), "2 * N");
  EXPECT_EQ(slice(bound.range), "<= 2 * N");
  EXPECT_TRUE(isa<NumberExpression>(*results.at(1).type.dims.at(0)));
  EXPECT_TRUE(isa<BoundExpression>(*results.at(1).type.dims.at(1)));
}

TEST(ParserRepetition, ReadsImports) {
  ValidText text("// What the model is made of.\n\nimport \"norms.fold\"\n"
                 "import \"../a \\\"b\\\".fold\"\nconst a = 1\n");
  ASSERT_EQ(text.file->imports.size(), 2u);
  EXPECT_EQ(text.file->imports[0].path, "norms.fold");
  EXPECT_EQ(slice(text.file->imports[0].range), "import \"norms.fold\"");
  EXPECT_EQ(slice(text.file->imports[0].pathRange), "\"norms.fold\"");
  EXPECT_EQ(text.file->imports[1].path, "../a \"b\".fold");
}

TEST(ParserRepetition, ReportsFaults) {
  EXPECT_EQ(inBody("for in layers { }"), "2:10: expected `in` and what `in` goes through, found "
                                         "`layers`");
  EXPECT_EQ(inBody("for l { }"), "2:9: expected `in` and what `l` goes through, found `{`");
  EXPECT_EQ(inBody("for l in { }"),
            "2:12: expected a size, a value or an array of instances after `in`, found `{`");
  EXPECT_EQ(inBody("for l in layers\n    x = l(x)"),
            "2:18: expected `{`, found the end of the line");
  EXPECT_EQ(inBody("for l in layers { x = @ }"), "2:25: expected an expression, found `@`");
  EXPECT_EQ(inBody("y = [a, b]"),
            "2:9: expected `for`, found `,` / hint: a list of values is written `stack(a, b)`");
  EXPECT_EQ(inBody("y = []"), "2:8: expected an expression, found `]`");
  EXPECT_EQ(inBody("y = sum(x, axis = (1, 2) + 1)"),
            "2:28: expected `,` or `)`, found `+` / hint: a list in parentheses is the whole value "
            "of an argument: `axis = (1, 2)`");
  EXPECT_EQ(inBody("y = (1, 2)"), "2:9: expected `)`, found `,`");
  EXPECT_EQ(inBody("y = sum(x, axis = 1 + (1, 2))"), "2:27: expected `)`, found `,`");
  EXPECT_EQ(inBody("weight W: [<= 4]"), "2:14: `<=` stands only in the type of a result");
  EXPECT_EQ(atTopLevel("model M() -> token[<=] { return 1 }"),
            "1:22: expected the largest size of the axis after `<=`, found `]`");
}

TEST(ParserRepetition, ReportsFaultyImports) {
  EXPECT_EQ(atTopLevel("import norms"),
            "1:8: expected the path of a file in quotes after `import`, found `norms`");
  EXPECT_EQ(atTopLevel("import \"a\", \"b\""),
            "1:11: expected an operator or the end of the line, found `,`");
  EXPECT_EQ(
      atTopLevel("const a = 1\nimport \"a\""),
      "2:1: `import` stands before all declarations / hint: move it to the first lines of the "
      "file");
}

TEST(ParserRepetition, LimitsBlocksInBlocks) {
  std::string open, close;
  for (unsigned i = 0; i < 100'000; ++i) {
    open += "for n in N {";
    close += '}';
  }
  EXPECT_EQ(inBody(open + close), "2:782: statements lie in each other more than 64 deep / hint: "
                                  "give parts of it names of their own");
}
} // namespace
