//===- EmitTiles.cpp - Products and their epilogues, tile by tile ---------*- C++ -*-===//
//
// A tile is sixteen units, or a few times sixteen where there are few products: all its products
// are accumulated in registers, then what hangs on them is computed and stored.
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

/// Sixteen units of one row.
struct TilePart {
  Value panel;
  Positions positions;
  Value mask;
};

class TileEmitter {
public:
  TileEmitter(EntryEmitter &emitter, ArrayRef<EntryEmitter::Store> stores,
              ArrayRef<ir::DotsOp> products)
      : emitter(emitter), builder(emitter.builder), stores(stores), products(products),
        loc(ir::DotsOp(products.front()).getLoc()), extents(stores.front().target.extents),
        units(ir::DotsOp(products.front()).getRows()) {}

  void emit();

private:
  void emitPanels(Value first, int64_t count);
  void multiply(Nest &nest, ir::DotsOp dots, ArrayRef<TilePart> tile);
  Value getMask(Value start, bool mayBeLast);

  EntryEmitter &emitter;
  OpBuilder &builder;
  ArrayRef<EntryEmitter::Store> stores;
  ArrayRef<ir::DotsOp> products;
  Location loc;
  const Extents &extents;
  int64_t units;
};

} // namespace

void gatefold::emitTiles(EntryEmitter &emitter, ArrayRef<EntryEmitter::Store> stores,
                         ArrayRef<ir::DotsOp> products) {
  OpBuilder::InsertionGuard guard(emitter.builder);
  TileEmitter(emitter, stores, products).emit();
}

/// Panels are walked in the outer loop: rows that follow each other find theirs in cache.
void TileEmitter::emit() {
  int64_t panels = llvm::divideCeil(units, numLanes), matrices = 0;
  for (ir::DotsOp dots : products)
    matrices = std::max<int64_t>(matrices, dots.getNumResults());
  int64_t width = std::min(panels, std::max<int64_t>(1, leastSums / matrices));
  int64_t whole = panels / width * width;
  if (whole == width) {
    emitPanels(emitter.index(0), width);
  } else {
    auto loop = scf::ForOp::create(builder, loc, emitter.index(0), emitter.index(whole),
                                   emitter.index(width));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(loop.getBody()->getTerminator());
    emitPanels(loop.getInductionVar(), width);
  }
  if (panels > whole)
    emitPanels(emitter.index(whole), panels - whole);
}

/// Which units of a panel exist.
Value TileEmitter::getMask(Value start, bool mayBeLast) {
  if (units % numLanes == 0 || !mayBeLast)
    return nullptr;
  Value left = arith::SubIOp::create(builder, loc, emitter.index(units), start);
  return vector::CreateMaskOp::create(builder, loc,
                                      VectorType::get({numLanes}, builder.getI1Type()), left);
}

/// Emits the tiles of `count` panels for all rows.
void TileEmitter::emitPanels(Value first, int64_t count) {
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<TilePart> tile;
  for (int64_t i = 0; i < count; ++i) {
    Value panel =
        i == 0 ? first : arith::AddIOp::create(builder, loc, first, emitter.index(i)).getResult();
    Value start = arith::MulIOp::create(builder, loc, panel, emitter.index(numLanes));
    tile.push_back({panel, {{start, true}}, getMask(start, i + 1 == count)});
  }
  Positions row;
  for (AffineExpr extent : ArrayRef(extents).drop_back())
    row.push_back({emitter.beginLoop(extent, loc)});
  for (TilePart &part : tile)
    part.positions.insert(part.positions.begin(), row.begin(), row.end());
  Nest nest(emitter);
  for (ir::DotsOp dots : products)
    multiply(nest, dots, tile);
  for (const TilePart &part : tile)
    nest.emitAt(stores, part.positions, part.mask);
}

/// Emits all products of an operand with the rows of a tile's panels.
void TileEmitter::multiply(Nest &nest, ir::DotsOp dots, ArrayRef<TilePart> tile) {
  View lhs = emitter.lookup(dots.getLhs()), panels = emitter.lookup(dots.getPanels());
  int64_t matrices = dots.getNumResults();
  auto type = VectorType::get({numLanes}, lhs.getElementType());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  SmallVector<Value> sums(tile.size() * matrices, zero);
  auto loop =
      scf::ForOp::create(builder, dots.getLoc(), emitter.index(0),
                         emitter.memory.getSize(lhs.extents.back()), emitter.index(1), sums);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    SmallVector<Value> at = getIndices(emitter, tile.front().positions);
    at.back() = k;
    Value x = memref::LoadOp::create(builder, loc, lhs.memref, at);
    x = vector::BroadcastOp::create(builder, loc, type, x);
    for (unsigned i = 0; i < sums.size(); ++i) {
      SmallVector<Value> place{tile[i / matrices].panel, k, emitter.index(i % matrices),
                               emitter.index(0)};
      Value rows = vector::LoadOp::create(builder, loc, type, panels.memref, place);
      sums[i] = math::FmaOp::create(builder, loc, x, rows, loop.getRegionIterArg(i));
    }
    scf::YieldOp::create(builder, loc, sums);
  }
  for (unsigned i = 0; i < sums.size(); ++i)
    nest.setElement(dots.getResult(i % matrices), tile[i / matrices].positions, loop.getResult(i));
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void EntryEmitter::emitDots(ir::DotsOp dots) {
  materialize(dots.getLhs());
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
    materialize(dots.getLhs());
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
