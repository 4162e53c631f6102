//===- Source.h - Source texts and places in them ----------------*- C++ -*-===//
//
// A text is one buffer of an llvm::SourceMgr; a range is a slice of it. Every token, syntax node
// and message carries a range, from which file, line and column follow.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_SOURCE_H
#define GATEFOLD_LANGUAGE_SOURCE_H

#include "llvm/Support/SMLoc.h"
#include "llvm/Support/SourceMgr.h"
#include <optional>
#include <string>

namespace gatefold {

/// A slice of a source text; `end` is one past the last character. A default range is "nowhere".
using SourceRange = llvm::SMRange;

/// A range resolved to names and numbers; lines and columns count from 1, columns in bytes.
struct SourcePlace {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
  unsigned endLine = 0;
  unsigned endColumn = 0;
};

/// Resolves `range` in `sources`; nullopt when it is nowhere.
std::optional<SourcePlace> resolve(const llvm::SourceMgr &sources, SourceRange range);

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_SOURCE_H
