//===- ShapeFolds.cpp - Simplification of shape operations ------*- C++ -*-===//
//
// Shape operations that change nothing fold to their operand, two of a kind in a row become one,
// and the size of an axis is looked for where the axis comes from.
//
//===----------------------------------------------------------------------===//

#include "ShapeHelpers.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gatefold::ir;

//===----------------------------------------------------------------------===//
// Folders
//===----------------------------------------------------------------------===//

OpFoldResult DimOp::fold(FoldAdaptor) {
  RankedTensorType type = getInput().getType();
  int64_t size = type.getDimSize(fromFront(type, getAxis()));
  if (ShapedType::isDynamic(size))
    return {};
  return IntegerAttr::get(IndexType::get(getContext()), size);
}

OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  if (getAxes().empty())
    return getInput();
  auto constant = llvm::dyn_cast_if_present<SplatElementsAttr>(adaptor.getInput());
  if (constant && getType().hasStaticShape())
    return constant.resizeSplat(getType());
  return {};
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  return getInputs().size() == 1 ? OpFoldResult(getInputs().front()) : OpFoldResult();
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  // The result's axis is static, so equal types say that all of the axis is taken.
  return getInput().getType() == getType() ? OpFoldResult(getInput()) : OpFoldResult();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? OpFoldResult(getInput()) : OpFoldResult();
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  auto length = static_cast<int64_t>(getPermutation().size());
  if (llvm::equal(getPermutation(), llvm::seq<int64_t>(0, length)))
    return getInput();
  return {};
}

OpFoldResult ReverseOp::fold(FoldAdaptor) {
  // Twice is not at all; nor does it change an axis of one element.
  if (auto inner = getInput().getDefiningOp<ReverseOp>(); inner && inner.getAxis() == getAxis())
    return inner.getInput();
  return getType().getDimSize(fromFront(getType(), getAxis())) == 1 ? OpFoldResult(getInput())
                                                                    : OpFoldResult();
}

//===----------------------------------------------------------------------===//
// Two of a kind
//===----------------------------------------------------------------------===//

namespace {
/// broadcast(broadcast(x, A), B) => broadcast(x, B + A at the axes that B leaves)
struct ComposeBroadcasts : OpRewritePattern<BroadcastOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(BroadcastOp outer, PatternRewriter &rewriter) const final {
    auto inner = outer.getInput().getDefiningOp<BroadcastOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(outer, "the operand is no broadcast");
    RankedTensorType result = outer.getType();
    SmallVector<int64_t> axes;
    SmallVector<Value> sizes;
    ValueRange outerSizes = outer.getSizes(), innerSizes = inner.getSizes();
    // Sizes stand from the front to the back, so the walk goes the same way.
    int64_t innerAxis = inner.getType().getRank();
    for (int64_t axis = result.getRank() - 1; axis >= 0; --axis) {
      bool isOuter = llvm::is_contained(outer.getAxes(), axis);
      if (!isOuter && !llvm::is_contained(inner.getAxes(), --innerAxis))
        continue;
      axes.push_back(axis);
      if (!result.isDynamicDim(fromFront(result, axis)))
        continue;
      ValueRange &from = isOuter ? outerSizes : innerSizes;
      sizes.push_back(from.front());
      from = from.drop_front();
    }
    std::reverse(axes.begin(), axes.end());
    rewriter.replaceOpWithNewOp<BroadcastOp>(outer, result, inner.getInput(), sizes, axes);
    return success();
  }
};

/// slice(slice(x, axis, o, n), axis, p, m) => slice(x, axis, o + p, m)
struct ComposeSlices : OpRewritePattern<SliceOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(SliceOp outer, PatternRewriter &rewriter) const final {
    auto inner = outer.getInput().getDefiningOp<SliceOp>();
    if (!inner || inner.getAxis() != outer.getAxis())
      return rewriter.notifyMatchFailure(outer, "the operand is no slice of the same axis");
    auto within = static_cast<int64_t>(outer.getOffset());
    if (within < 0)
      within += static_cast<int64_t>(inner.getSize());
    int64_t offset = static_cast<int64_t>(inner.getOffset()) + within;
    // From the end, the empty range behind the last element has no offset.
    if (static_cast<int64_t>(inner.getOffset()) < 0 && offset >= 0)
      return rewriter.notifyMatchFailure(outer, "an empty range at the end");
    rewriter.replaceOpWithNewOp<SliceOp>(outer, inner.getInput(), outer.getAxis(), offset,
                                         outer.getSize());
    return success();
  }
};

