//===- Shapes.cpp - Operations on shapes ------------------------*- C++ -*-===//
//
// Result types, builders and checks of the operations that move elements without changing them.
//
//===----------------------------------------------------------------------===//

#include "ShapeHelpers.h"

using namespace mlir;
using namespace gatefold::ir;

void DimOp::build(OpBuilder &builder, OperationState &state, Value input, int64_t axis) {
  build(builder, state, builder.getIndexType(), input, builder.getI64IntegerAttr(axis));
}

LogicalResult DimOp::verify() {
  // (C1)
  return expectAxis(*this, getAxis(), getInput().getType());
}

//===----------------------------------------------------------------------===//
// Broadcast
//===----------------------------------------------------------------------===//

LogicalResult BroadcastOp::verify() {
  RankedTensorType result = getType();
  // (C1)
  if (!areAscendingAxes(getAxes(), result.getRank()))
    return emitOpError("expected ascending axes below the result's rank ")
           << result.getRank() << ", but found [" << getAxes() << "]";
  // (C2)
  RankedTensorType without = ReduceOp::inferType(result, getAxes());
  if (failed(expectType(*this, "operand", without, getInput().getType())))
    return failure();
  // (C3)
  int64_t dynamic = llvm::count_if(
      getAxes(), [&](int64_t axis) { return result.isDynamicDim(fromFront(result, axis)); });
  if (dynamic != static_cast<int64_t>(getSizes().size()))
    return emitOpError("expected one size per new dynamic axis, which are ")
           << dynamic << ", but found " << getSizes().size();
  return success();
}

//===----------------------------------------------------------------------===//
// Concat
//===----------------------------------------------------------------------===//

RankedTensorType ConcatOp::inferType(TypeRange inputs, int64_t axis) {
  auto first = cast<RankedTensorType>(inputs.front());
  Shape shape(first.getShape());
  int64_t position = fromFront(first, axis);
  for (auto type : llvm::map_range(inputs.drop_front(), llvm::CastTo<RankedTensorType>))
    for (int64_t at = 0; at < first.getRank(); ++at) {
      if (at != position)
        shape[at] = knownSize(shape[at], type.getDimSize(at));
      else if (type.isDynamicDim(at) || ShapedType::isDynamic(shape[at]))
        shape[at] = ShapedType::kDynamic;
      else
        shape[at] += type.getDimSize(at);
    }
  return RankedTensorType::get(shape, first.getElementType());
}

void ConcatOp::build(OpBuilder &builder, OperationState &state, ValueRange inputs, int64_t axis) {
  build(builder, state, inferType(inputs.getTypes(), axis), inputs,
        builder.getI64IntegerAttr(axis));
}

LogicalResult ConcatOp::verify() {
  // (C1)
  if (getInputs().empty())
    return emitOpError("expected at least one operand, but found none");
  RankedTensorType first = tensorType(getInputs().front());
  if (failed(expectAxis(*this, getAxis(), first)))
    return failure();
  for (Value input : getInputs().drop_front()) {
    RankedTensorType type = tensorType(input);
    bool fits =
        type.getRank() == first.getRank() && type.getElementType() == first.getElementType();
    for (int64_t at = 0; fits && at < first.getRank(); ++at)
      fits = at == fromFront(first, getAxis()) ||
             sizesAgree(first.getDimSize(at), type.getDimSize(at));
    if (!fits)
      return emitOpError("expected operands that differ in axis ")
             << getAxis() << " alone, but found " << first << " and " << type;
  }
  // (C2)
  return expectType(*this, "result", inferType(getInputs().getTypes(), getAxis()), getType());
}

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

RankedTensorType SliceOp::inferType(RankedTensorType input, int64_t axis, int64_t size) {
  Shape shape(input.getShape());
  shape[fromFront(input, axis)] = size;
  return RankedTensorType::get(shape, input.getElementType());
}

void SliceOp::build(OpBuilder &builder, OperationState &state, Value input, int64_t axis,
                    int64_t offset, int64_t size) {
  build(builder, state, inferType(tensorType(input), axis, size), input,
        builder.getI64IntegerAttr(axis), builder.getI64IntegerAttr(offset),
        builder.getI64IntegerAttr(size));
}

LogicalResult SliceOp::verify() {
  RankedTensorType input = getInput().getType();
  // (C1)
  if (failed(expectAxis(*this, getAxis(), input)))
    return failure();
  // (C2)
  auto offset = static_cast<int64_t>(getOffset()), size = static_cast<int64_t>(getSize());
  int64_t extent = input.getDimSize(fromFront(input, getAxis()));
  constexpr int64_t most = int64_t(1) << 40;
  bool inside = std::min(offset, size) > -most && std::max(offset, size) < most &&
                (offset >= 0 || size <= -offset);
  if (inside && !ShapedType::isDynamic(extent)) {
    int64_t start = offset < 0 ? extent + offset : offset;
    inside = start >= 0 && start <= extent && size <= extent - start;
  }
  if (!inside)
    return emitOpError("expected a range within ")
           << input << ", but found offset " << offset << " and size " << size << " in axis "
           << getAxis();
  // (C3)
  return expectType(*this, "result", inferType(input, getAxis(), size), getType());
}

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

