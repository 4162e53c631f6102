//===- ModelModule.h - A model as an MLIR module -----------------*- C++ -*-===//
//
// Makes a module from a .fold text or reads one from a .mlir file of any stage.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_MODELMODULE_H
#define GATEFOLD_TOOLS_GATEFOLD_MODELMODULE_H

#include "CommandLine.h"
#include "FoldText.h"
#include "PhaseTimer.h"
#include "gatefold/Codegen/Pipeline.h"
#include "gatefold/Language/Lowering.h"
#include "gatefold/Runtime/NamedTensors.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

namespace gatefold {

/// A module with its context. Errors that passes find are printed on stderr with their place in the
/// source.
class ModelModule {
public:
  /// Loads the model that `choice` names. All messages about the text go to stderr, and warnings
  /// also when there is no error.
  static llvm::Expected<std::unique_ptr<ModelModule>> load(const ModelChoice &choice,
                                                           PhaseTimer &timer);

  mlir::ModuleOp getModule() { return *module; }
  /// The text that the module was made from; null when it was read from a .mlir file.
  FoldText *getText() { return text.get(); }
  /// The texts that places are in.
  const llvm::SourceMgr &getSources() { return text ? text->getSources() : mlirSources; }

  /// The values that the text names; an error for a model that was read from a .mlir file.
  llvm::Expected<std::vector<NamedValue>> listValues();
  /// Makes the module anew, with outputs of these values.
  llvm::Error watch(const WatchedValues &watched);

  /// As `load`, from a text that is already there.
  static llvm::Expected<std::unique_ptr<ModelModule>>
  fromText(const ModelChoice &choice, std::unique_ptr<llvm::MemoryBuffer> text, PhaseTimer &timer);

  /// The weights of an ONNX model; null for a model whose weights lie in a file of their own.
  const NamedTensors *getImportedWeights() const { return weights ? &*weights : nullptr; }

  /// Runs the module on to `stage`. An error when it is already beyond.
  llvm::Error advanceTo(Stage stage, const PipelineOptions &options,
                        llvm::function_ref<void(mlir::PassManager &)> configure = {});

  /// Makes sure that a module at Stage::LLVM has the code of its entries, as functions of the types
  /// that callers rely on. What the code does is nobody's promise in a module that was edited.
  llvm::Error checkCode();

  /// Drops all entries but these from a module at Stage::Entries; an error for one it has not.
  llvm::Error keepEntries(llvm::ArrayRef<std::string> names, const PipelineOptions &options);

private:
  explicit ModelModule(std::string path);
  llvm::Error readMlir(const ModelChoice &choice);
  llvm::Error readOnnx(const ModelChoice &choice, PhaseTimer &timer);
  llvm::Error readFold(const ModelChoice &choice, const std::map<std::string, int64_t> &sizes,
                       std::unique_ptr<llvm::MemoryBuffer> buffer, PhaseTimer &timer);

  std::string path;
  std::optional<NamedTensors> weights;
  std::unique_ptr<FoldText> text;
  const Declaration *declaration = nullptr; // of the text
  std::map<std::string, int64_t> sizes;     // of its dimensions
  llvm::SourceMgr mlirSources;
  mlir::MLIRContext context;
  std::unique_ptr<mlir::SourceMgrDiagnosticHandler> handler;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// The pipeline's options that `choice` asks for; an error for an unknown processor or pass.
llvm::Expected<PipelineOptions> makePipelineOptions(const ModelChoice &choice);

/// An error where code for `triple` is not for the target's architecture; an empty one is for any.
llvm::Error checkArchitecture(llvm::StringRef path, llvm::StringRef triple, const Target &target);

/// Prints a module so that values are called as in the source; with `locations` it keeps every
/// place, which a later stage made from the text needs for its messages.
void printModule(llvm::raw_ostream &os, mlir::ModuleOp module, bool locations);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_MODELMODULE_H
