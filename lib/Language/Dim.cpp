//===- Dim.cpp - Arithmetic of dimension sizes --------------------*- C++ -*-===//
//
// Polynomials with rational coefficients and integer exponents. Coefficients that leave 64 bits
// stay at the limit, which no real size reaches, so that no input makes the arithmetic wrap around.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Dim.h"

#include "llvm/ADT/STLExtras.h"
#include <limits>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

using namespace gatefold;

namespace {
using Wide = __int128;
} // namespace

static int64_t saturate(Wide value) {
  constexpr int64_t least = std::numeric_limits<int64_t>::min() + 1; // its negation fits as well
  constexpr int64_t most = std::numeric_limits<int64_t>::max();
  return value < least ? least : value > most ? most : static_cast<int64_t>(value);
}

static Wide greatestCommonDivisor(Wide a, Wide b) {
  a = a < 0 ? -a : a;
  b = b < 0 ? -b : b;
  while (b != 0)
    a = std::exchange(b, a % b);
  return a;
}

/// Lowest terms with a positive denominator.
template <typename Rational>
static Rational reduced(Wide numerator, Wide denominator) {
  Wide divisor = greatestCommonDivisor(numerator, denominator);
  if (divisor == 0)
    return {0, 1};
  if (denominator < 0)
    divisor = -divisor;
  return {saturate(numerator / divisor), saturate(denominator / divisor)};
}

Dim Dim::constant(int64_t value) {
  Dim result;
  if (value != 0)
    result.terms[{}] = {saturate(value), 1};
  return result;
}

Dim Dim::name(llvm::StringRef name) {
  Dim result;
  result.terms[{{name.str(), 1}}] = {1, 1};
  return result;
}

Dim Dim::operator+(const Dim &other) const {
  Dim result = *this;
  for (const auto &[monomial, added] : other.terms) {
    Rational &sum = result.terms[monomial];
    sum = reduced<Rational>(Wide(sum.numerator) * added.denominator +
                                Wide(added.numerator) * sum.denominator,
                            Wide(sum.denominator) * added.denominator);
    if (sum.numerator == 0)
      result.terms.erase(monomial);
  }
  return result;
}

Dim Dim::operator-(const Dim &other) const { return *this + other * constant(-1); }

Dim Dim::operator*(const Dim &other) const {
  Dim result;
  for (const auto &[leftMonomial, left] : terms) {
    for (const auto &[rightMonomial, right] : other.terms) {
      Monomial monomial = leftMonomial;
      for (const auto &[name, exponent] : rightMonomial)
        if ((monomial[name] += exponent) == 0)
          monomial.erase(name);
      Dim term;
      term.terms[std::move(monomial)] = reduced<Rational>(
          Wide(left.numerator) * right.numerator, Wide(left.denominator) * right.denominator);
      result = result + term;
    }
  }
  return result;
}

std::optional<Dim> Dim::dividedBy(const Dim &divisor) const {
  if (divisor.terms.empty())
    return std::nullopt;
  if (terms.empty())
    return Dim();
  // One term divides every sum; of sums, only those divide that leave one term.
  const auto &[leadingMonomial, leading] = *divisor.terms.begin();
  Dim inverse;
  Monomial inverted = leadingMonomial;
  for (auto &[name, exponent] : inverted)
    exponent = -exponent;
  inverse.terms[inverted] = reduced<Rational>(leading.denominator, leading.numerator);
  if (divisor.terms.size() == 1)
    return *this * inverse;
  for (const auto &[monomial, coefficient] : terms) {
    Dim term;
    term.terms[monomial] = coefficient;
    Dim quotient = term * inverse;
    if (quotient * divisor == *this)
      return quotient;
  }
  return std::nullopt;
}

std::optional<int64_t> Dim::asConstant() const {
  if (terms.empty())
    return 0;
  const auto &[monomial, coefficient] = *terms.begin();
  if (terms.size() == 1 && monomial.empty() && coefficient.denominator == 1)
    return coefficient.numerator;
  return std::nullopt;
}

std::optional<std::string> Dim::asName() const {
  if (terms.size() != 1)
    return std::nullopt;
  const auto &[monomial, coefficient] = *terms.begin();
  if (monomial.size() != 1 || monomial.begin()->second != 1 || coefficient != Rational{1, 1})
    return std::nullopt;
  return monomial.begin()->first;
}

std::vector<std::string> Dim::names() const {
  std::set<std::string> found;
  for (const auto &[monomial, coefficient] : terms)
    for (const auto &[name, exponent] : monomial)
      found.insert(name);
  return {found.begin(), found.end()};
}

bool Dim::isExpressible() const {
  return llvm::none_of(names(), [](llvm::StringRef name) { return name.starts_with("("); });
}

Dim Dim::substitute(const std::map<std::string, Dim> &values) const {
  Dim result;
  for (const auto &[monomial, coefficient] : terms) {
    Dim term;
    term.terms[{}] = coefficient;
    for (const auto &[factor, exponent] : monomial) {
      auto known = values.find(factor);
      Dim value = known == values.end() ? name(factor) : known->second;
      for (int i = 0; i < exponent; ++i)
        term = term * value;
      for (int i = 0; i > exponent; --i) {
        std::optional<Dim> quotient = term.dividedBy(value);
        term = quotient ? *quotient : *term.dividedBy(name("(" + value.str() + ")"));
      }
    }
    result = result + term;
  }
  return result;
}

std::optional<int64_t> Dim::evaluate(const std::map<std::string, int64_t> &values) const {
  std::map<std::string, Dim> sizes;
  for (const std::string &name : names()) {
    auto known = values.find(name);
    if (known == values.end())
      return std::nullopt;
    sizes[name] = constant(known->second);
  }
  std::optional<int64_t> value = substitute(sizes).asConstant();
  if (!value || *value == saturate(Wide(1) << 64) || *value == saturate(-(Wide(1) << 64)))
    return std::nullopt;
  return value;
}

/// `2 * H / N` of coefficient 2 and exponents H: 1, N: -1.
static std::string spellTerm(int64_t numerator, int64_t denominator,
                             const std::map<std::string, int> &monomial) {
  std::string factors, divisors;
  auto multiply = [&](llvm::StringRef factor) {
    factors += (factors.empty() ? "" : " * ") + factor.str();
  };
  if (numerator != 1)
    multiply(std::to_string(numerator));
  for (const auto &[name, exponent] : monomial) {
    for (int i = 0; i < exponent; ++i)
      multiply(name);
    for (int i = 0; i > exponent; --i)
      divisors += " / " + name;
  }
  if (denominator != 1)
    divisors += " / " + std::to_string(denominator);
  return (factors.empty() ? "1" : factors) + divisors;
}

std::string Dim::str() const {
  // Positive terms first and numbers behind names, as a person writes `N - 1` and `4 - K`.
  std::vector<const std::pair<const Monomial, Rational> *> order;
  for (const auto &term : terms)
    order.push_back(&term);
  llvm::sort(order, [](const auto *a, const auto *b) {
    return std::tuple(a->second.numerator < 0, a->first.empty(), a->first) <
           std::tuple(b->second.numerator < 0, b->first.empty(), b->first);
  });
  std::string text;
  for (const auto *term : order) {
    const auto &[monomial, coefficient] = *term;
    bool isNegative = coefficient.numerator < 0;
    if (text.empty())
      text = isNegative ? "-" : "";
    else
      text += isNegative ? " - " : " + ";
    text += spellTerm(isNegative ? -coefficient.numerator : coefficient.numerator,
                      coefficient.denominator, monomial);
  }
  return text.empty() ? "0" : text;
}
