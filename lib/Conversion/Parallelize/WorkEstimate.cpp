//===- WorkEstimate.cpp - How much work a loop is -----------------------------===//

#include "WorkEstimate.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace gatefold;

/// What a number is taken for of which nothing is known.
static constexpr int64_t unknownNumber = 100;

static int64_t multiply(int64_t a, int64_t b) {
  int64_t product;
  bool overflows = llvm::MulOverflow(a, b, product);
  return overflows ? WorkEstimate::mostWork : std::min(product, WorkEstimate::mostWork);
}

WorkEstimate::WorkEstimate(func::FuncOp function, const EntrySignature &signature) {
  ValueRange sizes = ValueRange(function.getArguments()).take_back(signature.sizes.size());
  for (auto [size, number] : llvm::zip_equal(sizes, getTypicalSizes(signature)))
    numbers[size] = number;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

int64_t WorkEstimate::getNumber(Value index) {
  auto known = numbers.find(index);
  if (known != numbers.end())
    return known->second;
  int64_t number = std::clamp<int64_t>(computeNumber(index), -mostWork, mostWork);
  numbers[index] = number;
  return number;
}

int64_t WorkEstimate::computeNumber(Value index) {
  APInt constant;
  if (matchPattern(index, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  auto of = [&](Value part) { return getNumber(part); };
  Operation *op = index.getDefiningOp();
  if (!op) {
    // The first turn of a loop stands for all.
    auto loop = dyn_cast<scf::ForOp>(index.getParentBlock()->getParentOp());
    return loop && index == loop.getInductionVar() ? of(loop.getLowerBound()) : unknownNumber;
  }
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case([&](arith::AddIOp add) { return of(add.getLhs()) + of(add.getRhs()); })
      .Case([&](arith::SubIOp sub) { return of(sub.getLhs()) - of(sub.getRhs()); })
      .Case([&](arith::MulIOp mul) { return multiply(of(mul.getLhs()), of(mul.getRhs())); })
      .Case<arith::DivUIOp, arith::DivSIOp>([&](auto div) {
        int64_t divisor = of(div.getRhs());
        return divisor == 0 ? unknownNumber : of(div.getLhs()) / divisor;
      })
      .Case<arith::MinSIOp, arith::MinUIOp>(
          [&](auto min) { return std::min(of(min.getLhs()), of(min.getRhs())); })
      .Case<arith::MaxSIOp, arith::MaxUIOp>(
          [&](auto max) { return std::max(of(max.getLhs()), of(max.getRhs())); })
      .Default(unknownNumber);
}

int64_t WorkEstimate::getTurns(scf::ForOp loop) {
  int64_t length = getNumber(loop.getUpperBound()) - getNumber(loop.getLowerBound());
  return length <= 0 ? 0
                     : llvm::divideCeil(length, std::max<int64_t>(getNumber(loop.getStep()), 1));
}

//===----------------------------------------------------------------------===//
// Work
//===----------------------------------------------------------------------===//

/// What one operation costs in units of the cheapest ones.
static int64_t getCost(Operation *op) {
  if (op->hasTrait<OpTrait::ConstantLike>() || isa<ViewLikeOpInterface>(op))
    return 0;
  if (isa<math::MathDialect>(op->getDialect()))
    return isa<math::FmaOp, math::AbsFOp>(op) ? 1 : 16;
  if (isa<arith::DivFOp>(op))
    return 4;
  bool isAddress = isa<arith::ArithDialect>(op->getDialect()) && op->getNumResults() == 1 &&
                   isa<IndexType>(op->getResult(0).getType());
  return isAddress ? 0 : 1;
}

/// What a private function does with the numbers that it is given.
int64_t WorkEstimate::getWorkOfCallee(func::CallOp call) {
  auto function = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
  if (!function || !function.isPrivate() || function.isExternal())
    return 1;
  WorkEstimate inside;
  for (auto [argument, operand] : llvm::zip_equal(function.getArguments(), call.getOperands()))
    if (isa<IndexType>(operand.getType()))
      inside.numbers[argument] = getNumber(operand);
  return inside.getWork(function);
}

int64_t WorkEstimate::getWork(Operation *op) {
  if (auto call = dyn_cast<func::CallOp>(op))
    return getWorkOfCallee(call);
  if (op->getNumRegions() == 0)
    return getCost(op);
  int64_t sum = 0;
  for (Region &region : op->getRegions())
    for (Operation &inner : region.getOps())
      sum = std::min(sum + getWork(&inner), mostWork);
  if (auto loop = dyn_cast<scf::ForOp>(op))
    sum = multiply(sum, getTurns(loop));
  return sum;
}
