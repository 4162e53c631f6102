//===- EmitProducts.cpp - Products as loops ------------------------------*- C++ -*-===//
//
// `chain` products add in index order with one accumulator per output. Where the outputs lie side
// by side in the right operand, sixteen of them share a vector and up to four vectors share a load
// of the left operand. `lanes` products keep sixteen accumulators per output.
//
//===----------------------------------------------------------------------===//

#include "../IndependentLoops.h"
#include "EntryEmitter.h"
#include "Lanes.h"
#include "ShapeQueries.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gatefold;

/// Vectors of one row of outputs that are accumulated at a time, and rows that share what is loaded
/// for them.
static constexpr int64_t mostColumns = 4, mostRows = 4;

namespace {

/// A product with its operands in memory.
struct Product {
  Location loc;
  View lhs, rhs, result;
  unsigned mapped;
  AffineExpr contracted;
  Type element;

  unsigned lhsRows() const { return lhs.extents.size() - 1 - mapped; }
};

/// The indices of one output.
struct OutputIndices {
  SmallVector<Value> mapped, lhsRows, rhsRows;

  SmallVector<Value> lhs() const { return join({mapped, lhsRows}); }
  SmallVector<Value> rhs() const { return join({mapped, rhsRows}); }
  SmallVector<Value> result() const { return join({mapped, lhsRows, rhsRows}); }

private:
  static SmallVector<Value> join(ArrayRef<ArrayRef<Value>> parts) {
    SmallVector<Value> all;
    for (ArrayRef<Value> part : parts)
      llvm::append_range(all, part);
    return all;
  }
};

/// Sixteen columns of a row of rhs.
struct Columns {
  SmallVector<Value> rhsRows;
  Value start;
  Value mask; ///< null: all are there
};

class ProductEmitter {
public:
  ProductEmitter(EntryEmitter &emitter, Product product)
      : emitter(emitter), builder(emitter.builder), product(std::move(product)),
        loc(this->product.loc), vector(VectorType::get({numLanes}, this->product.element)) {}

  /// rhs is [P.., N.., K, L]: vectors along L.
  void emitColumns();
  /// rhs is [P.., N.., K]: one output at a time.
  void emitRows(ir::ReductionOrder order);

private:
  OutputIndices beginLoops(unsigned lhsRows, unsigned rhsRows);
  void emitPanels(OutputIndices at, int64_t panels);
  void emitWideRow(OutputIndices at);
  void emitTiles(OutputIndices at, ArrayRef<Columns> columns);
  void emitTile(ArrayRef<OutputIndices> rows, ArrayRef<Columns> columns);
  Value multiplyAdd(Value a, Value b, Value sum) {
    return math::FmaOp::create(builder, loc, a, b, sum);
  }
  Value add(Value value, int64_t offset) {
    return offset == 0
               ? value
               : arith::AddIOp::create(builder, loc, value, emitter.index(offset)).getResult();
  }
  /// Emits an independent loop from `start` to `end`, and its body by `emit`, which gets the index.
  void emitLoop(Value start, Value end, int64_t step, function_ref<void(Value)> emit) {
    OpBuilder::InsertionGuard guard(builder);
    auto loop = scf::ForOp::create(builder, loc, start, end, emitter.index(step));
    markIndependent(loop);
    builder.setInsertionPoint(loop.getBody()->getTerminator());
    emit(loop.getInductionVar());
  }

  EntryEmitter &emitter;
  OpBuilder &builder;
  Product product;
  Location loc;
  VectorType vector;
};

} // namespace

/// Opens the loops over the mapped axes and the first rows of both sides.
OutputIndices ProductEmitter::beginLoops(unsigned lhsRows, unsigned rhsRows) {
  OutputIndices at;
  for (unsigned axis = 0; axis < product.mapped; ++axis)
    at.mapped.push_back(emitter.beginLoop(product.lhs.extents[axis], loc));
  for (unsigned row = 0; row < lhsRows; ++row)
    at.lhsRows.push_back(emitter.beginLoop(product.lhs.extents[product.mapped + row], loc));
  for (unsigned row = 0; row < rhsRows; ++row)
    at.rhsRows.push_back(emitter.beginLoop(product.rhs.extents[product.mapped + row], loc));
  return at;
}

static SmallVector<Value> append(ArrayRef<Value> values, Value last) {
  SmallVector<Value> result(values);
  result.push_back(last);
  return result;
}

//===----------------------------------------------------------------------===//
// Outputs side by side
//===----------------------------------------------------------------------===//

void ProductEmitter::emitColumns() {
  OpBuilder::InsertionGuard guard(builder);
  unsigned lhsRows = std::max(product.lhsRows(), 1u) - 1;
  unsigned rhsRows = product.rhs.extents.size() - 2 - product.mapped;
  std::optional<int64_t> columns = getConstantExtent(product.rhs.extents.back());
  std::optional<int64_t> panels;
  if (columns && *columns <= numLanes && rhsRows > 0)
    panels = getConstantExtent(product.rhs.extents[product.mapped + rhsRows - 1]);
  if (panels)
    return emitPanels(beginLoops(lhsRows, rhsRows - 1), *panels);
  emitWideRow(beginLoops(lhsRows, rhsRows));
}

