//===- ParserPrimaries.cpp - Parsing of primary expressions -----*- C++ -*-===//
//
// The smallest expressions: names, numbers, what stands in brackets, and scans.
//
//===----------------------------------------------------------------------===//

#include "ParserImpl.h"

using namespace gatefold;

/// primary ::= name [ "'" ] | "position" | "history" | "reverse" | number | "true" | "false" |
/// string
///           | "(" expression ")" | comprehension | scan
ExpressionPtr Parser::parsePrimary(llvm::StringRef what) {
  Token token = current;
  if (!countTerm(token.range()))
    return nullptr;
  if (inBinding && token.isKeyword() && bindingParameters.contains(token.text))
    token.kind = Kind::Name;
  switch (token.kind) {
  case Kind::Name:
    advance();
    return std::make_unique<NameExpression>(
        token.range(), Name{token.text.drop_back(token.primed).str(), token.range(), token.primed});
  case Kind::Reverse: // the builtin; behind `scan` the word is read there
  case Kind::History: // a size that all histories of a cell share
    advance();
    return std::make_unique<NameExpression>(token.range(), Name{token.text.str(), token.range()});
  case Kind::Position:
    advance();
    return std::make_unique<PositionExpression>(token.range());
  case Kind::Integer:
  case Kind::Number:
    return parseNumber();
  case Kind::True:
  case Kind::False:
    advance();
    return std::make_unique<BooleanExpression>(token.range(), token.is(Kind::True));
  case Kind::String:
    return parseString();
  case Kind::LeftParen:
    return parseParenthesized();
  case Kind::Scan:
    return parseScan();
  case Kind::Generate:
    if (Diagnostic *message =
            error(token.range(), "`generate` stands only as the whole value of a `return`"))
      message->withHint("write `return generate …`");
    return nullptr;
  case Kind::LeftBracket:
    return parseComprehension();
  case Kind::If:
  case Kind::Not:
    if (Diagnostic *message = expected(what))
      message->withHint("put " + describe(token.kind) + " and what follows it in parentheses");
    return nullptr;
  default:
    expected(what);
    return nullptr;
  }
}

ExpressionPtr Parser::parseNumber() {
  constexpr double firstInexact = 9007199254740992.0; // 2^53
  double value = 0;
  current.text.getAsDouble(value); // the lexer took only what can be read
  auto number = std::make_unique<NumberExpression>(current.range(), value,
                                                   at(Kind::Integer) && value < firstInexact);
  advance();
  return number;
}

ExpressionPtr Parser::parseString() {
  if (!inBinding) {
    if (Diagnostic *message = error(current.range(), "a string is not a value"))
      message->withHint("strings stand in bindings and vocabularies, and behind `from`, `until`, "
                        "`ignore` and `import`");
    return nullptr;
  }
  auto string = std::make_unique<StringExpression>(current.range(), unquote(current.text));
  advance();
  return string;
}

ExpressionPtr Parser::parseParenthesized() {
  Token open = current;
  advance();
  const bool mayBeTuple = open.text.begin() == tupleStart;
  ExpressionPtr value = parseExpression();
  if (value && at(Kind::Comma) && mayBeTuple)
    return parseTuple(open, std::move(value));
  if (!value || !expectClosing(Kind::RightParen, open))
    return nullptr;
  return value;
}

/// tuple ::= "(" expression "," expression { "," expression } ")", the whole value of an argument
ExpressionPtr Parser::parseTuple(const Token &open, ExpressionPtr firstElement) {
  std::vector<ExpressionPtr> elements;
  elements.push_back(std::move(firstElement));
  advance();
  if (!parseList(open, Kind::RightParen, [&] {
        elements.push_back(parseExpression());
        return elements.back() != nullptr;
      }))
    return nullptr;
  if (!at(Kind::Comma) && !at(Kind::RightParen)) {
    if (Diagnostic *message = expected("`,` or `)`"))
      message->withHint("a list in parentheses is the whole value of an argument: `axis = (1, 2)`");
    return nullptr;
  }
  return std::make_unique<TupleExpression>(rangeFrom(open), std::move(elements));
}

