//===- Data.h - Random weights and inputs ------------------------*- C++ -*-===//
//
// Numbers to run models on, from a seed.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_DATA_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_DATA_H

#include "Random.h"
#include "gatefold/Runtime/ModelInterface.h"

namespace gatefold::smith {

/// The sizes that data gives a model in one run.
struct RunSizes {
  std::map<std::string, int64_t> free; ///< by the names of free dimensions
  int64_t batch = 1;

  /// "T=5,S=3,batch=2".
  std::string print() const;
  /// Reads the same; nullopt for another text.
  static std::optional<RunSizes> parse(llvm::StringRef text);
};

/// The names of an entry's free dimensions, batch and capacity left out.
std::vector<std::string> findFreeDimensions(const EntryInterface &entry);

/// Random sizes for a run: few steps mostly, sometimes none or one, sometimes more than a block of
/// 32. None is below what the entry needs.
RunSizes makeRunSizes(const EntryInterface &sequence, Random &random, bool isLong);

/// Weights such that a product keeps magnitudes: a matrix's elements are below 1.2 / sqrt(columns),
/// those of a vector below 0.8.
NamedTensors makeWeights(const ModelInterface &model, uint64_t seed);

/// Inputs with batch axis: f32 between -1 and 1, integers between -3 and 3, tokens below numTokens.
NamedTensors makeInputs(const EntryInterface &sequence, const RunSizes &sizes, uint64_t seed);

/// The same with each f32 element off by up to four units in its last place.
NamedTensors perturb(const NamedTensors &tensors, uint64_t seed);

/// The rows [start, start + size) of an axis.
Tensor sliceAxis(const Tensor &tensor, size_t axis, int64_t start, int64_t size);

/// Example `index` of a batch, without the batch axis.
Tensor takeExample(const Tensor &tensor, int64_t index);

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_DATA_H
