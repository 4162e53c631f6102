//===- FormatLines.cpp - The lines that the formatter writes -------*- C++ -*-===//
//
// Collects code and comments line by line, and aligns the comments behind neighbouring lines.
//
//===----------------------------------------------------------------------===//

#include "FormatLines.h"
#include "FormatTokens.h"
#include "llvm/ADT/STLExtras.h"

using namespace gatefold;
using namespace gatefold::formatting;

size_t OutputLines::Line::width() const { return indent + columnsOf(code); }

size_t OutputLines::column() const { return lines.back().width(); }

void OutputLines::beginLine(size_t indent) {
  if (!isFresh())
    lines.emplace_back();
  lines.back().indent = indent;
}

void OutputLines::endLineWith(llvm::ArrayRef<llvm::StringRef> comments, size_t indent) {
  for (llvm::StringRef comment : comments)
    lines.back().comments.push_back(comment.str());
  lines.emplace_back();
  lines.back().indent = indent;
}

void OutputLines::writeComment(llvm::StringRef comment) { endLineWith({comment}, indent()); }

void OutputLines::writeBlank() { lines.insert(lines.end() - 1, Line()); }

std::vector<size_t> OutputLines::commentColumns(size_t begin, size_t end) const {
  constexpr size_t distance = 2;
  std::vector<size_t> columns;
  for (size_t i = begin; i < end; ++i)
    columns.push_back(lines[i].width() + distance);
  const size_t shared = *llvm::max_element(columns);
  const bool isShared = llvm::all_of(llvm::make_range(lines.begin() + begin, lines.begin() + end),
                                     [&](const Line &line) {
                                       return llvm::all_of(line.comments, [&](const auto &comment) {
                                         return shared + columnsOf(comment) <= lineWidth;
                                       });
                                     });
  if (isShared)
    columns.assign(columns.size(), shared);
  // A comment on the next line must not seem to go on the last one.
  if (end < lines.size() && lines[end].code.empty() && lines[end].indent == columns.back())
    for (size_t &column : columns)
      ++column;
  return columns;
}

std::string OutputLines::text() const {
  std::string text;
  const size_t size = lines.size() - isFresh(); // nothing was written to the last one
  for (size_t begin = 0, end; begin < size; begin = end) {
    auto isCommented = [&](size_t i) {
      return i < size && !lines[i].code.empty() && !lines[i].comments.empty();
    };
    // What opens or closes a block is no neighbour of what is inside.
    auto isEdge = [&](size_t i) { return lines[i].code.back() == '{' || lines[i].code == "}"; };
    for (end = begin; isCommented(end) && (end == begin || !isEdge(end)); ++end)
      if (isEdge(end)) {
        ++end;
        break;
      }
    std::vector<size_t> columns;
    if (end > begin)
      columns = commentColumns(begin, end);
    else
      ++end;
    for (size_t i = begin; i < end; ++i) {
      const Line &line = lines[i];
      std::string written = line.code.empty() ? "" : std::string(line.indent, ' ') + line.code;
      for (const std::string &comment : line.comments) {
        size_t column = columns.empty() ? line.indent : columns[i - begin];
        written += std::string(column - (written.empty() ? 0 : line.width()), ' ') + comment + '\n';
        text += written;
        written.clear();
      }
      if (line.comments.empty())
        text += written + '\n';
    }
  }
  return text;
}
