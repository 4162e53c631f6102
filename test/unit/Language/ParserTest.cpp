//===- ParserTest.cpp - Tests of the tree that the parser builds ---*- C++ -*-===//
//
// Each production with the tree and the ranges that it gives.
//
//===----------------------------------------------------------------------===//

#include "ParsedBody.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace gatefold;
using llvm::cast;
using llvm::isa;
using testing::ElementsAre;

namespace {
/// Every operation of an expression in parentheses: shows how operators group.
std::string grouped(const Expression &expression) {
  if (auto *unary = llvm::dyn_cast<UnaryExpression>(&expression))
    return (unary->op == UnaryOperator::Not ? "(not " : "(-") + grouped(*unary->operand) + ")";
  if (auto *binary = llvm::dyn_cast<BinaryExpression>(&expression))
    return "(" + grouped(*binary->left) + " " + spell(binary->op).str() + " " +
           grouped(*binary->right) + ")";
  if (auto *choice = llvm::dyn_cast<IfExpression>(&expression))
    return "(if " + grouped(*choice->condition) + " then " + grouped(*choice->thenValue) +
           " else " + grouped(*choice->elseValue) + ")";
  return toText(expression);
}

std::string grouped(llvm::StringRef text) {
  ValidText parsed(("const c = " + text).str());
  return parsed.file ? grouped(*parsed.file->constants.at(0)->value) : "";
}

TEST(Parser, GroupsOperatorsByPrecedence) {
  EXPECT_EQ(grouped("a or b and not c == d"), "(a or (b and (not (c == d))))");
  EXPECT_EQ(grouped("a < b + c * d"), "(a < (b + (c * d)))");
  EXPECT_EQ(grouped("a - b - c"), "((a - b) - c)");
  EXPECT_EQ(grouped("a / b * c"), "((a / b) * c)");
  EXPECT_EQ(grouped("a * b @ c . d + e"), "((a * ((b @ c) . d)) + e)");
  EXPECT_EQ(grouped("-a @ b"), "((-a) @ b)");
  EXPECT_EQ(grouped("-x^2"), "(-(x ^ 2))");
  EXPECT_EQ(grouped("a ^ b ^ c"), "(a ^ (b ^ c))");
  EXPECT_EQ(grouped("2 ^ -x ^ y"), "(2 ^ (-(x ^ y)))");
  EXPECT_EQ(grouped("a * --b"), "(a * (-(-b)))");
  EXPECT_EQ(grouped("not not a and b"), "((not (not a)) and b)");
  EXPECT_EQ(grouped("(a + b) * c"), "((a + b) * c)");
  EXPECT_EQ(grouped("if a then b else if c then d else e + f"),
            "(if a then b else (if c then d else (e + f)))");
  EXPECT_EQ(grouped("a . b.c"), "(a . b.c)");
  EXPECT_EQ(grouped("a .\n b"), "(a . b)");
}

TEST(Parser, ReadsPrimaries) {
  ValidText text("const a = 3\nconst b = 2.5e-1\nconst c = true\nconst d = 9007199254740993\n");
  auto &constants = text.file->constants;
  EXPECT_EQ(cast<NumberExpression>(*constants[0]->value).value, 3.0);
  EXPECT_TRUE(cast<NumberExpression>(*constants[0]->value).isInteger);
  EXPECT_EQ(cast<NumberExpression>(*constants[1]->value).value, 0.25);
  EXPECT_FALSE(cast<NumberExpression>(*constants[1]->value).isInteger);
  EXPECT_TRUE(cast<BooleanExpression>(*constants[2]->value).value);
  EXPECT_FALSE(cast<NumberExpression>(*constants[3]->value).isInteger);
}

TEST(Parser, ReadsIndices) {
  Body body("y = x[i, 1:n + 1, :, 2:, :3, new]");
  auto &index = cast<IndexExpression>(*body.statement<AssignStatement>().value);
  using Kind = IndexItem::Kind;
  std::vector<Kind> kinds;
  std::vector<std::string> bounds;
  for (const IndexItem &item : index.items) {
    kinds.push_back(item.kind);
    bounds.push_back((item.first ? toText(*item.first) : "") + "|" +
                     (item.last ? toText(*item.last) : ""));
  }
  EXPECT_THAT(kinds, ElementsAre(Kind::At, Kind::Slice, Kind::Slice, Kind::Slice, Kind::Slice,
                                 Kind::NewAxis));
  EXPECT_THAT(bounds, ElementsAre("i|", "1|n + 1", "|", "2|", "|3", "|"));
  EXPECT_EQ(slice(index.items[1].range), "1:n + 1");
}

TEST(Parser, ReadsCallsAndMembers) {
  Body body("y = f[3](a, last.inner.c, axis = 0, keep = true)");
  auto &call = cast<CallExpression>(*body.statement<AssignStatement>().value);
  EXPECT_TRUE(isa<IndexExpression>(*call.callee));
  ASSERT_EQ(call.arguments.size(), 2u);
  auto &member = cast<MemberExpression>(*call.arguments[1]);
  EXPECT_EQ(member.member.text, "c");
  EXPECT_EQ(slice(member.base->range), "last.inner");
  ASSERT_EQ(call.named.size(), 2u);
  EXPECT_EQ(call.named[0].name.text, "axis");
  EXPECT_EQ(toText(*call.named[1].value), "true");
}

TEST(Parser, ReadsScans) {
  Body body("ys, last = scan reverse c(xs, zs; memory) from (h = a + b, inner.c = e2)");
  auto &assign = body.statement<AssignStatement>();
  EXPECT_THAT(texts(assign.names), ElementsAre("ys", "last"));
  auto &scan = cast<ScanExpression>(*assign.value);
  EXPECT_TRUE(scan.reverse);
  EXPECT_EQ(scan.callee.text, "c");
  EXPECT_EQ(scan.sequences.size(), 2u);
  EXPECT_EQ(scan.fixed.size(), 1u);
  ASSERT_EQ(scan.initial.size(), 2u);
  EXPECT_THAT(texts(scan.initial[0].path), ElementsAre("h"));
  EXPECT_THAT(texts(scan.initial[1].path), ElementsAre("inner", "c"));
  EXPECT_EQ(toText(*scan.initial[0].value), "a + b");
}

TEST(Parser, ReadsStatements) {
  Body body("weight W_i, W_f: [H, 2 * I]\n"
            "state h, c: token[H] = 0\n"
            "require D % N == 0\n"
            "require D + 1 > 2 * N\n"
            "ignore \"a\", \"b\\\"\"\n"
            "h' = c'\n"
            "return h', c");
  auto &weight = body.statement<WeightStatement>(0);
  EXPECT_THAT(texts(weight.names), ElementsAre("W_i", "W_f"));
  EXPECT_FALSE(weight.type.element);
  EXPECT_EQ(weight.type.dims.size(), 2u);
  EXPECT_EQ(slice(weight.range), "weight W_i, W_f: [H, 2 * I]");
  auto &state = body.statement<StateStatement>(1);
  EXPECT_EQ(state.type.element->text, "token");
  EXPECT_EQ(toText(*state.initial), "0");
  auto &divides = body.statement<RequireStatement>(2);
  EXPECT_EQ(divides.relation, BinaryOperator::Equal);
  EXPECT_EQ(cast<BinaryExpression>(*divides.left).op, BinaryOperator::Modulo);
  EXPECT_EQ(body.statement<RequireStatement>(3).relation, BinaryOperator::Greater);
  EXPECT_THAT(body.statement<IgnoreStatement>(4).names, ElementsAre("a", "b\""));
  auto &next = body.statement<NextStatement>(5);
  EXPECT_EQ(next.name.text, "h");
  EXPECT_TRUE(next.name.primed);
  EXPECT_EQ(slice(next.name.range), "h'");
  EXPECT_TRUE(cast<NameExpression>(*next.value).name.primed);
  EXPECT_EQ(cast<NameExpression>(*next.value).name.text, "c");
  EXPECT_EQ(body.statement<ReturnStatement>(6).values.size(), 2u);
}

TEST(Parser, ReadsLoads) {
  Body body("a = Lstm[256, 512]\n"
            "b = Lstm[256, 512] load torch\n"
            "c = Lstm[256, 512] load torch(layer = 1) from \"encoder.\"\n");
  EXPECT_FALSE(body.statement<AssignStatement>(0).load);
  auto &plain = body.statement<AssignStatement>(1).load;
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->binding.text, "torch");
  EXPECT_FALSE(plain->prefix);
  auto &full = body.statement<AssignStatement>(2).load;
  ASSERT_TRUE(full);
  EXPECT_EQ(full->prefix, "encoder.");
  EXPECT_EQ(slice(full->prefixRange), "\"encoder.\"");
  ASSERT_EQ(full->arguments.size(), 1u);
  EXPECT_EQ(full->arguments[0].name.text, "layer");
  EXPECT_EQ(slice(full->range), "load torch(layer = 1) from \"encoder.\"");
}

