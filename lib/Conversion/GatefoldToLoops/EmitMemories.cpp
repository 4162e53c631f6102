//===- EmitMemories.cpp - Histories as memory that is written in place -----*- C++ -*-===//
//
// A history lies in one place for all steps: a step writes its row there, and the rows that are
// there are a view. Where something else reads what was there before the row, the history is copied
// first.
//
//===----------------------------------------------------------------------===//

#include "EntryEmitter.h"
#include "MinimumSizes.h"
#include "gatefold/IR/Places.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace gatefold;

bool gatefold::isHistory(ir::ScanOp scan, unsigned memory) {
  Value argument = scan.getMemoryArguments()[memory];
  auto append = scan.getYield().getNext()[memory].getDefiningOp<ir::AppendOp>();
  return append && append.getMemory() == argument && argument.hasOneUse();
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

/// Copies an argument of the entry to a result, unless the caller has one place for both.
void EntryEmitter::copyUnlessSame(Value value, const View &target) {
  flush();
  Location loc = value.getLoc();
  auto getAddress = [&](const View &view) -> Value {
    return memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, view.base);
  };
  Value differ = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne,
                                       getAddress(lookup(value)), getAddress(target));
  auto branch = scf::IfOp::create(builder, loc, differ, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  emitNest(*this, {Store{value, target}});
}

/// The place of a history of a loop, with its first rows there.
View EntryEmitter::placeHistory(Value initial, Value last) {
  if (View place = handedOn.lookup(initial))
    return place;
  View place = allocateResult(last);
  if (chosen.contains(last))
    copyUnlessSame(initial, place);
  else
    flush({Store{initial, place}});
  return place;
}

/// The place of a memory with one more row, with the rows of before there.
View EntryEmitter::placeAppended(ir::AppendOp append) {
  Value before = append.getMemory();
  if (auto argument = dyn_cast<BlockArgument>(before))
    if (auto scan = dyn_cast<ir::ScanOp>(argument.getOwner()->getParentOp()))
      for (auto [number, memory] : llvm::enumerate(scan.getMemoryArguments()))
        if (memory == before && isHistory(scan, number))
          return lookup(before);
  View place = allocateResult(append.getResult());
  if (chosen.contains(append.getResult()))
    copyUnlessSame(before, place);
  else
    flush({Store{before, place}});
  return place;
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

void EntryEmitter::emitAppend(ir::AppendOp append) {
  Location loc = append.getLoc();
  View positions = materialize(append.getPosition());
  View row = materialize(append.getRow());
  View place = placeAppended(append);
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Value> at;
  for (AffineExpr extent : positions.extents)
    at.push_back(beginLoop(extent, loc));
  Value position = memref::LoadOp::create(builder, loc, positions.memref, at);
  position = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), position);
  Value rows = memory.getSize(place.extents[at.size()]);
  Value inside = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, position, rows);
  emitCheck(append, inside, rows, append.describeFull("{0}") + ir::describePlaceInParentheses(loc));
  auto branch = scf::IfOp::create(builder, loc, inside, /*withElseRegion=*/false);
  builder.setInsertionPointToStart(branch.thenBlock());
  View from = row, to = place;
  for (Value index : at) {
    from = pickView(builder, loc, memory, from, 0, index);
    to = pickView(builder, loc, memory, to, 0, index);
  }
  // The row of one example stands for those of all while it is written.
  setView(append.getRow(), from);
  emitNest(*this, {Store{append.getRow(), pickView(builder, loc, memory, to, 0, position)}});
  setView(append.getRow(), row);
  setView(append.getResult(), place);
}

