//===- Lexer.cpp - Text to tokens ---------------------------------*- C++ -*-===//
//
// Cuts one buffer into tokens by hand-written rules, one function for each class of token.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Lexer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ConvertUTF.h"

using namespace gatefold;
using Kind = Token::Kind;

//===----------------------------------------------------------------------===//
// Words and how messages name tokens
//===----------------------------------------------------------------------===//

namespace {
struct Spelling {
  Kind kind;
  llvm::StringRef text;
};
} // namespace

static constexpr Spelling keywords[] = {
    {Kind::Import, "import"},
    {Kind::Const, "const"},
    {Kind::Fn, "fn"},
    {Kind::Layer, "layer"},
    {Kind::Cell, "cell"},
    {Kind::Model, "model"},
    {Kind::Binding, "binding"},
    {Kind::Vocabulary, "vocabulary"},
    {Kind::For, "for"},
    {Kind::Weight, "weight"},
    {Kind::State, "state"},
    {Kind::Back, "back"},
    {Kind::Window, "window"},
    {Kind::History, "history"},
    {Kind::Position, "position"},
    {Kind::When, "when"},
    {Kind::Require, "require"},
    {Kind::Ignore, "ignore"},
    {Kind::Load, "load"},
    {Kind::From, "from"},
    {Kind::Scan, "scan"},
    {Kind::Reverse, "reverse"},
    {Kind::Generate, "generate"},
    {Kind::If, "if"},
    {Kind::Then, "then"},
    {Kind::Else, "else"},
    {Kind::And, "and"},
    {Kind::Or, "or"},
    {Kind::Not, "not"},
    {Kind::New, "new"},
    {Kind::True, "true"},
    {Kind::False, "false"},
    {Kind::Return, "return"},
};

// Longer operators come before those that they begin with.
static constexpr Spelling operators[] = {
    {Kind::Arrow, "->"},     {Kind::EqualEqual, "=="},   {Kind::NotEqual, "!="},
    {Kind::LessEqual, "<="}, {Kind::GreaterEqual, ">="}, {Kind::LeftParen, "("},
    {Kind::RightParen, ")"}, {Kind::LeftBracket, "["},   {Kind::RightBracket, "]"},
    {Kind::LeftBrace, "{"},  {Kind::RightBrace, "}"},    {Kind::Comma, ","},
    {Kind::Colon, ":"},      {Kind::Semicolon, ";"},     {Kind::Assign, "="},
    {Kind::Plus, "+"},       {Kind::Minus, "-"},         {Kind::Star, "*"},
    {Kind::Slash, "/"},      {Kind::Percent, "%"},       {Kind::Caret, "^"},
    {Kind::At, "@"},         {Kind::Less, "<"},          {Kind::Greater, ">"},
    {Kind::MemberDot, "."},  {Kind::ContractDot, "."},
};

bool Token::beginsDeclaration() const {
  return isOneOf(Kind::Const, Kind::Fn, Kind::Layer, Kind::Cell, Kind::Model, Kind::Binding,
                 Kind::Vocabulary);
}

bool Token::isKeyword() const { return kind >= Kind::Import && kind <= Kind::Return; }

bool Token::continuesLine() const {
  return isOneOf(Kind::Comma, Kind::Arrow, Kind::Assign, Kind::Then, Kind::Else, Kind::And,
                 Kind::Or, Kind::Not, Kind::ContractDot, Kind::Plus, Kind::Minus, Kind::Star,
                 Kind::Slash, Kind::Percent, Kind::Caret, Kind::At, Kind::EqualEqual,
                 Kind::NotEqual, Kind::Less, Kind::LessEqual, Kind::Greater, Kind::GreaterEqual);
}

SourceRange Token::range() const {
  return {llvm::SMLoc::getFromPointer(text.begin()), llvm::SMLoc::getFromPointer(text.end())};
}

