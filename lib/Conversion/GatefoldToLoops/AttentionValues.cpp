//===- AttentionValues.cpp - The sum of the values ------------------------*- C++ -*-===//

#include "AttentionEmitter.h"
#include "ShapeQueries.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace gatefold;

/// Vectors of one row of values that are added to at a time.
static constexpr int64_t mostColumns = 4;

/// Gives the elements of the result in some columns new values: of the first query, and then of the
/// others. Those of queries that are not `changed` (none: all are) stay.
void AttentionEmitter::emitColumnGroup(const ColumnGroup &columns, ComputeColumns compute,
                                       ArrayRef<Value> changed) {
  auto at = [&](size_t number) {
    SmallVector<Value> indices(queries[number / columns.count]);
    indices.push_back(add(columns.start, number % columns.count * numLanes));
    return indices;
  };
  auto maskOf = [&](size_t number) {
    bool isLast = static_cast<int64_t>(number % columns.count) + 1 == columns.count;
    return isLast ? columns.mask : Value();
  };
  SmallVector<Value> before;
  for (size_t number = 0, vectors = count() * columns.count; number < vectors; ++number)
    before.push_back(loadLanes(builder, loc, result.memref, at(number), maskOf(number), zeros()));
  OpBuilder::InsertionGuard guard(builder);
  for (auto [number, after] : llvm::enumerate(compute(columns, before))) {
    if (!changed.empty() && number % columns.count == 0) {
      if (number > 0)
        builder.setInsertionPointAfter(builder.getInsertionBlock()->getParentOp());
      auto branch = scf::IfOp::create(builder, loc, changed[number / columns.count],
                                      /*withElseRegion=*/false);
      builder.setInsertionPointToStart(branch.thenBlock());
    }
    if (Value mask = maskOf(number))
      vector::MaskedStoreOp::create(builder, loc, result.memref, at(number), mask, after);
    else
      vector::StoreOp::create(builder, loc, after, result.memref, at(number));
  }
}

/// The same for all columns, some at a time.
void AttentionEmitter::emitColumns(ComputeColumns compute, ArrayRef<Value> changed) {
  auto emitGroup = [&](const ColumnGroup &columns) { emitColumnGroup(columns, compute, changed); };
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
SmallVector<Value> AttentionEmitter::loadValues(Value key, const ColumnGroup &columns) {
  SmallVector<Value> indices, values;
  for (int64_t axis : attend.getMappedAxes(attend->getNumOperands() - 1))
    indices.push_back(queries.front()[axis]);
  indices.push_back(key);
  for (int64_t number = 0; number < columns.count; ++number) {
    SmallVector<Value> at(indices);
    at.push_back(add(columns.start, number * numLanes));
    values.push_back(loadLanes(builder, loc, inputs.operands.back().memref, at,
                               number + 1 == columns.count ? columns.mask : Value(), zeros()));
  }
  return values;
}

/// Adds the values of the keys of a block by their shares.
void AttentionEmitter::emitSum(Value start, Value keys, ArrayRef<Value> factors,
                               const Shares &blockShares) {
  OpBuilder::InsertionGuard guard(builder);
  auto branch = scf::IfOp::create(builder, loc, blockShares.anyGone, /*withElseRegion=*/true);
  builder.setInsertionPointToStart(branch.thenBlock());
  emitSumOf(start, keys, factors, blockShares, /*mayBeGone=*/true);
  builder.setInsertionPointToStart(branch.elseBlock());
  emitSumOf(start, keys, factors, blockShares, /*mayBeGone=*/false);
}

/// The same where some of the shares may be 0, or are not: what has no share adds nothing.
void AttentionEmitter::emitSumOf(Value start, Value keys, ArrayRef<Value> factors,
                                 const Shares &blockShares, bool mayBeGone) {
  auto compute = [&](const ColumnGroup &columns, SmallVector<Value> totals) {
    for (auto [number, total] : llvm::enumerate(totals))
      total = arith::MulFOp::create(builder, loc, total, factors[number / columns.count]);
    auto loop = scf::ForOp::create(builder, loc, emitter.index(0), keys, emitter.index(1), totals);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value key = loop.getInductionVar(), share, isThere;
    SmallVector<Value> values =
        loadValues(arith::AddIOp::create(builder, loc, start, key), columns);
    SmallVector<Value> next;
    for (auto [number, total] : llvm::enumerate(loop.getRegionIterArgs())) {
      if (number % columns.count == 0) {
        share = broadcast(memref::LoadOp::create(
            builder, loc, shares.memref, ValueRange{emitter.index(number / columns.count), key}));
        if (mayBeGone)
          isThere = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNE, share, zeros());
      }
      Value sum = math::FmaOp::create(builder, loc, share, values[number % columns.count], total);
      if (mayBeGone)
        sum = arith::SelectOp::create(builder, loc, isThere, sum, total);
      next.push_back(sum);
    }
    scf::YieldOp::create(builder, loc, next);
    return SmallVector<Value>(loop.getResults());
  };
  emitColumns(compute, blockShares.anyOf);
}
