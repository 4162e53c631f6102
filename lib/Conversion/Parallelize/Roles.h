//===- Roles.h - Which members of a team run what ------------------------*- C++ -*-===//

#ifndef GATEFOLD_CONVERSION_PARALLELIZE_ROLES_H
#define GATEFOLD_CONVERSION_PARALLELIZE_ROLES_H

#include "mlir/IR/Block.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace gatefold {

/// Finds for each operation of a function which members of a team run it, and gives the code of the
/// first member its guard.
class RoleAssignment {
public:
  /// Members share the turns of the loops `shared`.
  explicit RoleAssignment(const llvm::DenseSet<mlir::Operation *> &shared);

  /// Decides; false if something only the first member can do is needed by all.
  bool find(mlir::Block &block);

  /// Moves what the first member alone runs into branches on `isFirst`.
  void guard(mlir::Block &block, mlir::Value isFirst);

  /// Operations with such in them that members share, or that only the first one runs.
  const llvm::DenseSet<mlir::Operation *> &getCompound() const { return compound; }
  /// The branches of the first member.
  const llvm::DenseSet<mlir::Operation *> &getBranches() const { return branches; }

private:
  enum class Role {
    All,      ///< each member for itself; nothing is written
    Shared,   ///< the turns of a loop
    Compound, ///< operations with regions: each runs them, in them are other roles
    First,    ///< the first member
  };
  Role chooseRole(mlir::Operation *op);
  bool isUsedByFirstOnly(mlir::Operation *op);
  void keepForAll(mlir::Block &block);
  bool demote(mlir::Block &block);

  const llvm::DenseSet<mlir::Operation *> &shared;
  llvm::DenseSet<mlir::Operation *> compound, branches;
  llvm::DenseMap<mlir::Operation *, Role> roles;
  llvm::DenseMap<mlir::Operation *, unsigned> runs; ///< of what the first member runs without pause
};

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_PARALLELIZE_ROLES_H
