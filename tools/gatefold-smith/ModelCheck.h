//===- ModelCheck.h - Proves the compiler on one model -----------*- C++ -*-===//
//
// Interprets a model, compiles it with several choices of passes, runs all in every way, and
// compares.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_MODELCHECK_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_MODELCHECK_H

#include "Configurations.h"
#include "Data.h"
#include "llvm/Support/JSON.h"

namespace gatefold::smith {

/// What is checked of a model.
struct CheckOptions {
  uint64_t seed = 1; ///< of weights, inputs, sizes and the choice of configurations
  /// How many configurations besides none and all of the passes; negative: all there are.
  int numVariants = 1;
  /// Check these only, against the code without passes.
  std::optional<Configuration> onlyConfiguration;
  std::optional<RunSizes> onlySizes;
};

/// What came out.
struct CheckResult {
  enum class Status {
    Passed,
    Rejected, ///< its results say nothing: they depend on the last bits of the inputs
    Failed,
  };
  Status status = Status::Passed;
  std::string check;  ///< of a failure: what does not hold; "compile", "crash" among them
  std::string detail; ///< of a failure or a rejection: what was found
  Configuration configuration;
  std::string sizes;              ///< of a failure: as RunSizes prints them; empty: of none
  unsigned numConfigurations = 0; ///< how often the model was compiled
  unsigned numRuns = 0;           ///< how many sets of sizes were run

  /// Whether the other is a failure of the same kind.
  bool isLike(const CheckResult &other) const;
};

llvm::json::Value toJSON(const CheckResult &result);
/// Reads what `toJSON` gives; a failure of the check "crash" for any other text.
CheckResult parseCheckResult(llvm::StringRef text);

/// Checks a text.
CheckResult checkModel(llvm::StringRef text, const CheckOptions &options);

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_MODELCHECK_H
