//===- Dim.h - Arithmetic of dimension sizes ----------------------*- C++ -*-===//
//
// The size of an axis as the text gives it: an integer, a name, or arithmetic of them, kept in a
// canonical form so that two sizes are equal exactly if their arithmetic is equal (`2 * H` and `H +
// H`, `N * (D / N)` and `D`).
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_DIM_H
#define GATEFOLD_LANGUAGE_DIM_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatefold {

/// A sum of terms, each a rational coefficient times a product of names and of quotients rounded
/// down, with integer exponents (negative ones come from division, which the language requires to
/// be exact).
class Dim {
public:
  /// Zero.
  Dim() = default;
  static Dim constant(int64_t value);
  static Dim name(llvm::StringRef name);

  Dim operator+(const Dim &other) const;
  Dim operator-(const Dim &other) const;
  Dim operator*(const Dim &other) const;
  /// Exact division; nullopt when the divisor is zero or a sum of several terms that does not
  /// cancel.
  std::optional<Dim> dividedBy(const Dim &divisor) const;
  /// The quotient rounded down, `floor(N / 2)`. What is whole for all sizes stands outside of the
  /// rounding: floor((2 * N + 3) / 2) is N + 1. Nullopt when the divisor is a number below 1 or no
  /// whole number.
  std::optional<Dim> floorDividedBy(const Dim &divisor) const;

  bool operator==(const Dim &other) const { return terms == other.terms; }
  bool operator!=(const Dim &other) const { return !(*this == other); }

  /// The value if no name occurs and it is an integer.
  std::optional<int64_t> asConstant() const;
  bool isOne() const { return asConstant() == 1; }
  /// The name if the size is a single name.
  std::optional<std::string> asName() const;
  /// Dividend and divisor if the size is a single quotient rounded down.
  std::optional<std::pair<Dim, Dim>> asFloor() const;
  /// A sum of whole multiples of names and quotients rounded down.
  struct Linear {
    int64_t constant = 0;
    std::vector<std::pair<Dim, int64_t>> terms; ///< each a name or a quotient, and its factor
  };
  /// The size as such a sum; nullopt if it is none.
  std::optional<Linear> asLinear() const;
  /// Every name that occurs, also within quotients, sorted.
  std::vector<std::string> names() const;

  /// Whether no substitution led to a division that this form cannot hold (by a sum, or by zero).
  bool isExpressible() const;
  /// Terms of the sum, a measure of how large the form is.
  size_t numTerms() const { return terms.size(); }

  /// Replaces names by sizes; names that the map lacks stay. A division by a sum that does not
  /// cancel leaves the name
  /// `(A + B)`, parentheses included, which no value can be given to: isExpressible() tells.
  Dim substitute(const std::map<std::string, Dim> &values) const;
  /// The integer value under `values`; nullopt if a name is missing, the value is not an integer,
  /// or overflows.
  std::optional<int64_t> evaluate(const std::map<std::string, int64_t> &values) const;

  /// As a person would write it: `2 * H + 1`, `D / N`.
  std::string str() const;

private:
  struct Rational {
    int64_t numerator = 0;
    int64_t denominator = 1;
    bool operator==(const Rational &other) const = default;
  };
  struct Quotient;
  /// A name, or a quotient rounded down, which its text tells apart from every other.
  struct Factor {
    std::string text;
    std::shared_ptr<const Quotient> quotient; ///< null for a name
    bool operator==(const Factor &other) const { return text == other.text; }
    bool operator<(const Factor &other) const { return text < other.text; }
  };
  using Monomial = std::map<Factor, int>; // factor -> exponent, never 0

  static Dim term(const Monomial &monomial, const Rational &coefficient);
  static Dim of(Factor factor);
  static Factor quotient(const Dim &dividend, const Dim &divisor);
  static Dim substituteFactor(const Factor &factor, const std::map<std::string, Dim> &values);
  Dim takeWhole(const Dim &divisor);
  std::optional<std::pair<Dim, Dim>> mergedQuotient(const Dim &divisor) const;

  std::map<Monomial, Rational> terms; // never a zero coefficient
};

/// floor(dividend / divisor)
struct Dim::Quotient {
  Dim dividend, divisor;
};

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_DIM_H
