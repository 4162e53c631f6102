//===- EmitAttention.cpp - Attention as one loop over the keys -------------*- C++ -*-===//
//
// A group of queries goes over the keys together, so that a block of keys is near while all of them
// need it; of these, a few at a time, a tile, share what is loaded. First come the scores of a
// block, in vectors of sixteen keys, then their shares, and then what these say of the values is
// added to the result, so that no score outlives its block. Where a larger score comes, what was
// added before is made smaller. Each query goes by itself: how many go together decides on no
// result. A block that a mask hides from all queries of a tile is left out.
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

/// Vectors of one row of values that are added to at a time, queries of a tile, and of a group.
static constexpr int64_t mostColumns = 4, mostQueries = 4, groupSize = 64;

namespace {

/// Vectors of the result side by side, from column `start` on; the mask (null: all) says which
/// elements of the last one are there.
struct ColumnGroup {
  Value start;
  int64_t count;
  Value mask;
};

/// Emits the loop over the keys for a group of queries.
class AttentionEmitter {
public:
  /// `at` says where the group stands on the mapped axes, but for `tiled` (none: -1), along which
  /// it goes from `first` to `end`, in tiles of `tileSize`.
  AttentionEmitter(EntryEmitter &emitter, ir::AttendOp attend, ArrayRef<View> operands,
                   const View &result, ArrayRef<Value> at, int64_t tiled, int64_t tileSize,
                   Value first, Value end)
      : emitter(emitter), builder(emitter.builder), loc(attend.getLoc()), attend(attend),
        operands(operands), result(result), at(at), tiled(tiled), tileSize(tileSize), first(first),
        end(end), numKeys(operands.back().extents[operands.back().extents.size() - 2]),
        type(VectorType::get({numLanes}, builder.getF32Type())),
        scratch(allocate({tileSize * ScoreEmitter::scratchRows, numLanes})),
        shares(allocate({tileSize, ir::keysAtOnce})),
        largest(allocate({tiled < 0 ? 1 : groupSize})),
        sums(allocate({tiled < 0 ? 1 : groupSize, numLanes})) {}

  void emit();

private:
  void emitTiles(int64_t size, function_ref<void()> emit);
  void emitTile(Value query, int64_t size, function_ref<void()> emit);
  void emitEmpty();
  void emitBlock(Value start);
  void emitMean();
  SmallVector<Value> emitScores(Value start, Value keys);
  SmallVector<Value> emitShares(Value keys, ArrayRef<Value> shifts, SmallVector<Value> lanes);
  std::pair<Value, Value> emitLargest(Value scores, Value before);
  void emitSum(Value start, Value keys, ArrayRef<Value> factors, ArrayRef<Value> changed);
  Value emitIsNeeded(Value start, Value keys);
  Value emitAny(Value bits);
  void emitColumns(
      function_ref<SmallVector<Value>(const ColumnGroup &, SmallVector<Value> before)> compute,
      ArrayRef<Value> changed = {});
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
  SmallVector<Value> at;
  int64_t tiled, tileSize;
  Value first, end;
  AffineExpr numKeys;
  VectorType type;
  View scratch; // of ScoreEmitter
  View shares;  // of each query of a tile, those of a block of keys; before that their scores
  View largest; // for each query of the group, the largest score so far
  View sums;    // and the lanes of the sum of the shares
  /// Of the tile: the place of each query on the mapped axes, and its number in the group.
  SmallVector<SmallVector<Value>> queries;
  SmallVector<Value> numbers;
};

} // namespace

static constexpr float infinity = std::numeric_limits<float>::infinity();

void AttentionEmitter::emit() {
  emitTiles(1, [&] { emitEmpty(); });
  auto loop = scf::ForOp::create(builder, loc, emitter.index(0), emitter.memory.getSize(numKeys),
                                 emitter.index(ir::keysAtOnce));
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    emitTiles(tileSize, [&] { emitBlock(loop.getInductionVar()); });
  }
  emitTiles(1, [&] { emitMean(); });
}

/// Goes over the group: in tiles of a size, and then by those that are left over.
void AttentionEmitter::emitTiles(int64_t size, function_ref<void()> emit) {
  OpBuilder::InsertionGuard guard(builder);
  if (tiled < 0)
    return emitTile(emitter.index(0), 1, emit);
  Value start = first;
  for (int64_t step : {size, int64_t(1)}) {
    Value stop = end;
    if (step != 1) {
      Value rest = arith::SubIOp::create(builder, loc, end, first);
      rest = arith::RemUIOp::create(builder, loc, rest, emitter.index(step));
      stop = arith::SubIOp::create(builder, loc, end, rest);
    }
    auto loop = scf::ForOp::create(builder, loc, start, stop, emitter.index(step));
    OpBuilder::InsertionGuard inner(builder);
    builder.setInsertionPointToStart(loop.getBody());
    emitTile(loop.getInductionVar(), step, emit);
    start = stop;
    std::optional<int64_t> extent = getConstantExtent(result.extents[tiled]);
    if (step == 1 || (extent && *extent % step == 0))
      break;
  }
}

