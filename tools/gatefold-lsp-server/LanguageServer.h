//===- LanguageServer.h - Answers to an editor ---------------------*- C++ -*-===//
//
// The requests and notifications of the Language Server Protocol that the server knows.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_LSP_LANGUAGESERVER_H
#define GATEFOLD_TOOLS_LSP_LANGUAGESERVER_H

#include "Workspace.h"
#include "llvm/Support/LSP/Transport.h"

namespace gatefold::lsp {

/// Serves one editor until it says `exit`.
class LanguageServer {
public:
  /// `directories` are searched for imported files besides their importer's folder.
  LanguageServer(llvm::lsp::JSONTransport &transport, std::vector<std::string> directories);

  /// Reads and answers messages. Returns whether the editor ended the session as it should.
  bool run();

private:
  using Reply = llvm::lsp::Callback<llvm::json::Value>;

  void initialize(const llvm::lsp::InitializeParams &params, Reply reply);
  void initialized(const llvm::lsp::NoParams &params) {}
  void shutdown(const llvm::lsp::NoParams &params, Reply reply);
  void didOpen(const llvm::lsp::DidOpenTextDocumentParams &params);
  void didChange(const llvm::lsp::DidChangeTextDocumentParams &params);
  void didClose(const llvm::lsp::DidCloseTextDocumentParams &params);
  void hover(const llvm::lsp::TextDocumentPositionParams &params, Reply reply);
  void definition(const llvm::lsp::TextDocumentPositionParams &params, Reply reply);
  void complete(const llvm::lsp::CompletionParams &params, Reply reply);
  void documentSymbols(const llvm::lsp::DocumentSymbolParams &params, Reply reply);
  void format(const llvm::lsp::DocumentSymbolParams &params, Reply reply);

  /// The analysis of an open text; null if it is not open.
  const Analysis *analyse(const llvm::lsp::TextDocumentIdentifier &document);
  void publish(const llvm::lsp::URIForFile &changed);
  void publish(Document &document);

  llvm::lsp::JSONTransport &transport;
  llvm::lsp::MessageHandler handler;
  llvm::lsp::OutgoingNotification<llvm::lsp::PublishDiagnosticsParams> publishDiagnostics;
  Workspace workspace;
  bool isShutDown = false;
};

} // namespace gatefold::lsp

#endif // GATEFOLD_TOOLS_LSP_LANGUAGESERVER_H
