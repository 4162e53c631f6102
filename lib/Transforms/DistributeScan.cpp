//===- DistributeScan.cpp - Take out of a scan what needs no step before --*- C++ -*-===//
//
// The pass. What is the same at every step moves in front of its scan; then the scan becomes
// blocks, outer scans first, as the inner ones may be lifted as a whole.
//
//===----------------------------------------------------------------------===//

#include "DistributeScanLift.h"
#include "DistributeScanRemarks.h"
#include "DistributeScanRewrite.h"
#include "gatefold/Transforms/Passes.h"

namespace gatefold {
#define GEN_PASS_DEF_DISTRIBUTESCAN
#include "gatefold/Transforms/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

/// True if an operation can run without any step, too: nothing in it can fail.
static bool canRunBefore(Operation *op) {
  if (dependsOnPosition(op))
    return false;
  bool mayFail =
      op->walk([](Operation *nested) {
          return isa<ir::GatherOp>(nested) ? WalkResult::interrupt() : WalkResult::advance();
        }).wasInterrupted();
  return !mayFail && (isPure(op) || (isa<ir::ScanOp>(op) && isMemoryEffectFree(op)));
}

/// Moves what is the same at every step in front of the scan.
static void hoistInvariants(ir::ScanOp scan) {
  for (Operation &op : llvm::make_early_inc_range(scan.getBody().front().without_terminator())) {
    bool isInvariant = llvm::all_of(getUsedValues(&op), [&](Value value) {
      return !scan.getBody().isAncestor(value.getParentRegion());
    });
    if (!isInvariant || !canRunBefore(&op))
      continue;
    op.moveBefore(scan);
    explainInvariant(&op);
  }
}

namespace {
struct DistributeScan : gatefold::impl::DistributeScanBase<DistributeScan> {
  using Base::Base;

  void runOnOperation() final {
    if (getOperation().isExternal())
      return;
    getOperation().walk([&](ir::ScanOp scan) { hoistInvariants(scan); });
    if (failed(distributeBlock(getOperation().getBody().front())))
      signalPassFailure();
  }

private:
  /// Distributes all scans of a block and within them.
  LogicalResult distributeBlock(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(block))
      if (auto scan = dyn_cast<ir::ScanOp>(op))
        if (failed(distribute(scan)))
          return failure();
    return success();
  }

  LogicalResult distribute(ir::ScanOp scan) {
    SmallVector<ChunkedMemory, 1> chunks = prepareChunks(scan);
    StepGraph graph(scan, groupChunks(scan, chunks));
    DistributionPlan plan(scan, graph, chunks);
    if (chunks.empty() || plan.areChunksLifted())
      return distribute(scan, graph, plan);
    StepGraph wholeGraph(scan);
    return distribute(scan, wholeGraph, DistributionPlan(scan, wholeGraph));
  }

  LogicalResult distribute(ir::ScanOp scan, const StepGraph &graph, const DistributionPlan &plan) {
    // Steps behind other axes belong to a scan that was lifted itself.
    bool isWorthwhile = scan.getAxis() == 0 && scan.getSteps() != 1 && plan.isWorthwhile();
    int64_t length = block > 0 ? int64_t(block) : plan.chooseLength();
    explainDistribution(scan, graph, plan, isWorthwhile ? length : 0);
    if (!isWorthwhile)
      return distributeBlock(scan.getBody().front());
    SmallVector<ir::ScanOp> loops;
    FailureOr<ir::BlocksOp> blocks = buildBlocks(scan, graph, plan, length, loops);
    if (failed(blocks))
      return failure();
    scan->replaceAllUsesWith(*blocks);
    scan.erase();
    for (ir::ScanOp loop : loops)
      if (failed(distributeBlock(loop.getBody().front())))
        return failure();
    return success();
  }
};
} // namespace
