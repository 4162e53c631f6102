//===- LeadingAxesTest.cpp - Operations with more axes in front -*- C++ -*-===//
//
// Which axes operations own, and what they become on operands with more or fewer axes.
//
//===----------------------------------------------------------------------===//

#include "gatefold/IR/LeadingAxes.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace gatefold;

namespace {
/// One operation on unknown operands.
class OneOperation {
public:
  /// `text` is an operation on %a, %b, ... of the types in `operands`.
  OneOperation(std::vector<std::string> operands, const std::string &text) {
    context.loadDialect<ir::GatefoldDialect>();
    context.allowUnregisteredDialects();
    std::string module;
    for (size_t index = 0; index < operands.size(); ++index)
      module += std::string("%") + static_cast<char>('a' + index) + " = \"test.value\"() : () -> " +
                operands[index] + "\n";
    module += "%r = " + text + " loc(\"name\")\n";
    holder = mlir::parseSourceString<mlir::ModuleOp>(module, &context);
    EXPECT_TRUE(holder) << module;
    op = &holder->getBody()->back();
  }

  std::vector<unsigned> ownAxes() {
    std::vector<unsigned> axes;
    for (unsigned operand = 0; operand < op->getNumOperands(); ++operand)
      axes.push_back(ir::getOwnAxes(op, operand));
    return axes;
  }

  /// The type of the result on operands with one more dynamic axis in front (`change` 1) or without
  /// their first one (-1) where `changed` says so; "null" where it cannot be built.
  std::string onto(std::vector<bool> changed, int64_t change) {
    mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(holder->getBody());
    llvm::SmallVector<mlir::Value> operands;
    for (auto [operand, isChanged] : llvm::zip_equal(op->getOperands(), changed)) {
      if (!isChanged) {
        operands.push_back(operand);
        continue;
      }
      auto type = llvm::cast<mlir::RankedTensorType>(operand.getType());
      llvm::SmallVector<int64_t> shape(type.getShape());
      if (change > 0)
        shape.insert(shape.begin(), mlir::ShapedType::kDynamic);
      else
        shape.erase(shape.begin());
      mlir::OperationState state(op->getLoc(), "test.value");
      state.addTypes(type.clone(shape));
      operands.push_back(builder.create(state)->getResult(0));
    }
    llvm::SmallVector<bool> flags(changed.begin(), changed.end());
    mlir::Operation *clone = ir::cloneOnto(builder, op, operands, flags, change);
    if (!clone)
      return "null";
    EXPECT_TRUE(succeeded(mlir::verify(clone)));
    EXPECT_EQ(clone->getLoc(), op->getLoc());
    EXPECT_EQ(clone->getName(), op->getName());
    std::string text;
    llvm::raw_string_ostream(text) << clone->getResult(0).getType();
    return text;
  }

private:
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> holder;
  mlir::Operation *op = nullptr;
};

using Axes = std::vector<unsigned>;
} // namespace

TEST(LeadingAxes, DotOfVectors) {
  OneOperation dot({"tensor<3xf32>", "tensor<4x3xf32>"},
                   "gatefold.dot %a, %b chain : tensor<3xf32>, tensor<4x3xf32> -> tensor<4xf32>");
  EXPECT_EQ(dot.ownAxes(), Axes({1, 1}));
  EXPECT_EQ(dot.onto({true, false}, 1), "tensor<?x4xf32>");
  EXPECT_EQ(dot.onto({false, true}, 1), "tensor<?x4xf32>");
  EXPECT_EQ(dot.onto({true, true}, 1), "tensor<?x4xf32>");
  EXPECT_EQ(dot.onto({true, false}, -1), "null");
  EXPECT_EQ(dot.onto({false, true}, -1), "tensor<f32>");
}

TEST(LeadingAxes, DotOfRows) {
  OneOperation dot(
      {"tensor<5x3xf32>", "tensor<4x3xf32>"},
      "gatefold.dot %a, %b chain : tensor<5x3xf32>, tensor<4x3xf32> -> tensor<5x4xf32>");
  EXPECT_EQ(dot.ownAxes(), Axes({1, 2}));
  EXPECT_EQ(dot.onto({true, false}, 1), "tensor<?x5x4xf32>");
  EXPECT_EQ(dot.onto({true, false}, -1), "tensor<4xf32>");
  // The axis would stand behind those of the left side.
  EXPECT_EQ(dot.onto({false, true}, 1), "null");
  EXPECT_EQ(dot.onto({false, true}, -1), "null");
  EXPECT_EQ(dot.onto({true, true}, 1), "tensor<?x5x4xf32>");
  EXPECT_EQ(dot.onto({true, true}, -1), "null");
}

