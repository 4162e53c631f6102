//===- Json.cpp - JSON that was checked strictly -----------------*- C++ -*-===//
//
// LLVM's parser descends recursively and keeps the last of equal keys. One walk over the text ahead
// of it finds what it would not: nesting that is too deep and keys that occur twice.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Json.h"
#include "Error.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSet.h"

using namespace gatefold;

static constexpr size_t maxDepth = 64;

/// The index after the string that begins with the quote at `begin`; the end of the text if it is
/// not closed.
static size_t skipString(llvm::StringRef text, size_t begin) {
  for (size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return i + 1;
  }
  return text.size();
}

/// The string that a JSON literal spells; the literal itself if it is malformed, which the parser
/// will tell.
static std::string decodeString(llvm::StringRef literal) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(literal);
  if (!value) {
    llvm::consumeError(value.takeError());
    return literal.str();
  }
  return value->getAsString().value_or(literal).str();
}

/// Finds too deep nesting and keys that occur twice. The text need not be JSON.
static llvm::Error checkStructure(llvm::StringRef text) {
  llvm::SmallVector<llvm::StringSet<>, 4> open; // the keys seen in each bracket; none in arrays
  for (size_t i = 0; i < text.size();) {
    char c = text[i];
    if (c == '{' || c == '[') {
      if (open.size() == maxDepth)
        return makeError("nested deeper than " + llvm::Twine(maxDepth) + " levels");
      open.emplace_back();
    } else if (c == '}' || c == ']') {
      if (!open.empty())
        open.pop_back();
    } else if (c == '"') {
      size_t end = skipString(text, i);
      llvm::StringRef literal = text.slice(i, end);
      i = end;
      if (!open.empty() && text.substr(end).ltrim(" \t\r\n").starts_with(":")) {
        std::string key = decodeString(literal);
        if (!open.back().insert(key).second)
          return makeError("key `" + key + "` occurs twice");
      }
      continue;
    }
    ++i;
  }
  return llvm::Error::success();
}

llvm::Expected<llvm::json::Value> gatefold::parseJson(llvm::StringRef text) {
  if (llvm::Error error = checkStructure(text))
    return std::move(error);
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value)
    return makeError("not JSON: " + llvm::toString(value.takeError()));
  return value;
}
