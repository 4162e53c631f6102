//===- Imports.h - A model in several files -----------------------*- C++ -*-===//
//
// Reads a text and everything it imports, directly or through others, into one file.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_IMPORTS_H
#define GATEFOLD_LANGUAGE_IMPORTS_H

#include "gatefold/Language/Diagnostics.h"
#include "gatefold/Language/Syntax.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace gatefold {

/// Reads the text of the file at a path, or says why it cannot.
using TextReader =
    llvm::function_ref<llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>(llvm::StringRef path)>;

/// Reads the buffer `bufferId` of `sources` and the files that it imports, and appends what they
/// declare to `file`: what a text imports stands in front of it, and every file once. A path is
/// relative to the folder of the importing file, or else to the first of `directories` that has it.
/// Files that are missing or import themselves are in `diagnostics`.
void parseWithImports(SourceFile &file, llvm::SourceMgr &sources, unsigned bufferId,
                      Diagnostics &diagnostics, llvm::ArrayRef<std::string> directories,
                      TextReader readText);

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_IMPORTS_H
