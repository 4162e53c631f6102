//===- Lexer.h - Text to tokens -----------------------------------*- C++ -*-===//
//
// Cuts one buffer into tokens. A token is a kind and a slice of the buffer, so it knows its place.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_LEXER_H
#define GATEFOLD_LANGUAGE_LEXER_H

#include "gatefold/Language/Diagnostics.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace gatefold {

/// A kind of token and the slice of the text that it covers.
struct Token {
  enum class Kind {
    EndOfFile,
    EndOfLine, ///< the end of a statement's line; the parser makes it where a line does not go on
    Error,     ///< already reported
    Name, ///< `h`; with `primed` set also `h'`; also words with a meaning at one place, as `in`
    Integer,
    Number, ///< with a point or an exponent
    String, ///< with its quotes
    // Keywords.
    Import,
    Const,
    Fn,
    Layer,
    Cell,
    Model,
    Binding,
    Vocabulary,
    For,
    Weight,
    State,
    Back,
    Window,
    History,
    Position,
    When,
    Require,
    Ignore,
    Load,
    From,
    Scan,
    Reverse,
    Generate,
    If,
    Then,
    Else,
    And,
    Or,
    Not,
    New,
    True,
    False,
    Return,
    // Punctuation.
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    Comma,
    Colon,
    Semicolon,
    Arrow,
    Assign,
    MemberDot,   ///< no white space before it and a letter after it
    ContractDot, ///< white space before it
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Caret,
    At,
    EqualEqual,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
  };

  Kind kind = Kind::EndOfFile;
  llvm::StringRef text;
  bool primed = false;           ///< Name: a prime follows; `text` includes it
  bool startsLine = false;       ///< the first token of its line
  size_t indentation = 0;        ///< startsLine: the number of characters before it
  llvm::StringRef documentation; ///< the source lines from the first `///` line above to this token

  bool is(Kind other) const { return kind == other; }
  /// A word that is no keyword but has a meaning where it stands: `in`, `pad`, `keep`.
  bool isWord(llvm::StringRef word) const { return kind == Kind::Name && text == word; }
  template <typename... Kinds>
  bool isOneOf(Kinds... kinds) const {
    return (is(kinds) || ...);
  }
  /// One of the keywords that begin a declaration.
  bool beginsDeclaration() const;
  bool isKeyword() const;
  /// Whether a statement goes on in the next line when its line ends with this token.
  bool continuesLine() const;
  SourceRange range() const;
};

/// How a message names a kind of token: "`(`", "a name".
std::string describe(Token::Kind kind);
/// How a message names a token that it did not expect: "`x`", "the keyword `state`", "the end of
/// the file".
std::string describe(const Token &token);

/// Hands out the tokens of one buffer. Faults inside a token are reported here, and the token is an
/// `Error`.
class Lexer {
public:
  /// `buffer` must lie in the sources of `diagnostics` and must not contain NUL bytes.
  Lexer(llvm::StringRef buffer, Diagnostics &diagnostics);

  /// The next token; at the end `EndOfFile` for ever.
  Token lex();

  /// Moves to the end of the text: the next token is `EndOfFile`.
  void skipToEnd() { position = buffer.size(); }

private:
  bool atEnd() const { return position >= buffer.size(); }
  /// The character `offset` places ahead, or NUL beyond the end.
  char peek(size_t offset = 0) const {
    return position + offset < buffer.size() ? buffer[position + offset] : '\0';
  }
  /// Skips white space and comments, noting line starts and documentation in `token`.
  void skipBlanks(Token &token);
  /// Finishes `token` as the `length` characters from here on.
  Token take(Token token, Token::Kind kind, size_t length);
  /// Like take, for a token that is wrong as described.
  Token takeError(Token token, size_t length, const llvm::Twine &message,
                  const llvm::Twine &hint = "");
  Token lexName(Token token);
  Token lexNumber(Token token);
  Token lexString(Token token);
  Token lexDot(Token token);
  Token lexOperator(Token token);
  Token lexUnknown(Token token);

  llvm::StringRef buffer;
  Diagnostics &diagnostics;
  size_t position = 0;
  bool anyToken = false; ///< the first token is at the start of a line without a line end before it
};

/// The text of a String token without quotes and escapes.
std::string unquote(llvm::StringRef literal);
/// `text` in quotes, with escapes where they are needed: the inverse of unquote.
std::string quote(llvm::StringRef text);

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_LEXER_H
