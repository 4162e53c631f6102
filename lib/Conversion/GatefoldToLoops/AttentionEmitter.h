//===- AttentionEmitter.h - Attention as one loop over the keys -----------*- C++ -*-===//
//
// A group of queries goes over the keys together, so that a block of keys is near while all of them
// need it; of these, a few at a time, a tile, share what is loaded. First come the scores of a
// block, in vectors of sixteen keys, then their shares, and then what these say of the values is
// added to the result, so that no score outlives its block. Where a larger score comes, what was
// added before is made smaller. Each query goes by itself: how many go together decides on no
// result. A block that a mask hides from all queries of a tile is left out.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_ATTENTIONEMITTER_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_ATTENTIONEMITTER_H

#include "ScoreEmitter.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace gatefold {

/// Queries for the same keys and values that go over them together: from `first` to `end` along the
/// axis `tiled`, in tiles of `tileSize`. Without such an axis (-1) there is one query.
struct QueryGroup {
  static constexpr int64_t mostQueries = 64;

  int64_t tiled, tileSize;
  mlir::Value first, end;

  int64_t getMost() const { return tiled < 0 ? 1 : mostQueries; }
};

/// Vectors of the result side by side, from column `start` on; the mask (null: all) says which
/// elements of the last one are there.
struct ColumnGroup {
  mlir::Value start;
  int64_t count;
  mlir::Value mask;
};

/// Emits the loop over the keys for a group of queries.
class AttentionEmitter {
public:
  /// `at` says where the group stands on the mapped axes, but for its own.
  AttentionEmitter(EntryEmitter &emitter, const ScoreInputs &inputs, const View &result,
                   llvm::ArrayRef<mlir::Value> at, const QueryGroup &group);

  void emit();

private:
  using Values = llvm::SmallVector<mlir::Value>;
  using ComputeColumns = llvm::function_ref<Values(const ColumnGroup &, Values before)>;

  void emitTiles(int64_t size, llvm::function_ref<void()> emit);
  void emitTile(mlir::Value query, int64_t size, llvm::function_ref<void()> emit);
  void emitEmpty();
  void emitBlock(mlir::Value start);
  void emitMean();
  Values emitScores(mlir::Value start, mlir::Value keys);
  /// What the shares of a block are like.
  struct Shares {
    Values anyOf;        ///< for each query: one of them is not 0
    mlir::Value anyGone; ///< of any query: one of them is 0
  };
  Shares emitShares(mlir::Value keys, llvm::ArrayRef<mlir::Value> shifts, Values lanes);
  std::pair<mlir::Value, mlir::Value> emitLargest(mlir::Value scores, mlir::Value before);
  void emitSum(mlir::Value start, mlir::Value keys, llvm::ArrayRef<mlir::Value> factors,
               const Shares &blockShares);
  void emitSumOf(mlir::Value start, mlir::Value keys, llvm::ArrayRef<mlir::Value> factors,
                 const Shares &blockShares, bool mayBeGone);
  mlir::Value emitIsNeeded(mlir::Value start, mlir::Value keys);
  mlir::Value emitAny(mlir::Value bits);
  void emitColumns(ComputeColumns compute, llvm::ArrayRef<mlir::Value> changed = {});
  void emitColumnGroup(const ColumnGroup &group, ComputeColumns compute,
                       llvm::ArrayRef<mlir::Value> changed);
  Values loadValues(mlir::Value key, const ColumnGroup &group);
  /// A loop over the vectors of a block that carries values.
  Values emitVectors(mlir::Value end, llvm::ArrayRef<mlir::Value> initial,
                     llvm::function_ref<Values(mlir::Value key, mlir::ValueRange carried)> emit);

  int64_t count() const { return queries.size(); }
  View allocate(llvm::ArrayRef<int64_t> shape);
  mlir::Value constant(float value);
  mlir::Value zeros();
  mlir::Value broadcast(mlir::Value scalar);
  mlir::Value add(mlir::Value value, int64_t offset);
  mlir::Value larger(mlir::Value a, mlir::Value b);
  mlir::Value loadShares(int64_t query, mlir::Value key);
  void storeShares(mlir::Value lanes, int64_t query, mlir::Value key);

  EntryEmitter &emitter;
  mlir::OpBuilder &builder;
  ir::AttendOp attend;
  mlir::Location loc;
  const ScoreInputs &inputs;
  View result;
  Values at;
  QueryGroup group;
  mlir::AffineExpr numKeys;
  mlir::VectorType type;
  View scratch; ///< of ScoreEmitter
  View shares;  ///< of each query of a tile, those of a block of keys; before that their scores
  View largest; ///< for each query of the group, the largest score so far
  View sums;    ///< and the lanes of the sum of the shares
  /// Of the tile: the place of each query on the mapped axes, and its number in the group.
  llvm::SmallVector<Values> queries;
  Values numbers;
};

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_ATTENTIONEMITTER_H
