//===- ExplainTest.cpp - Names and words of remarks --------------*- C++ -*-===//
//
// What values are called in remarks, and how lists are spelled.
//
//===----------------------------------------------------------------------===//

#include "gatefold/IR/Explain.h"
#include "gatefold/IR/Gatefold.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace gatefold;

namespace {

/// A block of operations without a dialect; the last one is asked about.
class Operations {
public:
  explicit Operations(const std::string &text) {
    context.allowUnregisteredDialects();
    holder = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(holder) << text;
  }
  mlir::Operation *at(int number) { return &*std::next(holder->getBody()->begin(), number); }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> holder;
};

} // namespace

TEST(ExplainTest, ValuesWithoutANameAreCalledWhatTheyAreFor) {
  Operations operations(R"(
    %0 = "test.product"() : () -> i64 loc("a.fold":3:5)
    %1 = "test.add"(%0) : (i64) -> i64 loc("a.fold":3:9)
    %2 = "test.inner"(%1) : (i64) -> i64 loc(callsite("t"("lib.fold":1:1) at "i"("a.fold":3:1)))
    %3 = "test.unused"() : () -> i64 loc("a.fold":4:1)
  )");
  EXPECT_EQ(ir::findName(operations.at(0)->getResult(0)), "i");
  EXPECT_EQ(ir::findName(operations.at(3)->getResult(0)), "");
}

TEST(ExplainTest, NamesOfTheOwnBodyComeBeforeOthers) {
  // A product of a cell that is called as `y = cell(x)`, which a function calls `t` on the way.
  Operations operations(R"(
    #call = loc("y"("m.fold":9:3))
    #gate = loc(callsite("i"("c.fold":3:1) at #call))
    %0 = "test.product"() : () -> i64 loc(callsite("c.fold":3:5 at #call))
    %1 = "test.norm"(%0) : (i64) -> i64 loc(callsite("t"("n.fold":1:1) at #gate))
    %2 = "test.after"(%0) : (i64) -> i64 loc("y"("m.fold":9:3))
  )");
  EXPECT_EQ(ir::findName(operations.at(0)->getResult(0)), "i");
}

TEST(ExplainTest, OperandsAreCalledWhatTheirReaderCallsThem) {
  Operations operations(R"(
    #call = loc("y"("m.fold":9:3))
    %0 = "test.named"() : () -> i64 loc(callsite("h"("c.fold":2:1) at #call))
    %1 = "test.unnamed"() : () -> i64 loc(callsite("c.fold":3:9 at #call))
    %2 = "test.outside"() : () -> i64 loc("x"("m.fold":8:3))
    %3 = "test.product"() : () -> i64 loc(callsite("c.fold":3:5 at #call))
  )");
  auto name = [&](int operand) {
    return ir::findOperandName(operations.at(operand)->getResult(0), operations.at(3));
  };
  EXPECT_EQ(name(0), "h");
  EXPECT_EQ(name(1), "");
  EXPECT_EQ(name(2), "x");
}

TEST(ExplainTest, ListsAreWords) {
  EXPECT_EQ(ir::listWords({}), "");
  EXPECT_EQ(ir::listWords({"i"}), "i");
  EXPECT_EQ(ir::listWords({"i", "f"}), "i and f");
  EXPECT_EQ(ir::listWords({"i", "f", "g"}), "i, f and g");
  EXPECT_EQ(ir::listWords(std::vector<std::string>(20, "a")), "a, a, a, a, a, a and 14 more");
  EXPECT_EQ(ir::describeSizes({4, 256}), "4 x 256");
  EXPECT_EQ(ir::describeSizes({mlir::ShapedType::kDynamic}), "?");
  EXPECT_EQ(ir::describeCount(1, "product"), "1 product");
  EXPECT_EQ(ir::describeCount(3, "product"), "3 products");
}
