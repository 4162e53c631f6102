//===- Memory.cpp - Where the values of an entry lie ------------------*- C++ -*-===//

#include "Memory.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace gatefold;

/// Buffers start at multiples of a cache line.
static constexpr int64_t bufferAlignment = 64;

static Value constantIndex(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

static std::optional<int64_t> asConstant(AffineExpr expression) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expression))
    return constant.getValue();
  return std::nullopt;
}

bool View::hasUnitStride() const {
  return strides.empty() || asConstant(strides.back()) == 1 || asConstant(extents.back()) == 1;
}

Type View::getElementType() const { return cast<MemRefType>(memref.getType()).getElementType(); }

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

/// Emits what `expression` does with the values of its two parts.
static Value emitBinary(OpBuilder &builder, Location loc, AffineExpr expression, Value lhs,
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

/// The bytes of a buffer rounded up to the alignment.
static AffineExpr paddedBytes(AffineExpr bytes) {
  if (auto constant = asConstant(bytes))
    return getAffineConstantExpr(llvm::alignTo(*constant, bufferAlignment), bytes.getContext());
  return (bytes + (bufferAlignment - 1)).floorDiv(bufferAlignment) * bufferAlignment;
}

Value Memory::getSize(AffineExpr expression) {
  if (auto dimension = dyn_cast<AffineDimExpr>(expression))
    return counts[dimension.getPosition()].value;
  // What the caller's sizes determine is found once and for all.
  bool isFixed = expression.isSymbolicOrConstant();
  if (Value value = known.lookup(expression); value && isFixed)
    return value;
  Value result;
  if (auto constant = asConstant(expression)) {
    result = constantIndex(builder, loc, *constant);
  } else if (auto symbol = dyn_cast<AffineSymbolExpr>(expression)) {
    result = sizes[symbol.getPosition()];
  } else {
    auto binary = cast<AffineBinaryOpExpr>(expression);
    Value lhs = getSize(binary.getLHS()), rhs = getSize(binary.getRHS());
    result = emitBinary(isFixed ? builder : body, loc, binary, lhs, rhs);
  }
  if (isFixed)
    known[expression] = result;
  return result;
}

void Memory::setCount(AffineExpr dimension, Value count, AffineExpr limit) {
  unsigned number = cast<AffineDimExpr>(dimension).getPosition();
  if (counts.size() <= number)
    counts.resize(number + 1, {Value(), getAffineConstantExpr(0, builder.getContext())});
  counts[number] = {count, limit};
}

bool Memory::hasCount(AffineExpr dimension) const {
  unsigned number = cast<AffineDimExpr>(dimension).getPosition();
  Value count = number < counts.size() ? counts[number].value : Value();
  return count && count.getParentRegion()->isAncestor(body.getInsertionBlock()->getParent());
}

AffineExpr Memory::getLimit(AffineExpr extent) const {
  return extent.replaceDims(
      llvm::map_to_vector(counts, [](const Count &count) { return count.limit; }));
}

void Memory::setWorkspace(Value address) {
  // The extent is not known here and nothing asks for it: views of the workspace carry their own
  // sizes.
  Value unbounded = getSize(getAffineConstantExpr(INT64_MAX, builder.getContext()));
  auto type = MemRefType::get({ShapedType::kDynamic}, builder.getI8Type());
  workspace = memref::ReinterpretCastOp::create(
      builder, loc, type, address, OpFoldResult(builder.getIndexAttr(0)),
      ArrayRef<OpFoldResult>{unbounded}, ArrayRef<OpFoldResult>{builder.getIndexAttr(1)});
}

/// A piece of the workspace of `size` bytes, as a memref of these dynamic extents.
Value Memory::placeBuffer(MemRefType type, AffineExpr size, ValueRange extents, Location origin) {
  Value offset = used ? used : getSize(getAffineConstantExpr(0, builder.getContext()));
  size = paddedBytes(size);
  bytes.push_back(size);
  used = arith::AddIOp::create(builder, loc, offset, getSize(size));
  return memref::ViewOp::create(builder, origin, type, workspace, offset, extents);
}

View Memory::allocate(Type element, Extents extents, Location origin) {
  MLIRContext *context = builder.getContext();
  AffineExpr size =
      getAffineConstantExpr(llvm::divideCeil(element.getIntOrFloatBitWidth(), 8), context);
  bool isFixed = true;
  SmallVector<int64_t> shape;
  SmallVector<Value> dynamic;
  for (AffineExpr extent : extents) {
    isFixed &= extent.isSymbolicOrConstant();
    size = size * getLimit(extent);
    shape.push_back(asConstant(extent).value_or(ShapedType::kDynamic));
    if (ShapedType::isDynamic(shape.back()))
      dynamic.push_back(getSize(extent));
  }
  Extents strides = getRowMajorStrides(extents, context);
  if (isFixed) {
    Value memref = placeBuffer(MemRefType::get(shape, element), size, dynamic, origin);
    return {memref, memref, nullptr, extents, strides};
  }
  Value base = placeBuffer(MemRefType::get({}, element), size, {}, origin);
  return makeView(body, origin, *this, base, nullptr, extents, strides);
}

View Memory::wrap(Value base, Extents extents) {
  Extents strides = getRowMajorStrides(extents, builder.getContext());
  return makeView(builder, base.getLoc(), *this, base, nullptr, std::move(extents),
                  std::move(strides));
}

Extents gatefold::getRowMajorStrides(const Extents &extents, MLIRContext *context) {
  Extents strides(extents.size());
  AffineExpr stride = getAffineConstantExpr(1, context);
  for (unsigned i = extents.size(); i-- > 0;) {
    strides[i] = stride;
    stride = stride * extents[i];
  }
  return strides;
}

View gatefold::makeView(OpBuilder &builder, Location loc, Memory &memory, Value base, Value offset,
                        Extents extents, Extents strides) {
  auto asFoldResult = [&](AffineExpr expression) -> OpFoldResult {
    if (auto constant = asConstant(expression))
      return builder.getIndexAttr(*constant);
    return memory.getSize(expression);
  };
  auto staticOf = [](AffineExpr expression) {
    return asConstant(expression).value_or(ShapedType::kDynamic);
  };
  auto type = MemRefType::get(
      llvm::map_to_vector(extents, staticOf), cast<MemRefType>(base.getType()).getElementType(),
      StridedLayoutAttr::get(builder.getContext(), offset ? ShapedType::kDynamic : 0,
                             llvm::map_to_vector(strides, staticOf)));
  OpFoldResult start = offset ? OpFoldResult(offset) : OpFoldResult(builder.getIndexAttr(0));
  Value memref = memref::ReinterpretCastOp::create(builder, loc, type, base, start,
                                                   llvm::map_to_vector(extents, asFoldResult),
                                                   llvm::map_to_vector(strides, asFoldResult));
  return {memref, base, offset, std::move(extents), std::move(strides)};
}

/// `view.offset + index * stride`
static Value advance(OpBuilder &builder, Location loc, Memory &memory, const View &view,
                     AffineExpr stride, Value index) {
  Value distance = arith::MulIOp::create(builder, loc, index, memory.getSize(stride));
  return view.offset ? arith::AddIOp::create(builder, loc, view.offset, distance) : distance;
}

View gatefold::pickView(OpBuilder &builder, Location loc, Memory &memory, const View &view,
                        unsigned axis, Value index) {
  Value offset = advance(builder, loc, memory, view, view.strides[axis], index);
  Extents extents = view.extents, strides = view.strides;
  extents.erase(extents.begin() + axis);
  strides.erase(strides.begin() + axis);
  return makeView(builder, loc, memory, view.base, offset, std::move(extents), std::move(strides));
}

View gatefold::sliceView(OpBuilder &builder, Location loc, Memory &memory, const View &view,
                         unsigned axis, Value start, AffineExpr extent) {
  Value offset = advance(builder, loc, memory, view, view.strides[axis], start);
  Extents extents = view.extents;
  extents[axis] = extent;
  return makeView(builder, loc, memory, view.base, offset, std::move(extents), view.strides);
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
    return emitBinary(builder, loc, binary, lhs, rhs);
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
