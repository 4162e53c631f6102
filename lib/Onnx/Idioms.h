//===- Idioms.h - Library functions in graphs --------------------*- C++ -*-===//
//
// Exporters write layers of a library out as products, sums and quotients. This finds them again.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_IDIOMS_H
#define GATEFOLD_LIB_ONNX_IDIOMS_H

#include "Names.h"
#include "Value.h"

namespace gatefold::onnx {

/// Makes those of the values, operands first, that the standard library has calls of it: `silu`,
/// `rms_norm` and `layer_norm`, and instances of `Linear`, which get names. `results` are what is
/// computed in the end.
void useLibrary(Names &names, llvm::ArrayRef<Value> values, llvm::ArrayRef<Value> results);

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_IDIOMS_H
