//===- Verification.h - Whether passes keep the results ----------*- C++ -*-===//
//
// Runs a model as it is after a pass and compares it with what its text means: on random weights
// and inputs, the interpreter where it can read the stage, compiled code beyond.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_VERIFICATION_H
#define GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_VERIFICATION_H

#include "gatefold/Codegen/Pipeline.h"
#include "gatefold/Runtime/NamedTensors.h"
#include "mlir/IR/MLIRContext.h"

namespace gatefold {

/// What all stages of a model are compared with.
class Verification {
public:
  /// Takes the results of a module at Stage::Gatefold, interpreted in double precision, as what is
  /// right. The module stays as it is.
  static llvm::Expected<std::unique_ptr<Verification>> create(mlir::ModuleOp module,
                                                              const PipelineOptions &options);

  /// The largest difference of any output that the module computes, of `sequence` and of `step`
  /// where it is there. An error where it cannot be run.
  llvm::Expected<double> findDifference(mlir::ModuleOp module);

  /// The largest number among the right results.
  double getLargest() const { return largest; }

private:
  using Examples = std::vector<NamedTensors>; // of each example its tensors, without batch axis
  Verification(const PipelineOptions &options);

  llvm::Expected<double> interpretEntries(mlir::ModuleOp module);
  llvm::Expected<double> runCompiled(mlir::ModuleOp module);
  double compare(const Examples &found) const;

  PipelineOptions options;
  mlir::MLIRContext context; // for copies, whose passes nobody listens to
  ModelInterface description;
  NamedTensors weights;
  Examples inputs, expected;
  double largest = 0;
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_VERIFICATION_H
