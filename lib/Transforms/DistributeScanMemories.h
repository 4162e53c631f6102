//===- DistributeScanMemories.h - Memories that need no loop -------*- C++ -*-===//
//
// Memories whose values at all steps of a block are known at once, from the value in front of the
// block: windows, values of the step before, counters.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANMEMORIES_H
#define GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANMEMORIES_H

#include "DistributeScanGraph.h"
#include "LeadingAxis.h"

namespace gatefold {

/// A memory that needs no loop.
struct SimpleMemory {
  enum class Kind {
    Window, ///< the last rows: the next value is that of the memory and `input`, without the first
    Previous, ///< `input` of the step before
    Counter,  ///< the next value is one more than the memory by `input`, the same at every step
  };
  Kind kind;
  unsigned number; ///< of the memory
  mlir::Value input;
  mlir::Value whole; ///< of a window: the memory and the input
};

/// The memory that a component of the graph is, if it needs no loop.
std::optional<SimpleMemory> findSimpleMemory(ir::ScanOp scan, const StepGraph &graph,
                                             llvm::ArrayRef<unsigned> component);

/// Builds the values of a memory at all steps of a block, of which there are `size`, and maps them
/// in `lifted`, where the input is mapped. `initial` is the memory in front of the block. Returns
/// the memory behind the block.
mlir::Value buildSimpleMemory(mlir::OpBuilder &builder, LeadingAxisCopy &lifted,
                              const SimpleMemory &memory, mlir::Value argument, mlir::Value initial,
                              mlir::Value size);

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANMEMORIES_H
