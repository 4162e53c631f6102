//===- ScoreEmitter.h - The scores of sixteen keys --------------------------*- C++ -*-===//
//
// Computes what the region of `gatefold.attend` yields, for some queries and sixteen keys: a vector
// for each query, whose lanes are keys. Products and sums over another axis have a vector along
// that axis for each key, and make one of sixteen such in the end. What hangs on keys alone is
// loaded and computed once for all queries.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_SCOREEMITTER_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_SCOREEMITTER_H

#include "EntryEmitter.h"
#include "Lanes.h"
#include "gatefold/IR/Attention.h"

namespace gatefold {

/// What a region ends with if it hides keys: a choice between a score and a number that is so small
/// that shares become 0.
struct ScoreMask {
  mlir::Value condition; ///< of the region; hangs on no product or sum
  bool hidesWhere;       ///< the value of the condition that hides
  llvm::APFloat hidden;  ///< the score of a hidden key
};

/// The mask of a region, if it ends with one.
std::optional<ScoreMask> findMask(ir::AttendOp attend);

class ScoreEmitter {
public:
  /// Keys whose products are computed at once; the lanes of each that are left lie in a row of
  /// `scratch`, which has at least `scratchRows` rows of sixteen numbers for each query.
  static constexpr int64_t keysPerGroup = 4;
  static constexpr int64_t scratchRows = numLanes / keysPerGroup;

  /// For the keys from `start` on. `operands` are those of `attend`, in memory with rows without
  /// gaps; `queries` says where each query stands on the mapped axes, which differs along the axis
  /// `tiled` only (none: -1).
  ScoreEmitter(EntryEmitter &emitter, ir::AttendOp attend, llvm::ArrayRef<View> operands,
               llvm::ArrayRef<llvm::SmallVector<mlir::Value>> queries, int64_t tiled,
               mlir::Value start, const View &scratch);

  /// The scores for each query; those of keys that are not there are -infinity.
  llvm::SmallVector<mlir::Value> emit();

  /// Whether one of the keys may be shown to one of the queries.
  mlir::Value emitShown(const ScoreMask &mask);

private:
  /// Where elements are asked for: for one query, at one key or, if that is null, at all sixteen;
  /// along the other axis sixteen from `column` on, of which the mask (null: all) says which exist.
  struct Place {
    unsigned query;
    mlir::Value key, column, mask;
  };
  /// Values of the region for a query, or for the first one if they are the same for all.
  using Known = llvm::DenseMap<std::pair<mlir::Value, unsigned>, mlir::Value>;

  mlir::Value element(mlir::Value value, const Place &place, Known &known);
  mlir::Value computeElement(mlir::Value value, const Place &place, Known &known);
  mlir::Value compute(mlir::Operation *op, const Place &place, Known &known);
  mlir::Value load(mlir::BlockArgument argument, const Place &place);
  bool hasKeys(mlir::Value value);
  bool isTiled(mlir::Value value);
  mlir::AffineExpr getColumns(mlir::Value value);
  llvm::SmallVector<mlir::Value> emitReduction(mlir::Operation *op);
  llvm::SmallVector<mlir::Value> getKeys(mlir::Value first);
  llvm::SmallVector<mlir::Value> emitGroup(mlir::Operation *op, mlir::Value first,
                                           int64_t numQueries);
  llvm::SmallVector<mlir::Value> emitTerms(mlir::Operation *op, llvm::ArrayRef<mlir::Value> keys,
                                           mlir::Value column, mlir::Value mask,
                                           mlir::ValueRange sums);
  mlir::Value mergeLanes(mlir::Value a, mlir::Value b, int64_t width);
  mlir::Value broadcast(mlir::Value value);

  EntryEmitter &emitter;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  ir::AttendOp attend;
  llvm::ArrayRef<View> operands;
  llvm::ArrayRef<llvm::SmallVector<mlir::Value>> queries;
  int64_t tiled;
  mlir::Value start;
  View scratch;
  mlir::Value end;                           ///< the number of keys
  mlir::Value mask;                          ///< which of the sixteen keys are there; null: all
  llvm::DenseMap<mlir::Value, bool> differs; ///< what isTiled found out
};

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_SCOREEMITTER_H
