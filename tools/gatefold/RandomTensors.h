//===- RandomTensors.h - Something for a model to work on --------*- C++ -*-===//
//
// Random weights and inputs of the shapes that a model takes, the same at every run.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_RANDOMTENSORS_H
#define GATEFOLD_TOOLS_GATEFOLD_RANDOMTENSORS_H

#include "gatefold/Runtime/ModelInterface.h"
#include "gatefold/Runtime/NamedTensors.h"
#include <map>

namespace gatefold {

/// A value for every weight, as far from 0 as products with as many columns keep activations near
/// 1.
llvm::Expected<NamedTensors> makeRandomWeights(llvm::ArrayRef<WeightSpec> weights);

/// A tensor for every input of an entry, with batch axis: numbers around 0, the tokens 0 and 1.
/// `sizes` has its dynamic sizes by name.
llvm::Expected<NamedTensors> makeRandomInputs(const EntryInterface &entry,
                                              const std::map<std::string, int64_t> &sizes);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_RANDOMTENSORS_H
