//===- RunModel.h - One run of a model ---------------------------*- C++ -*-===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_RUNMODEL_H
#define GATEFOLD_TOOLS_GATEFOLD_RUNMODEL_H

#include "ModelModule.h"
#include "RunOptions.h"

namespace gatefold {

/// What a run gives.
struct RunResults {
  NamedTensors tensors;
  OutputTexts texts;
  std::vector<std::vector<int32_t>> made = {}; ///< the tokens of each example, if there are any
  std::string pictures = {};                   ///< for the terminal
};

/// Compiles or interprets the model and runs it. Checks the inputs and begins the files of the
/// outputs before anything is compiled.
llvm::Expected<RunResults> runModel(const RunOptions &options, ModelModule &model,
                                    const RunInputs &inputs, const RunWatch &watch,
                                    RunOutputs &outputs, PhaseTimer &timer);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_RUNMODEL_H
