//===- Sizes.cpp - Extents of tensors in terms of the entry's sizes --*- C++ -*-===//

#include "Sizes.h"

#include "gatefold/Conversion/EntrySignature.h"
#include "gatefold/IR/Fusion.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace gatefold;

static RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

AffineExpr SizeAnalysis::getCanonicalExtent(Value value, unsigned axis) {
  AffineExpr extent = getDynamicExtent(value, axis);
  return extent ? simplifyAffineExpr(extent, counts.size(), names.size()) : extent;
}

Extents SizeAnalysis::getExtents(Value value) {
  if (auto it = known.find(value); it != known.end())
    return it->second;
  Extents extents;
  auto type = tensorType(value);
  for (unsigned axis = 0; axis < type.getRank(); ++axis)
    extents.push_back(type.isDynamicDim(axis)
                          ? getCanonicalExtent(value, axis)
                          : getAffineConstantExpr(type.getDimSize(axis), value.getContext()));
  known[value] = extents;
  return extents;
}

/// A sum taken apart into the rest and the number in it.
static std::pair<AffineExpr, int64_t> splitNumber(AffineExpr sum) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(sum);
  if (binary && binary.getKind() == AffineExprKind::Add)
    if (auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS()))
      return {binary.getLHS(), constant.getValue()};
  return {sum, 0};
}

/// `dividend / divisor` rounded down, so that equal sizes have one form: what is whole stands
/// outside of the division, and quotients of quotients are one.
static AffineExpr getQuotient(AffineExpr dividend, int64_t divisor) {
  auto [rest, number] = splitNumber(dividend);
  auto inner = dyn_cast<AffineBinaryOpExpr>(rest);
  if (inner && inner.getKind() == AffineExprKind::FloorDiv)
    if (auto by = dyn_cast<AffineConstantExpr>(inner.getRHS()))
      return getQuotient(inner.getLHS() + number * by.getValue(), divisor * by.getValue());
  int64_t whole = llvm::divideFloorSigned(number, divisor);
  return (rest + (number - whole * divisor)).floorDiv(divisor) + whole;
}

AffineExpr SizeAnalysis::getNamed(StringAttr name) {
  auto *it = llvm::find(names, name);
  if (it == names.end())
    return nullptr;
  return getAffineSymbolExpr(it - names.begin(), name.getContext());
}

AffineExpr SizeAnalysis::getSize(Value index) {
  if (auto argument = dyn_cast<BlockArgument>(index)) {
    auto attend = dyn_cast<ir::AttendOp>(argument.getOwner()->getParentOp());
    return attend ? getKeys(attend) : AffineExpr();
  }
  Operation *op = index.getDefiningOp();
  if (auto size = dyn_cast_or_null<ir::SizeOp>(op))
    return getNamed(size.getNameAttr());
  if (auto dim = dyn_cast_or_null<ir::DimOp>(op)) {
    Extents extents = getExtents(dim.getInput());
    return extents[extents.size() - 1 - dim.getAxis()];
  }
  if (isa_and_nonnull<arith::AddIOp, arith::MulIOp>(op)) {
    AffineExpr lhs = getSize(op->getOperand(0)), rhs = getSize(op->getOperand(1));
    if (!lhs || !rhs)
      return nullptr;
    return isa<arith::AddIOp>(op) ? lhs + rhs : lhs * rhs;
  }
  IntegerAttr constant;
  if (auto quotient = dyn_cast_or_null<arith::FloorDivSIOp>(op)) {
    AffineExpr dividend = getSize(quotient.getLhs());
    if (!dividend || !matchPattern(quotient.getRhs(), m_Constant(&constant)) ||
        constant.getInt() < 1)
      return nullptr;
    return getQuotient(dividend, constant.getInt());
  }
  if (matchPattern(index, m_Constant(&constant)))
    return getAffineConstantExpr(constant.getInt(), index.getContext());
  return nullptr;
}

AffineExpr SizeAnalysis::getPortExtent(ir::PortAttr port, RankedTensorType type, unsigned axis) {
  return type.isDynamicDim(axis) ? getNamed(port.getDims()[axis])
                                 : getAffineConstantExpr(type.getDimSize(axis), port.getContext());
}

