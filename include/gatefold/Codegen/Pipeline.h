//===- Pipeline.h - From a model to machine code, in stages ---------*- C++ -*-===//
//
// The stages between the gatefold dialect and machine code. Every stage can be printed, stopped at
// and resumed.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CODEGEN_PIPELINE_H
#define GATEFOLD_CODEGEN_PIPELINE_H

#include "gatefold/Codegen/Target.h"
#include "gatefold/Runtime/ModelInterface.h"
#include "gatefold/Transforms/WeightType.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"
#include <optional>

namespace llvm {
class LLVMContext;
class Module;
class raw_pwrite_stream;
} // namespace llvm

namespace gatefold {

struct ModulePart;

/// The stages in order. Gatefold to LLVM are MLIR modules; LLVMIR, Assembly and Object are LLVM's.
enum class Stage {
  Gatefold, ///< as the front end writes it: one example, one `sequence` entry
  Entries,  ///< after the dialect's own passes: memories explicit, `step` and `init` derived, batch
            ///< axis added
  Loops,    ///< scf, memref and vector
  LLVM,     ///< the LLVM dialect
  LLVMIR,   ///< LLVM's own IR, as text
  Assembly,
  Object,
};

/// The name that `--emit` takes: "gatefold", "entries", "loops", "llvm", "llvm-ir", "asm", "obj".
llvm::StringRef getStageName(Stage stage);
std::optional<Stage> parseStage(llvm::StringRef name);

/// Stands for the names of all optimiser passes.
inline constexpr llvm::StringLiteral allPasses = "all";

struct PipelineOptions {
  Target target = Target::host();
  /// The entries to keep ("sequence", "step", "init"); empty: all. Fewer entries compile faster.
  /// What prepares the weights stays in any case.
  std::vector<std::string> entries;
  /// Passes of the optimiser (Optimizer.h) to leave out, by their names without `gatefold-`;
  /// `allPasses` for all.
  std::vector<std::string> disabledPasses;
  /// Options of the optimiser's passes, each as PASS=OPTION=VALUE: "distribute-scan=block=16".
  std::vector<std::string> passOptions;
  /// What `pack-weights` stores the weights of products as. Less than f32 changes results.
  WeightType weightType = WeightType::F32;
  /// Allow what changes the order of sums, and so the last bits of results.
  bool fast = false;
  /// Run the MLIR verifier after every pass.
  bool verifyEach = GATEFOLD_VERIFY_EACH;
};

/// Adds every dialect that any stage's text may use, and the translations to LLVM IR.
void registerDialects(mlir::DialectRegistry &registry);

/// The stage that a module is in, from the operations it holds.
Stage detectStage(mlir::ModuleOp module);

/// Adds the passes that lead from stage `from` to stage `to` (at most Stage::LLVM) to a manager for
/// builtin.module. An error for switches of passes that there are not.
llvm::Error buildPipeline(mlir::PassManager &manager, Stage from, Stage to,
                          const PipelineOptions &options);

/// Runs a module from whatever stage it is in to `to` (at most Stage::LLVM). Errors go to the
/// context's diagnostics. `configure` may add instrumentation to the manager.
mlir::LogicalResult lowerTo(mlir::ModuleOp module, Stage to, const PipelineOptions &options,
                            llvm::function_ref<void(mlir::PassManager &)> configure = {});

/// What the module's model looks like from outside; works in every MLIR stage that has explicit
/// entries (Stage::Entries and later).
llvm::Expected<ModelInterface> describeModel(mlir::ModuleOp module);

/// Translates a module in Stage::LLVM, or a part of it.
llvm::Expected<std::unique_ptr<llvm::Module>> translateToLLVMIR(mlir::ModuleOp module,
                                                                llvm::LLVMContext &context,
                                                                const Target &target,
                                                                const ModulePart *part = nullptr);

/// Writes assembly text or an object file.
llvm::Error emitMachineCode(llvm::Module &module, const Target &target, Stage kind,
                            llvm::raw_pwrite_stream &os);

} // namespace gatefold

#endif // GATEFOLD_CODEGEN_PIPELINE_H
