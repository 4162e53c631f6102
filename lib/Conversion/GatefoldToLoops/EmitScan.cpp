//===- EmitScan.cpp - Scans as loops over time -----------------------------*- C++ -*-===//
//
// Each memory has two buffers: a step reads one and writes the other, and the loop hands them on
// crosswise, so that nothing is copied and no step can see its own writes.
//
//===----------------------------------------------------------------------===//

#include "EntryEmitter.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace gatefold;

/// What steps read from outside is put into memory before the first one.
static void materializeCaptures(EntryEmitter &emitter, ir::ScanOp scan) {
  scan.getBody().walk([&](Operation *op) {
    for (OpOperand &use : op->getOpOperands()) {
      bool outside = !scan.getBody().isAncestor(use.get().getParentRegion());
      if (!outside || !isa<RankedTensorType>(use.get().getType()) || !readsMemory(use))
        continue;
      if (isa<ir::ReshapeOp>(op))
        emitter.materializeDense(use.get());
      else
        emitter.materializeRows(use.get());
    }
  });
}

/// A dense buffer that a loop carries.
static View getCarried(Value buffer, const View &like) {
  return {buffer, buffer, nullptr, like.extents, like.strides};
}

void EntryEmitter::emitScan(ir::ScanOp scan) {
  Location loc = scan.getLoc();
  flush();
  materializeCaptures(*this, scan);
  for (Value sequence : scan.getSequences())
    materialize(sequence);
  SmallVector<View> current, next;
  SmallVector<Store> initial;
  for (Value value : scan.getInitial()) {
    current.push_back(allocate(value));
    next.push_back(allocate(value));
    initial.push_back({value, current.back()});
  }
  flush(initial);
  for (Value output : scan.getOutputs())
    setView(output, allocateResult(output));

  SmallVector<Value> buffers;
  for (const View &view : current)
    buffers.push_back(view.memref);
  for (const View &view : next)
    buffers.push_back(view.memref);
  AffineExpr steps = lookup(scan.getSequences().front()).extents[scan.getAxis()];
  Value end = memory.getSize(steps);
  auto loop = scf::ForOp::create(builder, loc, index(0), end, index(1), buffers);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value step = loop.getInductionVar();
    if (scan.getReverse()) {
      Value last = arith::SubIOp::create(builder, loc, end, index(1));
      step = arith::SubIOp::create(builder, loc, last, step);
    }
    SmallVector<Value> carried(loop.getRegionIterArgs());
    unsigned count = current.size();
    for (unsigned i = 0; i < count; ++i) {
      current[i] = getCarried(carried[i], current[i]);
      next[i] = getCarried(carried[count + i], next[i]);
    }
    emitScanStep(scan, step, current, next);
    std::rotate(carried.begin(), carried.begin() + count, carried.end());
    // A loop that carries nothing has its end already.
    if (!carried.empty())
      scf::YieldOp::create(builder, loc, carried);
  }
  for (auto [i, value] : llvm::enumerate(scan.getFinalMemories()))
    setView(value, getCarried(loop.getResult(i), current[i]));
}

void EntryEmitter::emitScanStep(ir::ScanOp scan, Value step, ArrayRef<View> current,
                                ArrayRef<View> next) {
  Location loc = scan.getLoc();
  unsigned axis = scan.getAxis();
  for (auto [argument, sequence] :
       llvm::zip_equal(scan.getSequenceArguments(), scan.getSequences()))
    setView(argument, pickView(builder, loc, memory, lookup(sequence), axis, step));
  for (auto [argument, view] : llvm::zip_equal(scan.getMemoryArguments(), current))
    setView(argument, view);
  emitBlock(scan.getBody().front());
  ir::YieldOp yield = scan.getYield();
  SmallVector<Store> stores;
  for (auto [output, value] : llvm::zip_equal(scan.getOutputs(), yield.getOutputs()))
    stores.push_back({value, pickView(builder, loc, memory, lookup(output), axis, step)});
  for (auto [target, value] : llvm::zip_equal(next, yield.getNext()))
    stores.push_back({value, target});
  flush(stores);
}
