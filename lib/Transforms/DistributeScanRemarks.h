//===- DistributeScanRemarks.h - What was hoisted, and what was not ----*- C++ -*-===//

#ifndef GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANREMARKS_H
#define GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANREMARKS_H

#include "DistributeScanPlan.h"

namespace gatefold {

/// Says of every product and inner scan of a scan's body whether it is computed for blocks of
/// `length` steps, or why not; 0 stands for no blocks at all.
void explainDistribution(ir::ScanOp scan, const StepGraph &graph, const DistributionPlan &plan,
                         int64_t length);

/// Says that an operation does the same at every step and now stands in front of the scan.
void explainInvariant(mlir::Operation *op);

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANREMARKS_H
