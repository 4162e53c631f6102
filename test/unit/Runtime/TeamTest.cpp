//===- TeamTest.cpp ---------------------------------------------===//

#include "gatefold/Runtime/Team.h"
#include "gtest/gtest.h"
#include <atomic>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

using namespace gatefold;

namespace {

TEST(Team, OneMemberIsTheCaller) {
  int calls = 0;
  runAsTeam(1, [&](TeamMember &member) {
    ++calls;
    EXPECT_EQ(member.number, 0);
    EXPECT_EQ(member.count, 1);
  });
  EXPECT_EQ(calls, 1);
}

TEST(Team, MembersAreNumberedAndTheCallerIsTheFirst) {
  for (unsigned most : {2u, 3u, 5u}) {
    std::vector<int> calls(most);
    std::mutex mutex;
    std::set<std::thread::id> threads;
    auto caller = std::this_thread::get_id();
    runAsTeam(most, [&](TeamMember &member) {
      std::lock_guard lock(mutex);
      ASSERT_EQ(member.count, int64_t(most));
      ASSERT_LT(member.number, member.count);
      ++calls[member.number];
      threads.insert(std::this_thread::get_id());
      EXPECT_EQ(member.number == 0, std::this_thread::get_id() == caller);
    });
    EXPECT_EQ(calls, std::vector<int>(most, 1));
    EXPECT_EQ(threads.size(), most);
  }
}

/// Every member adds its number to a cell of its own and reads those of the others behind a
/// barrier; a second barrier keeps the next turn from overwriting what is still to be read.
void checkBarrier(unsigned most, int turns) {
  std::vector<int64_t> cells(most);
  std::atomic<int> failures = 0;
  runAsTeam(most, [&](TeamMember &member) {
    for (int turn = 1; turn <= turns; ++turn) {
      cells[member.number] = turn * (member.number + 1);
      if (member.count != 1)
        member.barrier(&member);
      int64_t sum = std::accumulate(cells.begin(), cells.begin() + member.count, int64_t(0));
      failures += sum != turn * member.count * (member.count + 1) / 2;
      if (member.count != 1)
        member.barrier(&member);
    }
  });
  EXPECT_EQ(failures, 0) << most << " members";
}

TEST(Team, NobodyPassesABarrierBeforeAllAreThere) {
  for (unsigned most : {2u, 3u, 4u, 7u, 9u})
    checkBarrier(most, most <= 2 ? 5000 : 200);
}

TEST(Team, IsMadeAnewForEachCall) {
  for (unsigned round = 0; round < 2000; ++round) {
    std::atomic<int64_t> sum = 0;
    runAsTeam(2 + round % 3, [&](TeamMember &member) {
      sum += member.count;
      if (member.count != 1)
        member.barrier(&member);
      EXPECT_EQ(sum, member.count * member.count);
    });
  }
}

TEST(Team, SeveralCallersAtOnceShareTheWorkers) {
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([caller] {
      for (int round = 0; round < 50; ++round)
        checkBarrier(2 + (caller + round) % 3, 5);
    });
  for (std::thread &caller : callers)
    caller.join();
}

TEST(Team, WorksWithinATeamAlone) {
  // A worker that calls for help takes others, or none.
  std::atomic<int> calls = 0;
  runAsTeam(2, [&](TeamMember &) {
    runAsTeam(2, [&](TeamMember &member) { calls += member.count == 2 ? 1 : 2; });
  });
  EXPECT_EQ(calls, 4);
}

TEST(Team, PromptWorkersMakeNoOtherResult) {
  for (int round = 0; round < 100; ++round) {
    if (round % 10 == 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::atomic<int64_t> sum = 0;
    int64_t count = 0;
    runAsTeam(
        3,
        [&](TeamMember &member) {
          if (member.number == 0)
            count = member.count;
          sum += member.number + 1;
        },
        std::chrono::microseconds(60));
    EXPECT_EQ(sum, count * (count + 1) / 2);
  }
}

TEST(Team, ThereIsAProcessor) { EXPECT_GE(countProcessors(), 1u); }

} // namespace
