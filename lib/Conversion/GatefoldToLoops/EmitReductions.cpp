//===- EmitReductions.cpp - Reductions as loops ---------------------------*- C++ -*-===//

#include "../IndependentLoops.h"
#include "EntryEmitter.h"
#include "Lanes.h"
#include "ShapeQueries.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gatefold;

/// What a reduction starts from.
static TypedAttr getIdentity(ir::ReductionKind kind, Type type) {
  Builder builder(type.getContext());
  if (auto floating = dyn_cast<FloatType>(type)) {
    bool negative = kind == ir::ReductionKind::Maximum;
    switch (kind) {
    case ir::ReductionKind::Sum:
      return builder.getFloatAttr(type, 0.0);
    case ir::ReductionKind::Product:
      return builder.getFloatAttr(type, 1.0);
    default:
      return builder.getFloatAttr(type, APFloat::getInf(floating.getFloatSemantics(), negative));
    }
  }
  unsigned width = type.getIntOrFloatBitWidth();
  switch (kind) {
  case ir::ReductionKind::Sum:
    return builder.getIntegerAttr(type, 0);
  case ir::ReductionKind::Product:
    return builder.getIntegerAttr(type, 1);
  case ir::ReductionKind::Maximum:
    return builder.getIntegerAttr(type, APInt::getSignedMinValue(width));
  case ir::ReductionKind::Minimum:
    return builder.getIntegerAttr(type, APInt::getSignedMaxValue(width));
  }
  llvm_unreachable("all kinds are handled");
}

static Value combine(OpBuilder &builder, Location loc, ir::ReductionKind kind, Value a, Value b) {
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(a.getType()));
  switch (kind) {
  case ir::ReductionKind::Sum:
    return isFloat ? arith::AddFOp::create(builder, loc, a, b).getResult()
                   : arith::AddIOp::create(builder, loc, a, b).getResult();
  case ir::ReductionKind::Product:
    return isFloat ? arith::MulFOp::create(builder, loc, a, b).getResult()
                   : arith::MulIOp::create(builder, loc, a, b).getResult();
  case ir::ReductionKind::Maximum:
    return isFloat ? arith::MaximumFOp::create(builder, loc, a, b).getResult()
                   : arith::MaxSIOp::create(builder, loc, a, b).getResult();
  case ir::ReductionKind::Minimum:
    return isFloat ? arith::MinimumFOp::create(builder, loc, a, b).getResult()
                   : arith::MinSIOp::create(builder, loc, a, b).getResult();
  }
  llvm_unreachable("all kinds are handled");
}

namespace {

class ReductionEmitter {
public:
  ReductionEmitter(EntryEmitter &emitter, ir::ReduceOp reduce)
      : emitter(emitter), builder(emitter.builder), loc(reduce.getLoc()), kind(reduce.getKind()) {
    unsigned rank = cast<RankedTensorType>(reduce.getInput().getType()).getRank();
    for (unsigned axis = 0; axis < rank; ++axis)
      (llvm::is_contained(reduce.getAxes(), int64_t(rank - 1 - axis)) ? reduced : kept)
          .push_back(axis);
  }

  void emitChain(const View &input, const View &result);
  void emitInLanes(const View &input, const View &result);

private:
  View copyReducedLast(const View &input);
  View flatten(const View &input);
  Value chain(const View &input, SmallVector<Value> &at, unsigned next, Value sum,
              function_ref<Value()> load);

  EntryEmitter &emitter;
  OpBuilder &builder;
  Location loc;
  ir::ReductionKind kind;
  SmallVector<unsigned> kept, reduced;
};

} // namespace

/// Loops over the reduced axes from `next` on, the accumulator passed along; `load` reads at the
/// indices `at`.
Value ReductionEmitter::chain(const View &input, SmallVector<Value> &at, unsigned next, Value sum,
                              function_ref<Value()> load) {
  if (next == reduced.size())
    return combine(builder, loc, kind, sum, load());
  unsigned axis = reduced[next];
  auto loop = scf::ForOp::create(builder, loc, emitter.index(0),
                                 emitter.memory.getSize(input.extents[axis]), emitter.index(1),
                                 ValueRange{sum});
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  at[axis] = loop.getInductionVar();
  Value inner = chain(input, at, next + 1, loop.getRegionIterArg(0), load);
  scf::YieldOp::create(builder, loc, inner);
  return loop.getResult(0);
}

