//===- SizeArithmetic.cpp - Code that computes sizes ------------------*- C++ -*-===//

#include "SizeArithmetic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace gatefold;

static Value constantIndex(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

std::optional<int64_t> gatefold::asConstant(AffineExpr expression) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expression))
    return constant.getValue();
  return std::nullopt;
}

/// True if a number below 0 occurs in a size: only then may a part of it be below 0.
static bool mayBeNegative(AffineExpr expression) {
  bool found = false;
  expression.walk([&](AffineExpr part) { found |= asConstant(part).value_or(0) < 0; });
  return found;
}

/// `dividend / divisor` rounded down; the divisor is above 0.
static Value emitQuotient(OpBuilder &builder, Location loc, Value dividend, Value divisor,
                          bool mayBeNegative) {
  if (!mayBeNegative)
    return arith::DivUIOp::create(builder, loc, dividend, divisor);
  // Below 0, -1 - x counts the same steps the other way.
  Value isNegative = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, dividend,
                                           constantIndex(builder, loc, 0));
  Value minusOne = constantIndex(builder, loc, -1);
  auto flip = [&](Value value) -> Value {
    Value flipped = arith::SubIOp::create(builder, loc, minusOne, value);
    return arith::SelectOp::create(builder, loc, isNegative, flipped, value);
  };
  return flip(arith::DivUIOp::create(builder, loc, flip(dividend), divisor));
}

Value gatefold::emitSizeBinary(OpBuilder &builder, Location loc, AffineExpr expression, Value lhs,
                               Value rhs) {
  switch (expression.getKind()) {
  case AffineExprKind::Add:
    return arith::AddIOp::create(builder, loc, lhs, rhs);
  case AffineExprKind::Mul:
    return arith::MulIOp::create(builder, loc, lhs, rhs);
  case AffineExprKind::Mod:
    return arith::RemUIOp::create(builder, loc, lhs, rhs);
  case AffineExprKind::FloorDiv: {
    AffineExpr dividend = cast<AffineBinaryOpExpr>(expression).getLHS();
    return emitQuotient(builder, loc, lhs, rhs, mayBeNegative(dividend));
  }
  default:
    llvm_unreachable("sizes are sums, products and quotients");
  }
}

Value SizeEmitter::get(AffineExpr expression) {
  if (Value value = known.lookup(expression))
    return value;
  Value result;
  if (auto constant = asConstant(expression)) {
    result = constantIndex(builder, loc, *constant);
  } else if (auto symbol = dyn_cast<AffineSymbolExpr>(expression)) {
    result = sizes[symbol.getPosition()];
  } else {
    auto binary = cast<AffineBinaryOpExpr>(expression);
    Value lhs = get(binary.getLHS()), rhs = get(binary.getRHS());
    result = emitSizeBinary(builder, loc, binary, lhs, rhs);
  }
  known[expression] = result;
  return result;
}

AffineExpr gatefold::getPaddedBytes(AffineExpr bytes) {
  if (auto constant = asConstant(bytes))
    return getAffineConstantExpr(llvm::alignTo(*constant, bufferAlignment), bytes.getContext());
  return (bytes + (bufferAlignment - 1)).floorDiv(bufferAlignment) * bufferAlignment;
}

/// Emits `a + b` or `a * b` of sizes, the largest number where that would not fit.
static Value emitSaturating(OpBuilder &builder, Location loc, bool isProduct, Value a, Value b) {
  Value limit = constantIndex(builder, loc, INT64_MAX);
  Value result, fits;
  if (isProduct) {
    auto product = arith::MulUIExtendedOp::create(builder, loc, a, b);
    result = product.getLow();
    fits = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, product.getHigh(),
                                 constantIndex(builder, loc, 0));
  } else {
    result = arith::AddIOp::create(builder, loc, a, b);
  }
  Value isSmall = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ule, result, limit);
  fits = fits ? arith::AndIOp::create(builder, loc, fits, isSmall).getResult() : isSmall;
  return arith::SelectOp::create(builder, loc, fits, result, limit);
}

/// Emits a size that stays at the largest number where the arithmetic goes beyond it.
static Value emitSaturatingSize(OpBuilder &builder, Location loc, AffineExpr expression,
                                ValueRange sizes) {
  if (auto constant = asConstant(expression))
    return constantIndex(builder, loc, *constant);
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expression))
    return sizes[symbol.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expression);
  Value lhs = emitSaturatingSize(builder, loc, binary.getLHS(), sizes);
  Value rhs = emitSaturatingSize(builder, loc, binary.getRHS(), sizes);
  if (expression.getKind() == AffineExprKind::FloorDiv ||
      expression.getKind() == AffineExprKind::Mod)
    return emitSizeBinary(builder, loc, binary, lhs, rhs);
  return emitSaturating(builder, loc, expression.getKind() == AffineExprKind::Mul, lhs, rhs);
}

Value gatefold::emitWorkspaceSize(OpBuilder &builder, Location loc, ArrayRef<AffineExpr> bytes,
                                  ValueRange sizes) {
  int64_t constants = 0;
  for (AffineExpr term : bytes)
    constants += asConstant(term).value_or(0);
  Value sum = constantIndex(builder, loc, constants);
  for (AffineExpr term : bytes)
    if (!asConstant(term))
      sum = emitSaturating(builder, loc, /*isProduct=*/false, sum,
                           emitSaturatingSize(builder, loc, term, sizes));
  return sum;
}
