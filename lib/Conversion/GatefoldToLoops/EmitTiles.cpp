//===- EmitTiles.cpp - Products and their epilogues, tile by tile ---------*- C++ -*-===//
//
// A tile is sixteen units, or a few times sixteen where there are few products, of one row or
// several, which share what is loaded of the panels. The sums of several rows wait in scratch tiles
// for what hangs on them, which is there once; those of a single row stay in registers.
//
//===----------------------------------------------------------------------===//

#include "../IndependentLoops.h"
#include "Nest.h"
#include "ProductAhead.h"
#include "ShapeQueries.h"
#include "TileProducts.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gatefold;

/// Sums that a product keeps going at a time, so that none waits for the one before it.
static constexpr int64_t leastSums = 4;

namespace {

/// A product and where its operands and sums are.
struct Product {
  ir::DotsOp dots;
  TileForm form;
  Value rows, panels, numInputs;
  View sums;
  Value stored; ///< number of rows whose sums are there
};

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
  Value turnEachStep(Value panel, int64_t last);
  void emitPanels(Value first, int64_t count);
  Value getFirstRow();
  void emitRows(const Positions &first, Value count);
  Product prepare(ir::DotsOp dots, const Positions &first, Value count);
  void multiplySeveral(Product &product, Value count);
  SmallVector<Value> multiplyOne(const Product &product, Value number);
  SmallVector<Value> getSums(const Product &product, Value number);
  void emitEpilogue(const Positions &row, ArrayRef<Product> parts, Value number);
  Value castRows(ir::DotsOp dots, const TileForm &form, const Positions &first, Value count);
  Value castPanels(ir::DotsOp dots, const TileForm &form);
  Positions getPositions(const Positions &row, const Panel &panel);
  static Positions getOwnRow(ir::DotsOp dots, const Positions &row);
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
    markIndependent(loop);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(loop.getBody()->getTerminator());
    emitPanels(turnEachStep(loop.getInductionVar(), whole - width), width);
  }
  if (all > whole)
    emitPanels(emitter.index(whole), all - whole);
}

/// The panel to take in place of `panel`, of those up to `last`: every other step of a scan walks
/// them backwards, and so begins with those that the step before has left in cache.
Value TileEmitter::turnEachStep(Value panel, int64_t last) {
  if (!emitter.isOddStep)
    return panel;
  auto fromEnd = arith::SubIOp::create(builder, loc, emitter.index(last), panel);
  markFromEnd(fromEnd);
  return arith::SelectOp::create(builder, loc, emitter.isOddStep, fromEnd, panel);
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
    return emitRows(row, emitter.index(1));
  for (AffineExpr extent : leading.drop_back())
    row.push_back({emitter.beginLoop(extent, loc)});
  rowsAtOnce = std::max<int64_t>(1, emitter.mostSums / (count * matrices));
  Value end = emitter.memory.getSize(leading.back()), most = emitter.index(rowsAtOnce);
  Value begin = getFirstRow();
  auto loop = scf::ForOp::create(builder, loc, begin, end, most);
  markIndependent(loop);
  builder.setInsertionPoint(loop.getBody()->getTerminator());
  row.push_back({loop.getInductionVar()});
  Value rows = most;
  if (rowsAtOnce != 1 && getConstantExtent(leading.back() % rowsAtOnce) != 0) {
    Value left = arith::SubIOp::create(builder, loc, end, loop.getInductionVar());
    rows = arith::MinSIOp::create(builder, loc, left, most);
  }
  emitRows(row, rows);
}

/// The first row that is not there already.
Value TileEmitter::getFirstRow() {
  bool isAhead = emitter.ahead && emitter.ahead->getProduct() == products.front();
  return isAhead ? emitter.ahead->getNumDone() : emitter.index(0);
}

Positions TileEmitter::getPositions(const Positions &row, const Panel &panel) {
  Positions positions(row);
  positions.push_back({panel.start, true});
  return positions;
}

/// The position of a row of the tile among those of a product, which may be the same for all of
/// the foremost axes.
Positions TileEmitter::getOwnRow(ir::DotsOp dots, const Positions &row) {
  unsigned own = dots.getLhs().getType().getRank() - 1;
  return Positions(ArrayRef(row).take_back(own));
}

/// `count` rows.
void TileEmitter::emitRows(const Positions &first, Value count) {
  SmallVector<Product> parts;
  for (ir::DotsOp dots : products)
    parts.push_back(prepare(dots, first, count));
  if (rowsAtOnce > 1)
    for (Product &product : parts)
      multiplySeveral(product, count);
  if (first.empty())
    return emitEpilogue(first, parts, emitter.index(0));
  auto loop = scf::ForOp::create(builder, loc, emitter.index(0), count, emitter.index(1));
  builder.setInsertionPoint(loop.getBody()->getTerminator());
  Positions row(first);
  row.back().start = arith::AddIOp::create(builder, loc, row.back().start, loop.getInductionVar());
  emitEpilogue(row, parts, loop.getInductionVar());
}

Product TileEmitter::prepare(ir::DotsOp dots, const Positions &first, Value count) {
  TileForm form = getTileForm(emitter, dots, panels.size(), rowsAtOnce);
  return {dots,
          form,
          castRows(dots, form, first, count),
          castPanels(dots, form),
          emitter.memory.getSize(emitter.lookup(dots.getPanels()).extents[1]),
          View(),
          Value()};
}

