//===- ModuleParts.h - A module in parts of about equal work --------*- C++ -*-===//
//
// Splits a module of functions that do not know each other, so that several threads can make its
// code.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CODEGEN_MODULEPARTS_H
#define GATEFOLD_CODEGEN_MODULEPARTS_H

#include "mlir/IR/BuiltinOps.h"

namespace gatefold {

/// Operations of a module's top level that become LLVM IR together.
struct ModulePart {
  llvm::DenseSet<mlir::Operation *> operations;
  int64_t work = 0; ///< operations within them
};

/// Divides the functions of a module at Stage::LLVM into at most `most` parts, each with the
/// declarations and constants that its functions use. Functions that use each other's symbols stay
/// together; one part where all do, or where the work is too little for a second thread.
llvm::SmallVector<ModulePart> splitModule(mlir::ModuleOp module, unsigned most);

} // namespace gatefold

#endif // GATEFOLD_CODEGEN_MODULEPARTS_H
