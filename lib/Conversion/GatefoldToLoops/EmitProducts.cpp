//===- EmitProducts.cpp - Products as loops ------------------------------*- C++ -*-===//
//
// `chain` products add in index order with one accumulator per output. Where the outputs lie side
// by side in the right operand, sixteen of them share a vector and up to four vectors share a load
// of the left operand. `lanes` products keep sixteen accumulators per output.
//
//===----------------------------------------------------------------------===//

#include "EntryEmitter.h"
#include "Lanes.h"
#include "ShapeQueries.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gatefold;

/// Vectors of outputs that are accumulated at a time.
static constexpr int64_t maxAccumulators = 4;

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

/// The indices of one output, split as the operands see them.
struct OutputIndices {
  SmallVector<Value> lhs;    ///< all axes but the contracted one
  SmallVector<Value> rhs;    ///< the mapped axes, then the rows that loops walk
  SmallVector<Value> result; ///< what loops walk
};

class ProductEmitter {
public:
  ProductEmitter(EntryEmitter &emitter, Product product)
      : emitter(emitter), builder(emitter.builder), product(std::move(product)),
        loc(this->product.loc) {}

  /// rhs is [P.., N.., K, L]: vectors along L.
  void emitColumns();
  /// rhs is [P.., N.., K]: one output at a time.
  void emitRows(ir::ReductionOrder order);

private:
  OutputIndices beginLoops(unsigned rhsRows);
  void emitColumnGroup(const OutputIndices &at, ArrayRef<SmallVector<Value>> rhsRows,
                       ArrayRef<SmallVector<Value>> resultRows, ArrayRef<Value> columns,
                       Value lastMask);
  void emitPanels(const OutputIndices &at, int64_t panels);
  void emitWideRow(const OutputIndices &at);
  Value multiplyAdd(Value a, Value b, Value sum) {
    return math::FmaOp::create(builder, loc, a, b, sum);
  }

  EntryEmitter &emitter;
  OpBuilder &builder;
  Product product;
  Location loc;
};

} // namespace

/// Opens the loops over the mapped axes, the rows of lhs and the first `rhsRows` rows of rhs.
OutputIndices ProductEmitter::beginLoops(unsigned rhsRows) {
  OutputIndices at;
  for (unsigned axis = 0; axis < product.mapped; ++axis) {
    Value index = emitter.beginLoop(product.lhs.extents[axis], loc);
    at.lhs.push_back(index);
    at.rhs.push_back(index);
    at.result.push_back(index);
  }
  for (unsigned row = 0; row < product.lhsRows(); ++row) {
    Value index = emitter.beginLoop(product.lhs.extents[product.mapped + row], loc);
    at.lhs.push_back(index);
    at.result.push_back(index);
  }
  for (unsigned row = 0; row < rhsRows; ++row) {
    Value index = emitter.beginLoop(product.rhs.extents[product.mapped + row], loc);
    at.rhs.push_back(index);
    at.result.push_back(index);
  }
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
  unsigned rhsRows = product.rhs.extents.size() - 2 - product.mapped;
  std::optional<int64_t> columns = getConstantExtent(product.rhs.extents.back());
  std::optional<int64_t> panels;
  if (columns && *columns <= numLanes && rhsRows > 0)
    panels = getConstantExtent(product.rhs.extents[product.mapped + rhsRows - 1]);
  if (panels)
    return emitPanels(beginLoops(rhsRows - 1), *panels);
  emitWideRow(beginLoops(rhsRows));
}

/// The last rows of rhs are panels of at most sixteen columns: several panels share the loads of
/// lhs.
void ProductEmitter::emitPanels(const OutputIndices &at, int64_t panels) {
  int64_t columns = *getConstantExtent(product.rhs.extents.back());
  Value mask;
  if (columns < numLanes)
    mask = vector::ConstantMaskOp::create(
        builder, loc, VectorType::get({numLanes}, builder.getI1Type()), ArrayRef<int64_t>{columns});
  auto emitGroup = [&](Value first, int64_t count) {
    SmallVector<SmallVector<Value>> rhsRows, resultRows;
    for (int64_t i = 0; i < count; ++i) {
      Value panel =
          i == 0 ? first : arith::AddIOp::create(builder, loc, first, emitter.index(i)).getResult();
      rhsRows.push_back(append(at.rhs, panel));
      resultRows.push_back(append(at.result, panel));
    }
    SmallVector<Value> starts(count, emitter.index(0));
    emitColumnGroup(at, rhsRows, resultRows, starts, mask);
  };
  int64_t whole = panels / maxAccumulators * maxAccumulators;
  if (whole > 0) {
    OpBuilder::InsertionGuard guard(builder);
    auto loop = scf::ForOp::create(builder, loc, emitter.index(0), emitter.index(whole),
                                   emitter.index(maxAccumulators));
    builder.setInsertionPoint(loop.getBody()->getTerminator());
    emitGroup(loop.getInductionVar(), maxAccumulators);
  }
  if (panels > whole)
    emitGroup(emitter.index(whole), panels - whole);
}

