//===- FuseLocations.h - Where what was merged comes from ---------*- C++ -*-===//

#ifndef GATEFOLD_LIB_TRANSFORMS_FUSELOCATIONS_H
#define GATEFOLD_LIB_TRANSFORMS_FUSELOCATIONS_H

#include "mlir/IR/Location.h"

namespace gatefold {

/// The location of an operation that does what stood at several. It has the name of the first, and
/// where all stand in the body that one call brought, so does the result.
mlir::Location fuseLocations(llvm::ArrayRef<mlir::Location> locations);

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_FUSELOCATIONS_H
