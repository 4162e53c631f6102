//===- MinimumSizes.cpp - What an entry needs of its dynamic sizes ---------*- C++ -*-===//

#include "MinimumSizes.h"
#include "Sizes.h"
#include "gatefold/IR/Places.h"

using namespace mlir;
using namespace gatefold;

namespace {

/// An axis that must have at least so many elements.
struct Need {
  AffineExpr extent;
  int64_t minimum;
  StringRef what;
};

} // namespace

/// What an operation needs, if anything.
static std::optional<Need> findNeed(Operation *op, SizeAnalysis &sizes) {
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

FailureOr<SmallVector<Attribute>> gatefold::findMinimumSizes(ir::EntryOp entry,
                                                             const EntrySignature &signature) {
  SizeAnalysis sizes(entry, signature.sizes);
  SmallVector<Attribute> minimums;
  WalkResult result = entry.walk([&](Operation *op) -> WalkResult {
    std::optional<Need> need = findNeed(op, sizes);
    if (!need || isa<AffineConstantExpr>(need->extent))
      return WalkResult::advance();
    auto symbol = dyn_cast<AffineSymbolExpr>(need->extent);
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
