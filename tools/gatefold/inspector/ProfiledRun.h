//===- ProfiledRun.h - What a profile runs again and again -------*- C++ -*-===//
//
// Whole sequences, single steps, or the making of tokens, on inputs from files or on random ones.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_PROFILEDRUN_H
#define GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_PROFILEDRUN_H

#include "gatefold/Runtime/Session.h"

namespace gatefold {

/// What a profile runs on.
struct ProfileOptions {
  /// NAME=FILE for an input, NAME=N for a size of those that have no file, and are random.
  std::vector<std::string> inputs;
  std::string weights; ///< a checkpoint; empty: random ones
  /// `sequence`, `step` or `generate`; empty: `generate` for what makes tokens, else `sequence`.
  std::string entry;
  unsigned threads = 1;
  std::optional<int64_t> limit; ///< the most tokens made
};

/// What is run, with all that it takes.
struct ProfilePlan {
  std::string entry;
  NamedTensors inputs, weights;
  GenerationSettings generation; ///< of the entry `generate`
};

/// An error for options that no model could satisfy.
llvm::Error checkProfileOptions(const ProfileOptions &options);

/// Reads or makes weights and inputs. With random weights tokens are made up to the limit, since
/// where such a model ends is chance.
llvm::Expected<ProfilePlan> makeProfilePlan(const ModelInterface &model,
                                            const ProfileOptions &options);

/// A run from fresh memories that can be repeated.
class ProfiledRun {
public:
  /// At most `threads` threads share the work, however busy the processors are.
  static llvm::Expected<std::unique_ptr<ProfiledRun>>
  create(std::shared_ptr<const CompiledModel> model, const ProfilePlan &plan, unsigned threads);
  virtual ~ProfiledRun() = default;

  virtual llvm::Error run() = 0;
  /// The steps of the last run, or the tokens that it made for all examples; 0 where there are
  /// none.
  int64_t getCount() const { return count; }

protected:
  std::unique_ptr<Session> session;
  int64_t count = 0;
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_PROFILEDRUN_H
