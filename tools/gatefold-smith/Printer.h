//===- Printer.h - From the tree to text -------------------------*- C++ -*-===//
//
// Writes a tree as a .fold text.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_PRINTER_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_PRINTER_H

#include "Tree.h"

namespace gatefold::smith {

/// The text of a tree. The model is called Main.
std::string print(const Tree &tree);

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_PRINTER_H
