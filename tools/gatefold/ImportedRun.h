//===- ImportedRun.h - Imported models on inputs -----------------*- C++ -*-===//
//
// Compiles an imported model and runs it once.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_IMPORTEDRUN_H
#define GATEFOLD_TOOLS_GATEFOLD_IMPORTEDRUN_H

#include "gatefold/Onnx/Import.h"

namespace gatefold {

/// Runs the text of a model that was imported from `path` on `inputs`, which are called as in that
/// file. Results are called as in the text.
llvm::Expected<NamedTensors> runImported(const onnx::ImportedModel &model,
                                         const NamedTensors &inputs, llvm::StringRef path);

/// The same from the two files that `gatefold import` writes, which vanish afterwards.
llvm::Expected<NamedTensors> runWritten(const onnx::ImportedModel &model,
                                        const NamedTensors &inputs);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_IMPORTEDRUN_H
