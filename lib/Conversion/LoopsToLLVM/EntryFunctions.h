//===- EntryFunctions.h - The functions that callers see ---------------*- C++ -*-===//

#ifndef GATEFOLD_CONVERSION_LOOPSTOLLVM_ENTRYFUNCTIONS_H
#define GATEFOLD_CONVERSION_LOOPSTOLLVM_ENTRYFUNCTIONS_H

#include "gatefold/Conversion/EntrySignature.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/StringMap.h"

namespace gatefold {

/// How a function of loops is called once it is in the LLVM dialect.
struct EntryForm {
  std::string symbol;       ///< what callers see
  bool isWorkspace;         ///< takes sizes and returns bytes
  unsigned numPointers = 0; ///< arguments that are addresses of tensors
  unsigned numSizes = 0;
  bool isParallel = false; ///< has work for all members of a team
};

/// The functions of all entries in a module by the names that GatefoldToLoops gives them. Fails,
/// with a diagnostic, where one is missing or takes something else than the entry's ports say.
mlir::FailureOr<llvm::StringMap<EntryForm>> findEntryFunctions(mlir::ModuleOp module);

/// Adds the patterns that give the functions of entries their form for callers; `functions` must
/// outlive them.
void populateEntryFunctionPatterns(mlir::LLVMTypeConverter &converter,
                                   mlir::RewritePatternSet &patterns,
                                   const llvm::StringMap<EntryForm> &functions);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_LOOPSTOLLVM_ENTRYFUNCTIONS_H
