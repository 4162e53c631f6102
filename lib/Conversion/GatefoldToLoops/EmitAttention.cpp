//===- EmitAttention.cpp - Attention as one loop over the keys -------------*- C++ -*-===//
//
// For a few queries at a time, a tile, a loop takes a block of keys at a time: first the scores, in
// vectors of sixteen keys, then their shares, and then what these say of the values is added to the
// result, so that no score outlives its block. Where a larger score comes, what was added before is
// made smaller. Each query goes by itself: how many share what is loaded decides on no result.
//
//===----------------------------------------------------------------------===//

#include "../IndependentLoops.h"
#include "EntryEmitter.h"
#include "ScoreEmitter.h"
#include "ShapeQueries.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gatefold;

/// Vectors of one row of values that are added to at a time, and queries that share what is loaded.
static constexpr int64_t mostColumns = 4, mostQueries = 4;

namespace {

/// Vectors of the result side by side, from column `start` on; the mask (null: all) says which
/// elements of the last one are there.
struct ColumnGroup {
  Value start;
  int64_t count;
  Value mask;
};

/// Emits the loop over the keys for a tile of queries.
class AttentionEmitter {
public:
  AttentionEmitter(EntryEmitter &emitter, ir::AttendOp attend, ArrayRef<View> operands,
                   const View &result, ArrayRef<SmallVector<Value>> queries, int64_t tiled)
      : emitter(emitter), builder(emitter.builder), loc(attend.getLoc()), attend(attend),
        operands(operands), result(result), queries(queries), tiled(tiled),
        numKeys(operands.back().extents[operands.back().extents.size() - 2]),
        type(VectorType::get({numLanes}, builder.getF32Type())),
        scratch(allocate({count() * ScoreEmitter::scratchRows, numLanes})),
        shares(allocate({count(), ir::keysAtOnce})) {}

  void emit();

private:
  SmallVector<Value> emitBlock(Value start, ValueRange before);
  SmallVector<Value> emitScores(Value start, Value keys);
  std::pair<Value, Value> emitLargest(Value scores, Value before);
  void emitSum(Value start, Value keys, ArrayRef<Value> factors);
  void emitColumns(
      function_ref<SmallVector<Value>(const ColumnGroup &, SmallVector<Value> before)> compute);
  SmallVector<Value> loadValues(Value key, const ColumnGroup &group);

  int64_t count() const { return queries.size(); }
  View allocate(ArrayRef<int64_t> shape) {
    Extents extents = llvm::map_to_vector<4>(shape, [&](int64_t size) -> AffineExpr {
      return getAffineConstantExpr(size, builder.getContext());
    });
    return emitter.memory.allocate(builder.getF32Type(), extents, loc);
  }
  Value constant(float value) {
    return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value));
  }
  Value zeros() { return arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type)); }
  Value broadcast(Value scalar) { return vector::BroadcastOp::create(builder, loc, type, scalar); }
  Value add(Value value, int64_t offset) {
    return offset == 0
               ? value
               : arith::AddIOp::create(builder, loc, value, emitter.index(offset)).getResult();
  }
  Value larger(Value a, Value b) { return arith::MaximumFOp::create(builder, loc, a, b); }
  /// Sixteen of the scores or shares of a query, from `key` on.
  Value loadShares(int64_t query, Value key) {
    return vector::LoadOp::create(builder, loc, type, shares.memref,
                                  ValueRange{emitter.index(query), key});
  }
  void storeShares(Value lanes, int64_t query, Value key) {
    vector::StoreOp::create(builder, loc, lanes, shares.memref,
                            ValueRange{emitter.index(query), key});
  }
  /// A loop over the vectors of a block that carries values.
  SmallVector<Value>
  emitVectors(Value end, ArrayRef<Value> initial,
              function_ref<SmallVector<Value>(Value key, ValueRange carried)> emit);

  EntryEmitter &emitter;
  OpBuilder &builder;
  Location loc;
  ir::AttendOp attend;
  ArrayRef<View> operands;
  View result;
  ArrayRef<SmallVector<Value>> queries; // the place of each query on the mapped axes
  int64_t tiled;                        // the axis along which these differ
  AffineExpr numKeys;
  VectorType type;
  View scratch; // of ScoreEmitter
  View shares;  // of each query, those of a block of keys; before that their scores
};

} // namespace

