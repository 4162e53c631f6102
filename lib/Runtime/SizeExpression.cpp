//===- SizeExpression.cpp - Sizes made of other sizes -------------*- C++ -*-===//
//
// Reads and evaluates the text of a size in one go.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/SizeExpression.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace gatefold;

static bool isNamePart(char c) { return llvm::isAlnum(c) || c == '_'; }

bool gatefold::isSizeName(llvm::StringRef text) {
  return !text.empty() && !llvm::isDigit(text.front()) && llvm::all_of(text, isNamePart);
}

namespace {
/// What is still to be read of a text, from the front.
class Reader {
public:
  using LookUp = llvm::function_ref<std::optional<int64_t>(llvm::StringRef)>;
  Reader(llvm::StringRef rest, LookUp lookUp) : rest(rest), lookUp(lookUp) {}

  std::optional<int64_t> readSum();
  bool isAtEnd() { return rest.ltrim().empty(); }

private:
  std::optional<int64_t> readProduct();
  std::optional<int64_t> readOperand();
  std::optional<int64_t> readQuotient();
  bool accept(llvm::StringRef text) {
    rest = rest.ltrim();
    return rest.consume_front(text);
  }

  llvm::StringRef rest;
  LookUp lookUp;
  unsigned depth = 0; // of parentheses
};
} // namespace

/// sum ::= [ "-" ] product { ( "+" | "-" ) product }
std::optional<int64_t> Reader::readSum() {
  int64_t sum = 0;
  bool isNegative = accept("-");
  while (true) {
    std::optional<int64_t> product = readProduct();
    if (!product || (isNegative ? llvm::SubOverflow(sum, *product, sum)
                                : llvm::AddOverflow(sum, *product, sum)))
      return std::nullopt;
    isNegative = accept("-");
    if (!isNegative && !accept("+"))
      return sum;
  }
}

/// product ::= operand { "*" operand }
std::optional<int64_t> Reader::readProduct() {
  int64_t product = 1;
  do {
    std::optional<int64_t> operand = readOperand();
    if (!operand || llvm::MulOverflow(product, *operand, product))
      return std::nullopt;
  } while (accept("*"));
  return product;
}

/// operand ::= number | name | "(" sum ")" | "floor(" sum "/" operand ")"
std::optional<int64_t> Reader::readOperand() {
  constexpr unsigned deepest = 100;
  const bool isQuotient = accept("floor(");
  if (isQuotient || accept("(")) {
    if (++depth > deepest)
      return std::nullopt;
    std::optional<int64_t> value = isQuotient ? readQuotient() : readSum();
    --depth;
    return accept(")") ? value : std::nullopt;
  }
  rest = rest.ltrim();
  const llvm::StringRef word = rest.take_while(isNamePart);
  rest = rest.drop_front(word.size());
  int64_t number = 0;
  if (!word.getAsInteger(10, number))
    return number;
  return isSizeName(word) ? lookUp(word) : std::nullopt;
}

std::optional<int64_t> Reader::readQuotient() {
  std::optional<int64_t> dividend = readSum();
  if (!dividend || !accept("/"))
    return std::nullopt;
  std::optional<int64_t> divisor = readOperand();
  if (!divisor || *divisor < 1)
    return std::nullopt;
  return llvm::divideFloorSigned(*dividend, *divisor);
}

std::optional<int64_t> gatefold::evaluateSize(llvm::StringRef text, Reader::LookUp lookUp) {
  Reader reader(text, lookUp);
  std::optional<int64_t> value = reader.readSum();
  return reader.isAtEnd() ? value : std::nullopt;
}
