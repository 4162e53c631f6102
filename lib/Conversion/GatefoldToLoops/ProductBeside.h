//===- ProductBeside.h - Two products in one loop ----------------------*- C++ -*-===//
//
// The product of one row, which waits for memory, with parts of tiles of another product, which
// have all they need at hand, in between.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_PRODUCTBESIDE_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_PRODUCTBESIDE_H

#include "TileProducts.h"

namespace gatefold {

/// A product of one row, the host, and tiles of another one beside it.
struct ProductBeside {
  struct Host {
    TileForm form;
    mlir::Value rows, row; ///< which of the rows
    mlir::Value panels, numInputs;
  };
  Host host;

  TileForm form;
  mlir::Value rows, panels; ///< of all tiles
  mlir::Value sums;         ///< of type getSumsType
  mlir::Value numTiles, numInputs;
  mlir::Value continues; ///< whether to add to the sums that are there
  int64_t stepsAtOnce;   ///< of the host, for one of a tile

  /// The sums of the tiles: [rows, matrices, 16 for each panel], from the first panel on.
  static mlir::MemRefType getSumsType(const TileForm &form, int64_t rowStride,
                                      int64_t matrixStride);
};

/// Emits both and returns the host's sums. The tiles' inputs, times `stepsAtOnce` and the number of
/// tiles, must not exceed the host's.
llvm::SmallVector<mlir::Value> emitProductBeside(mlir::OpBuilder &builder, mlir::Location loc,
                                                 const ProductBeside &product);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_PRODUCTBESIDE_H
