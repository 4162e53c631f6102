//===- Parallelize.cpp - Entries for several threads --------------------------===//
//
// The pass: chooses the loops that members of a team share, leaves what else is written to the
// first member, and lets them wait for each other where they must.
//
//===----------------------------------------------------------------------===//

#include "Barriers.h"
#include "Roles.h"
#include "SharedLoops.h"
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

/// The function of one entry.
class EntryParallelizer {
public:
  EntryParallelizer(ir::EntryOp entry, func::FuncOp function, const EntrySignature &signature)
      : entry(entry), function(function), signature(signature) {}

  void run(int64_t grain);
  bool hasBarriers() const { return numBarriers != 0; }

private:
  void rewrite(RoleAssignment &roles);
  SmallVector<std::pair<unsigned, unsigned>> findArgumentsOfOneAddress();
  void report(const LoopChooser &chooser);

  ir::EntryOp entry;
  func::FuncOp function;
  const EntrySignature &signature;
  SmallVector<SharedLoop> loops;
  llvm::DenseSet<Operation *> nests;
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

void EntryParallelizer::run(int64_t grain) {
  if (!function.getBody().hasOneBlock() || !hasKnownAccesses(function))
    return;
  LoopChooser chooser(function, signature, grain);
  loops = chooser.find();
  for (const SharedLoop &loop : loops)
    nests.insert(loop.nest);
  RoleAssignment roles(nests);
  if (!loops.empty() && roles.find(function.getBody().front()))
    rewrite(roles);
  report(chooser);
}

void EntryParallelizer::rewrite(RoleAssignment &roles) {
  Block &body = function.getBody().front();
  OpBuilder builder = OpBuilder::atBlockBegin(&body);
  Location loc = function.getLoc();
  Value member = function.getArgument(signature.getMemberPlace());
  auto load = [&](int64_t place) -> Value {
    Value index = arith::ConstantIndexOp::create(builder, loc, place);
    Value value = memref::LoadOp::create(builder, loc, member, index);
    return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), value);
  };
  Value number = load(0), count = load(1);
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value isFirst = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, number, zero);
  LoopDivider divider(function, builder, number, count);
  roles.guard(body, isFirst);
  for (SharedLoop &loop : loops)
    divider.divide(loop);
  MemoryRoots roots(function, findArgumentsOfOneAddress());
  BarrierInserter barriers(roots, roles.getBranches(), roles.getCompound(), member, count);
  barriers.run(body);
  numBarriers = barriers.countBarriers();
  entry->setAttr(parallelAttrName, UnitAttr::get(entry.getContext()));
}

void EntryParallelizer::report(const LoopChooser &chooser) {
  bool isParallel = entry->hasAttr(parallelAttrName);
  ir::explainCount(function, passName, "loops shared", isParallel ? loops.size() : 0);
  ir::explainCount(function, passName, "barriers", numBarriers);
  if (isParallel)
    if (auto remark = ir::explainDone(function, passName))
      remark << "threads share " + ir::describeCount(loops.size(), "loop") +
                    " and wait for each other in " + ir::describeCount(numBarriers, "place");
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
        parallelizer.run(grain);
        needsBarrier |= parallelizer.hasBarriers();
      }
    if (needsBarrier)
      declareBarrier(module);
  }
};
} // namespace
