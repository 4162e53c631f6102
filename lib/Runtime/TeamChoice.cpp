//===- TeamChoice.cpp - Whether several threads are worth it ------------------===//

#include "TeamChoice.h"
#include <algorithm>

using namespace gatefold;

/// What a first trial of short calls is taken for: waking threads each time.
static constexpr std::chrono::microseconds firstTrial{250};

/// A trial ends early when it has taken so long: what waking takes is a small part of such calls,
/// and more of them by the slower way would be a great loss.
static constexpr std::chrono::milliseconds longestTrial{50};

/// A trial of the slower way is followed by so many times its duration of the faster one, twice as
/// many after each that it loses, but not for ever.
static constexpr int64_t leastPause = 20;
/// If what seemed faster is now slower than the other one was, there is less to lose. A few such
/// calls in a row tell nothing: threads of others that are about to end disturb no longer.
static constexpr int64_t leastPauseInDoubt = 4;
static constexpr unsigned slowCallsInDoubt = 8;
static constexpr unsigned mostDoublings = 6;
static constexpr std::chrono::seconds longestPause{1};

/// Of calls shorter than this, one in several is timed.
static constexpr std::chrono::microseconds shortCall{20};
static constexpr unsigned callsPerSample = 16;

TeamChoice::TeamChoice(bool isForShortCalls)
    : together(!isForShortCalls), callsOfTrial(isForShortCalls ? 0 : callsPerTrial) {
  ways[true].trial = firstTrial;
}

/// To wake a thread takes some tens of microseconds, and of long calls a longer wait is a small
/// part.
static constexpr std::chrono::microseconds leastPatience{60}, mostPatience{1000};
static constexpr int64_t patiencePart = 8;

/// After a long sleep a processor itself takes up to a millisecond to wake.
static constexpr std::chrono::milliseconds longestAbsence{2};

TeamChoice::Duration TeamChoice::getPatience() const {
  if (ways[false].usual == Duration())
    return firstTrial;
  return std::clamp<Duration>(ways[false].usual / patiencePart, leastPatience, mostPatience);
}

void TeamChoice::beginTrial(bool ofTeam) {
  together = ofTeam;
  callsOfTrial = callsPerTrial;
  absences = 0;
  absent = Duration();
  slowCalls = 0;
  callsUntimed = 0;
  callsMeant = 1;
  ways[together] = Way();
}

void TeamChoice::endTrial() {
  bool isChallenger = sinceTrial != Duration();
  bool isTeamFaster = ways[true].usual < ways[false].usual;
  trialsLost = isChallenger && isTeamFaster != together ? trialsLost + 1 : 0;
  together = isTeamFaster;
  sinceTrial = Duration();
}

/// How long the faster way is taken before the next trial of the other one.
TeamChoice::Duration TeamChoice::getPause() const {
  const Way &way = ways[together], &other = ways[!together];
  bool isInDoubt = slowCalls >= slowCallsInDoubt && way.usual / 5 > other.usual / 4;
  Duration shortest = (isInDoubt ? leastPauseInDoubt : leastPause) * other.trial;
  return std::min(shortest * (1 << std::min(trialsLost, mostDoublings)),
                  std::max<Duration>(shortest, longestPause));
}

void TeamChoice::note(Duration duration, bool wasTogether) {
  duration = std::max(duration, Duration(1));
  if (together && !wasTogether)
    return noteAbsence(duration);
  absences = 0;
  absent = Duration();
  if (callsOfTrial != 0)
    return noteInTrial(duration);
  Way &way = ways[together], &other = ways[!together];
  slowCalls = other.usual != Duration() && duration > other.usual ? slowCalls + 1 : 0;
  way.usual = way.usual == Duration() ? duration : (3 * way.usual + duration) / 4;
  sinceTrial += callsMeant * duration;
  callsMeant = way.usual < shortCall ? callsPerSample : 1;
  callsUntimed = callsMeant - 1;
  if (sinceTrial > getPause())
    beginTrial(!together);
}

/// A call that waited for others in vain tells nothing of what a team takes, but if that is the
/// rule there is no team to be had.
void TeamChoice::noteAbsence(Duration duration) {
  // No more is lost than the wait: others may be there soon.
  ways[true].trial += std::min(duration, getPatience());
  absent += duration;
  if (++absences < callsPerTrial || absent < longestAbsence)
    return;
  absences = 0;
  absent = Duration();
  ways[true].usual = Duration::max();
  callsOfTrial = 0;
  if (ways[false].usual == Duration())
    beginTrial(/*ofTeam=*/false);
  else
    endTrial();
}

void TeamChoice::noteInTrial(Duration duration) {
  Way &way = ways[together], &other = ways[!together];
  way.usual = way.usual == Duration() ? duration : std::min(way.usual, duration);
  way.trial += duration;
  if (--callsOfTrial != 0 && way.trial < longestTrial)
    return;
  callsOfTrial = 0;
  if (other.usual == Duration())
    beginTrial(!together);
  else
    endTrial();
}