void ReductionEmitter::emitChain(const View &input, const View &result) {
  OpBuilder::InsertionGuard guard(builder);
  unsigned rank = input.extents.size();
  SmallVector<Value> at(rank), to;
  // Outputs that lie side by side in the operand are reduced side by side.
  bool wide =
      !kept.empty() && kept.back() == rank - 1 && input.hasUnitStride() && result.hasUnitStride();
  for (unsigned axis : ArrayRef(kept).drop_back(wide ? 1 : 0)) {
    at[axis] = emitter.beginLoop(input.extents[axis], loc);
    to.push_back(at[axis]);
  }
  Type element = input.getElementType();
  TypedAttr identity = getIdentity(kind, element);
  if (!wide) {
    Value initial = arith::ConstantOp::create(builder, loc, identity);
    Value sum = chain(input, at, 0, initial, [&] {
      return memref::LoadOp::create(builder, loc, input.memref, at).getResult();
    });
    memref::StoreOp::create(builder, loc, sum, result.memref, to);
    return;
  }
  auto type = VectorType::get({numLanes}, element);
  Value initial = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, identity));
  Value end = emitter.memory.getSize(input.extents.back());
  auto loop = scf::ForOp::create(builder, loc, emitter.index(0), end, emitter.index(numLanes));
  markIndependent(loop);
  builder.setInsertionPoint(loop.getBody()->getTerminator());
  at.back() = loop.getInductionVar();
  to.push_back(loop.getInductionVar());
  Value mask = vector::CreateMaskOp::create(
      builder, loc, VectorType::get({numLanes}, builder.getI1Type()),
      arith::SubIOp::create(builder, loc, end, loop.getInductionVar()).getResult());
  Value sum = chain(input, at, 0, initial,
                    [&] { return loadLanes(builder, loc, input.memref, at, mask, initial); });
  vector::MaskedStoreOp::create(builder, loc, result.memref, to, mask, sum);
}

/// A dense copy of the operand with its reduced axes behind the others.
View ReductionEmitter::copyReducedLast(const View &input) {
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<unsigned> order(kept);
  order.append(reduced);
  Extents extents;
  for (unsigned axis : order)
    extents.push_back(input.extents[axis]);
  View copy = emitter.memory.allocate(input.getElementType(), extents, loc);
  SmallVector<Value> from(order.size()), to;
  for (unsigned axis : order) {
    from[axis] = emitter.beginLoop(input.extents[axis], loc);
    to.push_back(from[axis]);
  }
  Value element = memref::LoadOp::create(builder, loc, input.memref, from);
  memref::StoreOp::create(builder, loc, element, copy.memref, to);
  return copy;
}

/// The operand with its reduced axes behind the others and made one.
View ReductionEmitter::flatten(const View &input) {
  bool inPlace = isDense(input) && (kept.empty() || kept.back() < reduced.front());
  View rows = inPlace ? input : copyReducedLast(input);
  Extents extents(rows.extents.begin(), rows.extents.begin() + kept.size());
  AffineExpr count = getAffineConstantExpr(1, builder.getContext());
  for (AffineExpr extent : ArrayRef(rows.extents).drop_front(kept.size()))
    count = count * extent;
  extents.push_back(count);
  Extents strides = getRowMajorStrides(extents, builder.getContext());
  return makeView(builder, loc, emitter.memory, rows.base, rows.offset, extents, strides);
}

void ReductionEmitter::emitInLanes(const View &input, const View &result) {
  View rows = flatten(input);
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Value> at;
  for (unsigned axis = 0; axis < kept.size(); ++axis)
    at.push_back(emitter.beginLoop(rows.extents[axis], loc));
  auto type = VectorType::get({numLanes}, input.getElementType());
  Value identity = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type, getIdentity(kind, input.getElementType())));
  auto join = [&](Value a, Value b) { return combine(builder, loc, kind, a, b); };
  Value sum = emitLanes(
      emitter, loc, rows.extents.back(), identity,
      [&](Value k, Value mask, Value lanes) {
        SmallVector<Value> place(at);
        place.push_back(k);
        return join(lanes, loadLanes(builder, loc, rows.memref, place, mask, identity));
      },
      join);
  memref::StoreOp::create(builder, loc, sum, result.memref, at);
}

