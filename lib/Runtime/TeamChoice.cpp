//===- TeamChoice.cpp - Whether several threads are worth it ------------------===//

#include "TeamChoice.h"
#include <algorithm>

using namespace gatefold;

/// What a first trial of short calls is taken for: waking threads each time.
static constexpr std::chrono::microseconds firstTrial{250};

/// A trial of the slower way is followed by so many times its duration of the faster one, twice as
/// many after each that it loses, but not for ever.
static constexpr int64_t leastPause = 20;
static constexpr unsigned mostDoublings = 6;
static constexpr std::chrono::seconds longestPause{1};

/// Of calls shorter than this, one in several is timed.
static constexpr std::chrono::microseconds shortCall{20};
static constexpr unsigned callsPerSample = 16;

TeamChoice::TeamChoice(bool isForShortCalls)
    : together(!isForShortCalls), callsOfTrial(isForShortCalls ? 0 : callsPerTrial) {
  ways[true].trial = firstTrial;
}

void TeamChoice::beginTrial(bool ofTeam) {
  together = ofTeam;
  callsOfTrial = callsPerTrial;
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
static TeamChoice::Duration getPause(TeamChoice::Duration trial, unsigned trialsLost) {
  TeamChoice::Duration shortest = leastPause * trial;
  return std::min(shortest * (1 << std::min(trialsLost, mostDoublings)),
                  std::max<TeamChoice::Duration>(shortest, longestPause));
}

void TeamChoice::note(Duration duration) {
  Way &way = ways[together], &other = ways[!together];
  duration = std::max(duration, Duration(1));
  if (callsOfTrial == 0) {
    way.usual = way.usual == Duration() ? duration : (3 * way.usual + duration) / 4;
    sinceTrial += callsMeant * duration;
    callsMeant = way.usual < shortCall ? callsPerSample : 1;
    callsUntimed = callsMeant - 1;
    if (sinceTrial > getPause(other.trial, trialsLost))
      beginTrial(!together);
    return;
  }
  way.usual = way.usual == Duration() ? duration : std::min(way.usual, duration);
  way.trial += duration;
  if (--callsOfTrial != 0)
    return;
  if (other.usual == Duration())
    beginTrial(!together);
  else
    endTrial();
}
