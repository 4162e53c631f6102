//===- Barriers.h - Where the members of a team wait for each other ------*- C++ -*-===//

#ifndef GATEFOLD_CONVERSION_PARALLELIZE_BARRIERS_H
#define GATEFOLD_CONVERSION_PARALLELIZE_BARRIERS_H

#include "SideBySide.h"

namespace gatefold {

/// Puts barriers into a function that all members of a team run. One is needed between two pieces
/// of code if one of them writes what the other one accesses and different members may do so.
class BarrierInserter {
public:
  /// `ofFirst` only the first member runs. All others share loops or read for themselves;
  /// `compound` are operations that have several such pieces of code in them.
  BarrierInserter(MemoryRoots &roots, const llvm::DenseSet<mlir::Operation *> &ofFirst,
                  const llvm::DenseSet<mlir::Operation *> &compound, mlir::Value member,
                  mlir::Value count)
      : roots(roots), ofFirst(ofFirst), compound(compound), member(member), count(count) {}

  /// Within a group `count` members wait for each other, and all in front of it and behind it.
  void addGroup(const TaskGroup &group, mlir::Value count) {
    groups[group.first] = {&group, count};
  }

  void run(mlir::Block &body);
  unsigned countBarriers() const { return numBarriers; }

private:
  /// What was accessed since the last barrier.
  struct Pending {
    Accesses now;     ///< by roots as they are called here
    Accesses earlier; ///< by classes of roots: which of them it was, nobody knows any more

    void add(const Pending &other);
    bool operator==(const Pending &other) const;
  };
  void visitBlock(mlir::Block &block, Pending &pending);
  void visitCompound(mlir::Operation *op, Pending &pending);
  void visitLoop(mlir::scf::ForOp loop, Pending &pending);
  void visitGroup(mlir::Operation *first, Pending &pending);
  void visit(mlir::Operation *op, Pending &pending);
  void visitPiece(mlir::Operation *op, Pending &pending);
  void insertBarrier(mlir::OpBuilder builder, mlir::Location loc);
  bool collides(const Accesses &accesses, const Pending &pending);
  Pending rename(const Pending &pending, mlir::scf::ForOp loop,
                 llvm::function_ref<mlir::Value(mlir::scf::ForOp, mlir::Value)> getName);

  MemoryRoots &roots;
  const llvm::DenseSet<mlir::Operation *> &ofFirst, &compound;
  mlir::Value member, count;
  llvm::DenseMap<mlir::Operation *, std::pair<const TaskGroup *, mlir::Value>> groups;
  mlir::Block *blockOfGroup = nullptr;      ///< in which it is walked
  llvm::DenseSet<mlir::Operation *> closed; ///< groups with a barrier behind them
  unsigned numBarriers = 0;
};

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_PARALLELIZE_BARRIERS_H
