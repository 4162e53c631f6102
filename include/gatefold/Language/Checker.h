//===- Checker.h - Names, types and shapes ------------------------*- C++ -*-===//
//
// Resolves every name of a parsed file and gives every expression its type. A declaration is
// checked once, in terms of its dimension names, not once for each instance.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_CHECKER_H
#define GATEFOLD_LANGUAGE_CHECKER_H

namespace gatefold {

class Diagnostics;
struct SourceFile;

/// Checks `file` and fills the fields of its tree that are "set by the checker". All independent
/// errors are reported; a declaration without one is marked `isValid`. Of a file that is not whole
/// the rest is checked, and nothing is said of names that the unread part may declare. Returns
/// whether the file is whole and there was no error. A tree is checked once.
bool check(SourceFile &file, Diagnostics &diagnostics);

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_CHECKER_H
