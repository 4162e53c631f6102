//===- CheckerUnreadTest.cpp - Checking what could be read --------*- C++ -*-===//
//
// A text with syntax errors: the declarations without one are checked, and nothing is said that may
// only follow from the others.
//
//===----------------------------------------------------------------------===//

#include "CheckerTesting.h"

#include <gmock/gmock.h>

using namespace gatefold;
using testing::ElementsAre;
using testing::HasSubstr;

/// The messages of a text that could not be read as a whole, behind the test library.
static std::vector<std::string> messagesOf(llvm::StringRef text) {
  Checked checked(text, testLibrary);
  EXPECT_FALSE(checked.parsed);
  EXPECT_FALSE(checked.accepted);
  EXPECT_FALSE(checked.file.isWhole);
  return checked.messages();
}

TEST(CheckerUnread, ErrorsElsewhereAreReported) {
  EXPECT_THAT(messagesOf(R"(
fn broken(x: f32) -> f32 { return x + }
fn f(x: [H], y: [I]) -> [H] { return x + y }
fn g(x: f32) -> f32 { return x + z }
)"),
              ElementsAre(HasSubstr("expected an operand"), HasSubstr("shapes do not fit"),
                          HasSubstr("unknown name `z`")));
}

TEST(CheckerUnread, NothingIsSaidOfWhatUsesTheUnread) {
  EXPECT_THAT(
      messagesOf(R"(
const width = 4 +
fn scaled(x: f32) -> f32 { return x * }
fn max(x: f32, y: f32, z: f32) -> f32 { return x + }
layer Wide[I](x: [I]) -> [width] { return }
cell Lstm[I](x: [I]) -> [I] { state }
binding torch(level) for Linear { W = }
binding mine for Linear { W = }

const twice = 2 * width
fn use(x: [width]) -> [twice] { return scaled(x) * width + max(1, 2, 3) }
layer Uses(x: [twice]) -> [width] {
  weight W: [twice, width]
  wide = Wide[width]
  linear = Linear[4, 4] load torch(level = 3)
  other = Linear[4, 4] load mine
  return use(x) + wide(x) + W @ linear(other(x)[:width])
}
binding mine for Wide { W = "w" }
model Main(xs: [T, width]) -> (ys: [T, 4], last: [4]) {
  memory = Lstm[4]
  uses = Uses
  ys, last = scan memory(uses(xs)) from (h = width)
  return use(ys), last.h
}
)"),
      testing::AllOf(testing::SizeIs(7), testing::Each(testing::ContainsRegex("error: [2-8]:"))));
}

TEST(CheckerUnread, ANameThatCouldNotBeReadMayBeAny) {
  EXPECT_THAT(messagesOf(R"(
const = 4
fn (x: f32) -> f32 { return x }
fn f(x: [size]) -> f32 { return scaled(x) + width }
layer L(x: [4]) -> [4] {
  weight W: [4, size]
  part = Part[4]
  return part(x) + W @ x
}
layer M[I](x: [I]) -> [2] { return x }
)"),
              ElementsAre("error: 2:7: expected a name after `const`, found `=`",
                          "error: 3:4: expected a name after `fn`, found `(`",
                          HasSubstr("`x` does not fit the result")));
}

TEST(CheckerUnread, KeywordsMayBeMisspelled) {
  EXPECT_THAT(messagesOf("cel Gate[I](x: [I]) -> [I] {\n  return x\n}\n"
                         "model M(x: [T, 4]) -> [T, 4] {\n  gate = Gate[4]\n  y = scan gate(x)\n"
                         "  return y\n}\n"
                         "fn f(x: f32) -> f32 { return y }\n"),
              ElementsAre(HasSubstr("expected a declaration"), HasSubstr("unknown name `y`")));
}

TEST(CheckerUnread, ANameMayHaveGrown) {
  EXPECT_THAT(
      messagesOf("cell Gatex: [I]) -> [I] {\n  return x\n}\n"
                 "model M(x: [T, 4]) -> [T, 4] {\n  gate = Gate[4]\n  return scan gate(x)\n}\n"),
      ElementsAre(HasSubstr("expected `(` and the parameters")));
}

TEST(CheckerUnread, ABodyMayEndTooEarly) {
  EXPECT_THAT(messagesOf("fn f(x: f32) -> f32 {\n  y = x\n}\n  return y\n}\n"
                         "fn g(x: f32) -> f32 { return f(x) }\n"
                         "fn h(x: f32) -> f32 { return z }\n"),
              testing::Each(testing::AnyOf(HasSubstr("expected a declaration"),
                                           HasSubstr("unknown name `z`"))));
}

TEST(CheckerUnread, TheLibraryIsWholeInAnyCase) {
  EXPECT_THAT(messagesOf("fn sigmoid(x: f32) -> f32 { return }\n"
                         "fn f(x: [H]) -> [H] { return silu(x) + sigmoid(x, x) }\n"
                         "fn g(x: [H], y: [I]) -> [H] { return silu(y) }\n"),
              ElementsAre(HasSubstr("expected an expression"),
                          HasSubstr("`silu(y)` does not fit the result")));
}
