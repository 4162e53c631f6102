//===- Formatter.cpp - One layout for all texts --------------------*- C++ -*-===//
//
// Lays out line by line, with the author's blank lines and comments between them.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Formatter.h"
#include "FormatLayout.h"
#include "gatefold/Language/Parser.h"
#include "gatefold/Language/SyntaxPrinter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace gatefold;
using namespace gatefold::formatting;

using Kind = Token::Kind;

//===----------------------------------------------------------------------===//
// Blank lines
//===----------------------------------------------------------------------===//

namespace {
/// Where blank lines stand above a line and the comments over it.
struct BlankLines {
  bool aboveFirst = false; ///< above the first comment, or the line if it has none
  bool aboveCode = false;  ///< between the last comment and the line
};
} // namespace

/// The blank lines between `previous` (null at the start of the file) and `line`.
static BlankLines blankLines(const LogicalLine *previous, const LogicalLine &line) {
  const CommentedToken &first = line.tokens.front();
  const bool ends = first.token.isOneOf(Kind::RightBrace, Kind::EndOfFile);
  BlankLines blanks;
  if (first.above.empty()) {
    blanks.aboveFirst = first.afterBlank && !ends;
  } else {
    blanks.aboveFirst = first.above.front().afterBlank;
    blanks.aboveCode = first.afterBlank && !ends;
  }
  if (!previous || previous->tokens.back().token.is(Kind::LeftBrace)) {
    blanks.aboveFirst = false;
    return blanks;
  }
  // A comment that a blank line sets apart from what follows belongs to what is above it.
  const bool isSetApart =
      blanks.aboveCode || llvm::any_of(llvm::drop_begin(first.above, !first.above.empty()),
                                       [](const Comment &comment) { return comment.afterBlank; });
  const bool endsBlock = previous->depth == 0 && previous->tokens.back().token.is(Kind::RightBrace);
  const bool beginsBlock = line.depth == 0 && line.tokens.back().token.is(Kind::LeftBrace);
  if ((endsBlock || beginsBlock) && !isSetApart &&
      !(first.token.is(Kind::EndOfFile) && first.above.empty()))
    blanks.aboveFirst = true;
  return blanks;
}

/// Writes the comments and blank lines above `line` and begins the line itself.
static void writeAbove(const LogicalLine &line, BlankLines blanks, OutputLines &out) {
  const CommentedToken &first = line.tokens.front();
  const size_t indent = 2 * line.depth;
  // What stands above the end of a block belongs to the block.
  out.beginLine(first.token.is(Kind::RightBrace) ? indent + 2 : indent);
  if (blanks.aboveFirst)
    out.writeBlank();
  for (const Comment &comment : first.above) {
    if (comment.afterBlank && &comment != &first.above.front())
      out.writeBlank();
    out.writeComment(comment.text);
  }
  if (blanks.aboveCode)
    out.writeBlank();
  out.beginLine(indent);
}

static std::string layOut(llvm::StringRef buffer, Diagnostics &diagnostics) {
  std::vector<LogicalLine> lines = readLines(buffer, diagnostics);
  OutputLines out;
  for (size_t i = 0; i < lines.size(); ++i) {
    writeAbove(lines[i], blankLines(i > 0 ? &lines[i - 1] : nullptr, lines[i]), out);
    if (!lines[i].tokens.front().token.is(Kind::EndOfFile))
      LineLayout(lines[i], out).write();
  }
  return out.text();
}

//===----------------------------------------------------------------------===//
// The proof
//===----------------------------------------------------------------------===//

namespace {
/// What a layout must not change: the tree, and the comments in their order.
struct Contents {
  std::string tree;
  std::vector<std::string> comments;
  bool operator==(const Contents &other) const = default;
};
} // namespace

/// The contents of a text; nullopt when it has errors.
static std::optional<Contents> readContents(llvm::SourceMgr &sources, unsigned bufferId,
                                            Diagnostics &diagnostics) {
  std::unique_ptr<SourceFile> file = parseFile(sources, bufferId, diagnostics);
  if (!file)
    return std::nullopt;
  Contents contents;
  llvm::raw_string_ostream os(contents.tree);
  printSyntax(os, *file, sources);
  llvm::StringRef buffer = sources.getMemoryBuffer(bufferId)->getBuffer();
  for (const LogicalLine &line : readLines(buffer, diagnostics))
    for (const CommentedToken &token : line.tokens) {
      for (const Comment &comment : token.above)
        contents.comments.push_back(comment.text.str());
      for (llvm::StringRef comment : token.behind)
        contents.comments.push_back(comment.str());
    }
  return contents;
}

std::optional<std::string> gatefold::formatText(llvm::SourceMgr &sources, unsigned bufferId,
                                                Diagnostics &diagnostics) {
  std::optional<Contents> contents = readContents(sources, bufferId, diagnostics);
  if (!contents)
    return std::nullopt;
  llvm::StringRef buffer = sources.getMemoryBuffer(bufferId)->getBuffer();
  std::string text = layOut(buffer, diagnostics);

  llvm::SourceMgr formattedSources;
  Diagnostics formattedDiagnostics(formattedSources);
  unsigned id = formattedSources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text),
                                                    llvm::SMLoc());
  if (readContents(formattedSources, id, formattedDiagnostics) == contents)
    return text;
  llvm::SMLoc start = llvm::SMLoc::getFromPointer(buffer.begin());
  diagnostics.error({start, start}, "the layout of this text would change what it says, so it is "
                                    "left as it is; this is a fault of the formatter");
  return std::nullopt;
}
