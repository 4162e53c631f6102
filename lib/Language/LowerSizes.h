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

/// Whether a size that data decides can be computed from the free dimensions: a sum of whole
/// multiples of them and of quotients of such sums by numbers, rounded down.
bool isComputable(const Dim &size);

/// Where a range or an element that starts at `begin` lies on an axis of `size`: counted from the
/// axis' start where `begin` is a number, else from its end, and then below 0. Nullopt when neither
/// is known.
std::optional<int64_t> offsetOnAxis(const Dim &begin, const Dim &size);

/// The shape that elementwise operands of these shapes have in common: aligned at the last axis, 1
/// stretches.
Shape broadcastShapes(llvm::ArrayRef<Dim> left, llvm::ArrayRef<Dim> right);

/// How many leading axes are the same in both shapes: a reshape leaves them alone.
unsigned countKept(llvm::ArrayRef<Dim> from, llvm::ArrayRef<Dim> to);

/// Whether elements of the shape `from` can have the shape `to` before the sizes of both are known:
/// behind the axes that stay, both have the same one size that data decides, or none.
bool isReshape(llvm::ArrayRef<Dim> from, llvm::ArrayRef<Dim> to);

/// Product of all sizes; nullopt if one is dynamic. Stays at 2^62 when it is larger.
std::optional<int64_t> numElements(llvm::ArrayRef<Dim> shape);

} // namespace gatefold::lowering

#endif // GATEFOLD_LIB_LANGUAGE_LOWERSIZES_H
