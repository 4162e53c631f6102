//===- QueriesTokens.cpp - The tokens around a place ---------------*- C++ -*-===//
//
// Finds tokens by place, and brackets by token.
//
//===----------------------------------------------------------------------===//

#include "QueriesTokens.h"

#include "llvm/ADT/STLExtras.h"

using namespace gatefold;
using namespace gatefold::queries;

using Kind = Token::Kind;

Tokens::Tokens(llvm::StringRef buffer) : buffer(buffer) {
  if (buffer.contains('\0'))
    return;
  llvm::SourceMgr sources;
  Diagnostics ignored(sources);
  Lexer lexer(buffer, ignored);
  for (Token token = lexer.lex(); !token.is(Kind::EndOfFile); token = lexer.lex())
    tokens.push_back(token);
}

const Token &Tokens::operator[](size_t index) const {
  static const Token none;
  return index < tokens.size() ? tokens[index] : none;
}

size_t Tokens::countBefore(const char *place) const {
  return llvm::partition_point(tokens,
                               [&](const Token &token) { return token.text.end() <= place; }) -
         tokens.begin();
}

static bool isWord(const Token &token) { return token.is(Kind::Name) || token.isKeyword(); }

std::optional<size_t> Tokens::at(const char *place) const {
  const size_t next = countBefore(place);
  const bool touchesNext = next < tokens.size() && tokens[next].text.begin() <= place;
  const bool touchesLast = next > 0 && tokens[next - 1].text.end() == place;
  if (touchesLast && (!touchesNext || !isWord(tokens[next])))
    return next - 1;
  if (touchesNext)
    return next;
  return std::nullopt;
}

bool Tokens::isInProse(const char *place) const {
  const size_t next = countBefore(place);
  const Token &token = (*this)[next];
  if (next < tokens.size() && token.text.begin() < place)
    return token.is(Kind::String) || token.text.starts_with("\"");
  const Token &last = (*this)[next - 1];
  if (next > 0 && last.is(Kind::Error) && last.text.starts_with("\"") && last.text.end() == place)
    return true; // a string without its end
  const char *start = next > 0 ? last.text.end() : buffer.begin();
  llvm::StringRef gap(start, place - start);
  return gap.substr(gap.rfind('\n') + 1).contains("//");
}

/// Whether the token `index` can only begin a statement, so that a bracket above it lacks its
/// partner.
bool Tokens::interrupts(size_t index) const {
  const Token &token = tokens[index];
  if (!token.startsLine)
    return false;
  if (token.beginsDeclaration() ||
      token.isOneOf(Kind::Weight, Kind::State, Kind::Window, Kind::When, Kind::Require,
                    Kind::Ignore, Kind::Return))
    return true;
  const bool isArgument = (*this)[index - 1].isOneOf(Kind::LeftParen, Kind::Comma);
  return token.is(Kind::Name) && (*this)[index + 1].is(Kind::Assign) && !isArgument;
}

std::optional<size_t> Tokens::openerOf(size_t index) const {
  unsigned closed = 0;
  for (size_t i = std::min(index, tokens.size()); i-- > 0;) {
    const Token &token = tokens[i];
    if (token.isOneOf(Kind::LeftBrace, Kind::RightBrace) || interrupts(i))
      return std::nullopt;
    if (token.isOneOf(Kind::RightParen, Kind::RightBracket))
      ++closed;
    else if (token.isOneOf(Kind::LeftParen, Kind::LeftBracket) && closed-- == 0)
      return i;
  }
  return std::nullopt;
}

size_t Tokens::partnerOf(size_t index) const { return openerOf(index).value_or(index); }

bool Tokens::beginsStatement(size_t index) const {
  const Token &token = (*this)[index];
  const Token &before = (*this)[index - 1];
  return index == 0 || before.isOneOf(Kind::LeftBrace, Kind::RightBrace) ||
         (token.startsLine && !before.continuesLine() && !openerOf(index));
}
