//===- FormatTokens.h - Tokens with their comments -----------------*- C++ -*-===//
//
// What the formatter lays out: the tokens of a text in the lines that the grammar makes of them,
// each with the comments and blank lines that an author put around it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_FORMATTOKENS_H
#define GATEFOLD_LIB_LANGUAGE_FORMATTOKENS_H

#include "gatefold/Language/Lexer.h"
#include <vector>

namespace gatefold::formatting {

/// A comment on a line of its own.
struct Comment {
  llvm::StringRef text; ///< from `//` on, without white space at its end
  bool afterBlank;      ///< a blank line stands above it
};

/// A token with the comments around it.
struct CommentedToken {
  Token token;
  std::vector<Comment> above; ///< on lines between the token before and this one
  bool afterBlank = false;    ///< a blank line stands directly above its line
  /// The comment behind it on its line, and the comments in the same column below that. Empty
  /// without one.
  std::vector<llvm::StringRef> behind;

  bool isSeparator() const { return token.isOneOf(Token::Kind::Comma, Token::Kind::Semicolon); }
};

/// The tokens of one statement, header or `}`, which canonical text puts on a line of its own.
struct LogicalLine {
  std::vector<CommentedToken> tokens;
  unsigned depth = 0; ///< how many blocks are around it
};

/// The lines of `buffer`, a text without errors; the last holds only the end of the file.
std::vector<LogicalLine> readLines(llvm::StringRef buffer, Diagnostics &diagnostics);

/// How many columns `text`, UTF-8, takes.
size_t columnsOf(llvm::StringRef text);

} // namespace gatefold::formatting

#endif // GATEFOLD_LIB_LANGUAGE_FORMATTOKENS_H
