//===- Memory.cpp - Where the values of an entry lie ------------------*- C++ -*-===//

#include "Memory.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace gatefold;

bool View::hasUnitStride() const {
  return strides.empty() || asConstant(strides.back()) == 1 || asConstant(extents.back()) == 1;
}

Type View::getElementType() const { return cast<MemRefType>(memref.getType()).getElementType(); }

Value Memory::getSize(AffineExpr expression) {
  if (auto dimension = dyn_cast<AffineDimExpr>(expression))
    return counts[dimension.getPosition()].value;
  // What the caller's sizes determine is found once and for all.
  if (expression.isSymbolicOrConstant())
    return fixedSizes.get(expression);
  auto binary = cast<AffineBinaryOpExpr>(expression);
  Value lhs = getSize(binary.getLHS()), rhs = getSize(binary.getRHS());
  return emitSizeBinary(body, loc, binary, lhs, rhs);
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
  bytes.push_back(getPaddedBytes(size));
  used = arith::AddIOp::create(builder, loc, offset, getSize(bytes.back()));
  // The view stands where the buffer is first needed: so one sees how long it is.
  auto view = memref::ViewOp::create(body, origin, type, workspace, offset, extents);
  view->setAttr(bytesAttrName, AffineMapAttr::get(AffineMap::get(0, numSizes, size)));
  return view;
}

/// The most bytes that a buffer can take.
AffineExpr Memory::getBytes(Type element, const Extents &extents) const {
  AffineExpr size = getAffineConstantExpr(llvm::divideCeil(element.getIntOrFloatBitWidth(), 8),
                                          builder.getContext());
  for (AffineExpr extent : extents)
    size = size * getLimit(extent);
  return size;
}

Value Memory::reserve(Type element, const Extents &extents, Location origin) {
  return placeBuffer(MemRefType::get({}, element), getBytes(element, extents), {}, origin);
}

View Memory::allocate(Type element, Extents extents, Location origin) {
  AffineExpr size = getBytes(element, extents);
  bool isFixed = true;
  SmallVector<int64_t> shape;
  SmallVector<Value> dynamic;
  for (AffineExpr extent : extents) {
    isFixed &= extent.isSymbolicOrConstant();
    shape.push_back(asConstant(extent).value_or(ShapedType::kDynamic));
    if (ShapedType::isDynamic(shape.back()))
      dynamic.push_back(getSize(extent));
  }
  Extents strides = getRowMajorStrides(extents, builder.getContext());
  if (isFixed) {
    Value memref = placeBuffer(MemRefType::get(shape, element), size, dynamic, origin);
    return {memref, memref, nullptr, extents, strides};
  }
  Value base = placeBuffer(MemRefType::get({}, element), size, {}, origin);
  return makeView(body, origin, *this, base, nullptr, extents, strides);
}

Value Memory::getRest(Location origin) {
  Value offset = used ? used : getSize(getAffineConstantExpr(0, builder.getContext()));
  // Not planned: how large it is the caller sees to.
  return memref::ViewOp::create(body, origin, MemRefType::get({}, builder.getI8Type()), workspace,
                                offset, ValueRange());
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