TEST(Parser, ReadsHeaders) {
  ValidText text("fn f(x: f32, e: f32 = 1e-5) -> f32 { return x }\n"
                 "cell C[I, K = 3](p: token; m: [S, I], n: f32) -> [I], [K] {\n return p, m\n}\n"
                 "model M() -> (logits: [T, 4], last: [H]) {\n}\n"
                 "layer L(x: [I]) -> [I] { return x }\n");
  auto &declarations = text.file->declarations;
  ASSERT_EQ(declarations.size(), 4u);
  EXPECT_EQ(declarations[0]->kind, Declaration::Kind::Function);
  EXPECT_EQ(toText(*declarations[0]->parameters[1].defaultValue), "1e-05");
  EXPECT_EQ(slice(declarations[0]->range), "fn f(x: f32, e: f32 = 1e-5) -> f32 { return x }");

  const Declaration &cell = *declarations[1];
  EXPECT_EQ(cell.kind, Declaration::Kind::Cell);
  ASSERT_EQ(cell.dimParameters.size(), 2u);
  EXPECT_FALSE(cell.dimParameters[0].defaultValue);
  EXPECT_EQ(cell.dimParameters[1].defaultValue, 3);
  ASSERT_EQ(cell.parameters.size(), 3u);
  EXPECT_FALSE(cell.parameters[0].fixed);
  EXPECT_TRUE(cell.parameters[1].fixed);
  EXPECT_TRUE(cell.parameters[2].fixed);
  EXPECT_EQ(cell.results.size(), 2u);
  EXPECT_FALSE(cell.results[0].name);

  const Declaration &model = *declarations[2];
  EXPECT_EQ(model.kind, Declaration::Kind::Model);
  ASSERT_EQ(model.results.size(), 2u);
  EXPECT_EQ(model.results[1].name->text, "last");
  EXPECT_EQ(declarations[3]->kind, Declaration::Kind::Layer);
}

