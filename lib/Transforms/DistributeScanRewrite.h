//===- DistributeScanRewrite.h - From a scan to blocks -------------*- C++ -*-===//

#ifndef GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANREWRITE_H
#define GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANREWRITE_H

#include "DistributeScanPlan.h"
#include "gatefold/IR/Blocks.h"

namespace gatefold {

/// Builds the blocks of `length` steps that do what the scan does, in front of it; `loops` are the
/// scans within them that run over the steps of a block. Fails, with an error, where an operation
/// cannot be built.
llvm::FailureOr<ir::BlocksOp> buildBlocks(ir::ScanOp scan, const StepGraph &graph,
                                          const DistributionPlan &plan, int64_t length,
                                          llvm::SmallVectorImpl<ir::ScanOp> &loops);

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANREWRITE_H
