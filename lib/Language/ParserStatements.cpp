//===- ParserStatements.cpp - Parsing of statements ----------------*- C++ -*-===//
//
// The lines of a function's, layer's, cell's or model's body.
//
//===----------------------------------------------------------------------===//

#include "ParserImpl.h"

#include <utility>

using namespace gatefold;

/// statement ::= weight | state | window | history | require | ignore | when | for | return |
/// assignment
bool Parser::parseStatement(std::vector<StatementPtr> &body) {
  StatementPtr statement;
  switch (current.kind) {
  case Kind::Weight:
    statement = parseWeight();
    break;
  case Kind::State:
    statement = parseState();
    break;
  case Kind::Require:
    statement = parseRequire();
    break;
  case Kind::Ignore:
    statement = parseIgnore();
    break;
  case Kind::Return:
    statement = parseReturn();
    break;
  case Kind::Name:
    statement = parseAssignment();
    break;
  case Kind::Window:
    statement = parseWindow();
    break;
  case Kind::History:
    statement = parseHistory();
    break;
  case Kind::When:
    statement = parseWhen();
    break;
  case Kind::For:
    statement = parseFor();
    break;
  default:
    hintContinuation(expected("a statement"));
  }
  if (!statement)
    return false;
  const bool isWhole = !std::exchange(hasBrokenBlock, false) && expectEndOfStatement();
  // Of a declaration with errors, this is what its unfinished text defines.
  body.push_back(std::move(statement));
  return isWhole;
}

/// weight ::= "weight" name { "," name } ":" type
StatementPtr Parser::parseWeight() {
  Token first = current;
  advance();
  std::vector<Name> names;
  if (!parseNames(names, "the name of a weight") ||
      !expect(Kind::Colon, "`:` and the type of the weight"))
    return nullptr;
  std::optional<TypeSyntax> type = parseType("the type of the weight");
  if (!type)
    return nullptr;
  if (at(Kind::Assign)) {
    if (Diagnostic *message = error(current.range(), "a weight has no initial value"))
      message->withHint("weights come from a checkpoint; a number that never changes is a `const`");
    return nullptr;
  }
  return std::make_unique<WeightStatement>(rangeFrom(first), std::move(names), std::move(*type));
}

/// state ::= "state" name { "," name } ":" type "=" expression [ "back" dimension ]
StatementPtr Parser::parseState() {
  Token first = current;
  advance();
  std::vector<Name> names;
  if (!parseNames(names, "the name of a state") ||
      !expect(Kind::Colon, "`:` and the type of the state"))
    return nullptr;
  std::optional<TypeSyntax> type = parseType("the type of the state");
  if (!type || !expect(Kind::Assign, "`=` and the initial value"))
    return nullptr;
  ExpressionPtr initial = parseExpression("the initial value of the state");
  if (!initial)
    return nullptr;
  ExpressionPtr back;
  if (accept(Kind::Back) && !(back = parseDimension("the number of steps after `back`")))
    return nullptr;
  return std::make_unique<StateStatement>(rangeFrom(first), std::move(names), std::move(*type),
                                          std::move(initial), std::move(back));
}

/// window ::= "window" name "[" dimension "]" "=" expression [ "pad" expression ]
StatementPtr Parser::parseWindow() {
  Token first = current;
  advance();
  std::optional<Name> name = parseName("the name of a window");
  Token open = current;
  if (!name || !expect(Kind::LeftBracket, "`[` and the number of steps in the window"))
    return nullptr;
  ExpressionPtr size = parseDimension("the number of steps in the window");
  if (!size || !expectClosing(Kind::RightBracket, open) ||
      !expect(Kind::Assign, "`=` and the value of which the window holds the last steps"))
    return nullptr;
  ExpressionPtr value = parseExpression();
  if (!value)
    return nullptr;
  ExpressionPtr pad;
  if (acceptWord("pad") && !(pad = parseExpression("the value before the first step after `pad`")))
    return nullptr;
  return std::make_unique<WindowStatement>(rangeFrom(first), std::move(*name), std::move(size),
                                           std::move(value), std::move(pad));
}

/// history ::= "history" name "=" expression [ "keep" dimension ]
StatementPtr Parser::parseHistory() {
  Token first = current;
  advance();
  std::optional<Name> name = parseName("the name of a history");
  if (!name || !expect(Kind::Assign, "`=` and the value of which the history holds every step"))
    return nullptr;
  ExpressionPtr value = parseExpression();
  if (!value)
    return nullptr;
  ExpressionPtr keep;
  if (acceptWord("keep") && !(keep = parseDimension("the number of steps after `keep`")))
    return nullptr;
  return std::make_unique<HistoryStatement>(rangeFrom(first), std::move(*name), std::move(value),
                                            std::move(keep));
}

/// require ::= "require" dimension [ "%" dimension ] relation dimension
StatementPtr Parser::parseRequire() {
  Token first = current;
  advance();
  inRequire = true;
  modulo = SourceRange();
  ExpressionPtr left = parseDimension();
  inRequire = false;
  if (!left)
    return nullptr;
  auto *binary = llvm::dyn_cast<BinaryExpression>(left.get());
  if (modulo.isValid() && (!binary || binary->op != BinaryOperator::Modulo)) {
    misplacedModulo(modulo);
    return nullptr;
  }
  std::optional<OperatorInfo> relation = binaryOperator(current.kind);
  if (!relation || relation->precedence != Comparison) {
    if (Diagnostic *message = expected("a comparison"))
      message->withHint("a requirement is a relation of dimensions, as in `require D % N == 0`");
    return nullptr;
  }
  advance();
  ExpressionPtr right = parseDimension();
  if (!right)
    return nullptr;
  return std::make_unique<RequireStatement>(rangeFrom(first), relation->op, std::move(left),
                                            std::move(right));
}

