//===- InterpretedRun.h - Models without compilation -------------*- C++ -*-===//
//
// Runs a model through the interpreter, one example after the other, as the text says it: no pass
// that compiled code depends on takes part, so that the two can be compared.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INTERPRETEDRUN_H
#define GATEFOLD_TOOLS_GATEFOLD_INTERPRETEDRUN_H

#include "gatefold/Interpreter/Interpreter.h"
#include "gatefold/Runtime/Session.h"
#include "mlir/IR/BuiltinOps.h"

namespace gatefold {

/// What a run interprets.
struct InterpretedRun {
  mlir::ModuleOp module;             ///< at Stage::Gatefold
  const ModelInterface &description; ///< of the model as it would be compiled
  const NamedTensors &weights;
  Precision precision = Precision::Single;
  bool stepwise = false; ///< one step after the other, for which `module` is changed

  /// Runs the model on inputs bound to the entry `sequence`. The outputs have a batch axis exactly
  /// if the inputs had one; in double precision they are f64.
  llvm::Expected<NamedTensors> run(const BoundInputs &inputs) const;

  /// Makes tokens with a model that has a Generation, as Session::generate does: its loop around
  /// the interpreted decoder.
  llvm::Expected<std::vector<GeneratedTokens>> generate(const BoundInputs &inputs,
                                                        const GenerationSettings &settings,
                                                        const TokenCallback &callback) const;
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INTERPRETEDRUN_H