bool ReshapeOp::isPossible(RankedTensorType input, RankedTensorType result, int64_t replaced) {
  int64_t kept = input.getRank() - replaced;
  if (kept < 0 || result.getRank() < kept || input.getElementType() != result.getElementType() ||
      input.getShape().take_front(kept) != result.getShape().take_front(kept))
    return false;
  // Product of the static sizes and number of the dynamic ones; no product when it overflows.
  auto measure = [](ArrayRef<int64_t> shape) -> std::pair<std::optional<int64_t>, int64_t> {
    int64_t product = 1, dynamic = 0;
    for (int64_t size : shape) {
      if (ShapedType::isDynamic(size))
        ++dynamic;
      else if (llvm::MulOverflow(product, size, product))
        return {std::nullopt, dynamic};
    }
    return {product, dynamic};
  };
  auto [before, dynamicBefore] = measure(input.getShape().drop_front(kept));
  auto [after, dynamicAfter] = measure(result.getShape().drop_front(kept));
  return before && before == after && dynamicBefore == dynamicAfter && dynamicBefore <= 1;
}

LogicalResult ReshapeOp::verify() {
  RankedTensorType input = getInput().getType();
  // (C1)
  int64_t kept = input.getRank() - static_cast<int64_t>(getReplaced());
  if (kept < 0)
    return emitOpError("expected to replace at most the operand's ")
           << input.getRank() << " axes, but found " << getReplaced();
  if (input.getElementType() != getType().getElementType() || getType().getRank() < kept ||
      input.getShape().take_front(kept) != getType().getShape().take_front(kept))
    return emitOpError("expected the first ") << kept << " axes and the element type of " << input
                                              << " to stay, but found " << getType();
  // (C2)
  if (!isPossible(input, getType(), getReplaced()))
    return emitOpError("expected as many elements as ") << input << ", but found " << getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Transpose
//===----------------------------------------------------------------------===//

RankedTensorType TransposeOp::inferType(RankedTensorType input, ArrayRef<int64_t> permutation) {
  auto kept = input.getRank() - static_cast<int64_t>(permutation.size());
  Shape shape(input.getShape());
  for (auto [position, source] : llvm::enumerate(permutation))
    shape[kept + position] = input.getDimSize(kept + source);
  return RankedTensorType::get(shape, input.getElementType());
}

void TransposeOp::build(OpBuilder &builder, OperationState &state, Value input,
                        ArrayRef<int64_t> permutation) {
  build(builder, state, inferType(tensorType(input), permutation), input, permutation);
}

LogicalResult TransposeOp::verify() {
  // (C1)
  RankedTensorType input = getInput().getType();
  SmallVector<int64_t> sorted(getPermutation());
  llvm::sort(sorted);
  auto length = static_cast<int64_t>(sorted.size());
  if (length > input.getRank() || !llvm::equal(sorted, llvm::seq<int64_t>(0, length)))
    return emitOpError("expected a permutation of at most ")
           << input.getRank() << " axes, but found [" << getPermutation() << "]";
  // (C2)
  return expectType(*this, "result", inferType(input, getPermutation()), getType());
}

//===----------------------------------------------------------------------===//
// Reverse, windows
//===----------------------------------------------------------------------===//

void ReverseOp::build(OpBuilder &builder, OperationState &state, Value input, int64_t axis) {
  build(builder, state, input.getType(), input, builder.getI64IntegerAttr(axis));
}

LogicalResult ReverseOp::verify() {
  // (C1)
  return expectAxis(*this, getAxis(), getInput().getType());
}

RankedTensorType WindowsOp::inferType(RankedTensorType input, int64_t axis, int64_t size,
                                      int64_t stride, int64_t dilation) {
  Shape shape(input.getShape());
  int64_t &windows = shape[fromFront(input, axis)];
  if (!ShapedType::isDynamic(windows))
    windows = (windows + stride - dilation * (size - 1) - 1) / stride;
  shape.insert(shape.begin() + fromFront(input, axis) + 1, size);
  return RankedTensorType::get(shape, input.getElementType());
}

void WindowsOp::build(OpBuilder &builder, OperationState &state, Value input, int64_t axis,
                      int64_t size, int64_t stride, int64_t dilation) {
  build(builder, state, inferType(tensorType(input), axis, size, stride, dilation), input,
        builder.getI64IntegerAttr(axis), builder.getI64IntegerAttr(size),
        builder.getI64IntegerAttr(stride), builder.getI64IntegerAttr(dilation));
}

int64_t WindowsOp::getLeastExtent() {
  auto size = static_cast<int64_t>(getSize()), stride = static_cast<int64_t>(getStride()),
       dilation = static_cast<int64_t>(getDilation());
  return std::max<int64_t>(dilation * (size - 1) + 1 - stride, 0);
}

LogicalResult WindowsOp::verify() {
  RankedTensorType input = getInput().getType();
  // (C1)
  if (failed(expectAxis(*this, getAxis(), input)))
    return failure();
  // (C2)
  auto size = static_cast<int64_t>(getSize()), stride = static_cast<int64_t>(getStride()),
       dilation = static_cast<int64_t>(getDilation());
  constexpr int64_t most = int64_t(1) << 20;
  if (std::min({size, stride, dilation}) < 1 || std::max({size, stride, dilation}) > most)
    return emitOpError("expected size, stride and dilation from 1 to 2^20, but found ")
           << size << ", " << stride << " and " << dilation;
  int64_t extent = input.getDimSize(fromFront(input, getAxis()));
  if (!ShapedType::isDynamic(extent) && extent < getLeastExtent())
    return emitOpError("expected at least ")
           << getLeastExtent() << " elements in axis " << getAxis() << ", but found " << input;
  // (C3)
  return expectType(*this, "result", inferType(input, getAxis(), size, stride, dilation),
                    getType());
}
