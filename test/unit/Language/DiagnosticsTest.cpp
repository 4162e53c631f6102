//===- DiagnosticsTest.cpp - Tests of messages and their layout ----*- C++ -*-===//
//
// The printed layout to the character, and the search for misspelt names.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Diagnostics.h"
#include "llvm/Support/MemoryBuffer.h"
#include <gtest/gtest.h>

using namespace gatefold;

namespace {
/// One text in sources of its own, and messages about it.
class DiagnosticsTest : public testing::Test {
protected:
  unsigned add(llvm::StringRef text, llvm::StringRef name = "a.fold") {
    return sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, name),
                                      llvm::SMLoc());
  }
  SourceRange range(unsigned id, size_t begin, size_t end) {
    const char *start = sources.getMemoryBuffer(id)->getBufferStart();
    return {llvm::SMLoc::getFromPointer(start + begin), llvm::SMLoc::getFromPointer(start + end)};
  }
  std::string print(bool colors = false) {
    std::string text;
    llvm::raw_string_ostream os(text);
    diagnostics.print(os, colors);
    return text;
  }
  llvm::SourceMgr sources;
  Diagnostics diagnostics{sources};
};

TEST_F(DiagnosticsTest, PrintsLineCaretNotesAndHint) {
  unsigned id = add("cell A {\n  f = U_f @ h\n}\n");
  diagnostics.error(range(id, 15, 22), "shapes do not fit")
      .note(range(id, 5, 6), "`A` is declared here")
      .note({}, "a note without a place")
      .withHint("did you mean `W_f`?");
  EXPECT_EQ(print(), "a.fold:2:7: error: shapes do not fit\n"
                     "  f = U_f @ h\n"
                     "      ^~~~~~~\n"
                     "  note: `A` is declared here (a.fold:1:6)\n"
                     "  note: a note without a place\n"
                     "  hint: did you mean `W_f`?\n");
}

TEST_F(DiagnosticsTest, SortsByFileAndPlace) {
  unsigned first = add("one\ntwo\n", "first.fold");
  unsigned second = add("three\n", "second.fold");
  diagnostics.error({}, "no place");
  diagnostics.error(range(second, 0, 5), "c");
  diagnostics.warning(range(first, 4, 7), "b");
  diagnostics.error(range(first, 0, 3), "a");
  diagnostics.error(range(first, 0, 1), "a again");
  EXPECT_EQ(print(), "first.fold:1:1: error: a\none\n^~~\n"
                     "first.fold:1:1: error: a again\none\n^\n"
                     "first.fold:2:1: warning: b\ntwo\n^~~\n"
                     "second.fold:1:1: error: c\nthree\n^~~~~\n"
                     "error: no place\n");
  EXPECT_EQ(diagnostics.numErrors(), 4u);
  EXPECT_EQ(diagnostics.all().size(), 5u);
}

TEST_F(DiagnosticsTest, MarksCodePointsNotBytes) {
  unsigned id = add("é = \"µ\" ?");
  diagnostics.error(range(id, 10, 11), "what");
  EXPECT_EQ(print(), "a.fold:1:11: error: what\n"
                     "é = \"µ\" ?\n"
                     "        ^\n");
}

TEST_F(DiagnosticsTest, ExpandsTabs) {
  unsigned id = add("\tx\ty");
  diagnostics.error(range(id, 3, 4), "what");
  EXPECT_EQ(print(), "a.fold:1:4: error: what\n    x   y\n        ^\n");
}

TEST_F(DiagnosticsTest, HidesBytesThatTerminalsObey) {
  unsigned id = add("a\x1b[31m\xff z\r\n");
  diagnostics.error(range(id, 8, 9), "what");
  EXPECT_EQ(print(), "a.fold:1:9: error: what\na?[31m? z\n        ^\n");
}

TEST_F(DiagnosticsTest, EndsTheMarkWithItsLine) {
  unsigned id = add("abc\ndef\n");
  diagnostics.error(range(id, 1, 6), "two lines");
  diagnostics.error(range(id, 7, 7), "end of a line");
  diagnostics.error(range(id, 8, 8), "end of the file");
  EXPECT_EQ(print(), "a.fold:1:2: error: two lines\nabc\n ^~\n"
                     "a.fold:2:4: error: end of a line\ndef\n   ^\n"
                     "a.fold:3:1: error: end of the file\n\n^\n");
}

