//===- WeightParser.cpp - Reads how a weight lies in a checkpoint -*- C++ -*-===//
//
// A recursive descent over the grammar in WeightSource.h, with bounded depth.
//
//===----------------------------------------------------------------------===//

#include "Error.h"
#include "gatefold/Runtime/WeightSource.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include <charconv>

using namespace gatefold;

namespace {
class Parser {
public:
  explicit Parser(llvm::StringRef text) : text(text) {}

  llvm::Expected<WeightSource> parse();

private:
  using Result = llvm::Expected<WeightSource>;

  Result parseSum();
  Result parseProduct();
  Result parseFactor();
  Result parsePrimary();
  Result parseTensor();
  Result parseNumber();
  Result parseSubscript(WeightSource base);
  llvm::Expected<WeightIndex> parseIndex();
  llvm::Expected<int64_t> parseInteger();

  llvm::StringRef rest() const { return text.drop_front(position); }
  void skipSpaces() {
    position = std::min(text.find_first_not_of(" \t\r\n", position), text.size());
  }

  /// Takes `token` if it comes next.
  bool take(llvm::StringRef token) {
    skipSpaces();
    if (!rest().starts_with(token))
      return false;
    position += token.size();
    return true;
  }

  /// Takes the operator among `symbols` that comes next, if any.
  std::optional<WeightSource::Operator> takeOperator(llvm::StringRef symbols);

  /// Refuses an expression that is too deep.
  Result checked(WeightSource source) {
    return source.depth() > WeightSource::maxDepth ? tooDeep() : Result(std::move(source));
  }

  llvm::Error failure(const llvm::Twine &message) {
    return makeError("column " + llvm::Twine(position + 1) + ": " + message);
  }
  llvm::Error expected(const llvm::Twine &what) {
    skipSpaces();
    return failure("expected " + what + ", found " + quoteFound(rest()));
  }
  llvm::Error tooDeep() {
    return failure("the expression is nested deeper than " + llvm::Twine(WeightSource::maxDepth) +
                   " levels");
  }

  llvm::StringRef text;
  size_t position = 0;
  int nesting = 0; // parentheses and signs that are open
};
} // namespace

std::optional<WeightSource::Operator> Parser::takeOperator(llvm::StringRef symbols) {
  static constexpr std::pair<char, WeightSource::Operator> operators[] = {
      {'+', WeightSource::Operator::Add},
      {'-', WeightSource::Operator::Subtract},
      {'*', WeightSource::Operator::Multiply},
      {'/', WeightSource::Operator::Divide}};
  for (auto [symbol, op] : operators)
    if (symbols.contains(symbol) && take(llvm::StringRef(&symbol, 1)))
      return op;
  return std::nullopt;
}

/// expr = term { ("+" | "-") term }
Parser::Result Parser::parseSum() {
  Result left = parseProduct();
  while (left) {
    std::optional<WeightSource::Operator> op = takeOperator("+-");
    if (!op)
      break;
    Result right = parseProduct();
    if (!right)
      return right;
    left = checked(WeightSource::binary(*op, std::move(*left), std::move(*right)));
  }
  return left;
}

/// term = factor { ("*" | "/") factor }
Parser::Result Parser::parseProduct() {
  Result left = parseFactor();
  while (left) {
    std::optional<WeightSource::Operator> op = takeOperator("*/");
    if (!op)
      break;
    Result right = parseFactor();
    if (!right)
      return right;
    left = checked(WeightSource::binary(*op, std::move(*left), std::move(*right)));
  }
  return left;
}

/// factor = primary { "[" index { "," index } "]" } | "-" factor
Parser::Result Parser::parseFactor() {
  if (nesting == WeightSource::maxDepth)
    return tooDeep();
  ++nesting;
  llvm::scope_exit leave([&] { --nesting; });
  if (take("-")) {
    Result operand = parseFactor();
    if (!operand)
      return operand;
    return checked(WeightSource::negate(std::move(*operand)));
  }
  Result base = parsePrimary();
  while (base && take("["))
    base = parseSubscript(std::move(*base));
  return base;
}

