//===- Workspace.cpp - The texts that are being edited -------------*- C++ -*-===//
//
// Open texts by their paths, and the changes that editors make to them.
//
//===----------------------------------------------------------------------===//

#include "Workspace.h"

#include "Lines.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace gatefold;
using namespace gatefold::lsp;

/// One path for all spellings of a file's name.
static std::string realPath(llvm::StringRef path) {
  llvm::SmallString<128> real;
  return llvm::sys::fs::real_path(path, real) ? path.str() : real.str().str();
}

Document *Workspace::find(const llvm::lsp::URIForFile &uri) {
  auto found = documents.find(realPath(uri.file()));
  return found == documents.end() ? nullptr : &found->second;
}

/// Drops what is known of texts that may read `uri`.
void Workspace::forget(const llvm::lsp::URIForFile &uri) {
  for (Document *document : affectedBy(uri))
    document->analysis = nullptr;
}

void Workspace::open(const llvm::lsp::URIForFile &uri, std::string text, int64_t version) {
  forget(uri);
  Document &document = documents[realPath(uri.file())];
  document = {uri, std::move(text), version, nullptr};
}

static void apply(const llvm::lsp::TextDocumentContentChangeEvent &change, std::string &text) {
  if (!change.range) {
    text = change.text;
    return;
  }
  const Lines lines(text);
  const size_t begin = lines.offsetOf(change.range->start);
  const size_t end = std::max(begin, lines.offsetOf(change.range->end));
  text.replace(begin, end - begin, change.text);
}

void Workspace::change(const llvm::lsp::URIForFile &uri,
                       llvm::ArrayRef<llvm::lsp::TextDocumentContentChangeEvent> changes,
                       int64_t version) {
  Document *document = find(uri);
  if (!document)
    return;
  forget(uri);
  for (const llvm::lsp::TextDocumentContentChangeEvent &change : changes)
    apply(change, document->text);
  document->version = version;
}

void Workspace::close(const llvm::lsp::URIForFile &uri) {
  forget(uri);
  documents.erase(realPath(uri.file()));
}

std::vector<Document *> Workspace::affectedBy(const llvm::lsp::URIForFile &uri) {
  Document *own = find(uri);
  std::vector<Document *> affected;
  for (auto &entry : documents) {
    Document &document = entry.second;
    const bool imports = llvm::StringRef(document.text).contains("import");
    if (&document == own || imports)
      affected.push_back(&document);
  }
  return affected;
}

const Analysis &Workspace::analyse(Document &document) {
  auto read = [&](llvm::StringRef path) -> llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> {
    auto opened = documents.find(realPath(path));
    if (opened != documents.end())
      return llvm::MemoryBuffer::getMemBufferCopy(opened->second.text, path);
    auto buffer = llvm::MemoryBuffer::getFile(path);
    if (!buffer)
      return llvm::createStringError(buffer.getError(),
                                     path + ": cannot be read: " + buffer.getError().message());
    return std::move(*buffer);
  };
  if (!document.analysis)
    document.analysis =
        std::make_unique<Analysis>(document.uri.file(), document.text, directories, read);
  return *document.analysis;
}

std::string Workspace::findImport(llvm::StringRef imported, llvm::StringRef importer) const {
  std::vector<std::string> folders = {llvm::sys::path::parent_path(importer).str()};
  folders.insert(folders.end(), directories.begin(), directories.end());
  for (const std::string &folder : folders) {
    llvm::SmallString<128> path(llvm::sys::path::is_absolute(imported) ? "" : folder);
    llvm::sys::path::append(path, imported);
    if (llvm::sys::fs::is_regular_file(path))
      return realPath(path);
  }
  return "";
}