Extents SizeAnalysis::getResultExtents(unsigned index) {
  auto type = cast<RankedTensorType>(entry.getResultTypes()[index]);
  Extents extents;
  ir::PortAttr port = entry.getResultPort(index);
  for (unsigned axis = 0; axis < type.getRank(); ++axis) {
    bool isComputed = type.isDynamicDim(axis) && isComputedSize(port.getDims()[axis]);
    Value returned = entry.getBody().front().getTerminator()->getOperand(index);
    extents.push_back(isComputed ? getExtents(returned)[axis] : getPortExtent(port, type, axis));
  }
  return extents;
}

AffineExpr SizeAnalysis::getArgumentExtent(BlockArgument argument, unsigned axis) {
  if (argument.getOwner()->getParentOp() == entry)
    return getPortExtent(entry.getArgumentPort(argument.getArgNumber()), tensorType(argument),
                         axis);
  unsigned number = argument.getArgNumber();
  if (auto blocks = dyn_cast<ir::BlocksOp>(argument.getOwner()->getParentOp())) {
    bool isSequence = number < blocks.getSequences().size();
    return isSequence && axis == blocks.getAxis() ? getBlockSize(blocks)
                                                  : getExtents(blocks.getOperand(number))[axis];
  }
  // As if the region of attend took all keys at once.
  if (auto attend = dyn_cast<ir::AttendOp>(argument.getOwner()->getParentOp()))
    return getExtents(
        attend.getOperand(number - 1))[attend.getMappedAxes(number - 1).size() + axis];
  auto scan = cast<ir::ScanOp>(argument.getOwner()->getParentOp());
  if (number < scan.getSequences().size())
    return getExtents(scan.getSequences()[number])[axis < scan.getAxis() ? axis : axis + 1];
  return getExtents(scan.getInitial()[number - scan.getSequences().size()])[axis];
}

AffineExpr SizeAnalysis::getScanExtent(ir::ScanOp scan, unsigned result, unsigned axis) {
  if (result >= scan.getNumOutputs())
    return getExtents(scan.getInitial()[result - scan.getNumOutputs()])[axis];
  if (axis == scan.getAxis())
    return getExtents(scan.getSequences().front())[axis];
  Value yielded = scan.getYield().getOutputs()[result];
  AffineExpr extent = getExtents(yielded)[axis < scan.getAxis() ? axis : axis - 1];
  return extent && isKnownBefore(scan, extent) ? extent : nullptr;
}

/// The steps of one block.
AffineExpr SizeAnalysis::getBlockSize(ir::BlocksOp blocks) {
  auto most = int64_t(blocks.getLength());
  if (int64_t steps = blocks.getSteps(); !ShapedType::isDynamic(steps))
    most = std::min(most, steps);
  return getCount(blocks.getBody().getArgument(0), getAffineConstantExpr(most, blocks.getContext()),
                  blocks);
}

AffineExpr SizeAnalysis::getBlocksExtent(ir::BlocksOp blocks, unsigned result, unsigned axis) {
  if (result >= blocks.getNumOutputs())
    return getExtents(blocks.getInitial()[result - blocks.getNumOutputs()])[axis];
  if (axis == blocks.getAxis())
    return getExtents(blocks.getSequences().front())[axis];
  AffineExpr extent = getExtents(blocks.getYield().getOutputs()[result])[axis];
  return extent && isKnownBefore(blocks, extent) ? extent : nullptr;
}

/// True if a number of rows was asked for in front of a scan or blocks, or is that of the steps of
/// a block around them.
bool SizeAnalysis::isKnownBefore(Operation *loop, unsigned number) {
  if (Operation *blocks = counts[number].blocks)
    return blocks->isProperAncestor(loop);
  Value count = counts[number].count;
  return llvm::any_of(count.getUsers(), [&](Operation *user) {
    Operation *ancestor = user->getBlock()->findAncestorOpInBlock(*loop);
    return isa<ir::PrefixOp, ir::SuffixOp>(user) && ancestor && user->isBeforeInBlock(ancestor) &&
           getExtents(user->getResult(0))[tensorType(count).getRank()] ==
               getAffineDimExpr(number, loop->getContext());
  });
}

/// True if that holds for every number of rows that the size is made of.
bool SizeAnalysis::isKnownBefore(Operation *loop, AffineExpr extent) {
  for (unsigned number = 0; number < counts.size(); ++number)
    if (extent.isFunctionOfDim(number) && !isKnownBefore(loop, number))
      return false;
  return true;
}

