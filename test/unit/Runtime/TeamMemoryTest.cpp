//===- TeamMemoryTest.cpp ---------------------------------------===//

#include "../../../lib/Runtime/TeamMemory.h"
#include "gtest/gtest.h"

using namespace gatefold;
using std::chrono::microseconds;

namespace {

TEST(TeamMemory, KnowsNothingAtFirst) {
  TeamMemory memory;
  EXPECT_TRUE(memory.recall("sequence", {3}).isTogether());
  EXPECT_FALSE(memory.recall("step", {1}).isTogether());
}

TEST(TeamMemory, RecallsByEntryAndSizes) {
  TeamMemory memory;
  TeamChoice slow;
  for (int call = 0; call < 8; ++call)
    slow.note(microseconds(slow.isTogether() ? 100 : 50), slow.isTogether());
  ASSERT_FALSE(slow.isTogether());
  memory.keep("sequence", {3, 7}, slow);
  EXPECT_FALSE(memory.recall("sequence", {3, 7}).isTogether());
  EXPECT_TRUE(memory.recall("sequence", {7, 3}).isTogether());
  EXPECT_TRUE(memory.recall("generate", {3, 7}).isTogether());
}

TEST(TeamMemory, IsBounded) {
  TeamMemory memory;
  TeamChoice slow;
  for (int call = 0; call < 8; ++call)
    slow.note(microseconds(slow.isTogether() ? 100 : 50), slow.isTogether());
  for (int64_t length = 0; length < 1000; ++length)
    memory.keep("sequence", {length}, slow);
  EXPECT_TRUE(memory.recall("sequence", {0}).isTogether());
  EXPECT_FALSE(memory.recall("sequence", {999}).isTogether());
}

} // namespace