TEST(LeadingAxes, MappedDot) {
  OneOperation dot({"tensor<2x3xf32>", "tensor<2x3x4xf32>"},
                   "gatefold.dot %a, %b lanes mapped 1 transposed"
                   " : tensor<2x3xf32>, tensor<2x3x4xf32> -> tensor<2x4xf32>");
  EXPECT_EQ(dot.ownAxes(), Axes({1, 2}));
  EXPECT_EQ(dot.onto({true, false}, 1), "null");
  EXPECT_EQ(dot.onto({false, true}, 1), "null");
  EXPECT_EQ(dot.onto({true, true}, 1), "tensor<?x2x4xf32>");
  EXPECT_EQ(dot.onto({true, true}, -1), "tensor<4xf32>");
}

TEST(LeadingAxes, Gather) {
  OneOperation gather({"tensor<9x2xf32>", "tensor<5xi32>"},
                      "gatefold.gather %a[%b] : tensor<9x2xf32>, tensor<5xi32> -> tensor<5x2xf32>");
  EXPECT_EQ(gather.ownAxes(), Axes({2, 0}));
  EXPECT_EQ(gather.onto({false, true}, 1), "tensor<?x5x2xf32>");
  EXPECT_EQ(gather.onto({false, true}, -1), "tensor<2xf32>");
  EXPECT_EQ(gather.onto({true, false}, 1), "null");
  EXPECT_EQ(gather.onto({true, true}, 1), "tensor<?x5x2xf32>");
}

TEST(LeadingAxes, MappedGather) {
  OneOperation gather(
      {"tensor<5x9x2xf32>", "tensor<5xi32>"},
      "gatefold.gather %a[%b] mapped 1 : tensor<5x9x2xf32>, tensor<5xi32> -> tensor<5x2xf32>");
  EXPECT_EQ(gather.ownAxes(), Axes({2, 0}));
  EXPECT_EQ(gather.onto({false, true}, 1), "null");
  EXPECT_EQ(gather.onto({true, true}, -1), "tensor<2xf32>");
}

TEST(LeadingAxes, Histories) {
  OneOperation append({"tensor<?x2xf32>", "tensor<i32>", "tensor<2xf32>"},
                      "gatefold.append %a at %b, %c"
                      " : tensor<?x2xf32>, tensor<i32>, tensor<2xf32> -> tensor<?x2xf32>");
  EXPECT_EQ(append.ownAxes(), Axes({2, 0, 1}));
  EXPECT_EQ(append.onto({true, true, true}, 1), "tensor<?x?x2xf32>");
  EXPECT_EQ(append.onto({true, true, false}, 1), "null");

  OneOperation prefix(
      {"tensor<5x?x2xf32>", "tensor<5xi32>"},
      "gatefold.prefix %a count %b : tensor<5x?x2xf32>, tensor<5xi32> -> tensor<5x?x2xf32>");
  EXPECT_EQ(prefix.ownAxes(), Axes({2, 0}));
  EXPECT_EQ(prefix.onto({true, true}, 1), "tensor<?x5x?x2xf32>");
  EXPECT_EQ(prefix.onto({true, true}, -1), "tensor<?x2xf32>");
  EXPECT_EQ(prefix.onto({true, false}, 1), "null");

  OneOperation suffix(
      {"tensor<4x2xf32>", "tensor<i32>"},
      "gatefold.suffix %a count %b : tensor<4x2xf32>, tensor<i32> -> tensor<?x2xf32>");
  EXPECT_EQ(suffix.ownAxes(), Axes({2, 0}));
  EXPECT_EQ(suffix.onto({true, true}, 1), "tensor<?x?x2xf32>");
  EXPECT_EQ(suffix.onto({false, true}, 1), "null");
}

TEST(LeadingAxes, Reductions) {
  OneOperation reduce(
      {"tensor<5x4x3xf32>"},
      "gatefold.reduce sum %a axes [1] chain : tensor<5x4x3xf32> -> tensor<5x3xf32>");
  EXPECT_EQ(reduce.ownAxes(), Axes({2}));
  EXPECT_EQ(reduce.onto({true}, 1), "tensor<?x5x3xf32>");
  EXPECT_EQ(reduce.onto({true}, -1), "tensor<3xf32>");
  OneOperation argMax({"tensor<3xf32>"}, "gatefold.argmax %a : tensor<3xf32> -> tensor<i32>");
  EXPECT_EQ(argMax.ownAxes(), Axes({1}));
  EXPECT_EQ(argMax.onto({true}, 1), "tensor<?xi32>");
  EXPECT_EQ(argMax.onto({true}, -1), "null");
}