TEST(Parser, ReadsBindings) {
  ValidText text("/// How torch packs it.\n"
                 "binding torch(layer = 0, direction) for Lstm {\n"
                 "  rows(W_i, W_f) = \"weight_ih_l{layer}\"\n"
                 "  columns(U) = transpose(f32(\"u\")) / 256\n"
                 "  b = \"b_ih\" + \"b_hh\"\n"
                 "}\n");
  ASSERT_EQ(text.file->bindings.size(), 1u);
  const BindingDeclaration &binding = *text.file->bindings[0];
  EXPECT_EQ(binding.name.text, "torch");
  EXPECT_EQ(binding.target.text, "Lstm");
  EXPECT_EQ(binding.documentation, "How torch packs it.");
  ASSERT_EQ(binding.parameters.size(), 2u);
  EXPECT_EQ(binding.parameters[0].defaultValue, 0);
  EXPECT_FALSE(binding.parameters[1].defaultValue);
  ASSERT_EQ(binding.lines.size(), 3u);
  using Packing = BindingLine::Packing;
  EXPECT_EQ(binding.lines[0].packing, Packing::Rows);
  EXPECT_THAT(texts(binding.lines[0].weights), ElementsAre("W_i", "W_f"));
  EXPECT_EQ(cast<StringExpression>(*binding.lines[0].value).value, "weight_ih_l{layer}");
  EXPECT_EQ(binding.lines[1].packing, Packing::Columns);
  EXPECT_EQ(toText(*binding.lines[1].value), "transpose(f32(\"u\")) / 256");
  EXPECT_EQ(binding.lines[2].packing, Packing::None);
}

