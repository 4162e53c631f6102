//===- Imports.cpp - A model in several files ---------------------*- C++ -*-===//
//
// A walk over the files that import each other, depth first.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Imports.h"

#include "gatefold/Language/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace gatefold;

namespace {
/// The files on the way from the first text to the one that is read, and those that are done.
class ImportWalk {
public:
  ImportWalk(SourceFile &file, llvm::SourceMgr &sources, Diagnostics &diagnostics,
             llvm::ArrayRef<std::string> directories, TextReader readText)
      : file(file), sources(sources), diagnostics(diagnostics), directories(directories),
        readText(readText) {}

  void read(unsigned bufferId, bool isImported);

private:
  void follow(const ImportDeclaration &import, llvm::StringRef importer);
  std::string find(llvm::StringRef path, llvm::StringRef importer) const;
  void reportMissing(const ImportDeclaration &import, llvm::StringRef importer);
  void append(SourceFile own, bool isImported);

  SourceFile &file;
  llvm::SourceMgr &sources;
  Diagnostics &diagnostics;
  llvm::ArrayRef<std::string> directories;
  TextReader readText;
  std::vector<std::string> path; ///< real paths
  std::set<std::string> done;
};
} // namespace

/// One path for all spellings of a file's name.
static std::string realPath(llvm::StringRef path) {
  llvm::SmallString<128> real;
  return llvm::sys::fs::real_path(path, real) ? path.str() : real.str().str();
}

/// Appends the elements of `from` to `to`.
template <typename List>
static void moveAll(List &from, List &to) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

void ImportWalk::append(SourceFile own, bool isImported) {
  for (const auto &declaration : own.declarations)
    declaration->isImported = isImported;
  moveAll(own.imports, file.imports);
  moveAll(own.constants, file.constants);
  moveAll(own.declarations, file.declarations);
  moveAll(own.bindings, file.bindings);
  moveAll(own.vocabularies, file.vocabularies);
  moveAll(own.unread, file.unread);
  file.isWhole &= own.isWhole;
  file.unreadNames.insert(own.unreadNames.begin(), own.unreadNames.end());
  file.hasNamelessUnread |= own.hasNamelessUnread;
}

void ImportWalk::read(unsigned bufferId, bool isImported) {
  const std::string name = sources.getMemoryBuffer(bufferId)->getBufferIdentifier().str();
  path.push_back(realPath(name));
  SourceFile own;
  parseInto(own, sources, bufferId, diagnostics);
  for (const ImportDeclaration &import : own.imports)
    follow(import, name);
  append(std::move(own), isImported);
  done.insert(path.back());
  path.pop_back();
}

/// The path of an imported file; empty if there is none.
std::string ImportWalk::find(llvm::StringRef imported, llvm::StringRef importer) const {
  llvm::SmallString<128> candidate;
  auto isThere = [&](llvm::StringRef directory) {
    candidate = llvm::sys::path::is_absolute(imported) ? "" : directory;
    llvm::sys::path::append(candidate, imported);
    return llvm::sys::fs::is_regular_file(candidate);
  };
  if (isThere(llvm::sys::path::parent_path(importer)))
    return candidate.str().str();
  for (const std::string &directory : directories)
    if (isThere(directory))
      return candidate.str().str();
  return "";
}

void ImportWalk::reportMissing(const ImportDeclaration &import, llvm::StringRef importer) {
  llvm::StringRef own = llvm::sys::path::parent_path(importer);
  std::vector<std::string> searched = {own.empty() ? "this folder" : "`" + own.str() + "`"};
  for (const std::string &directory : directories)
    searched.push_back("`" + directory + "`");
  diagnostics
      .error(import.pathRange,
             "there is no file `" + import.path + "` in " + llvm::join(searched, " or "))
      .withHint("`-I FOLDER` names a folder to look in");
}

void ImportWalk::follow(const ImportDeclaration &import, llvm::StringRef importer) {
  constexpr size_t mostFiles = 256;
  const std::string found = find(import.path, importer);
  if (found.empty()) {
    file.hasNamelessUnread = true; // what it declares is not known
    return reportMissing(import, importer);
  }
  const std::string real = realPath(found);
  if (done.count(real))
    return;
  if (auto first = llvm::find(path, real); first != path.end()) {
    std::string cycle;
    for (auto it = first; it != path.end(); ++it)
      cycle += llvm::sys::path::filename(*it).str() + " -> ";
    diagnostics.error(import.pathRange, "`" + import.path + "` imports itself: " + cycle +
                                            llvm::sys::path::filename(real).str());
    return;
  }
  if (path.size() + done.size() > mostFiles) {
    diagnostics.error(import.pathRange,
                      "more than " + std::to_string(mostFiles) + " files import each other");
    return;
  }
  auto buffer = readText(found);
  if (!buffer) {
    diagnostics.error(import.pathRange, llvm::toString(buffer.takeError()));
    return;
  }
  read(sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc()), /*isImported=*/true);
}

void gatefold::parseWithImports(SourceFile &file, llvm::SourceMgr &sources, unsigned bufferId,
                                Diagnostics &diagnostics, llvm::ArrayRef<std::string> directories,
                                TextReader readText) {
  ImportWalk(file, sources, diagnostics, directories, readText).read(bufferId, false);
}
