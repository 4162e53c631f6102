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
#include "ProfiledRun.h"

namespace gatefold {

/// What was measured.
struct Profile {
  struct Operation {
    unsigned origins; ///< a set of an OriginTable
    int loop;
    double samples = 0;
    Work work; ///< of one run
  };
  std::string entry;       ///< what ran: `sequence`, `step` or `generate`
  unsigned threads = 1;    ///< that ran it together
  int64_t count = 0;       ///< steps of one run, or tokens made
  double microseconds = 0; ///< of one run
  double samples = 0;      ///< of all threads
  double elsewhere = 0;    ///< samples outside of the model's code, as where threads wait
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
