//===- ValueNames.h - How printed values are called --------------*- C++ -*-===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_VALUENAMES_H
#define GATEFOLD_TOOLS_GATEFOLD_VALUENAMES_H

#include "mlir/IR/BuiltinOps.h"

namespace gatefold {

/// A copy of a module, to be printed with `printNameLocAsPrefix`: the names of values cannot have
/// the prime of `h'`, which is `h_next` there.
mlir::OwningOpRef<mlir::ModuleOp> copyForPrinting(mlir::ModuleOp module);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_VALUENAMES_H
