//===- LowerSizes.cpp - Sizes of an instance ----------------------*- C++ -*-===//
//
// Arithmetic of sizes in model terms.
//
//===----------------------------------------------------------------------===//

#include "LowerSizes.h"

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

std::optional<LinearSize> lowering::asLinear(const Dim &size) {
  std::map<std::string, int64_t> values;
  for (const std::string &name : size.names())
    values[name] = 0;
  const std::optional<int64_t> constant = size.evaluate(values);
  if (!constant)
    return std::nullopt;
  LinearSize result{*constant, {}};
  Dim sum = Dim::constant(*constant);
  for (auto &[name, value] : values) {
    value = 1;
    const std::optional<int64_t> atOne = size.evaluate(values);
    value = 0;
    int64_t factor;
    if (!atOne || llvm::SubOverflow(*atOne, *constant, factor))
      return std::nullopt;
    result.terms.push_back({name, factor});
    sum = sum + Dim::constant(factor) * Dim::name(name);
  }
  // What the two samples of each name do not show is no linear sum.
  return sum == size ? std::optional(result) : std::nullopt;
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
