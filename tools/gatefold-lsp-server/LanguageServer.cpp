//===- LanguageServer.cpp - Answers to an editor -------------------*- C++ -*-===//
//
// Every change is analysed at once and its messages are sent; questions are answered from the last
// analysis.
//
//===----------------------------------------------------------------------===//

#include "LanguageServer.h"

#include "Convert.h"
#include "gatefold/Language/Formatter.h"

using namespace gatefold;
using namespace gatefold::lsp;
namespace json = llvm::json;

LanguageServer::LanguageServer(llvm::lsp::JSONTransport &transport,
                               std::vector<std::string> directories)
    : transport(transport), handler(transport),
      publishDiagnostics(handler.outgoingNotification<llvm::lsp::PublishDiagnosticsParams>(
          "textDocument/publishDiagnostics")),
      workspace(std::move(directories)) {
  handler.method("initialize", this, &LanguageServer::initialize);
  handler.notification("initialized", this, &LanguageServer::initialized);
  handler.method("shutdown", this, &LanguageServer::shutdown);
  handler.notification("textDocument/didOpen", this, &LanguageServer::didOpen);
  handler.notification("textDocument/didChange", this, &LanguageServer::didChange);
  handler.notification("textDocument/didClose", this, &LanguageServer::didClose);
  handler.method("textDocument/hover", this, &LanguageServer::hover);
  handler.method("textDocument/definition", this, &LanguageServer::definition);
  handler.method("textDocument/completion", this, &LanguageServer::complete);
  handler.method("textDocument/documentSymbol", this, &LanguageServer::documentSymbols);
  handler.method("textDocument/formatting", this, &LanguageServer::format);
}

bool LanguageServer::run() {
  llvm::Error error = transport.run(handler);
  const bool succeeded = !error;
  llvm::consumeError(std::move(error));
  return succeeded && isShutDown;
}

//===----------------------------------------------------------------------===//
// The session
//===----------------------------------------------------------------------===//

void LanguageServer::initialize(const llvm::lsp::InitializeParams &params, Reply reply) {
  json::Object capabilities{
      {"positionEncoding", "utf-16"},
      {"textDocumentSync",
       json::Object{{"openClose", true},
                    {"change", static_cast<int>(llvm::lsp::TextDocumentSyncKind::Incremental)}}},
      {"hoverProvider", true},
      {"definitionProvider", true},
      {"documentSymbolProvider", true},
      {"documentFormattingProvider", true},
      {"completionProvider", json::Object{{"triggerCharacters", json::Array{"."}}}},
  };
  json::Object server{{"name", "gatefold-lsp-server"}, {"version", GATEFOLD_VERSION}};
  reply(json::Object{{"capabilities", std::move(capabilities)}, {"serverInfo", std::move(server)}});
}

void LanguageServer::shutdown(const llvm::lsp::NoParams &params, Reply reply) {
  isShutDown = true;
  reply(nullptr);
}

//===----------------------------------------------------------------------===//
// Texts
//===----------------------------------------------------------------------===//

void LanguageServer::publish(Document &document) {
  llvm::lsp::PublishDiagnosticsParams params(document.uri, document.version);
  params.diagnostics = toDiagnostics(workspace.analyse(document), document, workspace);
  publishDiagnostics(params);
}

void LanguageServer::publish(const llvm::lsp::URIForFile &changed) {
  for (Document *document : workspace.affectedBy(changed))
    publish(*document);
}

void LanguageServer::didOpen(const llvm::lsp::DidOpenTextDocumentParams &params) {
  workspace.open(params.textDocument.uri, params.textDocument.text, params.textDocument.version);
  publish(params.textDocument.uri);
}

void LanguageServer::didChange(const llvm::lsp::DidChangeTextDocumentParams &params) {
  workspace.change(params.textDocument.uri, params.contentChanges, params.textDocument.version);
  publish(params.textDocument.uri);
}