/// primary = "'" name "'" | number | "transpose(" expr ")" | "f32(" expr ")" | "(" expr ")"
Parser::Result Parser::parsePrimary() {
  skipSpaces();
  if (rest().starts_with("'"))
    return parseTensor();
  if (!rest().empty() && (llvm::isDigit(rest().front()) || rest().front() == '.'))
    return parseNumber();
  bool isTranspose = take("transpose");
  bool isToF32 = !isTranspose && take("f32");
  if (!take("("))
    return isTranspose || isToF32
               ? expected("`(`")
               : expected("a tensor's name in quotes, a number, `transpose(`, `f32(` or `(`");
  Result inner = parseSum();
  if (!inner)
    return inner;
  if (!take(")"))
    return expected("an operator or `)`");
  if (isTranspose)
    return checked(WeightSource::transpose(std::move(*inner)));
  if (isToF32)
    return checked(WeightSource::toF32(std::move(*inner)));
  return inner;
}

Parser::Result Parser::parseTensor() {
  std::string name;
  for (size_t i = position + 1; i < text.size(); ++i) {
    if (text[i] == '\'') {
      if (i + 1 == text.size() || text[i + 1] != '\'') {
        position = i + 1;
        return WeightSource::tensor(name);
      }
      ++i;
    }
    name += text[i];
  }
  return failure("the name that begins here has no closing quote");
}

Parser::Result Parser::parseNumber() {
  double value;
  auto [end, error] = std::from_chars(text.data() + position, text.end(), value);
  if (error == std::errc::result_out_of_range)
    return failure("the number is too large or too small");
  if (error != std::errc())
    return expected("a number");
  position = static_cast<size_t>(end - text.data());
  return WeightSource::number(value);
}

llvm::Expected<int64_t> Parser::parseInteger() {
  skipSpaces();
  if (rest().empty() || !llvm::isDigit(rest().front()))
    return expected("an integer that is not negative");
  int64_t value;
  auto [end, error] = std::from_chars(text.data() + position, text.end(), value);
  if (error != std::errc())
    return failure("the integer is too large");
  position = static_cast<size_t>(end - text.data());
  return value;
}

/// index = a | [a] ":" [b] [ "of" n ]
llvm::Expected<WeightIndex> Parser::parseIndex() {
  WeightIndex index;
  skipSpaces();
  if (!rest().starts_with(":")) {
    llvm::Expected<int64_t> begin = parseInteger();
    if (!begin)
      return begin.takeError();
    index.begin = *begin;
  }
  index.isRange = take(":");
  if (!index.isRange)
    return index;
  skipSpaces();
  if (!rest().empty() && llvm::isDigit(rest().front())) {
    llvm::Expected<int64_t> end = parseInteger();
    if (!end)
      return end.takeError();
    index.end = *end;
  }
  if (take("of")) {
    llvm::Expected<int64_t> extent = parseInteger();
    if (!extent)
      return extent.takeError();
    index.extent = *extent;
  }
  return index;
}

/// The indices after "[" up to and with "]".
Parser::Result Parser::parseSubscript(WeightSource base) {
  std::vector<WeightIndex> indices;
  do {
    llvm::Expected<WeightIndex> index = parseIndex();
    if (!index)
      return index.takeError();
    indices.push_back(*index);
  } while (take(","));
  if (!take("]"))
    return expected("`,` or `]`");
  return checked(WeightSource::subscript(std::move(base), std::move(indices)));
}

Parser::Result Parser::parse() {
  Result source = parseSum();
  if (!source)
    return source;
  skipSpaces();
  if (position != text.size())
    return expected("an operator or the end");
  return source;
}

llvm::Expected<WeightSource> WeightSource::parse(llvm::StringRef text) {
  return Parser(text).parse();
}
