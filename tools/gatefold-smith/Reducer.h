//===- Reducer.h - Makes failing models small --------------------*- C++ -*-===//
//
// Takes parts out of a tree as long as a condition holds.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_REDUCER_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_REDUCER_H

#include "Tree.h"

namespace gatefold::smith {

/// Whether a tree still shows what is looked for. It is asked about trees that are no valid models
/// too, and has to say no.
using Condition = std::function<bool(const Tree &)>;

/// The smallest tree that was found for which `holds` holds, beginning with `tree`, for which it
/// does: without outputs, statements and expressions that do not matter, with smaller sizes. Goes
/// on until nothing more can be left out or `mayGoOn` says no.
Tree reduce(Tree tree, const Condition &holds, const std::function<bool()> &mayGoOn);

/// How large a tree is: its expressions and statements.
size_t measure(Tree tree);

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_REDUCER_H
