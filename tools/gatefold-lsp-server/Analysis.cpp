//===- Analysis.cpp - What is known of one text --------------------*- C++ -*-===//
//
// A text with errors of grammar is checked twice: once for messages, and once with what could be
// read of broken declarations, for questions.
//
//===----------------------------------------------------------------------===//

#include "Analysis.h"

#include "gatefold/Language/Checker.h"
#include "gatefold/Language/Library.h"
#include "gatefold/Language/Requirements.h"

using namespace gatefold;
using namespace gatefold::lsp;

std::unique_ptr<SourceFile> Analysis::check(Diagnostics &messages,
                                            llvm::ArrayRef<std::string> directories,
                                            TextReader readText, bool withUnread) {
  std::unique_ptr<SourceFile> checked = parseLibrary(sources, messages);
  parseWithImports(*checked, sources, buffer, messages, directories, readText);
  if (withUnread)
    adoptUnread(*checked);
  if (gatefold::check(*checked, messages))
    checkRequirements(*checked, messages);
  return checked;
}

Analysis::Analysis(llvm::StringRef path, llvm::StringRef text,
                   llvm::ArrayRef<std::string> directories, TextReader readText)
    : diagnostics(sources), buffer(sources.AddNewSourceBuffer(
                                llvm::MemoryBuffer::getMemBufferCopy(text, path), llvm::SMLoc())) {
  file = check(diagnostics, directories, readText, /*withUnread=*/false);
  if (!file->unread.empty()) {
    Diagnostics ignored(sources);
    file = check(ignored, directories, readText, /*withUnread=*/true);
  }
  queries = std::make_unique<Queries>(*file, sources, buffer);
}
