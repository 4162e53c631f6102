//===- Parser.cpp - Text to syntax tree ---------------------------*- C++ -*-===//
//
// The entry points of the parser, and what every production uses: tokens, errors, and the way on
// after an error.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Parser.h"
#include "ParserImpl.h"

using namespace gatefold;

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

bool gatefold::parseInto(SourceFile &file, llvm::SourceMgr &sources, unsigned bufferId,
                         Diagnostics &diagnostics, bool fromLibrary) {
  llvm::StringRef buffer = sources.getMemoryBuffer(bufferId)->getBuffer();
  if (size_t nul = buffer.find('\0'); nul != llvm::StringRef::npos) {
    llvm::SMLoc place = llvm::SMLoc::getFromPointer(buffer.data() + nul);
    diagnostics.error({place, place}, "not a text file: it has a NUL byte here");
    return file.isWhole = false;
  }
  unsigned errorsBefore = diagnostics.numErrors();
  Parser(file, buffer, diagnostics, fromLibrary).parseFile();
  const bool isWhole = diagnostics.numErrors() == errorsBefore;
  file.isWhole &= isWhole;
  return isWhole;
}

std::unique_ptr<SourceFile> gatefold::parseFile(llvm::SourceMgr &sources, unsigned bufferId,
                                                Diagnostics &diagnostics) {
  auto file = std::make_unique<SourceFile>();
  if (!parseInto(*file, sources, bufferId, diagnostics))
    return nullptr;
  return file;
}

Parser::Parser(SourceFile &file, llvm::StringRef buffer, Diagnostics &diagnostics, bool fromLibrary)
    : file(file), diagnostics(diagnostics), lexer(buffer, diagnostics), fromLibrary(fromLibrary),
      errorsBefore(diagnostics.numErrors()), declarationsBefore(file.declarations.size()) {
  previous.text = buffer.take_front(0);
  current = lexer.lex();
  ahead = lexer.lex();
}

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

void Parser::advance() {
  if (diagnostics.numErrors() - errorsBefore >= ParserLimits::errors && !ahead.is(Kind::EndOfFile))
    return giveUp();
  afterEndOfLine = at(Kind::EndOfLine);
  if (!afterEndOfLine) {
    beforePrevious = previous;
    previous = current;
    if (previous.isOneOf(Kind::LeftParen, Kind::LeftBracket))
      ++bracketDepth;
    else if (previous.isOneOf(Kind::RightParen, Kind::RightBracket) && bracketDepth > 0)
      --bracketDepth;
    if (ahead.startsLine && bracketDepth == 0 && !previous.continuesLine() &&
        !ahead.is(Kind::EndOfFile)) {
      current = Token();
      current.kind = Kind::EndOfLine;
      current.text = previous.text.take_back(0);
      return;
    }
  }
  current = ahead;
  ahead = lexer.lex();
}

bool Parser::accept(Kind kind) {
  if (!at(kind))
    return false;
  advance();
  return true;
}

bool Parser::acceptWord(llvm::StringRef word) {
  if (!current.isWord(word))
    return false;
  advance();
  return true;
}

bool Parser::expect(Kind kind, llvm::StringRef what) {
  if (accept(kind))
    return true;
  expected(what.empty() ? describe(kind) : what.str());
  return false;
}

bool Parser::expectClosing(Kind kind, const Token &open, llvm::StringRef what) {
  if (accept(kind))
    return true;
  Diagnostic *message = expected(what.empty() ? describe(kind) : what.str());
  llvm::StringRef between(open.text.begin(), previous.text.end() - open.text.begin());
  if (message && between.contains('\n'))
    message->note(open.range(), describe(open) + " is opened here");
  return false;
}

/// For a line that begins with what can only go on a statement.
void Parser::hintContinuation(Diagnostic *message) {
  if (message && current.continuesLine() && !at(Kind::Not))
    message->withHint("a statement goes on in the next line after an operator, not before one: "
                      "end the line above with " +
                      describe(current));
}

bool Parser::expectEndOfStatement() {
  if (accept(Kind::EndOfLine) || at(Kind::RightBrace) || at(Kind::EndOfFile))
    return true;
  bool separator = at(Kind::Semicolon);
  Diagnostic *message = expected("an operator or the end of the line");
  if (message && separator)
    message->withHint("every statement stands on a line of its own");
  return false;
}

std::optional<Name> Parser::parseName(llvm::StringRef what) {
  if (!at(Kind::Name)) {
    expected(what);
    return std::nullopt;
  }
  if (current.primed) {
    if (Diagnostic *message = expected((what + " without a prime").str()))
      message->withHint("a prime marks the next value of a state");
    return std::nullopt;
  }
  if (!countTerm(current.range()))
    return std::nullopt;
  Name name{current.text.str(), current.range()};
  advance();
  return name;
}

std::optional<Name> Parser::parseNameOrKeyword(llvm::StringRef what) {
  if (current.isKeyword())
    current.kind = Kind::Name;
  return parseName(what);
}

