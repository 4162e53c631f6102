//===- ParserMemoryTest.cpp - Tests of the grammar of memories -----*- C++ -*-===//
//
// `back`, `window`, `history`, `position` and `when`: their trees and messages.
//
//===----------------------------------------------------------------------===//

#include "ParseErrors.h"
#include "ParsedBody.h"

using namespace gatefold;
using llvm::cast;
using llvm::isa;

namespace {
TEST(ParserMemories, ReadsStatesThatGoBack) {
  Body body("state h, c: [H] = a + 1 back 2 * K\nstate d: f32 = 0");
  auto &state = body.statement<StateStatement>(0);
  EXPECT_EQ(toText(*state.initial), "a + 1");
  ASSERT_TRUE(state.back);
  EXPECT_EQ(toText(*state.back), "2 * K");
  EXPECT_EQ(slice(state.range), "state h, c: [H] = a + 1 back 2 * K");
  EXPECT_FALSE(body.statement<StateStatement>(1).back);
}

TEST(ParserMemories, ReadsWindows) {
  Body body("window w[2 * K] = x + y pad start\nwindow v[1] = if a then b else c\npad = w");
  auto &window = body.statement<WindowStatement>(0);
  EXPECT_EQ(window.name.text, "w");
  EXPECT_EQ(toText(*window.size), "2 * K");
  EXPECT_EQ(toText(*window.value), "x + y");
  ASSERT_TRUE(window.pad);
  EXPECT_EQ(toText(*window.pad), "start");
  EXPECT_EQ(slice(window.range), "window w[2 * K] = x + y pad start");
  EXPECT_FALSE(body.statement<WindowStatement>(1).pad);
  EXPECT_EQ(body.statement<AssignStatement>(2).names[0].text, "pad");
}

TEST(ParserMemories, ReadsHistories) {
  Body body("history m = x keep 4 * N\nhistory k = f(x)\nkeep = range(history)");
  auto &history = body.statement<HistoryStatement>(0);
  EXPECT_EQ(history.name.text, "m");
  EXPECT_EQ(toText(*history.value), "x");
  ASSERT_TRUE(history.keep);
  EXPECT_EQ(toText(*history.keep), "4 * N");
  EXPECT_EQ(slice(history.range), "history m = x keep 4 * N");
  EXPECT_FALSE(body.statement<HistoryStatement>(1).keep);
  EXPECT_EQ(toText(*body.statement<AssignStatement>(2).value), "range(history)");
}

TEST(ParserMemories, ReadsThePosition) {
  Body body("y = position % 2 + 1");
  auto &sum = cast<BinaryExpression>(*body.statement<AssignStatement>().value);
  auto &remainder = cast<BinaryExpression>(*sum.left);
  EXPECT_EQ(remainder.op, BinaryOperator::Modulo);
  EXPECT_TRUE(isa<PositionExpression>(*remainder.left));
}

TEST(ParserMemories, ReadsBlocksUnderConditions) {
  Body body("when a and b {\n  e = x\n  when c { h' = e }\n\n  d' = 1\n}\nreturn x");
  auto &when = body.statement<WhenStatement>(0);
  EXPECT_EQ(toText(*when.condition), "a and b");
  ASSERT_EQ(when.body.size(), 3u);
  auto &inner = cast<WhenStatement>(*when.body[1]);
  ASSERT_EQ(inner.body.size(), 1u);
  EXPECT_EQ(slice(inner.range), "when c { h' = e }");
  EXPECT_TRUE(isa<NextStatement>(*when.body[2]));
  EXPECT_TRUE(isa<ReturnStatement>(body.statement(1)));
}

TEST(ParserMemories, ReportsFaults) {
  EXPECT_EQ(inBody("state h: [H] = 0 back"),
            "2:24: expected the number of steps after `back`, found the end of the line");
  EXPECT_EQ(inBody("state h: [H] = back 2"),
            "2:18: expected the initial value of the state, found the keyword `back`");
  EXPECT_EQ(inBody("window = x"), "2:10: expected the name of a window, found `=`");
  EXPECT_EQ(inBody("window w = x"),
            "2:12: expected `[` and the number of steps in the window, found `=`");
  EXPECT_EQ(inBody("window w[] = x"),
            "2:12: expected the number of steps in the window, found `]`");
  EXPECT_EQ(inBody("window w[4, 2] = x"), "2:13: expected `]`, found `,`");
  EXPECT_EQ(inBody("window w[4]"), "2:14: expected `=` and the value of which the window holds the "
                                   "last steps, found the end of the line");
  EXPECT_EQ(
      inBody("window w[4] = x pad"),
      "2:22: expected the value before the first step after `pad`, found the end of the line");
  EXPECT_EQ(inBody("window w[4] = x keep 2"),
            "2:19: expected an operator or the end of the line, found `keep`");
  EXPECT_EQ(inBody("history m[4] = x"),
            "2:12: expected `=` and the value of which the history holds every step, found `[`");
  EXPECT_EQ(inBody("history m = x keep"),
            "2:21: expected the number of steps after `keep`, found the end of the line");
  EXPECT_EQ(inBody("weight window: [H]"),
            "2:10: expected the name of a weight, found the keyword `window`");
  EXPECT_EQ(inBody("when {\n    h' = 1\n  }"), "2:8: expected a condition after `when`, found `{`");
  EXPECT_EQ(inBody("when c\n    h' = 1"), "2:9: expected `{`, found the end of the line");
}

TEST(ParserMemories, GoesOnBehindFaultsInBlocks) {
  EXPECT_EQ(inBody("when c {\n    h' = @\n    y = )\n    when d { z = ] }\n  }"),
            "3:10: expected an expression, found `@`\n4:9: expected an expression, found `)`\n"
            "5:18: expected an expression, found `]`");
  EXPECT_EQ(messages("cell A() -> f32 {\n  when c {\n    y = 1\ncell B() -> f32 { return @ }\n"),
            "4:1: expected `}`, found the keyword `cell` / note: the block begins here (2:10)\n"
            "4:26: expected an expression, found `@`\n");
}
} // namespace
