//===- OnnxText.h - ONNX models on the command line --------------*- C++ -*-===//
//
// Imports a model while a command runs, so that ONNX files take the place of texts.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_ONNXTEXT_H
#define GATEFOLD_TOOLS_GATEFOLD_ONNXTEXT_H

#include "gatefold/Onnx/Import.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>

namespace gatefold {

/// Whether the path is that of an ONNX model.
bool isOnnxPath(llvm::StringRef path);

/// Options that every command has which reads ONNX models.
struct OnnxOptions {
  std::vector<std::string> fixed;   ///< NAME=FILE[:KEY] each
  std::vector<std::string> carried; ///< INPUT=OUTPUT each
};

/// Imports a model; `sizes` are those of its named dimensions.
llvm::Expected<onnx::ImportedModel> importOnnx(llvm::StringRef path, const OnnxOptions &options,
                                               const std::map<std::string, int64_t> &sizes);

/// The text of an imported model in its canonical layout, called as the model's file is; an error
/// if it has no outputs.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> layOutText(const onnx::ImportedModel &model,
                                                               llvm::StringRef path);

/// Writes the text of a model that was imported from `path`, and its weights as a .safetensors file
/// unless `weightsPath` is empty. A text without a path is printed. Either both files are written
/// or none.
llvm::Error writeImported(const onnx::ImportedModel &model, llvm::StringRef path,
                          llvm::StringRef textPath, llvm::StringRef weightsPath);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_ONNXTEXT_H
