//===- Narrowing.h - Values that are the same along an axis -------*- C++ -*-===//

#ifndef GATEFOLD_LIB_TRANSFORMS_NARROWING_H
#define GATEFOLD_LIB_TRANSFORMS_NARROWING_H

#include "gatefold/IR/Gatefold.h"
#include "llvm/ADT/DenseMap.h"

namespace gatefold {

/// Finds values that are repeated along an axis, counted from the end, and builds them without it.
class Narrowing {
public:
  /// True if a value is known to be the same along the axis.
  bool isRepeated(mlir::Value value, unsigned axis);

  /// The value without the axis along which it is repeated, built where it is.
  mlir::Value build(mlir::Value value, unsigned axis);

private:
  using Key = std::pair<mlir::Value, unsigned>;

  bool compute(mlir::Value value, unsigned axis);
  mlir::Value buildBroadcast(mlir::OpBuilder &builder, ir::BroadcastOp broadcast, unsigned axis);

  llvm::DenseMap<Key, bool> repeated;
  llvm::DenseMap<Key, mlir::Value> built;
};

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_NARROWING_H
