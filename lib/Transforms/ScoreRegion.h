//===- ScoreRegion.h - What becomes the region of attend ------------*- C++ -*-===//
//
// Takes the computation of scores apart into what is done for each pair of a query and a key, and
// what that starts from.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_TRANSFORMS_SCOREREGION_H
#define GATEFOLD_LIB_TRANSFORMS_SCOREREGION_H

#include "gatefold/IR/Attention.h"

namespace gatefold {

/// What the axes of a value are, from the front: a number of a mapped axis; then, in any order, the
/// axis of the keys, which is numbered behind the mapped ones, and behind it the axis that a
/// product or sum within the score contracts.
using AxisRoles = llvm::SmallVector<int64_t, 4>;

class ScoreRegion {
public:
  /// For scores `[A.., S]` of f32, whose last axis is that of the keys.
  explicit ScoreRegion(mlir::Value scores);

  /// Builds `gatefold.attend` with these scores; null, with nothing built, if no operand has one of
  /// the mapped axes. The first `valuesMapped` axes of `values`, `[A.., S, V]`, are mapped.
  ir::AttendOp build(mlir::OpBuilder &builder, mlir::Location loc, mlir::RankedTensorType result,
                     mlir::Value values, int64_t valuesMapped);

private:
  /// A value as the walk back from the scores meets it.
  struct Part {
    mlir::Value value;
    AxisRoles roles;
    bool inReduction = false; ///< what needs it is contracted
    bool operator==(const Part &) const = default;
  };

  int64_t keyRole() const { return numMapped; }
  int64_t columnRole() const { return numMapped + 1; }
  bool hasKeys(const Part &part) const { return llvm::is_contained(part.roles, keyRole()); }
  bool hasColumns(const Part &part) const { return llvm::is_contained(part.roles, columnRole()); }

  std::optional<Part> getOperand(const Part &part, unsigned operand) const;
  bool dependsOnQuery(const Part &part, unsigned depth);
  bool dependsOnData(mlir::Value value);
  bool isTakenIn(const Part &part, unsigned depth);
  bool mayBeTakenIn(const Part &part, unsigned depth);
  void collect(const Part &part, unsigned depth);
  bool coversMappedAxes(int64_t valuesMapped) const;
  mlir::RankedTensorType getPartType(const Part &part) const;
  mlir::Value copy(mlir::OpBuilder &builder, const Part &part);
  mlir::Value copyOperation(mlir::OpBuilder &builder, const Part &part);
  mlir::Value broadcast(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value input,
                        const Part &from, const Part &to);

  mlir::Value scores;
  int64_t numMapped;
  bool keysAlone = false; ///< the scores are made of keys and weights alone
  llvm::SmallVector<Part> queries, keys, inside;
  llvm::DenseMap<mlir::Value, bool> knownData;
  llvm::SmallVector<std::pair<Part, mlir::Value>> copies; ///< and arguments of the region
  mlir::Value count;
};

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_SCOREREGION_H
