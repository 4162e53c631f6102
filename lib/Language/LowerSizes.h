//===- LowerSizes.h - Sizes of an instance ------------------------*- C++ -*-===//
//
// Inside an instance every dimension is a number or, where data decides, an expression in the free
// dimensions of the model. These helpers translate sizes of the text into such "model terms".
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_LOWERSIZES_H
#define GATEFOLD_LIB_LANGUAGE_LOWERSIZES_H

#include "gatefold/Language/Symbol.h"
#include "llvm/ADT/ArrayRef.h"

namespace gatefold::lowering {

/// A shape in model terms, outermost axis first.
using Shape = llvm::SmallVector<Dim, 4>;

/// `inner`, whose sizes are in the terms of `outer`, in model terms.
DimBindings substitute(const DimBindings &inner, const DimBindings &outer);

/// `dims` in model terms.
Shape substitute(llvm::ArrayRef<Dim> dims, const DimBindings &bindings);

/// constant + sum of factor * name: what a size that data decides can be.
struct LinearSize {
  int64_t constant = 0;
  std::vector<std::pair<std::string, int64_t>> terms;
};

/// `size` taken apart; nullopt if it is no such sum, or has fractions.
std::optional<LinearSize> asLinear(const Dim &size);

/// Where a range or an element that starts at `begin` lies on an axis of `size`: counted from the
/// axis' start where `begin` is a number, else from its end, and then below 0. Nullopt when neither
/// is known.
std::optional<int64_t> offsetOnAxis(const Dim &begin, const Dim &size);

/// The shape that elementwise operands of these shapes have in common: aligned at the last axis, 1
/// stretches.
Shape broadcastShapes(llvm::ArrayRef<Dim> left, llvm::ArrayRef<Dim> right);

/// Product of all sizes; nullopt if one is dynamic. Stays at 2^62 when it is larger.
std::optional<int64_t> numElements(llvm::ArrayRef<Dim> shape);

} // namespace gatefold::lowering

#endif // GATEFOLD_LIB_LANGUAGE_LOWERSIZES_H
