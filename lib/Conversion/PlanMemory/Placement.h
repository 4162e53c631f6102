//===- Placement.h - Places for buffers that live for a while -----------*- C++ -*-===//
//
// Buffers that are needed at one time lie apart; others may lie in the same room.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_PLANMEMORY_PLACEMENT_H
#define GATEFOLD_CONVERSION_PLANMEMORY_PLACEMENT_H

#include "Bytes.h"

namespace gatefold {

/// The room that a buffer needs, from one point in time to another, both included.
struct Lifetime {
  Bytes room;
  unsigned begin, end;
};

/// The places of buffers from the start of their memory.
struct Placement {
  std::vector<Bytes> places;
  /// Where the last buffers end: which one is last may hang on sizes.
  llvm::SmallVector<Bytes> ends;
  /// What lives at one time: the most of these is a bound that no placement gets below.
  llvm::SmallVector<Bytes> bounds;
  int64_t typicalEnd = 0, typicalBound = 0; ///< bytes for typical sizes
  /// True if it is shown that the memory ends at the bound, for all sizes.
  bool isLeast = false;
  /// True if a gap that is large enough for typical sizes was not shown to be so for all.
  bool isUnsure = false;
  /// Buffers that lie in room that another one has at another time.
  unsigned numShared = 0;
};

/// Finds places such that little memory is needed. Takes time in proportion to the number of pairs
/// of buffers that live at one time.
Placement placeBuffers(const ByteTerms &terms, llvm::ArrayRef<Lifetime> buffers);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_PLANMEMORY_PLACEMENT_H