void AttentionEmitter::emitTile(Value query, int64_t size, function_ref<void()> emit) {
  queries.assign(size, at);
  numbers.assign(1, emitter.index(0));
  if (tiled >= 0) {
    numbers.clear();
    for (int64_t i = 0; i < size; ++i) {
      queries[i][tiled] = add(query, i);
      numbers.push_back(arith::SubIOp::create(builder, loc, queries[i][tiled], first));
    }
  }
  emit();
}

/// What is there before the first key.
void AttentionEmitter::emitEmpty() {
  emitColumns([&](const ColumnGroup &, SmallVector<Value> before) {
    return SmallVector<Value>(before.size(), zeros());
  });
  memref::StoreOp::create(builder, loc, constant(-infinity), largest.memref, numbers);
  vector::StoreOp::create(builder, loc, zeros(), sums.memref,
                          ValueRange{numbers.front(), emitter.index(0)});
}

/// Divides by the sum of all shares.
void AttentionEmitter::emitMean() {
  Value lanes = vector::LoadOp::create(builder, loc, type, sums.memref,
                                       ValueRange{numbers.front(), emitter.index(0)});
  Value sum = emitLaneTree(builder, loc, lanes, [&](Value a, Value b) -> Value {
    return arith::AddFOp::create(builder, loc, a, b);
  });
  // The mean of nothing is 0.
  Value none = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                     emitter.memory.getSize(numKeys), emitter.index(0));
  sum = broadcast(arith::SelectOp::create(builder, loc, none, constant(1), sum).getResult());
  emitColumns([&](const ColumnGroup &, SmallVector<Value> totals) {
    for (Value &total : totals)
      total = arith::DivFOp::create(builder, loc, total, sum);
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

/// Takes a block of keys.
void AttentionEmitter::emitBlock(Value start) {
  OpBuilder::InsertionGuard guard(builder);
  Value keys = emitter.index(ir::keysAtOnce);
  if (std::optional<int64_t> all = getConstantExtent(numKeys); !all || *all % ir::keysAtOnce != 0) {
    Value rest = arith::SubIOp::create(builder, loc, emitter.memory.getSize(numKeys), start);
    keys = arith::MinSIOp::create(builder, loc, rest, keys);
  }
  if (Value isNeeded = emitIsNeeded(start, keys)) {
    auto branch = scf::IfOp::create(builder, loc, isNeeded, /*withElseRegion=*/false);
    builder.setInsertionPointToStart(branch.thenBlock());
  }
  SmallVector<Value> shifts, factors, carried;
  for (auto [number, scores] : llvm::zip_equal(numbers, emitScores(start, keys))) {
    Value before = memref::LoadOp::create(builder, loc, largest.memref, number);
    auto [now, factor] = emitLargest(scores, before);
    memref::StoreOp::create(builder, loc, now, largest.memref, number);
    Value isNone =
        arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ, now, constant(-infinity));
    shifts.push_back(
        broadcast(arith::SelectOp::create(builder, loc, isNone, constant(0), now).getResult()));
    factors.push_back(broadcast(factor));
    Value sum = vector::LoadOp::create(builder, loc, type, sums.memref,
                                       ValueRange{number, emitter.index(0)});
    carried.push_back(arith::MulFOp::create(builder, loc, sum, factors.back()));
  }
  SmallVector<Value> changed;
  for (Value bits : emitShares(keys, shifts, carried))
    changed.push_back(emitAny(bits));
  emitSum(start, keys, factors, changed);
}

/// True where one of sixteen integers is not 0.
Value AttentionEmitter::emitAny(Value bits) {
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(bits.getType()));
  Value differs = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, bits, zero);
  return vector::ReductionOp::create(builder, loc, vector::CombiningKind::OR, differs);
}

/// Makes the scores of a block shares and adds these to the sums, `lanes` for each query. Returns
/// for each query what is 0 where all shares of a lane are 0.
SmallVector<Value> AttentionEmitter::emitShares(Value keys, ArrayRef<Value> shifts,
                                                SmallVector<Value> lanes) {
  auto integers = VectorType::get({numLanes}, builder.getI32Type());
  Value none = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(integers));
  lanes.append(count(), none);
  lanes = emitVectors(keys, lanes, [&](Value key, ValueRange before) {
    SmallVector<Value> next(before);
    for (int64_t query = 0; query < count(); ++query) {
      Value shares = arith::SubFOp::create(builder, loc, loadShares(query, key), shifts[query]);
      shares = math::ExpOp::create(builder, loc, shares);
      storeShares(shares, query, key);
      next[query] = arith::AddFOp::create(builder, loc, before[query], shares);
      Value bits = arith::BitcastOp::create(builder, loc, integers, shares);
      next[count() + query] = arith::OrIOp::create(builder, loc, before[count() + query], bits);
    }
    return next;
  });
  for (auto [number, sum] : llvm::zip(numbers, lanes))
    vector::StoreOp::create(builder, loc, sum, sums.memref, ValueRange{number, emitter.index(0)});
  return SmallVector<Value>(llvm::drop_begin(lanes, count()));
}

