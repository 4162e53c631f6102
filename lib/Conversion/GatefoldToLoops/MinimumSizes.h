//===- MinimumSizes.h - What an entry needs of its dynamic sizes -----------*- C++ -*-===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_MINIMUMSIZES_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_MINIMUMSIZES_H

#include "gatefold/Conversion/EntrySignature.h"

namespace gatefold {

/// The `#gatefold.minimum`s of an entry: a slice of a dynamic axis and an argmax along one read
/// elements that only exist if the axis is long enough. Fails, with an error, where such an axis is
/// not a size that the caller gives.
mlir::FailureOr<llvm::SmallVector<mlir::Attribute>>
findMinimumSizes(ir::EntryOp entry, const EntrySignature &signature);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_MINIMUMSIZES_H
