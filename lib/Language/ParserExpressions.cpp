//===- ParserExpressions.cpp - Parsing of expressions --------------*- C++ -*-===//
//
// Expressions by precedence climbing. Trees have bounded height, whatever the text: see
// ParserLimits.
//
//===----------------------------------------------------------------------===//

#include "ParserImpl.h"

using namespace gatefold;

//===----------------------------------------------------------------------===//
// Limits
//===----------------------------------------------------------------------===//

class Parser::NestingScope {
public:
  explicit NestingScope(Parser &parser) : parser(parser) { ++parser.nesting; }
  ~NestingScope() { --parser.nesting; }
  NestingScope(const NestingScope &) = delete;
  NestingScope &operator=(const NestingScope &) = delete;

  /// False, and reported, when expressions lie in each other too deep.
  bool check() {
    if (parser.nesting <= ParserLimits::nesting)
      return true;
    return parser.reportLimit(parser.current.range(), "the expression is nested more than " +
                                                          llvm::Twine(ParserLimits::nesting) +
                                                          " deep");
  }

private:
  Parser &parser;
};

bool Parser::countOperator(SourceRange range) {
  if (++operators <= ParserLimits::operators)
    return true;
  return reportLimit(range, "the statement has more than " + llvm::Twine(ParserLimits::operators) +
                                " operators");
}

bool Parser::countTerm(SourceRange range) {
  if (++terms <= ParserLimits::terms)
    return true;
  return reportLimit(range, "the statement has more than " + llvm::Twine(ParserLimits::terms) +
                                " names and numbers");
}

