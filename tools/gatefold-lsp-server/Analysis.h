//===- Analysis.h - What is known of one text ----------------------*- C++ -*-===//
//
// A text that was parsed and checked with the library and what it imports.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_LSP_ANALYSIS_H
#define GATEFOLD_TOOLS_LSP_ANALYSIS_H

#include "gatefold/Language/Imports.h"
#include "gatefold/Language/Queries.h"

namespace gatefold::lsp {

/// One version of a text, its messages and answers to questions about it.
class Analysis {
public:
  /// Checks `text`, the contents of the file `path`. Imported files are read by `readText` and
  /// looked for in `directories` too.
  Analysis(llvm::StringRef path, llvm::StringRef text, llvm::ArrayRef<std::string> directories,
           TextReader readText);

  const Diagnostics &getDiagnostics() const { return diagnostics; }
  const llvm::SourceMgr &getSources() const { return sources; }
  unsigned getBuffer() const { return buffer; }
  llvm::StringRef getText() const { return sources.getMemoryBuffer(buffer)->getBuffer(); }
  const SourceFile &getFile() const { return *file; }
  const Queries &getQueries() const { return *queries; }

private:
  std::unique_ptr<SourceFile> check(Diagnostics &messages, llvm::ArrayRef<std::string> directories,
                                    TextReader readText, bool withUnread);

  llvm::SourceMgr sources;
  Diagnostics diagnostics;
  unsigned buffer;
  std::unique_ptr<SourceFile> file; ///< with declarations that have errors, where there are any
  std::unique_ptr<Queries> queries;
};

} // namespace gatefold::lsp

#endif // GATEFOLD_TOOLS_LSP_ANALYSIS_H