std::string gatefold::describe(Kind kind) {
  for (llvm::ArrayRef<Spelling> table : {llvm::ArrayRef(keywords), llvm::ArrayRef(operators)})
    for (const Spelling &spelling : table)
      if (spelling.kind == kind)
        return ("`" + spelling.text + "`").str();
  switch (kind) {
  case Kind::EndOfFile:
    return "the end of the file";
  case Kind::EndOfLine:
    return "the end of the line";
  case Kind::Name:
    return "a name";
  case Kind::Integer:
    return "an integer";
  case Kind::Number:
    return "a number";
  case Kind::String:
    return "a string in quotes";
  default:
    return "a token";
  }
}

/// `text` as a message quotes it: long texts are cut.
static std::string shorten(llvm::StringRef text) {
  constexpr size_t longest = 40;
  if (text.size() <= longest)
    return text.str();
  size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return text.take_front(end).str() + "…";
}

std::string gatefold::describe(const Token &token) {
  if (token.isOneOf(Kind::EndOfFile, Kind::EndOfLine))
    return describe(token.kind);
  return (token.isKeyword() ? "the keyword `" : "`") + shorten(token.text) + "`";
}

//===----------------------------------------------------------------------===//
// White space and comments
//===----------------------------------------------------------------------===//

Lexer::Lexer(llvm::StringRef buffer, Diagnostics &diagnostics)
    : buffer(buffer), diagnostics(diagnostics) {
  constexpr llvm::StringLiteral byteOrderMark = "\xEF\xBB\xBF";
  if (buffer.starts_with(byteOrderMark))
    position = byteOrderMark.size();
}

void Lexer::skipBlanks(Token &token) {
  const char *documentation = nullptr;
  size_t lineStart = position;
  token.startsLine = !anyToken;
  anyToken = true;
  while (!atEnd()) {
    char c = peek();
    if (c == '\n') {
      token.startsLine = true;
      lineStart = ++position;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      ++position;
    } else if (c == '/' && peek(1) == '/') {
      bool documents = peek(2) == '/' && peek(3) != '/' && token.startsLine;
      if (documents && !documentation)
        documentation = buffer.data() + position;
      position = std::min(buffer.find('\n', position), buffer.size());
    } else {
      break;
    }
  }
  token.indentation = position - lineStart;
  if (documentation)
    token.documentation = llvm::StringRef(documentation, buffer.data() + position - documentation);
}

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

static bool isNameStart(char c) { return llvm::isAlpha(c) || c == '_'; }
static bool isNamePart(char c) { return llvm::isAlnum(c) || c == '_'; }

Token Lexer::take(Token token, Kind kind, size_t length) {
  token.kind = kind;
  token.text = buffer.substr(position, length);
  position += token.text.size();
  return token;
}

Token Lexer::takeError(Token token, size_t length, const llvm::Twine &message,
                       const llvm::Twine &hint) {
  token = take(token, Kind::Error, length);
  diagnostics.error(token.range(), message).withHint(hint);
  return token;
}

Token Lexer::lex() {
  Token token;
  skipBlanks(token);
  if (atEnd())
    return take(token, Kind::EndOfFile, 0);
  char c = peek();
  if (isNameStart(c))
    return lexName(token);
  if (llvm::isDigit(c))
    return lexNumber(token);
  if (c == '"')
    return lexString(token);
  if (c == '.')
    return lexDot(token);
  return lexOperator(token);
}

/// name ::= letter { letter | digit } [ "'" ]
Token Lexer::lexName(Token token) {
  size_t length = buffer.drop_front(position).take_while(isNamePart).size();
  llvm::StringRef word = buffer.substr(position, length);
  if (peek(length) == '\'') {
    if (peek(length + 1) == '\'')
      return takeError(token, length + 2, "a name has one prime at most");
    token.primed = true;
    return take(token, Kind::Name, length + 1);
  }
  for (const Spelling &keyword : keywords)
    if (keyword.text == word)
      return take(token, keyword.kind, length);
  return take(token, Kind::Name, length);
}

