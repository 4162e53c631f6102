//===- GenerateLibrary.h - Functions for generation loops --------------*- C++ -*-===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_GENERATELIBRARY_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_GENERATELIBRARY_H

#include "mlir/IR/BuiltinOps.h"

namespace gatefold {

/// Adds the functions of library/*.mlir, which what is emitted for a `gatefold.generate`
/// calls, to a module that does not have them.
mlir::LogicalResult addGenerateLibrary(mlir::ModuleOp module);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_GENERATELIBRARY_H
