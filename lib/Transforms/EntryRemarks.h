//===- EntryRemarks.h - What derive-entries says ----------------*- C++ -*-===//
//
// The remarks of derive-entries: along what a model is stepped, what it carries, or why it has no
// step.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TRANSFORMS_ENTRYREMARKS_H
#define GATEFOLD_TRANSFORMS_ENTRYREMARKS_H

#include "gatefold/IR/Gatefold.h"

namespace gatefold {

/// The model has a `step` along the dimension `time`.
void explainStep(ir::ModelOp model, llvm::StringRef time);

/// The model has no `step` along `time`, for a reason.
void explainNoStep(ir::ModelOp model, llvm::StringRef time, llvm::StringRef reason);

/// The scan at `loc` carries the memories of `ports`.
void explainMemories(mlir::Location loc, llvm::ArrayRef<ir::PortAttr> ports);

} // namespace gatefold

#endif // GATEFOLD_TRANSFORMS_ENTRYREMARKS_H
