//===- LowerIndexing.cpp - Ranges and gathers ---------------------*- C++ -*-===//
//
// Static indices and ranges are slices; indices that are values gather.
//
//===----------------------------------------------------------------------===//

#include "LowerValue.h"

using namespace gatefold;
using namespace gatefold::lowering;

LoweredValue lowering::lowerRange(ValueBuilder &build, const LoweredValue &base, unsigned axis,
                                  const Dim &begin, const Dim &end) {
  const Dim &size = base.shape[axis];
  if (begin == Dim() && end == size)
    return base;
  const int64_t offset = offsetOnAxis(begin, size).value_or(0);
  const int64_t count = (end - begin).asConstant().value_or(1);
  LoweredValue result = base;
  result.shape[axis] = Dim::constant(count);
  result.tensor = ir::SliceOp::create(build.builder, build.location, base.tensor,
                                      static_cast<int64_t>(base.rank() - 1 - axis), offset, count);
  return result;
}

/// The core axes of `value` in the order that `axes` names them.
static LoweredValue permute(ValueBuilder &build, const LoweredValue &value,
                            llvm::ArrayRef<int64_t> axes) {
  Shape shape;
  for (int64_t axis : axes)
    shape.push_back(value.shape[axis]);
  mlir::Value permuted =
      ir::TransposeOp::create(build.builder, build.helperLocation, value.tensor, axes);
  return build.value(permuted, value.element, std::move(shape), value.isFramed);
}

/// [A.., V, E..] at [I..] -> [I.., A.., E..] -> [A.., I.., E..], for a base without the frame that
/// the indices have: it is one table for all of the frame.
static LoweredValue gatherFromFront(ValueBuilder &build, const LoweredValue &base,
                                    const LoweredValue &indices, unsigned axis) {
  llvm::SmallVector<int64_t> toFront{axis};
  for (unsigned other = 0; other < base.rank(); ++other)
    if (other != axis)
      toFront.push_back(other);
  LoweredValue picked = lowerGather(build, permute(build, base, toFront), indices, 0);
  llvm::SmallVector<int64_t> back;
  for (unsigned outer = 0; outer < axis; ++outer)
    back.push_back(indices.rank() + outer);
  for (unsigned other = 0; other < picked.rank(); ++other)
    if (!llvm::is_contained(back, static_cast<int64_t>(other)))
      back.push_back(other);
  return permute(build, picked, back);
}

LoweredValue lowering::lowerGather(ValueBuilder &build, const LoweredValue &base,
                                   LoweredValue indices, unsigned axis) {
  indices = build.asTensor(indices, Element::I32);
  if (axis > 0 && indices.isFramed && !base.isFramed)
    return gatherFromFront(build, base, indices, axis);
  // The axes in front of the picked one run together with those of the indices.
  const llvm::ArrayRef<Dim> axes = base.shape;
  Shape whole(axes.take_front(axis));
  whole.append(indices.shape.begin(), indices.shape.end());
  if (axis > 0) {
    for (unsigned outer = axis; outer-- > 0;)
      indices = build.insertAxis(indices, 0);
  }
  if (axis > 0 || (base.isFramed && !indices.isFramed))
    indices = build.expand(indices, indices.element, whole, base.isFramed || indices.isFramed);
  size_t mapped = axis + (base.isFramed ? build.frame.size() : 0);
  Shape shape = whole;
  shape.append(axes.begin() + axis + 1, axes.end());
  mlir::Value gathered = ir::GatherOp::create(build.builder, build.location, base.tensor,
                                              indices.tensor, static_cast<int64_t>(mapped));
  return build.value(gathered, base.element, std::move(shape), indices.isFramed);
}

LoweredValue lowering::lowerCount(ValueBuilder &build, const Dim &count) {
  const Shape shape = {count};
  // A table in the program is good for what is short.
  constexpr int64_t longest = 1 << 16;
  const std::optional<int64_t> known = count.asConstant();
  if (known && *known <= longest) {
    const auto numbers = llvm::to_vector(llvm::seq<int32_t>(0, static_cast<int32_t>(*known)));
    mlir::Value constant = mlir::arith::ConstantOp::create(
        build.builder, build.helperLocation,
        mlir::DenseElementsAttr::get(build.typeOf(Element::I32, shape, false),
                                     llvm::ArrayRef(numbers)));
    return build.value(constant, Element::I32, shape, false);
  }
  mlir::Value ones = build.splat(1, Element::I32, shape, false);
  mlir::Value counted =
      ir::CumulateOp::create(build.builder, build.helperLocation, ir::ReductionKind::Sum, ones, 0);
  return lowerBinary(build, BinaryOperator::Subtract,
                     build.value(counted, Element::I32, shape, false), LoweredValue::makeNumber(1));
}
