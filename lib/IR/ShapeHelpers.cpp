//===- ShapeHelpers.cpp - Axes and sizes of tensor types --------*- C++ -*-===//
//
// The parts of the shared checks that are too long for the header.
//
//===----------------------------------------------------------------------===//

#include "ShapeHelpers.h"

using namespace mlir;

namespace gatefold::ir {

bool areAscendingAxes(ArrayRef<int64_t> axes, int64_t rank) {
  int64_t least = 0;
  for (int64_t axis : axes) {
    if (axis < least || axis >= rank)
      return false;
    least = axis + 1;
  }
  return true;
}

LogicalResult expectType(Operation *op, StringRef what, Type expected, Type found) {
  if (expected == found)
    return success();
  return op->emitOpError("expected ") << what << " of type " << expected << ", but found " << found;
}

LogicalResult expectAxis(Operation *op, int64_t axis, RankedTensorType type) {
  if (axis < type.getRank())
    return success();
  return op->emitOpError("expected an axis below the operand's rank ")
         << type.getRank() << ", but found " << axis;
}

} // namespace gatefold::ir