/// reshape(reshape(x)) => reshape(x)
struct ComposeReshapes : OpRewritePattern<ReshapeOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(ReshapeOp outer, PatternRewriter &rewriter) const final {
    auto inner = outer.getInput().getDefiningOp<ReshapeOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(outer, "the operand is no reshape");
    RankedTensorType input = inner.getInput().getType();
    int64_t keptByInner = input.getRank() - static_cast<int64_t>(inner.getReplaced());
    int64_t keptByOuter = inner.getType().getRank() - static_cast<int64_t>(outer.getReplaced());
    int64_t replaced = input.getRank() - std::min(keptByInner, keptByOuter);
    if (!ReshapeOp::isPossible(input, outer.getType(), replaced))
      return rewriter.notifyMatchFailure(outer, "together they replace two dynamic axes");
    rewriter.replaceOpWithNewOp<ReshapeOp>(outer, outer.getType(), inner.getInput(), replaced);
    return success();
  }
};

/// transpose(transpose(x, p), q) => transpose(x, p[q])
struct ComposeTransposes : OpRewritePattern<TransposeOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(TransposeOp outer, PatternRewriter &rewriter) const final {
    auto inner = outer.getInput().getDefiningOp<TransposeOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(outer, "the operand is no transpose");
    size_t length = std::max(inner.getPermutation().size(), outer.getPermutation().size());
    SmallVector<int64_t> first = lengthen(inner.getPermutation(), length);
    SmallVector<int64_t> second = lengthen(outer.getPermutation(), length);
    SmallVector<int64_t> both;
    for (int64_t position : second)
      both.push_back(first[position]);
    rewriter.replaceOpWithNewOp<TransposeOp>(outer, inner.getInput(), both);
    return success();
  }

