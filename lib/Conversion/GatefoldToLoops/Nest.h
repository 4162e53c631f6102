//===- Nest.h - Loop nests of elementwise work ---------------------------*- C++ -*-===//
//
// Computes values element by element, sixteen neighbours of the last axis side by side where memory
// allows.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_NEST_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_NEST_H

#include "EntryEmitter.h"

namespace gatefold {

/// The position on one axis: an index, or sixteen neighbouring ones starting there.
struct Position {
  mlir::Value start; ///< null stands for 0
  bool isVector = false;
  bool operator==(const Position &) const = default;
};
using Positions = llvm::SmallVector<Position, 4>;

/// Emits the elements of values, computing what they are made of down to values in memory.
class Nest {
public:
  Nest(EntryEmitter &emitter) : emitter(emitter), builder(emitter.builder) {}

  /// Emits the loops and in them all stores, whose targets have one shape.
  void emit(llvm::ArrayRef<EntryEmitter::Store> stores);

  /// True if sixteen neighbours along the last axis can be computed side by side.
  bool canBeVector(llvm::ArrayRef<EntryEmitter::Store> stores);
  /// Emits the stores at one position; `mask` says which of sixteen neighbours exist (null: all).
  void emitAt(llvm::ArrayRef<EntryEmitter::Store> stores, const Positions &positions,
              mlir::Value mask);
  /// Says what the element of a value at a position is.
  void setElement(mlir::Value value, const Positions &positions, mlir::Value element) {
    known[value].push_back({positions, element});
  }

private:
  bool canBeVector(mlir::Value value, int axis);
  bool findWhetherVector(mlir::Value value, int axis);
  void emitInside(llvm::ArrayRef<EntryEmitter::Store> stores, const Positions &positions);
  void emitRow(llvm::ArrayRef<EntryEmitter::Store> stores, Positions positions,
               mlir::AffineExpr extent);

  /// The element, or the vector of elements, of `value` at `positions`.
  mlir::Value element(mlir::Value value, const Positions &positions);
  mlir::Value computeElement(mlir::Value value, const Positions &positions);
  mlir::Value compute(mlir::Operation *op, const Positions &positions);
  bool isRowCount(ir::SliceOp slice);
  mlir::Value maskDivisor(mlir::Value divisor, mlir::Location loc);
  mlir::Value gather(ir::GatherOp gather, const Positions &positions);
  mlir::Value slice(ir::SliceOp slice, Positions positions);
  mlir::Value load(const View &view, mlir::Type element, const Positions &positions,
                   mlir::Location loc);
  void store(const View &target, mlir::Value value, const Positions &positions, mlir::Location loc);
  mlir::Value broadcast(mlir::Value scalar, mlir::Location loc);
  static Positions select(const Positions &positions, llvm::ArrayRef<int> axes);

  EntryEmitter &emitter;
  mlir::OpBuilder &builder;
  llvm::DenseMap<std::pair<mlir::Value, int>, bool> knownVectors; ///< what canBeVector found
  mlir::Value mask; ///< of the last, incomplete vector; null: complete
  llvm::DenseMap<mlir::Value, llvm::SmallVector<std::pair<Positions, mlir::Value>, 1>> known;
};

/// The indices that positions stand for.
llvm::SmallVector<mlir::Value> getIndices(EntryEmitter &emitter, const Positions &positions);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_NEST_H
