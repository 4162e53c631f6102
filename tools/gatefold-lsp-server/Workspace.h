//===- Workspace.h - The texts that are being edited ---------------*- C++ -*-===//
//
// Keeps what an editor has open, saved or not, and analyses it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_LSP_WORKSPACE_H
#define GATEFOLD_TOOLS_LSP_WORKSPACE_H

#include "Analysis.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/LSP/Protocol.h"

namespace gatefold::lsp {

/// An open text.
struct Document {
  llvm::lsp::URIForFile uri;
  std::string text;
  int64_t version = 0;
  std::unique_ptr<Analysis> analysis; ///< of the present text, once somebody has asked for it
};

/// All open texts. An import of one of them reads what the editor shows, not what is saved.
class Workspace {
public:
  explicit Workspace(std::vector<std::string> directories) : directories(std::move(directories)) {}

  void open(const llvm::lsp::URIForFile &uri, std::string text, int64_t version);
  /// Applies changes in their order; a change of an unknown text is ignored.
  void change(const llvm::lsp::URIForFile &uri,
              llvm::ArrayRef<llvm::lsp::TextDocumentContentChangeEvent> changes, int64_t version);
  void close(const llvm::lsp::URIForFile &uri);

  /// The open text `uri`; null if it is not open.
  Document *find(const llvm::lsp::URIForFile &uri);
  const Analysis &analyse(Document &document);
  /// The texts whose messages may have changed with that of `uri`: itself, and those that import.
  std::vector<Document *> affectedBy(const llvm::lsp::URIForFile &uri);

  /// The file that `imported` names in the file `importer`; empty if there is none.
  std::string findImport(llvm::StringRef imported, llvm::StringRef importer) const;

private:
  void forget(const llvm::lsp::URIForFile &uri);

  std::vector<std::string> directories;
  llvm::StringMap<Document> documents; ///< by path
};

} // namespace gatefold::lsp

#endif // GATEFOLD_TOOLS_LSP_WORKSPACE_H
