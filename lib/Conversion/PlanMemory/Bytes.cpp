//===- Bytes.cpp - Numbers of bytes that hang on sizes ------------------*- C++ -*-===//

#include "Bytes.h"
#include "../SizeArithmetic.h"
#include "llvm/Support/MathExtras.h"
#include <utility>

using namespace mlir;
using namespace gatefold;

/// Where each size is rounded up to the alignment on its own, a buffer takes at most a sixteenth
/// more than it needs.
static constexpr int64_t leastRounded = 16 * bufferAlignment;

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

static int64_t addSaturating(int64_t a, int64_t b) {
  int64_t sum;
  return !llvm::AddOverflow(a, b, sum) ? sum : a > 0 ? INT64_MAX : INT64_MIN;
}

static int64_t multiplySaturating(int64_t a, int64_t b) {
  int64_t product;
  return !llvm::MulOverflow(a, b, product) ? product : (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
}

Bytes gatefold::operator+(const Bytes &a, const Bytes &b) {
  const Bytes &shorter = a.size() < b.size() ? a : b;
  Bytes sum = a.size() < b.size() ? b : a;
  for (auto [into, times] : llvm::zip(sum, shorter))
    into = addSaturating(into, times);
  return sum;
}

Bytes gatefold::operator-(const Bytes &a, const Bytes &b) {
  Bytes rest = a;
  for (auto [from, times] : llvm::zip(rest, b))
    from -= times;
  return rest;
}

Bytes gatefold::join(const Bytes &a, const Bytes &b) {
  const Bytes &shorter = a.size() < b.size() ? a : b;
  Bytes result = a.size() < b.size() ? b : a;
  for (auto [into, times] : llvm::zip(result, shorter))
    into = std::max(into, times);
  return result;
}

//===----------------------------------------------------------------------===//
// Terms
//===----------------------------------------------------------------------===//

ByteTerms::ByteTerms(MLIRContext *context, ArrayRef<int64_t> typical) : context(context) {
  for (int64_t size : typical)
    typicalSizes.push_back(getAffineConstantExpr(size, context));
  addTerm({}, 0);
}

/// A new term, or the one that there is, so many times.
Bytes ByteTerms::addTerm(SmallVector<unsigned, 2> factors, int64_t times) {
  llvm::sort(factors);
  auto [place, isNew] = termNumbers.try_emplace(factors, terms.size());
  if (isNew) {
    Term term{factors, getAffineConstantExpr(1, context), 1};
    for (unsigned factor : factors) {
      term.expression = term.expression * atoms[factor].expression;
      term.typical = multiplySaturating(term.typical, atoms[factor].typical);
    }
    terms.push_back(std::move(term));
  }
  Bytes result(place->second + 1, 0);
  result.back() = times;
  return result;
}

/// A new atom, or the one that there is, as a term.
Bytes ByteTerms::addAtom(AffineExpr expression) {
  auto [place, isNew] = atomNumbers.try_emplace(expression, atoms.size());
  if (isNew) {
    std::optional<int64_t> typical = asConstant(expression.replaceSymbols(typicalSizes));
    atoms.push_back({expression, std::max<int64_t>(typical.value_or(INT64_MAX), 0), {}, 0, {}, {}});
  }
  return addTerm({place->second}, 1);
}

/// The quotient that a term is, if it is one alone.
const ByteTerms::Atom *ByteTerms::getQuotient(unsigned term) const {
  if (terms[term].factors.size() != 1)
    return nullptr;
  const Atom &atom = atoms[terms[term].factors.front()];
  return atom.divisor != 0 ? &atom : nullptr;
}

Bytes ByteTerms::multiply(const Bytes &a, const Bytes &b) {
  Bytes product;
  for (unsigned i = 0; i < a.size(); ++i)
    for (unsigned j = 0; j < b.size(); ++j) {
      if (a[i] == 0 || b[j] == 0)
        continue;
      SmallVector<unsigned, 2> factors = terms[i].factors;
      llvm::append_range(factors, terms[j].factors);
      product = product + addTerm(std::move(factors), multiplySaturating(a[i], b[j]));
    }
  return product;
}

/// `dividend / divisor` rounded down. What the divisor divides stands outside of the quotient.
Bytes ByteTerms::divide(const Bytes &dividend, int64_t divisor) {
  Bytes whole(dividend.size(), 0), rest = whole, least = whole, most = whole;
  bool isExact = true;
  for (unsigned i = 0; i < dividend.size(); ++i) {
    int64_t quotient = dividend[i] / divisor, remainder = dividend[i] % divisor;
    if (i == 0 || remainder == 0) {
      whole[i] = quotient;
      rest[i] = remainder;
      continue;
    }
    isExact = false;
    rest[i] = dividend[i];
    least[i] = quotient;
    most[i] = quotient + 1;
  }
  if (isExact)
    return whole;
  AffineExpr sum = getAffineConstantExpr(0, context);
  for (AffineExpr summand : getSummands(rest))
    sum = sum + summand;
  Bytes result = addAtom(sum.floorDiv(divisor));
  Atom &atom = atoms[terms[result.size() - 1].factors.front()];
  atom = {atom.expression, atom.typical,     std::move(rest),
          divisor,         std::move(least), std::move(most)};
  return whole + result;
}

/// The expression as a sum; none where a part of it may be below 0.
std::optional<Bytes> ByteTerms::parse(AffineExpr expression) {
  if (auto constant = asConstant(expression))
    return *constant < 0 ? std::nullopt : std::optional(Bytes{*constant});
  if (isa<AffineSymbolExpr>(expression))
    return addAtom(expression);
  auto binary = dyn_cast<AffineBinaryOpExpr>(expression);
  std::optional<Bytes> lhs = binary ? parse(binary.getLHS()) : std::nullopt;
  if (!lhs)
    return std::nullopt;
  if (binary.getKind() == AffineExprKind::FloorDiv) {
    std::optional<int64_t> divisor = asConstant(binary.getRHS());
    return divisor && *divisor > 0 ? std::optional(divide(*lhs, *divisor)) : std::nullopt;
  }
  std::optional<Bytes> rhs = parse(binary.getRHS());
  if (rhs && binary.getKind() == AffineExprKind::Add)
    return *lhs + *rhs;
  if (rhs && binary.getKind() == AffineExprKind::Mul)
    return multiply(*lhs, *rhs);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Numbers of bytes
//===----------------------------------------------------------------------===//

Bytes ByteTerms::getRoom(AffineExpr bytes) {
  std::optional<Bytes> sum = parse(bytes);
  // No memory holds so much that the arithmetic here would not.
  if (sum && llvm::any_of(*sum, [](int64_t times) { return times > int64_t(1) << 56; }))
    sum.reset();
  // A number of bytes as a whole is not below 0.
  Bytes lines = sum ? Bytes() : addAtom((bytes + (bufferAlignment - 1)).floorDiv(bufferAlignment));
  if (sum) {
    for (int64_t &times : llvm::drop_begin(*sum))
      if (times >= leastRounded)
        times = llvm::alignTo(times, bufferAlignment);
    lines = divide(*sum + Bytes{bufferAlignment - 1}, bufferAlignment);
  }
  for (int64_t &times : lines)
    times = multiplySaturating(times, bufferAlignment);
  return lines;
}

/// Whether no element of `part` is above that of `whole`.
static bool isPart(ArrayRef<int64_t> part, ArrayRef<int64_t> whole) {
  return llvm::all_of(llvm::enumerate(part), [&](auto element) {
    return element.value() <= (element.index() < whole.size() ? whole[element.index()] : 0);
  });
}

/// Makes a difference smaller, or leaves it as it is, by what is known of quotients.
void ByteTerms::cancelQuotients(SmallVectorImpl<int64_t> &difference) const {
  // The quotient of a larger dividend is no smaller.
  for (unsigned i = 0; i < difference.size(); ++i)
    for (unsigned j = 0; j < difference.size() && difference[i] < 0; ++j) {
      const Atom *less = getQuotient(i), *more = getQuotient(j);
      if (difference[j] <= 0 || !less || !more || less->divisor != more->divisor ||
          !isPart(less->dividend, more->dividend))
        continue;
      int64_t times = std::min(-difference[i], difference[j]);
      difference[i] += times;
      difference[j] -= times;
    }
  // Others are taken for the least or the most that they can be.
  for (unsigned i = 0; i < difference.size(); ++i)
    if (const Atom *quotient = getQuotient(i)) {
      int64_t times = std::exchange(difference[i], 0);
      for (auto [into, bound] : llvm::zip(difference, times > 0 ? quotient->least : quotient->most))
        into = addSaturating(into, multiplySaturating(times, bound));
    }
}

bool ByteTerms::isAtMost(const Bytes &a, const Bytes &b) const {
  if (isPart(a, b))
    return true;
  if (atoms.empty())
    return false;
  SmallVector<int64_t> difference(terms.size(), 0);
  for (auto [into, times] : llvm::zip(difference, b))
    into = times;
  for (auto [into, times] : llvm::zip(difference, a))
    into -= times;
  cancelQuotients(difference);
  return llvm::all_of(difference, [](int64_t times) { return times >= 0; });
}

int64_t ByteTerms::getTypical(const Bytes &bytes) const {
  int64_t sum = 0;
  for (auto [term, times] : llvm::zip(terms, bytes))
    if (times != 0)
      sum = addSaturating(sum, multiplySaturating(term.typical, times));
  return sum;
}

SmallVector<AffineExpr> ByteTerms::getSummands(const Bytes &bytes) const {
  SmallVector<AffineExpr> summands;
  for (auto [term, times] : llvm::zip(terms, bytes))
    if (times != 0)
      summands.push_back(term.expression * times);
  return summands;
}
