//===- Measurement.h - How long a model takes --------------------*- C++ -*-===//
//
// Measures versions of one model against each other, in the process that compiled them.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_MEASUREMENT_H
#define GATEFOLD_TOOLS_GATEFOLD_MEASUREMENT_H

#include "gatefold/Runtime/Session.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <functional>
#include <map>

namespace gatefold {

/// What is measured, and how carefully.
struct MeasurementPlan {
  bool stepwise = false; ///< steps from fresh memories, instead of whole sequences
  int64_t steps = 64;    ///< of a call; where the model makes tokens, how many
  unsigned threads = 1;
  int64_t rounds = 11;
  double millisecondsPerRound = 20;     ///< as many calls as fit into it
  std::map<std::string, int64_t> sizes; ///< all dynamic sizes by name, "batch" and time included
  std::function<void(int64_t)> beginRound = nullptr; ///< told the number of each round, from 0

  /// Time that the processor gives to one thread counts, since a machine with other work would
  /// measure that; with several threads, time on the clock.
  bool measuresProcessor() const { return threads == 1; }
};

/// One version of a model.
struct MeasuredModel {
  std::string without; ///< the passes that were left out; empty: none
  std::unique_ptr<Session> session;
  double compileMilliseconds = 0;
  int64_t workspaceBytes = -1;                  ///< of whole sequences; negative: not known
  std::vector<double> microsecondsPerCall = {}; ///< the median of each round
};

/// Times all versions in every round, one after the other, so that what disturbs the machine
/// disturbs all alike.
llvm::Error measure(std::vector<MeasuredModel> &models, const MeasurementPlan &plan);

/// Times a version whenever `isNextRound` returns, until it returns false, and gives `report` the
/// microseconds of a call. Other programs may have run in between, so a round warms up first.
llvm::Error measureInTurns(MeasuredModel &model, const MeasurementPlan &plan,
                           llvm::function_ref<bool()> isNextRound,
                           llvm::function_ref<void(double)> report);

/// The middle of the numbers, or between the two in the middle; there is at least one.
double findMedian(std::vector<double> numbers);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_MEASUREMENT_H
