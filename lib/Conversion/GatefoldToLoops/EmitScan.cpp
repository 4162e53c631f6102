//===- EmitScan.cpp - Scans as loops over time -----------------------------*- C++ -*-===//
//
// Each memory has two buffers: a step reads one and writes the other, and the loop hands them on
// crosswise, so that nothing is copied and no step can see its own writes. A history has one, to
// which each step adds its row.
//
//===----------------------------------------------------------------------===//

#include "EntryEmitter.h"
#include "ProductAhead.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace gatefold;

void gatefold::materializeCaptures(EntryEmitter &emitter, Region &body) {
  body.walk([&](Operation *op) {
    for (OpOperand &use : op->getOpOperands()) {
      bool outside = !body.isAncestor(use.get().getParentRegion());
      if (!outside || !isa<RankedTensorType>(use.get().getType()) || !readsMemory(use))
        continue;
      if (isa<ir::ReshapeOp>(op))
        emitter.materializeDense(use.get());
      else
        emitter.materializeRows(use.get());
    }
  });
}

View gatefold::getCarried(Value buffer, const View &like) {
  return {buffer, buffer, nullptr, like.extents, like.strides};
}

/// Gives every memory its place, with its first value there; those with two are returned.
SmallVector<EntryEmitter::CarriedMemory> EntryEmitter::placeMemories(ir::ScanOp scan) {
  SmallVector<CarriedMemory> carried;
  SmallVector<Store> initial;
  for (auto [number, value] : llvm::enumerate(scan.getInitial())) {
    if (isHistory(scan, number)) {
      View place = placeHistory(value, scan.getFinalMemories()[number]);
      setView(scan.getMemoryArguments()[number], place);
      setView(scan.getFinalMemories()[number], place);
      continue;
    }
    if (View spare = handedOn.lookup(value)) {
      carried.push_back({unsigned(number), lookup(value), spare});
      continue;
    }
    carried.push_back({unsigned(number), allocate(value), allocate(value)});
    initial.push_back({value, carried.back().current});
  }
  flush(initial);
  return carried;
}

SmallVector<Value> EntryEmitter::getBuffers(ArrayRef<CarriedMemory> memories) {
  SmallVector<Value> buffers;
  for (const CarriedMemory &memory : memories)
    buffers.push_back(memory.current.memref);
  for (const CarriedMemory &memory : memories)
    buffers.push_back(memory.next.memref);
  return buffers;
}

void EntryEmitter::setBuffers(MutableArrayRef<CarriedMemory> memories, ValueRange buffers) {
  for (auto [i, memory] : llvm::enumerate(memories)) {
    memory.current = getCarried(buffers[i], memory.current);
    memory.next = getCarried(buffers[memories.size() + i], memory.next);
  }
}

void EntryEmitter::emitScan(ir::ScanOp scan) {
  Location loc = scan.getLoc();
  flush();
  materializeCaptures(*this, scan.getBody());
  for (Value sequence : scan.getSequences())
    materialize(sequence);
  SmallVector<CarriedMemory> memories = placeMemories(scan);
  for (Value output : scan.getOutputs())
    setView(output, allocateResult(output));

  AffineExpr steps = lookup(scan.getSequences().front()).extents[scan.getAxis()];
  Value end = memory.getSize(steps);
  auto loop = scf::ForOp::create(builder, loc, index(0), end, index(1), getBuffers(memories));
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value step = loop.getInductionVar();
    if (ahead && ahead->getScan() == scan)
      ahead->beginStep(step);
    if (scan.getReverse()) {
      Value last = arith::SubIOp::create(builder, loc, end, index(1));
      step = arith::SubIOp::create(builder, loc, last, step);
    }
    SmallVector<Value> carried(loop.getRegionIterArgs());
    setBuffers(memories, carried);
    emitScanStep(scan, step, memories);
    std::rotate(carried.begin(), carried.begin() + memories.size(), carried.end());
    // A loop that carries nothing has its end already.
    if (!carried.empty())
      scf::YieldOp::create(builder, loc, carried);
  }
  for (auto [i, memory] : llvm::enumerate(memories)) {
    Value last = scan.getFinalMemories()[memory.number];
    setView(last, getCarried(loop.getResult(i), memory.current));
    if (handedOn.contains(scan.getInitial()[memory.number]))
      handedOn[last] = getCarried(loop.getResult(memories.size() + i), memory.next);
  }
}

/// Lets a next value that a step itself reads from memory have only the place where it goes.
void EntryEmitter::chooseNextMemory(ir::ScanOp scan, ArrayRef<CarriedMemory> memories) {
  for (const CarriedMemory &memory : memories) {
    Value next = scan.getYield().getNext()[memory.number];
    Operation *op = next.getDefiningOp();
    if (op && op->getParentOp() == scan && isElementwise(op))
      chosen.try_emplace(next, memory.next);
  }
}

void EntryEmitter::emitScanStep(ir::ScanOp scan, Value step, ArrayRef<CarriedMemory> memories) {
  Location loc = scan.getLoc();
  unsigned axis = scan.getAxis();
  Value outerStep = isOddStep, parity = arith::AndIOp::create(builder, loc, step, index(1));
  isOddStep = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, parity, index(1));
  for (auto [argument, sequence] :
       llvm::zip_equal(scan.getSequenceArguments(), scan.getSequences()))
    setView(argument, pickView(builder, loc, memory, lookup(sequence), axis, step));
  for (const CarriedMemory &memory : memories)
    setView(scan.getMemoryArguments()[memory.number], memory.current);
  ir::YieldOp yield = scan.getYield();
  SmallVector<Store> stores;
  for (auto [output, value] : llvm::zip_equal(scan.getOutputs(), yield.getOutputs()))
    stores.push_back({value, pickView(builder, loc, memory, lookup(output), axis, step)});
  for (const CarriedMemory &memory : memories)
    stores.push_back({yield.getNext()[memory.number], memory.next});
  // No step reads what it writes here, so a nest can put its results there at once.
  SmallVector<Store> others;
  for (const Store &store : stores) {
    auto fuse = store.value.getDefiningOp<ir::FuseOp>();
    if (fuse && fuse->getBlock() == &scan.getBody().front())
      places[store.value].push_back(store.target);
    else
      others.push_back(store);
  }
  chooseNextMemory(scan, memories);
  emitBlock(scan.getBody().front());
  llvm::erase_if(others, [&](const Store &store) {
    bool isChosen = chosen.lookup(store.value).memref == store.target.memref;
    return isChosen &&
           (waiting.contains(store.value) || lookup(store.value).memref == store.target.memref);
  });
  flush(others);
  isOddStep = outerStep;
}
