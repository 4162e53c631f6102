//===- OuterUpdate.h - States that outer products write -----------*- C++ -*-===//
//
// Finds memories [N.., K, V] whose next value is their value, decayed, and an outer product of a
// key [N.., K] and a value [N.., V], and that are read by sums over their keys only: gated linear
// attention (Yang et al., 2024), RetNet (Sun et al., 2023), the matrix memory of the mLSTM (Beck et
// al., 2024). In memory the keys may as well be the last axis.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_TRANSFORMS_OUTERUPDATE_H
#define GATEFOLD_LIB_TRANSFORMS_OUTERUPDATE_H

#include "DistributeScanGraph.h"

namespace gatefold {

/// Parts of a product: values to multiply by, or to divide by.
struct Factor {
  mlir::Value value;
  bool divides;
};
using Factors = llvm::SmallVector<Factor, 4>;

/// A sum over the keys of a state, by a query.
struct OuterRead {
  mlir::Operation *op;   ///< gives [N.., V]
  mlir::Value query;     ///< [P.., K], the other operand of a product; null for a `reduce`
  Factors factors;       ///< [N.., K, V], repeated along V, that belong to the query
  bool isBefore = false; ///< reads the state in front of the step, not behind it
};

/// What a step does to a state.
struct OuterUpdate {
  unsigned memory;                                 ///< its number
  unsigned keyAxis, valueAxis;                     ///< 0 and 1 or 1 and 0, counted from the end
  Factors decay;                                   ///< repeated along V; none: nothing decays
  bool isDecayOfHeads = false;                     ///< the decay is repeated along K, too
  Factors keys, values;                            ///< repeated along V and along K
  bool isSubtracted = false;                       ///< the outer product is
  llvm::SmallVector<OuterRead, 2> reads;           ///< at least one
  llvm::SmallVector<mlir::Operation *> operations; ///< those that touch the state, reads included
};

/// The update of the memory that is the only one of a component, or the reason why it is none, for
/// a remark.
struct OuterMatch {
  std::optional<OuterUpdate> update;
  std::string refusal;
};
OuterMatch matchOuterUpdate(ir::ScanOp scan, const StepGraph &graph,
                            llvm::ArrayRef<unsigned> component);

/// What an update multiplies, one value for each step, built in the body of the scan.
struct OuterOperands {
  mlir::Value decay;                      ///< [N.., K], [N..], or null
  mlir::Value key;                        ///< [N.., K]
  mlir::Value value;                      ///< [N.., V]
  llvm::SmallVector<mlir::Value> queries; ///< [N.., K], one for each read

  /// Key, value, decay if there is one, queries.
  llvm::SmallVector<mlir::Value> list() const;
};
OuterOperands buildOuterOperands(ir::ScanOp scan, const OuterUpdate &update);

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_OUTERUPDATE_H
