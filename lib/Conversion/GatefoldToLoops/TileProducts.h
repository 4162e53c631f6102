//===- TileProducts.h - Functions that multiply tiles -------------------*- C++ -*-===//
//
// The inner loops of products with panels. Those for several rows are functions that all products
// of a module share: they would be the largest part of its code, and are the same for all sizes.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_TILEPRODUCTS_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_TILEPRODUCTS_H

#include "EntryEmitter.h"

namespace gatefold {

/// A tile of a product: sixteen units of each matrix for each panel, for some rows.
struct TileForm {
  int64_t panels;     ///< that lie one behind the other
  int64_t matrices;   ///< of each panel
  int64_t rowsAtOnce; ///< the most rows whose sums fit in registers together
  mlir::Type element; ///< of rows
  mlir::Type stored;  ///< of panels: `element`, or a shorter one
  mlir::Type sum;     ///< of sums: `element`, or i32 for bytes

  /// How many elements of a row are multiplied in one step.
  int64_t getInputsAtOnce() const { return element.isInteger(8) ? ir::bytesAtOnce : 1; }

  /// Vectors of sums of one row.
  int64_t getSums() const { return panels * matrices; }
  /// The rows: [rows, inputs], each without gaps.
  mlir::MemRefType getRowsType() const;
  /// The panels: [panels, inputs, matrices, 16]; for bytes [panels, inputs / 4, matrices, 64].
  mlir::MemRefType getPanelsType() const;
  /// Room for the sums: [rowsAtOnce, getSums(), 16].
  mlir::MemRefType getSumsType() const;
};

/// The form of a product for tiles of so many panels.
TileForm getTileForm(EntryEmitter &emitter, ir::DotsOp dots, int64_t panels, int64_t rowsAtOnce);

/// The sums of `count` rows from `first` on, in registers. Those of a row stand together, those of
/// a panel in it, and in these one for each matrix. `numInputs` counts steps: fours of bytes.
mlir::ValueRange emitTileProduct(mlir::OpBuilder &builder, mlir::Location loc, const TileForm &form,
                                 mlir::Value rows, mlir::Value panels, mlir::Value first,
                                 int64_t count, mlir::Value numInputs);

/// The parts of such a loop: the weights of step `k`, what a row adds to its sums in it, and the
/// sums of `count` rows that it begins with.
llvm::SmallVector<mlir::Value> loadTileWeights(mlir::OpBuilder &builder, mlir::Location loc,
                                               const TileForm &form, mlir::Value panels,
                                               mlir::Value k);
void addToTileRow(mlir::OpBuilder &builder, mlir::Location loc, const TileForm &form,
                  mlir::Value rows, mlir::Value row, mlir::Value k, mlir::ValueRange weights,
                  llvm::MutableArrayRef<mlir::Value> sums);
llvm::SmallVector<mlir::Value> getZeroSums(mlir::OpBuilder &builder, mlir::Location loc,
                                           const TileForm &form, int64_t count);

/// Memory whose strides are known or, where `strides` says dynamic, not, at any offset.
mlir::MemRefType getStridedType(llvm::ArrayRef<int64_t> shape, mlir::Type element,
                                llvm::ArrayRef<int64_t> strides);

/// The module's function for several rows, which is made if it is not there yet: `(rows, panels,
/// sums, number of rows, number of inputs) -> rows whose sums it stores`. It leaves a single row
/// over where it would have to multiply it by itself.
mlir::func::FuncOp getTileProduct(mlir::ModuleOp module, const TileForm &form);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_TILEPRODUCTS_H
