//===- TeamChoice.h - Whether several threads are worth it -------*- C++ -*-===//
//
// Whether a call is faster on several threads hangs on its sizes, on how soon the next one follows,
// and on what else the processors have to do. So both ways are tried, and now and then again.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_TEAMCHOICE_H
#define GATEFOLD_LIB_RUNTIME_TEAMCHOICE_H

#include <chrono>

namespace gatefold {

/// Chooses for calls of one kind, from how long they took, between a team and one thread. Trying
/// the slower way takes a twentieth of the time at most, and less each time that it is still
/// slower.
class TeamChoice {
public:
  using Duration = std::chrono::steady_clock::duration;

  /// Calls that are known to be short begin on one thread: waking others would take longer than
  /// many of them. Of others there may be only one.
  explicit TeamChoice(bool isForShortCalls = false);

  /// How the next call is to run.
  bool isTogether() const { return together; }

  /// How long the next call is to wait for threads that sleep: for a small part of what it takes
  /// alone.
  Duration getPatience() const;

  /// True if it has to be said how long the next call takes. Of short calls one stands for several:
  /// reading the clock takes time, too.
  bool isTimed() {
    if (callsUntimed == 0)
      return true;
    --callsUntimed;
    return false;
  }
  /// Tells how long a call took, and whether others came to help.
  void note(Duration duration, bool wasTogether);

private:
  /// So many calls are a trial. The first ones may find threads that sleep.
  static constexpr unsigned callsPerTrial = 4;

  struct Way {
    Duration usual{}; ///< of a call; zero: not tried
    Duration trial{}; ///< of all calls of the last trial
  };
  void beginTrial(bool ofTeam);
  void endTrial();
  void noteAbsence(Duration duration);
  void noteInTrial(Duration duration);
  Duration getPause() const;

  Way ways[2]; ///< alone, together
  bool together;
  unsigned callsOfTrial;     ///< that are to come; 0: none is made
  unsigned callsUntimed = 0; ///< that are to come
  unsigned callsMeant = 1;   ///< by the next duration
  Duration sinceTrial{};
  unsigned trialsLost = 0; ///< in a row, by the slower way
  unsigned absences = 0;   ///< calls in a row that nobody came to help
  Duration absent{};       ///< how long these took
  unsigned slowCalls = 0;  ///< in a row, each slower than the other way
};

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_TEAMCHOICE_H
