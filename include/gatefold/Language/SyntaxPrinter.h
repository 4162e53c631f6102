//===- SyntaxPrinter.h - Syntax tree to text ----------------------*- C++ -*-===//
//
// Prints a tree as canonical `.fold` text, which the parser reads back as an equal tree.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_SYNTAXPRINTER_H
#define GATEFOLD_LANGUAGE_SYNTAXPRINTER_H

#include "gatefold/Language/Syntax.h"
#include "llvm/Support/raw_ostream.h"

namespace gatefold {

/// Prints `file`, whose text is in `sources`, in the order of its text: two spaces of indentation,
/// one statement a line, a blank line between declarations, only the parentheses that precedence
/// needs, documentation kept and other comments left out. What comes from the library is printed
/// only `withLibrary`.
void printSyntax(llvm::raw_ostream &os, const SourceFile &file, const llvm::SourceMgr &sources,
                 bool withLibrary = false);

/// `expression` as canonical text on one line.
std::string toText(const Expression &expression);
/// `type` as canonical text: `token[T]`.
std::string toText(const TypeSyntax &type);

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_SYNTAXPRINTER_H