TEST_F(DiagnosticsTest, CutsLongLinesAroundTheMark) {
  std::string line(10'000'000, 'x');
  line[5'000'000] = '!';
  unsigned id = add(line);
  diagnostics.error(range(id, 5'000'000, 5'000'001), "middle");
  diagnostics.error(range(id, 0, 3), "start");
  diagnostics.error(range(id, 9'999'999, 10'000'000), "end");
  std::string cut = "…" + std::string(39, 'x') + "!" + std::string(78, 'x') + "…";
  EXPECT_EQ(print(), "a.fold:1:1: error: start\n" + std::string(119, 'x') + "…\n^~~\n" +
                         "a.fold:1:5000001: error: middle\n" + cut + "\n" + std::string(40, ' ') +
                         "^\n" + "a.fold:1:10000000: error: end\n…" + std::string(119, 'x') + "\n" +
                         std::string(119, ' ') + "^\n");
}

TEST_F(DiagnosticsTest, MarksTheEndOfALongLine) {
  unsigned id = add(std::string(1000, 'x') + "\n");
  diagnostics.error(range(id, 1000, 1000), "end of the line");
  EXPECT_EQ(print(), "a.fold:1:1001: error: end of the line\n…" + std::string(119, 'x') + "\n" +
                         std::string(120, ' ') + "^\n");
}

TEST_F(DiagnosticsTest, ShortensNames) {
  const std::string longest(60, 'x');
  EXPECT_EQ(shortenMessage(longest), longest);
  EXPECT_EQ(shortenMessage("`" + longest + "_1` is [H, " + std::string(10000000, '9') + "]"),
            "`" + longest + "…` is [H, " + std::string(60, '9') + "…]");
  EXPECT_EQ(shortenMessage("ein langer Satz über `a.b`, der länger ist als ein Name sein darf: " +
                           std::string(70, '.')),
            "ein langer Satz über `a.b`, der länger ist als ein Name sein darf: " +
                std::string(70, '.'));
  std::string words;
  while (words.size() < 10000)
    words += " ü";
  EXPECT_EQ(shortenMessage(words), words.substr(0, 1999) + "…"); // between two characters
  Diagnostic &message = diagnostics.error({}, longest + "y");
  message.note({}, longest + "y").withHint(longest + "y");
  EXPECT_EQ(message.text, longest + "…");
  EXPECT_EQ(message.notes[0].text, longest + "…");
  EXPECT_EQ(message.hint, longest + "…");
}

TEST_F(DiagnosticsTest, ColoursWhenAsked) {
  unsigned id = add("x");
  diagnostics.error(range(id, 0, 1), "what");
  EXPECT_EQ(print(/*colors=*/true), "a.fold:1:1: \x1b[0;1;31merror\x1b[0m: what\nx\n"
                                    "\x1b[0;1;32m^\x1b[0m\n");
}

TEST_F(DiagnosticsTest, ResolvesRanges) {
  unsigned id = add("ab\r\ncd\n");
  std::optional<SourcePlace> place = resolve(sources, range(id, 1, 6));
  ASSERT_TRUE(place);
  EXPECT_EQ(place->file, "a.fold");
  EXPECT_EQ(place->line, 1u);
  EXPECT_EQ(place->column, 2u);
  EXPECT_EQ(place->endLine, 2u);
  EXPECT_EQ(place->endColumn, 3u);
  EXPECT_FALSE(resolve(sources, {}));
}

TEST(NearestName, FindsMisspellingsOnly) {
  std::vector<std::string> names = {"W_i", "W_f", "hidden", "tanh", "sigmoid", "h"};
  EXPECT_EQ(nearestName("Wf", names), "W_f");
  EXPECT_EQ(nearestName("hiden", names), "hidden");
  EXPECT_EQ(nearestName("tahn", names), "tanh");
  EXPECT_EQ(nearestName("Sigmoid", names), "sigmoid");
  EXPECT_EQ(nearestName("H", names), "h");
  EXPECT_EQ(nearestName("x", names), "");
  EXPECT_EQ(nearestName("embedding", names), "");
  EXPECT_EQ(nearestName("W_i", {"W_i"}), "");
  EXPECT_EQ(nearestName(std::string(1'000'000, 'a'), names), "");
}
} // namespace
