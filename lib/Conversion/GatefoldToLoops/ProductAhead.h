//===- ProductAhead.h - Products of the next block, in time ------------*- C++ -*-===//
//
// The product of a recurrence with one row does little but read its panels, while the product of
// the inputs of a block of steps does little but multiply. Done one after the other, half of the
// processor waits each time. So each step of a block also does its part of the next block's
// product: an equal share of its inputs, whose sums wait in memory in between. Each sum adds up in
// the order that it always has.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_PRODUCTAHEAD_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_PRODUCTAHEAD_H

#include "ProductBeside.h"

namespace gatefold {

/// A product in blocks that is computed beside one of their scan, and in blocks of its own length,
/// when there is one example. Everything is emitted where the emitter's builder stands.
class ProductAhead {
public:
  /// What of `blocks` can be computed ahead; null if there is nothing.
  static std::unique_ptr<ProductAhead> find(EntryEmitter &emitter, ir::BlocksOp blocks);

  ir::DotsOp getProduct() const { return product; }
  ir::DotsOp getHost() const { return host; }
  ir::ScanOp getScan() const { return scan; }

  /// Makes room for the sums in front of the loop over blocks; returns the steps of a block.
  mlir::Value prepare();
  /// A block of `size` steps begins, when `done` steps are behind and `left` are not.
  void beginBlock(mlir::Value done, mlir::Value left, mlir::Value size);
  /// Says where the product's results lie, as soon as the extents of the block are known.
  void placeResults();
  /// The number of rows of the product that this block finds there.
  mlir::Value getNumDone() const { return numDone; }
  /// A step of the block begins, the one with this number, counted as time goes by.
  void beginStep(mlir::Value number) { step = number; }
  /// Emits the product of one row with the host's panels from the one with this number on, and
  /// beside it the step's part of the product for the same units, if there is a next block. Returns
  /// the sums of the former.
  llvm::SmallVector<mlir::Value> multiply(mlir::OpBuilder &builder, const ProductBeside::Host &row,
                                          mlir::Value panel);

private:
  ProductAhead(EntryEmitter &emitter, ir::BlocksOp blocks, ir::DotsOp product, ir::ScanOp scan,
               ir::DotsOp host);

  bool chooseSizes();
  int64_t getNumSteps() const { return rowsAtOnce * tiles; }
  int64_t getRowStride();
  mlir::Value getStart(mlir::OpBuilder &builder, mlir::Value ofParity);
  mlir::Value castRows(mlir::OpBuilder &builder, mlir::Value firstInput);
  mlir::Value castPanels(mlir::OpBuilder &builder, const TileForm &form, mlir::Value panel,
                         mlir::Value firstInput);
  mlir::Value castSums(mlir::OpBuilder &builder, const TileForm &form, mlir::Value panel);

  EntryEmitter &emitter;
  ir::BlocksOp blocks;
  ir::DotsOp product;
  ir::ScanOp scan;
  ir::DotsOp host;
  mlir::Location loc;
  int64_t rowsAtOnce = 0, tiles = 0; ///< a block has so many tiles of so many rows
  int64_t inputs = 0;                ///< of the product that a step takes
  View sequence;                     ///< what is multiplied, of all steps
  mlir::Value room;                  ///< for the results of two blocks: [rows, results, units]
  mlir::Value most;                  ///< rows that a block can have ahead: a block's, or none
  // Of the block:
  mlir::Value numDone, nextTiles, nextBegin, parity;
  mlir::Value step;
};

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_PRODUCTAHEAD_H
