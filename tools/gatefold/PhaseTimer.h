//===- PhaseTimer.h - Where the time goes ------------------------*- C++ -*-===//
//
// Measures the phases of a command and prints them as a table.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_PHASETIMER_H
#define GATEFOLD_TOOLS_GATEFOLD_PHASETIMER_H

#include "ProgressLine.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <string>
#include <vector>

namespace gatefold {

/// A sequence of phases, one after the other.
class PhaseTimer {
public:
  /// From now on, `line` shows the phase that runs, until hideProgress().
  void showProgress(ProgressLine &line) { progress = &line; }
  /// Wipes the line for good, before something is printed.
  void hideProgress();

  /// Ends the phase that runs, and begins one called `name`.
  void begin(llvm::StringRef name);
  /// Ends the phase that runs. Returns its milliseconds.
  double end();

  /// Adds a line that is no phase of its own, such as the time of one step, in milliseconds.
  void addDetail(llvm::StringRef name, double milliseconds);

  /// Prints an aligned table of all phases in milliseconds, and their sum.
  void print(llvm::raw_ostream &os) const;

private:
  struct Row {
    std::string name;
    double milliseconds;
    bool isPhase;
  };
  std::vector<Row> rows;
  std::string running;
  ProgressLine *progress = nullptr;
  std::chrono::steady_clock::time_point start;
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_PHASETIMER_H
