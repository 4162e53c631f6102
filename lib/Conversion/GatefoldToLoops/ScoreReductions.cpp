//===- ScoreReductions.cpp - Products and sums of scores --------------------*- C++ -*-===//

#include "ScoreEmitter.h"
#include "ShapeQueries.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gatefold;

/// Terms of a lane that are written out; more are a loop.
static constexpr int64_t mostUnrolled = 4;

/// Vectors of sums for which there are registers, of each lane that is being added: some others
/// wait for it.
static constexpr int64_t lanesAtOnce = 3;

//===----------------------------------------------------------------------===//
// Keys in rows
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
  int64_t numQueries = countQueries(op);
  auto row = [&](int64_t query, Value group) -> Value {
    return query == 0 ? group
                      : arith::AddIOp::create(builder, loc, group, emitter.index(query * groups))
                            .getResult();
  };
  {
    OpBuilder::InsertionGuard guard(builder);
    auto loop = scf::ForOp::create(builder, loc, zero, emitter.index(groups), emitter.index(1));
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
    for (int64_t group = 0; group < groups; ++group)
      rows.push_back(
          vector::LoadOp::create(builder, loc, type, scratch.memref,
                                 ValueRange{emitter.index(query * groups + group), zero}));
    results.push_back(
        mergeLanes(mergeLanes(rows[0], rows[2], 2), mergeLanes(rows[1], rows[3], 2), 1));
  }
  return results;
}

