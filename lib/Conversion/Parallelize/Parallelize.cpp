//===- Parallelize.cpp - Entries for several threads --------------------------===//
//
// The pass: chooses the loops that members of a team share, leaves what else is written to the
// first member, and lets them wait for each other where they must.
//
//===----------------------------------------------------------------------===//

#include "../IndependentLoops.h"
#include "Barriers.h"
#include "Roles.h"
#include "SharedLoops.h"
#include "SideBySide.h"
#include "gatefold/Conversion/Passes.h"
#include "gatefold/IR/Explain.h"

namespace gatefold {
#define GEN_PASS_DEF_PARALLELIZE
#include "gatefold/Conversion/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

static constexpr llvm::StringLiteral passName = "parallelize";

namespace {

/// What a member knows of itself and the team where an entry begins.
class TeamValues {
public:
  TeamValues(Block &body, Location loc, Value member);
  ~TeamValues() { place->erase(); }

  /// The part of the first member is the beginning of all turns.
  Part getPart();

  /// True if each of so many tasks has a member for itself.
  Value areSideBySide(int64_t tasks);
  /// Whether the member runs a task.
  Value runsTask(int64_t task, int64_t tasks);
  Value select(Value condition, Value yes, Value no) {
    return arith::SelectOp::create(builder, loc, condition, yes, no);
  }
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }

  Value number, count;
  Value first; ///< whether the member is the first one

private:
  Value compare(arith::CmpIPredicate predicate, Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, predicate, a, b);
  }
  OpBuilder builder;
  Location loc;
  Operation *place; ///< in front of which values are made, whatever becomes of the others
};

} // namespace

TeamValues::TeamValues(Block &body, Location loc, Value member)
    : builder(OpBuilder::atBlockBegin(&body)), loc(loc), place(constant(0).getDefiningOp()) {
  builder.setInsertionPoint(place);
  auto load = [&](int64_t at) -> Value {
    Value value = memref::LoadOp::create(builder, loc, member, constant(at));
    return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), value);
  };
  number = load(0);
  count = load(1);
  first = compare(arith::CmpIPredicate::eq, number, constant(0));
}

Part TeamValues::getPart() {
  Value rest = arith::SubIOp::create(builder, loc, count, constant(1));
  // Rounded up: of 3 turns, 3 members have one each. The last part ends with all turns.
  auto getFraction = [&](Value members) -> Value {
    Value scaled =
        arith::MulIOp::create(builder, loc, members, constant(int64_t(1) << fractionBits));
    scaled = arith::AddIOp::create(builder, loc, scaled, rest);
    return arith::DivUIOp::create(builder, loc, scaled, count);
  };
  Value begin = getFraction(number);
  return {begin, getFraction(arith::AddIOp::create(builder, loc, number, constant(1)))};
}

Value TeamValues::areSideBySide(int64_t tasks) {
  Value areSeveral = compare(arith::CmpIPredicate::ugt, count, constant(1));
  Value areFew = compare(arith::CmpIPredicate::ule, count, constant(tasks));
  return arith::AndIOp::create(builder, loc, areSeveral, areFew);
}

Value TeamValues::runsTask(int64_t task, int64_t tasks) {
  // With two members for three tasks, the first one has two of them.
  Value runner = arith::RemUIOp::create(builder, loc, constant(task), count);
  return compare(arith::CmpIPredicate::eq, number, runner);
}

namespace {

/// The function of one entry.
class EntryParallelizer {
public:
  EntryParallelizer(ir::EntryOp entry, func::FuncOp function, const EntrySignature &signature)
      : entry(entry), function(function), signature(signature) {}

  void run(int64_t grain, int64_t mostWorkOfStep);
  bool hasBarriers() const { return numBarriers != 0; }

private:
  void rewrite(RoleAssignment &roles, int64_t mostWorkOfStep);
  Value divideTasks(TaskGroup &group, TeamValues &team, Part ofTeam, LoopDivider &divider);
  SmallVector<std::pair<unsigned, unsigned>> findArgumentsOfOneAddress();
  void report(const LoopChooser &chooser);
  int64_t countTasks() const;

  ir::EntryOp entry;
  func::FuncOp function;
  const EntrySignature &signature;
  SmallVector<SharedLoop> loops;
  std::vector<TaskGroup> groups;
  llvm::DenseSet<Operation *> nests, loopsOfTasks;
  unsigned numBarriers = 0;
};

} // namespace

/// A memory that is updated in place is argument and result.
SmallVector<std::pair<unsigned, unsigned>> EntryParallelizer::findArgumentsOfOneAddress() {
  SmallVector<std::pair<unsigned, unsigned>> pairs;
  for (unsigned argument = 0; argument < signature.arguments.size(); ++argument)
    for (unsigned result = 0; result < signature.results.size(); ++result)
      if (entry.getArgumentPort(argument).getKind() == ir::PortKind::Memory &&
          entry.getResultPort(result).getKind() == ir::PortKind::Memory &&
          entry.getArgumentPort(argument).getName() == entry.getResultPort(result).getName())
        pairs.emplace_back(argument, signature.arguments.size() + result);
  return pairs;
}

