//===- EmitTiles.cpp - Products and their epilogues, tile by tile ---------*- C++ -*-===//
//
// A tile is sixteen units, or a few times sixteen where there are few products, of one row or
// several: all its products are accumulated in registers, then what hangs on them is computed and
// stored. Several rows share what is loaded of the panels.
//
//===----------------------------------------------------------------------===//

#include "Nest.h"
#include "ShapeQueries.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gatefold;

/// Sums that a product keeps going at a time, so that none waits for the one before it.
static constexpr int64_t leastSums = 4;

namespace {

/// Sixteen units.
struct Panel {
  Value number;
  Value start;
  Value mask;
};

class TileEmitter {
public:
  TileEmitter(EntryEmitter &emitter, ArrayRef<EntryEmitter::Store> stores,
              ArrayRef<ir::DotsOp> products);

  void emit();

private:
  void emitPanels(Value first, int64_t count);
  void emitRow(const Positions &row);
  void emitRows(const Positions &first);
  ValueRange multiply(ir::DotsOp dots, const Positions &first, int64_t rows);
  void setElements(Nest &nest, ir::DotsOp dots, const Positions &row, ValueRange sums);
  void storeAt(Nest &nest, const Positions &row);
  Positions getPositions(const Positions &row, const Panel &panel);
  static Positions getOwnRow(ir::DotsOp dots, const Positions &row);
  bool hasEpilogue() const;
  Value add(Value value, int64_t number);

  EntryEmitter &emitter;
  OpBuilder &builder;
  ArrayRef<EntryEmitter::Store> stores;
  SmallVector<ir::DotsOp> products;
  Location loc;
  const Extents &extents;
  int64_t units, matrices = 0;
  int64_t rowsAtOnce = 1;
  SmallVector<Panel> panels;
};

} // namespace

TileEmitter::TileEmitter(EntryEmitter &emitter, ArrayRef<EntryEmitter::Store> stores,
                         ArrayRef<ir::DotsOp> products)
    : emitter(emitter), builder(emitter.builder), stores(stores), products(products),
      loc(this->products.front().getLoc()), extents(stores.front().target.extents),
      units(this->products.front().getRows()) {
  for (ir::DotsOp dots : products)
    matrices = std::max<int64_t>(matrices, dots.getNumResults());
}

void gatefold::emitTiles(EntryEmitter &emitter, ArrayRef<EntryEmitter::Store> stores,
                         ArrayRef<ir::DotsOp> products) {
  OpBuilder::InsertionGuard guard(emitter.builder);
  TileEmitter(emitter, stores, products).emit();
}

Value TileEmitter::add(Value value, int64_t number) {
  return number == 0
             ? value
             : arith::AddIOp::create(builder, loc, value, emitter.index(number)).getResult();
}

/// Panels are walked in the outer loop: rows that follow each other find theirs in cache.
void TileEmitter::emit() {
  int64_t all = llvm::divideCeil(units, numLanes);
  int64_t width = std::min(all, std::max<int64_t>(1, leastSums / matrices));
  int64_t whole = all / width * width;
  if (whole == width) {
    emitPanels(emitter.index(0), width);
  } else {
    auto loop = scf::ForOp::create(builder, loc, emitter.index(0), emitter.index(whole),
                                   emitter.index(width));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(loop.getBody()->getTerminator());
    emitPanels(loop.getInductionVar(), width);
  }
  if (all > whole)
    emitPanels(emitter.index(whole), all - whole);
}

