//===- ProductBeside.cpp - Two products in one loop --------------------*- C++ -*-===//

#include "ProductBeside.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gatefold;

MemRefType ProductBeside::getSumsType(const TileForm &form, int64_t rowStride,
                                      int64_t matrixStride) {
  return getStridedType({ShapedType::kDynamic, form.matrices, form.panels * numLanes}, form.sum,
                        {rowStride, matrixStride, 1});
}

namespace {

class ProductBesideEmitter {
public:
  ProductBesideEmitter(OpBuilder &builder, Location loc, const ProductBeside &product)
      : builder(builder), loc(loc), product(product), tile(product.form) {}

  SmallVector<Value> emit();

private:
  SmallVector<Value> emitTile(Value number, ValueRange hostSums);
  void emitStep(Value k, Value input, Value firstRow, MutableArrayRef<Value> hostSums,
                MutableArrayRef<Value> sums);
  void addHost(Value k, MutableArrayRef<Value> sums);
  SmallVector<Value> emitRest(Value first, ValueRange sums);
  template <typename Visit>
  void forEachSum(Value firstRow, Visit visit);
  Value index(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }
  Value add(Value value, int64_t number) {
    return number == 0 ? value
                       : arith::AddIOp::create(builder, loc, value, index(number)).getResult();
  }
  Value multiply(Value a, Value b) { return arith::MulIOp::create(builder, loc, a, b); }

  OpBuilder &builder;
  Location loc;
  const ProductBeside &product;
  const TileForm &tile;
};

} // namespace

/// Calls `visit(position)` for the sums of a tile, in their order.
template <typename Visit>
void ProductBesideEmitter::forEachSum(Value firstRow, Visit visit) {
  for (int64_t row = 0; row < tile.rowsAtOnce; ++row)
    for (int64_t panel = 0; panel < tile.panels; ++panel)
      for (int64_t matrix = 0; matrix < tile.matrices; ++matrix)
        visit(SmallVector<Value>{add(firstRow, row), index(matrix), index(panel * numLanes)});
}

void ProductBesideEmitter::addHost(Value k, MutableArrayRef<Value> sums) {
  SmallVector<Value> weights =
      loadTileWeights(builder, loc, product.host.form, product.host.panels, k);
  addToTileRow(builder, loc, product.host.form, product.host.rows, product.host.row, k, weights,
               sums);
}

/// One step of a tile, with those of the host evenly between its rows.
void ProductBesideEmitter::emitStep(Value k, Value input, Value firstRow,
                                    MutableArrayRef<Value> hostSums, MutableArrayRef<Value> sums) {
  SmallVector<Value> weights = loadTileWeights(builder, loc, tile, product.panels, input);
  int64_t step = 0;
  for (int64_t row = 0; row < tile.rowsAtOnce; ++row) {
    for (; step < (row + 1) * product.stepsAtOnce / tile.rowsAtOnce; ++step)
      addHost(add(k, step), hostSums);
    addToTileRow(builder, loc, tile, product.rows, add(firstRow, row), input, weights,
                 sums.slice(row * tile.getSums(), tile.getSums()));
  }
}

/// A tile and as many steps of the host; returns the host's sums.
SmallVector<Value> ProductBesideEmitter::emitTile(Value number, ValueRange hostSums) {
  Value firstRow = multiply(number, index(tile.rowsAtOnce));
  Value perTile = multiply(product.numInputs, index(product.stepsAtOnce));
  Value firstStep = multiply(number, perTile);
  auto type = VectorType::get({numLanes}, tile.sum);
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  Value continues = vector::BroadcastOp::create(
      builder, loc, VectorType::get({numLanes}, builder.getI1Type()), product.continues);
  SmallVector<Value> initial(hostSums);
  forEachSum(firstRow, [&](ValueRange at) {
    initial.push_back(
        vector::MaskedLoadOp::create(builder, loc, type, product.sums, at, continues, zero));
  });
  auto loop = scf::ForOp::create(builder, loc, index(0), product.numInputs, index(1), initial);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> next(loop.getRegionIterArgs());
    MutableArrayRef<Value> all(next);
    Value input = loop.getInductionVar();
    Value k =
        arith::AddIOp::create(builder, loc, firstStep, multiply(input, index(product.stepsAtOnce)));
    emitStep(k, input, firstRow, all.take_front(hostSums.size()), all.drop_front(hostSums.size()));
    scf::YieldOp::create(builder, loc, next);
  }
  ResultRange results = loop.getResults();
  auto sum = results.begin() + hostSums.size();
  forEachSum(firstRow, [&](ValueRange at) {
    vector::StoreOp::create(builder, loc, *sum++, product.sums, at);
  });
  return SmallVector<Value>(results.take_front(hostSums.size()));
}

/// The host's steps from `first` on.
SmallVector<Value> ProductBesideEmitter::emitRest(Value first, ValueRange sums) {
  auto loop = scf::ForOp::create(builder, loc, first, product.host.numInputs, index(1), sums);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next(loop.getRegionIterArgs());
  addHost(loop.getInductionVar(), next);
  scf::YieldOp::create(builder, loc, next);
  return SmallVector<Value>(loop.getResults());
}

SmallVector<Value> ProductBesideEmitter::emit() {
  auto tiles = scf::ForOp::create(builder, loc, index(0), product.numTiles, index(1),
                                  getZeroSums(builder, loc, product.host.form, 1));
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(tiles.getBody());
    SmallVector<Value> sums = emitTile(tiles.getInductionVar(), tiles.getRegionIterArgs());
    scf::YieldOp::create(builder, loc, sums);
  }
  Value perTile = multiply(product.numInputs, index(product.stepsAtOnce));
  return emitRest(multiply(product.numTiles, perTile), tiles.getResults());
}

SmallVector<Value> gatefold::emitProductBeside(OpBuilder &builder, Location loc,
                                               const ProductBeside &product) {
  return ProductBesideEmitter(builder, loc, product).emit();
}
