//===- FormatTokens.cpp - Tokens with their comments ---------------*- C++ -*-===//
//
// The lexer skips comments; they are found again between the tokens that it gives.
//
//===----------------------------------------------------------------------===//

#include "FormatTokens.h"
#include "llvm/ADT/STLExtras.h"

using namespace gatefold;
using namespace gatefold::formatting;

using Kind = Token::Kind;

size_t formatting::columnsOf(llvm::StringRef text) {
  return llvm::count_if(text,
                        [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

/// The column of `place`, which lies in `buffer`.
static size_t columnIn(llvm::StringRef buffer, const char *place) {
  llvm::StringRef before = buffer.take_front(place - buffer.data());
  return columnsOf(before.drop_front(before.rfind('\n') + 1)); // npos + 1 is 0
}

/// Attaches the comments of `gap`, the text of `buffer` between `previous` (null at the start of
/// the file) and `next`.
static void attachComments(llvm::StringRef buffer, llvm::StringRef gap, CommentedToken *previous,
                           CommentedToken &next) {
  std::optional<size_t> columnBehind;
  bool afterBlank = false;
  for (bool isFirst = true; !gap.empty(); isFirst = false) {
    const size_t end = gap.find('\n');
    llvm::StringRef text = gap.take_front(end).trim();
    gap = end == llvm::StringRef::npos ? llvm::StringRef() : gap.drop_front(end + 1);
    if (text.empty()) {
      // What follows the last line end is the indentation of the next token.
      afterBlank |= end != llvm::StringRef::npos && (!isFirst || !previous);
    } else if (isFirst && previous) {
      previous->behind.push_back(text);
      columnBehind = columnIn(buffer, text.begin());
    } else if (columnBehind == columnIn(buffer, text.begin()) && !afterBlank) {
      previous->behind.push_back(text);
    } else {
      next.above.push_back({text, afterBlank});
      afterBlank = false;
      columnBehind.reset();
    }
  }
  next.afterBlank = afterBlank;
}

static std::vector<CommentedToken> readTokens(llvm::StringRef buffer, Diagnostics &diagnostics) {
  Lexer lexer(buffer, diagnostics);
  std::vector<CommentedToken> tokens;
  const char *end = buffer.begin();
  if (buffer.starts_with("\xEF\xBB\xBF"))
    end += 3;
  do {
    CommentedToken next;
    next.token = lexer.lex();
    llvm::StringRef gap(end, next.token.text.begin() - end);
    attachComments(buffer, gap, tokens.empty() ? nullptr : &tokens.back(), next);
    end = next.token.text.end();
    tokens.push_back(std::move(next));
  } while (!tokens.back().token.is(Kind::EndOfFile));
  return tokens;
}

/// Moves comments that stand before a separator behind it, where a line can end.
static void moveBehindSeparators(std::vector<CommentedToken> &tokens) {
  for (size_t i = 1; i + 1 < tokens.size(); ++i) {
    CommentedToken &separator = tokens[i];
    if (!separator.isSeparator() || !separator.behind.empty())
      continue;
    std::vector<Comment> &after = tokens[i + 1].above;
    after.insert(after.begin(), separator.above.begin(), separator.above.end());
    separator.above.clear();
    separator.behind = std::move(tokens[i - 1].behind);
    tokens[i - 1].behind.clear();
  }
}

/// Moves the comment behind a block that stands on one line up to the line of its `{`.
static void moveToHeaders(std::vector<CommentedToken> &tokens) {
  std::vector<CommentedToken *> open;
  for (CommentedToken &next : tokens) {
    if (next.token.is(Kind::LeftBrace))
      open.push_back(&next);
    if (!next.token.is(Kind::RightBrace) || open.empty())
      continue;
    CommentedToken &brace = *open.back();
    open.pop_back();
    llvm::StringRef block(brace.token.text.begin(),
                          next.token.text.end() - brace.token.text.begin());
    if (!block.contains('\n'))
      std::swap(brace.behind, next.behind);
  }
}

/// Whether `next` begins a line of its own behind `previous`, with so many brackets open.
static bool beginsLine(const Token &previous, const Token &next, unsigned brackets) {
  if (previous.isOneOf(Kind::LeftBrace, Kind::RightBrace) ||
      next.isOneOf(Kind::RightBrace, Kind::EndOfFile))
    return true;
  return next.startsLine && brackets == 0 && !previous.continuesLine();
}

std::vector<LogicalLine> formatting::readLines(llvm::StringRef buffer, Diagnostics &diagnostics) {
  std::vector<CommentedToken> tokens = readTokens(buffer, diagnostics);
  moveBehindSeparators(tokens);
  moveToHeaders(tokens);
  std::vector<LogicalLine> lines;
  unsigned brackets = 0, depth = 0;
  for (CommentedToken &next : tokens) {
    const Token token = next.token;
    if (token.is(Kind::RightBrace) && depth > 0)
      --depth;
    if (lines.empty() || beginsLine(lines.back().tokens.back().token, token, brackets))
      lines.push_back({{}, depth});
    lines.back().tokens.push_back(std::move(next));
    depth += token.is(Kind::LeftBrace);
    brackets += token.isOneOf(Kind::LeftParen, Kind::LeftBracket);
    brackets -= token.isOneOf(Kind::RightParen, Kind::RightBracket);
  }
  return lines;
}
