//===- WorkEstimate.h - How much work a loop is ------------------------*- C++ -*-===//
//
// Counts the operations on elements and vectors of sixteen that code does for sizes as they may
// well be.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_PARALLELIZE_WORKESTIMATE_H
#define GATEFOLD_CONVERSION_PARALLELIZE_WORKESTIMATE_H

#include "gatefold/Conversion/EntrySignature.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace gatefold {

class WorkEstimate {
public:
  WorkEstimate(mlir::func::FuncOp function, const EntrySignature &signature);

  /// How often the body of a loop runs.
  int64_t getTurns(mlir::scf::ForOp loop);

  /// The operations that `op` and what is in it take; address arithmetic counts for nothing. At
  /// most `mostWork`.
  int64_t getWork(mlir::Operation *op);

  static constexpr int64_t mostWork = int64_t(1) << 40;

private:
  WorkEstimate() = default;
  int64_t getWorkOfCallee(mlir::func::CallOp call);
  int64_t getNumber(mlir::Value index);
  int64_t computeNumber(mlir::Value index);

  llvm::DenseMap<mlir::Value, int64_t> numbers;
};

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_PARALLELIZE_WORKESTIMATE_H
