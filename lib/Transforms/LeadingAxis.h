//===- LeadingAxis.h - Copy operations with one more axis in front --*- C++ -*-===//
//
// What makes a batch of one example, and the steps of a block of one step.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_TRANSFORMS_LEADINGAXIS_H
#define GATEFOLD_LIB_TRANSFORMS_LEADINGAXIS_H

#include "gatefold/IR/Fusion.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/DenseSet.h"

namespace gatefold {

/// `type` with a dynamic axis in front.
mlir::RankedTensorType addLeadingAxis(mlir::Type type);

/// Copies operations to the builder's place so that what depends on a value that has got one more
/// axis in front has it too. Values that are not mapped stand for themselves.
class LeadingAxisCopy {
public:
  /// `size` is the size of the axis.
  LeadingAxisCopy(mlir::OpBuilder builder, mlir::Value size) : builder(builder), size(size) {}

  /// Maps a value to one that has got the axis.
  void mapChanged(mlir::Value from, mlir::Value to) {
    values.map(from, to);
    changed.insert(to);
  }

  /// True if a value is mapped.
  bool isMapped(mlir::Value value) const { return values.contains(value); }

  /// Copies an operation; an error where it cannot have the axis.
  mlir::LogicalResult copy(mlir::Operation &op);
  /// Copies all operations of a block but its terminator.
  mlir::LogicalResult copyBlock(mlir::Block &block);

  /// The new value of `value`, with the axis in any case.
  mlir::Value withAxis(mlir::Value value) {
    return broadcast(values.lookupOrDefault(value), value.getLoc());
  }

  unsigned getNumBroadcasts() const { return numBroadcasts; }

private:
  mlir::Value broadcast(mlir::Value value, mlir::Location loc);
  template <typename TimeLoop>
  mlir::LogicalResult copyTimeLoop(TimeLoop loop);
  mlir::LogicalResult copyFuse(ir::FuseOp fuse);

  mlir::OpBuilder builder;
  mlir::Value size;
  mlir::IRMapping values;
  llvm::DenseSet<mlir::Value> changed;
  unsigned numBroadcasts = 0;
};

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_LEADINGAXIS_H