TEST(LeadingAxes, Broadcast) {
  OneOperation behind({"tensor<5xf32>"},
                      "gatefold.broadcast %a axes [0] : tensor<5xf32> -> tensor<5x2xf32>");
  EXPECT_EQ(behind.ownAxes(), Axes({0}));
  EXPECT_EQ(behind.onto({true}, 1), "tensor<?x5x2xf32>");
  EXPECT_EQ(behind.onto({true}, -1), "tensor<2xf32>");
  OneOperation inFront({"tensor<5xf32>"},
                       "gatefold.broadcast %a axes [1] : tensor<5xf32> -> tensor<2x5xf32>");
  EXPECT_EQ(inFront.ownAxes(), Axes({1}));
  EXPECT_EQ(inFront.onto({true}, 1), "tensor<?x2x5xf32>");
  EXPECT_EQ(inFront.onto({true}, -1), "null");
}

TEST(LeadingAxes, Shapes) {
  OneOperation concat(
      {"tensor<5x2xf32>", "tensor<5x3xf32>"},
      "gatefold.concat %a, %b axis 0 : tensor<5x2xf32>, tensor<5x3xf32> -> tensor<5x5xf32>");
  EXPECT_EQ(concat.ownAxes(), Axes({1, 1}));
  EXPECT_EQ(concat.onto({true, false}, 1), "null");
  EXPECT_EQ(concat.onto({true, true}, 1), "tensor<?x5x5xf32>");
  EXPECT_EQ(concat.onto({true, true}, -1), "tensor<5xf32>");
  OneOperation slice(
      {"tensor<5x4xf32>"},
      "gatefold.slice %a axis 0 offset 1 size 2 : tensor<5x4xf32> -> tensor<5x2xf32>");
  EXPECT_EQ(slice.ownAxes(), Axes({1}));
  EXPECT_EQ(slice.onto({true}, -1), "tensor<2xf32>");
  OneOperation reshape({"tensor<5x4xf32>"},
                       "gatefold.reshape %a replaced 1 : tensor<5x4xf32> -> tensor<5x2x2xf32>");
  EXPECT_EQ(reshape.ownAxes(), Axes({1}));
  EXPECT_EQ(reshape.onto({true}, 1), "tensor<?x5x2x2xf32>");
  EXPECT_EQ(reshape.onto({true}, -1), "tensor<2x2xf32>");
  OneOperation transpose({"tensor<5x4xf32>"},
                         "gatefold.transpose %a [1, 0] : tensor<5x4xf32> -> tensor<4x5xf32>");
  EXPECT_EQ(transpose.ownAxes(), Axes({2}));
  EXPECT_EQ(transpose.onto({true}, 1), "tensor<?x4x5xf32>");
  EXPECT_EQ(transpose.onto({true}, -1), "null");
}

TEST(LeadingAxes, Windows) {
  OneOperation windows({"tensor<5x9x4xf32>"}, "gatefold.windows %a axis 1 size 3 stride 2"
                                              " : tensor<5x9x4xf32> -> tensor<5x4x3x4xf32>");
  EXPECT_EQ(windows.ownAxes(), Axes({2}));
  EXPECT_EQ(windows.onto({true}, 1), "tensor<?x5x4x3x4xf32>");
  EXPECT_EQ(windows.onto({true}, -1), "tensor<4x3x4xf32>");
  OneOperation along({"tensor<9x4xf32>"},
                     "gatefold.windows %a axis 1 size 3 : tensor<9x4xf32> -> tensor<7x3x4xf32>");
  EXPECT_EQ(along.onto({true}, -1), "null");
}

TEST(LeadingAxes, ReverseAndCumulate) {
  OneOperation reverse({"tensor<5x4xf32>"}, "gatefold.reverse %a axis 0 : tensor<5x4xf32>");
  EXPECT_EQ(reverse.ownAxes(), Axes({1}));
  EXPECT_EQ(reverse.onto({true}, -1), "tensor<4xf32>");
  OneOperation cumulate({"tensor<5x4xf32>"}, "gatefold.cumulate sum %a axis 1 : tensor<5x4xf32>");
  EXPECT_EQ(cumulate.ownAxes(), Axes({2}));
  EXPECT_EQ(cumulate.onto({true}, 1), "tensor<?x5x4xf32>");
  EXPECT_EQ(cumulate.onto({true}, -1), "null");
}

TEST(LeadingAxes, Elementwise) {
  OneOperation compare({"tensor<5xf32>", "tensor<5xf32>"},
                       "arith.cmpf olt, %a, %b : tensor<5xf32>");
  EXPECT_EQ(compare.ownAxes(), Axes({0, 0}));
  EXPECT_EQ(compare.onto({true, true}, 1), "tensor<?x5xi1>");
  EXPECT_EQ(compare.onto({true, true}, -1), "tensor<i1>");
  EXPECT_EQ(compare.onto({true, false}, 1), "null");
}

TEST(LeadingAxes, UnknownOperation) {
  OneOperation unknown({"tensor<5x2xf32>"},
                       "\"test.unknown\"(%a) : (tensor<5x2xf32>) -> tensor<f32>");
  EXPECT_EQ(unknown.ownAxes(), Axes({2}));
  EXPECT_EQ(unknown.onto({true}, 1), "null");
}
