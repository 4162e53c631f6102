//===- KeyPanels.h - Keys side by side --------------------------------------*- C++ -*-===//
//
// Rows of keys, turned so that the same element of sixteen keys is one vector: then the scores of
// many queries grow in registers, as in a product of matrices, and no sum runs across a vector.
// Many queries read what is turned once.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_KEYPANELS_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_KEYPANELS_H

#include "EntryEmitter.h"

namespace gatefold {

/// Where a column lies in a panel: all that are in one lane of a sum, which are sixteen apart, lie
/// one behind the other, and so do the lanes in the order in which they are added.
struct PanelColumn {
  mlir::Value column;
  mlir::Value lane;   ///< where the lane lies
  mlir::Value number; ///< of the column in its lane
};

/// Lanes are added in parts of those that are so far apart.
inline constexpr int64_t panelParts = 4;

/// Where a lane of a part lies in panels, counted from the part's first.
inline int64_t getPlaceInPart(int64_t lane) {
  constexpr int64_t places[] = {0, 2, 1, 3};
  return places[lane / panelParts];
}

/// Copies `rows`, [A.., keys, columns], to panels of a block of keys each:
/// [A.., blocks, 16 lanes, columns of a lane, keysAtOnce]. Behind the last key the last block
/// repeats it; columns that are not there hold nothing.
View packKeys(EntryEmitter &emitter, mlir::Location loc, const View &rows);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_KEYPANELS_H
