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

LoweredValue lowering::lowerGather(ValueBuilder &build, const LoweredValue &base,
                                   LoweredValue indices) {
  indices = build.asTensor(indices, Element::I32);
  if (base.isFramed && !indices.isFramed)
    indices = build.expand(indices, indices.element, indices.shape, true);
  Shape shape = indices.shape;
  shape.append(base.shape.begin() + 1, base.shape.end());
  mlir::Value gathered =
      ir::GatherOp::create(build.builder, build.location, base.tensor, indices.tensor,
                           base.isFramed ? static_cast<int64_t>(build.frame.size()) : 0);
  return build.value(gathered, base.element, std::move(shape), indices.isFramed);
}

LoweredValue lowering::lowerCount(ValueBuilder &build, int64_t count) {
  const auto numbers = llvm::to_vector(llvm::seq<int32_t>(0, static_cast<int32_t>(count)));
  const Shape shape = {Dim::constant(count)};
  mlir::Value constant = mlir::arith::ConstantOp::create(
      build.builder, build.helperLocation,
      mlir::DenseElementsAttr::get(build.typeOf(Element::I32, shape, false),
                                   llvm::ArrayRef(numbers)));
  return build.value(constant, Element::I32, shape, false);
}
