//===- KeyPanels.cpp - Keys side by side ------------------------------------*- C++ -*-===//

#include "KeyPanels.h"
#include "../IndependentLoops.h"
#include "Lanes.h"
#include "ShapeQueries.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gatefold;

/// Exchanges rows and lanes of sixteen vectors: in four rounds, each of which exchanges one bit of
/// a row's number with that bit of a lane's.
static void transposeLanes(OpBuilder &builder, Location loc, SmallVector<Value> &rows) {
  for (int64_t width = numLanes / 2; width >= 1; width /= 2) {
    SmallVector<int64_t> lower, upper;
    for (int64_t lane = 0; lane < numLanes; ++lane) {
      bool isUpper = (lane & width) != 0;
      lower.push_back(isUpper ? numLanes + lane - width : lane);
      upper.push_back(isUpper ? numLanes + lane : lane + width);
    }
    for (int64_t row = 0; row < numLanes; ++row) {
      if ((row & width) != 0)
        continue;
      Value a = rows[row], b = rows[row + width];
      rows[row] = vector::ShuffleOp::create(builder, loc, a, b, lower);
      rows[row + width] = vector::ShuffleOp::create(builder, loc, a, b, upper);
    }
  }
}

namespace {

/// Fills the panels of one place on the leading axes.
class KeyPacker {
public:
  KeyPacker(EntryEmitter &emitter, Location loc, const View &rows, const View &panels,
            ArrayRef<Value> at)
      : emitter(emitter), builder(emitter.builder), loc(loc), rows(rows), panels(panels), at(at) {}

  void emitBlock(Value block);

private:
  SmallVector<Value> loadRows(Value first, Value column);
  Value add(Value value, int64_t offset) {
    return offset == 0
               ? value
               : arith::AddIOp::create(builder, loc, value, emitter.index(offset)).getResult();
  }

  EntryEmitter &emitter;
  OpBuilder &builder;
  Location loc;
  const View &rows, &panels;
  ArrayRef<Value> at;
};

} // namespace

/// Sixteen elements of each of sixteen keys.
SmallVector<Value> KeyPacker::loadRows(Value first, Value column) {
  auto type = VectorType::get({numLanes}, rows.getElementType());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type)), mask;
  AffineExpr columns = rows.extents.back();
  if (std::optional<int64_t> all = getConstantExtent(columns); !all || *all % numLanes != 0)
    mask = vector::CreateMaskOp::create(
        builder, loc, VectorType::get({numLanes}, builder.getI1Type()),
        arith::SubIOp::create(builder, loc, emitter.memory.getSize(columns), column).getResult());
  Value last = emitter.memory.getSize(rows.extents[rows.extents.size() - 2] - 1);
  SmallVector<Value> loaded;
  for (int64_t lane = 0; lane < numLanes; ++lane) {
    SmallVector<Value> indices(at);
    indices.push_back(arith::MinSIOp::create(builder, loc, add(first, lane), last));
    indices.push_back(column);
    loaded.push_back(loadLanes(builder, loc, rows.memref, indices, mask, zero));
  }
  return loaded;
}

void KeyPacker::emitBlock(Value block) {
  OpBuilder::InsertionGuard guard(builder);
  Value start = arith::MulIOp::create(builder, loc, block, emitter.index(ir::keysAtOnce));
  auto emitLoop = [&](Value end) -> Value {
    auto loop = scf::ForOp::create(builder, loc, emitter.index(0), end, emitter.index(numLanes));
    builder.setInsertionPointToStart(loop.getBody());
    return loop.getInductionVar();
  };
  Value key = emitLoop(emitter.index(ir::keysAtOnce));
  Value column = emitLoop(emitter.memory.getSize(rows.extents.back()));
  SmallVector<Value> lanes = loadRows(arith::AddIOp::create(builder, loc, start, key), column);
  transposeLanes(builder, loc, lanes);
  Value number = arith::DivUIOp::create(builder, loc, column, emitter.index(numLanes));
  for (auto [lane, keys] : llvm::enumerate(lanes)) {
    int64_t place = lane % panelParts * (numLanes / panelParts) + getPlaceInPart(lane);
    SmallVector<Value> indices(at);
    indices.append({block, emitter.index(place), number, key});
    vector::StoreOp::create(builder, loc, keys, panels.memref, indices);
  }
}

View gatefold::packKeys(EntryEmitter &emitter, Location loc, const View &rows) {
  Extents extents(rows.extents);
  AffineExpr columns = extents.pop_back_val(), keys = extents.pop_back_val();
  extents.append({(keys + (ir::keysAtOnce - 1)).floorDiv(ir::keysAtOnce),
                  getAffineConstantExpr(numLanes, emitter.builder.getContext()),
                  (columns + (numLanes - 1)).floorDiv(numLanes),
                  getAffineConstantExpr(ir::keysAtOnce, emitter.builder.getContext())});
  View panels = emitter.memory.allocate(rows.getElementType(), extents, loc);
  OpBuilder::InsertionGuard guard(emitter.builder);
  SmallVector<Value> at;
  for (AffineExpr extent : ArrayRef(extents).drop_back(4))
    at.push_back(emitter.beginLoop(extent, loc));
  Value block = emitter.beginLoop(extents[at.size()], loc);
  KeyPacker(emitter, loc, rows, panels, at).emitBlock(block);
  return panels;
}
