//===- ScoreEmitter.h - The scores of sixteen keys --------------------------*- C++ -*-===//
//
// Computes what the region of `gatefold.attend` yields, for some queries and sixteen keys: a vector
// for each query, whose lanes are keys. Products and sums over another axis are in sixteen lanes
// along that axis. Where keys lie in rows, each key has a vector of these lanes, and one is made of
// sixteen such in the end; where they lie in panels, lane after lane is a vector of keys. What
// hangs on keys alone is loaded and computed once for all queries.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_SCOREEMITTER_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_SCOREEMITTER_H

#include "EntryEmitter.h"
#include "KeyPanels.h"
#include "Lanes.h"
#include "gatefold/IR/Attention.h"

namespace gatefold {

/// What a region ends with if it hides keys: choices between a score and a number that is so small
/// that shares become 0.
struct ScoreMask {
  struct Condition {
    mlir::Value value; ///< of the region; hangs on no product or sum
    bool hidesWhere;   ///< which of its values hides
  };
  llvm::SmallVector<Condition, 2> conditions; ///< each of them hides
  llvm::APFloat hidden;                       ///< the greatest score of a hidden key
};

/// The mask of a region, if it ends with one.
std::optional<ScoreMask> findMask(ir::AttendOp attend);

/// The products and sums of a region.
llvm::SmallVector<mlir::Operation *> getReductions(ir::AttendOp attend);

/// What scores are computed from.
struct ScoreInputs {
  ir::AttendOp attend;
  /// In memory, with rows without gaps.
  llvm::SmallVector<View> operands;
  /// Keys with another axis lie in panels, see KeyPanels.h.
  bool hasPanels;
  /// The axis along which the queries of a tile differ; -1: there is one query.
  int64_t tiled;
};

class ScoreEmitter {
public:
  /// Keys in rows whose products are computed at once; the lanes of each that are left lie in a row
  /// of scratch.
  static constexpr int64_t keysPerGroup = 4;
  static constexpr int64_t groups = numLanes / keysPerGroup;

  /// The shape of the scratch for a tile of queries: rows of sixteen numbers, or for keys in panels
  /// the sums of a block for each query, first in parts, and then those of one product or sum of
  /// the region after the other.
  static llvm::SmallVector<int64_t> getScratchShape(const ScoreInputs &inputs, int64_t tileSize);

  /// For the keys from `start` of the block on that begins with key `block`. `queries` says where
  /// each query stands on the mapped axes.
  ScoreEmitter(EntryEmitter &emitter, const ScoreInputs &inputs,
               llvm::ArrayRef<llvm::SmallVector<mlir::Value>> queries, mlir::Value block,
               mlir::Value start, const View &scratch);

  /// The scores for each query; those of keys that are not there are -infinity. Of keys in panels
  /// `scratch` has the sums.
  llvm::SmallVector<mlir::Value> emit();

  /// Whether one of the keys may be shown to one of the queries.
  mlir::Value emitShown(const ScoreMask &mask);

  // Of keys in panels:

  /// Adds the terms of a product or sum at one column to the `sums` of the queries.
  void emitColumn(mlir::Operation *reduction, const PanelColumn &column,
                  llvm::MutableArrayRef<mlir::Value> sums);
  /// Writes a part of the sums of each query to `scratch`: what lanes that are `panelParts` apart
  /// come to.
  void storeParts(mlir::Value part, llvm::ArrayRef<mlir::Value> sums);
  /// Makes the parts the sums of a product or sum.
  void joinParts(mlir::Operation *reduction, int64_t numQueries);
  /// For how many queries a product or sum is to be computed: 1 if it is the same for all.
  int64_t countQueries(mlir::Operation *reduction) {
    return isTiled(reduction->getResult(0)) ? queries.size() : 1;
  }
  /// The size of the other axis of a value of the region that has one.
  mlir::AffineExpr getColumns(mlir::Value value);

private:
  /// Where elements are asked for: for one query, at one key, and along the other axis sixteen from
  /// `column` on, of which the mask (null: all) says which exist. If there is no key: at all
  /// sixteen, and along the other axis at one column of a panel.
  struct Place {
    unsigned query;
    mlir::Value key, column, mask;
    const PanelColumn *inPanel = nullptr;
  };
  /// Values of the region for a query, or for the first one if they are the same for all.
  using Known = llvm::DenseMap<std::pair<mlir::Value, unsigned>, mlir::Value>;

  mlir::Value element(mlir::Value value, const Place &place, Known &known);
  mlir::Value computeElement(mlir::Value value, const Place &place, Known &known);
  mlir::Value compute(mlir::Operation *op, const Place &place, Known &known);
  mlir::Value load(mlir::BlockArgument argument, const Place &place);
  mlir::Value loadSums(mlir::Operation *reduction, unsigned query);
  llvm::SmallVector<mlir::Value> emitFactors(mlir::Operation *reduction, const Place &place,
                                             Known &known);
  mlir::Value emitTerm(llvm::ArrayRef<mlir::Value> factors, mlir::Value sum);
  bool hasKeys(mlir::Value value);
  bool isTiled(mlir::Value value);
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
  ir::AttendOp attend;
  mlir::Location loc;
  const ScoreInputs &inputs;
  llvm::ArrayRef<llvm::SmallVector<mlir::Value>> queries;
  mlir::Value block, inBlock; ///< the number of the panels, and of the first key in them
  mlir::Value start;
  View scratch;
  mlir::Value end;                           ///< the number of keys
  mlir::Value mask;                          ///< which of the sixteen keys are there; null: all
  llvm::DenseMap<mlir::Value, bool> differs; ///< what isTiled found out
};

/// Writes the sums of a block of keys that lie in panels, of which there are `keys`, to `scratch`.
void emitPanelSums(EntryEmitter &emitter, const ScoreInputs &inputs,
                   llvm::ArrayRef<llvm::SmallVector<mlir::Value>> queries, mlir::Value block,
                   mlir::Value keys, const View &scratch);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_SCOREEMITTER_H
