//===- LowerSizes.cpp - Sizes of an instance ----------------------*- C++ -*-===//
//
// Arithmetic of sizes in model terms.
//
//===----------------------------------------------------------------------===//

#include "LowerSizes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace gatefold;
using namespace gatefold::lowering;

DimBindings lowering::substitute(const DimBindings &inner, const DimBindings &outer) {
  DimBindings result;
  for (const auto &[name, size] : inner)
    result[name] = size.substitute(outer);
  return result;
}

Shape lowering::substitute(llvm::ArrayRef<Dim> dims, const DimBindings &bindings) {
  Shape result;
  for (const Dim &dim : dims)
    result.push_back(dim.substitute(bindings));
  return result;
}

bool lowering::isComputable(const Dim &size) {
  const std::optional<Dim::Linear> linear = size.asLinear();
  return linear && size.isExpressible() && llvm::all_of(linear->terms, [](const auto &term) {
           const auto quotient = term.first.asFloor();
           return !quotient || (quotient->second.asConstant() && isComputable(quotient->first));
         });
}

std::optional<int64_t> lowering::offsetOnAxis(const Dim &begin, const Dim &size) {
  if (std::optional<int64_t> offset = begin.asConstant())
    return offset;
  const std::optional<int64_t> fromEnd = (begin - size).asConstant();
  return fromEnd && *fromEnd < 0 ? fromEnd : std::nullopt;
}

Shape lowering::broadcastShapes(llvm::ArrayRef<Dim> left, llvm::ArrayRef<Dim> right) {
  if (left.size() < right.size())
    std::swap(left, right);
  Shape result(left);
  for (size_t i = 0; i < right.size(); ++i) {
    Dim &size = result[left.size() - right.size() + i];
    if (size.isOne())
      size = right[i];
  }
  return result;
}

unsigned lowering::countKept(llvm::ArrayRef<Dim> from, llvm::ArrayRef<Dim> to) {
  unsigned kept = 0;
  while (kept < std::min(from.size(), to.size()) && from[kept] == to[kept])
    ++kept;
  return kept;
}

/// The product of the sizes that are numbers, and of the others.
static std::pair<Dim, llvm::SmallVector<Dim>> splitSizes(llvm::ArrayRef<Dim> shape) {
  Dim numbers = Dim::constant(1);
  llvm::SmallVector<Dim> others;
  for (const Dim &size : shape) {
    if (size.asConstant())
      numbers = numbers * size;
    else
      others.push_back(size);
  }
  return {numbers, others};
}

bool lowering::isReshape(llvm::ArrayRef<Dim> from, llvm::ArrayRef<Dim> to) {
  const unsigned kept = countKept(from, to);
  const auto [before, freeBefore] = splitSizes(from.drop_front(kept));
  const auto [after, freeAfter] = splitSizes(to.drop_front(kept));
  return before == after && freeBefore.size() <= 1 && freeBefore == freeAfter;
}

std::optional<int64_t> lowering::numElements(llvm::ArrayRef<Dim> shape) {
  int64_t count = 1;
  for (const Dim &dim : shape) {
    const std::optional<int64_t> extent = dim.asConstant();
    if (!extent)
      return std::nullopt;
    if (llvm::MulOverflow(count, *extent, count))
      return int64_t(1) << 62;
  }
  return std::min(count, int64_t(1) << 62);
}