/// The columns of one row of rhs, sixteen at a time.
void ProductEmitter::emitWideRow(const OutputIndices &at) {
  AffineExpr extent = product.rhs.extents.back();
  Value end = emitter.memory.getSize(extent);
  auto loop = scf::ForOp::create(builder, loc, emitter.index(0), end, emitter.index(numLanes));
  builder.setInsertionPoint(loop.getBody()->getTerminator());
  Value start = loop.getInductionVar(), mask;
  if (std::optional<int64_t> columns = getConstantExtent(extent);
      !columns || *columns % numLanes != 0)
    mask =
        vector::CreateMaskOp::create(builder, loc, VectorType::get({numLanes}, builder.getI1Type()),
                                     arith::SubIOp::create(builder, loc, end, start).getResult());
  emitColumnGroup(at, {at.rhs}, {at.result}, {start}, mask);
}

void ProductEmitter::emitColumnGroup(const OutputIndices &at, ArrayRef<SmallVector<Value>> rhsRows,
                                     ArrayRef<SmallVector<Value>> resultRows,
                                     ArrayRef<Value> columns, Value mask) {
  auto type = VectorType::get({numLanes}, product.element);
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  SmallVector<Value> sums(columns.size(), zero);
  auto loop =
      scf::ForOp::create(builder, loc, emitter.index(0), emitter.memory.getSize(product.contracted),
                         emitter.index(1), sums);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    Value x = memref::LoadOp::create(builder, loc, product.lhs.memref, append(at.lhs, k));
    x = vector::BroadcastOp::create(builder, loc, type, x);
    for (auto [i, column] : llvm::enumerate(columns)) {
      SmallVector<Value> place = append(append(rhsRows[i], k), column);
      Value w =
          mask ? vector::MaskedLoadOp::create(builder, loc, type, product.rhs.memref, place, mask,
                                              zero)
                     .getResult()
               : vector::LoadOp::create(builder, loc, type, product.rhs.memref, place).getResult();
      sums[i] = multiplyAdd(x, w, loop.getRegionIterArg(i));
    }
    scf::YieldOp::create(builder, loc, sums);
  }
  for (auto [i, column] : llvm::enumerate(columns)) {
    SmallVector<Value> place = append(resultRows[i], column);
    if (mask)
      vector::MaskedStoreOp::create(builder, loc, product.result.memref, place, mask,
                                    loop.getResult(i));
    else
      vector::StoreOp::create(builder, loc, loop.getResult(i), product.result.memref, place);
  }
}

//===----------------------------------------------------------------------===//
// One output at a time
//===----------------------------------------------------------------------===//

void ProductEmitter::emitRows(ir::ReductionOrder order) {
  OpBuilder::InsertionGuard guard(builder);
  OutputIndices at = beginLoops(product.rhs.extents.size() - 1 - product.mapped);
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
          return multiplyAdd(load(product.lhs, at.lhs), load(product.rhs, at.rhs), lanes);
        },
        [&](Value a, Value b) -> Value { return arith::AddFOp::create(builder, loc, a, b); });
  } else {
    Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(product.element));
    auto loop = scf::ForOp::create(builder, loc, emitter.index(0),
                                   emitter.memory.getSize(product.contracted), emitter.index(1),
                                   ValueRange{zero});
    builder.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    Value x = memref::LoadOp::create(builder, loc, product.lhs.memref, append(at.lhs, k));
    Value w = memref::LoadOp::create(builder, loc, product.rhs.memref, append(at.rhs, k));
    Value next = multiplyAdd(x, w, loop.getRegionIterArg(0));
    scf::YieldOp::create(builder, loc, next);
    builder.setInsertionPointAfter(loop);
    sum = loop.getResult(0);
  }
  memref::StoreOp::create(builder, loc, sum, product.result.memref, at.result);
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
