//===- EntrySignature.h - The functions that entries become ---------*- C++ -*-===//
//
// Names, arguments and sizes of the function of an entry; the lowering, the functions for callers
// and the model's description all follow it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_ENTRYSIGNATURE_H
#define GATEFOLD_CONVERSION_ENTRYSIGNATURE_H

#include "gatefold/IR/Gatefold.h"
#include <string>

namespace gatefold {

/// On an entry whose function has work for several threads.
inline constexpr llvm::StringLiteral parallelAttrName = "gatefold.parallel";

/// A function that waits for the other members of the team that runs an entry, if there are any. It
/// takes what the entry knows of its member, and how many members there are.
inline constexpr llvm::StringLiteral barrierName = "gatefold.barrier";

/// Whether the dynamic size of a result is arithmetic of those that arguments have, such as
/// `floor((T - 3) / 2) + 1`, and no name: the caller knows its value, the entry computes it.
bool isComputedSize(mlir::StringAttr dim);

/// The function of an entry takes, in this order: a pointer for each argument, each result and each
/// weight of the model, the workspace, the status, the member of a team that runs it (its number,
/// and how many there are), and the dynamic sizes.
struct EntrySignature {
  std::string function;          ///< `Tagger.sequence`: of loops, typed arguments
  std::string workspaceFunction; ///< `Tagger.sequence.workspace`
  std::string symbol;            ///< `Tagger_sequence`: what callers see
  std::string workspaceSymbol;   ///< `Tagger_sequence_workspace`
  llvm::SmallVector<mlir::Type> arguments, results; ///< element types in memory
  llvm::SmallVector<ir::WeightOp> weights;   ///< `@prepare` takes those that it does not compute
  llvm::SmallVector<mlir::StringAttr> sizes; ///< names of the dynamic dimensions, batch first

  explicit EntrySignature(ir::EntryOp entry);
  unsigned getNumPointers() const { return arguments.size() + results.size() + weights.size(); }
  /// The places of what comes behind the pointers.
  unsigned getWorkspacePlace() const { return getNumPointers(); }
  unsigned getStatusPlace() const { return getNumPointers() + 1; }
  unsigned getMemberPlace() const { return getNumPointers() + 2; }
  unsigned getNumArguments() const { return getNumPointers() + 3 + sizes.size(); }
};

/// What the dynamic sizes of an entry are taken for where one form of code is compared with
/// another: one example, and a hundred of all else.
llvm::SmallVector<int64_t> getTypicalSizes(const EntrySignature &signature);

/// How an element lies in memory: a bool takes a byte.
mlir::Type getMemoryType(mlir::Type element);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_ENTRYSIGNATURE_H