/// number ::= digits [ "." digits ] [ ("e" | "E") [ "+" | "-" ] digits ]
Token Lexer::lexNumber(Token token) {
  // Reading a number takes the square of its length, and no double needs more digits.
  constexpr size_t longest = 100;
  Kind kind = Kind::Integer;
  size_t length = 0;
  auto skipDigits = [&] {
    size_t start = length;
    while (llvm::isDigit(peek(length)))
      ++length;
    return length > start;
  };
  skipDigits();
  if (peek(length) == '.') {
    ++length;
    kind = Kind::Number;
    if (!skipDigits())
      return takeError(token, length, "expected a digit after the point of a number");
  }
  if (peek(length) == 'e' || peek(length) == 'E') {
    size_t sign = peek(length + 1) == '+' || peek(length + 1) == '-';
    if (llvm::isDigit(peek(length + 1 + sign))) {
      length += 1 + sign;
      kind = Kind::Number;
      skipDigits();
    }
  }
  if (isNamePart(peek(length))) {
    size_t digits = length;
    while (isNamePart(peek(length)))
      ++length;
    llvm::StringRef number = buffer.substr(position, digits);
    llvm::StringRef rest = buffer.substr(position + digits, length - digits);
    return takeError(token, length,
                     "`" + shorten(buffer.substr(position, length)) +
                         "` is neither a number nor a name",
                     "a product is written `" + shorten(number) + " * " + shorten(rest) + "`");
  }
  if (length > longest)
    return takeError(token, length,
                     "a number has at most " + llvm::Twine(longest) + " characters, this one has " +
                         llvm::Twine(length));
  double value;
  if (buffer.substr(position, length).getAsDouble(value) || value > 1.7976931348623157e308)
    return takeError(token, length, "the number is too large, the largest is about 1.8e308");
  return take(token, kind, length);
}

/// The characters that stand behind `\` in a string, each with what the two mean.
static constexpr std::pair<char, char> escapes[] = {
    {'"', '"'}, {'\\', '\\'}, {'n', '\n'}, {'t', '\t'}};

/// Where the first byte is that belongs to no UTF-8 character; nullopt if there is none.
static std::optional<size_t> findNoUtf8(llvm::StringRef text) {
  auto *at = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  if (llvm::isLegalUTF8String(&at, reinterpret_cast<const llvm::UTF8 *>(text.end())))
    return std::nullopt;
  return at - reinterpret_cast<const llvm::UTF8 *>(text.begin());
}

/// A byte that is no text, as a message names it.
static std::string notUtf8(char byte) {
  return "byte 0x" + llvm::utohexstr(static_cast<unsigned char>(byte), true) + " is not UTF-8 text";
}

/// string ::= '"' { character | '\"' | '\\' | '\n' | '\t' } '"'
Token Lexer::lexString(Token token) {
  size_t length = 1;
  std::optional<size_t> badEscape;
  for (;; ++length) {
    char c = peek(length);
    if (position + length >= buffer.size() || c == '\n') {
      while (length > 1 && peek(length - 1) == '\r')
        --length;
      return takeError(token, length, "the string does not end on its line",
                       "a string begins and ends with `\"`");
    }
    if (c == '"')
      break;
    if (c != '\\')
      continue;
    if (!llvm::is_contained(llvm::make_first_range(escapes), peek(length + 1)))
      badEscape = badEscape.value_or(length);
    else
      ++length;
  }
  if (std::optional<size_t> wrong = findNoUtf8(buffer.substr(position, length + 1))) {
    Token byte;
    byte.text = buffer.substr(position + *wrong, 1);
    diagnostics.error(byte.range(), notUtf8(byte.text.front()));
    return take(token, Kind::Error, length + 1);
  }
  if (!badEscape)
    return take(token, Kind::String, length + 1);
  Token escape;
  escape.text = buffer.substr(position + *badEscape, 1);
  diagnostics.error(escape.range(), "`\\` stands only before `\"`, `\\`, `n` and `t`")
      .withHint("a backslash itself is written `\\\\`");
  return take(token, Kind::Error, length + 1);
}

/// A dot is a member access or a contraction: the white space before it decides.
Token Lexer::lexDot(Token token) {
  char before = position == 0 ? ' ' : buffer[position - 1];
  if (llvm::isSpace(before)) {
    if (llvm::isDigit(peek(1)))
      return takeError(token, 1, "a number begins with a digit",
                       "write `0.` for a number below one, and white space after the dot of a "
                       "contraction");
    return take(token, Kind::ContractDot, 1);
  }
  if (isNameStart(peek(1)))
    return take(token, Kind::MemberDot, 1);
  return takeError(token, 1, "the dot is neither a member access nor a contraction",
                   "a member access is written `a.b`, a contraction `a . b`");
}

