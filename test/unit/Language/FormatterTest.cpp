//===- FormatterTest.cpp - Tests of the one layout of texts --------*- C++ -*-===//
//
// White space, line breaks, comments and blank lines, and that a second time changes nothing.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Formatter.h"
#include "llvm/Support/MemoryBuffer.h"
#include <gtest/gtest.h>

using namespace gatefold;

namespace {
/// The layout of `text`; its first message when there is none.
std::string layOut(llvm::StringRef text) {
  llvm::SourceMgr sources;
  Diagnostics diagnostics(sources);
  unsigned id =
      sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text), llvm::SMLoc());
  std::optional<std::string> formatted = formatText(sources, id, diagnostics);
  return formatted ? *formatted : diagnostics.all().front().text;
}

/// The layout of `text`, which must be its own layout.
std::string formatted(llvm::StringRef text) {
  std::string once = layOut(text);
  EXPECT_EQ(layOut(once), once);
  return once;
}

/// The layout of statements in the body of a cell, without the cell.
std::string formattedBody(llvm::StringRef statements) {
  std::string all = formatted(("cell A(x: f32) -> f32 {\n" + statements + "\n}\n").str());
  llvm::StringRef body = all;
  EXPECT_TRUE(body.consume_front("cell A(x: f32) -> f32 {\n")) << all;
  EXPECT_TRUE(body.consume_back("}\n")) << all;
  return body.str();
}

TEST(Formatter, SetsTokensApart) {
  EXPECT_EQ(formattedBody("y=x [ 1 : n+1,:,new , 2: ]@W .  v.h^-2"),
            "  y = x[1:n + 1, :, new, 2:] @ W . v.h ^ -2\n");
  EXPECT_EQ(formattedBody("y=f [3] ( - x,axis=( 1,-2 ) )-(-1)--2"),
            "  y = f[3](-x, axis = (1, -2)) - (-1) - -2\n");
  EXPECT_EQ(formattedBody("y=not(a or not b)and(if(a)then b else(c))"),
            "  y = not (a or not b) and (if (a) then b else (c))\n");
  EXPECT_EQ(formattedBody("y=[ e [n]for n in(N) ]"), "  y = [e[n] for n in (N)]\n");
  EXPECT_EQ(formattedBody("weight a,b:token [ H,2*I ]of words"),
            "  weight a, b: token[H, 2 * I] of words\n");
  EXPECT_EQ(formattedBody("state h:[H]=(0)back(2)\nwindow w [ 3 ]=x pad(1)\nwindow v[3]=x pad-1"),
            "  state h: [H] = (0) back (2)\n  window w[3] = x pad (1)\n  window v[3] = x pad -1\n");
  EXPECT_EQ(formattedBody("history m=x keep(2)\nh'=history-1+position-1"),
            "  history m = x keep (2)\n  h' = history - 1 + position - 1\n");
  EXPECT_EQ(formattedBody("l=L [2]*12 load torch(layer=index)from\"e.\"\nignore\"a\",\"b\""),
            "  l = L[2] * 12 load torch(layer = index) from \"e.\"\n  ignore \"a\", \"b\"\n");
  EXPECT_EQ(formattedBody("a,b=scan reverse c(xs;m)from(h=1,inner.c=2)"),
            "  a, b = scan reverse c(xs; m) from (h = 1, inner.c = 2)\n");
  EXPECT_EQ(formattedBody("return generate d(;m)from\"a\"limit(20)starting(h=1)"),
            "  return generate d(; m) from \"a\" limit (20) starting (h = 1)\n");
  EXPECT_EQ(formattedBody("y=starting(in[1])"), "  y = starting(in[1])\n");
}

TEST(Formatter, SetsHeadersApart) {
  EXPECT_EQ(formatted("cell C[I,K=3](x:[I],t:token;m:[S,K]=0)->(y:[<=3],z:f32){return y,z}"),
            "cell C[I, K = 3](x: [I], t: token; m: [S, K] = 0) -> (y: [<= 3], z: f32) {\n"
            "  return y, z\n}\n");
  EXPECT_EQ(formatted("cell C(;m:f32)->f32,[2]{}"), "cell C(; m: f32) -> f32, [2] {\n}\n");
  EXPECT_EQ(formatted("binding t(layer=0,d)for C{rows(a,b)=\"x\"[0,:H]}"),
            "binding t(layer = 0, d) for C {\n  rows(a, b) = \"x\"[0, :H]\n}\n");
  EXPECT_EQ(formatted("import\"a\"\nconst a=-1\nvocabulary v=list( \"a\",\"b\" )"),
            "import \"a\"\nconst a = -1\nvocabulary v = list(\"a\", \"b\")\n");
}

