//===- WeightValues.h - What depends on weights alone --------------*- C++ -*-===//

#ifndef GATEFOLD_LIB_TRANSFORMS_WEIGHTVALUES_H
#define GATEFOLD_LIB_TRANSFORMS_WEIGHTVALUES_H

#include "gatefold/IR/Gatefold.h"
#include "llvm/ADT/SetVector.h"

namespace gatefold {

/// The values of an entry that weights alone determine.
class WeightValues {
public:
  explicit WeightValues(ir::EntryOp entry);

  /// True if weights and constants alone determine the value.
  bool contains(mlir::Value value) const { return fixed.contains(value); }

  /// Those that others use and that take work to compute.
  llvm::SmallVector<mlir::Value> getRoots() const;

private:
  void visit(mlir::Operation *op);
  bool isUsed(mlir::Value value) const;

  llvm::DenseSet<mlir::Value> fixed;
  llvm::SetVector<mlir::Value> computed;
};

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_WEIGHTVALUES_H
