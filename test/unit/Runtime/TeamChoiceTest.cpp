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
      choice.note(taken, choice.isTogether());
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
  EXPECT_GT(makeCalls(choice, microseconds(10000000), microseconds(60), microseconds(100)), 0.85);
}

TEST(TeamChoice, DoubtsWhatHasBecomeSlow) {
  TeamChoice choice;
  makeCalls(choice, microseconds(1000000), microseconds(60), microseconds(100));
  makeCalls(choice, microseconds(4000), microseconds(200), microseconds(100));
  EXPECT_FALSE(choice.isTogether());
}

TEST(TeamChoice, DoesNotDoubtBecauseOfAFewCalls) {
  TeamChoice choice;
  makeCalls(choice, microseconds(1000000), microseconds(1400), microseconds(2800));
  ASSERT_TRUE(choice.isTogether());
  for (int call = 0; call < 5; ++call)
    choice.note(microseconds(8000), true);
  EXPECT_GT(makeCalls(choice, microseconds(40000), microseconds(1400), microseconds(2800)), 0.99);
}

TEST(TeamChoice, IgnoresWhatWakingTakes) {
  TeamChoice choice;
  for (int call = 0; call < 4; ++call)
    choice.note(microseconds(call == 0 ? 500 : 60), true);
  EXPECT_FALSE(choice.isTogether());
  for (int call = 0; call < 4; ++call)
    choice.note(microseconds(100), false);
  EXPECT_TRUE(choice.isTogether());
}

TEST(TeamChoice, TriesLongCallsOnce) {
  TeamChoice choice;
  choice.note(microseconds(75000), true);
  EXPECT_FALSE(choice.isTogether());
  choice.note(microseconds(150000), false);
  EXPECT_TRUE(choice.isTogether());
  EXPECT_GT(makeCalls(choice, microseconds(10000000), microseconds(75000), microseconds(150000)),
            0.94);
}

TEST(TeamChoice, DoesNotTakeACallThatNobodyHelpedForATeams) {
  TeamChoice choice;
  for (int call = 0; call < 4; ++call)
    choice.note(microseconds(60), true);
  for (int call = 0; call < 4; ++call)
    choice.note(microseconds(100), false);
  for (int call = 0; call < 40; ++call) {
    EXPECT_TRUE(choice.isTogether());
    choice.note(microseconds(call % 3 ? 108 : 60), call % 3 == 0);
  }
}

TEST(TeamChoice, GivesUpATeamThatNeverComes) {
  TeamChoice choice;
  TeamChoice::Duration inVain{};
  for (int call = 0; call < 10000; ++call) {
    bool waits = choice.isTogether();
    inVain += waits ? microseconds(20) : microseconds(0);
    choice.note(microseconds(waits ? 120 : 100), false);
  }
  EXPECT_FALSE(choice.isTogether());
  EXPECT_LT(inVain, microseconds(10000 * 100 / 50));
}

TEST(TeamChoice, WaitsLongerForHelpWithLongerCalls) {
  TeamChoice ofShort, ofLong;
  for (int call = 0; call < 8; ++call) {
    ofShort.note(microseconds(100), ofShort.isTogether());
    ofLong.note(microseconds(4000), ofLong.isTogether());
  }
  EXPECT_EQ(ofShort.getPatience(), microseconds(60));
  EXPECT_EQ(ofLong.getPatience(), microseconds(500));
}

} // namespace