TEST(Formatter, IndentsBlocks) {
  EXPECT_EQ(formattedBody("when c { for l in ls { x=l(x) } }\ny=x"),
            "  when c {\n    for l in ls {\n      x = l(x)\n    }\n  }\n  y = x\n");
}

TEST(Formatter, MovesCommentsBehindBlocksOnOneLine) {
  EXPECT_EQ(formatted("fn f() -> f32 { return 1 } // one"),
            "fn f() -> f32 {  // one\n  return 1\n}\n");
  EXPECT_EQ(formattedBody("when c { for l in ls { x = l(x) } } // c"),
            "  when c {  // c\n    for l in ls {\n      x = l(x)\n    }\n  }\n");
}

TEST(Formatter, KeepsBlankLines) {
  EXPECT_EQ(
      formatted("\n\nconst a = 1\nconst b = 2\n\n\nconst c = 3\n"
                "fn f() -> f32 {\n\n\n  x = 1\n\n\n  return x\n\n}\nfn g() -> f32 { return 1 }"
                "\nconst d = 4\n\n\n"),
      "const a = 1\nconst b = 2\n\nconst c = 3\n\n"
      "fn f() -> f32 {\n  x = 1\n\n  return x\n}\n\nfn g() -> f32 {\n  return 1\n}\n\n"
      "const d = 4\n");
  EXPECT_EQ(formatted(""), "");
  EXPECT_EQ(formatted("\n \n"), "");
  EXPECT_EQ(formatted("\xEF\xBB\xBF\r\nconst a = 1 // b\r\n\r\n// c\r\nconst d = 2\r\n"),
            "const a = 1  // b\n\n// c\nconst d = 2\n");
}

TEST(Formatter, KeepsCommentsBetweenDeclarations) {
  EXPECT_EQ(
      formatted("// of the file   \n\n\n// of what follows\n\n/// of f\nfn f() -> f32 { // here\n"
                "return 1\n} // end\n// below\n\nconst a = 1\n// of g\nfn g() -> f32 { return 1 }\n"
                "// last\n\n// of all\n"),
      "// of the file\n\n// of what follows\n\n/// of f\nfn f() -> f32 {  // here\n  return 1\n"
      "}  // end\n// below\n\nconst a = 1\n\n// of g\nfn g() -> f32 {\n  return 1\n}\n"
      "// last\n\n// of all\n");
  EXPECT_EQ(formatted("// only this"), "// only this\n");
}

TEST(Formatter, KeepsCommentsInBodies) {
  EXPECT_EQ(
      formattedBody("// first\n\n    // second\n\ny = x // of y\n\n// of z\nz = y\n// last\n\n"),
      "  // first\n\n  // second\n\n  y = x  // of y\n\n  // of z\n  z = y\n  // last\n");
  EXPECT_EQ(formattedBody("when c { // of c\n// inside\n}"),
            "  when c {  // of c\n    // inside\n  }\n");
}

TEST(Formatter, AlignsCommentsOfNeighbours) {
  EXPECT_EQ(
      formattedBody("a = 1 // one\nlonger = 2      // two\n\nb = 3 // three\nc = 4\nd = 5 // five"),
      "  a = 1       // one\n  longer = 2  // two\n\n  b = 3  // three\n  c = 4\n  d = 5  // "
      "five\n");
  // Not where it would make a line too long.
  EXPECT_EQ(formattedBody("a = 1 // " + std::string(80, 'x') + "\n" + std::string(20, 'b') +
                          " = 2 // two"),
            "  a = 1  // " + std::string(80, 'x') + "\n  " + std::string(20, 'b') +
                " = 2  // two\n");
}

TEST(Formatter, KeepsCommentsOfSeveralLinesBehindCode) {
  EXPECT_EQ(
      formattedBody("a = 1    // one\n         // and more\nbcd = 2 // two\n  // of c\nc = 3"),
      "  a = 1    // one\n           // and more\n  bcd = 2  // two\n  // of c\n  c = 3\n");
}

TEST(Formatter, KeepsCommentsApartThatWouldMeet) {
  EXPECT_EQ(formattedBody("y = x +  // of x\n // of z\n z"),
            "  y = x +  // of x\n      // of z\n      z\n");
  EXPECT_EQ(formattedBody("y =  // of y\n// of z\n z"), "  y =  // of y\n      // of z\n      z\n");
  EXPECT_EQ(formatted("const a =  // of a\n // of it\n b +  // of b\n // of c\n c"),
            "const a =  // of a\n    // of it\n    b +  // of b\n        // of c\n        c\n");
  EXPECT_EQ(formatted("const a = (  // of a\n // of b\n b)"),
            "const a = (  // of a\n  // of b\n  b\n)\n");
  EXPECT_EQ(formattedBody("y = f(ab // of ab\n // of d\n . d)"),
            "  y = f(\n    ab   // of ab\n        // of d\n        . d\n  )\n");
}

