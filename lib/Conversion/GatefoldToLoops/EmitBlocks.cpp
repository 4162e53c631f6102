//===- EmitBlocks.cpp - Blocks of steps as a loop --------------------------*- C++ -*-===//
//
// The steps of a block are views of the sequences and outputs. A memory that one scan of the block
// takes and gives back lies where that scan has it: its buffers go from block to block.
//
//===----------------------------------------------------------------------===//

#include "EntryEmitter.h"
#include "ProductAhead.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace gatefold;

std::pair<ir::ScanOp, unsigned> gatefold::findOwningScan(ir::BlocksOp blocks, unsigned memory) {
  Value argument = blocks.getMemoryArguments()[memory], next = blocks.getYield().getNext()[memory];
  auto scan = next.getDefiningOp<ir::ScanOp>();
  if (!scan || scan->getParentOp() != blocks || !argument.hasOneUse())
    return {};
  unsigned result = cast<OpResult>(next).getResultNumber();
  if (result < scan.getNumOutputs() || scan.getInitial()[result - scan.getNumOutputs()] != argument)
    return {};
  return {scan, result - scan.getNumOutputs()};
}

bool gatefold::isHistory(ir::BlocksOp blocks, unsigned memory) {
  auto [scan, number] = findOwningScan(blocks, memory);
  return scan && isHistory(scan, number);
}

/// Gives every memory its place, with its first value there; those with two buffers are returned.
SmallVector<EntryEmitter::CarriedMemory> EntryEmitter::placeMemories(ir::BlocksOp blocks) {
  SmallVector<CarriedMemory> carried;
  SmallVector<Store> initial;
  for (auto [number, value] : llvm::enumerate(blocks.getInitial())) {
    if (isHistory(blocks, number)) {
      View place = placeHistory(value, blocks.getFinalMemories()[number]);
      setView(blocks.getMemoryArguments()[number], place);
      setView(blocks.getFinalMemories()[number], place);
      handedOn[blocks.getMemoryArguments()[number]] = place;
      continue;
    }
    carried.push_back({unsigned(number), allocate(value), allocate(value)});
    initial.push_back({value, carried.back().current});
  }
  flush(initial);
  return carried;
}

void EntryEmitter::emitBlocks(ir::BlocksOp blocks) {
  Location loc = blocks.getLoc();
  flush();
  materializeCaptures(*this, blocks.getBody());
  for (Value sequence : blocks.getSequences())
    materialize(sequence);
  SmallVector<CarriedMemory> memories = placeMemories(blocks);
  for (Value output : blocks.getOutputs())
    setView(output, allocateResult(output));

  std::unique_ptr<ProductAhead> product = ProductAhead::find(*this, blocks);
  llvm::SaveAndRestore restored(ahead, product.get());
  Value end = memory.getSize(lookup(blocks.getSequences().front()).extents[blocks.getAxis()]);
  Value length = product ? product->prepare() : index(int64_t(blocks.getLength()));
  auto loop = scf::ForOp::create(builder, loc, index(0), end, length, getBuffers(memories));
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value begin = loop.getInductionVar();
    Value left = arith::SubIOp::create(builder, loc, end, begin);
    Value size = arith::MinSIOp::create(builder, loc, left, length);
    if (product)
      product->beginBlock(begin, left, size);
    if (blocks.getReverse())
      begin = arith::SubIOp::create(builder, loc, left, size);
    setBuffers(memories, loop.getRegionIterArgs());
    SmallVector<Value> carried = emitBlock(blocks, begin, size, memories);
    // A loop that carries nothing has its end already.
    if (!carried.empty())
      scf::YieldOp::create(builder, loc, carried);
  }
  for (auto [i, memory] : llvm::enumerate(memories))
    setView(blocks.getFinalMemories()[memory.number],
            getCarried(loop.getResult(i), memory.current));
}

/// Lets the operations that compute outputs write them among those of all steps.
void EntryEmitter::chooseOutputMemory(ir::BlocksOp blocks, Value begin) {
  for (auto [output, value] : llvm::zip_equal(blocks.getOutputs(), blocks.getYield().getOutputs()))
    if (Operation *op = value.getDefiningOp(); op && op->getParentOp() == blocks)
      chosen.try_emplace(value, sliceView(builder, blocks.getLoc(), memory, lookup(output),
                                          blocks.getAxis(), begin,
                                          sizes.getExtents(value)[blocks.getAxis()]));
}

/// Emits one block; returns the buffers of the memories as the next block has them.
SmallVector<Value> EntryEmitter::emitBlock(ir::BlocksOp blocks, Value begin, Value size,
                                           ArrayRef<CarriedMemory> memories) {
  Location loc = blocks.getLoc();
  unsigned axis = blocks.getAxis();
  AffineExpr extent = sizes.getExtents(blocks.getBody().getArgument(0))[axis];
  memory.setCount(extent, size, sizes.getLimit(extent));
  for (auto [argument, sequence] :
       llvm::zip_equal(blocks.getSequenceArguments(), blocks.getSequences()))
    setView(argument, sliceView(builder, loc, memory, lookup(sequence), axis, begin, extent));
  for (const CarriedMemory &memory : memories) {
    Value argument = blocks.getMemoryArguments()[memory.number];
    setView(argument, memory.current);
    if (findOwningScan(blocks, memory.number).first)
      handedOn[argument] = memory.next;
  }
  chooseOutputMemory(blocks, begin);
  if (ahead)
    ahead->placeResults();
  emitBlock(blocks.getBody().front());

  ir::YieldOp yield = blocks.getYield();
  SmallVector<Store> stores;
  for (auto [output, value] : llvm::zip_equal(blocks.getOutputs(), yield.getOutputs())) {
    View place = chosen.lookup(value);
    bool isFirst = llvm::find(yield.getOutputs(), value).getIndex() ==
                   cast<OpResult>(output).getResultNumber();
    if (!place || !isFirst)
      place = sliceView(builder, loc, memory, lookup(output), axis, begin, extent);
    else if (waiting.contains(value) || lookup(value).memref == place.memref)
      continue; // it is there, or will be with all that waits
    stores.push_back({value, place});
  }
  SmallVector<Value> current, next;
  for (const CarriedMemory &memory : memories) {
    Value value = yield.getNext()[memory.number];
    if (findOwningScan(blocks, memory.number).first) {
      current.push_back(lookup(value).memref);
      next.push_back(handedOn.lookup(value).memref);
      continue;
    }
    stores.push_back({value, memory.next});
    current.push_back(memory.next.memref);
    next.push_back(memory.current.memref);
  }
  flush(stores);
  llvm::append_range(current, next);
  return current;
}
