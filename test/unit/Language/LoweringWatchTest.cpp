//===- LoweringWatchTest.cpp - Tests of values that are watched ----*- C++ -*-===//
//
// The names of a text as outputs of the lowered model.
//
//===----------------------------------------------------------------------===//

#include "LoweringTesting.h"

#include <gmock/gmock.h>

using namespace gatefold;
using testing::ElementsAre;
using testing::HasSubstr;

static constexpr llvm::StringLiteral text = R"(
cell Reader(x: f32; all: [S]) -> f32 {
  state h: f32 = 0
  history seen = x
  shares = softmax(x * all)
  h' = h + shares @ all + sum(seen)
  return h'
}

layer Double(x: f32) -> f32 {
  y = 2 * x
  return y
}

model Main(x: [T], all: [S]) -> (out: [T]) {
  readers = Reader * 2
  double = Double
  y = double(x)
  for reader in readers {
    y = scan reader(y; all)
  }
  return y
}
)";

TEST(LoweringWatch, ListsNamesWithTheirShapes) {
  Lowered lowered(text);
  ASSERT_TRUE(lowered.isValid) << lowered.messages();
  std::vector<std::string> found;
  for (const NamedValue &value :
       listNamedValues(lowered.context, *lowered.file, *lowered.file->declarations.back(), {},
                       lowered.diagnostics)) {
    std::string line = value.name + " " + value.element;
    for (const std::string &size : value.shape)
      line += " " + size;
    line += value.isSoftmax ? ", softmax" : "";
    line += value.isNext ? ", next" : "";
    line += value.whyHidden.empty() ? "" : ", hidden";
    if (llvm::StringRef(value.name).starts_with("readers.1"))
      continue;
    found.push_back(line);
  }
  EXPECT_THAT(found, ElementsAre("double.x f32 T", "double.y f32 T", "y f32 T", "readers.0.x f32 T",
                                 "readers.0.all f32 T S", "readers.0.h f32 T",
                                 "readers.0.seen f32 T history, hidden",
                                 "readers.0.shares f32 T S, softmax", "readers.0.h' f32 T, next",
                                 "y.2 f32 T", "y.3 f32 T"));
}

TEST(LoweringWatch, MakesOutputsOfValuesInASecondScan) {
  Lowered lowered(text);
  ASSERT_TRUE(lowered.isValid) << lowered.messages();
  const mlir::OwningOpRef<mlir::ModuleOp> module =
      lowerModel(lowered.context, *lowered.file, *lowered.file->declarations.back(), {},
                 lowered.diagnostics, {{"readers.1.shares", "double.y"}});
  ASSERT_TRUE(module && mlir::succeeded(mlir::verify(*module)));
  std::string ir;
  llvm::raw_string_ostream(ir) << *module;
  EXPECT_THAT(ir, HasSubstr(R"(#gatefold.port<output "double.y" ["T"]>)"));
  EXPECT_THAT(ir, HasSubstr(R"(#gatefold.port<output "readers.1.shares" ["T", "S"]>)"));
  EXPECT_THAT(ir, HasSubstr("-> (tensor<?xf32>, tensor<?x?xf32>)"));
}
