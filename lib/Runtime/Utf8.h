//===- Utf8.h - Characters of a text -----------------------------*- C++ -*-===//
//
// Takes texts apart into characters, and names places in them.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_UTF8_H
#define GATEFOLD_LIB_RUNTIME_UTF8_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace gatefold {

/// The character that begins at byte `begin`, 1 to 4 bytes; an error that names the byte if none
/// does.
llvm::Expected<llvm::StringRef> characterAt(llvm::StringRef text, size_t begin);

/// An error about the first byte of the text that belongs to no character; success for UTF-8.
llvm::Error checkUtf8(llvm::StringRef text);

/// Names the place of a byte of a UTF-8 text, counted from 1: "character 5", or
/// "line 2, character 5" where the text has lines.
std::string describePlace(llvm::StringRef text, size_t byte);

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_UTF8_H
