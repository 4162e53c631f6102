//===- EmitAttention.cpp - Attention as one loop over the keys -------------*- C++ -*-===//
//
// For each query a loop takes sixteen keys at a time. Their scores are one vector; what they say of
// the values is added to the result at once, so that no score outlives its block. Where a larger
// score comes, what was added before is made smaller.
//
//===----------------------------------------------------------------------===//

#include "EntryEmitter.h"
#include "ScoreEmitter.h"
#include "ShapeQueries.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gatefold;

namespace {

class AttentionEmitter {
public:
  AttentionEmitter(EntryEmitter &emitter, ir::AttendOp attend, ArrayRef<View> operands,
                   const View &result)
      : emitter(emitter), builder(emitter.builder), loc(attend.getLoc()), attend(attend),
        operands(operands), result(result),
        numKeys(operands.back().extents[operands.back().extents.size() - 2]),
        type(VectorType::get({numLanes}, builder.getF32Type())),
        scratch(emitter.memory.allocate(
            builder.getF32Type(), getConstants({ScoreEmitter::scratchRows + 1, numLanes}), loc)) {}

  void emit();

private:
  /// The largest score so far and the lanes of the sum.
  struct State {
    Value largest, sums;
  };
  State emitBlock(Value start, State before);
  std::pair<Value, Value> emitLargest(Value scores, Value before);
  void emitSum(Value start, Value shares, Value factor);
  void emitWholeSum(Value start, Value shares, Value factor);
  void emitPartOfSum(Value start, Value count, Value shares, Value factor);
  void emitColumns(function_ref<Value(Value column, Value mask, Value before)> compute);

  Extents getConstants(ArrayRef<int64_t> values) {
    return llvm::map_to_vector<4>(values, [&](int64_t value) -> AffineExpr {
      return getAffineConstantExpr(value, builder.getContext());
    });
  }
  Value constant(float value) {
    return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value));
  }
  Value broadcast(Value scalar) { return vector::BroadcastOp::create(builder, loc, type, scalar); }
  Value loadValues(Value key, Value column, Value mask);
  SmallVector<Value> at(Value column) {
    SmallVector<Value> indices(mapped);
    indices.push_back(column);
    return indices;
  }

  EntryEmitter &emitter;
  OpBuilder &builder;
  Location loc;
  ir::AttendOp attend;
  ArrayRef<View> operands;
  View result;
  AffineExpr numKeys;
  VectorType type;
  View scratch;
  SmallVector<Value> mapped; // the query that is looked at
};

} // namespace

static constexpr float infinity = std::numeric_limits<float>::infinity();

void AttentionEmitter::emit() {
  OpBuilder::InsertionGuard guard(builder);
  for (AffineExpr extent : ArrayRef(result.extents).drop_back())
    mapped.push_back(emitter.beginLoop(extent, loc));
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  emitColumns([&](Value, Value, Value) { return zero; });
  Value end = emitter.memory.getSize(numKeys);
  auto loop = scf::ForOp::create(builder, loc, emitter.index(0), end, emitter.index(numLanes),
                                 ValueRange{constant(-infinity), zero});
  {
    OpBuilder::InsertionGuard inner(builder);
    builder.setInsertionPointToStart(loop.getBody());
    State after =
        emitBlock(loop.getInductionVar(), {loop.getRegionIterArg(0), loop.getRegionIterArg(1)});
    scf::YieldOp::create(builder, loc, ValueRange{after.largest, after.sums});
  }
  Value sum = emitLaneTree(builder, loc, loop.getResult(1), [&](Value a, Value b) -> Value {
    return arith::AddFOp::create(builder, loc, a, b);
  });
  // The mean of nothing is 0.
  Value none = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, end, emitter.index(0));
  sum = arith::SelectOp::create(builder, loc, none, constant(1), sum);
  sum = broadcast(sum);
  emitColumns([&](Value, Value, Value total) -> Value {
    return arith::DivFOp::create(builder, loc, total, sum);
  });
}

AttentionEmitter::State AttentionEmitter::emitBlock(Value start, State before) {
  ScoreEmitter score(emitter, attend, operands, mapped, start, scratch);
  Value scores = score.emit();
  auto [largest, factor] = emitLargest(scores, before.largest);
  Value isNone =
      arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ, largest, constant(-infinity));
  Value shift = arith::SelectOp::create(builder, loc, isNone, constant(0), largest);
  Value shares = arith::SubFOp::create(builder, loc, scores, broadcast(shift));
  shares = math::ExpOp::create(builder, loc, shares);
  Value sums = math::FmaOp::create(builder, loc, before.sums, broadcast(factor), shares);
  emitSum(start, shares, factor);
  return {largest, sums};
}

/// The largest score so far and what the sums so far are to be multiplied with; that is 1 for most
/// blocks, which bring no larger one.
std::pair<Value, Value> AttentionEmitter::emitLargest(Value scores, Value before) {
  Value isLarger =
      arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UGT, scores, broadcast(before));
  Value any = vector::ReductionOp::create(builder, loc, vector::CombiningKind::OR, isLarger);
  Type scalar = builder.getF32Type();
  auto branch =
      scf::IfOp::create(builder, loc, TypeRange{scalar, scalar}, any, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  auto larger = [&](Value a, Value b) -> Value {
    return arith::MaximumFOp::create(builder, loc, a, b);
  };
  Value largest = larger(before, emitLaneTree(builder, loc, scores, larger));
  Value difference = arith::SubFOp::create(builder, loc, before, largest);
  Value factor = math::ExpOp::create(builder, loc, difference);
  scf::YieldOp::create(builder, loc, ValueRange{largest, factor});
  builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(builder, loc, ValueRange{before, constant(1)});
  return {branch.getResult(0), branch.getResult(1)};
}