/// Multiplies by all rows but one that would be by itself.
void TileEmitter::multiplySeveral(Product &product, Value count) {
  Location loc = product.dots->getLoc();
  Extents extents;
  for (int64_t extent : product.form.getSumsType().getShape())
    extents.push_back(getAffineConstantExpr(extent, builder.getContext()));
  product.sums = emitter.memory.allocate(product.form.sum, extents, loc);
  func::FuncOp function = getTileProduct(emitter.getModule(), product.form);
  Value several =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt, count, emitter.index(1));
  auto branch = scf::IfOp::create(builder, loc, builder.getIndexType(), several, true);
  Value none = emitter.index(0);
  OpBuilder inside = branch.getThenBodyBuilder(), otherwise = branch.getElseBodyBuilder();
  auto call = func::CallOp::create(
      inside, loc, function,
      ValueRange{product.rows, product.panels, product.sums.memref, count, product.numInputs});
  scf::YieldOp::create(inside, loc, call.getResults());
  scf::YieldOp::create(otherwise, loc, none);
  product.stored = branch.getResult(0);
}

/// Multiplies one row, and does what there is to do beside.
SmallVector<Value> TileEmitter::multiplyOne(const Product &product, Value number) {
  Location loc = product.dots->getLoc();
  if (!emitter.ahead || emitter.ahead->getHost() != product.dots) {
    ValueRange sums = emitTileProduct(builder, loc, product.form, product.rows, product.panels,
                                      number, 1, product.numInputs);
    return SmallVector<Value>(sums);
  }
  ProductBeside::Host host{product.form, product.rows, number, product.panels, product.numInputs};
  return emitter.ahead->multiply(builder, host, panels.front().number);
}

/// The sums of a row: those that wait in memory, or new ones.
SmallVector<Value> TileEmitter::getSums(const Product &product, Value number) {
  OpBuilder::InsertionGuard guard(builder);
  Location loc = product.dots->getLoc();
  if (!product.stored)
    return multiplyOne(product, number);
  auto type = VectorType::get({numLanes}, product.form.sum);
  SmallVector<Type> types(product.form.getSums(), type);
  Value isStored =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, number, product.stored);
  auto branch = scf::IfOp::create(builder, loc, types, isStored, true);
  builder.setInsertionPointToStart(branch.thenBlock());
  SmallVector<Value> sums;
  for (int64_t i = 0; i < product.form.getSums(); ++i)
    sums.push_back(vector::LoadOp::create(builder, loc, type, product.sums.memref,
                                          ValueRange{number, emitter.index(i), emitter.index(0)}));
  scf::YieldOp::create(builder, loc, sums);
  builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(builder, loc, multiplyOne(product, number));
  return SmallVector<Value>(branch.getResults());
}

/// What hangs on the products of a row, the one with this `number` of the tile.
void TileEmitter::emitEpilogue(const Positions &row, ArrayRef<Product> parts, Value number) {
  Nest nest(emitter);
  for (const Product &product : parts) {
    SmallVector<Value> sums = getSums(product, number);
    auto sum = sums.begin();
    for (const Panel &panel : panels)
      for (Value result : product.dots->getResults())
        nest.setElement(result, getPositions(getOwnRow(product.dots, row), panel), *sum++);
  }
  for (const Panel &panel : panels)
    nest.emitAt(stores, getPositions(row, panel), panel.mask);
}

/// The rows of a product from `first` on, or the one that is the same for all.
Value TileEmitter::castRows(ir::DotsOp dots, const TileForm &form, const Positions &first,
                            Value count) {
  Location loc = dots.getLoc();
  View lhs = emitter.lookup(dots.getLhs());
  Value offset = lhs.offset ? lhs.offset : emitter.index(0), stride = emitter.index(0);
  for (auto [position, axis] : llvm::zip_first(getOwnRow(dots, first), lhs.strides)) {
    stride = emitter.memory.getSize(axis);
    if (position.start)
      offset = arith::AddIOp::create(builder, loc, offset,
                                     arith::MulIOp::create(builder, loc, position.start, stride));
  }
  Value numInputs = emitter.memory.getSize(lhs.extents.back());
  return memref::ReinterpretCastOp::create(builder, loc, form.getRowsType(), lhs.base,
                                           OpFoldResult(offset),
                                           ArrayRef<OpFoldResult>{count, numInputs},
                                           ArrayRef<OpFoldResult>{stride, builder.getIndexAttr(1)});
}

/// The panels of the tile.
Value TileEmitter::castPanels(ir::DotsOp dots, const TileForm &form) {
  Location loc = dots.getLoc();
  View packed = emitter.lookup(dots.getPanels());
  Value stride = emitter.memory.getSize(packed.strides.front());
  Value offset = arith::MulIOp::create(builder, loc, panels.front().number, stride);
  if (packed.offset)
    offset = arith::AddIOp::create(builder, loc, packed.offset, offset);
  MemRefType type = form.getPanelsType();
  const int64_t lanes = type.getShape().back();
  auto known = [&](int64_t value) -> OpFoldResult { return builder.getIndexAttr(value); };
  Value numInputs = emitter.memory.getSize(packed.extents[1]);
  return memref::ReinterpretCastOp::create(
      builder, loc, type, packed.base, OpFoldResult(offset),
      ArrayRef<OpFoldResult>{known(form.panels), numInputs, known(form.matrices), known(lanes)},
      ArrayRef<OpFoldResult>{form.panels == 1 ? known(0) : OpFoldResult(stride),
                             known(form.matrices * lanes), known(lanes), known(1)});
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// Sees to it that what a product reads is in memory.
static void materializeOperands(EntryEmitter &emitter, ir::DotsOp dots) {
  Value panels = dots.getPanels();
  if (!panels) {
    emitter.materialize(dots.getLhs());
    return;
  }
  emitter.materializeRows(dots.getLhs());
  emitter.materializeDense(panels);
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