bool Parser::parseNames(std::vector<Name> &names, llvm::StringRef what) {
  do {
    std::optional<Name> name = parseName(what);
    if (!name)
      return false;
    names.push_back(std::move(*name));
  } while (accept(Kind::Comma));
  return true;
}

std::optional<int64_t> Parser::parseInteger(llvm::StringRef what) {
  int64_t value;
  if (!at(Kind::Integer)) {
    expected(what);
    return std::nullopt;
  }
  if (current.text.getAsInteger(10, value)) {
    error(current.range(), "the integer is too large, the largest is 9223372036854775807");
    return std::nullopt;
  }
  advance();
  return value;
}

bool Parser::parseList(const Token &open, Kind close, llvm::function_ref<bool()> item) {
  do {
    if (!item())
      return false;
  } while (accept(Kind::Comma));
  return expectClosing(close, open, "`,` or " + describe(close));
}

SourceRange Parser::rangeFrom(const Token &first) const {
  return {first.range().Start, previous.range().End};
}

//===----------------------------------------------------------------------===//
// Errors and recovery
//===----------------------------------------------------------------------===//

Diagnostic *Parser::error(SourceRange range, const llvm::Twine &text) {
  return gaveUp ? nullptr : &diagnostics.error(range, text);
}

Diagnostic *Parser::expected(const llvm::Twine &what) {
  if (at(Kind::Error))
    return nullptr;
  if (at(Kind::Assign) && previous.is(Kind::Name) && previous.startsLine &&
      beforePrevious.continuesLine() && bracketDepth == 0) {
    // The next statement was taken for the rest of one that broke off.
    SourceRange end = {beforePrevious.range().End, beforePrevious.range().End};
    return error(end, "expected the rest of the statement after " + describe(beforePrevious.kind) +
                          ", found the end of the line");
  }
  bool lineEnds = at(Kind::EndOfLine) || (current.startsLine && !afterEndOfLine);
  if (!lineEnds && !at(Kind::EndOfFile))
    return error(current.range(), "expected " + what + ", found " + describe(current));
  SourceRange end = {previous.range().End, previous.range().End};
  return error(end, "expected " + what + ", found " +
                        describe(at(Kind::EndOfFile) ? Kind::EndOfFile : Kind::EndOfLine));
}

void Parser::giveUp() {
  error(current.range(),
        "too many errors: reading stops after " + llvm::Twine(ParserLimits::errors));
  gaveUp = true;
  addUnread("");
  lexer.skipToEnd();
  current = ahead = lexer.lex();
}

/// A keyword at the start of a line that begins a declaration: nothing goes on beyond it.
static bool startsDeclaration(const Token &token) {
  return token.startsLine && token.beginsDeclaration();
}

void Parser::recover(const Token &first) {
  // Brackets that are only nested too deep are skipped as a whole; others may lack their partner.
  if (!tooDeep)
    bracketDepth = 0;
  // A line goes on in the next one if that is indented deeper or begins by closing a bracket.
  auto goesOn = [&](const Token &token) {
    return token.indentation > first.indentation ||
           token.isOneOf(Kind::RightParen, Kind::RightBracket);
  };
  while (!at(Kind::EndOfFile) && !at(Kind::RightBrace) && !gaveUp) {
    bool progressed = current.text.begin() != first.text.begin();
    if (at(Kind::EndOfLine)) {
      if (tooDeep || startsDeclaration(ahead) || !goesOn(ahead)) {
        advance();
        break;
      }
    } else if (progressed && current.startsLine) {
      if (startsDeclaration(current) || (!tooDeep && !goesOn(current)))
        break;
    }
    skipToken();
  }
  afterEndOfLine = true;
  bracketDepth = 0;
  tooDeep = false;
}

void Parser::skipToken() {
  unsigned braces = 0;
  do {
    if (at(Kind::LeftBrace))
      ++braces;
    else if (at(Kind::RightBrace))
      --braces;
    advance();
  } while (braces > 0 && !at(Kind::EndOfFile) && !startsDeclaration(current));
}

bool Parser::recoverToBlock() {
  bracketDepth = 0;
  tooDeep = false;
  do {
    if (at(Kind::LeftBrace))
      return true;
    advance();
  } while (!at(Kind::EndOfFile) && !startsDeclaration(current));
  afterEndOfLine = true;
  return false;
}

bool Parser::parseBlock(llvm::function_ref<bool()> item) {
  Token open = current;
  if (!expect(Kind::LeftBrace))
    return false;
  bool valid = true;
  for (;;) {
    while (accept(Kind::EndOfLine))
      continue;
    if (accept(Kind::RightBrace))
      return valid;
    if (at(Kind::EndOfFile) || startsDeclaration(current)) {
      // Of blocks in each other, the inmost is the one to close.
      if (unclosedAt == current.text.begin())
        return false;
      unclosedAt = current.text.begin();
      if (Diagnostic *message = expected("`}`"))
        message->note(open.range(), "the block begins here");
      return false;
    }
    beginStatement();
    Token first = current;
    if (!item()) {
      valid = false;
      recover(first);
    }
  }
}

void Parser::beginStatement() {
  nesting = operators = terms = 0;
  inRequire = inSize = false;
  tupleStart = nullptr;
}