//===----------------------------------------------------------------------===//
// The sum of the values
//===----------------------------------------------------------------------===//

/// Gives the elements of the result new values, sixteen at a time.
void AttentionEmitter::emitColumns(function_ref<Value(Value, Value, Value)> compute) {
  OpBuilder::InsertionGuard guard(builder);
  auto maskType = VectorType::get({numLanes}, builder.getI1Type());
  std::optional<int64_t> columns = getConstantExtent(result.extents.back());
  Value column = emitter.index(0), mask;
  if (columns && *columns <= numLanes) {
    if (*columns < numLanes)
      mask = vector::ConstantMaskOp::create(builder, loc, maskType, ArrayRef<int64_t>{*columns});
  } else {
    Value end = emitter.memory.getSize(result.extents.back());
    auto loop = scf::ForOp::create(builder, loc, column, end, emitter.index(numLanes));
    builder.setInsertionPoint(loop.getBody()->getTerminator());
    column = loop.getInductionVar();
    if (!columns || *columns % numLanes != 0)
      mask = vector::CreateMaskOp::create(
          builder, loc, maskType, arith::SubIOp::create(builder, loc, end, column).getResult());
  }
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  Value before = loadLanes(builder, loc, result.memref, at(column), mask, zero);
  Value after = compute(column, mask, before);
  if (mask)
    vector::MaskedStoreOp::create(builder, loc, result.memref, at(column), mask, after);
  else
    vector::StoreOp::create(builder, loc, after, result.memref, at(column));
}

/// Sixteen elements of the values of one key.
Value AttentionEmitter::loadValues(Value key, Value column, Value mask) {
  SmallVector<Value> indices;
  for (int64_t axis : attend.getMappedAxes(attend->getNumOperands() - 1))
    indices.push_back(mapped[axis]);
  indices.push_back(key);
  indices.push_back(column);
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  return loadLanes(builder, loc, operands.back().memref, indices, mask, zero);
}

void AttentionEmitter::emitSum(Value start, Value shares, Value factor) {
  if (std::optional<int64_t> keys = getConstantExtent(numKeys); keys && *keys % numLanes == 0)
    return emitWholeSum(start, shares, factor);
  Value end = emitter.memory.getSize(numKeys);
  Value count = arith::SubIOp::create(builder, loc, end, start);
  Value isWhole = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge, count,
                                        emitter.index(numLanes));
  auto branch = scf::IfOp::create(builder, loc, isWhole, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  emitWholeSum(start, shares, factor);
  builder.setInsertionPointToStart(branch.elseBlock());
  emitPartOfSum(start, count, shares, factor);
}

/// Adds the values of sixteen keys.
void AttentionEmitter::emitWholeSum(Value start, Value shares, Value factor) {
  SmallVector<Value> share, key;
  for (int64_t lane = 0; lane < numLanes; ++lane) {
    Value one = vector::ExtractOp::create(builder, loc, shares, ArrayRef<int64_t>{lane});
    share.push_back(broadcast(one));
    key.push_back(arith::AddIOp::create(builder, loc, start, emitter.index(lane)));
  }
  factor = broadcast(factor);
  emitColumns([&](Value column, Value mask, Value sum) {
    sum = arith::MulFOp::create(builder, loc, sum, factor);
    for (int64_t lane = 0; lane < numLanes; ++lane)
      sum =
          math::FmaOp::create(builder, loc, share[lane], loadValues(key[lane], column, mask), sum);
    return sum;
  });
}

/// Adds the values of the last `count` keys, fewer than sixteen.
void AttentionEmitter::emitPartOfSum(Value start, Value count, Value shares, Value factor) {
  Value row = emitter.index(ScoreEmitter::scratchRows);
  vector::StoreOp::create(builder, loc, shares, scratch.memref, ValueRange{row, emitter.index(0)});
  factor = broadcast(factor);
  emitColumns([&](Value column, Value mask, Value sum) -> Value {
    sum = arith::MulFOp::create(builder, loc, sum, factor);
    auto loop = scf::ForOp::create(builder, loc, emitter.index(0), count, emitter.index(1),
                                   ValueRange{sum});
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value lane = loop.getInductionVar();
    Value share = memref::LoadOp::create(builder, loc, scratch.memref, ValueRange{row, lane});
    Value key = arith::AddIOp::create(builder, loc, start, lane);
    Value next = math::FmaOp::create(builder, loc, broadcast(share), loadValues(key, column, mask),
                                     loop.getRegionIterArg(0));
    scf::YieldOp::create(builder, loc, next);
    return loop.getResult(0);
  });
}

void EntryEmitter::emitAttend(ir::AttendOp attend) {
  for (Value operand : attend.getOperands())
    materializeRows(operand);
  // Looked up again: making room for one operand may have moved another.
  SmallVector<View> operands =
      llvm::map_to_vector(attend.getOperands(), [&](Value operand) { return lookup(operand); });
  View result = allocateResult(attend.getResult());
  AttentionEmitter(*this, attend, operands, result).emit();
  setView(attend.getResult(), result);
}
