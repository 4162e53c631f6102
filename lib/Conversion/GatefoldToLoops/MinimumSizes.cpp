//===- MinimumSizes.cpp - What an entry needs of its dynamic sizes ---------*- C++ -*-===//

#include "MinimumSizes.h"
#include "gatefold/IR/Places.h"

using namespace mlir;
using namespace gatefold;

std::optional<Need> gatefold::findNeed(Operation *op, SizeAnalysis &sizes) {
  if (auto slice = dyn_cast<ir::SliceOp>(op)) {
    Extents extents = sizes.getExtents(slice.getInput());
    int64_t offset = int64_t(slice.getOffset());
    int64_t minimum = offset < 0 ? -offset : offset + int64_t(slice.getSize());
    return Need{extents[extents.size() - 1 - slice.getAxis()], minimum, "the element picked"};
  }
  if (auto argmax = dyn_cast<ir::ArgMaxOp>(op))
    return Need{sizes.getExtents(argmax.getInput()).back(), 1, "the place of the largest"};
  return std::nullopt;
}

/// True if there is room for what is needed of a history, whose rows are checked when they are
/// there: each step of a scan brings one.
static bool hasEnough(Operation *op, const Need &need, AffineExpr limit, SizeAnalysis &sizes) {
  if (auto most = dyn_cast<AffineConstantExpr>(limit))
    return most.getValue() >= need.minimum;
  for (auto scan = op->getParentOfType<ir::ScanOp>(); scan;
       scan = scan->getParentOfType<ir::ScanOp>())
    if (sizes.getExtents(scan.getSequences().front())[scan.getAxis()] == limit)
      return need.minimum <= 1;
  return false;
}

FailureOr<SmallVector<Attribute>> gatefold::findMinimumSizes(ir::EntryOp entry,
                                                             const EntrySignature &signature) {
  SizeAnalysis sizes(entry, signature.sizes);
  SmallVector<Attribute> minimums;
  WalkResult result = entry.walk([&](Operation *op) -> WalkResult {
    std::optional<Need> need = findNeed(op, sizes);
    if (!need || isa<AffineConstantExpr>(need->extent))
      return WalkResult::advance();
    AffineExpr limit = sizes.getLimit(need->extent);
    if (need->extent != limit && hasEnough(op, *need, limit, sizes))
      return WalkResult::advance();
    if (auto most = dyn_cast<AffineConstantExpr>(limit))
      return op->emitOpError("needs at least ")
             << need->minimum << " elements of an axis that has at most " << most.getValue();
    auto symbol = dyn_cast<AffineSymbolExpr>(limit);
    if (!symbol)
      return op->emitOpError("needs at least ")
             << need->minimum << " elements of an axis whose size is computed";
    minimums.push_back(ir::MinimumSizeAttr::get(
        op->getContext(), signature.sizes[symbol.getPosition()], need->minimum,
        StringAttr::get(op->getContext(),
                        need->what + ir::describePlaceInParentheses(op->getLoc()))));
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  return minimums;
}