/// Where the region has a mask: false if it hides all keys of a block from all queries, whose
/// shares are then 0 for sure. Such a block changes nothing.
Value AttentionEmitter::emitIsNeeded(Value start, Value keys) {
  /// exp of this and less is 0.
  constexpr float vanishes = -200;
  std::optional<ScoreMask> mask = findMask(attend);
  if (!mask)
    return nullptr;
  Value isNeeded = arith::ConstantOp::create(builder, loc, builder.getBoolAttr(false));
  isNeeded = emitVectors(keys, isNeeded, [&](Value key, ValueRange before) {
               Value first = arith::AddIOp::create(builder, loc, start, key);
               ScoreEmitter score(emitter, attend, operands, queries, tiled, first, scratch);
               Value shown = arith::OrIOp::create(builder, loc, before[0], score.emitShown(*mask));
               return SmallVector<Value>{shown};
             }).front();
  if (mask->hidden.isInfinity())
    return isNeeded;
  for (Value number : numbers) {
    Value before = memref::LoadOp::create(builder, loc, largest.memref, number);
    Value distance =
        arith::SubFOp::create(builder, loc, constant(mask->hidden.convertToFloat()), before);
    Value mayCount = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UGT, distance,
                                           constant(vanishes));
    isNeeded = arith::OrIOp::create(builder, loc, isNeeded, mayCount);
  }
  return isNeeded;
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
/// first query, and then of the others. Those of queries that are not `changed` (none: all are)
/// stay.
void AttentionEmitter::emitColumns(
    function_ref<SmallVector<Value>(const ColumnGroup &, SmallVector<Value>)> compute,
    ArrayRef<Value> changed) {
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
    OpBuilder::InsertionGuard guard(builder);
    for (auto [number, after] : llvm::enumerate(compute(group, before))) {
      if (!changed.empty() && number % group.count == 0) {
        if (number > 0)
          builder.setInsertionPointAfter(builder.getInsertionBlock()->getParentOp());
        auto branch = scf::IfOp::create(builder, loc, changed[number / group.count],
                                        /*withElseRegion=*/false);
        builder.setInsertionPointToStart(branch.thenBlock());
      }
      if (Value mask = maskOf(number))
        vector::MaskedStoreOp::create(builder, loc, result.memref, at(number), mask, after);
      else
        vector::StoreOp::create(builder, loc, after, result.memref, at(number));
    }
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
void AttentionEmitter::emitSum(Value start, Value keys, ArrayRef<Value> factors,
                               ArrayRef<Value> changed) {
  emitColumns(
      [&](const ColumnGroup &group, SmallVector<Value> totals) {
        for (auto [number, total] : llvm::enumerate(totals))
          total = arith::MulFOp::create(builder, loc, total, factors[number / group.count]);
        auto loop =
            scf::ForOp::create(builder, loc, emitter.index(0), keys, emitter.index(1), totals);
        OpBuilder::InsertionGuard guard(builder);
        builder.setInsertionPointToStart(loop.getBody());
        Value key = loop.getInductionVar(), share;
        SmallVector<Value> values =
            loadValues(arith::AddIOp::create(builder, loc, start, key), group);
        SmallVector<Value> next;
        for (auto [number, total] : llvm::enumerate(loop.getRegionIterArgs())) {
          if (number % group.count == 0)
            share = broadcast(memref::LoadOp::create(
                builder, loc, shares.memref, ValueRange{emitter.index(number / group.count), key}));
          next.push_back(
              math::FmaOp::create(builder, loc, share, values[number % group.count], total));
        }
        scf::YieldOp::create(builder, loc, next);
        return SmallVector<Value>(loop.getResults());
      },
      changed);
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
    return AttentionEmitter(*this, attend, operands, result, at, tiled, 1, {}, {}).emit();
  int64_t tileSize = std::clamp<int64_t>(mostSums / mostQueries, 1, mostQueries);
  if (std::optional<int64_t> constant = getConstantExtent(result.extents[tiled]))
    tileSize = std::clamp<int64_t>(*constant, 1, tileSize);
  Value all = memory.getSize(result.extents[tiled]);
  auto groups = scf::ForOp::create(builder, loc, index(0), all, index(groupSize));
  markIndependent(groups);
  builder.setInsertionPoint(groups.getBody()->getTerminator());
  Value first = groups.getInductionVar();
  Value end = arith::AddIOp::create(builder, loc, first, index(groupSize));
  end = arith::MinSIOp::create(builder, loc, end, all);
  AttentionEmitter(*this, attend, operands, result, at, tiled, tileSize, first, end).emit();
}
