//===- Sizes.h - Extents of tensors in terms of the entry's sizes ----*- C++ -*-===//
//
// Every extent of every value is an expression of the dynamic sizes that the caller gives: symbol i
// of an AffineExpr is the i-th of EntrySignature::sizes. So buffers can be placed before anything
// runs. How many rows of a history are there, and how many steps a block has, is known only while
// the entry runs: dimension i of an AffineExpr is the i-th of these numbers, and its limit, which
// buffers are placed for, is made of the caller's sizes again.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_SIZES_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_SIZES_H

#include "gatefold/IR/Attention.h"
#include "gatefold/IR/Blocks.h"
#include "gatefold/IR/Generate.h"
#include "mlir/IR/AffineExpr.h"
#include "llvm/ADT/DenseMap.h"

namespace gatefold {

using Extents = llvm::SmallVector<mlir::AffineExpr, 4>;

class SizeAnalysis {
public:
  SizeAnalysis(ir::EntryOp entry, llvm::ArrayRef<mlir::StringAttr> names)
      : entry(entry), names(names) {}

  /// The extents of a tensor value, outermost first. One is null where a size is not made of the
  /// caller's sizes; then values computed from this one must not be asked for.
  Extents getExtents(mlir::Value value);
  /// The extents of a result of the entry, as its port names them.
  Extents getResultExtents(unsigned index);
  /// The most that an extent can be, made of the caller's sizes alone.
  mlir::AffineExpr getLimit(mlir::AffineExpr extent) const;
  /// The number of keys.
  mlir::AffineExpr getKeys(ir::AttendOp attend);
  /// An index value that is a size; null if it is not made of the caller's sizes.
  mlir::AffineExpr getSize(mlir::Value index);

private:
  mlir::AffineExpr getNamed(mlir::StringAttr name);
  mlir::AffineExpr getPortExtent(ir::PortAttr port, mlir::RankedTensorType type, unsigned axis);
  mlir::AffineExpr getDynamicExtent(mlir::Value value, unsigned axis);
  /// The same in one form for sums of the same parts in any order.
  mlir::AffineExpr getCanonicalExtent(mlir::Value value, unsigned axis);
  mlir::AffineExpr getArgumentExtent(mlir::BlockArgument argument, unsigned axis);
  mlir::AffineExpr getBlockSize(ir::BlocksOp blocks);
  mlir::AffineExpr getScanExtent(ir::ScanOp scan, unsigned result, unsigned axis);
  mlir::AffineExpr getBlocksExtent(ir::BlocksOp blocks, unsigned result, unsigned axis);
  mlir::AffineExpr getGenerateExtent(ir::GenerateOp generate, unsigned result, unsigned axis);
  mlir::AffineExpr getReshapedExtent(ir::ReshapeOp reshape, unsigned axis);
  mlir::AffineExpr getBroadcastExtent(ir::BroadcastOp broadcast, unsigned axis);
  mlir::AffineExpr getWindowsExtent(ir::WindowsOp windows, unsigned axis);
  mlir::AffineExpr getDotExtent(ir::DotOp dot, unsigned axis);
  mlir::AffineExpr getAttendExtent(ir::AttendOp attend, unsigned axis);
  template <typename RowsOp>
  mlir::AffineExpr getRowsExtent(RowsOp rows, unsigned axis);
  bool isKnownBefore(mlir::Operation *loop, mlir::AffineExpr extent);
  bool isKnownBefore(mlir::Operation *loop, unsigned number);
  mlir::AffineExpr getCount(mlir::Value count, mlir::AffineExpr rows, mlir::Operation *blocks);

  /// Equal numbers of rows: given by one value and of operands with equally many rows, or the steps
  /// of one block, of which there are at most `rows`.
  struct RowCount {
    mlir::Value count;
    mlir::AffineExpr rows;
    mlir::Operation *blocks;
    bool operator==(const RowCount &) const = default;
  };

  ir::EntryOp entry;
  llvm::ArrayRef<mlir::StringAttr> names;
  llvm::DenseMap<mlir::Value, Extents> known;
  llvm::SmallVector<RowCount> counts; // by the number of their dimension
};

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_SIZES_H
