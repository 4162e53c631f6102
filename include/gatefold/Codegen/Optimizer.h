//===- Optimizer.h - The passes that can be switched off ------------*- C++ -*-===//
//
// The list of the optimiser's passes, and the switches that leave one out or give it options.
// Results are right without any of them.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CODEGEN_OPTIMIZER_H
#define GATEFOLD_CODEGEN_OPTIMIZER_H

#include "gatefold/Codegen/Pipeline.h"

namespace gatefold {

/// Where in the pipeline an optimiser pass runs.
enum class OptimizerPhase {
  Model,   ///< before `step` is derived: what is decided there holds for all entries
  Example, ///< entry by entry, for one example
  Loops,   ///< loops over memory
};

/// A pass of the optimiser.
struct OptimizerPass {
  llvm::StringLiteral name; ///< that of the pass without `gatefold-`
  OptimizerPhase phase;
  std::unique_ptr<mlir::Pass> (*create)(const PipelineOptions &options);
};

/// All passes of the optimiser; those of one phase in the order in which they run.
llvm::ArrayRef<OptimizerPass> getOptimizerPasses();

/// The names of all passes of the optimiser, with commas between them.
std::string listOptimizerPasses();

/// False if `options` leaves the pass out.
bool isPassEnabled(const PipelineOptions &options, llvm::StringRef name);

/// An error for switches that name no pass, no option of it, or no value that fits; all of them at
/// once, one in each part of the list.
llvm::Error checkPassSwitches(const PipelineOptions &options);

/// Adds the passes of a phase that are not switched off to a manager of the operation that they or
/// the operations around them run on. The switches are checked.
void addOptimizerPasses(mlir::OpPassManager &manager, OptimizerPhase phase,
                        const PipelineOptions &options);

} // namespace gatefold

#endif // GATEFOLD_CODEGEN_OPTIMIZER_H
