//===- PageParts.h - The files of the page -----------------------*- C++ -*-===//
//
// The texts in page/, which the build puts into the program.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_PAGEPARTS_H
#define GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_PAGEPARTS_H

#include "llvm/ADT/StringRef.h"

namespace gatefold {

/// page.html, with gaps `<!--@title-->`, `<!--@styles-->`, `<!--@scripts-->` and `<!--@data-->`.
llvm::StringRef getPageFrame();
/// All style sheets, one after the other.
llvm::StringRef getPageStyles();
/// All scripts, one after the other.
llvm::StringRef getPageScripts();

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_PAGEPARTS_H
