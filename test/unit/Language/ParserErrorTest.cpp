//===- ParserErrorTest.cpp - Tests of what the parser reports ------*- C++ -*-===//
//
// Each message with its place, how reading goes on after it, and texts made to break the parser.
//
//===----------------------------------------------------------------------===//

#include "ParseErrors.h"
#include <gtest/gtest.h>

using namespace gatefold;

namespace {
//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

TEST(ParserErrors, LinesThatBeginWithAnOperator) {
  const std::string hint = " / hint: a statement goes on in the next line after an operator, not "
                           "before one: end the line above with ";
  EXPECT_EQ(inBody("y = x\n    + 1"), "3:5: expected a statement, found `+`" + hint + "`+`");
  EXPECT_EQ(inBody("y = x\n  and true"),
            "3:3: expected a statement, found the keyword `and`" + hint + "the keyword `and`");
  EXPECT_EQ(inBody("y = 1\n  not true"), "3:3: expected a statement, found the keyword `not`");
  EXPECT_EQ(inBody(")"), "2:3: expected a statement, found `)`");
  EXPECT_EQ(atTopLevel("const a = 1\n  * 2"),
            "2:3: expected a declaration: `const`, `fn`, `layer`, `cell`, `model`, `binding` or "
            "`vocabulary`, "
            "found `*`" +
                hint + "`*`");
}

TEST(ParserErrors, Statements) {
  EXPECT_EQ(inBody("weight W [H]"), "2:12: expected `:` and the type of the weight, found `[`");
  EXPECT_EQ(inBody("weight : [H]"), "2:10: expected the name of a weight, found `:`");
  EXPECT_EQ(inBody("weight W:"), "2:12: expected the type of the weight, found the end of the line "
                                 "/ hint: a type is written `[H, 4]`, `token[T]` or `f32`");
  EXPECT_EQ(inBody("weight W: []"), "2:14: expected a dimension, found `]`");
  EXPECT_EQ(inBody("weight W: [H"), "2:15: expected `,` or `]`, found the end of the line");
  EXPECT_EQ(inBody("weight W: [H] = 0"),
            "2:17: a weight has no initial value / hint: weights come from a checkpoint; a number "
            "that never changes is a `const`");
  EXPECT_EQ(inBody("weight if: [H]"),
            "2:10: expected the name of a weight, found the keyword `if`");
  EXPECT_EQ(inBody("state h: [H]"),
            "2:15: expected `=` and the initial value, found the end of the line");
  EXPECT_EQ(inBody("x == 1"), "2:5: expected `=`, found `==`");
  EXPECT_EQ(inBody("tanh(x)"), "2:7: expected `=`, found `(` / hint: a statement gives its value a "
                               "name: `y = tanh(…`");
  EXPECT_EQ(inBody("y = a b"), "2:9: expected an operator or the end of the line, found `b`");
  EXPECT_EQ(inBody("y = 1; z = 2"), "2:8: expected an operator or the end of the line, found `;` / "
                                    "hint: every statement stands on a line of its own");
  EXPECT_EQ(inBody("a, h' = 1"), "2:6: expected a name without a prime, found `h'` / hint: a prime "
                                 "marks the next value of a state");
  EXPECT_EQ(inBody("h', a = 1"),
            "2:5: a state's next value is set by itself / hint: write `h' = …` "
            "on a line of its own");
  EXPECT_EQ(inBody("h' + 1"), "2:6: expected `=` and the next value of the state, found `+`");
  EXPECT_EQ(inBody("return"), "2:9: expected an expression, found the end of the line");
  EXPECT_EQ(inBody("ignore a"), "2:10: expected the name of a tensor in quotes, found `a`");
  EXPECT_EQ(inBody("(a) = b"), "2:3: expected a statement, found `(`");
}

TEST(ParserErrors, StatementsThatBreakOff) {
  // The next line is taken for the rest, so what is wrong in it is not found.
  auto brokenOff = [](llvm::StringRef statement) {
    return messages(("cell A() -> f32 {\n  " + statement + "\n  z = 1\n  w = @\n}\n").str());
  };
  auto expected = [](llvm::StringRef column, llvm::StringRef token) {
    return ("2:" + column + ": expected the rest of the statement after `" + token +
            "`, found the end of the line\n4:7: expected an expression, found `@`\n")
        .str();
  };
  EXPECT_EQ(brokenOff("y ="), expected("6", "="));
  EXPECT_EQ(brokenOff("y = a +"), expected("10", "+"));
  EXPECT_EQ(brokenOff("state h: [H] ="), expected("17", "="));
  EXPECT_EQ(brokenOff("weight W,"), expected("12", ","));
  EXPECT_EQ(brokenOff("return a,"), expected("12", ","));
  // A keyword or brace cannot be the rest.
  EXPECT_EQ(messages("cell A() -> f32 {\n  y =\n  return @\n}\n"),
            "2:6: expected an expression, found the end of the line\n"
            "3:10: expected an expression, found `@`\n");
  EXPECT_EQ(messages("cell A() -> f32 {\n  y = a .\n}\n"),
            "2:10: expected an operand after `.`, found the end of the line\n");
}

TEST(ParserErrors, Requirements) {
  std::string misplaced = "among sizes, `%` stands only in a `require`, as the last operator "
                          "before the comparison / hint: as in `require D % N == 0`";
  EXPECT_EQ(inBody("weight W: [D % 2]"), "2:16: " + misplaced);
  EXPECT_EQ(inBody("weight W: [2 * (D % 2)]"), "2:21: " + misplaced);
  EXPECT_EQ(inBody("require D % N * 2 == 0"), "2:13: " + misplaced);
  EXPECT_EQ(inBody("require (D % N) == 0"), "2:14: " + misplaced);
  EXPECT_EQ(inBody("require D % N % M == 0"), "2:17: " + misplaced);
  EXPECT_EQ(inBody("require 0 == D % N"), "2:18: " + misplaced);
  EXPECT_EQ(inBody("require D % N"),
            "2:16: expected a comparison, found the end of the line / hint: a requirement is a "
            "relation of dimensions, as in `require D % N == 0`");
  EXPECT_EQ(inBody("require A < B < C"),
            "2:17: expected an operator or the end of the line, found `<`");
}

TEST(ParserErrors, Loads) {
  EXPECT_EQ(inBody("l = L[2] load"),
            "2:16: expected the name of a binding after `load`, found the end of the line");
  EXPECT_EQ(inBody("l = L[2] load torch(1)"),
            "2:23: expected the name of a parameter of the binding and `=`, found `1`");
  EXPECT_EQ(inBody("l = L[2] load torch from encoder"),
            "2:28: expected the beginning of the tensors' names in quotes, found `encoder`");
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

TEST(ParserErrors, Expressions) {
  EXPECT_EQ(inBody("y = a + )"), "2:11: expected an operand after `+`, found `)`");
  EXPECT_EQ(inBody("y = a < b < c"), "2:13: comparisons cannot be chained / hint: join them by "
                                     "`and`, as in `a < b and b < c`");
  EXPECT_EQ(inBody("y = a + not b"),
            "2:11: expected an operand after `+`, found the keyword `not` / hint: put `not` and "
            "what follows it in parentheses");
  EXPECT_EQ(inBody("y = -if a then b else c"),
            "2:8: expected an operand after `-`, found the keyword `if` / hint: put `if` and what "
            "follows it in parentheses");
  EXPECT_EQ(inBody("y = if a then b"),
            "2:18: expected `else`, since both cases need a value, found the end of the line");
  EXPECT_EQ(inBody("y = if a"), "2:11: expected `then`, found the end of the line");
  EXPECT_EQ(inBody("y = if then"), "2:10: expected a condition, found the keyword `then`");
  EXPECT_EQ(inBody("y = (a"), "2:9: expected `)`, found the end of the line");
  EXPECT_EQ(inBody("y = (a +\n    b"),
            "3:6: expected `)`, found the end of the line / note: `(` is opened here (2:7)");
  EXPECT_EQ(inBody("y = f(a b)"), "2:11: expected `,` or `)`, found `b`");
  EXPECT_EQ(inBody("y = f(a,)"), "2:11: expected an argument, found `)`");
  EXPECT_EQ(inBody("y = f(k = 1, a)"), "2:16: an argument without a name follows one with a name / "
                                       "hint: arguments with a name come last");
  EXPECT_EQ(inBody("y = 3(x)"),
            "2:8: only a name can be called / hint: a call is written `f(x)` or, "
            "with dimensions, `f[3](x)`; a product needs its `*`");
  EXPECT_EQ(inBody("y = f(x)(y)"),
            "2:11: only a name can be called / hint: a call is written `f(x)` or, with dimensions, "
            "`f[3](x)`; a product needs its `*`");
  EXPECT_EQ(inBody("y = x[]"), "2:9: expected an index, found `]`");
  EXPECT_EQ(inBody("y = x[1:2:3]"), "2:12: expected `,` or `]`, found `:`");
  EXPECT_EQ(inBody("y = x[1: )"), "2:12: expected the end of the slice, found `)`");
  EXPECT_EQ(inBody("y = \"s\""),
            "2:7: a string is not a value / hint: strings stand in bindings and vocabularies, and "
            "behind `from`, `until`, `ignore` and `import`");
  EXPECT_EQ(inBody("y = last.new"),
            "2:12: expected the name of a memory after `.`, found the keyword `new`");
  EXPECT_EQ(inBody("y = x)"), "2:8: expected an operator or the end of the line, found `)`");
}

TEST(ParserErrors, Scans) {
  EXPECT_EQ(inBody("y = scan (x)"),
            "2:12: expected the name of a cell's instance after `scan`, found `(`");
  EXPECT_EQ(inBody("y = scan c"),
            "2:13: expected `(` and the sequences to scan, found the end of the line");
  EXPECT_EQ(inBody("y = scan c()"), "2:14: expected a sequence, found `)`");
  EXPECT_EQ(inBody("y = scan c(x; )"),
            "2:17: expected an argument that is the same at every step, found `)`");
  EXPECT_EQ(inBody("y = scan c(x from"),
            "2:16: expected `,`, `;` or `)`, found the keyword `from`");
  EXPECT_EQ(inBody("y = scan c(x) from h = 1"),
            "2:22: expected `(` and the initial memories, found `h`");
  EXPECT_EQ(inBody("y = scan c(x) from (h' = 1)"),
            "2:23: expected the name of a memory without a prime, found `h'` / hint: a prime marks "
            "the next value of a state");
  EXPECT_EQ(inBody("y = scan c(x) from (h)"),
            "2:24: expected `=` and the initial value of the memory, found `)`");
}

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

TEST(ParserErrors, Headers) {
  EXPECT_EQ(atTopLevel("cell (x: f32) -> f32 { }"), "1:6: expected a name after `cell`, found `(`");
  EXPECT_EQ(atTopLevel("fn for(x: f32) -> f32 { }"),
            "1:4: expected a name after `fn`, found the keyword `for`");
  EXPECT_EQ(atTopLevel("cell A[] (x: f32) -> f32 { }"),
            "1:8: expected the name of a dimension, found `]`");
  EXPECT_EQ(atTopLevel("cell A[H = x](x: f32) -> f32 { }"),
            "1:12: expected an integer, the dimension's default, found `x`");
  EXPECT_EQ(atTopLevel("cell A[H = 9999999999999999999](x: f32) -> f32 { }"),
            "1:12: the integer is too large, the largest is 9223372036854775807");
  EXPECT_EQ(atTopLevel("cell A -> f32 { }"), "1:8: expected `(` and the parameters, found `->`");
  EXPECT_EQ(atTopLevel("cell A(x) -> f32 { }"),
            "1:9: expected `:` and the type of the parameter, found `)`");
  EXPECT_EQ(atTopLevel("cell A(x: 3) -> f32 { }"),
            "1:11: expected the type of the parameter, found `3` / hint: a type is written `[H, "
            "4]`, `token[T]` or `f32`");
  EXPECT_EQ(atTopLevel("cell A(x: f32,) -> f32 { }"),
            "1:15: expected the name of a parameter, found `)`");
  EXPECT_EQ(atTopLevel("fn f(x: f32; y: f32) -> f32 { }"),
            "1:12: only a cell has parameters that are the same at every step / hint: separate the "
            "parameters by `,`");
  EXPECT_EQ(atTopLevel("cell A(x: f32) { }"),
            "1:16: expected `->` and the type of the result, found `{`");
  EXPECT_EQ(atTopLevel("fn f() -> f32, f32 { }"), "1:14: a `fn` has one result");
  EXPECT_EQ(atTopLevel("cell A() -> (y: f32, [H]) { }"),
            "1:22: expected the name of a result, found `[`");
  EXPECT_EQ(atTopLevel("cell A() -> ([H], y: f32) { }"), "1:20: expected `,` or `)`, found `:`");
  EXPECT_EQ(atTopLevel("cell A() -> f32\n  return x\n}"),
            "1:16: expected `{`, found the end of the line");
  EXPECT_EQ(atTopLevel("const = 3"), "1:7: expected a name after `const`, found `=`");
  EXPECT_EQ(atTopLevel("const a 3"), "1:9: expected `=` and the value of the constant, found `3`");
  EXPECT_EQ(atTopLevel("const a = 1 const b = 2"),
            "1:13: expected an operator or the end of the line, found the keyword `const`");
  EXPECT_EQ(atTopLevel("fn f() -> f32 { return 1 } x"),
            "1:28: expected the end of the line, found `x`");
}

TEST(ParserErrors, Bindings) {
  EXPECT_EQ(atTopLevel("binding for X { }"),
            "1:9: expected a name after `binding`, found the keyword `for`");
  EXPECT_EQ(atTopLevel("binding t { }"),
            "1:11: expected `for` and the name of a layer or cell, found `{`");
  EXPECT_EQ(atTopLevel("binding t for { }"),
            "1:15: expected the name of a layer or cell after `for`, found `{`");
  EXPECT_EQ(atTopLevel("binding t(a = x) for X { }"),
            "1:15: expected an integer, the parameter's default, found `x`");
  EXPECT_EQ(atTopLevel("binding t for X {\n  row(a) = \"x\"\n}"),
            "2:3: expected `rows` or `columns` before `(`, found `row` / hint: `rows(...)` packs "
            "weights below each other, `columns(...)` beside each other");
  EXPECT_EQ(atTopLevel("binding t for X {\n  rows() = \"x\"\n  a\n  3 = a\n}"),
            "2:8: expected the name of a weight, found `)`\n"
            "3:4: expected `=` and where the weight lies in the checkpoint, found the end of the "
            "line\n"
            "4:3: expected a weight, `rows(...)` or `columns(...)`, found `3`");
}

TEST(ParserErrors, TopLevel) {
  const std::string begin = ": expected a declaration: ", import = "`import`, ";
  const std::string end =
      "`const`, `fn`, `layer`, `cell`, `model`, `binding` or `vocabulary`, found ";
  const std::string first = "1:1" + begin + import + end;
  EXPECT_EQ(atTopLevel("some text\nof many\n  lines"), first + "`some`");
  EXPECT_EQ(atTopLevel("cel A(x: f32) -> f32 {\n  y = x\n}"),
            first + "`cel` / hint: did you mean `cell`?");
  EXPECT_EQ(atTopLevel("imprt \"a\"\nimport \"b\"\nconst c = 1"),
            first + "`imprt` / hint: did you mean `import`?");
  EXPECT_EQ(atTopLevel("}"), first + "`}`");
  EXPECT_EQ(atTopLevel("const a = 1 }"), "1:13" + begin + end + "`}`");
}

//===----------------------------------------------------------------------===//
// Going on after an error
//===----------------------------------------------------------------------===//

TEST(ParserRecovery, ReportsAllIndependentErrors) {
  EXPECT_EQ(
      messages("cell A[I(x: [I]) -> [H] {\n"
               "  weight W [H]\n"
               "  y = f(a b,\n"
               "        c)\n"
               "  z = (a +\n"
               "  w = 1\n"
               "  v = a ? b\n"
               "  u = \"open\n"
               "  return }\n"
               "fn f(x: f32) -> f32 {\n"
               "  return x\n"
               "cell B() -> f32 {\n"
               "  return @\n"),
      "1:9: expected `,` or `]`, found `(`\n"
      "2:12: expected `:` and the type of the weight, found `[`\n"
      "3:11: expected `,` or `)`, found `b`\n"
      "6:5: expected `)`, found `=` / note: `(` is opened here (5:7)\n"
      "7:9: `?` cannot stand here\n"
      "8:7: the string does not end on its line / hint: a string begins and ends with `\"`\n"
      "9:10: expected an expression, found `}`\n"
      "12:1: expected `}`, found the keyword `cell` / note: the block begins here (10:21)\n"
      "13:10: expected an expression, found `@`\n"
      "13:11: expected `}`, found the end of the file / note: the block begins here (12:17)\n");
}

TEST(ParserRecovery, ReportsNoTokenTwice) {
  EXPECT_EQ(inBody("y = ?"), "2:7: `?` cannot stand here");
  EXPECT_EQ(inBody("y ? 3"), "2:5: `?` cannot stand here");
  EXPECT_EQ(inBody("?"), "2:3: `?` cannot stand here");
  EXPECT_EQ(inBody("y = 2H"),
            "2:7: `2H` is neither a number nor a name / hint: a product is written `2 * H`");
}

TEST(ParserRecovery, NamesTheBraceThatIsNotClosed) {
  EXPECT_EQ(messages("cell A() -> f32 {\n  y = 1\n\n"),
            "2:8: expected `}`, found the end of the file / note: the block begins here (1:17)\n");
}

TEST(ParserRecovery, KeepsDeclarationsWithoutErrors) {
  llvm::SourceMgr sources;
  Diagnostics diagnostics(sources);
  unsigned id = sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBufferCopy("const a = 1\nconst b = @\nfn f() -> f32 { return @ }\n"
                                           "fn g() -> f32 { return 1 }\n"),
      llvm::SMLoc());
  SourceFile file;
  EXPECT_FALSE(parseInto(file, sources, id, diagnostics));
  ASSERT_EQ(file.constants.size(), 1u);
  EXPECT_EQ(file.constants[0]->name.text, "a");
  ASSERT_EQ(file.declarations.size(), 1u);
  EXPECT_EQ(file.declarations[0]->name.text, "g");
  EXPECT_EQ(ParsedText("const a = @").file, nullptr);
}

TEST(ParserRecovery, StopsAfterTooManyErrors) {
  std::string text = "cell A(x: f32) -> f32 {\n";
  for (unsigned i = 0; i < 1000; ++i)
    text += "  y = @\n";
  ParsedText parsed(text + "}\n");
  ASSERT_EQ(parsed.diagnostics.numErrors(), ParserLimits::errors + 1);
  EXPECT_EQ(parsed.diagnostics.all().back().text, "too many errors: reading stops after 100");
  EXPECT_EQ(ParsedText(std::string(1'000'000, '?')).diagnostics.numErrors(),
            ParserLimits::errors + 1);
}

//===----------------------------------------------------------------------===//
// Texts made to break the parser
//===----------------------------------------------------------------------===//

std::string repeat(llvm::StringRef text, unsigned count) {
  std::string result;
  result.reserve(text.size() * count);
  for (unsigned i = 0; i < count; ++i)
    result += text;
  return result;
}

constexpr unsigned many = 10'000;
const std::string tooDeep =
    ": the expression is nested more than 256 deep / hint: give parts of it "
    "names of their own";
const std::string tooLong = ": the statement has more than 1000 operators / hint: give parts of it "
                            "names of their own";

TEST(ParserLimits, NestingGivesOneError) {
  EXPECT_EQ(inBody("y = " + repeat("(", many) + "x" + repeat(")", many)), "2:263" + tooDeep);
  EXPECT_EQ(inBody("y = " + repeat("x[", many) + "x" + repeat("]", many)), "2:519" + tooDeep);
  EXPECT_EQ(inBody("y = " + repeat("f(", many) + "x" + repeat(")", many)), "2:519" + tooDeep);
  EXPECT_EQ(inBody("y = " + repeat("-", many) + "x"), "2:262" + tooDeep);
  EXPECT_EQ(inBody("y = " + repeat("-\n", many) + "x"), "257:1" + tooDeep);
  EXPECT_EQ(inBody("y = " + repeat("not ", many) + "x"), "2:1027" + tooDeep);
  EXPECT_EQ(inBody("y = " + repeat("x ^ ", many) + "x"), "2:1029" + tooDeep);
  EXPECT_EQ(inBody("y = " + repeat("if ", many) + "x"), "2:775" + tooDeep);
  EXPECT_EQ(inBody("y = " + repeat("if x then ", many) + "x"), "2:2560" + tooDeep);
  EXPECT_EQ(inBody("y = " + repeat("if x then y else ", many) + "x"), "2:4345" + tooDeep);
  EXPECT_EQ(messages("cell A() -> f32 {\n y = " + repeat("(", many) + "\n}"),
            "2:262" + tooDeep + "\n");
  EXPECT_EQ(messages("cell A() -> f32 {\n y = " + repeat("(\n", many) + "}"),
            "258:1" + tooDeep + "\n");
}

TEST(ParserLimits, DeepButAllowed) {
  EXPECT_EQ(inBody("y = " + repeat("(", 255) + "x" + repeat(")", 255)), "");
  EXPECT_EQ(inBody("y = x" + repeat(" + x", 1000)), "");
}

TEST(ParserLimits, LongChainsGiveOneError) {
  EXPECT_EQ(inBody("y = x" + repeat(" + x", 100'000)), "2:4009" + tooLong);
  EXPECT_EQ(inBody("y = x" + repeat("[0]", 100'000)), "2:3008" + tooLong);
  EXPECT_EQ(inBody("y = x" + repeat(".a", 100'000)), "2:2008" + tooLong);
  EXPECT_EQ(inBody("y = f(" + repeat("1, ", 1'000'000) + "1)"),
            "2:60003: the statement has more than 20000 names and numbers / hint: give parts of it "
            "names of their own");
  EXPECT_EQ(inBody("weight " + repeat("a, ", 1'000'000) + "a: f32"),
            "2:60010: the statement has more than 20000 names and numbers / hint: give parts of it "
            "names of their own");
}

TEST(ParserLimits, LongLines) {
  EXPECT_EQ(inBody("y = x" + std::string(10'000'000, ' ')), "");
  EXPECT_EQ(inBody("y = " + std::string(10'000'000, 'x')), "");
  EXPECT_EQ(inBody("y = a " + std::string(10'000'000, 'x')),
            "2:9: expected an operator or the end of the line, found `" + std::string(40, 'x') +
                "…`");
  EXPECT_EQ(inBody("y = " + repeat("@", 10'000'000)), "2:7: expected an expression, found `@`");
  EXPECT_EQ(inBody("y = x // " + std::string(10'000'000, 'x')), "");
}

TEST(ParserLimits, ManyBraces) {
  std::string expected = "1:1: expected a declaration: `import`, `const`, `fn`, `layer`, `cell`, "
                         "`model`, `binding` or `vocabulary`, found ";
  EXPECT_EQ(messages(repeat("{", 1'000'000)), expected + "`{`\n");
  EXPECT_EQ(messages(repeat("}\n", 1'000'000)), expected + "`}`\n");
}

TEST(ParserLimits, BinaryFiles) {
  EXPECT_EQ(messages(llvm::StringRef("cell\0A\0\0", 8)),
            "1:5: not a text file: it has a NUL byte here\n");
  std::string png = "\x89PNG\r\n\x1a\n";
  EXPECT_EQ(messages(png + std::string(100, '\0')),
            "3:1: not a text file: it has a NUL byte here\n");
}
} // namespace
