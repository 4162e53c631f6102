//===- ProgressLine.h - What takes so long -----------------------*- C++ -*-===//
//
// One line on the terminal that tells what a command does while it takes more than a second.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_PROGRESSLINE_H
#define GATEFOLD_TOOLS_GATEFOLD_PROGRESSLINE_H

#include "llvm/ADT/StringRef.h"
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace gatefold {

/// A line on stderr. It is there only if that is a terminal, from the first second on, and gone
/// without a trace in the end.
class ProgressLine {
public:
  /// `quiet`: there is none at all.
  explicit ProgressLine(bool quiet);
  ProgressLine(const ProgressLine &) = delete;
  ProgressLine &operator=(const ProgressLine &) = delete;
  ~ProgressLine() { stop(); }

  /// Says what is done now; nothing for an empty text.
  void show(llvm::StringRef text);

  /// Wipes the line until it is due again, before something is printed in between.
  void wipe();

  /// Wipes the line for good, before results are printed.
  void stop();

private:
  void run();

  std::mutex mutex;
  std::condition_variable stopping;
  std::string text;       // what is done
  bool isStopped = false; // and the thread has to end
  bool isVisible = false; // the line is on the terminal
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  std::thread thread;
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_PROGRESSLINE_H