/// Keys that are computed at once, `groups` apart: the bits of a key's number are those of the
/// lane that its sum ends in.
SmallVector<Value> ScoreEmitter::getKeys(Value first) {
  Value last = arith::SubIOp::create(builder, loc, end, emitter.index(1));
  SmallVector<Value> keys;
  for (int64_t i = 0; i < keysPerGroup; ++i) {
    Value key = arith::AddIOp::create(builder, loc, first, emitter.index(i * groups));
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

/// What a term of a product or sum is made of: two factors, or one summand.
SmallVector<Value> ScoreEmitter::emitFactors(Operation *reduction, const Place &place,
                                             Known &known) {
  return llvm::map_to_vector(reduction->getOperands(), [&](Value operand) {
    return broadcast(element(operand, place, known));
  });
}

Value ScoreEmitter::emitTerm(ArrayRef<Value> factors, Value sum) {
  if (factors.size() == 2)
    return math::FmaOp::create(builder, loc, factors[0], factors[1], sum);
  return arith::AddFOp::create(builder, loc, sum, factors[0]);
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
    Value next =
        emitTerm(emitFactors(op, Place{query, keys[key], column, exists}, known[key]), sum);
    // What is computed behind the end of a row need not be a number.
    results.push_back(exists ? arith::SelectOp::create(builder, loc, exists, next, sum).getResult()
                             : next);
  }
  return results;
}

//===----------------------------------------------------------------------===//
// Keys in panels
//===----------------------------------------------------------------------===//

/// The row of scratch where the sums of a query are.
static int64_t getScratchRow(ir::AttendOp attend, Operation *reduction, int64_t query,
                             int64_t numQueries) {
  SmallVector<Operation *> reductions = getReductions(attend);
  return (llvm::find(reductions, reduction) - reductions.begin() + panelParts) * numQueries + query;
}

Value ScoreEmitter::loadSums(Operation *reduction, unsigned query) {
  Value row = emitter.index(getScratchRow(attend, reduction, query, queries.size()));
  return vector::LoadOp::create(builder, loc, VectorType::get({numLanes}, builder.getF32Type()),
                                scratch.memref, ValueRange{row, inBlock});
}

void ScoreEmitter::storeParts(Value part, ArrayRef<Value> sums) {
  Value first = arith::MulIOp::create(builder, loc, part, emitter.index(queries.size()));
  for (auto [query, sum] : llvm::enumerate(sums)) {
    Value row = arith::AddIOp::create(builder, loc, first, emitter.index(query));
    vector::StoreOp::create(builder, loc, sum, scratch.memref, ValueRange{row, inBlock});
  }
}

void ScoreEmitter::joinParts(Operation *reduction, int64_t numQueries) {
  auto type = VectorType::get({numLanes}, builder.getF32Type());
  for (int64_t query = 0; query < numQueries; ++query) {
    SmallVector<Value> parts;
    for (int64_t part = 0; part < panelParts; ++part) {
      Value row = emitter.index(part * queries.size() + query);
      parts.push_back(
          vector::LoadOp::create(builder, loc, type, scratch.memref, ValueRange{row, inBlock}));
    }
    for (size_t distance = panelParts / 2; distance >= 1; distance /= 2)
      for (size_t part = 0; part < distance; ++part)
        parts[part] = arith::AddFOp::create(builder, loc, parts[part], parts[part + distance]);
    Value row = emitter.index(getScratchRow(attend, reduction, query, queries.size()));
    vector::StoreOp::create(builder, loc, parts.front(), scratch.memref, ValueRange{row, inBlock});
  }
}

void ScoreEmitter::emitColumn(Operation *reduction, const PanelColumn &column,
                              MutableArrayRef<Value> sums) {
  Known known;
  for (auto [query, sum] : llvm::enumerate(sums)) {
    Place place{static_cast<unsigned>(query), {}, column.column, {}, &column};
    sum = emitTerm(emitFactors(reduction, place, known), sum);
  }
}

namespace {

/// Emits one product or sum for some vectors of keys.
class PanelSums {
public:
  PanelSums(EntryEmitter &emitter, Operation *reduction, MutableArrayRef<ScoreEmitter> keys)
      : emitter(emitter), builder(emitter.builder), loc(reduction->getLoc()), reduction(reduction),
        keys(keys), numQueries(keys.front().countQueries(reduction)),
        columns(keys.front().getColumns(reduction->getOperand(0))) {}

  void emit();

private:
  /// Of all vectors, those of the queries for one side by side.
  using Sums = SmallVector<Value>;

  Sums emitLane(Value part, int64_t lane);
  Sums emitLanes(Value part, int64_t first, int64_t distance);
  Sums add(ArrayRef<Value> a, ArrayRef<Value> b);
  Value add(Value value, int64_t offset) {
    return offset == 0
               ? value
               : arith::AddIOp::create(builder, loc, value, emitter.index(offset)).getResult();
  }
  void emitColumn(const PanelColumn &column, MutableArrayRef<Value> sums);

  EntryEmitter &emitter;
  OpBuilder &builder;
  Location loc;
  Operation *reduction;
  MutableArrayRef<ScoreEmitter> keys;
  int64_t numQueries;
  AffineExpr columns;
};

} // namespace

PanelSums::Sums PanelSums::add(ArrayRef<Value> a, ArrayRef<Value> b) {
  Sums sums;
  for (auto [x, y] : llvm::zip_equal(a, b))
    sums.push_back(arith::AddFOp::create(builder, loc, x, y));
  return sums;
}

void PanelSums::emitColumn(const PanelColumn &column, MutableArrayRef<Value> sums) {
  for (auto [number, vector] : llvm::enumerate(keys))
    vector.emitColumn(reduction, column, sums.slice(number * numQueries, numQueries));
}

/// Every sixteenth column from a lane of a part on.
PanelSums::Sums PanelSums::emitLane(Value part, int64_t lane) {
  auto type = VectorType::get({numLanes}, builder.getF32Type());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  Sums sums(keys.size() * numQueries, zero);
  Value first = add(part, lane);
  Value place = arith::MulIOp::create(builder, loc, part, emitter.index(numLanes / panelParts));
  place = add(place, getPlaceInPart(lane));
  std::optional<int64_t> constant = getConstantExtent(columns);
  if (constant && *constant % numLanes == 0 && *constant / numLanes <= mostUnrolled) {
    for (int64_t number = 0; number < *constant / numLanes; ++number)
      emitColumn({add(first, number * numLanes), place, emitter.index(number)}, sums);
    return sums;
  }
  auto loop = scf::ForOp::create(builder, loc, first, emitter.memory.getSize(columns),
                                 emitter.index(numLanes), sums);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value column = loop.getInductionVar();
  Value number = arith::DivUIOp::create(builder, loc, column, emitter.index(numLanes));
  sums.assign(loop.getRegionIterArgs().begin(), loop.getRegionIterArgs().end());
  emitColumn({column, place, number}, sums);
  scf::YieldOp::create(builder, loc, sums);
  return Sums(loop.getResults());
}

/// The sum of all lanes of a part that are `distance` apart: the nearer ones are added last.
PanelSums::Sums PanelSums::emitLanes(Value part, int64_t first, int64_t distance) {
  if (distance == numLanes)
    return emitLane(part, first);
  Sums lower = emitLanes(part, first, 2 * distance);
  return add(lower, emitLanes(part, first + distance, 2 * distance));
}

/// A turn for every fourth lane, as many as registers hold at a time.
void PanelSums::emit() {
  {
    auto loop = scf::ForOp::create(builder, loc, emitter.index(0), emitter.index(panelParts),
                                   emitter.index(1));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value part = loop.getInductionVar();
    Sums sums = emitLanes(part, 0, panelParts);
    for (auto [number, vector] : llvm::enumerate(keys))
      vector.storeParts(part, ArrayRef(sums).slice(number * numQueries, numQueries));
  }
  for (ScoreEmitter &vector : keys)
    vector.joinParts(reduction, numQueries);
}

void gatefold::emitPanelSums(EntryEmitter &emitter, const ScoreInputs &inputs,
                             ArrayRef<SmallVector<Value>> queries, Value block, Value keys,
                             const View &scratch) {
  OpBuilder &builder = emitter.builder;
  Location loc = inputs.attend->getLoc();
  OpBuilder::InsertionGuard guard(builder);
  auto numQueries = static_cast<int64_t>(queries.size());
  int64_t most = std::max<int64_t>(emitter.mostSums / lanesAtOnce / numQueries, 1);
  auto vectors =
      std::min<int64_t>(llvm::bit_floor(static_cast<uint64_t>(most)), ir::keysAtOnce / numLanes);
  auto loop =
      scf::ForOp::create(builder, loc, emitter.index(0), keys, emitter.index(vectors * numLanes));
  builder.setInsertionPointToStart(loop.getBody());
  Value first = arith::AddIOp::create(builder, loc, block, loop.getInductionVar());
  SmallVector<ScoreEmitter> scores;
  for (int64_t number = 0; number < vectors; ++number) {
    Value start = arith::AddIOp::create(builder, loc, first, emitter.index(number * numLanes));
    scores.emplace_back(emitter, inputs, queries, block, start, scratch);
  }
  for (Operation *reduction : getReductions(inputs.attend))
    PanelSums(emitter, reduction, scores).emit();
}
