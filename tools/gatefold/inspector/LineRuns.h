//===- LineRuns.h - A text as what it has of the one before ------*- C++ -*-===//
//
// Passes change a part of a model, so most of a text is that of the step before.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_LINERUNS_H
#define GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_LINERUNS_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace gatefold {

/// Neighbouring lines of a text.
struct LineRun {
  /// The number of the first line, those of the others follow; or if it is negative, the lines of
  /// the text before from row -1 - first on.
  int64_t first;
  int64_t count;
};

/// The runs that a text consists of. Both texts are given as the numbers of their lines.
std::vector<LineRun> findRuns(llvm::ArrayRef<unsigned> lines, llvm::ArrayRef<unsigned> before);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_LINERUNS_H