bool Parser::reportLimit(SourceRange range, const llvm::Twine &text) {
  tooDeep = true;
  if (Diagnostic *message = error(range, text))
    message->withHint("give parts of it names of their own");
  return false;
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

std::optional<Parser::OperatorInfo> Parser::binaryOperator(Kind kind) {
  switch (kind) {
  case Kind::Or:
    return OperatorInfo{BinaryOperator::Or, Or};
  case Kind::And:
    return OperatorInfo{BinaryOperator::And, And};
  case Kind::EqualEqual:
    return OperatorInfo{BinaryOperator::Equal, Comparison};
  case Kind::NotEqual:
    return OperatorInfo{BinaryOperator::NotEqual, Comparison};
  case Kind::Less:
    return OperatorInfo{BinaryOperator::Less, Comparison};
  case Kind::LessEqual:
    return OperatorInfo{BinaryOperator::LessEqual, Comparison};
  case Kind::Greater:
    return OperatorInfo{BinaryOperator::Greater, Comparison};
  case Kind::GreaterEqual:
    return OperatorInfo{BinaryOperator::GreaterEqual, Comparison};
  case Kind::Plus:
    return OperatorInfo{BinaryOperator::Add, Sum};
  case Kind::Minus:
    return OperatorInfo{BinaryOperator::Subtract, Sum};
  case Kind::Star:
    return OperatorInfo{BinaryOperator::Multiply, Product};
  case Kind::Slash:
    return OperatorInfo{BinaryOperator::Divide, Product};
  case Kind::Percent:
    return OperatorInfo{BinaryOperator::Modulo, Product};
  case Kind::At:
    return OperatorInfo{BinaryOperator::MatMul, Contraction};
  case Kind::ContractDot:
    return OperatorInfo{BinaryOperator::Contract, Contraction};
  default:
    return std::nullopt;
  }
}

/// Sizes have a canonical form, which has no place for a remainder.
bool Parser::isModuloMisplaced() const {
  return inSize && (!inRequire || bracketDepth > 0 || modulo.isValid());
}

void Parser::misplacedModulo(SourceRange range) {
  if (Diagnostic *message = error(range, "among sizes, `%` stands only in a `require`, as the last "
                                         "operator before the comparison"))
    message->withHint("as in `require D % N == 0`");
}

/// expression ::= if | disjunction
ExpressionPtr Parser::parseExpression(llvm::StringRef what) {
  NestingScope scope(*this);
  if (!scope.check())
    return nullptr;
  return at(Kind::If) ? parseIf() : parseBinary(Or, what);
}

/// dimension ::= sum
ExpressionPtr Parser::parseDimension(llvm::StringRef what) {
  bool wasInSize = std::exchange(inSize, true);
  ExpressionPtr size = parseBinary(Sum, what);
  inSize = wasInSize;
  return size;
}

/// Operands between operators that bind at least as tight as `loosest`, grouped to the left.
ExpressionPtr Parser::parseBinary(Precedence loosest, llvm::StringRef what) {
  Token first = current;
  ExpressionPtr left = at(Kind::Not) && loosest <= Not ? parseNot() : parseSigned(what);
  while (left) {
    std::optional<OperatorInfo> info = binaryOperator(current.kind);
    if (!info || info->precedence < loosest)
      break;
    Token op = current;
    if (info->op == BinaryOperator::Modulo) {
      if (isModuloMisplaced()) {
        misplacedModulo(op.range());
        return nullptr;
      }
      modulo = op.range();
    }
    if (!countOperator(op.range()))
      return nullptr;
    advance();
    ExpressionPtr right = parseBinary(static_cast<Precedence>(info->precedence + 1),
                                      ("an operand after `" + spell(info->op) + "`").str());
    if (!right)
      return nullptr;
    left = std::make_unique<BinaryExpression>(rangeFrom(first), info->op, op.range(),
                                              std::move(left), std::move(right));
    std::optional<OperatorInfo> next = binaryOperator(current.kind);
    if (info->precedence == Comparison && next && next->precedence == Comparison) {
      if (Diagnostic *message = error(current.range(), "comparisons cannot be chained"))
        message->withHint("join them by `and`, as in `a < b and b < c`");
      return nullptr;
    }
  }
  return left;
}

/// negation ::= "not" negation | comparison
ExpressionPtr Parser::parseNot() {
  if (!at(Kind::Not))
    return parseBinary(Comparison, "an operand after `not`");
  NestingScope scope(*this);
  Token first = current;
  if (!scope.check() || !countOperator(first.range()))
    return nullptr;
  advance();
  ExpressionPtr operand = parseNot();
  if (!operand)
    return nullptr;
  return std::make_unique<UnaryExpression>(rangeFrom(first), UnaryOperator::Not,
                                           std::move(operand));
}

/// signed ::= "-" signed | power
ExpressionPtr Parser::parseSigned(llvm::StringRef what) {
  if (!at(Kind::Minus))
    return parsePower(what);
  NestingScope scope(*this);
  Token first = current;
  if (!scope.check() || !countOperator(first.range()))
    return nullptr;
  advance();
  ExpressionPtr operand = parseSigned("an operand after `-`");
  if (!operand)
    return nullptr;
  return std::make_unique<UnaryExpression>(rangeFrom(first), UnaryOperator::Negate,
                                           std::move(operand));
}

/// power ::= postfix [ "^" signed ]
ExpressionPtr Parser::parsePower(llvm::StringRef what) {
  Token first = current;
  ExpressionPtr base = parsePostfix(what);
  if (!base || !at(Kind::Caret))
    return base;
  NestingScope scope(*this);
  Token op = current;
  if (!scope.check() || !countOperator(op.range()))
    return nullptr;
  advance();
  ExpressionPtr exponent = parseSigned("an operand after `^`");
  if (!exponent)
    return nullptr;
  return std::make_unique<BinaryExpression>(rangeFrom(first), BinaryOperator::Power, op.range(),
                                            std::move(base), std::move(exponent));
}

/// if ::= "if" expression "then" expression "else" expression
ExpressionPtr Parser::parseIf() {
  Token first = current;
  advance();
  ExpressionPtr condition = parseExpression("a condition");
  if (!condition || !expect(Kind::Then))
    return nullptr;
  ExpressionPtr thenValue = parseExpression();
  if (!thenValue || !expect(Kind::Else, "`else`, since both cases need a value"))
    return nullptr;
  ExpressionPtr elseValue = parseExpression();
  if (!elseValue)
    return nullptr;
  return std::make_unique<IfExpression>(rangeFrom(first), std::move(condition),
                                        std::move(thenValue), std::move(elseValue));
}

//===----------------------------------------------------------------------===//
// Calls, indices and members
//===----------------------------------------------------------------------===//

/// postfix ::= primary { call | index | member }
ExpressionPtr Parser::parsePostfix(llvm::StringRef what) {
  Token first = current;
  ExpressionPtr value = parsePrimary(what);
  while (value) {
    if (!current.isOneOf(Kind::LeftParen, Kind::LeftBracket, Kind::MemberDot))
      break;
    if (!countOperator(current.range()))
      return nullptr;
    if (at(Kind::LeftParen))
      value = parseCall(std::move(value), first);
    else if (at(Kind::LeftBracket))
      value = parseIndex(std::move(value), first);
    else
      value = parseMember(std::move(value), first);
  }
  return value;
}

static bool canBeCalled(const Expression &callee) {
  if (auto *index = llvm::dyn_cast<IndexExpression>(&callee))
    return llvm::isa<NameExpression>(index->base.get());
  return llvm::isa<NameExpression>(&callee);
}

ExpressionPtr Parser::parseCall(ExpressionPtr callee, const Token &first) {
  if (!canBeCalled(*callee)) {
    if (Diagnostic *message = error(current.range(), "only a name can be called"))
      message->withHint("a call is written `f(x)` or, with dimensions, `f[3](x)`; a product needs "
                        "its `*`");
    return nullptr;
  }
  std::vector<ExpressionPtr> arguments;
  std::vector<NamedArgument> named;
  if (!parseArguments(&arguments, named))
    return nullptr;
  return std::make_unique<CallExpression>(rangeFrom(first), std::move(callee), std::move(arguments),
                                          std::move(named));
}

/// arguments ::= "(" [ argument { "," argument } ] ")";  argument ::= [ name "=" ] expression
bool Parser::parseArguments(std::vector<ExpressionPtr> *arguments,
                            std::vector<NamedArgument> &named) {
  Token open = current;
  advance();
  if (accept(Kind::RightParen))
    return true;
  return parseList(open, Kind::RightParen, [&] {
    bool isName = at(Kind::Name) || (!arguments && current.isKeyword());
    if (isName && ahead.is(Kind::Assign))
      return parseNamedArgument(named, /*mayBeTuple=*/arguments != nullptr);
    if (!arguments) {
      expected("the name of a parameter of the binding and `=`");
      return false;
    }
    if (!named.empty()) {
      if (Diagnostic *message =
              error(current.range(), "an argument without a name follows one with a name"))
        message->withHint("arguments with a name come last");
      return false;
    }
    arguments->push_back(parseExpression("an argument"));
    return arguments->back() != nullptr;
  });
}

/// named-argument ::= name "=" ( expression | tuple )
bool Parser::parseNamedArgument(std::vector<NamedArgument> &named, bool mayBeTuple) {
  std::optional<Name> name = parseNameOrKeyword("the name of a parameter");
  if (!name)
    return false;
  advance();
  Token first = current;
  const char *outerStart = tupleStart;
  if (mayBeTuple)
    tupleStart = first.text.begin();
  ExpressionPtr value = parseExpression();
  tupleStart = outerStart;
  if (!value)
    return false;
  named.push_back({std::move(*name), std::move(value)});
  return true;
}

/// index ::= "[" index-item { "," index-item } "]"
ExpressionPtr Parser::parseIndex(ExpressionPtr base, const Token &first) {
  Token open = current;
  advance();
  std::vector<IndexItem> items;
  if (!parseList(open, Kind::RightBracket, [&] { return parseIndexItem(items); }))
    return nullptr;
  return std::make_unique<IndexExpression>(rangeFrom(first), std::move(base), std::move(items));
}

/// index-item ::= "new" | [ expression ] ":" [ expression ] | expression
bool Parser::parseIndexItem(std::vector<IndexItem> &items) {
  Token first = current;
  IndexItem item{};
  item.kind = IndexItem::Kind::At;
  if (accept(Kind::New)) {
    item.kind = IndexItem::Kind::NewAxis;
  } else {
    if (!at(Kind::Colon)) {
      item.first = parseExpression("an index");
      if (!item.first)
        return false;
    }
    if (accept(Kind::Colon)) {
      item.kind = IndexItem::Kind::Slice;
      if (!at(Kind::Comma) && !at(Kind::RightBracket)) {
        item.last = parseExpression("the end of the slice");
        if (!item.last)
          return false;
      }
    }
  }
  item.range = rangeFrom(first);
  items.push_back(std::move(item));
  return true;
}

ExpressionPtr Parser::parseMember(ExpressionPtr base, const Token &first) {
  advance();
  std::optional<Name> member = parseName("the name of a memory after `.`");
  if (!member)
    return nullptr;
  return std::make_unique<MemberExpression>(rangeFrom(first), std::move(base), std::move(*member));
}
