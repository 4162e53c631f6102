//===- Library.cpp - The standard library -------------------------*- C++ -*-===//
//
// Parses the embedded library in front of the user's text.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Library.h"

#include "gatefold/Language/Diagnostics.h"
#include "gatefold/Language/Parser.h"
#include "gatefold/Language/Syntax.h"

using namespace gatefold;

std::unique_ptr<SourceFile> gatefold::parseLibrary(llvm::SourceMgr &sources,
                                                   Diagnostics &diagnostics) {
  auto file = std::make_unique<SourceFile>();
  for (const LibraryFile &part : getLibrary()) {
    const unsigned buffer = sources.AddNewSourceBuffer(
        llvm::MemoryBuffer::getMemBuffer(part.text, part.name), llvm::SMLoc());
    parseInto(*file, sources, buffer, diagnostics, /*fromLibrary=*/true);
  }
  return file;
}

std::unique_ptr<SourceFile> gatefold::parseWithLibrary(llvm::SourceMgr &sources, unsigned bufferId,
                                                       Diagnostics &diagnostics) {
  std::unique_ptr<SourceFile> file = parseLibrary(sources, diagnostics);
  parseInto(*file, sources, bufferId, diagnostics);
  return file;
}
