//===- Parser.h - Text to syntax tree -----------------------------*- C++ -*-===//
//
// Reads `.fold` text. The parser knows the grammar and no meaning: names, shapes and types are the
// checker's.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_PARSER_H
#define GATEFOLD_LANGUAGE_PARSER_H

#include "gatefold/Language/Diagnostics.h"
#include "gatefold/Language/Syntax.h"

namespace gatefold {

/// Limits that keep every walk over a tree, and its destruction, within a thread's stack.
struct ParserLimits {
  /// How deep brackets, signs, exponents and `if`s may lie in each other.
  static constexpr unsigned nesting = 256;
  /// How deep statements with blocks may lie in each other.
  static constexpr unsigned blocks = 64;
  /// How many operators, calls, indices and members one statement may have.
  static constexpr unsigned operators = 1000;
  /// How many names, numbers and operators one statement may have.
  static constexpr unsigned terms = 20000;
  /// How many errors are reported for one text.
  static constexpr unsigned errors = 100;
};

/// Reads the buffer `bufferId` of `sources`. Null when it has errors, which are then in
/// `diagnostics`. A text without any declaration is no error.
std::unique_ptr<SourceFile> parseFile(llvm::SourceMgr &sources, unsigned bufferId,
                                      Diagnostics &diagnostics);

/// Reads the buffer `bufferId` of `sources` and appends what it declares to `file`; `fromLibrary`
/// marks it. False when it has errors; `file` then has the declarations that have none.
bool parseInto(SourceFile &file, llvm::SourceMgr &sources, unsigned bufferId,
               Diagnostics &diagnostics, bool fromLibrary = false);

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_PARSER_H
