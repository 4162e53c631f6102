//===- LinearForm.h - How a recurrence depends on its last values ---*- C++ -*-===//
//
// Whether the next values of memories are linear in their values, and with what coefficients.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_TRANSFORMS_LINEARFORM_H
#define GATEFOLD_LIB_TRANSFORMS_LINEARFORM_H

#include "DistributeScanGraph.h"

namespace gatefold {

/// How a value depends on the memories of a recurrence, from the simplest form on.
enum class Linearity {
  Independent,
  Elementwise, ///< each element is one element of each memory by a factor, plus a term
  Matrix,      ///< each element is a sum of elements by factors, plus a term
  None,
};

struct LinearForm {
  Linearity linearity = Linearity::Independent;
  mlir::Operation *reason = nullptr; ///< the first operation that makes it a matrix, or nothing
};

/// The form of the next values of the memories of a component; factors and terms do not depend on
/// these memories.
LinearForm findLinearForm(const StepGraph &graph, llvm::ArrayRef<unsigned> component);

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_LINEARFORM_H
