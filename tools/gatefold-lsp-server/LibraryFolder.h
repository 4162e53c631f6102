//===- LibraryFolder.h - The library as files ----------------------*- C++ -*-===//
//
// The library's texts lie in the binary; editors need files to show them.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_LSP_LIBRARYFOLDER_H
#define GATEFOLD_TOOLS_LSP_LIBRARYFOLDER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace gatefold::lsp {

/// Whether `name` is that of a library text, as messages show it: "<library>/cells.fold".
bool isLibraryName(llvm::StringRef name);

/// The path of a read-only copy of the library text `name`, in the user's folder for caches. Writes
/// the copy if it is not there yet.
llvm::Expected<std::string> makeLibraryFile(llvm::StringRef name);

} // namespace gatefold::lsp

#endif // GATEFOLD_TOOLS_LSP_LIBRARYFOLDER_H