TEST(Parser, AWeightMayBeCalledRows) {
  ValidText text("binding b for C {\n  rows = \"a\"\n}");
  EXPECT_EQ(text.file->bindings.at(0)->lines.at(0).packing, BindingLine::Packing::None);
}

TEST(Parser, KeepsDocumentation) {
  ValidText text("/// of the constant\nconst a = 1\n\n"
                 "/// first\n///\n///   third\n// not kept\ncell A() -> f32 { return 1 }\n"
                 "cell B() -> f32 {\n  /// of nothing\n  return 1\n}\n"
                 "cell C() -> f32 { return 1 }\n/// of nothing\n");
  EXPECT_EQ(text.file->constants[0]->documentation, "of the constant");
  EXPECT_EQ(text.file->declarations[0]->documentation, "first\n\n  third");
  EXPECT_EQ(text.file->declarations[1]->documentation, "");
  EXPECT_EQ(text.file->declarations[2]->documentation, "");
}

TEST(Parser, GoesOnInTheNextLine) {
  Body body("a = f(\n  1,\n  2\n)\n"
            "b =\n  a +\n  a\n"
            "c = if a < b then\n  1 else\n  2\n"
            "d,\n e = a[\n1]\n"
            "g = (1\n + 2)");
  EXPECT_EQ(body.file->declarations[0]->body.size(), 5u);
  EXPECT_EQ(toText(*body.statement<AssignStatement>(4).value), "1 + 2");
}

TEST(Parser, AcceptsEmptyFilesAndForeignLineEnds) {
  for (llvm::StringRef text : {"", "\n\n", "// only a comment", "\xEF\xBB\xBF", "/// nothing"}) {
    ValidText empty(text);
    ASSERT_TRUE(empty.file);
    EXPECT_TRUE(empty.file->declarations.empty());
  }
  ValidText text("\xEF\xBB\xBF/// doc\r\ncell A(x: f32) -> f32 {\r\n  y = x +\r\n    1\r\n  "
                 "return y\r\n}\r\n");
  EXPECT_EQ(text.file->declarations.at(0)->body.size(), 2u);
  EXPECT_EQ(text.file->declarations.at(0)->documentation, "doc");
}

TEST(Parser, SetsRanges) {
  Body body("y = (a + b) * f(x)[0]");
  auto &product = cast<BinaryExpression>(*body.statement<AssignStatement>().value);
  EXPECT_EQ(slice(product.range), "(a + b) * f(x)[0]");
  EXPECT_EQ(slice(product.opRange), "*");
  EXPECT_EQ(slice(product.left->range), "a + b");
  EXPECT_EQ(slice(product.right->range), "f(x)[0]");
  EXPECT_EQ(slice(cast<IndexExpression>(*product.right).base->range), "f(x)");
}

TEST(Parser, ReadsSeveralTextsAsOne) {
  llvm::SourceMgr sources;
  Diagnostics diagnostics(sources);
  SourceFile file;
  auto add = [&](llvm::StringRef text, bool fromLibrary) {
    unsigned id =
        sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text), llvm::SMLoc());
    return parseInto(file, sources, id, diagnostics, fromLibrary);
  };
  EXPECT_TRUE(add("fn f() -> f32 { return 1 }", true));
  EXPECT_FALSE(add("fn g() -> f32 { return }\nfn h() -> f32 { return 1 }", false));
  EXPECT_TRUE(add("const c = 1", false)); // errors of other texts do not count
  ASSERT_EQ(file.declarations.size(), 2u);
  EXPECT_TRUE(file.declarations[0]->fromLibrary);
  EXPECT_EQ(file.declarations[1]->name.text, "h");
  EXPECT_FALSE(file.declarations[1]->fromLibrary);
  EXPECT_EQ(diagnostics.numErrors(), 1u);
}
} // namespace