private:
  /// The same permutation with more axes in front, which stay where they are.
  static SmallVector<int64_t> lengthen(ArrayRef<int64_t> permutation, size_t length) {
    auto more = static_cast<int64_t>(length - permutation.size());
    SmallVector<int64_t> result = llvm::to_vector(llvm::seq<int64_t>(0, more));
    for (int64_t position : permutation)
      result.push_back(more + position);
    return result;
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Sizes of axes
//===----------------------------------------------------------------------===//

namespace {
/// An axis of a value, counted from the end.
struct AxisOf {
  Value value;
  int64_t axis;
};
} // namespace

/// The axis that the result of `op` has its axis `axis` from, if there is just one.
static std::optional<AxisOf> findSource(Operation *op, int64_t axis) {
  using Source = std::optional<AxisOf>;
  return TypeSwitch<Operation *, Source>(op)
      .Case<BroadcastOp>([&](BroadcastOp broadcast) -> Source {
        if (llvm::is_contained(broadcast.getAxes(), axis))
          return std::nullopt;
        return AxisOf{broadcast.getInput(),
                      axis - llvm::count_if(broadcast.getAxes(),
                                            [&](int64_t added) { return added < axis; })};
      })
      .Case<SliceOp>([&](SliceOp slice) -> Source {
        if (static_cast<int64_t>(slice.getAxis()) == axis)
          return std::nullopt;
        return AxisOf{slice.getInput(), axis};
      })
      .Case<ConcatOp>([&](ConcatOp concat) -> Source {
        if (static_cast<int64_t>(concat.getAxis()) == axis)
          return std::nullopt;
        return AxisOf{concat.getInputs().front(), axis};
      })
      .Case<TransposeOp>([&](TransposeOp transpose) -> Source {
        auto length = static_cast<int64_t>(transpose.getPermutation().size());
        if (axis >= length)
          return AxisOf{transpose.getInput(), axis};
        return AxisOf{transpose.getInput(),
                      length - 1 - transpose.getPermutation()[length - 1 - axis]};
      })
      .Case<ReverseOp, CumulateOp>(
          [&](auto same) -> Source { return AxisOf{same.getInput(), axis}; })
      .Case<WindowsOp>([&](WindowsOp windows) -> Source {
        auto split = static_cast<int64_t>(windows.getAxis());
        if (axis == split || axis == split + 1)
          return std::nullopt;
        return AxisOf{windows.getInput(), axis < split ? axis : axis - 1};
      })
      .Case<ReduceOp>([&](ReduceOp reduce) -> Source {
        for (int64_t gone : reduce.getAxes())
          axis += gone <= axis;
        return AxisOf{reduce.getInput(), axis};
      })
      .Default([&](Operation *other) -> Source {
        if (OpTrait::hasElementwiseMappableTraits(other) &&
            isa<RankedTensorType>(other->getOperand(0).getType()))
          return AxisOf{other->getOperand(0), axis};
        return std::nullopt;
      });
}

namespace {
/// dim(f(x), axis) => dim(x, axis of x) where f keeps the axis
struct FindSizeAtSource : OpRewritePattern<DimOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(DimOp dim, PatternRewriter &rewriter) const final {
    Operation *op = dim.getInput().getDefiningOp();
    std::optional<AxisOf> source =
        op ? findSource(op, static_cast<int64_t>(dim.getAxis())) : std::nullopt;
    if (!source)
      return rewriter.notifyMatchFailure(dim, "the axis comes from no single operand");
    rewriter.replaceOpWithNewOp<DimOp>(dim, source->value, source->axis);
    return success();
  }
};

/// dim(broadcast(x, sizes), new axis) => its size
struct SizeOfBroadcast : OpRewritePattern<DimOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(DimOp dim, PatternRewriter &rewriter) const final {
    auto broadcast = dim.getInput().getDefiningOp<BroadcastOp>();
    auto asked = static_cast<int64_t>(dim.getAxis());
    if (!broadcast || !llvm::is_contained(broadcast.getAxes(), asked))
      return rewriter.notifyMatchFailure(dim, "not a new axis of a broadcast");
    RankedTensorType type = broadcast.getType();
    if (!type.isDynamicDim(fromFront(type, asked)))
      return rewriter.notifyMatchFailure(dim, "the folder knows static sizes");
    int64_t before = llvm::count_if(broadcast.getAxes(), [&](int64_t axis) {
      return axis > asked && type.isDynamicDim(fromFront(type, axis));
    });
    rewriter.replaceOp(dim, broadcast.getSizes()[before]);
    return success();
  }
};

/// dim(outputs of scan, axis of the steps) => dim(a sequence, its axis of the steps)
struct SizeOfScan : OpRewritePattern<DimOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(DimOp dim, PatternRewriter &rewriter) const final {
    auto scan = dim.getInput().getDefiningOp<ScanOp>();
    if (!scan)
      return rewriter.notifyMatchFailure(dim, "not of a scan");
    auto result = cast<OpResult>(dim.getInput());
    if (result.getResultNumber() >= scan.getNumOutputs() ||
        fromFront(dim.getInput().getType(), dim.getAxis()) != static_cast<int64_t>(scan.getAxis()))
      return rewriter.notifyMatchFailure(dim, "not the steps of an output");
    Value sequence = scan.getSequences().front();
    rewriter.replaceOpWithNewOp<DimOp>(
        dim, sequence, fromFront(tensorType(sequence), static_cast<int64_t>(scan.getAxis())));
    return success();
  }
};
} // namespace

void DimOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<FindSizeAtSource, SizeOfBroadcast, SizeOfScan>(context);
}

void BroadcastOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<ComposeBroadcasts>(context);
}

void SliceOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<ComposeSlices>(context);
}

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<ComposeReshapes>(context);
}

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<ComposeTransposes>(context);
}