void EntryEmitter::emitReduce(ir::ReduceOp reduce) {
  View input = materialize(reduce.getInput());
  View result = allocateResult(reduce.getResult());
  ReductionEmitter reduction(*this, reduce);
  if (reduce.getOrder() == ir::ReductionOrder::Lanes)
    reduction.emitInLanes(input, result);
  else
    reduction.emitChain(input, result);
  setView(reduce.getResult(), result);
}

/// Emits `sum` running along `axis` of `input`: loops over the other axes, sixteen neighbours of
/// the last one side by side where it is another and memory allows.
void EntryEmitter::emitCumulate(ir::CumulateOp cumulate) {
  OpBuilder::InsertionGuard guard(builder);
  Location loc = cumulate.getLoc();
  View input = materialize(cumulate.getInput());
  View result = allocateResult(cumulate.getResult());
  unsigned rank = input.extents.size(), axis = rank - 1 - cumulate.getAxis();
  bool wide = axis + 1 != rank && input.hasUnitStride() && result.hasUnitStride();
  SmallVector<Value> at(rank);
  for (unsigned other = 0; other < rank - (wide ? 1 : 0); ++other)
    if (other != axis)
      at[other] = beginLoop(input.extents[other], loc);
  TypedAttr identity = getIdentity(cumulate.getKind(), input.getElementType());
  Value initial = arith::ConstantOp::create(builder, loc, identity), mask;
  if (wide) {
    auto type = VectorType::get({numLanes}, input.getElementType());
    initial = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, identity));
    Value end = memory.getSize(input.extents.back());
    auto row = scf::ForOp::create(builder, loc, index(0), end, index(numLanes));
    markIndependent(row);
    builder.setInsertionPoint(row.getBody()->getTerminator());
    at.back() = row.getInductionVar();
    mask = vector::CreateMaskOp::create(
        builder, loc, VectorType::get({numLanes}, builder.getI1Type()),
        arith::SubIOp::create(builder, loc, end, row.getInductionVar()).getResult());
  }
  auto loop = scf::ForOp::create(builder, loc, index(0), memory.getSize(input.extents[axis]),
                                 index(1), ValueRange{initial});
  builder.setInsertionPointToStart(loop.getBody());
  at[axis] = loop.getInductionVar();
  Value element = wide ? loadLanes(builder, loc, input.memref, at, mask, initial)
                       : memref::LoadOp::create(builder, loc, input.memref, at).getResult();
  Value total = combine(builder, loc, cumulate.getKind(), loop.getRegionIterArg(0), element);
  if (wide)
    vector::MaskedStoreOp::create(builder, loc, result.memref, at, mask, total);
  else
    memref::StoreOp::create(builder, loc, total, result.memref, at);
  scf::YieldOp::create(builder, loc, total);
  setView(cumulate.getResult(), result);
}

void EntryEmitter::emitArgMax(ir::ArgMaxOp argmax) {
  OpBuilder::InsertionGuard guard(builder);
  Location loc = argmax.getLoc();
  View input = materialize(argmax.getInput());
  View result = allocateResult(argmax.getResult());
  SmallVector<Value> at;
  for (AffineExpr extent : ArrayRef(input.extents).drop_back())
    at.push_back(beginLoop(extent, loc));
  auto load = [&](Value index) {
    SmallVector<Value> place(at);
    place.push_back(index);
    return memref::LoadOp::create(builder, loc, input.memref, place).getResult();
  };
  Value zero = index(0);
  auto loop = scf::ForOp::create(builder, loc, index(1), memory.getSize(input.extents.back()),
                                 index(1), ValueRange{load(zero), zero});
  {
    OpBuilder::InsertionGuard inner(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value best = loop.getRegionIterArg(0), x = load(loop.getInductionVar()), better;
    if (isa<FloatType>(x.getType())) {
      // x > best, or x is a NaN and best is none.
      Value notBelow = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UGT, x, best);
      Value isNumber = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::ORD, best, best);
      better = arith::AndIOp::create(builder, loc, notBelow, isNumber);
    } else {
      better = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt, x, best);
    }
    Value value = arith::SelectOp::create(builder, loc, better, x, best);
    Value place = arith::SelectOp::create(builder, loc, better, loop.getInductionVar(),
                                          loop.getRegionIterArg(1));
    scf::YieldOp::create(builder, loc, ValueRange{value, place});
  }
  Value found = arith::IndexCastOp::create(builder, loc, builder.getI32Type(), loop.getResult(1));
  memref::StoreOp::create(builder, loc, found, result.memref, at);
  setView(argmax.getResult(), result);
}
