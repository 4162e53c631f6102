//===- FuseAttention.cpp - Softmax and what it weighs, in one pass --*- C++ -*-===//
//
// Finds softmax(scores) @ values and makes it `gatefold.attend`.
//
//===----------------------------------------------------------------------===//

#include "ScoreRegion.h"
#include "gatefold/IR/Explain.h"
#include "gatefold/Transforms/Passes.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

namespace gatefold {
#define GEN_PASS_DEF_FUSEATTENTION
#include "gatefold/Transforms/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

namespace {

/// exp(scores - max(scores)) and the sum of it, along the last axis.
struct Softmax {
  math::ExpOp powers;
  Value scores;
  ir::ReduceOp sum;
};

/// What becomes `gatefold.attend`: the operation whose result it takes the place of, and the values
/// that are weighed.
struct WeightedMean {
  Operation *root;
  ir::DotOp product;
};

} // namespace

static bool isReductionOfLast(Operation *op, ir::ReductionKind kind) {
  auto reduce = dyn_cast_or_null<ir::ReduceOp>(op);
  return reduce && reduce.getKind() == kind && reduce.getAxes() == ArrayRef<int64_t>{0};
}

/// What is repeated along the last axis, if `value` is such.
static Value getRepeated(Value value) {
  auto broadcast = value.getDefiningOp<ir::BroadcastOp>();
  return broadcast && broadcast.getAxes() == ArrayRef<int64_t>{0} ? broadcast.getInput() : Value();
}

/// The softmax that `powers` is part of, if it is of one.
static std::optional<Softmax> matchSoftmax(math::ExpOp powers) {
  auto type = dyn_cast<RankedTensorType>(powers.getType());
  auto difference = powers.getOperand().getDefiningOp<arith::SubFOp>();
  if (!type || type.getRank() == 0 || !type.getElementType().isF32() || !difference)
    return std::nullopt;
  Value largest = getRepeated(difference.getRhs());
  if (!largest || !isReductionOfLast(largest.getDefiningOp(), ir::ReductionKind::Maximum) ||
      largest.getDefiningOp<ir::ReduceOp>().getInput() != difference.getLhs())
    return std::nullopt;
  ir::ReduceOp sum;
  for (Operation *user : powers->getUsers())
    if (isReductionOfLast(user, ir::ReductionKind::Sum))
      sum = cast<ir::ReduceOp>(user);
  if (!sum)
    return std::nullopt;
  return Softmax{powers, difference.getLhs(), sum};
}

/// The only user of a value besides `other`; null if there are several or none.
static Operation *getOnlyUser(Value value, Operation *other = nullptr) {
  Operation *only = nullptr;
  for (Operation *user : value.getUsers()) {
    if (user == other)
      continue;
    if (only)
      return nullptr;
    only = user;
  }
  return only;
}

/// True if `op` divides `dividend` by the sum of the softmax.
static bool isDivisionBySum(Operation *op, Value dividend, Softmax softmax) {
  auto division = dyn_cast_or_null<arith::DivFOp>(op);
  return division && division.getLhs() == dividend &&
         getRepeated(division.getRhs()) == softmax.sum.getResult();
}

/// True if `op` is `shares @ values` with values `[A.., S, V]`.
static bool isMean(Operation *op, Value shares) {
  auto dot = dyn_cast_or_null<ir::DotOp>(op);
  return dot && dot.getTransposed() && dot.getLhs() == shares && dot.getRhs() != shares &&
         cast<RankedTensorType>(dot.getRhs().getType()).getRank() == int64_t(dot.getMapped()) + 2;
}

/// The mean that a softmax is made for, or the reason why there is none.
static std::optional<WeightedMean> matchMean(Softmax softmax, StringRef &reason) {
  Operation *user = getOnlyUser(softmax.powers.getResult(), softmax.sum);
  if (!softmax.sum->hasOneUse()) {
    reason = "the sum of the softmax is used elsewhere, too";
    return std::nullopt;
  }
  if (isDivisionBySum(user, softmax.powers.getResult(), softmax)) {
    Operation *product = getOnlyUser(user->getResult(0));
    if (isMean(product, user->getResult(0)))
      return WeightedMean{product, cast<ir::DotOp>(product)};
  } else if (isMean(user, softmax.powers.getResult())) {
    // The quotient of nothing is no number, the mean of nothing is 0: so there have to be keys.
    Operation *division = getOnlyUser(user->getResult(0));
    auto type = cast<RankedTensorType>(softmax.powers.getType());
    bool anyKeys = !ShapedType::isDynamic(type.getShape().back());
    if (isDivisionBySum(division, user->getResult(0), softmax) && anyKeys)
      return WeightedMean{division, cast<ir::DotOp>(user)};
  }
  reason = "the shares do not go into one product `shares @ values` alone";
  return std::nullopt;
}

static constexpr StringLiteral passName = "fuse-attention";

/// What the user calls a value.
static std::string nameOr(Value value, StringRef otherwise) {
  std::string name = ir::findName(value);
  return name.empty() ? otherwise.str() : name;
}

/// Erases an operation that nobody needs any more, and then what was only made for it.
static void eraseUnused(Operation *op) {
  SmallVector<Operation *> open{op};
  while (!open.empty()) {
    Operation *next = open.pop_back_val();
    if (!isOpTriviallyDead(next))
      continue;
    llvm::SetVector<Operation *> operands;
    for (Value operand : next->getOperands())
      if (Operation *definition = operand.getDefiningOp())
        operands.insert(definition);
    llvm::erase_if(open, [&](Operation *waiting) { return waiting == next; });
    next->erase();
    open.append(operands.begin(), operands.end());
  }
}

namespace {
struct FuseAttention : gatefold::impl::FuseAttentionBase<FuseAttention> {
  using Base::Base;

  void runOnOperation() final {
    SmallVector<Softmax> found;
    getOperation()->walk([&](math::ExpOp powers) {
      if (std::optional<Softmax> softmax = matchSoftmax(powers))
        found.push_back(*softmax);
    });
    for (const Softmax &softmax : found)
      fuse(softmax);
  }

private:
  void fuse(Softmax softmax) {
    StringRef reason;
    std::optional<WeightedMean> mean = matchMean(softmax, reason);
    if (!mean)
      return refuse(softmax, reason);
    ir::DotOp product = mean->product;
    OpBuilder builder(mean->root);
    ScoreRegion region(softmax.scores);
    ir::AttendOp attend = region.build(builder, product.getLoc(),
                                       cast<RankedTensorType>(mean->root->getResult(0).getType()),
                                       product.getRhs(), product.getMapped());
    if (!attend)
      return refuse(softmax, "it is the same for all of an axis");
    mean->root->getResult(0).replaceAllUsesWith(attend.getResult());
    eraseUnused(mean->root);
    ir::explainCount(attend, passName, "means fused", 1);
    explain(attend);
  }

  /// Says what is one pass now.
  static void explain(ir::AttendOp attend) {
    auto remark = ir::explainDone(attend, passName);
    if (!remark)
      return;
    std::string keys = ir::listNames(attend.getKeys());
    remark << "scores, softmax and mean of " << nameOr(attend.getValues(), "the values")
           << " are one pass over " << (keys.empty() ? "the keys" : "the keys " + keys);
  }

  static void refuse(Softmax softmax, StringRef reason) {
    if (auto remark = ir::explainRefused(softmax.powers, passName))
      remark << "softmax of " << nameOr(softmax.scores, "the scores") << " not fused: " << reason;
  }
};
} // namespace
