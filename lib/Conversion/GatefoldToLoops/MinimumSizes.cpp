//===- MinimumSizes.cpp - What an entry needs of its dynamic sizes ---------*- C++ -*-===//

#include "MinimumSizes.h"
#include "gatefold/IR/Places.h"

using namespace mlir;
using namespace gatefold;

/// How many elements of its axis a window spans.
static int64_t getReach(ir::WindowsOp windows) {
  return int64_t(windows.getDilation()) * (int64_t(windows.getSize()) - 1) + 1;
}

std::optional<Need> gatefold::findNeed(Operation *op, SizeAnalysis &sizes) {
  if (auto slice = dyn_cast<ir::SliceOp>(op)) {
    Extents extents = sizes.getExtents(slice.getInput());
    int64_t offset = int64_t(slice.getOffset());
    int64_t minimum = offset < 0 ? -offset : offset + int64_t(slice.getSize());
    return Need{extents[extents.size() - 1 - slice.getAxis()], minimum, "the element picked"};
  }
  if (auto windows = dyn_cast<ir::WindowsOp>(op)) {
    Extents extents = sizes.getExtents(windows.getInput());
    return Need{extents[extents.size() - 1 - windows.getAxis()], windows.getLeastExtent(),
                "a window of " + std::to_string(getReach(windows))};
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
  auto bringsRows = [&](auto loop) {
    return sizes.getExtents(loop.getSequences().front())[loop.getAxis()] == limit;
  };
  for (Operation *parent = op->getParentOp(); parent; parent = parent->getParentOp()) {
    auto scan = dyn_cast<ir::ScanOp>(parent);
    auto blocks = dyn_cast<ir::BlocksOp>(parent);
    if ((scan && bringsRows(scan)) || (blocks && bringsRows(blocks)))
      return need.minimum <= 1;
  }
  return false;
}

/// The value of `extent` where all sizes are `size`.
static int64_t evaluate(AffineExpr extent, unsigned numSizes, int64_t size) {
  SmallVector<AffineExpr> sizes(numSizes, getAffineConstantExpr(size, extent.getContext()));
  return cast<AffineConstantExpr>(extent.replaceSymbols(sizes)).getValue();
}

/// The one size that an extent is made of; nullopt if there are several.
static std::optional<unsigned> findOnlySize(AffineExpr extent) {
  std::optional<unsigned> found;
  bool isOnly = true;
  extent.walk([&](AffineExpr part) {
    auto symbol = dyn_cast<AffineSymbolExpr>(part);
    if (!symbol)
      return;
    isOnly &= found.value_or(symbol.getPosition()) == symbol.getPosition();
    found = symbol.getPosition();
  });
  return isOnly ? found : std::nullopt;
}

/// The least size for which an extent, which grows with it, has at least `minimum` elements;
/// nullopt if none has.
static std::optional<int64_t> findLeastSize(AffineExpr extent, unsigned numSizes, int64_t minimum) {
  int64_t low = 0, high = int64_t(1) << 31;
  if (evaluate(extent, numSizes, high) < minimum)
    return std::nullopt;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (evaluate(extent, numSizes, middle) >= minimum)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
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
    unsigned numSizes = signature.sizes.size();
    if (evaluate(limit, numSizes, 0) >= need->minimum)
      return WalkResult::advance();
    // No window at all is what an axis without elements gives that is padded for the purpose, and
    // elsewhere a mistake.
    if (auto windows = dyn_cast<ir::WindowsOp>(op))
      need->minimum = getReach(windows);
    std::optional<unsigned> only = findOnlySize(limit);
    std::optional<int64_t> least =
        only ? findLeastSize(limit, numSizes, need->minimum) : std::nullopt;
    if (!least)
      return op->emitOpError("needs at least ")
             << need->minimum << " elements of an axis whose size is computed from several";
    minimums.push_back(ir::MinimumSizeAttr::get(
        op->getContext(), signature.sizes[*only], *least,
        StringAttr::get(op->getContext(),
                        need->what + ir::describePlaceInParentheses(op->getLoc()))));
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  return minimums;
}
