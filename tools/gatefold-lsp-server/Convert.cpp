//===- Convert.cpp - Answers in the words of the protocol ----------*- C++ -*-===//
//
// One function for each structure.
//
//===----------------------------------------------------------------------===//

#include "Convert.h"

#include "LibraryFolder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

using namespace gatefold;
using namespace gatefold::lsp;

std::string lsp::toUtf8(llvm::StringRef text) {
  return llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text);
}

llvm::lsp::Range lsp::toRange(const Lines &lines, const char *start, SourceRange range) {
  return lines.rangeOf(range.Start.getPointer() - start, range.End.getPointer() - start);
}

std::optional<llvm::lsp::Location> lsp::toLocation(const llvm::SourceMgr &sources,
                                                   SourceRange range) {
  const unsigned buffer = range.isValid() ? sources.FindBufferContainingLoc(range.Start) : 0;
  if (buffer == 0)
    return std::nullopt;
  const llvm::MemoryBuffer &contents = *sources.getMemoryBuffer(buffer);
  llvm::SmallString<128> path(contents.getBufferIdentifier());
  if (isLibraryName(path)) {
    llvm::Expected<std::string> copy = makeLibraryFile(path);
    if (!copy) {
      llvm::consumeError(copy.takeError());
      return std::nullopt;
    }
    path = *copy;
  }
  llvm::sys::fs::make_absolute(path);
  llvm::sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  llvm::Expected<llvm::lsp::URIForFile> uri = llvm::lsp::URIForFile::fromFile(path);
  if (!uri) {
    llvm::consumeError(uri.takeError());
    return std::nullopt;
  }
  const Lines lines(contents.getBuffer());
  return llvm::lsp::Location(*uri, toRange(lines, contents.getBufferStart(), range));
}

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

namespace {
/// Translates the messages of one analysis.
class MessageConverter {
public:
  MessageConverter(const Analysis &analysis, const Document &document, const Workspace &workspace)
      : analysis(analysis), document(document), workspace(workspace), lines(analysis.getText()) {}
  llvm::lsp::Diagnostic convert(const Diagnostic &message) const;

private:
  bool isHere(SourceRange range) const;
  SourceRange importOf(SourceRange elsewhere) const;
  void addNote(llvm::lsp::Diagnostic &to, SourceRange range, llvm::StringRef text) const;

  const Analysis &analysis;
  const Document &document;
  const Workspace &workspace;
  Lines lines;
};
} // namespace

bool MessageConverter::isHere(SourceRange range) const {
  return range.isValid() &&
         analysis.getSources().FindBufferContainingLoc(range.Start) == analysis.getBuffer();
}

/// The import of this text by which the file of `elsewhere` is read, or else the first one.
SourceRange MessageConverter::importOf(SourceRange elsewhere) const {
  const llvm::SourceMgr &sources = analysis.getSources();
  const unsigned buffer = sources.FindBufferContainingLoc(elsewhere.Start);
  llvm::SmallString<128> path;
  if (buffer != 0)
    llvm::sys::fs::real_path(sources.getMemoryBuffer(buffer)->getBufferIdentifier(), path);
  SourceRange first;
  for (const ImportDeclaration &import : analysis.getFile().imports) {
    if (!isHere(import.range))
      continue;
    if (!first.isValid())
      first = import.pathRange;
    if (workspace.findImport(import.path, document.uri.file()) == path)
      return import.pathRange;
  }
  return first;
}

void MessageConverter::addNote(llvm::lsp::Diagnostic &to, SourceRange range,
                               llvm::StringRef text) const {
  std::optional<llvm::lsp::Location> location = toLocation(analysis.getSources(), range);
  if (!location) {
    to.message += "\nnote: " + toUtf8(text);
    return;
  }
  if (isHere(range))
    location->uri = document.uri; // as the editor spells it
  if (!to.relatedInformation)
    to.relatedInformation.emplace();
  to.relatedInformation->emplace_back(*location, toUtf8(text));
}

