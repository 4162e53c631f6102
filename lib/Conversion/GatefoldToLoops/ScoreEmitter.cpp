//===- ScoreEmitter.cpp - The scores of sixteen keys ------------------------*- C++ -*-===//

#include "ScoreEmitter.h"
#include "ShapeQueries.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gatefold;

static unsigned getRank(Value value) { return cast<RankedTensorType>(value.getType()).getRank(); }

ScoreEmitter::ScoreEmitter(EntryEmitter &emitter, ir::AttendOp attend, ArrayRef<View> operands,
                           ArrayRef<Value> mapped, Value start, const View &scratch)
    : emitter(emitter), builder(emitter.builder), loc(attend.getLoc()), attend(attend),
      operands(operands), mapped(mapped), start(start), scratch(scratch) {
  const View &values = operands.back();
  AffineExpr keys = values.extents[values.extents.size() - 2];
  end = emitter.memory.getSize(keys);
  std::optional<int64_t> constant = getConstantExtent(keys);
  if (!constant || *constant % numLanes != 0)
    mask =
        vector::CreateMaskOp::create(builder, loc, VectorType::get({numLanes}, builder.getI1Type()),
                                     arith::SubIOp::create(builder, loc, end, start).getResult());
}

Value ScoreEmitter::emit() {
  Known known;
  Value scores = broadcast(element(attend.getScores(), Place{}, known));
  if (!mask)
    return scores;
  auto type = cast<VectorType>(scores.getType());
  auto none = APFloat::getInf(APFloat::IEEEsingle(), /*Negative=*/true);
  Value otherwise = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, none));
  return arith::SelectOp::create(builder, loc, mask, scores, otherwise);
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

/// True if a value of the region has the axis of the keys, which is its first.
bool ScoreEmitter::hasKeys(Value value) {
  if (getRank(value) != 1)
    return getRank(value) == 2;
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argument.getArgNumber() > attend.getQueries().size();
  Operation *op = value.getDefiningOp();
  if (isa<arith::ConstantOp>(op))
    return false;
  if (auto broadcast = dyn_cast<ir::BroadcastOp>(op); broadcast && !broadcast.getAxes().empty())
    return broadcast.getType().isDynamicDim(0);
  return ir::isScoreReduction(op) || hasKeys(op->getOperand(0));
}

/// The size of the other axis of a value of the region that has one.
AffineExpr ScoreEmitter::getColumns(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (!type.isDynamicDim(type.getRank() - 1))
    return getAffineConstantExpr(type.getShape().back(), builder.getContext());
  if (auto argument = dyn_cast<BlockArgument>(value))
    return operands[argument.getArgNumber() - 1].extents.back();
  for (Value operand : value.getDefiningOp()->getOperands())
    if (isa<RankedTensorType>(operand.getType()) && getRank(operand) > (hasKeys(operand) ? 1 : 0))
      return getColumns(operand);
  llvm_unreachable("a dynamic axis comes from an argument");
}

Value ScoreEmitter::broadcast(Value value) {
  if (isa<VectorType>(value.getType()))
    return value;
  return vector::BroadcastOp::create(builder, loc, VectorType::get({numLanes}, value.getType()),
                                     value);
}

Value ScoreEmitter::element(Value value, const Place &place, Known &known) {
  if (Value found = known.lookup(value))
    return found;
  Value result = computeElement(value, place, known);
  known[value] = result;
  return result;
}

Value ScoreEmitter::computeElement(Value value, const Place &place, Known &known) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return load(argument, place);
  Operation *op = value.getDefiningOp();
  if (auto broadcast = dyn_cast<ir::BroadcastOp>(op))
    return element(broadcast.getInput(), place, known);
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return arith::ConstantOp::create(
        builder, op->getLoc(),
        cast<DenseElementsAttr>(constant.getValue()).getSplatValue<TypedAttr>());
  return ir::isScoreReduction(op) ? emitReduction(op) : compute(op, place, known);
}

Value ScoreEmitter::compute(Operation *op, const Place &place, Known &known) {
  SmallVector<Value> elements;
  for (Value operand : op->getOperands())
    elements.push_back(element(operand, place, known));
  bool anyVector =
      llvm::any_of(elements, [](Value operand) { return isa<VectorType>(operand.getType()); });
  IRMapping mapping;
  for (auto [from, to] : llvm::zip_equal(op->getOperands(), elements))
    mapping.map(from, anyVector ? broadcast(to) : to);
  Type type = cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
  Operation *copy = op->clone(mapping);
  copy->getResult(0).setType(anyVector ? VectorType::get({numLanes}, type) : type);
  builder.insert(copy);
  return copy->getResult(0);
}

Value ScoreEmitter::load(BlockArgument argument, const Place &place) {
  unsigned number = argument.getArgNumber() - 1;
  const View &view = operands[number];
  SmallVector<Value> indices;
  for (int64_t axis : attend.getMappedAxes(number))
    indices.push_back(mapped[axis]);
  bool perKey = hasKeys(argument), wide = getRank(argument) > (perKey ? 1 : 0);
  if (perKey)
    indices.push_back(place.key ? place.key : start);
  if (wide)
    indices.push_back(place.column);
  Type stored = view.getElementType();
  Value result;
  if (wide || (perKey && !place.key)) {
    auto type = VectorType::get({numLanes}, stored);
    Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
    result = loadLanes(builder, loc, view.memref, indices, wide ? place.mask : mask, zero);
  } else {
    result = memref::LoadOp::create(builder, loc, view.memref, indices);
  }
  if (stored == cast<RankedTensorType>(argument.getType()).getElementType())
    return result;
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(result.getType()));
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, result, zero);
}

