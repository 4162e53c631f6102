//===- LoweredText.h - A text as a module ------------------------*- C++ -*-===//
//
// Checks a text in memory and lowers its model.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_LOWEREDTEXT_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_LOWEREDTEXT_H

#include "gatefold/IR/Gatefold.h"
#include "gatefold/Runtime/CompiledModel.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace gatefold {
struct PipelineOptions;
}

namespace gatefold::smith {

/// The module of a text, before any pass, with its context.
class LoweredText {
public:
  /// Lowers the last model of `text`, which messages call `name`. An error has all messages.
  static llvm::Expected<std::unique_ptr<LoweredText>> create(llvm::StringRef text,
                                                             llvm::StringRef name);

  /// The entry `sequence` of the model as the text says it.
  ir::EntryOp getSequence();

  /// The code of the model; an error has what the passes said. The module stays as it is.
  llvm::Expected<std::unique_ptr<CompiledModel>> compile(const PipelineOptions &options);

private:
  LoweredText();
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// Whether the text has no errors, library and sizes included; otherwise `messages` says them.
bool checkText(llvm::StringRef text, std::string &messages);

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_LOWEREDTEXT_H
