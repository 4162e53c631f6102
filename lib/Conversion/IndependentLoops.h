//===- IndependentLoops.h - Loops whose turns may run in any order -------*- C++ -*-===//
//
// Whoever emits loops and functions knows what later passes would have to find out: that no turn
// needs what another one computes, and what is only read.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_INDEPENDENTLOOPS_H
#define GATEFOLD_CONVERSION_INDEPENDENTLOOPS_H

#include "gatefold/Conversion/EntrySignature.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace gatefold {

/// On an `scf.for`: no turn reads what another one writes, and no two write to one place. A buffer
/// that nothing outside of the loop uses is excepted: it is scratch of each turn.
inline constexpr llvm::StringLiteral independentAttrName = "gatefold.independent";

inline void markIndependent(mlir::scf::ForOp loop) {
  loop->setAttr(independentAttrName, mlir::UnitAttr::get(loop.getContext()));
}

inline bool isIndependent(mlir::scf::ForOp loop) { return loop->hasAttr(independentAttrName); }

/// On a private function: the numbers of the arguments that are memory which it only reads.
inline constexpr llvm::StringLiteral readOnlyAttrName = "gatefold.read_only";

inline void markReadOnly(mlir::func::FuncOp function, llvm::ArrayRef<int32_t> arguments) {
  function->setAttr(readOnlyAttrName,
                    mlir::DenseI32ArrayAttr::get(function.getContext(), arguments));
}

inline bool isReadOnly(mlir::func::FuncOp function, int32_t argument) {
  auto arguments = function->getAttrOfType<mlir::DenseI32ArrayAttr>(readOnlyAttrName);
  return arguments && llvm::is_contained(arguments.asArrayRef(), argument);
}

/// True where threads that run a function together wait for each other.
inline bool isBarrier(mlir::Operation *op) {
  auto call = mlir::dyn_cast<mlir::func::CallOp>(op);
  return call && call.getCallee() == barrierName;
}

/// On operations of a block: any two of them may run at one time, unless there is a barrier of all
/// members between them. Barriers between such operations have it, too.
inline constexpr llvm::StringLiteral sideBySideAttrName = "gatefold.side_by_side";

/// On an `arith.subi` of the last turn of an independent loop and the current one: what takes its
/// result in place of the turn does so for all turns of a step, so that they run backwards. Where
/// a part of the turns runs alone, it is that part which is to run backwards.
inline constexpr llvm::StringLiteral fromEndAttrName = "gatefold.from_end";

inline void markFromEnd(mlir::arith::SubIOp difference) {
  difference->setAttr(fromEndAttrName, mlir::UnitAttr::get(difference.getContext()));
}

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_INDEPENDENTLOOPS_H
