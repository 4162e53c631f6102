//===- ScoreEmitter.cpp - The scores of sixteen keys ------------------------*- C++ -*-===//

#include "ScoreEmitter.h"
#include "ShapeQueries.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gatefold;

static unsigned getRank(Value value) { return cast<RankedTensorType>(value.getType()).getRank(); }

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

/// Scores from here on are meant to hide.
static constexpr float mostHidden = -1e20f;

/// The number that is a value of the region everywhere.
static std::optional<APFloat> getNumber(Value value) {
  if (auto broadcast = value.getDefiningOp<ir::BroadcastOp>())
    return getNumber(broadcast.getInput());
  auto constant = value.getDefiningOp<arith::ConstantOp>();
  auto elements = constant ? dyn_cast<DenseFPElementsAttr>(constant.getValue()) : nullptr;
  if (!elements || !elements.isSplat())
    return std::nullopt;
  return elements.getSplatValue<APFloat>();
}

/// True if a product or sum goes into a value of the region.
static bool hangsOnReduction(Value value) {
  Operation *op = value.getDefiningOp();
  return op && (ir::isScoreReduction(op) || llvm::any_of(op->getOperands(), hangsOnReduction));
}

std::optional<ScoreMask> gatefold::findMask(ir::AttendOp attend) {
  auto select = attend.getScores().getDefiningOp<arith::SelectOp>();
  if (!select || hangsOnReduction(select.getCondition()))
    return std::nullopt;
  for (bool where : {false, true}) {
    Value value = where ? select.getTrueValue() : select.getFalseValue();
    std::optional<APFloat> number = getNumber(value);
    if (number && *number <= APFloat(mostHidden))
      return ScoreMask{select.getCondition(), where, *number};
  }
  return std::nullopt;
}

Value ScoreEmitter::emitShown(const ScoreMask &mask) {
  Known known;
  Value any;
  for (unsigned query = 0; query < queries.size(); ++query) {
    Value shown = element(mask.condition, Place{query, {}, {}, {}}, known);
    Value hides = arith::ConstantOp::create(builder, loc, builder.getOneAttr(shown.getType()));
    if (mask.hidesWhere)
      shown = arith::XOrIOp::create(builder, loc, shown, hides);
    if (isa<VectorType>(shown.getType()))
      shown = vector::ReductionOp::create(builder, loc, vector::CombiningKind::OR, shown);
    any = any ? arith::OrIOp::create(builder, loc, any, shown).getResult() : shown;
  }
  return any;
}

ScoreEmitter::ScoreEmitter(EntryEmitter &emitter, ir::AttendOp attend, ArrayRef<View> operands,
                           ArrayRef<SmallVector<Value>> queries, int64_t tiled, Value start,
                           const View &scratch)
    : emitter(emitter), builder(emitter.builder), loc(attend.getLoc()), attend(attend),
      operands(operands), queries(queries), tiled(tiled), start(start), scratch(scratch) {
  const View &values = operands.back();
  AffineExpr keys = values.extents[values.extents.size() - 2];
  end = emitter.memory.getSize(keys);
  std::optional<int64_t> constant = getConstantExtent(keys);
  if (!constant || *constant % numLanes != 0)
    mask =
        vector::CreateMaskOp::create(builder, loc, VectorType::get({numLanes}, builder.getI1Type()),
                                     arith::SubIOp::create(builder, loc, end, start).getResult());
}

SmallVector<Value> ScoreEmitter::emit() {
  Known known;
  SmallVector<Value> results;
  for (unsigned query = 0; query < queries.size(); ++query) {
    Value scores = broadcast(element(attend.getScores(), Place{query, {}, {}, {}}, known));
    if (mask) {
      auto type = cast<VectorType>(scores.getType());
      auto none = APFloat::getInf(APFloat::IEEEsingle(), /*Negative=*/true);
      Value otherwise = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, none));
      scores = arith::SelectOp::create(builder, loc, mask, scores, otherwise);
    }
    results.push_back(scores);
  }
  return results;
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