/// The last rows of rhs are panels of at most sixteen columns: several panels share the loads of
/// lhs.
void ProductEmitter::emitPanels(OutputIndices at, int64_t panels) {
  int64_t width = *getConstantExtent(product.rhs.extents.back());
  Value mask;
  if (width < numLanes)
    mask = vector::ConstantMaskOp::create(
        builder, loc, VectorType::get({numLanes}, builder.getI1Type()), ArrayRef<int64_t>{width});
  auto emitGroup = [&](Value first, int64_t count) {
    SmallVector<Columns> columns;
    for (int64_t i = 0; i < count; ++i)
      columns.push_back({append(at.rhsRows, add(first, i)), emitter.index(0), mask});
    emitTiles(at, columns);
  };
  int64_t whole = panels / mostColumns * mostColumns;
  if (whole > 0)
    emitLoop(emitter.index(0), emitter.index(whole), mostColumns,
             [&](Value first) { emitGroup(first, mostColumns); });
  if (panels > whole)
    emitGroup(emitter.index(whole), panels - whole);
}

/// The columns of one row of rhs: several vectors of them share the loads of lhs, if it is known
/// how many there are.
void ProductEmitter::emitWideRow(OutputIndices at) {
  AffineExpr extent = product.rhs.extents.back();
  Value end = emitter.memory.getSize(extent);
  std::optional<int64_t> width = getConstantExtent(extent);
  auto emitGroup = [&](Value start, int64_t count, bool isMasked) {
    SmallVector<Columns> columns;
    for (int64_t i = 0; i < count; ++i)
      columns.push_back({at.rhsRows, add(start, i * numLanes), Value()});
    if (isMasked)
      columns.back().mask = vector::CreateMaskOp::create(
          builder, loc, VectorType::get({numLanes}, builder.getI1Type()),
          arith::SubIOp::create(builder, loc, end, columns.back().start).getResult());
    emitTiles(at, columns);
  };
  if (!width)
    return emitLoop(emitter.index(0), end, numLanes,
                    [&](Value start) { emitGroup(start, 1, /*isMasked=*/true); });
  constexpr int64_t group = mostColumns * numLanes;
  int64_t whole = *width / group * group;
  if (whole > 0)
    emitLoop(emitter.index(0), emitter.index(whole), group,
             [&](Value start) { emitGroup(start, mostColumns, /*isMasked=*/false); });
  if (*width > whole)
    emitGroup(emitter.index(whole), llvm::divideCeil(*width - whole, numLanes),
              *width % numLanes != 0);
}

/// Emits these columns of the outputs for all rows of the last axis of lhs, several at a time.
void ProductEmitter::emitTiles(OutputIndices at, ArrayRef<Columns> columns) {
  if (product.lhsRows() == 0)
    return emitTile({at}, columns);
  AffineExpr extent = product.lhs.extents[product.mapped + product.lhsRows() - 1];
  int64_t count = std::clamp<int64_t>(emitter.mostSums / columns.size(), 1, mostRows);
  if (std::optional<int64_t> constant = getConstantExtent(extent))
    count = std::clamp<int64_t>(*constant, 1, count);
  auto emitRows = [&](Value first, int64_t count) {
    SmallVector<OutputIndices> rows;
    for (int64_t i = 0; i < count; ++i) {
      rows.push_back(at);
      rows.back().lhsRows.push_back(add(first, i));
    }
    emitTile(rows, columns);
  };
  AffineExpr whole = extent.floorDiv(count) * count;
  Value middle = emitter.memory.getSize(whole);
  emitLoop(emitter.index(0), middle, count, [&](Value first) { emitRows(first, count); });
  if (getConstantExtent(extent - whole) != 0)
    emitLoop(middle, emitter.memory.getSize(extent), 1, [&](Value row) { emitRows(row, 1); });
}

