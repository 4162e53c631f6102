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
  std::optional<ScoreMask> mask;
  auto select = attend.getScores().getDefiningOp<arith::SelectOp>();
  while (select && !hangsOnReduction(select.getCondition())) {
    Value trueValue = select.getTrueValue(), falseValue = select.getFalseValue();
    std::optional<APFloat> ofTrue = getNumber(trueValue), ofFalse = getNumber(falseValue);
    bool hidesTrue = ofTrue && *ofTrue <= APFloat(mostHidden);
    if (!hidesTrue && !(ofFalse && *ofFalse <= APFloat(mostHidden)))
      break;
    APFloat hidden = hidesTrue ? *ofTrue : *ofFalse;
    if (!mask)
      mask = ScoreMask{{}, hidden};
    mask->conditions.push_back({select.getCondition(), hidesTrue});
    mask->hidden = llvm::maxnum(mask->hidden, hidden);
    select = (hidesTrue ? falseValue : trueValue).getDefiningOp<arith::SelectOp>();
  }
  return mask;
}

Value ScoreEmitter::emitShown(const ScoreMask &mask) {
  Known known;
  Value any;
  for (unsigned query = 0; query < queries.size(); ++query) {
    Value shown;
    for (auto [value, hidesWhere] : mask.conditions) {
      Value condition = broadcast(element(value, Place{query, {}, {}, {}}, known));
      if (hidesWhere)
        condition = arith::XOrIOp::create(
            builder, loc, condition,
            arith::ConstantOp::create(builder, loc, builder.getOneAttr(condition.getType())));
      shown = shown ? arith::AndIOp::create(builder, loc, shown, condition).getResult() : condition;
    }
    shown = vector::ReductionOp::create(builder, loc, vector::CombiningKind::OR, shown);
    any = any ? arith::OrIOp::create(builder, loc, any, shown).getResult() : shown;
  }
  return any;
}

SmallVector<Operation *> gatefold::getReductions(ir::AttendOp attend) {
  SmallVector<Operation *> reductions;
  for (Operation &op : attend.getBody().front())
    if (ir::isScoreReduction(&op))
      reductions.push_back(&op);
  return reductions;
}

SmallVector<int64_t> ScoreEmitter::getScratchShape(const ScoreInputs &inputs, int64_t tileSize) {
  if (!inputs.hasPanels)
    return {tileSize * groups, numLanes};
  auto reductions = static_cast<int64_t>(getReductions(inputs.attend).size());
  return {(panelParts + reductions) * tileSize, ir::keysAtOnce};
}

ScoreEmitter::ScoreEmitter(EntryEmitter &emitter, const ScoreInputs &inputs,
                           ArrayRef<SmallVector<Value>> queries, Value blockStart, Value start,
                           const View &scratch)
    : emitter(emitter), builder(emitter.builder), attend(inputs.attend), loc(attend.getLoc()),
      inputs(inputs), queries(queries), start(start), scratch(scratch) {
  const View &values = inputs.operands.back();
  AffineExpr keys = values.extents[values.extents.size() - 2];
  end = emitter.memory.getSize(keys);
  if (inputs.hasPanels) {
    block = arith::DivUIOp::create(builder, loc, blockStart, emitter.index(ir::keysAtOnce));
    inBlock = arith::SubIOp::create(builder, loc, start, blockStart);
  }
  // Of panels whole blocks are computed.
  const int64_t together = inputs.hasPanels ? ir::keysAtOnce : numLanes;
  std::optional<int64_t> constant = getConstantExtent(keys);
  if (!constant || *constant % together != 0)
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
           llvm::is_contained(attend.getMappedAxes(argument.getArgNumber() - 1), inputs.tiled);
  auto [known, isNew] = differs.try_emplace(value, false);
  if (isNew) {
    bool any = llvm::any_of(value.getDefiningOp()->getOperands(),
                            [&](Value operand) { return isTiled(operand); });
    differs[value] = any;
    return any;
  }
  return known->second;
}

AffineExpr ScoreEmitter::getColumns(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (!type.isDynamicDim(type.getRank() - 1))
    return getAffineConstantExpr(type.getShape().back(), builder.getContext());
  if (auto argument = dyn_cast<BlockArgument>(value))
    return inputs.operands[argument.getArgNumber() - 1].extents.back();
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
    if (inputs.hasPanels)
      return known[{value, number()}] = loadSums(op, number());
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
  const View &view = inputs.operands[number];
  SmallVector<Value> indices;
  for (int64_t axis : attend.getMappedAxes(number))
    indices.push_back(queries[place.query][axis]);
  bool perKey = hasKeys(argument), wide = getRank(argument) > (perKey ? 1 : 0);
  bool alongKeys = perKey && !place.key, alongColumns = wide && place.key;
  if (alongKeys && wide) {
    indices.append({block, place.inPanel->lane, place.inPanel->number, inBlock});
  } else {
    if (perKey)
      indices.push_back(place.key ? place.key : start);
    if (wide)
      indices.push_back(place.column);
  }
  Type stored = view.getElementType();
  Value result;
  if (alongKeys || alongColumns) {
    auto type = VectorType::get({numLanes}, stored);
    Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
    Value exists = alongColumns ? place.mask : wide ? Value() : mask;
    result = loadLanes(builder, loc, view.memref, indices, exists, zero);
  } else {
    result = memref::LoadOp::create(builder, loc, view.memref, indices);
  }
  if (stored == cast<RankedTensorType>(argument.getType()).getElementType())
    return result;
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(result.getType()));
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, result, zero);
}