/// ignore ::= "ignore" string { "," string }
StatementPtr Parser::parseIgnore() {
  Token first = current;
  advance();
  std::vector<std::string> names;
  do {
    Token name = current;
    if (!expect(Kind::String, "the name of a tensor in quotes") || !countTerm(name.range()))
      return nullptr;
    names.push_back(unquote(name.text));
  } while (accept(Kind::Comma));
  return std::make_unique<IgnoreStatement>(rangeFrom(first), std::move(names));
}

/// when ::= "when" expression block
StatementPtr Parser::parseWhen() {
  Token first = current;
  advance();
  ExpressionPtr condition = parseExpression("a condition after `when`");
  std::vector<StatementPtr> body;
  if (!condition)
    return nullptr;
  hasBrokenBlock = !parseInnerBlock(body);
  return std::make_unique<WhenStatement>(rangeFrom(first), std::move(condition), std::move(body));
}

/// for ::= "for" iteration block
StatementPtr Parser::parseFor() {
  Token first = current;
  advance();
  std::optional<Name> variable;
  ExpressionPtr over;
  std::vector<StatementPtr> body;
  if (!parseIteration(variable, over))
    return nullptr;
  hasBrokenBlock = !parseInnerBlock(body);
  return std::make_unique<ForStatement>(rangeFrom(first), std::move(*variable), std::move(over),
                                        std::move(body));
}

bool Parser::parseInnerBlock(std::vector<StatementPtr> &body) {
  if (blocks == ParserLimits::blocks)
    return reportLimit(current.range(), "statements lie in each other more than " +
                                            llvm::Twine(ParserLimits::blocks) + " deep");
  ++blocks;
  bool valid = parseBlock([&] { return parseStatement(body); });
  --blocks;
  return valid;
}

/// iteration ::= name "in" expression
bool Parser::parseIteration(std::optional<Name> &variable, ExpressionPtr &over) {
  variable = parseName("a name after `for`");
  if (!variable)
    return false;
  if (!acceptWord("in")) {
    expected("`in` and what `" + variable->text + "` goes through");
    return false;
  }
  over = parseExpression("a size, a value or an array of instances after `in`");
  return over != nullptr;
}

/// return ::= "return" value { "," value };  value ::= expression | generate
StatementPtr Parser::parseReturn() {
  Token first = current;
  advance();
  std::vector<ExpressionPtr> values;
  do {
    values.push_back(at(Kind::Generate) ? parseGenerate() : parseExpression());
    if (!values.back())
      return nullptr;
  } while (accept(Kind::Comma));
  return std::make_unique<ReturnStatement>(rangeFrom(first), std::move(values));
}

/// assignment ::= name { "," name } "=" expression [ load ] | name "'" "=" expression
StatementPtr Parser::parseAssignment() {
  Token first = current;
  if (current.primed)
    return parseNext();
  std::vector<Name> names;
  if (!parseNames(names, "a name"))
    return nullptr;
  if (!at(Kind::Assign)) {
    Diagnostic *message = expected("`=`");
    if (message && (at(Kind::LeftParen) || at(Kind::LeftBracket)))
      message->withHint("a statement gives its value a name: `y = " + names.front().text +
                        describe(current.kind).substr(1, 1) + "…`");
    return nullptr;
  }
  advance();
  ExpressionPtr value = parseExpression();
  std::optional<LoadClause> load;
  if (!value || (at(Kind::Load) && !parseLoad(load)))
    return nullptr;
  return std::make_unique<AssignStatement>(rangeFrom(first), std::move(names), std::move(value),
                                           std::move(load));
}

StatementPtr Parser::parseNext() {
  Token first = current;
  Name name{current.text.drop_back().str(), current.range(), /*primed=*/true};
  advance();
  if (at(Kind::Comma)) {
    if (Diagnostic *message = error(current.range(), "a state's next value is set by itself"))
      message->withHint("write `" + first.text.str() + " = …` on a line of its own");
    return nullptr;
  }
  if (!expect(Kind::Assign, "`=` and the next value of the state"))
    return nullptr;
  ExpressionPtr value = parseExpression();
  if (!value)
    return nullptr;
  return std::make_unique<NextStatement>(rangeFrom(first), std::move(name), std::move(value));
}

/// load ::= "load" name [ "(" name "=" expression { "," name "=" expression } ")" ] [ "from" string
/// ]
bool Parser::parseLoad(std::optional<LoadClause> &load) {
  Token first = current;
  advance();
  LoadClause clause;
  std::optional<Name> binding = parseName("the name of a binding after `load`");
  if (!binding || (at(Kind::LeftParen) && !parseArguments(nullptr, clause.arguments)))
    return false;
  clause.binding = std::move(*binding);
  if (accept(Kind::From)) {
    Token prefix = current;
    if (!expect(Kind::String, "the beginning of the tensors' names in quotes"))
      return false;
    clause.prefix = unquote(prefix.text);
    clause.prefixRange = prefix.range();
  }
  clause.range = rangeFrom(first);
  load = std::move(clause);
  return true;
}