/// Emits the tiles of `count` panels for all rows.
void TileEmitter::emitPanels(Value first, int64_t count) {
  OpBuilder::InsertionGuard guard(builder);
  panels.clear();
  auto maskType = VectorType::get({numLanes}, builder.getI1Type());
  for (int64_t i = 0; i < count; ++i) {
    Panel panel;
    panel.number = add(first, i);
    panel.start = arith::MulIOp::create(builder, loc, panel.number, emitter.index(numLanes));
    if (units % numLanes != 0 && i + 1 == count)
      panel.mask = vector::CreateMaskOp::create(
          builder, loc, maskType,
          arith::SubIOp::create(builder, loc, emitter.index(units), panel.start).getResult());
    panels.push_back(panel);
  }
  Positions row;
  ArrayRef<AffineExpr> leading = ArrayRef(extents).drop_back();
  if (leading.empty())
    return emitRow(row);
  for (AffineExpr extent : leading.drop_back())
    row.push_back({emitter.beginLoop(extent, loc)});
  rowsAtOnce = std::max<int64_t>(1, emitter.mostSums / (count * matrices));
  if (std::optional<int64_t> constant = getConstantExtent(leading.back()))
    rowsAtOnce = std::max<int64_t>(1, std::min(rowsAtOnce, *constant));
  Value end = emitter.memory.getSize(leading.back()), start = emitter.index(0);
  auto emitLoop = [&](Value last, int64_t step, auto emitInside) {
    auto loop = scf::ForOp::create(builder, loc, start, last, emitter.index(step));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(loop.getBody()->getTerminator());
    row.push_back({loop.getInductionVar()});
    emitInside();
    row.pop_back();
    start = last;
  };
  if (rowsAtOnce > 1) {
    Value whole = emitter.memory.getSize(leading.back().floorDiv(rowsAtOnce) * rowsAtOnce);
    emitLoop(whole, rowsAtOnce, [&] { emitRows(row); });
  }
  if (rowsAtOnce == 1 || !getConstantExtent(leading.back() % rowsAtOnce) ||
      *getConstantExtent(leading.back() % rowsAtOnce) != 0)
    emitLoop(end, 1, [&] { emitRow(row); });
}

Positions TileEmitter::getPositions(const Positions &row, const Panel &panel) {
  Positions positions(row);
  positions.push_back({panel.start, true});
  return positions;
}

void TileEmitter::storeAt(Nest &nest, const Positions &row) {
  for (const Panel &panel : panels)
    nest.emitAt(stores, getPositions(row, panel), panel.mask);
}

/// The position of a row of the tile among those of a product, which may be the same for all of
/// the foremost axes.
Positions TileEmitter::getOwnRow(ir::DotsOp dots, const Positions &row) {
  unsigned own = dots.getLhs().getType().getRank() - 1;
  return Positions(ArrayRef(row).take_back(own));
}

/// Says what a product gives for a row: `sums`, matrix by matrix for each panel.
void TileEmitter::setElements(Nest &nest, ir::DotsOp dots, const Positions &row, ValueRange sums) {
  for (auto [i, panel] : llvm::enumerate(panels))
    for (Value result : dots.getResults()) {
      nest.setElement(result, getPositions(getOwnRow(dots, row), panel), sums.front());
      sums = sums.drop_front();
    }
}

/// One row: nothing between the products and the results leaves the registers.
void TileEmitter::emitRow(const Positions &row) {
  Nest nest(emitter);
  for (ir::DotsOp dots : products)
    setElements(nest, dots, row, multiply(dots, row, 1));
  storeAt(nest, row);
}

/// True if more than the products themselves is stored.
bool TileEmitter::hasEpilogue() const {
  return !llvm::all_of(stores, [](const EntryEmitter::Store &store) {
    return isa_and_nonnull<ir::DotsOp>(store.value.getDefiningOp());
  });
}

/// Several rows: their sums wait in a scratch tile for an epilogue that is there once.
void TileEmitter::emitRows(const Positions &first) {
  if (!hasEpilogue()) {
    for (ir::DotsOp dots : products) {
      ValueRange sums = multiply(dots, first, rowsAtOnce);
      for (int64_t i = 0; i < rowsAtOnce; ++i) {
        Nest nest(emitter);
        Positions row(first);
        row.back().start = add(row.back().start, i);
        int64_t count = panels.size() * dots.getNumResults();
        setElements(nest, dots, row, sums.slice(i * count, count));
        storeAt(nest, row);
      }
    }
    return;
  }
  Type element = cast<RankedTensorType>(products.front().getLhs().getType()).getElementType();
  auto type = VectorType::get({numLanes}, element);
  SmallVector<View> tiles;
  auto constant = [&](int64_t value) { return getAffineConstantExpr(value, builder.getContext()); };
  for (ir::DotsOp dots : products) {
    int64_t count = panels.size() * dots.getNumResults();
    tiles.push_back(emitter.memory.allocate(
        element, {constant(rowsAtOnce), constant(count), constant(numLanes)}, loc));
    for (auto [i, sum] : llvm::enumerate(multiply(dots, first, rowsAtOnce)))
      vector::StoreOp::create(
          builder, loc, sum, tiles.back().memref,
          ValueRange{emitter.index(i / count), emitter.index(i % count), emitter.index(0)});
  }
  Value offset = emitter.beginLoop(constant(rowsAtOnce), loc);
  Positions row(first);
  row.back().start = arith::AddIOp::create(builder, loc, row.back().start, offset);
  Nest nest(emitter);
  for (auto [dots, tile] : llvm::zip_equal(products, tiles)) {
    SmallVector<Value> sums;
    for (unsigned i = 0; i < panels.size() * dots.getNumResults(); ++i)
      sums.push_back(vector::LoadOp::create(
          builder, loc, type, tile.memref, ValueRange{offset, emitter.index(i), emitter.index(0)}));
    setElements(nest, dots, row, sums);
  }
  storeAt(nest, row);
}