void EntryParallelizer::run(int64_t grain, int64_t mostWorkOfStep) {
  if (!function.getBody().hasOneBlock() || !hasKnownAccesses(function))
    return;
  LoopChooser chooser(function, signature, grain);
  loops = chooser.find();
  for (const SharedLoop &loop : loops)
    nests.insert(loop.nest);
  RoleAssignment roles(nests);
  if (!loops.empty() && roles.find(function.getBody().front()))
    rewrite(roles, mostWorkOfStep);
  report(chooser);
}

void EntryParallelizer::rewrite(RoleAssignment &roles, int64_t mostWorkOfStep) {
  Block &body = function.getBody().front();
  Value member = function.getArgument(signature.getMemberPlace());
  TeamValues team(body, function.getLoc(), member);
  Part part = team.getPart();
  roles.guard(body, team.first);
  MemoryRoots roots(function, findArgumentsOfOneAddress());
  TaskFinder finder(loops, roles.getBranches(), roles.getCompound(), roots, mostWorkOfStep);
  groups = finder.find(body);
  LoopDivider divider(function);
  BarrierInserter barriers(roots, roles.getBranches(), roles.getCompound(), member, team.count);
  for (TaskGroup &group : groups)
    barriers.addGroup(group, divideTasks(group, team, part, divider));
  for (SharedLoop &loop : loops)
    if (!loopsOfTasks.contains(loop.nest))
      divider.divide(loop, part);
  barriers.run(body);
  numBarriers = barriers.countBarriers();
  entry->setAttr(parallelAttrName, UnitAttr::get(entry.getContext()));
}

/// Gives each task to one member if there are members enough, or else all a part of each. Returns
/// how many members there are that wait for each other within the tasks.
Value EntryParallelizer::divideTasks(TaskGroup &group, TeamValues &team, Part ofTeam,
                                     LoopDivider &divider) {
  int64_t numTasks = group.tasks.size();
  Value areSideBySide = team.areSideBySide(numTasks);
  Value none = team.constant(0), all = team.constant(int64_t(1) << fractionBits);
  for (auto [number, task] : llvm::enumerate(group.tasks)) {
    Value runs = team.runsTask(number, numTasks);
    Part part{team.select(areSideBySide, none, ofTeam.begin),
              team.select(areSideBySide, team.select(runs, all, none), ofTeam.end)};
    Value isRunner = team.select(areSideBySide, runs, team.first);
    for (Operation *op : task.operations) {
      op->setAttr(sideBySideAttrName, UnitAttr::get(op->getContext()));
      for (SharedLoop &loop : loops)
        if (op->isAncestor(loop.nest) && loopsOfTasks.insert(loop.nest).second)
          divider.divide(loop, part);
      op->walk([&](scf::IfOp branch) {
        if (branch.getCondition() == team.first)
          branch.getConditionMutable().assign(isRunner);
      });
    }
  }
  return team.select(areSideBySide, team.constant(1), team.count);
}

int64_t EntryParallelizer::countTasks() const {
  int64_t tasks = 0;
  for (const TaskGroup &group : groups)
    tasks += group.tasks.size();
  return tasks;
}

void EntryParallelizer::report(const LoopChooser &chooser) {
  bool isParallel = entry->hasAttr(parallelAttrName);
  ir::explainCount(function, passName, "loops shared", isParallel ? loops.size() : 0);
  ir::explainCount(function, passName, "barriers", numBarriers);
  if (isParallel)
    if (auto remark = ir::explainDone(function, passName))
      remark << "threads share " + ir::describeCount(loops.size(), "loop") +
                    " and wait for each other in " + ir::describeCount(numBarriers, "place");
  ir::explainCount(function, passName, "loops side by side", countTasks());
  for (const TaskGroup &group : groups)
    for (const Task &task : group.tasks)
      if (auto remark = ir::explainDone(task.loops.front(), passName))
        remark << "runs beside " + ir::describeCount(group.tasks.size() - 1, "other loop") +
                      ", each on a thread of its own, where there are no more threads than loops";
  for (auto [loop, reason] : chooser.getRefused())
    if (auto remark = ir::explainRefused(loop, passName))
      remark << "one thread runs a loop alone: " + reason.str();
}

/// Declares what functions wait with.
static void declareBarrier(ModuleOp module) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  auto type = builder.getFunctionType(
      {MemRefType::get({2}, builder.getI64Type()), builder.getIndexType()}, {});
  func::FuncOp::create(builder, module.getLoc(), barrierName, type).setPrivate();
}

namespace {
struct Parallelize : gatefold::impl::ParallelizeBase<Parallelize> {
  using Base::Base;

  void runOnOperation() final {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    bool needsBarrier = false;
    for (auto model : module.getOps<ir::ModelOp>())
      for (auto entry : model.getBody().getOps<ir::EntryOp>()) {
        EntrySignature signature(entry);
        auto function = symbols.lookup<func::FuncOp>(signature.function);
        bool isKnown = function && !function.isExternal() &&
                       function.getNumArguments() == signature.getNumArguments();
        if (!isKnown || entry->hasAttr(parallelAttrName))
          continue;
        EntryParallelizer parallelizer(entry, function, signature);
        parallelizer.run(grain, sideBySide);
        needsBarrier |= parallelizer.hasBarriers();
      }
    if (needsBarrier)
      declareBarrier(module);
  }
};
} // namespace