static constexpr float infinity = std::numeric_limits<float>::infinity();

void AttentionEmitter::emit() {
  OpBuilder::InsertionGuard guard(builder);
  emitColumns([&](const ColumnGroup &, SmallVector<Value> before) {
    return SmallVector<Value>(before.size(), zeros());
  });
  Value end = emitter.memory.getSize(numKeys);
  SmallVector<Value> states(count(), constant(-infinity));
  states.append(count(), zeros());
  auto loop = scf::ForOp::create(builder, loc, emitter.index(0), end, emitter.index(ir::keysAtOnce),
                                 states);
  {
    OpBuilder::InsertionGuard inner(builder);
    builder.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> after = emitBlock(loop.getInductionVar(), loop.getRegionIterArgs());
    scf::YieldOp::create(builder, loc, after);
  }
  // The mean of nothing is 0.
  Value none = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, end, emitter.index(0));
  SmallVector<Value> sums;
  for (Value lanes : loop.getResults().drop_front(count())) {
    Value sum = emitLaneTree(builder, loc, lanes, [&](Value a, Value b) -> Value {
      return arith::AddFOp::create(builder, loc, a, b);
    });
    sums.push_back(
        broadcast(arith::SelectOp::create(builder, loc, none, constant(1), sum).getResult()));
  }
  emitColumns([&](const ColumnGroup &group, SmallVector<Value> totals) {
    for (auto [number, total] : llvm::enumerate(totals))
      total = arith::DivFOp::create(builder, loc, total, sums[number / group.count]);
    return totals;
  });
}

SmallVector<Value> AttentionEmitter::emitVectors(
    Value end, ArrayRef<Value> initial,
    function_ref<SmallVector<Value>(Value key, ValueRange carried)> emit) {
  OpBuilder::InsertionGuard guard(builder);
  auto loop =
      scf::ForOp::create(builder, loc, emitter.index(0), end, emitter.index(numLanes), initial);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next = emit(loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(builder, loc, next);
  return SmallVector<Value>(loop.getResults());
}

/// Takes a block of keys. The state is the largest score so far for each query, and then the lanes
/// of the sum for each.
SmallVector<Value> AttentionEmitter::emitBlock(Value start, ValueRange before) {
  Value keys = emitter.index(ir::keysAtOnce);
  if (std::optional<int64_t> all = getConstantExtent(numKeys); !all || *all % ir::keysAtOnce != 0) {
    Value rest = arith::SubIOp::create(builder, loc, emitter.memory.getSize(numKeys), start);
    keys = arith::MinSIOp::create(builder, loc, rest, keys);
  }
  SmallVector<Value> largest, shifts, factors, sums;
  for (auto [query, lanes] : llvm::enumerate(emitScores(start, keys))) {
    auto [now, factor] = emitLargest(lanes, before[query]);
    Value isNone =
        arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ, now, constant(-infinity));
    largest.push_back(now);
    shifts.push_back(
        broadcast(arith::SelectOp::create(builder, loc, isNone, constant(0), now).getResult()));
    factors.push_back(broadcast(factor));
    sums.push_back(arith::MulFOp::create(builder, loc, before[count() + query], factors.back()));
  }
  sums = emitVectors(keys, sums, [&](Value key, ValueRange sums) {
    SmallVector<Value> next;
    for (int64_t query = 0; query < count(); ++query) {
      Value lanes = arith::SubFOp::create(builder, loc, loadShares(query, key), shifts[query]);
      lanes = math::ExpOp::create(builder, loc, lanes);
      storeShares(lanes, query, key);
      next.push_back(arith::AddFOp::create(builder, loc, sums[query], lanes));
    }
    return next;
  });
  emitSum(start, keys, factors);
  largest.append(sums);
  return largest;
}

