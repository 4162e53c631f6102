//===- Configurations.h - With which passes models are compiled --*- C++ -*-===//
//
// Chooses among the switches of the optimiser.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_CONFIGURATIONS_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_CONFIGURATIONS_H

#include "Random.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace gatefold::smith {

/// Switches of the optimiser, as PipelineOptions has them.
struct Configuration {
  std::vector<std::string> disabledPasses;
  std::vector<std::string> passOptions;
  bool fast = false;              ///< sums may have another order in a sequence than in a step
  std::string weightType = "f32"; ///< what the weights of products are stored as

  bool operator==(const Configuration &) const = default;

  /// The flags that give `gatefold` and `gatefold-smith` the same switches; empty: all passes.
  std::string printFlags() const;
  /// Whether a pass runs that may change the order of sums, and so the last bits of results.
  bool mayChangeSums() const;
  /// Whether weights are stored in fewer bits, which changes results.
  bool roundsWeights() const { return weightType != "f32"; }
};

/// Without any pass of the optimiser.
Configuration makePlain();

/// Only with the passes that may change the order of sums.
Configuration makeOnlyChangedSums();

/// Only with what decides the results of a configuration that rounds weights.
Configuration makeOnlyRounding(const Configuration &configuration);

/// Each pass alone switched off, each pass alone, and `numRandom` random choices of passes and of
/// their options; for each short weight type, a random choice of passes that keep sums.
std::vector<Configuration> makeVariants(Random &random, unsigned numRandom);

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_CONFIGURATIONS_H
