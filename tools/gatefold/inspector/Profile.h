//===- Profile.h - Where the time of a run goes ------------------*- C++ -*-===//
//
// Runs a model on inputs, and tells for each line of its text and each loop of its code how long it
// takes, what it computes, and what it reads and writes.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_PROFILE_H
#define GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_PROFILE_H

#include "MachineLimits.h"
#include "Origins.h"
#include "ProfiledCode.h"

namespace gatefold {

/// What a profile runs on.
struct ProfileOptions {
  /// NAME=FILE for an input, NAME=N for a size of those that have no file, and are random.
  std::vector<std::string> inputs;
  std::string weights; ///< a checkpoint; empty: random ones
};

/// What was measured.
struct Profile {
  struct Operation {
    unsigned origins; ///< a set of an OriginTable
    int loop;
    double samples = 0;
    Work work; ///< of one run
  };
  double microseconds = 0; ///< of one run
  double samples = 0;
  double elsewhere = 0; ///< samples outside of the model's code
  int64_t weightBytes = 0;
  std::vector<Operation> operations;
  std::vector<CodeLoop> loops;
  MachineLimits limits;

  /// Writes the object "profile".
  void writeJson(llvm::json::OStream &json) const;
};

/// Profiles a module at Stage::LLVM, which stays as it is.
llvm::Expected<Profile> makeProfile(mlir::ModuleOp module, const Target &target,
                                    const ProfileOptions &options, OriginTable &origins);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_PROFILE_H
