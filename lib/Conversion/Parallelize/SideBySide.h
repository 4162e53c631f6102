//===- SideBySide.h - Loops over time that need nothing of each other ----*- C++ -*-===//
//
// The two directions of a bidirectional model are such loops. If a step is short, threads that
// share it wait for each other longer than they work. Then each runs a loop of its own instead, and
// they wait for each other once.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_PARALLELIZE_SIDEBYSIDE_H
#define GATEFOLD_CONVERSION_PARALLELIZE_SIDEBYSIDE_H

#include "Accesses.h"
#include "SharedLoops.h"

namespace gatefold {

/// Operations of a block in the order in which one member runs them.
struct Task {
  llvm::SmallVector<mlir::Operation *> operations;
  llvm::SmallVector<mlir::scf::ForOp> loops; ///< over time: those with shared loops in them
  Accesses accesses;                         ///< by classes of roots

  /// Takes in what comes behind it.
  void append(const Task &other);
};

/// Tasks that stand in a row of operations of one block and need nothing of each other.
struct TaskGroup {
  llvm::SmallVector<Task> tasks;
  mlir::Operation *first, *last;
};

/// Finds groups of tasks in a function whose loops and branches have their roles.
class TaskFinder {
public:
  /// A step of a task has at most `mostWork` operations.
  TaskFinder(llvm::ArrayRef<SharedLoop> shared, const llvm::DenseSet<mlir::Operation *> &branches,
             const llvm::DenseSet<mlir::Operation *> &compound, MemoryRoots &roots,
             int64_t mostWork);

  std::vector<TaskGroup> find(mlir::Block &block);

private:
  void visit(mlir::Block &block);
  void add(mlir::Operation *op, TaskGroup &group);
  void close(TaskGroup &group);
  bool isWork(mlir::Operation *op) const;
  Accesses getAccesses(mlir::Operation *op) const;
  bool collide(const Accesses &some, const Accesses &others) const;
  bool isWorthIt(const TaskGroup &group) const;
  int64_t getWorkOfStep(const Task &task) const;
  bool readsForItself(mlir::Operation *op, const TaskGroup &group) const;

  llvm::DenseMap<mlir::Operation *, int64_t> workOfNests;
  const llvm::DenseSet<mlir::Operation *> &branches, &compound;
  MemoryRoots &roots;
  int64_t mostWork;
  std::vector<TaskGroup> groups;
};

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_PARALLELIZE_SIDEBYSIDE_H
