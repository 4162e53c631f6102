//===- Cleanup.h - Leaves out what nobody uses -------------------*- C++ -*-===//
//
// Takes everything out of a tree that its results do not need.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_CLEANUP_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_CLEANUP_H

#include "Tree.h"

namespace gatefold::smith {

/// Drops statements, parameters, results of cells and declarations that nothing uses. What is left
/// computes the same and is well-typed where the tree was.
void dropUnused(Tree &tree);

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_CLEANUP_H
