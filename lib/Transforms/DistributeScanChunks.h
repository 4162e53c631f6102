//===- DistributeScanChunks.h - A state once for many steps -------*- C++ -*-===//
//
// The chunked form of states that outer products write: what the steps of a chunk read of each
// other's keys and values is a product of matrices, and the state itself is read and written once
// for all of them (Yang et al., 2024). The sums have another order than step by step.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANCHUNKS_H
#define GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANCHUNKS_H

#include "LeadingAxis.h"
#include "OuterUpdate.h"

namespace gatefold {

/// The attribute of a scan that names the memories to be computed in chunks, with the steps of one.
inline constexpr llvm::StringLiteral chunksAttributeName = "gatefold.chunks";

/// A memory that is computed for a chunk of steps at once.
struct ChunkedMemory {
  OuterUpdate update;
  OuterOperands operands;
  int64_t length; ///< the most steps of a chunk
};

/// The memories that the scan's attribute names, with their operands built in its body. The
/// attribute is taken away.
llvm::SmallVector<ChunkedMemory, 1> prepareChunks(ir::ScanOp scan);

/// What the operations of the memories are for a graph: one node each.
llvm::SmallVector<OperationGroup, 1> groupChunks(ir::ScanOp scan,
                                                 llvm::ArrayRef<ChunkedMemory> chunks);

/// Builds the chunks of a block of steps, and maps what is read of the memory in `lifted`, where
/// the operands are mapped. `initial` is the memory in front of the block. Returns the memory
/// behind the block.
mlir::Value buildChunks(mlir::OpBuilder &builder, LeadingAxisCopy &lifted, ir::ScanOp scan,
                        const ChunkedMemory &chunk, mlir::Value initial);

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANCHUNKS_H
