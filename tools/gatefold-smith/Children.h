//===- Children.h - Work in processes of its own -----------------*- C++ -*-===//
//
// Runs functions in copies of this process, so that a crash or a loop without end is one more
// result.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_CHILDREN_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_CHILDREN_H

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <sys/types.h>

namespace gatefold::smith {

/// What a child left.
struct ChildResult {
  uint64_t task = 0;
  std::string output;  ///< what its function returned
  std::string problem; ///< how it ended otherwise; empty: all went well
};

/// Children at work. The process that starts them has one thread.
class Children {
public:
  /// Starts `work`, which counts as endless after `seconds`.
  void start(uint64_t task, const std::function<std::string()> &work, double seconds);

  /// Waits for one of them; there is one.
  ChildResult wait();

  size_t numRunning() const { return running.size(); }

  /// Ends those that still run.
  ~Children();

private:
  struct Child {
    uint64_t task;
    int pipe;
    std::chrono::steady_clock::time_point deadline;
    std::string output;
  };
  ChildResult finish(pid_t process, bool isLate);

  std::map<pid_t, Child> running;
};

/// One function in a child.
ChildResult runInChild(const std::function<std::string()> &work, double seconds);

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_CHILDREN_H
