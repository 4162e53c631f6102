//===- MemoryRoots.h - Which memory values stand for ---------------------*- C++ -*-===//
//
// Values of memory are windows on a root: a buffer of the workspace, an argument of the function,
// or memory that a loop carries.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_PARALLELIZE_MEMORYROOTS_H
#define GATEFOLD_CONVERSION_PARALLELIZE_MEMORYROOTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/EquivalenceClasses.h"

namespace gatefold {

/// What `memory` is a window on, or itself.
mlir::Value getMemoryRoot(mlir::Value memory);

/// Knows which roots of a function may be the same memory. Buffers of the workspace lie apart, and
/// so do arguments but for pairs that the caller may give one address.
class MemoryRoots {
public:
  MemoryRoots(mlir::func::FuncOp function,
              llvm::ArrayRef<std::pair<unsigned, unsigned>> argumentsOfOneAddress);

  bool mayBeSame(mlir::Value a, mlir::Value b);

  /// A root that stands for all that may at any time be the same memory as `root`.
  mlir::Value getClass(mlir::Value root) const;

  /// What a root at the end of a turn of a loop is called at the beginning of the next one, or
  /// behind the loop; null if it has no name of its own then.
  static mlir::Value getNextName(mlir::scf::ForOp loop, mlir::Value root);
  static mlir::Value getLastName(mlir::scf::ForOp loop, mlir::Value root);

private:
  void join(mlir::Value a, mlir::Value b);
  bool liesApart(mlir::Value a, mlir::Value b);
  bool keepsApart(mlir::scf::ForOp loop);

  llvm::EquivalenceClasses<void *> classes;
  llvm::DenseMap<mlir::Operation *, bool> knownLoops;
};

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_PARALLELIZE_MEMORYROOTS_H
