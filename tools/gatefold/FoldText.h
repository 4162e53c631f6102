//===- FoldText.h - A text on its way to a model -----------------*- C++ -*-===//
//
// Reads a .fold file, checks it together with the standard library, and finds models in it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_FOLDTEXT_H
#define GATEFOLD_TOOLS_GATEFOLD_FOLDTEXT_H

#include "gatefold/Language/Diagnostics.h"
#include "gatefold/Language/Syntax.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace gatefold {

/// The contents of the file `path`, a .fold text or a .mlir module; an error names it and the
/// reason, which may be that it is a file of another kind.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readText(llvm::StringRef path);

/// A text with its tree and everything that was found wrong with it.
class FoldText {
public:
  /// `importDirectories` is where imported files are looked for besides their importer's folder.
  explicit FoldText(std::unique_ptr<llvm::MemoryBuffer> buffer,
                    std::vector<std::string> importDirectories = {});

  /// Parses and checks. Returns whether there was no error; what is wrong is in the diagnostics.
  bool check();
  /// Parses and checks, and checks every model of this text with the defaults of its dimensions.
  /// Returns whether there was no error.
  bool checkWithSizes();
  /// Parses this text alone, without the library and without checking. Returns whether there was no
  /// error.
  bool parse();

  bool hasErrors() const { return diagnostics.hasErrors(); }
  /// Prints all messages on stderr.
  void printDiagnostics() const;

  const SourceFile &getFile() const { return *file; }
  llvm::SourceMgr &getSources() { return sources; }
  Diagnostics &getDiagnostics() { return diagnostics; }
  llvm::StringRef getPath() const { return path; }

  /// The model called `name`, or the only one of this text, not counting those that it imports,
  /// when `name` is empty. An error lists the models.
  llvm::Expected<const Declaration *> findModel(llvm::StringRef name) const;

private:
  std::string path;
  std::vector<std::string> importDirectories;
  llvm::SourceMgr sources;
  Diagnostics diagnostics;
  unsigned buffer;
  std::unique_ptr<SourceFile> file;
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_FOLDTEXT_H