TEST(Formatter, BreaksLinesBehindTheLoosestOperators) {
  const std::string a(40, 'a'), b(40, 'b');
  EXPECT_EQ(formattedBody("y = " + a + " * " + b + " + " + b),
            "  y = " + a + " * " + b + " +\n      " + b + "\n");
  EXPECT_EQ(formattedBody("y = " + a + " * " + b + " * " + b),
            "  y = " + a + " * " + b + " *\n      " + b + "\n");
  EXPECT_EQ(formattedBody("y = if " + a + " then " + a + " else " + b),
            "  y = if " + a + " then " + a + " else\n      " + b + "\n");
  EXPECT_EQ(formattedBody("return " + a + ", " + b + ", f(x, y, z, 1)"),
            "  return " + a + ", " + b + ",\n      f(x, y, z, 1)\n");
  EXPECT_EQ(formattedBody("y =\n  a +\n  b"), "  y = a + b\n");
}

TEST(Formatter, BreaksLinesInBrackets) {
  const std::string a(40, 'a'), b(40, 'b');
  EXPECT_EQ(formattedBody("y = f(" + a + ", x[0], " + b + " * 2)"),
            "  y = f(\n    " + a + ",\n    x[0],\n    " + b + " * 2\n  )\n");
  EXPECT_EQ(formattedBody("y = f(" + a + ", " + b + ", " + a + ")[0]"),
            "  y = f(\n    " + a + ", " + b + ",\n    " + a + "\n  )[0]\n");
  EXPECT_EQ(formattedBody("y = [f(" + a + ") for n in " + b + "]"),
            "  y = [\n    f(" + a + ") for n in " + b + "\n  ]\n");
  EXPECT_EQ(formattedBody("y = [f(" + a + ") for n in " + b + " + 1]"),
            "  y = [\n    f(" + a + ")\n    for n in " + b + " + 1\n  ]\n");
  EXPECT_EQ(formattedBody("y = scan c(; " + a + ", " + b + " + 1)"),
            "  y = scan c(\n    ; " + a + ",\n    " + b + " + 1\n  )\n");
  EXPECT_EQ(formatted("cell C[I, O](" + a + ": [I], x: [O]; " + b + ": [2]) -> (y: f32) {\n}\n"),
            "cell C[I, O](\n  " + a + ": [I],\n  x: [O];\n  " + b + ": [2]\n) -> (y: f32) {\n}\n");
  std::string words = "vocabulary v = list(", rows = "vocabulary v = list(\n ";
  for (int i = 0; i < 30; ++i) {
    words += (i ? ", \"" : "\"") + std::string(5, 'a') + "\"";
    rows += (i == 0 ? " \"" : i == 11 || i == 22 ? ",\n  \"" : ", \"") + std::string(5, 'a') + "\"";
  }
  EXPECT_EQ(formatted(words + ")"), rows + "\n)\n");
}

TEST(Formatter, KeepsCommentsInsideStatements) {
  EXPECT_EQ(formattedBody("y = f( // of f\n a // of a\n, // unlike b\n b, // of b\n // own line\n "
                          "c\n // last\n) // end"),
            "  y = f(   // of f\n    a      // of a\n        ,  // unlike b\n    b,     // of b\n"
            "    // own line\n    c\n    // last\n  )  // end\n");
  EXPECT_EQ(formattedBody("y = f(a // of a\n, b)"), "  y = f(\n    a,  // of a\n    b\n  )\n");
  EXPECT_EQ(formattedBody("y = a + // of a\n b * // of b\n c"),
            "  y = a +  // of a\n      b *  // of b\n          c\n");
  EXPECT_EQ(formattedBody("y = // of y\n // more\n x"), "  y =  // of y\n      // more\n      x\n");
  EXPECT_EQ(formattedBody("y = (x // of x\n . // of the dot\n z)"),
            "  y = (\n    x      // of x\n        .  // of the dot\n        z\n  )\n");
  EXPECT_EQ(formatted("fn f(a: f32, // of a\n b: f32 // of b\n) -> f32 { return a }"),
            "fn f(\n  a: f32,  // of a\n  b: f32   // of b\n) -> f32 {\n  return a\n}\n");
  EXPECT_EQ(formatted("binding t for C {\n // of W\n W = \"a\" + // of a\n \"b\" // of b\n}"),
            "binding t for C {\n  // of W\n  W = \"a\" +  // of a\n      \"b\"    // of b\n}\n");
}

TEST(Formatter, RefusesTextsWithErrors) {
  EXPECT_EQ(layOut("const a ="), "expected an expression, found the end of the file");
  EXPECT_EQ(layOut("fn f() -> f32 { return \"a }\n"), "the string does not end on its line");
}
} // namespace
