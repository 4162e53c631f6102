//===- Limits.h - What one import may ask for --------------------*- C++ -*-===//
//
// A node that cannot be imported is told with all others (Value.h). A file that asks for too much
// altogether ends the import, as every node behind would ask for more.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_LIMITS_H
#define GATEFOLD_LIB_ONNX_LIMITS_H

#include <string>

namespace gatefold::onnx {

/// Thrown by the builder, and caught where an import begins.
struct LimitExceeded {
  std::string reason;
};

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_LIMITS_H
