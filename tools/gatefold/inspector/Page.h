//===- Page.h - The inspector as one file ------------------------*- C++ -*-===//
//
// Puts an inspection into the page that shows it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_PAGE_H
#define GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_PAGE_H

#include "llvm/Support/raw_ostream.h"

namespace gatefold {

/// Writes a page of HTML that needs nothing besides itself; `json` is what
/// InspectionData::writeJson() writes, `title` stands in the browser's title bar.
void writeInspectorPage(llvm::raw_ostream &os, llvm::StringRef title, llvm::StringRef json);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_PAGE_H