/// The dimension that stands for a number of rows.
AffineExpr SizeAnalysis::getCount(Value count, AffineExpr rows, Operation *blocks) {
  RowCount wanted{count, rows, blocks};
  auto *it = llvm::find(counts, wanted);
  unsigned number = it - counts.begin();
  if (it == counts.end())
    counts.push_back(wanted);
  return getAffineDimExpr(number, count.getContext());
}

template <typename RowsOp>
AffineExpr SizeAnalysis::getRowsExtent(RowsOp rows, unsigned axis) {
  AffineExpr extent = getExtents(rows.getInput())[axis];
  if (axis != tensorType(rows.getCount()).getRank() || !extent)
    return extent;
  return getCount(rows.getCount(), extent, /*blocks=*/nullptr);
}

AffineExpr SizeAnalysis::getLimit(AffineExpr extent) const {
  if (extent.isSymbolicOrConstant())
    return extent;
  // Sizes are sums, products and quotients: none grows where one within it shrinks.
  SmallVector<AffineExpr> limits;
  for (const RowCount &rows : counts)
    limits.push_back(getLimit(rows.rows));
  return extent.replaceDims(limits);
}

AffineExpr SizeAnalysis::getReshapedExtent(ir::ReshapeOp reshape, unsigned axis) {
  Extents input = getExtents(reshape.getInput());
  unsigned kept = input.size() - reshape.getReplaced();
  if (axis < kept)
    return input[axis];
  // The one dynamic new axis takes what the static ones leave.
  auto type = tensorType(reshape.getResult());
  int64_t others = 1, before = 1;
  AffineExpr dynamic = getAffineConstantExpr(1, reshape.getContext());
  for (AffineExpr extent : ArrayRef(input).drop_front(kept)) {
    if (auto constant = dyn_cast<AffineConstantExpr>(extent))
      before *= constant.getValue();
    else
      dynamic = dynamic * extent;
  }
  for (int64_t size : type.getShape().drop_front(kept))
    others *= ShapedType::isDynamic(size) ? 1 : size;
  return (dynamic * before).floorDiv(std::max<int64_t>(others, 1));
}

AffineExpr SizeAnalysis::getBroadcastExtent(ir::BroadcastOp broadcast, unsigned axis) {
  auto type = tensorType(broadcast.getResult());
  unsigned inputAxis = 0, sizeIndex = 0;
  for (unsigned i = 0;; ++i) {
    bool isNew = llvm::is_contained(broadcast.getAxes(), type.getRank() - 1 - i);
    if (i == axis)
      return isNew ? getSize(broadcast.getSizes()[sizeIndex])
                   : getExtents(broadcast.getInput())[inputAxis];
    inputAxis += !isNew;
    sizeIndex += isNew && type.isDynamicDim(i);
  }
}

AffineExpr SizeAnalysis::getDotExtent(ir::DotOp dot, unsigned axis) {
  Extents lhs = getExtents(dot.getLhs()), rhs = getExtents(dot.getRhs());
  if (axis < lhs.size() - 1)
    return lhs[axis];
  // The rest of the result is the rest of `rhs` without its contracted axis.
  unsigned contracted = rhs.size() - (dot.getTransposed() ? 2 : 1);
  unsigned rest = dot.getMapped() + axis - (lhs.size() - 1);
  return rhs[rest < contracted ? rest : rest + 1];
}

AffineExpr SizeAnalysis::getKeys(ir::AttendOp attend) {
  Extents values = getExtents(attend.getValues());
  return values[values.size() - 2];
}

AffineExpr SizeAnalysis::getAttendExtent(ir::AttendOp attend, unsigned axis) {
  if (axis == attend.getNumMapped())
    return getExtents(attend.getValues()).back();
  for (auto [number, operand] : llvm::enumerate(attend.getOperands()))
    for (auto [place, mapped] : llvm::enumerate(attend.getMappedAxes(number)))
      if (mapped == axis)
        return getExtents(operand)[place];
  llvm_unreachable("every mapped axis is one of an operand");
}

AffineExpr SizeAnalysis::getWindowsExtent(ir::WindowsOp windows, unsigned axis) {
  Extents input = getExtents(windows.getInput());
  unsigned split = input.size() - 1 - windows.getAxis();
  if (axis != split)
    return input[axis < split ? axis : axis - 1];
  auto stride = int64_t(windows.getStride());
  int64_t reach = int64_t(windows.getDilation()) * (int64_t(windows.getSize()) - 1) + 1;
  return input[split] ? getQuotient(input[split] + (stride - reach), stride) : AffineExpr();
}

