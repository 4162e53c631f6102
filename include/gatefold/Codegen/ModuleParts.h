//===- ModuleParts.h - A module in parts of about equal work --------*- C++ -*-===//
//
// Splits a module of functions, so that several threads can make its code.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CODEGEN_MODULEPARTS_H
#define GATEFOLD_CODEGEN_MODULEPARTS_H

#include "mlir/IR/BuiltinOps.h"

namespace gatefold {

/// Operations of a module's top level that become LLVM IR together.
struct ModulePart {
  llvm::DenseSet<mlir::Operation *> operations;
  llvm::DenseSet<mlir::Operation *> called; ///< functions that other parts have
  int64_t work = 0;                         ///< operations within them
};

/// Divides the functions of a module at Stage::LLVM into at most `most` parts, each with the
/// declarations and constants that its functions use. Functions that write to one global variable
/// stay together; one part where all do, or where the work is too little for a second thread.
llvm::SmallVector<ModulePart> splitModule(mlir::ModuleOp module, unsigned most);

/// Lets the parts call each other: gives functions that several of them need names that linkers
/// know, within the model.
void exposeCalledFunctions(llvm::ArrayRef<ModulePart> parts);

} // namespace gatefold

#endif // GATEFOLD_CODEGEN_MODULEPARTS_H
