//===- MinimumSizes.h - What an entry needs of its dynamic sizes -----------*- C++ -*-===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_MINIMUMSIZES_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_MINIMUMSIZES_H

#include "Sizes.h"
#include "gatefold/Conversion/EntrySignature.h"

namespace gatefold {

/// An axis that must have at least so many elements.
struct Need {
  mlir::AffineExpr extent;
  int64_t minimum;
  std::string what; ///< what needs it: "the element picked"
};

/// What an operation needs: a slice of a dynamic axis and an argmax along one read elements that
/// only exist if the axis is long enough.
std::optional<Need> findNeed(mlir::Operation *op, SizeAnalysis &sizes);

/// The `#gatefold.minimum`s of an entry: what its operations need of the sizes that the caller
/// gives, be it as the limits of histories. Fails, with an error, where such an axis has none of
/// these sizes.
mlir::FailureOr<llvm::SmallVector<mlir::Attribute>>
findMinimumSizes(ir::EntryOp entry, const EntrySignature &signature);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_MINIMUMSIZES_H