AffineExpr SizeAnalysis::getGenerateExtent(ir::GenerateOp generate, unsigned result,
                                           unsigned axis) {
  unsigned numOutputs = generate->getNumResults() - generate.getNext().size();
  if (result >= numOutputs)
    return getExtents(generate.getUpdated()[result - numOutputs])[axis];
  return axis == 0 ? getExtents(generate.getToken())[0] : getSize(generate.getMost());
}

AffineExpr SizeAnalysis::getDynamicExtent(Value value, unsigned axis) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return getArgumentExtent(argument, axis);
  Operation *op = value.getDefiningOp();
  unsigned fromEnd = tensorType(value).getRank() - 1 - axis;
  return llvm::TypeSwitch<Operation *, AffineExpr>(op)
      .Case([&](ir::ScanOp scan) {
        return getScanExtent(scan, cast<OpResult>(value).getResultNumber(), axis);
      })
      .Case([&](ir::BlocksOp blocks) {
        return getBlocksExtent(blocks, cast<OpResult>(value).getResultNumber(), axis);
      })
      .Case([&](ir::GenerateOp generate) {
        return getGenerateExtent(generate, cast<OpResult>(value).getResultNumber(), axis);
      })
      .Case([&](ir::AppendOp append) { return getExtents(append.getMemory())[axis]; })
      .Case([&](ir::PrefixOp prefix) { return getRowsExtent(prefix, axis); })
      .Case([&](ir::SuffixOp suffix) { return getRowsExtent(suffix, axis); })
      .Case([&](ir::DotOp dot) { return getDotExtent(dot, axis); })
      .Case([&](ir::DotsOp dots) { return getExtents(dots.getLhs())[axis]; })
      .Case([&](ir::FuseOp fuse) {
        return getExtents(
            fuse.getKeep().getValues()[cast<OpResult>(value).getResultNumber()])[axis];
      })
      .Case([&](ir::AttendOp attend) { return getAttendExtent(attend, axis); })
      .Case([&](ir::ReshapeOp reshape) { return getReshapedExtent(reshape, axis); })
      .Case([&](ir::BroadcastOp broadcast) { return getBroadcastExtent(broadcast, axis); })
      .Case([&](ir::ReduceOp reduce) {
        Extents input = getExtents(reduce.getInput()), kept;
        for (auto [i, extent] : llvm::enumerate(input))
          if (!llvm::is_contained(reduce.getAxes(), int64_t(input.size() - 1 - i)))
            kept.push_back(extent);
        return kept[axis];
      })
      .Case([&](ir::ArgMaxOp argmax) { return getExtents(argmax.getInput())[axis]; })
      .Case([&](ir::ConcatOp concat) {
        if (int64_t(fromEnd) != int64_t(concat.getAxis()))
          return getExtents(concat.getInputs().front())[axis];
        AffineExpr sum = getAffineConstantExpr(0, op->getContext());
        for (Value input : concat.getInputs())
          sum = sum + getExtents(input)[axis];
        return sum;
      })
      .Case([&](ir::SliceOp slice) { return getExtents(slice.getInput())[axis]; })
      .Case<ir::CumulateOp, ir::ReverseOp>(
          [&](auto same) { return getExtents(same.getInput())[axis]; })
      .Case([&](ir::WindowsOp windows) { return getWindowsExtent(windows, axis); })
      .Case([&](ir::TransposeOp transpose) {
        unsigned permuted = transpose.getPermutation().size();
        unsigned kept = tensorType(value).getRank() - permuted;
        unsigned from = axis < kept ? axis : kept + transpose.getPermutation()[axis - kept];
        return getExtents(transpose.getInput())[from];
      })
      .Case([&](ir::GatherOp gather) {
        unsigned indexRank = tensorType(gather.getIndices()).getRank();
        return axis < indexRank
                   ? getExtents(gather.getIndices())[axis]
                   : getExtents(gather.getTable())[axis - indexRank + gather.getMapped() + 1];
      })
      .Default([&](Operation *elementwise) -> AffineExpr {
        for (Value operand : elementwise->getOperands())
          if (auto type = dyn_cast<RankedTensorType>(operand.getType());
              type && type.getRank() == tensorType(value).getRank())
            return getExtents(operand)[axis];
        return nullptr;
      });
}
