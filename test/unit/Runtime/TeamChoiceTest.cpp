//===- TeamChoiceTest.cpp ---------------------------------------===//

#include "../../../lib/Runtime/TeamChoice.h"
#include "gtest/gtest.h"
#include <functional>

using namespace gatefold;
using std::chrono::microseconds;

namespace {

/// Makes calls until they took `time`; returns which share of the time was a team's.
double makeCalls(TeamChoice &choice, microseconds time, microseconds together, microseconds alone) {
  TeamChoice::Duration all{}, ofTeams{};
  while (all < time) {
    TeamChoice::Duration taken = choice.isTogether() ? together : alone;
    all += taken;
    if (choice.isTogether())
      ofTeams += taken;
    if (choice.isTimed())
      choice.note(taken);
  }
  return double(ofTeams.count()) / double(all.count());
}

TEST(TeamChoice, BeginsWithATeamUnlessCallsAreShort) {
  EXPECT_TRUE(TeamChoice().isTogether());
  TeamChoice ofShort(true);
  EXPECT_EQ(makeCalls(ofShort, microseconds(2000), microseconds(1), microseconds(2)), 0);
  EXPECT_GT(makeCalls(ofShort, microseconds(1000000), microseconds(1), microseconds(2)), 0.94);
}

TEST(TeamChoice, TakesWhatIsFaster) {
  TeamChoice fast, slow;
  EXPECT_GT(makeCalls(fast, microseconds(1000000), microseconds(60), microseconds(100)), 0.94);
  EXPECT_LT(makeCalls(slow, microseconds(1000000), microseconds(100), microseconds(60)), 0.06);
  // The longer it stays so, the less is tried.
  EXPECT_LT(makeCalls(slow, microseconds(1000000), microseconds(100), microseconds(60)), 0.01);
  EXPECT_LT(makeCalls(slow, microseconds(10000000), microseconds(5000), microseconds(60)), 0.06);
}

TEST(TeamChoice, ChangesItsMind) {
  TeamChoice choice;
  makeCalls(choice, microseconds(100000), microseconds(60), microseconds(100));
  // Others begin to use the processors, and end.
  EXPECT_LT(makeCalls(choice, microseconds(1000000), microseconds(2000), microseconds(100)), 0.1);
  EXPECT_GT(makeCalls(choice, microseconds(10000000), microseconds(60), microseconds(100)), 0.9);
}

TEST(TeamChoice, IgnoresWhatWakingTakes) {
  TeamChoice choice;
  for (int call = 0; call < 4; ++call)
    choice.note(microseconds(call == 0 ? 500 : 60));
  EXPECT_FALSE(choice.isTogether());
  for (int call = 0; call < 4; ++call)
    choice.note(microseconds(100));
  EXPECT_TRUE(choice.isTogether());
}

} // namespace
