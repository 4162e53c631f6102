//===- FormatLines.h - The lines that the formatter writes ---------*- C++ -*-===//
//
// Collects code and comments line by line, and aligns the comments behind neighbouring lines.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_FORMATLINES_H
#define GATEFOLD_LIB_LANGUAGE_FORMATLINES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace gatefold::formatting {

/// No line of code is longer than this where it can be broken.
constexpr size_t lineWidth = 100;

/// The text so far; its last line is open and may be empty.
class OutputLines {
public:
  /// Ends the open line, unless it is empty, and opens one with `indent` blanks before its code.
  void beginLine(size_t indent);
  /// Appends to the open line.
  void append(llvm::StringRef code) { lines.back().code += code; }
  /// Puts comments behind the open line, the second and further ones below the first, and begins a
  /// line with `indent`.
  void endLineWith(llvm::ArrayRef<llvm::StringRef> comments, size_t indent);
  /// Writes a comment on a line of its own with the indentation of the open line, which is empty.
  void writeComment(llvm::StringRef comment);
  /// Writes a blank line above the open line, which is empty.
  void writeBlank();

  bool isFresh() const { return lines.back().code.empty(); }
  /// The indentation of the open line.
  size_t indent() const { return lines.back().indent; }
  /// Where the next character of the open line stands.
  size_t column() const;

  /// The whole text.
  std::string text() const;

private:
  struct Line {
    size_t indent = 0;
    std::string code; ///< empty for a blank line, or a comment
    std::vector<std::string> comments;
    size_t width() const;
  };

  /// Chooses the column of the comments of `lines[begin, end)`, neighbours with comments.
  std::vector<size_t> commentColumns(size_t begin, size_t end) const;

  std::vector<Line> lines = {Line()};
};

} // namespace gatefold::formatting

#endif // GATEFOLD_LIB_LANGUAGE_FORMATLINES_H
