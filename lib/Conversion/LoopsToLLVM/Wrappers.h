//===- Wrappers.h - The functions that callers see ---------------------*- C++ -*-===//

#ifndef GATEFOLD_CONVERSION_LOOPSTOLLVM_WRAPPERS_H
#define GATEFOLD_CONVERSION_LOOPSTOLLVM_WRAPPERS_H

#include "gatefold/Conversion/EntrySignature.h"

namespace gatefold {

/// Adds `Model_entry` and `Model_entry_workspace` for an entry whose functions are in the LLVM
/// dialect.
mlir::LogicalResult addWrappers(mlir::ModuleOp module, ir::EntryOp entry);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_LOOPSTOLLVM_WRAPPERS_H
