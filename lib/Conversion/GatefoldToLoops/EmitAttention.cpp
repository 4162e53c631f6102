//===- EmitAttention.cpp - The queries of attention ------------------------*- C++ -*-===//
//
// Divides the queries in groups, and lays keys and values out for them.
//
//===----------------------------------------------------------------------===//

#include "../IndependentLoops.h"
#include "AttentionEmitter.h"
#include "KeyPanels.h"
#include "ShapeQueries.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace gatefold;

/// The last axis along which there are several queries for the same keys and values; -1 if there is
/// none.
static int64_t findTiledAxis(ir::AttendOp attend) {
  for (int64_t axis = int64_t(attend.getNumMapped()) - 1; axis >= 0; --axis) {
    auto has = [&](unsigned operand) {
      return llvm::is_contained(attend.getMappedAxes(operand), axis);
    };
    unsigned firstKey = attend.getQueries().size();
    if (llvm::none_of(llvm::seq(firstKey, attend->getNumOperands()), has))
      return axis;
  }
  return -1;
}

/// Queries for which it pays to lay the rows of keys and values next to each other: with gaps of a
/// power of two between them, few would fit in the first-level cache.
static constexpr int64_t leastForDense = 16;

/// Queries of a tile, which share what is loaded.
static constexpr int64_t mostOfTile = 4;

/// Puts the operands in memory. What many queries read gets an order of its own.
static ScoreInputs layOut(EntryEmitter &emitter, ir::AttendOp attend, int64_t tiled) {
  int64_t numQueries = tiled < 0 ? 1 : attend.getType().getDimSize(tiled);
  bool isReadOften = ShapedType::isDynamic(numQueries) || numQueries >= leastForDense;
  ScoreInputs inputs{attend, {}, isReadOften && !getReductions(attend).empty(), tiled};
  auto isPacked = [&](unsigned number) {
    int64_t own = cast<RankedTensorType>(attend->getOperand(number).getType()).getRank() -
                  static_cast<int64_t>(attend.getMappedAxes(number).size());
    return inputs.hasPanels && own == 2 && number >= attend.getQueries().size() &&
           number + 1 < attend->getNumOperands();
  };
  for (auto [number, operand] : llvm::enumerate(attend.getOperands()))
    if (isReadOften && number >= attend.getQueries().size() && !isPacked(number))
      emitter.materializeDense(operand);
    else
      emitter.materializeRows(operand);
  // Looked up again: making room for one operand may have moved another.
  for (auto [number, operand] : llvm::enumerate(attend.getOperands())) {
    View view = emitter.lookup(operand);
    inputs.operands.push_back(isPacked(number) ? packKeys(emitter, attend.getLoc(), view) : view);
  }
  return inputs;
}

/// The transposition that is all that reads the result; null if there is another reader, or if rows
/// do not stay rows.
static ir::TransposeOp findTransposition(ir::AttendOp attend) {
  if (!attend->hasOneUse())
    return nullptr;
  auto transpose = dyn_cast<ir::TransposeOp>(*attend->user_begin());
  ArrayRef<int64_t> permutation = transpose ? transpose.getPermutation() : ArrayRef<int64_t>();
  bool keepsRows = !permutation.empty() && permutation.back() == int64_t(permutation.size()) - 1;
  return keepsRows && transpose->getBlock() == attend->getBlock() ? transpose : nullptr;
}

/// Memory for what is transposed, row-major as its reader wants it.
static View allocateTransposed(EntryEmitter &emitter, ir::TransposeOp transpose) {
  View target = emitter.allocate(transpose.getResult());
  Extents extents = target.extents, strides = target.strides;
  unsigned kept = extents.size() - transpose.getPermutation().size();
  for (auto [axis, source] : llvm::enumerate(transpose.getPermutation())) {
    extents[kept + source] = target.extents[kept + axis];
    strides[kept + source] = target.strides[kept + axis];
  }
  return makeView(emitter.builder, transpose.getLoc(), emitter.memory, target.base, target.offset,
                  extents, strides);
}

void EntryEmitter::emitAttend(ir::AttendOp attend) {
  int64_t tiled = findTiledAxis(attend);
  ScoreInputs inputs = layOut(*this, attend, tiled);
  ir::TransposeOp transpose = findTransposition(attend);
  View result =
      transpose ? allocateTransposed(*this, transpose) : allocateResult(attend.getResult());
  setView(attend.getResult(), result);
  Location loc = attend.getLoc();
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Value> at(attend.getNumMapped());
  for (int64_t axis = 0; axis < int64_t(at.size()); ++axis)
    if (axis != tiled)
      at[axis] = beginLoop(result.extents[axis], loc);
  QueryGroup group{tiled, 1, {}, {}};
  if (tiled < 0)
    return AttentionEmitter(*this, inputs, result, at, group).emit();
  group.tileSize = std::clamp<int64_t>(mostSums / mostOfTile, 1, mostOfTile);
  if (std::optional<int64_t> constant = getConstantExtent(result.extents[tiled]))
    group.tileSize = std::clamp<int64_t>(*constant, 1, group.tileSize);
  Value all = memory.getSize(result.extents[tiled]);
  auto groups = scf::ForOp::create(builder, loc, index(0), all, index(QueryGroup::mostQueries));
  markIndependent(groups);
  builder.setInsertionPoint(groups.getBody()->getTerminator());
  group.first = groups.getInductionVar();
  group.end = arith::AddIOp::create(builder, loc, group.first, index(QueryGroup::mostQueries));
  group.end = arith::MinSIOp::create(builder, loc, group.end, all);
  AttentionEmitter(*this, inputs, result, at, group).emit();
}
