//===- Library.h - The standard library ---------------------------*- C++ -*-===//
//
// Cells, layers, activations and bindings that every file can use. They are written in the language
// itself and lie in the binary as text.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_LIBRARY_H
#define GATEFOLD_LANGUAGE_LIBRARY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/SourceMgr.h"
#include <memory>
#include <vector>

namespace gatefold {

class Diagnostics;
struct SourceFile;

/// One file of the library.
struct LibraryFile {
  llvm::StringRef name; ///< as messages show it: "<library>/cells.fold"
  llvm::StringRef text;
};

/// All files of the library; a file uses declarations of itself and of those before it only.
const std::vector<LibraryFile> &getLibrary();

/// Parses the library into a new file, and adds its texts to `sources`.
std::unique_ptr<SourceFile> parseLibrary(llvm::SourceMgr &sources, Diagnostics &diagnostics);

/// Parses the library and the buffer `bufferId` of `sources` into one file, the library's
/// declarations first, without what the text imports. When the user's text has errors, they are in
/// `diagnostics`, and the file is not whole but can be checked.
std::unique_ptr<SourceFile> parseWithLibrary(llvm::SourceMgr &sources, unsigned bufferId,
                                             Diagnostics &diagnostics);

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_LIBRARY_H