/// Multiplies `rows` rows from `first` on by the tile's panels. The sums of a row stand together,
/// those of a panel in it, and in these one for each matrix.
ValueRange TileEmitter::multiply(ir::DotsOp dots, const Positions &first, int64_t rows) {
  OpBuilder::InsertionGuard guard(builder);
  View lhs = emitter.lookup(dots.getLhs()), packed = emitter.lookup(dots.getPanels());
  int64_t count = dots.getNumResults();
  auto type = VectorType::get({numLanes}, lhs.getElementType());
  SmallVector<Value> at = getIndices(emitter, getOwnRow(dots, first)), rowIndices;
  for (int64_t row = 0; row < rows; ++row)
    rowIndices.push_back(at.empty() ? Value() : add(at.back(), row));
  at.push_back(nullptr);
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  SmallVector<Value> sums(rows * panels.size() * count, zero);
  auto loop =
      scf::ForOp::create(builder, dots.getLoc(), emitter.index(0),
                         emitter.memory.getSize(lhs.extents.back()), emitter.index(1), sums);
  builder.setInsertionPointToStart(loop.getBody());
  at.back() = loop.getInductionVar();
  SmallVector<Value> weights;
  for (const Panel &panel : panels)
    for (int64_t matrix = 0; matrix < count; ++matrix)
      weights.push_back(vector::LoadOp::create(
          builder, loc, type, packed.memref,
          ValueRange{panel.number, at.back(), emitter.index(matrix), emitter.index(0)}));
  auto sum = loop.getRegionIterArgs().begin();
  SmallVector<Value> next;
  for (Value row : rowIndices) {
    if (row)
      at[at.size() - 2] = row;
    Value x = memref::LoadOp::create(builder, loc, lhs.memref, at);
    x = vector::BroadcastOp::create(builder, loc, type, x);
    for (Value weight : weights)
      next.push_back(math::FmaOp::create(builder, loc, x, weight, *sum++));
  }
  scf::YieldOp::create(builder, loc, next);
  return loop.getResults();
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// Sees to it that what a product reads is in memory.
static void materializeOperands(EntryEmitter &emitter, ir::DotsOp dots) {
  emitter.materialize(dots.getLhs());
  if (Value panels = dots.getPanels())
    emitter.materializeRows(panels);
}

void EntryEmitter::emitDots(ir::DotsOp dots) {
  materializeOperands(*this, dots);
  SmallVector<Store> stores;
  for (Value result : dots.getResults())
    stores.push_back({result, allocateResult(result)});
  if (dots.getPanels())
    emitTiles(*this, stores, dots);
  else
    emitProducts(dots, stores);
  for (const Store &store : stores)
    setView(store.value, store.target);
}

void EntryEmitter::emitFuse(ir::FuseOp fuse) {
  SmallVector<ir::DotsOp> products(fuse.getBody().getOps<ir::DotsOp>());
  for (ir::DotsOp dots : products)
    materializeOperands(*this, dots);
  flush();
  SmallVector<Store> stores;
  for (auto [value, result] : llvm::zip_equal(fuse.getKeep().getValues(), fuse.getResults())) {
    SmallVector<View, 2> targets = places.lookup(result);
    if (targets.empty())
      targets.push_back(allocateResult(result));
    setView(result, targets.front());
    for (const View &target : targets)
      stores.push_back({value, target});
  }
  if (products.empty())
    return emitNest(*this, stores);
  if (Nest(*this).canBeVector(stores))
    return emitTiles(*this, stores, products);
  // What the epilogue reads does not lie side by side.
  for (ir::DotsOp dots : products)
    emitDots(dots);
  emitNest(*this, stores);
}