/// Emits the one number that `numbers` has for all examples, and a check that it has only one.
static Value emitCommonNumber(EntryEmitter &emitter, Operation *op, const View &numbers,
                              SmallVector<Value> &at, Value known) {
  OpBuilder &builder = emitter.builder;
  Location loc = op->getLoc();
  if (at.size() < numbers.extents.size()) {
    auto loop = scf::ForOp::create(builder, loc, emitter.index(0),
                                   emitter.memory.getSize(numbers.extents[at.size()]),
                                   emitter.index(1), ValueRange{known});
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    at.push_back(loop.getInductionVar());
    Value inner = emitCommonNumber(emitter, op, numbers, at, loop.getRegionIterArg(0));
    scf::YieldOp::create(builder, loc, inner);
    return loop.getResult(0);
  }
  Value number = memref::LoadOp::create(builder, loc, numbers.memref, at);
  number = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), number);
  if (at.empty())
    return number;
  Value place = at.front();
  for (Value index : ArrayRef(at).drop_front())
    place = arith::OrIOp::create(builder, loc, place, index);
  Value isFirst =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, place, emitter.index(0));
  known = arith::SelectOp::create(builder, loc, isFirst, number, known);
  Value same = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, number, known);
  emitter.emitCheck(op, same, number,
                    "examples of one batch must be at the same position, but one is at {0}" +
                        ir::describePlaceInParentheses(loc));
  return known;
}

/// How many of `most` rows an operation takes.
Value EntryEmitter::emitRowCount(Operation *op, Value count, Value most) {
  Location loc = op->getLoc();
  SmallVector<Value> at;
  Value number = emitCommonNumber(*this, op, materialize(count), at, index(0));
  Value inside = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ule, number, most);
  emitCheck(op, inside, number,
            "a history does not have {0} rows" + ir::describePlaceInParentheses(loc));
  return arith::SelectOp::create(builder, loc, inside, number, most);
}

template <typename RowsOp>
View EntryEmitter::emitRows(RowsOp rows) {
  Location loc = rows.getLoc();
  View input = materialize(rows.getInput());
  unsigned axis = cast<RankedTensorType>(rows.getCount().getType()).getRank();
  AffineExpr extent = sizes.getExtents(rows.getResult())[axis];
  Value most = memory.getSize(input.extents[axis]);
  if (!memory.hasCount(extent))
    memory.setCount(extent, emitRowCount(rows, rows.getCount(), most), sizes.getLimit(extent));
  Value start = index(0);
  if constexpr (std::is_same_v<RowsOp, ir::SuffixOp>) {
    // No rows at all begin at a row, too: what a failing run picks from them lies in memory.
    start = arith::SubIOp::create(builder, loc, most, memory.getSize(extent));
    Value last = arith::SubIOp::create(builder, loc, most, index(1));
    start = arith::MinSIOp::create(builder, loc, start, last);
  }
  return sliceView(builder, loc, memory, input, axis, start, extent);
}

template View EntryEmitter::emitRows(ir::PrefixOp);
template View EntryEmitter::emitRows(ir::SuffixOp);

/// True if an extent has so many elements for all sizes that there are.
static bool isAlwaysEnough(AffineExpr extent, int64_t minimum) {
  AffineExpr zero = getAffineConstantExpr(0, extent.getContext());
  DenseMap<AffineExpr, AffineExpr> zeros;
  extent.walk([&](AffineExpr part) {
    if (isa<AffineDimExpr, AffineSymbolExpr>(part))
      zeros[part] = zero;
  });
  auto least = dyn_cast<AffineConstantExpr>(extent.replace(zeros));
  return least && least.getValue() >= minimum;
}

void EntryEmitter::checkNeed(Operation &op) {
  std::optional<Need> need = findNeed(&op, sizes);
  if (!need || need->extent.isSymbolicOrConstant() || isAlwaysEnough(need->extent, need->minimum))
    return;
  Value extent = memory.getSize(need->extent);
  Value inside = arith::CmpIOp::create(builder, op.getLoc(), arith::CmpIPredicate::uge, extent,
                                       index(need->minimum));
  emitCheck(&op, inside, extent,
            "{0} rows of a history are there, but " + need->what + " needs at least " +
                std::to_string(need->minimum) + ir::describePlaceInParentheses(op.getLoc()));
}