/// comprehension ::= "[" expression "for" iteration "]"
ExpressionPtr Parser::parseComprehension() {
  Token open = current;
  advance();
  ExpressionPtr element = parseExpression();
  if (!element)
    return nullptr;
  if (!accept(Kind::For)) {
    const bool isList = at(Kind::Comma) || at(Kind::RightBracket);
    Diagnostic *message = expected("`for`");
    if (message && isList)
      message->withHint("a list of values is written `stack(a, b)`");
    return nullptr;
  }
  std::optional<Name> variable;
  ExpressionPtr over;
  if (!parseIteration(variable, over) || !expectClosing(Kind::RightBracket, open))
    return nullptr;
  return std::make_unique<ComprehensionExpression>(rangeFrom(open), std::move(element),
                                                   std::move(*variable), std::move(over));
}

/// scan ::= "scan" [ "reverse" ] name scan-arguments [ "from" initial-memories ]
ExpressionPtr Parser::parseScan() {
  Token first = current;
  advance();
  bool reverse = accept(Kind::Reverse);
  std::optional<Name> callee = parseName("the name of a cell's instance after `scan`");
  std::vector<ExpressionPtr> sequences, fixed;
  std::vector<InitialMemory> initial;
  if (!callee || !parseScanArguments(sequences, fixed))
    return nullptr;
  if (accept(Kind::From) && !parseInitialMemories(initial))
    return nullptr;
  return std::make_unique<ScanExpression>(rangeFrom(first), reverse, std::move(*callee),
                                          std::move(sequences), std::move(fixed),
                                          std::move(initial));
}

bool Parser::parseExpressions(std::vector<ExpressionPtr> &expressions, llvm::StringRef what) {
  do {
    expressions.push_back(parseExpression(what));
    if (!expressions.back())
      return false;
  } while (accept(Kind::Comma));
  return true;
}

/// scan-arguments ::= "(" [ expression { "," expression } ] [ ";" expression { "," expression } ]
/// ")"
bool Parser::parseScanArguments(std::vector<ExpressionPtr> &sequences,
                                std::vector<ExpressionPtr> &fixed) {
  Token open = current;
  if (!expect(Kind::LeftParen, "`(` and the sequences to scan"))
    return false;
  if (!at(Kind::Semicolon) && !parseExpressions(sequences, "a sequence"))
    return false;
  if (accept(Kind::Semicolon) &&
      !parseExpressions(fixed, "an argument that is the same at every step"))
    return false;
  return expectClosing(Kind::RightParen, open, fixed.empty() ? "`,`, `;` or `)`" : "`,` or `)`");
}

/// [ "[" dimension "]" ]: the place in an array of instances; null without one.
bool Parser::parsePlace(std::vector<ExpressionPtr> &places) {
  Token open = current;
  places.push_back(nullptr);
  if (!accept(Kind::LeftBracket))
    return true;
  places.back() = parseDimension("the place of an instance in its array");
  return places.back() && expectClosing(Kind::RightBracket, open);
}

/// initial-memories ::= "(" memory "=" expression { "," … } ")"
/// memory ::= name [ place ] { "." name [ place ] }
bool Parser::parseInitialMemories(std::vector<InitialMemory> &initial) {
  Token open = current;
  if (!expect(Kind::LeftParen, "`(` and the initial memories"))
    return false;
  return parseList(open, Kind::RightParen, [&] {
    InitialMemory memory;
    do {
      std::optional<Name> name = parseName("the name of a memory");
      if (!name || !parsePlace(memory.places))
        return false;
      memory.path.push_back(std::move(*name));
    } while (accept(Kind::MemberDot));
    if (!expect(Kind::Assign, "`=` and the initial value of the memory"))
      return false;
    memory.value = parseExpression();
    if (!memory.value)
      return false;
    initial.push_back(std::move(memory));
    return true;
  });
}
