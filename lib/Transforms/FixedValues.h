//===- FixedValues.h - What is the same for every token ------------*- C++ -*-===//

#ifndef GATEFOLD_LIB_TRANSFORMS_FIXEDVALUES_H
#define GATEFOLD_LIB_TRANSFORMS_FIXEDVALUES_H

#include "gatefold/IR/Gatefold.h"
#include "llvm/ADT/SetVector.h"

namespace gatefold {

/// The values of a decoder that inputs other than its token determine, together with weights.
class FixedValues {
public:
  /// `token` is the input that differs from step to step.
  FixedValues(ir::EntryOp decode, llvm::StringRef token);

  /// Those that take work to compute and that others need, none of which has to be computed from
  /// another.
  llvm::ArrayRef<mlir::Value> getRoots() const { return roots.getArrayRef(); }

  /// The inputs that a value is computed from, in the order of the decoder's arguments.
  llvm::SmallVector<mlir::Value> getInputs(mlir::Value value);

  /// What all dynamic sizes of a value are called; null if there are none, or if they are not all
  /// the same size of inputs.
  mlir::StringAttr findSizeName(mlir::Value value);

private:
  struct Origin {
    bool fromInput = false; ///< not of weights alone
    bool takesWork = false; ///< products, reductions or loops are on the way from an input
  };
  void visit(mlir::Operation &op);
  void addRoot(mlir::Value value);
  void addSlice(mlir::Value value, llvm::SetVector<mlir::Value> &slice) const;

  ir::EntryOp decode;
  llvm::DenseMap<mlir::Value, Origin> fixed;
  llvm::SetVector<mlir::Value> roots;
};

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_FIXEDVALUES_H