/// Each vector of the tile has its own sums.
void ProductEmitter::emitTile(ArrayRef<OutputIndices> rows, ArrayRef<Columns> columns) {
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(vector));
  SmallVector<Value> sums(rows.size() * columns.size(), zero), weights;
  auto loop =
      scf::ForOp::create(builder, loc, emitter.index(0), emitter.memory.getSize(product.contracted),
                         emitter.index(1), sums);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    for (const Columns &column : columns) {
      OutputIndices at{rows.front().mapped, {}, column.rhsRows};
      SmallVector<Value> place = append(append(at.rhs(), k), column.start);
      weights.push_back(loadLanes(builder, loc, product.rhs.memref, place, column.mask, zero));
    }
    auto *sum = sums.begin();
    auto last = loop.getRegionIterArgs().begin();
    for (const OutputIndices &row : rows) {
      Value x = memref::LoadOp::create(builder, loc, product.lhs.memref, append(row.lhs(), k));
      x = vector::BroadcastOp::create(builder, loc, vector, x);
      for (Value weight : weights)
        *sum++ = multiplyAdd(x, weight, *last++);
    }
    scf::YieldOp::create(builder, loc, sums);
  }
  auto sum = loop.getResults().begin();
  for (const OutputIndices &row : rows)
    for (const Columns &column : columns) {
      OutputIndices at{row.mapped, row.lhsRows, column.rhsRows};
      SmallVector<Value> place = append(at.result(), column.start);
      if (column.mask)
        vector::MaskedStoreOp::create(builder, loc, product.result.memref, place, column.mask,
                                      *sum++);
      else
        vector::StoreOp::create(builder, loc, *sum++, product.result.memref, place);
    }
}

//===----------------------------------------------------------------------===//
// One output at a time
//===----------------------------------------------------------------------===//

void ProductEmitter::emitRows(ir::ReductionOrder order) {
  OpBuilder::InsertionGuard guard(builder);
  OutputIndices at = beginLoops(product.lhsRows(), product.rhs.extents.size() - 1 - product.mapped);
  Value sum;
  if (order == ir::ReductionOrder::Lanes) {
    auto type = VectorType::get({numLanes}, product.element);
    Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
    sum = emitLanes(
        emitter, loc, product.contracted, zero,
        [&](Value k, Value mask, Value lanes) {
          auto load = [&](const View &view, ArrayRef<Value> row) {
            return loadLanes(builder, loc, view.memref, append(row, k), mask, zero);
          };
          return multiplyAdd(load(product.lhs, at.lhs()), load(product.rhs, at.rhs()), lanes);
        },
        [&](Value a, Value b) -> Value { return arith::AddFOp::create(builder, loc, a, b); });
  } else {
    Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(product.element));
    auto loop = scf::ForOp::create(builder, loc, emitter.index(0),
                                   emitter.memory.getSize(product.contracted), emitter.index(1),
                                   ValueRange{zero});
    builder.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    Value x = memref::LoadOp::create(builder, loc, product.lhs.memref, append(at.lhs(), k));
    Value w = memref::LoadOp::create(builder, loc, product.rhs.memref, append(at.rhs(), k));
    Value next = multiplyAdd(x, w, loop.getRegionIterArg(0));
    scf::YieldOp::create(builder, loc, next);
    builder.setInsertionPointAfter(loop);
    sum = loop.getResult(0);
  }
  memref::StoreOp::create(builder, loc, sum, product.result.memref, at.result());
}

/// A dense copy of `view` with its last two axes swapped.
static View copyTransposed(EntryEmitter &emitter, const View &view, Location loc) {
  OpBuilder &builder = emitter.builder;
  OpBuilder::InsertionGuard guard(builder);
  Extents extents = view.extents;
  std::swap(extents[extents.size() - 1], extents[extents.size() - 2]);
  View copy = emitter.memory.allocate(view.getElementType(), extents, loc);
  SmallVector<Value> from, to;
  for (AffineExpr extent : view.extents)
    from.push_back(emitter.beginLoop(extent, loc));
  to = from;
  std::swap(to[to.size() - 1], to[to.size() - 2]);
  Value element = memref::LoadOp::create(builder, loc, view.memref, from);
  memref::StoreOp::create(builder, loc, element, copy.memref, to);
  return copy;
}

void EntryEmitter::emitDot(ir::DotOp dot) {
  Location loc = dot.getLoc();
  View lhs = materializeRows(dot.getLhs());
  View rhs = materializeRows(dot.getRhs());
  // Looked up again: making room for one operand may have moved the other.
  lhs = lookup(dot.getLhs());
  View result = allocateResult(dot.getResult());
  Product product{loc,
                  lhs,
                  rhs,
                  result,
                  unsigned(dot.getMapped()),
                  lhs.extents.back(),
                  cast<RankedTensorType>(dot.getType()).getElementType()};
  bool lanes = dot.getOrder() == ir::ReductionOrder::Lanes;
  if (dot.getTransposed() && lanes)
    product.rhs = copyTransposed(*this, rhs, loc);
  ProductEmitter products(*this, product);
  if (dot.getTransposed() && !lanes)
    products.emitColumns();
  else
    products.emitRows(dot.getOrder());
  setView(dot.getResult(), result);
}

void EntryEmitter::emitProducts(ir::DotsOp dots, ArrayRef<Store> stores) {
  for (auto [matrix, store] : llvm::zip_equal(dots.getMatrices(), stores)) {
    View rhs = materializeRows(matrix), lhs = materializeRows(dots.getLhs());
    ProductEmitter products(*this, {dots.getLoc(), lhs, rhs, store.target, /*mapped=*/0,
                                    lhs.extents.back(), lhs.getElementType()});
    products.emitRows(ir::ReductionOrder::Chain);
  }
}