void LanguageServer::didClose(const llvm::lsp::DidCloseTextDocumentParams &params) {
  workspace.close(params.textDocument.uri);
  publishDiagnostics(llvm::lsp::PublishDiagnosticsParams(params.textDocument.uri, 0));
  publish(params.textDocument.uri);
}

const Analysis *LanguageServer::analyse(const llvm::lsp::TextDocumentIdentifier &document) {
  Document *found = workspace.find(document.uri);
  return found ? &workspace.analyse(*found) : nullptr;
}

//===----------------------------------------------------------------------===//
// Questions
//===----------------------------------------------------------------------===//

void LanguageServer::hover(const llvm::lsp::TextDocumentPositionParams &params, Reply reply) {
  const Analysis *analysis = analyse(params.textDocument);
  if (!analysis)
    return reply(nullptr);
  const Lines lines(analysis->getText());
  std::optional<HoverText> text = analysis->getQueries().hover(lines.offsetOf(params.position));
  if (!text)
    return reply(nullptr);
  llvm::lsp::Hover hover(toRange(lines, analysis->getText().begin(), text->range));
  hover.contents = {llvm::lsp::MarkupKind::Markdown, toUtf8(text->markdown)};
  reply(json::Value(hover));
}

void LanguageServer::definition(const llvm::lsp::TextDocumentPositionParams &params, Reply reply) {
  const Analysis *analysis = analyse(params.textDocument);
  if (!analysis)
    return reply(nullptr);
  const llvm::lsp::URIForFile &uri = params.textDocument.uri;
  const size_t offset = Lines(analysis->getText()).offsetOf(params.position);
  const Queries &queries = analysis->getQueries();
  std::optional<llvm::lsp::Location> location =
      toLocation(analysis->getSources(), queries.definition(offset));
  if (std::string imported = queries.importedPath(offset); !imported.empty()) {
    auto target = llvm::lsp::URIForFile::fromFile(workspace.findImport(imported, uri.file()));
    if (target)
      location = llvm::lsp::Location(*target, llvm::lsp::Range());
    else
      llvm::consumeError(target.takeError());
  }
  if (!location)
    return reply(nullptr);
  if (location->uri == uri)
    location->uri = uri; // as the editor spells it
  reply(json::Value(*location));
}

void LanguageServer::complete(const llvm::lsp::CompletionParams &params, Reply reply) {
  const Analysis *analysis = analyse(params.textDocument);
  if (!analysis)
    return reply(nullptr);
  const Lines lines(analysis->getText());
  Completions completions = analysis->getQueries().complete(lines.offsetOf(params.position));
  const llvm::lsp::Range replaced =
      toRange(lines, analysis->getText().begin(), completions.replaced);
  llvm::lsp::CompletionList list;
  for (const Completion &completion : completions.items)
    list.items.push_back(toCompletionItem(completion, replaced));
  reply(json::Value(list));
}

void LanguageServer::documentSymbols(const llvm::lsp::DocumentSymbolParams &params, Reply reply) {
  const Analysis *analysis = analyse(params.textDocument);
  if (!analysis)
    return reply(nullptr);
  const Lines lines(analysis->getText());
  std::vector<llvm::lsp::DocumentSymbol> symbols;
  for (const OutlineItem &item : analysis->getQueries().outline())
    symbols.push_back(toDocumentSymbol(item, lines, analysis->getText().begin()));
  reply(json::Value(symbols));
}

void LanguageServer::format(const llvm::lsp::DocumentSymbolParams &params, Reply reply) {
  Document *document = workspace.find(params.textDocument.uri);
  if (!document)
    return reply(nullptr);
  llvm::SourceMgr sources;
  Diagnostics diagnostics(sources);
  const unsigned buffer = sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBufferCopy(document->text, document->uri.file()), llvm::SMLoc());
  std::optional<std::string> text = formatText(sources, buffer, diagnostics);
  std::vector<llvm::lsp::TextEdit> edits;
  if (text && *text != document->text)
    edits.push_back({Lines(document->text).rangeOf(0, document->text.size()), std::move(*text)});
  reply(json::Value(edits));
}
