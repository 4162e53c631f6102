//===- Source.cpp - Source texts and places in them ---------------*- C++ -*-===//
//
// Resolves slices of source buffers to file names, lines and columns.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Source.h"

using namespace gatefold;

/// Line and column (in bytes) of `place`, which lies in the buffer `id`. The line table of the
/// buffer is built once, so this stays cheap for many messages about one large file.
static std::pair<unsigned, unsigned> lineAndColumn(const llvm::SourceMgr &sources, unsigned id,
                                                   const char *place) {
  const auto &buffer = sources.getBufferInfo(id);
  unsigned line = buffer.getLineNumber(place);
  const char *start = buffer.getPointerForLineNumber(line);
  return {line, static_cast<unsigned>(place - start) + 1};
}

std::optional<SourcePlace> gatefold::resolve(const llvm::SourceMgr &sources, SourceRange range) {
  if (!range.isValid())
    return std::nullopt;
  unsigned id = sources.FindBufferContainingLoc(range.Start);
  if (id == 0)
    return std::nullopt;
  SourcePlace place;
  place.file = sources.getMemoryBuffer(id)->getBufferIdentifier().str();
  std::tie(place.line, place.column) = lineAndColumn(sources, id, range.Start.getPointer());
  std::tie(place.endLine, place.endColumn) = lineAndColumn(sources, id, range.End.getPointer());
  return place;
}