Token Lexer::lexOperator(Token token) {
  llvm::StringRef rest = buffer.substr(position);
  static constexpr std::pair<llvm::StringRef, llvm::StringRef> foreign[] = {
      {"&&", "the conjunction is written `and`"},
      {"||", "the disjunction is written `or`"},
      {"**", "the power is written `^`"},
      {"/*", "a comment goes from `//` to the end of the line"},
      {"#", "a comment goes from `//` to the end of the line"},
  };
  for (auto [text, hint] : foreign)
    if (rest.starts_with(text))
      return takeError(token, text.size(), "`" + text + "` is not an operator", hint);
  for (const Spelling &op : operators)
    if (rest.starts_with(op.text))
      return take(token, op.kind, op.text.size());
  return lexUnknown(token);
}

/// What to write instead of a character that is easily taken for another.
static llvm::StringRef insteadOf(llvm::StringRef character) {
  return llvm::StringSwitch<llvm::StringRef>(character)
      .Cases({"−", "–", "—"}, "the minus sign is written `-`")
      .Cases({"×", "·", "∗"}, "the product is written `*`")
      .Cases({"’", "′"}, "the prime is written `'`")
      .Cases({"“", "”", "„"}, "a string stands between `\"`")
      .Case("→", "the arrow is written `->`")
      .Case("≤", "less or equal is written `<=`")
      .Case("≥", "greater or equal is written `>=`")
      .Case("≠", "not equal is written `!=`")
      .Case("!", "the negation is written `not`")
      .Case("'", "a prime directly follows its name, as in `h'`")
      .Default("");
}

/// A character that no token begins with. Letters of other scripts are taken together.
Token Lexer::lexUnknown(Token token) {
  llvm::StringRef rest = buffer.substr(position);
  auto *bytes = reinterpret_cast<const llvm::UTF8 *>(rest.begin());
  auto *end = reinterpret_cast<const llvm::UTF8 *>(rest.end());
  unsigned char first = rest.front();
  if (!llvm::isLegalUTF8Sequence(bytes, end)) {
    size_t length =
        rest.take_while([](char c) { return static_cast<unsigned char>(c) >= 0x80; }).size();
    return takeError(token, length, notUtf8(rest.front()));
  }
  if (first < 0x20 || first == 0x7F)
    return takeError(
        token, 1, "control character 0x" + llvm::utohexstr(first, true, 2) + " cannot stand here");
  llvm::StringRef character = rest.take_front(llvm::getNumBytesForUTF8(first));
  llvm::StringRef hint = insteadOf(character);
  size_t length = character.size();
  if (first >= 0x80 && hint.empty()) {
    length = rest.take_while([](char c) { return static_cast<unsigned char>(c) >= 0x80; }).size();
    hint = "names are made of the letters a to z and A to Z, digits and `_`";
  }
  return takeError(token, length, "`" + character + "` cannot stand here", hint);
}

//===----------------------------------------------------------------------===//
// Strings
//===----------------------------------------------------------------------===//

std::string gatefold::unquote(llvm::StringRef literal) {
  std::string text;
  for (llvm::StringRef rest = literal.drop_front().drop_back(); !rest.empty();) {
    char c = rest.front();
    rest = rest.drop_front();
    if (c == '\\') {
      c = llvm::find_if(escapes, [&](auto escape) { return escape.first == rest.front(); })->second;
      rest = rest.drop_front();
    }
    text += c;
  }
  return text;
}

std::string gatefold::quote(llvm::StringRef text) {
  std::string literal = "\"";
  for (char c : text) {
    const auto *escape = llvm::find_if(escapes, [&](auto pair) { return pair.second == c; });
    if (escape == std::end(escapes))
      literal += c;
    else
      literal += {'\\', escape->first};
  }
  return literal + '"';
}
