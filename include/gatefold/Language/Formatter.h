//===- Formatter.h - One layout for all texts ----------------------*- C++ -*-===//
//
// Lays a text out anew: white space and line breaks follow one set of rules, while comments, blank
// lines between statements, parentheses and the spelling of numbers stay the author's.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_FORMATTER_H
#define GATEFOLD_LANGUAGE_FORMATTER_H

#include "gatefold/Language/Diagnostics.h"
#include <optional>
#include <string>

namespace gatefold {

/// The buffer `bufferId` of `sources` in canonical layout, which stays the same when it is laid out
/// again:
///
/// - two spaces of indentation for each block, one statement a line, one blank line around
///   declarations with a block, at most one elsewhere;
/// - lines longer than 100 columns broken behind operators and inside brackets;
/// - comments behind code two spaces apart, in one column on neighbouring lines.
///
/// Nullopt when the text has errors, which are then in `diagnostics`. The result is read and
/// compared with the original: it has the same syntax tree and comments.
std::optional<std::string> formatText(llvm::SourceMgr &sources, unsigned bufferId,
                                      Diagnostics &diagnostics);

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_FORMATTER_H
