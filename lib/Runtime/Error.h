//===- Error.h - Errors about what a file holds ------------------*- C++ -*-===//
//
// How the messages of this room quote what they found.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_ERROR_H
#define GATEFOLD_LIB_RUNTIME_ERROR_H

#include "gatefold/Runtime/Error.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace gatefold {

/// Text from a file in backquotes, with escapes for what does not print, and cut off where it is
/// long; "the end" for none.
inline std::string quoteFound(llvm::StringRef text, size_t longest = 40) {
  if (text.empty())
    return "the end";
  std::string quoted = "`";
  llvm::raw_string_ostream out(quoted);
  llvm::printEscapedString(text.take_front(longest), out);
  return quoted + (text.size() > longest ? "…`" : "`");
}

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_ERROR_H