llvm::lsp::Diagnostic MessageConverter::convert(const Diagnostic &message) const {
  llvm::lsp::Diagnostic result;
  result.source = "gatefold";
  result.severity = message.severity == Severity::Error ? llvm::lsp::DiagnosticSeverity::Error
                                                        : llvm::lsp::DiagnosticSeverity::Warning;
  result.message = toUtf8(message.text);
  SourceRange range = message.range;
  if (range.isValid() && !isHere(range)) {
    addNote(result, range, message.text);
    result.message = "in an imported file: " + result.message;
    range = importOf(range);
  }
  if (range.isValid())
    result.range = toRange(lines, analysis.getText().begin(), range);
  if (!message.hint.empty())
    result.message += "\nhint: " + toUtf8(message.hint);
  for (const Diagnostic::Note &note : message.notes)
    addNote(result, note.range, note.text);
  return result;
}

std::vector<llvm::lsp::Diagnostic>
lsp::toDiagnostics(const Analysis &analysis, const Document &document, const Workspace &workspace) {
  const MessageConverter converter(analysis, document, workspace);
  std::vector<llvm::lsp::Diagnostic> result;
  for (const Diagnostic &message : analysis.getDiagnostics().all())
    result.push_back(converter.convert(message));
  return result;
}

//===----------------------------------------------------------------------===//
// Completions and overviews
//===----------------------------------------------------------------------===//

static llvm::lsp::CompletionItemKind toKind(Completion::Kind kind) {
  using To = llvm::lsp::CompletionItemKind;
  switch (kind) {
  case Completion::Kind::Keyword:
    return To::Keyword;
  case Completion::Kind::Element:
  case Completion::Kind::Dimension:
    return To::TypeParameter;
  case Completion::Kind::Constant:
    return To::Constant;
  case Completion::Kind::Value:
  case Completion::Kind::Argument:
  case Completion::Kind::Instance:
    return To::Variable;
  case Completion::Kind::Weight:
  case Completion::Kind::State:
    return To::Field;
  case Completion::Kind::Function:
  case Completion::Kind::Builtin:
    return To::Function;
  case Completion::Kind::LayerOrCell:
    return To::Class;
  case Completion::Kind::Binding:
    return To::Module;
  case Completion::Kind::Vocabulary:
    return To::Enum;
  }
  llvm_unreachable("every kind of completion is listed");
}

llvm::lsp::CompletionItem lsp::toCompletionItem(const Completion &completion,
                                                llvm::lsp::Range replaced) {
  const std::string label = llvm::StringRef(completion.label).rtrim().str();
  llvm::lsp::CompletionItem item(label, toKind(completion.kind),
                                 std::to_string(completion.rank) + label);
  item.detail = toUtf8(completion.detail);
  item.filterText = label;
  item.textEdit = llvm::lsp::TextEdit{replaced, completion.label};
  if (!completion.documentation.empty())
    item.documentation =
        llvm::lsp::MarkupContent{llvm::lsp::MarkupKind::Markdown, toUtf8(completion.documentation)};
  return item;
}

static llvm::lsp::SymbolKind toKind(OutlineItem::Kind kind) {
  using To = llvm::lsp::SymbolKind;
  switch (kind) {
  case OutlineItem::Kind::Function:
    return To::Function;
  case OutlineItem::Kind::Layer:
  case OutlineItem::Kind::Cell:
    return To::Class;
  case OutlineItem::Kind::Model:
    return To::Module;
  case OutlineItem::Kind::Constant:
    return To::Constant;
  case OutlineItem::Kind::Binding:
    return To::Interface;
  case OutlineItem::Kind::Vocabulary:
    return To::Enum;
  case OutlineItem::Kind::Weight:
    return To::Field;
  case OutlineItem::Kind::State:
    return To::Property;
  case OutlineItem::Kind::Part:
    return To::Variable;
  }
  llvm_unreachable("every kind of item is listed");
}

llvm::lsp::DocumentSymbol lsp::toDocumentSymbol(const OutlineItem &item, const Lines &lines,
                                                const char *start) {
  llvm::lsp::DocumentSymbol symbol(item.name, toKind(item.kind), toRange(lines, start, item.range),
                                   toRange(lines, start, item.nameRange));
  symbol.detail = toUtf8(item.detail);
  for (const OutlineItem &part : item.parts)
    symbol.children.push_back(toDocumentSymbol(part, lines, start));
  return symbol;
}