/// Writes the scores of a block and returns, for each query, the largest ones by lanes.
SmallVector<Value> AttentionEmitter::emitScores(Value start, Value keys) {
  Value none = broadcast(constant(-infinity));
  return emitVectors(keys, SmallVector<Value>(count(), none), [&](Value key, ValueRange largest) {
    Value first = arith::AddIOp::create(builder, loc, start, key);
    ScoreEmitter score(emitter, attend, operands, queries, tiled, first, scratch);
    SmallVector<Value> next;
    for (auto [query, lanes] : llvm::enumerate(score.emit())) {
      storeShares(lanes, query, key);
      next.push_back(larger(largest[query], lanes));
    }
    return next;
  });
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
  Value largest = larger(
      before, emitLaneTree(builder, loc, scores, [&](Value a, Value b) { return larger(a, b); }));
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

/// Gives the elements of the result new values, some vectors of each query at a time: those of the
/// first query, and then of the others.
void AttentionEmitter::emitColumns(
    function_ref<SmallVector<Value>(const ColumnGroup &, SmallVector<Value>)> compute) {
  auto emitGroup = [&](const ColumnGroup &group) {
    SmallVector<Value> before;
    auto at = [&](size_t number) {
      SmallVector<Value> indices(queries[number / group.count]);
      indices.push_back(add(group.start, number % group.count * numLanes));
      return indices;
    };
    auto maskOf = [&](size_t number) {
      return static_cast<int64_t>(number % group.count) + 1 == group.count ? group.mask : Value();
    };
    size_t vectors = count() * group.count;
    for (size_t number = 0; number < vectors; ++number)
      before.push_back(loadLanes(builder, loc, result.memref, at(number), maskOf(number), zeros()));
    for (auto [number, after] : llvm::enumerate(compute(group, before)))
      if (Value mask = maskOf(number))
        vector::MaskedStoreOp::create(builder, loc, result.memref, at(number), mask, after);
      else
        vector::StoreOp::create(builder, loc, after, result.memref, at(number));
  };
  auto emitLoop = [&](Value end, int64_t step, function_ref<void(Value)> emit) {
    OpBuilder::InsertionGuard guard(builder);
    auto loop = scf::ForOp::create(builder, loc, emitter.index(0), end, emitter.index(step));
    builder.setInsertionPoint(loop.getBody()->getTerminator());
    emit(loop.getInductionVar());
  };
  auto maskType = VectorType::get({numLanes}, builder.getI1Type());
  std::optional<int64_t> columns = getConstantExtent(result.extents.back());
  if (!columns) {
    Value end = emitter.memory.getSize(result.extents.back());
    return emitLoop(end, numLanes, [&](Value start) {
      Value rest = arith::SubIOp::create(builder, loc, end, start);
      emitGroup({start, 1, vector::CreateMaskOp::create(builder, loc, maskType, rest)});
    });
  }
  int64_t most = std::clamp<int64_t>(emitter.mostSums / count(), 1, mostColumns);
  int64_t whole = *columns / (most * numLanes) * (most * numLanes);
  if (whole == most * numLanes)
    emitGroup({emitter.index(0), most, Value()});
  else if (whole > 0)
    emitLoop(emitter.index(whole), most * numLanes,
             [&](Value start) { emitGroup({start, most, Value()}); });
  if (int64_t rest = *columns - whole; rest > 0) {
    Value mask;
    if (rest % numLanes != 0)
      mask = vector::ConstantMaskOp::create(builder, loc, maskType,
                                            ArrayRef<int64_t>{rest % numLanes});
    emitGroup({emitter.index(whole), (rest + numLanes - 1) / numLanes, mask});
  }
}

/// The elements of the values of one key in these columns.
SmallVector<Value> AttentionEmitter::loadValues(Value key, const ColumnGroup &group) {
  SmallVector<Value> indices, values;
  for (int64_t axis : attend.getMappedAxes(attend->getNumOperands() - 1))
    indices.push_back(queries.front()[axis]);
  indices.push_back(key);
  for (int64_t number = 0; number < group.count; ++number) {
    SmallVector<Value> at(indices);
    at.push_back(add(group.start, number * numLanes));
    values.push_back(loadLanes(builder, loc, operands.back().memref, at,
                               number + 1 == group.count ? group.mask : Value(), zeros()));
  }
  return values;
}

/// Adds the values of the keys of a block by their shares.
void AttentionEmitter::emitSum(Value start, Value keys, ArrayRef<Value> factors) {
  emitColumns([&](const ColumnGroup &group, SmallVector<Value> totals) {
    for (auto [number, total] : llvm::enumerate(totals))
      total = arith::MulFOp::create(builder, loc, total, factors[number / group.count]);
    auto loop = scf::ForOp::create(builder, loc, emitter.index(0), keys, emitter.index(1), totals);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value key = loop.getInductionVar(), share;
    SmallVector<Value> values = loadValues(arith::AddIOp::create(builder, loc, start, key), group);
    SmallVector<Value> next;
    for (auto [number, total] : llvm::enumerate(loop.getRegionIterArgs())) {
      if (number % group.count == 0)
        share = broadcast(memref::LoadOp::create(
            builder, loc, shares.memref, ValueRange{emitter.index(number / group.count), key}));
      next.push_back(math::FmaOp::create(builder, loc, share, values[number % group.count], total));
    }
    scf::YieldOp::create(builder, loc, next);
    return SmallVector<Value>(loop.getResults());
  });
}

//===----------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------===//

/// The last axis along which there are several queries for the same keys and values; -1 if there is
/// none.
static int64_t findTiledAxis(ir::AttendOp attend) {
  for (int64_t axis = int64_t(attend.getNumMapped()) - 1; axis >= 0; --axis) {
    auto has = [&](unsigned operand) {
      return llvm::is_contained(attend.getMappedAxes(operand), axis);
    };
    unsigned firstKey = attend.getQueries().size();
    if (llvm::none_of(llvm::seq(firstKey, attend->getNumOperands()), has))
      return axis;
  }
  return -1;
}

/// Queries for which it pays to lay the rows of keys and values next to each other: with gaps of a
/// power of two between them, few would fit in the first-level cache.
static constexpr int64_t leastForDense = 16;

void EntryEmitter::emitAttend(ir::AttendOp attend) {
  int64_t tiled = findTiledAxis(attend);
  int64_t numQueries = tiled < 0 ? 1 : attend.getType().getDimSize(tiled);
  bool wantsDense = ShapedType::isDynamic(numQueries) || numQueries >= leastForDense;
  for (auto [number, operand] : llvm::enumerate(attend.getOperands()))
    if (wantsDense && number >= attend.getQueries().size())
      materializeDense(operand);
    else
      materializeRows(operand);
  // Looked up again: making room for one operand may have moved another.
  SmallVector<View> operands =
      llvm::map_to_vector(attend.getOperands(), [&](Value operand) { return lookup(operand); });
  View result = allocateResult(attend.getResult());
  setView(attend.getResult(), result);
  Location loc = attend.getLoc();
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Value> at(attend.getNumMapped());
  for (int64_t axis = 0; axis < int64_t(at.size()); ++axis)
    if (axis != tiled)
      at[axis] = beginLoop(result.extents[axis], loc);
  if (tiled < 0)
    return AttentionEmitter(*this, attend, operands, result, {at}, tiled).emit();

  AffineExpr extent = result.extents[tiled];
  int64_t count = std::clamp<int64_t>(mostSums / mostQueries, 1, mostQueries);
  if (std::optional<int64_t> constant = getConstantExtent(extent))
    count = std::clamp<int64_t>(*constant, 1, count);
  auto emitTiles = [&](AffineExpr from, AffineExpr to, int64_t count) {
    OpBuilder::InsertionGuard guard(builder);
    auto loop =
        scf::ForOp::create(builder, loc, memory.getSize(from), memory.getSize(to), index(count));
    markIndependent(loop);
    builder.setInsertionPoint(loop.getBody()->getTerminator());
    SmallVector<SmallVector<Value>> queries(count, at);
    for (int64_t query = 0; query < count; ++query)
      queries[query][tiled] =
          arith::AddIOp::create(builder, loc, loop.getInductionVar(), index(query));
    AttentionEmitter(*this, attend, operands, result, queries, tiled).emit();
  };
  AffineExpr whole = extent.floorDiv(count) * count;
  emitTiles(getAffineConstantExpr(0, builder.getContext()), whole, count);
  if (getConstantExtent(extent - whole) != 0)
    emitTiles(whole, extent, 1);
}
