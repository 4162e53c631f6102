//===- Reader.h - ONNX files -------------------------------------*- C++ -*-===//
//
// Reads files in ONNX's format, and tensors in them, with bounds checked.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_READER_H
#define GATEFOLD_LIB_ONNX_READER_H

#include "Value.h"
#include "gatefold/Runtime/InputFile.h"
#include "gatefold/Runtime/Tensor.h"
#include "onnx.pb.h"

namespace gatefold::onnx {

/// Reads the model that a file holds; an error names the file.
llvm::Expected<std::unique_ptr<ModelProto>> readModel(const InputFile &file);

/// The tensor as the runtime holds it. `folder` is where data outside of the file may lie, and
/// nowhere else. Fails (Value.h).
Tensor readTensor(const TensorProto &proto, llvm::StringRef folder);

/// The elements as the importer holds them: floats, or integers.
Literal makeLiteral(const Tensor &tensor);

/// The literal as a tensor of its carrier's type.
Tensor makeTensor(const Literal &literal, ElementType carrier, llvm::ArrayRef<int64_t> shape);

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_READER_H
