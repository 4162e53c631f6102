//===- Lines.cpp - Lines and columns of a text ---------------------*- C++ -*-===//
//
// Columns are counted character by character within one line.
//
//===----------------------------------------------------------------------===//

#include "Lines.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ConvertUTF.h"

using namespace gatefold::lsp;

Lines::Lines(llvm::StringRef text) : text(text), starts{0} {
  for (size_t end = text.find('\n'); end != llvm::StringRef::npos; end = text.find('\n', end + 1))
    starts.push_back(end + 1);
}

/// Bytes of the character at the start of `rest`; a byte that begins none counts for itself.
static size_t characterLength(llvm::StringRef rest) {
  const auto *begin = reinterpret_cast<const llvm::UTF8 *>(rest.begin());
  const auto *end = reinterpret_cast<const llvm::UTF8 *>(rest.end());
  return llvm::isLegalUTF8Sequence(begin, end) ? llvm::getNumBytesForUTF8(*begin) : 1;
}

/// UTF-16 code units of a character of so many bytes.
static size_t unitsOf(size_t bytes) { return bytes == 4 ? 2 : 1; }

llvm::lsp::Position Lines::positionOf(size_t offset) const {
  offset = std::min(offset, text.size());
  const size_t line = llvm::upper_bound(starts, offset) - starts.begin() - 1;
  int column = 0;
  for (size_t i = starts[line]; i < offset;) {
    const size_t length = characterLength(text.drop_front(i));
    column += unitsOf(length);
    i += length;
  }
  return llvm::lsp::Position(line, column);
}

size_t Lines::offsetOf(const llvm::lsp::Position &position) const {
  if (position.line < 0)
    return 0;
  if (static_cast<size_t>(position.line) >= starts.size())
    return text.size();
  size_t offset = starts[position.line];
  for (int column = 0; column < position.character && offset < text.size();) {
    if (text[offset] == '\n' || text.substr(offset).starts_with("\r\n"))
      break;
    const size_t length = characterLength(text.drop_front(offset));
    column += unitsOf(length);
    offset += length;
  }
  return offset;
}

llvm::lsp::Range Lines::rangeOf(size_t begin, size_t end) const {
  return {positionOf(begin), positionOf(end)};
}
