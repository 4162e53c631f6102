//===- DistributeScanHistories.h - Attention to what came before ---*- C++ -*-===//
//
// A step that attends to a history sees the rows up to its own. What the steps of a block see are
// the rows of the history behind the block, but for those of later steps, which a mask hides.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANHISTORIES_H
#define GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANHISTORIES_H

#include "DistributeScanGraph.h"
#include "LeadingAxis.h"
#include "gatefold/IR/Attention.h"

namespace gatefold {

/// Attention to histories alone.
struct HistoryRead {
  ir::AttendOp attend;
  mlir::Value count; ///< the rows that a step sees, the same of each history
  llvm::SmallVector<unsigned> memories;
  /// What makes the operands of the histories, in the order of the body; all else does not see
  /// them.
  llvm::SetVector<mlir::Operation *> views;
};

/// What an operation of a scan's body reads of histories, if that is all that differs from step to
/// step in its keys and values. `hasSteps` says whether a value does.
std::optional<HistoryRead> findHistoryRead(ir::ScanOp scan, mlir::Operation *op,
                                           llvm::function_ref<bool(mlir::Value)> hasSteps);

/// Builds the attention of all steps of a block and maps it in `lifted`, where the queries and the
/// count are mapped. `memories` are those behind the block.
void buildHistoryRead(mlir::OpBuilder &builder, LeadingAxisCopy &lifted, ir::ScanOp scan,
                      HistoryRead read, llvm::ArrayRef<mlir::Value> memories);

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANHISTORIES_H
