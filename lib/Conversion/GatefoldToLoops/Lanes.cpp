//===- Lanes.cpp - Reductions in sixteen lanes ----------------------------*- C++ -*-===//

#include "Lanes.h"
#include "ShapeQueries.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gatefold;

Value gatefold::emitLaneTree(OpBuilder &builder, Location loc, Value lanes,
                             function_ref<Value(Value, Value)> combine) {
  for (int64_t width = numLanes / 2; width >= 1; width /= 2) {
    auto lower = llvm::to_vector(llvm::seq<int64_t>(0, width));
    auto upper = llvm::to_vector(llvm::seq<int64_t>(width, 2 * width));
    Value low = vector::ShuffleOp::create(builder, loc, lanes, lanes, lower);
    Value high = vector::ShuffleOp::create(builder, loc, lanes, lanes, upper);
    lanes = combine(low, high);
  }
  return vector::ExtractOp::create(builder, loc, lanes, ArrayRef<int64_t>{0});
}

Value gatefold::emitLanes(EntryEmitter &emitter, Location loc, AffineExpr extent, Value initial,
                          function_ref<Value(Value, Value, Value)> step,
                          function_ref<Value(Value, Value)> combine) {
  OpBuilder &builder = emitter.builder;
  auto maskType = VectorType::get({numLanes}, builder.getI1Type());
  std::optional<int64_t> constant = getConstantExtent(extent);
  if (constant && *constant <= numLanes) {
    Value mask;
    if (*constant < numLanes)
      mask = vector::ConstantMaskOp::create(builder, loc, maskType, ArrayRef<int64_t>{*constant});
    return emitLaneTree(builder, loc, step(emitter.index(0), mask, initial), combine);
  }
  Value end = emitter.memory.getSize(extent);
  auto loop = scf::ForOp::create(builder, loc, emitter.index(0), end, emitter.index(numLanes),
                                 ValueRange{initial});
  builder.setInsertionPointToStart(loop.getBody());
  Value k = loop.getInductionVar(), mask;
  if (!constant || *constant % numLanes != 0)
    mask = vector::CreateMaskOp::create(builder, loc, maskType,
                                        arith::SubIOp::create(builder, loc, end, k).getResult());
  Value next = step(k, mask, loop.getRegionIterArg(0));
  scf::YieldOp::create(builder, loc, next);
  builder.setInsertionPointAfter(loop);
  return emitLaneTree(builder, loc, loop.getResult(0), combine);
}

Value gatefold::loadLanes(OpBuilder &builder, Location loc, Value memref, ValueRange indices,
                          Value mask, Value otherwise) {
  auto type = cast<VectorType>(otherwise.getType());
  if (mask)
    return vector::MaskedLoadOp::create(builder, loc, type, memref, indices, mask, otherwise);
  return vector::LoadOp::create(builder, loc, type, memref, indices);
}
