//===- Places.h - Places of the source in messages --------------*- C++ -*-===//
//
// Spells the place that a location came from.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_IR_PLACES_H
#define GATEFOLD_IR_PLACES_H

#include "mlir/IR/Location.h"
#include <string>

namespace gatefold::ir {

/// `file:line:column` of the innermost place in a file that `loc` holds, or else of the innermost
/// one; empty if it holds none.
std::string describePlace(mlir::Location loc);

/// ` (file:line:column)`, to stand behind a message; empty if there is no place.
std::string describePlaceInParentheses(mlir::Location loc);

} // namespace gatefold::ir

#endif // GATEFOLD_IR_PLACES_H
