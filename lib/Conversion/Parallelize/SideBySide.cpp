//===- SideBySide.cpp - Loops over time that need nothing of each other -------===//

#include "SideBySide.h"

using namespace mlir;
using namespace gatefold;

TaskFinder::TaskFinder(ArrayRef<SharedLoop> shared, const llvm::DenseSet<Operation *> &branches,
                       const llvm::DenseSet<Operation *> &compound, MemoryRoots &roots,
                       int64_t mostWork)
    : branches(branches), compound(compound), roots(roots), mostWork(mostWork) {
  for (const SharedLoop &loop : shared)
    workOfNests[loop.nest] = loop.work;
}

std::vector<TaskGroup> TaskFinder::find(Block &block) {
  visit(block);
  return std::move(groups);
}

//===----------------------------------------------------------------------===//
// What belongs together
//===----------------------------------------------------------------------===//

/// True for what not all members do alike.
bool TaskFinder::isWork(Operation *op) const {
  return workOfNests.contains(op) || branches.contains(op) || compound.contains(op);
}

Accesses TaskFinder::getAccesses(Operation *op) const {
  Accesses byRoots, byClasses;
  addAccesses(op, Doers::All, byRoots);
  for (const auto &[root, access] : byRoots) {
    Access &known = byClasses[roots.getClass(root)];
    known = known | access;
  }
  return byClasses;
}

bool TaskFinder::collide(const Accesses &some, const Accesses &others) const {
  return llvm::any_of(some, [&](const auto &entry) {
    auto other = others.find(entry.first);
    return other != others.end() && entry.second.collides(other->second);
  });
}

void Task::append(const Task &other) {
  llvm::append_range(operations, other.operations);
  llvm::append_range(loops, other.loops);
  addAll(accesses, other.accesses);
}

/// Adds an operation to the task that it needs. Where it needs two that have loops, the group ends
/// in front of it.
void TaskFinder::add(Operation *op, TaskGroup &group) {
  Task task;
  task.operations = {op};
  task.accesses = getAccesses(op);
  if (auto loop = dyn_cast<scf::ForOp>(op); loop && compound.contains(op))
    task.loops = {loop};
  auto isNeeded = [&](const Task &other) { return collide(task.accesses, other.accesses); };
  auto hasLoop = [](const Task &other) { return !other.loops.empty(); };
  if (llvm::count_if(group.tasks, [&](const Task &t) { return isNeeded(t) && hasLoop(t); }) > 1) {
    close(group);
    return add(op, group);
  }
  SmallVector<Task> kept;
  Task merged;
  for (Task &other : group.tasks) {
    if (!isNeeded(other)) {
      kept.push_back(std::move(other));
      continue;
    }
    merged.append(other);
  }
  merged.append(task);
  if (group.tasks.empty())
    group.first = op;
  group.last = op;
  kept.push_back(std::move(merged));
  group.tasks = std::move(kept);
}

void TaskFinder::visit(Block &block) {
  TaskGroup group;
  for (Operation &op : block)
    if (isWork(&op))
      add(&op, group);
  close(group);
}

/// Ends a group: keeps it if it is one, or else looks into its operations.
void TaskFinder::close(TaskGroup &group) {
  // What needs no loop may as well run with the first one.
  SmallVector<Task> tasks, rest;
  for (Task &task : group.tasks)
    (task.loops.empty() ? rest : tasks).push_back(std::move(task));
  TaskGroup found{std::move(tasks), group.first, group.last};
  group = TaskGroup();
  if (!found.tasks.empty())
    for (const Task &task : rest)
      found.tasks.front().append(task);
  if (found.tasks.size() > 1 && isWorthIt(found)) {
    groups.push_back(std::move(found));
    return;
  }
  for (Task &task : found.tasks)
    for (Operation *op : task.operations)
      if (compound.contains(op))
        for (Region &region : op->getRegions())
          for (Block &inner : region)
            visit(inner);
}

//===----------------------------------------------------------------------===//
// What is worth it
//===----------------------------------------------------------------------===//

static unsigned getDepth(Operation *op) {
  unsigned depth = 0;
  while ((op = op->getParentOp()))
    ++depth;
  return depth;
}

/// The work between two places where members that share loops would wait for each other: that of
/// the shared loops with most loops around them.
int64_t TaskFinder::getWorkOfStep(const Task &task) const {
  unsigned deepest = 0;
  int64_t work = 0;
  for (Operation *op : task.operations)
    op->walk([&](scf::ForOp loop) {
      auto nest = workOfNests.find(loop);
      if (nest == workOfNests.end())
        return;
      unsigned depth = getDepth(loop);
      if (depth > deepest) {
        deepest = depth;
        work = 0;
      }
      if (depth == deepest)
        work += nest->second;
    });
  return work;
}

/// True if in an operation a member reads memory for itself that a task writes: members that do not
/// run that task would read it at any time.
bool TaskFinder::readsForItself(Operation *op, const TaskGroup &group) const {
  if (workOfNests.contains(op) || branches.contains(op))
    return false;
  if (compound.contains(op)) {
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Operation &inner : block)
          if (readsForItself(&inner, group))
            return true;
    return false;
  }
  if (!readsMemory(op))
    return false;
  Accesses reads = getAccesses(op);
  return llvm::any_of(group.tasks, [&](const Task &task) { return collide(reads, task.accesses); });
}

bool TaskFinder::isWorthIt(const TaskGroup &group) const {
  int64_t all = 0, most = 0;
  for (const Task &task : group.tasks) {
    int64_t work = getWorkOfStep(task);
    all += work;
    most = std::max(most, work);
  }
  if (most > mostWork || 2 * all < 3 * most)
    return false;
  for (Operation *op = group.first; op != group.last->getNextNode(); op = op->getNextNode())
    if (readsForItself(op, group))
      return false;
  return true;
}
