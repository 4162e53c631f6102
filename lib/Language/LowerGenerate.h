//===- LowerGenerate.h - Models that make tokens one by one -------*- C++ -*-===//
//
// Such a model has two entries: `sequence` gives all that the decoder begins with, `decode` is one
// step of it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_LOWERGENERATE_H
#define GATEFOLD_LIB_LANGUAGE_LOWERGENERATE_H

#include "LowerScanPlan.h"

namespace gatefold::lowering {

/// The generation that `model` returns; null if it returns values.
const GenerateExpression *findGeneration(const Declaration &model);

/// What passes from `sequence` to `decode`.
struct GenerationPlan {
  GenerationPlan(const GenerateExpression &generate, const Instance &model);

  /// One value: a parameter behind `;`, a memory, or the prompt.
  struct Item {
    std::string name; ///< of the ports
    Element element;
    Shape shape; ///< in model terms
  };
  const GenerateExpression &generate;
  DimBindings sizes; ///< of the decoder
  ScanPlan scan;
  std::vector<Item> fixed, memories;
  std::optional<Item> prompt;
  std::string token; ///< the input of `decode` for the token before

  /// What is the same for `gatefold run` and whoever else runs the model.
  mlir::DictionaryAttr describe(mlir::MLIRContext *context, llvm::StringRef output,
                                const Declaration &model) const;
};

/// The vocabularies of a file, as the attribute of a model.
mlir::ArrayAttr describeVocabularies(mlir::MLIRContext *context, const SourceFile &file,
                                     const llvm::SourceMgr &sources);

/// The vocabularies of inputs or outputs by their names.
using PortVocabularies = std::vector<std::pair<std::string, const TypeSyntax *>>;
mlir::DictionaryAttr describePorts(mlir::MLIRContext *context, const PortVocabularies &ports);

} // namespace gatefold::lowering

#endif // GATEFOLD_LIB_LANGUAGE_LOWERGENERATE_H
