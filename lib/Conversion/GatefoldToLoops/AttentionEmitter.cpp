//===- AttentionEmitter.cpp - Attention as one loop over the keys ---------*- C++ -*-===//

#include "AttentionEmitter.h"
#include "ShapeQueries.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace gatefold;

static constexpr float infinity = std::numeric_limits<float>::infinity();

AttentionEmitter::AttentionEmitter(EntryEmitter &emitter, const ScoreInputs &inputs,
                                   const View &result, ArrayRef<Value> at, const QueryGroup &group)
    : emitter(emitter), builder(emitter.builder), attend(inputs.attend), loc(attend.getLoc()),
      inputs(inputs), result(result), at(at), group(group),
      numKeys(inputs.operands.back().extents[inputs.operands.back().extents.size() - 2]),
      type(VectorType::get({numLanes}, builder.getF32Type())),
      scratch(allocate(ScoreEmitter::getScratchShape(inputs, group.tileSize))),
      shares(allocate({group.tileSize, ir::keysAtOnce})), largest(allocate({group.getMost()})),
      sums(allocate({group.getMost(), numLanes})) {}

//===----------------------------------------------------------------------===//
// Small things
//===----------------------------------------------------------------------===//

View AttentionEmitter::allocate(ArrayRef<int64_t> shape) {
  Extents extents = llvm::map_to_vector<4>(shape, [&](int64_t size) -> AffineExpr {
    return getAffineConstantExpr(size, builder.getContext());
  });
  return emitter.memory.allocate(builder.getF32Type(), extents, loc);
}

Value AttentionEmitter::constant(float value) {
  return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value));
}

Value AttentionEmitter::zeros() {
  return arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
}

Value AttentionEmitter::broadcast(Value scalar) {
  return vector::BroadcastOp::create(builder, loc, type, scalar);
}

Value AttentionEmitter::add(Value value, int64_t offset) {
  return offset == 0
             ? value
             : arith::AddIOp::create(builder, loc, value, emitter.index(offset)).getResult();
}

Value AttentionEmitter::larger(Value a, Value b) {
  return arith::MaximumFOp::create(builder, loc, a, b);
}

/// Sixteen of the scores or shares of a query, from `key` on.
Value AttentionEmitter::loadShares(int64_t query, Value key) {
  return vector::LoadOp::create(builder, loc, type, shares.memref,
                                ValueRange{emitter.index(query), key});
}

void AttentionEmitter::storeShares(Value lanes, int64_t query, Value key) {
  vector::StoreOp::create(builder, loc, lanes, shares.memref,
                          ValueRange{emitter.index(query), key});
}

//===----------------------------------------------------------------------===//
// Tiles of queries
//===----------------------------------------------------------------------===//

void AttentionEmitter::emit() {
  emitTiles(1, [&] { emitEmpty(); });
  auto loop = scf::ForOp::create(builder, loc, emitter.index(0), emitter.memory.getSize(numKeys),
                                 emitter.index(ir::keysAtOnce));
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    emitTiles(group.tileSize, [&] { emitBlock(loop.getInductionVar()); });
  }
  emitTiles(1, [&] { emitMean(); });
}

/// Goes over the group: in tiles of a size, and then by those that are left over.
void AttentionEmitter::emitTiles(int64_t size, function_ref<void()> emit) {
  OpBuilder::InsertionGuard guard(builder);
  if (group.tiled < 0)
    return emitTile(emitter.index(0), 1, emit);
  Value start = group.first;
  for (int64_t step : {size, int64_t(1)}) {
    Value stop = group.end;
    if (step != 1) {
      Value rest = arith::SubIOp::create(builder, loc, group.end, group.first);
      rest = arith::RemUIOp::create(builder, loc, rest, emitter.index(step));
      stop = arith::SubIOp::create(builder, loc, group.end, rest);
    }
    auto loop = scf::ForOp::create(builder, loc, start, stop, emitter.index(step));
    OpBuilder::InsertionGuard inner(builder);
    builder.setInsertionPointToStart(loop.getBody());
    emitTile(loop.getInductionVar(), step, emit);
    start = stop;
    std::optional<int64_t> extent = getConstantExtent(result.extents[group.tiled]);
    if (step == 1 || (extent && *extent % step == 0))
      break;
  }
}

void AttentionEmitter::emitTile(Value query, int64_t size, function_ref<void()> emit) {
  queries.assign(size, at);
  numbers.assign(1, emitter.index(0));
  if (group.tiled >= 0) {
    numbers.clear();
    for (int64_t i = 0; i < size; ++i) {
      queries[i][group.tiled] = add(query, i);
      numbers.push_back(arith::SubIOp::create(builder, loc, queries[i][group.tiled], group.first));
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
  emitSum(start, keys, factors, emitShares(keys, shifts, carried));
}

/// True where one of sixteen integers is not 0.
Value AttentionEmitter::emitAny(Value bits) {
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(bits.getType()));
  Value differs = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, bits, zero);
  return vector::ReductionOp::create(builder, loc, vector::CombiningKind::OR, differs);
}

/// Makes the scores of a block shares and adds these to the sums, `lanes` for each query.
AttentionEmitter::Shares AttentionEmitter::emitShares(Value keys, ArrayRef<Value> shifts,
                                                      SmallVector<Value> lanes) {
  auto integers = VectorType::get({numLanes}, builder.getI32Type());
  auto flags = VectorType::get({numLanes}, builder.getI1Type());
  lanes.append(count(), arith::ConstantOp::create(builder, loc, builder.getZeroAttr(integers)));
  lanes.push_back(arith::ConstantOp::create(builder, loc, builder.getZeroAttr(flags)));
  lanes = emitVectors(keys, lanes, [&](Value key, ValueRange before) {
    SmallVector<Value> next(before);
    for (int64_t query = 0; query < count(); ++query) {
      Value shares = arith::SubFOp::create(builder, loc, loadShares(query, key), shifts[query]);
      shares = math::ExpOp::create(builder, loc, shares);
      storeShares(shares, query, key);
      next[query] = arith::AddFOp::create(builder, loc, before[query], shares);
      Value bits = arith::BitcastOp::create(builder, loc, integers, shares);
      next[count() + query] = arith::OrIOp::create(builder, loc, before[count() + query], bits);
      Value isGone =
          arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ, shares, zeros());
      next.back() = arith::OrIOp::create(builder, loc, next.back(), isGone);
    }
    return next;
  });
  for (auto [number, sum] : llvm::zip(numbers, lanes))
    vector::StoreOp::create(builder, loc, sum, sums.memref, ValueRange{number, emitter.index(0)});
  Shares result;
  for (Value bits : ArrayRef(lanes).slice(count(), count()))
    result.anyOf.push_back(emitAny(bits));
  result.anyGone =
      vector::ReductionOp::create(builder, loc, vector::CombiningKind::OR, lanes.back());
  return result;
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
               ScoreEmitter score(emitter, inputs, queries, start, first, scratch);
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
  if (inputs.hasPanels)
    emitPanelSums(emitter, inputs, queries, start, keys, scratch);
  Value none = broadcast(constant(-infinity));
  return emitVectors(keys, SmallVector<Value>(count(), none), [&](Value key, ValueRange largest) {
    Value first = arith::AddIOp::create(builder, loc, start, key);
    ScoreEmitter score(emitter, inputs, queries, start, first, scratch);
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
