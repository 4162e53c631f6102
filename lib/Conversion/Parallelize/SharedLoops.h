//===- SharedLoops.h - Loops whose turns members of a team share ---------*- C++ -*-===//

#ifndef GATEFOLD_CONVERSION_PARALLELIZE_SHAREDLOOPS_H
#define GATEFOLD_CONVERSION_PARALLELIZE_SHAREDLOOPS_H

#include "WorkEstimate.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include <map>

namespace gatefold {

/// A loop nest whose work members of a team share.
struct SharedLoop {
  mlir::scf::ForOp nest;                           ///< the outermost loop
  mlir::scf::ForOp divided;                        ///< the one of which each member runs a part
  llvm::SmallVector<mlir::memref::ViewOp> scratch; ///< of which each member needs its own
  int64_t work;                                    ///< as WorkEstimate counts
};

/// Finds the independent loops of a function that are worth sharing: nests of at least `grain`
/// operations in which nothing but memory is written that all members see alike.
class LoopChooser {
public:
  LoopChooser(mlir::func::FuncOp function, const EntrySignature &signature, int64_t grain)
      : function(function), work(function, signature),
        status(function.getArgument(signature.getStatusPlace())), grain(grain) {}

  llvm::SmallVector<SharedLoop> find();
  /// Loops that would be worth sharing but cannot be, with the reason.
  llvm::ArrayRef<std::pair<mlir::scf::ForOp, llvm::StringRef>> getRefused() const {
    return refused;
  }

private:
  void visit(mlir::Block &block);
  bool choose(mlir::scf::ForOp nest);
  bool findScratch(SharedLoop &loop);
  bool usesStatus(mlir::scf::ForOp nest);
  mlir::scf::ForOp findDivided(mlir::scf::ForOp nest);

  mlir::func::FuncOp function;
  WorkEstimate work;
  mlir::Value status;
  int64_t grain;
  llvm::SmallVector<SharedLoop> loops;
  llvm::SmallVector<std::pair<mlir::scf::ForOp, llvm::StringRef>> refused;
};

/// Which of all turns of loops a member runs, as fractions.
struct Part {
  mlir::Value begin, end;
};

/// Parts of the turns are counted in such fractions: so a bound takes no division.
inline constexpr int64_t fractionBits = 16;

/// Gives each member its part of the turns of loops, and scratch of its own.
class LoopDivider {
public:
  explicit LoopDivider(mlir::func::FuncOp function) : function(function) {}

  void divide(SharedLoop &loop, Part part);

private:
  mlir::Value getBound(mlir::OpBuilder &builder, mlir::scf::ForOp loop, mlir::Value turns,
                       mlir::Value fraction);

  mlir::func::FuncOp function;
  /// Bounds of parts by the block in which they are found, the part, and the loops' own bounds.
  std::map<std::tuple<mlir::Block *, void *, void *, void *, void *>,
           std::pair<mlir::Value, mlir::Value>>
      known;
};

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_PARALLELIZE_SHAREDLOOPS_H
