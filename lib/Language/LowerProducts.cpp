//===- LowerProducts.cpp - Products and their order ---------------*- C++ -*-===//
//
// `@` and `.` become gatefold.dot. The operand that a batch or a sequence will be mapped over goes
// to the left where the result's axes allow it, as a layer's product `W @ x` is `dot %x, %W`.
//
//===----------------------------------------------------------------------===//

#include "LowerValue.h"

using namespace gatefold;
using namespace gatefold::lowering;

ir::ReductionOrder lowering::orderFor(llvm::ArrayRef<Dim> shape) {
  const std::optional<int64_t> outputs = numElements(shape);
  return outputs && *outputs < 16 ? ir::ReductionOrder::Lanes : ir::ReductionOrder::Chain;
}

/// True for what can be laid out in panels when weights are loaded: they and constants alone make
/// it.
static bool isMadeOfWeights(mlir::Value value) {
  llvm::SmallVector<mlir::Value> waiting{value};
  llvm::SmallPtrSet<mlir::Value, 8> seen{value};
  while (!waiting.empty()) {
    mlir::Operation *op = waiting.pop_back_val().getDefiningOp();
    if (!op || op->getNumRegions() != 0)
      return false;
    if (op->getNumOperands() == 0 && !mlir::isa<ir::ReadOp>(op) &&
        !op->hasTrait<mlir::OpTrait::ConstantLike>())
      return false;
    for (mlir::Value operand : op->getOperands())
      if (seen.insert(operand).second)
        waiting.push_back(operand);
  }
  return true;
}

/// Weights lie in panels, sixteen rows side by side, each added up in a chain. Computed rows are
/// read along themselves, so that lanes are faster unless there is less than one term for each.
static ir::ReductionOrder chooseOrder(const LoweredValue &left, const LoweredValue &right,
                                      llvm::ArrayRef<Dim> shape, bool isTransposed) {
  const std::optional<int64_t> terms = numElements(llvm::ArrayRef<Dim>(left.shape).take_back());
  const bool isLong = !terms || *terms >= 16;
  if (isLong && !isTransposed && !isMadeOfWeights(right.tensor))
    return ir::ReductionOrder::Lanes;
  return orderFor(shape);
}

static LoweredValue buildDot(ValueBuilder &build, const LoweredValue &left,
                             const LoweredValue &right, Shape shape, size_t mapped,
                             bool isTransposed) {
  const ir::ReductionOrder order = chooseOrder(left, right, shape, isTransposed);
  mlir::Value product = ir::DotOp::create(build.builder, build.location, left.tensor, right.tensor,
                                          order, static_cast<int64_t>(mapped), isTransposed);
  return build.value(product, Element::F32, std::move(shape), left.isFramed || right.isFramed);
}

/// Where the right operand alone has the frame, its axes would come behind the rows of the left
/// one.
static void bringFrameToFront(ValueBuilder &build, LoweredValue &left, const LoweredValue &right) {
  if (right.isFramed && !left.isFramed && left.rank() > 1)
    left = build.expand(left, Element::F32, left.shape, true);
}

LoweredValue lowering::lowerContraction(ValueBuilder &build, LoweredValue left,
                                        LoweredValue right) {
  Shape shape(llvm::ArrayRef<Dim>(left.shape).drop_back());
  shape.append(right.shape.begin(), right.shape.end() - 1);
  // Without rows on one side, the order of the operands does not show in the result.
  const bool hasRows = left.rank() > 1 && right.rank() > 1;
  const bool isSwapped =
      !hasRows && (left.rank() > 1 || (right.rank() == 1 && right.isFramed && !left.isFramed));
  if (isSwapped)
    std::swap(left, right);
  bringFrameToFront(build, left, right);
  const size_t mapped = left.isFramed && right.isFramed ? build.frame.size() : 0;
  return buildDot(build, left, right, std::move(shape), mapped, false);
}

LoweredValue lowering::lowerMatMul(ValueBuilder &build, LoweredValue left, LoweredValue right) {
  if (right.rank() == 1)
    return lowerContraction(build, std::move(left), std::move(right));
  const llvm::ArrayRef<Dim> leftAxes = left.shape, rightAxes = right.shape;
  const Shape stack = broadcastShapes(
      left.rank() > 1 ? leftAxes.drop_back(2) : llvm::ArrayRef<Dim>(), rightAxes.drop_back(2));
  Shape shape = stack;
  if (left.rank() > 1)
    shape.push_back(leftAxes[left.rank() - 2]);
  shape.push_back(rightAxes.back());
  size_t mapped = 0;
  if (left.rank() > 1 && right.rank() > 2) { // a stack of matrices each: their axes run together
    const bool isFramed = left.isFramed || right.isFramed;
    auto stacked = [&](const LoweredValue &operand) {
      Shape whole = stack;
      whole.append(operand.shape.end() - 2, operand.shape.end());
      return build.expand(operand, Element::F32, whole, isFramed);
    };
    left = stacked(left);
    right = stacked(right);
    mapped = stack.size();
  }
  bringFrameToFront(build, left, right);
  if (left.isFramed && right.isFramed)
    mapped += build.frame.size();
  return buildDot(build, left, right, std::move(shape), mapped, true);
}
