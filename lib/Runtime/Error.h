//===- Error.h - Errors made of a message ------------------------*- C++ -*-===//
//
// Short ways to make the errors of this room, most of which are messages and nothing else.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_ERROR_H
#define GATEFOLD_LIB_RUNTIME_ERROR_H

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace gatefold {

/// An error with this message, taken literally.
inline llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

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