//===----------------------------------------------------------------------===//
// Products and sums
//===----------------------------------------------------------------------===//

/// Of vectors that hold `2 * width` lanes of each of their keys, a vector with `width` of each, the
/// keys of `b` behind those of `a`.
Value ScoreEmitter::mergeLanes(Value a, Value b, int64_t width) {
  SmallVector<int64_t> lower, upper;
  for (int64_t from = 0; from < 2 * numLanes; from += 2 * width)
    for (int64_t lane = from; lane < from + width; ++lane) {
      lower.push_back(lane);
      upper.push_back(lane + width);
    }
  Value low = vector::ShuffleOp::create(builder, loc, a, b, lower);
  Value high = vector::ShuffleOp::create(builder, loc, a, b, upper);
  return arith::AddFOp::create(builder, loc, low, high);
}

/// A product or sum for each of the sixteen keys.
Value ScoreEmitter::emitReduction(Operation *op) {
  Value zero = emitter.index(0);
  {
    OpBuilder::InsertionGuard guard(builder);
    auto loop =
        scf::ForOp::create(builder, loc, zero, emitter.index(scratchRows), emitter.index(1));
    builder.setInsertionPoint(loop.getBody()->getTerminator());
    Value first =
        arith::MulIOp::create(builder, loc, loop.getInductionVar(), emitter.index(keysPerGroup));
    first = arith::AddIOp::create(builder, loc, start, first);
    vector::StoreOp::create(builder, loc, emitGroup(op, first), scratch.memref,
                            ValueRange{loop.getInductionVar(), zero});
  }
  auto type = VectorType::get({numLanes}, builder.getF32Type());
  SmallVector<Value> rows;
  for (int64_t row = 0; row < scratchRows; ++row)
    rows.push_back(vector::LoadOp::create(builder, loc, type, scratch.memref,
                                          ValueRange{emitter.index(row), zero}));
  return mergeLanes(mergeLanes(rows[0], rows[1], 2), mergeLanes(rows[2], rows[3], 2), 1);
}

/// Four lanes of each of the four keys from `first` on.
Value ScoreEmitter::emitGroup(Operation *op, Value first) {
  Value last = arith::SubIOp::create(builder, loc, end, emitter.index(1));
  SmallVector<Value> keys;
  for (int64_t i = 0; i < keysPerGroup; ++i) {
    Value key = arith::AddIOp::create(builder, loc, first, emitter.index(i));
    // Keys that are not there have a score that nobody looks at.
    keys.push_back(mask ? arith::MinSIOp::create(builder, loc, key, last).getResult() : key);
  }
  auto type = VectorType::get({numLanes}, builder.getF32Type());
  auto maskType = VectorType::get({numLanes}, builder.getI1Type());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  SmallVector<Value> sums(keysPerGroup, zero);
  AffineExpr extent = getColumns(op->getOperand(0));
  std::optional<int64_t> columns = getConstantExtent(extent);
  if (columns && *columns <= numLanes) {
    Value exists;
    if (*columns < numLanes)
      exists = vector::ConstantMaskOp::create(builder, loc, maskType, ArrayRef<int64_t>{*columns});
    sums = emitTerms(op, keys, emitter.index(0), exists, sums);
  } else {
    Value columnEnd = emitter.memory.getSize(extent);
    auto loop = scf::ForOp::create(builder, loc, emitter.index(0), columnEnd,
                                   emitter.index(numLanes), sums);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value column = loop.getInductionVar(), exists;
    if (!columns || *columns % numLanes != 0)
      exists = vector::CreateMaskOp::create(
          builder, loc, maskType,
          arith::SubIOp::create(builder, loc, columnEnd, column).getResult());
    scf::YieldOp::create(builder, loc,
                         emitTerms(op, keys, column, exists, loop.getRegionIterArgs()));
    sums.assign(loop.getResults().begin(), loop.getResults().end());
  }
  return mergeLanes(mergeLanes(sums[0], sums[1], 8), mergeLanes(sums[2], sums[3], 8), 4);
}

/// Adds sixteen terms of each of the keys to their sums.
SmallVector<Value> ScoreEmitter::emitTerms(Operation *op, ArrayRef<Value> keys, Value column,
                                           Value exists, ValueRange sums) {
  SmallVector<Value> results;
  for (auto [key, sum] : llvm::zip_equal(keys, sums)) {
    Known known;
    SmallVector<Value> terms;
    for (Value operand : op->getOperands())
      terms.push_back(broadcast(element(operand, Place{key, column, exists}, known)));
    Value next = terms.size() == 2
                     ? math::FmaOp::create(builder, loc, terms[0], terms[1], sum).getResult()
                     : arith::AddFOp::create(builder, loc, sum, terms[0]).getResult();
    // What is computed behind the end of a row need not be a number.
    results.push_back(exists ? arith::SelectOp::create(builder, loc, exists, next, sum).getResult()
                             : next);
  }
  return results;
}
