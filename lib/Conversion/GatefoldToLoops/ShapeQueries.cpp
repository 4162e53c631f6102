//===- ShapeQueries.cpp - Questions about shapes and views --------------*- C++ -*-===//

#include "ShapeQueries.h"

using namespace mlir;
using namespace gatefold;

static unsigned getRank(Value value) { return cast<RankedTensorType>(value.getType()).getRank(); }

std::optional<int64_t> gatefold::getConstantExtent(AffineExpr extent) {
  if (auto constant = dyn_cast<AffineConstantExpr>(extent))
    return constant.getValue();
  return std::nullopt;
}

bool gatefold::isDense(const View &view) {
  Extents strides = getRowMajorStrides(view.extents, view.memref.getContext());
  for (auto [extent, have, want] : llvm::zip_equal(view.extents, view.strides, strides))
    if (have != want && getConstantExtent(extent) != 1)
      return false;
  return true;
}

/// The axes of `type` that are not of size 1, counting only those from `first` on.
static SmallVector<int> realAxes(RankedTensorType type, unsigned first) {
  SmallVector<int> axes;
  for (unsigned axis = first; axis < type.getRank(); ++axis)
    if (type.getDimSize(axis) != 1)
      axes.push_back(axis);
  return axes;
}

bool gatefold::isUnitReshape(ir::ReshapeOp reshape) {
  auto from = cast<RankedTensorType>(reshape.getInput().getType());
  auto to = cast<RankedTensorType>(reshape.getResult().getType());
  unsigned kept = from.getRank() - reshape.getReplaced();
  SmallVector<int> fromAxes = realAxes(from, kept), toAxes = realAxes(to, kept);
  return fromAxes.size() == toAxes.size() &&
         llvm::all_of(llvm::zip_equal(fromAxes, toAxes), [&](auto pair) {
           return from.getDimSize(std::get<0>(pair)) == to.getDimSize(std::get<1>(pair));
         });
}

SmallVector<int> gatefold::getUnitReshapeAxes(ir::ReshapeOp reshape) {
  auto from = cast<RankedTensorType>(reshape.getInput().getType());
  auto to = cast<RankedTensorType>(reshape.getResult().getType());
  unsigned kept = from.getRank() - reshape.getReplaced();
  SmallVector<int> axes(from.getRank(), -1);
  for (unsigned axis = 0; axis < kept; ++axis)
    axes[axis] = axis;
  for (auto [source, result] : llvm::zip_equal(realAxes(from, kept), realAxes(to, kept)))
    axes[source] = result;
  return axes;
}

SmallVector<int> gatefold::getBroadcastAxes(ir::BroadcastOp broadcast) {
  unsigned rank = getRank(broadcast.getResult());
  SmallVector<int> axes;
  for (unsigned axis = 0; axis < rank; ++axis)
    if (!llvm::is_contained(broadcast.getAxes(), int64_t(rank - 1 - axis)))
      axes.push_back(axis);
  return axes;
}

SmallVector<int> gatefold::getTransposeAxes(ir::TransposeOp transpose) {
  unsigned rank = getRank(transpose.getResult());
  unsigned kept = rank - transpose.getPermutation().size();
  SmallVector<int> axes(rank);
  for (unsigned axis = 0; axis < rank; ++axis)
    axes[axis < kept ? axis : kept + transpose.getPermutation()[axis - kept]] = axis;
  return axes;
}