/// True if a value of the region may differ between the queries of a tile.
bool ScoreEmitter::isTiled(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argument.getArgNumber() != 0 &&
           llvm::is_contained(attend.getMappedAxes(argument.getArgNumber() - 1), tiled);
  auto [known, isNew] = differs.try_emplace(value, false);
  if (isNew) {
    bool any = llvm::any_of(value.getDefiningOp()->getOperands(),
                            [&](Value operand) { return isTiled(operand); });
    differs[value] = any;
    return any;
  }
  return known->second;
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
  auto number = [&] { return isTiled(value) ? place.query : 0; };
  if (Value found = known.lookup({value, number()}))
    return found;
  Operation *op = value.getDefiningOp();
  if (op && ir::isScoreReduction(op)) {
    for (auto [query, sums] : llvm::enumerate(emitReduction(op)))
      known[{value, static_cast<unsigned>(query)}] = sums;
    return known.lookup({value, number()});
  }
  Value result = computeElement(value, place, known);
  known[{value, number()}] = result;
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
  return compute(op, place, known);
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
    indices.push_back(queries[place.query][axis]);
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

/// Adds lanes that are `width` apart: of `a` where the bit `width` of a lane's number is 0, of `b`
/// where it is 1. One of the two terms of each lane stays in its place, which is cheap.
Value ScoreEmitter::mergeLanes(Value a, Value b, int64_t width) {
  SmallVector<int64_t> still, moved;
  for (int64_t lane = 0; lane < numLanes; ++lane) {
    int64_t from = (lane & width) == 0 ? 0 : numLanes;
    still.push_back(from + lane);
    moved.push_back(from + (lane ^ width));
  }
  Value one = vector::ShuffleOp::create(builder, loc, a, b, still);
  Value other = vector::ShuffleOp::create(builder, loc, a, b, moved);
  return arith::AddFOp::create(builder, loc, one, other);
}

/// A product or sum for each of the sixteen keys, for each query.
SmallVector<Value> ScoreEmitter::emitReduction(Operation *op) {
  Value zero = emitter.index(0);
  int64_t numQueries = isTiled(op->getResult(0)) ? queries.size() : 1;
  auto row = [&](int64_t query, Value group) -> Value {
    return query == 0
               ? group
               : arith::AddIOp::create(builder, loc, group, emitter.index(query * scratchRows))
                     .getResult();
  };
  {
    OpBuilder::InsertionGuard guard(builder);
    auto loop =
        scf::ForOp::create(builder, loc, zero, emitter.index(scratchRows), emitter.index(1));
    builder.setInsertionPoint(loop.getBody()->getTerminator());
    Value first = arith::AddIOp::create(builder, loc, start, loop.getInductionVar());
    for (auto [query, lanes] : llvm::enumerate(emitGroup(op, first, numQueries)))
      vector::StoreOp::create(builder, loc, lanes, scratch.memref,
                              ValueRange{row(query, loop.getInductionVar()), zero});
  }
  auto type = VectorType::get({numLanes}, builder.getF32Type());
  SmallVector<Value> results;
  for (int64_t query = 0; query < numQueries; ++query) {
    SmallVector<Value> rows;
    for (int64_t group = 0; group < scratchRows; ++group)
      rows.push_back(
          vector::LoadOp::create(builder, loc, type, scratch.memref,
                                 ValueRange{emitter.index(query * scratchRows + group), zero}));
    results.push_back(
        mergeLanes(mergeLanes(rows[0], rows[2], 2), mergeLanes(rows[1], rows[3], 2), 1));
  }
  return results;
}

/// Keys that are computed at once, `scratchRows` apart: the bits of a key's number are those of the
/// lane that its sum ends in.
SmallVector<Value> ScoreEmitter::getKeys(Value first) {
  Value last = arith::SubIOp::create(builder, loc, end, emitter.index(1));
  SmallVector<Value> keys;
  for (int64_t i = 0; i < keysPerGroup; ++i) {
    Value key = arith::AddIOp::create(builder, loc, first, emitter.index(i * scratchRows));
    // Keys that are not there have a score that nobody looks at.
    keys.push_back(mask ? arith::MinSIOp::create(builder, loc, key, last).getResult() : key);
  }
  return keys;
}

/// For each query, four lanes of each of the four keys of a group.
SmallVector<Value> ScoreEmitter::emitGroup(Operation *op, Value first, int64_t numQueries) {
  SmallVector<Value> keys = getKeys(first);
  auto type = VectorType::get({numLanes}, builder.getF32Type());
  auto maskType = VectorType::get({numLanes}, builder.getI1Type());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  SmallVector<Value> sums(numQueries * keysPerGroup, zero);
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
  SmallVector<Value> results;
  for (size_t i = 0; i < sums.size(); i += keysPerGroup)
    results.push_back(mergeLanes(mergeLanes(sums[i], sums[i + 2], 8),
                                 mergeLanes(sums[i + 1], sums[i + 3], 8), 4));
  return results;
}

/// Adds sixteen terms of each of the keys to the sums, which are those of the first query for all
/// keys, and then of the others.
SmallVector<Value> ScoreEmitter::emitTerms(Operation *op, ArrayRef<Value> keys, Value column,
                                           Value exists, ValueRange sums) {
  SmallVector<Value> results;
  SmallVector<Known> known(keys.size());
  // What hangs on the query alone is the same for all keys, and found so by `cse`.
  for (auto [number, sum] : llvm::enumerate(sums)) {
    unsigned query = number / keys.size(), key = number % keys.size();
    SmallVector<Value> terms;
    for (Value operand : op->getOperands())
      terms.push_back(
          broadcast(element(operand, Place{query, keys[key], column, exists}, known[key])));
    Value next = terms.size() == 2
                     ? math::FmaOp::create(builder, loc, terms[0], terms[1], sum).getResult()
                     : arith::AddFOp::create(builder, loc, sum, terms[0]).getResult();
    // What is computed behind the end of a row need not be a number.
    results.push_back(exists ? arith::SelectOp::create(builder, loc, exists, next, sum).getResult()
                             : next);
  }
  return results;
}
