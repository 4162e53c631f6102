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

Dim Dim::term(const Monomial &monomial, const Rational &coefficient) {
  Dim result;
  if (coefficient.numerator != 0)
    result.terms[monomial] = coefficient;
  return result;
}

Dim Dim::of(Factor factor) { return term({{std::move(factor), 1}}, {1, 1}); }

Dim Dim::name(llvm::StringRef name) { return of({name.str(), nullptr}); }

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
      for (const auto &[factor, exponent] : rightMonomial)
        if ((monomial[factor] += exponent) == 0)
          monomial.erase(factor);
      result =
          result + term(monomial, reduced<Rational>(Wide(left.numerator) * right.numerator,
                                                    Wide(left.denominator) * right.denominator));
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
  Monomial inverted = leadingMonomial;
  for (auto &[factor, exponent] : inverted)
    exponent = -exponent;
  Dim inverse = term(inverted, reduced<Rational>(leading.denominator, leading.numerator));
  if (divisor.terms.size() == 1)
    return *this * inverse;
  for (const auto &[monomial, coefficient] : terms) {
    Dim quotient = term(monomial, coefficient) * inverse;
    if (quotient * divisor == *this)
      return quotient;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Quotients rounded down
//===----------------------------------------------------------------------===//

Dim::Factor Dim::quotient(const Dim &dividend, const Dim &divisor) {
  auto spell = [](const Dim &size) {
    const std::string text = size.str();
    return text.find_first_of("+-*/") == std::string::npos ? text : "(" + text + ")";
  };
  return {"floor(" + spell(dividend) + " / " + spell(divisor) + ")",
          std::make_shared<const Quotient>(Quotient{dividend, divisor})};
}

static int64_t roundedDown(Wide numerator, Wide denominator) {
  Wide quotient = numerator / denominator;
  return saturate(numerator % denominator < 0 ? quotient - 1 : quotient);
}

/// Leaves the part of the dividend that is less than the divisor, and returns how often the divisor
/// was taken from it.
Dim Dim::takeWhole(const Dim &divisor) {
  Dim result, rest;
  if (std::optional<Dim> exact = dividedBy(divisor))
    for (const auto &[monomial, coefficient] : exact->terms) {
      const bool isWhole =
          llvm::all_of(monomial, [](const auto &power) { return power.second > 0; });
      const int64_t whole =
          isWhole ? roundedDown(coefficient.numerator, coefficient.denominator) : 0;
      result = result + term(monomial, {whole, 1});
      rest = rest + term(monomial, coefficient) - term(monomial, {whole, 1});
    }
  else
    return result;
  *this = rest * divisor;
  return result;
}

/// floor((floor(n / a) + c) / b) is floor((n + a * c) / (a * b)) for whole numbers a, b and c.
std::optional<std::pair<Dim, Dim>> Dim::mergedQuotient(const Dim &divisor) const {
  for (const auto &[monomial, coefficient] : terms) {
    if (monomial.size() != 1 || monomial.begin()->second != 1 || coefficient != Rational{1, 1})
      continue;
    const std::shared_ptr<const Quotient> &inner = monomial.begin()->first.quotient;
    const Dim rest = *this - term(monomial, coefficient);
    if (inner && rest.asConstant() && inner->divisor.asConstant() && divisor.asConstant())
      return std::pair(inner->dividend + inner->divisor * rest, inner->divisor * divisor);
  }
  return std::nullopt;
}

std::optional<Dim> Dim::floorDividedBy(const Dim &divisor) const {
  if (divisor.names().empty() && divisor.asConstant().value_or(0) < 1)
    return std::nullopt;
  Dim rest = *this;
  const Dim whole = rest.takeWhole(divisor);
  if (rest == Dim())
    return whole;
  if (const auto number = rest.asConstant(), most = divisor.asConstant(); number && most)
    return whole + constant(roundedDown(*number, *most));
  if (auto merged = rest.mergedQuotient(divisor))
    return whole + *merged->first.floorDividedBy(merged->second);
  return whole + of(quotient(rest, divisor));
}

std::optional<std::pair<Dim, Dim>> Dim::asFloor() const {
  if (terms.size() != 1)
    return std::nullopt;
  const auto &[monomial, coefficient] = *terms.begin();
  if (monomial.size() != 1 || monomial.begin()->second != 1 || coefficient != Rational{1, 1} ||
      !monomial.begin()->first.quotient)
    return std::nullopt;
  const Quotient &quotient = *monomial.begin()->first.quotient;
  return std::pair(quotient.dividend, quotient.divisor);
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

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
  if (monomial.size() != 1 || monomial.begin()->second != 1 || coefficient != Rational{1, 1} ||
      monomial.begin()->first.quotient)
    return std::nullopt;
  return monomial.begin()->first.text;
}

std::optional<Dim::Linear> Dim::asLinear() const {
  Linear result;
  for (const auto &[monomial, coefficient] : terms) {
    if (coefficient.denominator != 1)
      return std::nullopt;
    if (monomial.empty()) {
      result.constant = coefficient.numerator;
      continue;
    }
    if (monomial.size() != 1 || monomial.begin()->second != 1)
      return std::nullopt;
    result.terms.push_back({of(monomial.begin()->first), coefficient.numerator});
  }
  return result;
}

std::vector<std::string> Dim::names() const {
  std::set<std::string> found;
  for (const auto &[monomial, coefficient] : terms)
    for (const auto &[factor, exponent] : monomial) {
      if (!factor.quotient) {
        found.insert(factor.text);
        continue;
      }
      for (const Dim *part : {&factor.quotient->dividend, &factor.quotient->divisor})
        for (std::string &name : part->names())
          found.insert(std::move(name));
    }
  return {found.begin(), found.end()};
}

bool Dim::isExpressible() const {
  return llvm::none_of(names(), [](llvm::StringRef name) { return name.starts_with("("); });
}

Dim Dim::substituteFactor(const Factor &factor, const std::map<std::string, Dim> &values) {
  if (!factor.quotient) {
    auto known = values.find(factor.text);
    return known == values.end() ? of(factor) : known->second;
  }
  const Dim dividend = factor.quotient->dividend.substitute(values);
  const Dim divisor = factor.quotient->divisor.substitute(values);
  const std::optional<Dim> quotient = dividend.floorDividedBy(divisor);
  return quotient ? *quotient : name("(" + Dim::quotient(dividend, divisor).text + ")");
}

Dim Dim::substitute(const std::map<std::string, Dim> &values) const {
  Dim result;
  for (const auto &[monomial, coefficient] : terms) {
    Dim product = term({}, coefficient);
    for (const auto &[factor, exponent] : monomial) {
      const Dim value = substituteFactor(factor, values);
      for (int i = 0; i < exponent; ++i)
        product = product * value;
      for (int i = 0; i > exponent; --i) {
        std::optional<Dim> quotient = product.dividedBy(value);
        product = quotient ? *quotient : *product.dividedBy(name("(" + value.str() + ")"));
      }
    }
    result = result + product;
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
template <typename Monomial>
static std::string spellTerm(int64_t numerator, int64_t denominator, const Monomial &monomial) {
  std::string factors, divisors;
  auto multiply = [&](llvm::StringRef factor) {
    factors += (factors.empty() ? "" : " * ") + factor.str();
  };
  if (numerator != 1)
    multiply(std::to_string(numerator));
  for (const auto &[factor, exponent] : monomial) {
    for (int i = 0; i < exponent; ++i)
      multiply(factor.text);
    for (int i = 0; i > exponent; --i)
      divisors += " / " + factor.text;
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
