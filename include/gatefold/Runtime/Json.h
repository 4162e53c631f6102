//===- Json.h - JSON that was checked strictly -------------------*- C++ -*-===//
//
// JSON that comes from outside: what the format leaves open (a key that occurs twice, nesting
// without bound) is an error here.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_JSON_H
#define GATEFOLD_RUNTIME_JSON_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

namespace gatefold {

/// Parses `text`; an error for anything that is not JSON, for a key that an object has twice, and
/// for nesting deeper than 64.
llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef text);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_JSON_H
