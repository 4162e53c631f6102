//===- Convert.h - Answers in the words of the protocol ------------*- C++ -*-===//
//
// Translates messages, places, completions and overviews of the language to the structures that
// editors read.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_LSP_CONVERT_H
#define GATEFOLD_TOOLS_LSP_CONVERT_H

#include "Lines.h"
#include "Workspace.h"

namespace gatefold::lsp {

/// `text` as the protocol can hold it: bytes that are no UTF-8 replaced.
std::string toUtf8(llvm::StringRef text);

/// The range of the protocol for `range`, which lies in the buffer that begins at `start`.
llvm::lsp::Range toRange(const Lines &lines, const char *start, SourceRange range);

/// The file and range for `range` in `sources`; nullopt if it is nowhere or has no file.
std::optional<llvm::lsp::Location> toLocation(const llvm::SourceMgr &sources, SourceRange range);

/// All messages about `document`. What is wrong in an imported file is told where it is imported.
std::vector<llvm::lsp::Diagnostic> toDiagnostics(const Analysis &analysis, const Document &document,
                                                 const Workspace &workspace);

llvm::lsp::CompletionItem toCompletionItem(const Completion &completion, llvm::lsp::Range replaced);

llvm::lsp::DocumentSymbol toDocumentSymbol(const OutlineItem &item, const Lines &lines,
                                           const char *start);

} // namespace gatefold::lsp

#endif // GATEFOLD_TOOLS_LSP_CONVERT_H
