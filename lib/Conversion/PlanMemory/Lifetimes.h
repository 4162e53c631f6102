//===- Lifetimes.h - From when to when buffers are needed ---------------*- C++ -*-===//
//
// Follows the buffers of a function through windows on them and through loops that carry them.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_PLANMEMORY_LIFETIMES_H
#define GATEFOLD_CONVERSION_PLANMEMORY_LIFETIMES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace gatefold {

/// A buffer and the operations that need it: all from `begin` to `end`, where operations are
/// counted in the order of the text, those in a region behind the one that has it.
struct BufferUse {
  mlir::memref::ViewOp view;
  unsigned begin, end;
};

/// Finds the views of the workspace that have `gatefold.bytes`, and from when to when what they
/// hold is needed:
///
/// - What a buffer holds has no meaning where its view stands. So a buffer with its view in a loop
/// is
///   needed only in a part of each turn, one with its view in front of the loop in the whole loop.
/// - Windows on a buffer are the buffer. So is what a loop carries, for all buffers that it carries
///   there.
/// - An operation needs its buffers from its beginning to its end.
/// - Where there are barriers, threads are done with a buffer at the first one behind its last use
///   in the block of its view. If there is none there, it is needed as long as the operation around
///   that block and up to the next barrier behind it.
std::vector<BufferUse> findBufferUses(mlir::func::FuncOp function);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_PLANMEMORY_LIFETIMES_H
