//===- PlacementTest.cpp - Random buffers are given places ----------------===//
//
// Whatever the lifetimes and sizes, buffers that live at one time keep apart; and where the least
// memory is known, it is found.
//
//===----------------------------------------------------------------------===//

#include "PlanMemory/Placement.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"
#include <random>

using namespace gatefold;

namespace {

/// Buffers whose bytes are expressions of two sizes, the first of which is a batch.
class PlacementTest : public testing::Test {
protected:
  PlacementTest() : terms(&context, {1, 100}) {}

  mlir::AffineExpr constant(int64_t value) { return getAffineConstantExpr(value, &context); }
  mlir::AffineExpr batch() { return getAffineSymbolExpr(0, &context); }
  mlir::AffineExpr steps() { return getAffineSymbolExpr(1, &context); }

  void add(mlir::AffineExpr bytes, unsigned begin, unsigned end) {
    buffers.push_back({terms.getRoom(bytes), begin, end});
    needed.push_back(bytes);
  }

  /// A number of bytes for given sizes.
  int64_t evaluate(mlir::AffineExpr bytes, int64_t batch, int64_t steps) {
    auto number = bytes.replaceSymbols({constant(batch), constant(steps)});
    return llvm::cast<mlir::AffineConstantExpr>(number).getValue();
  }
  int64_t evaluate(const Bytes &bytes, int64_t batch, int64_t steps) {
    int64_t sum = 0;
    for (mlir::AffineExpr summand : terms.getSummands(bytes))
      sum += evaluate(summand, batch, steps);
    return sum;
  }

  int64_t evaluateMost(llvm::ArrayRef<Bytes> numbers, int64_t batch, int64_t steps) {
    int64_t most = 0;
    for (const Bytes &bytes : numbers)
      most = std::max(most, evaluate(bytes, batch, steps));
    return most;
  }

  /// Checks what must hold of every placement, for some sizes.
  void check(const Placement &placement, int64_t batch, int64_t steps) {
    EXPECT_GE(placement.typicalEnd, placement.typicalBound);
    ASSERT_EQ(placement.places.size(), buffers.size());
    const int64_t end = evaluateMost(placement.ends, batch, steps);
    std::vector<std::pair<int64_t, int64_t>> ranges;
    for (size_t i = 0; i < buffers.size(); ++i) {
      const int64_t begin = evaluate(placement.places[i], batch, steps);
      ranges.push_back({begin, begin + evaluate(needed[i], batch, steps)});
      EXPECT_EQ(begin % 64, 0);
      EXPECT_LE(ranges.back().second, end);
    }
    std::vector<int64_t> rooms, alive;
    for (const Lifetime &buffer : buffers)
      rooms.push_back(evaluate(buffer.room, batch, steps));
    for (size_t i = 0; i < buffers.size(); ++i) {
      int64_t sum = 0;
      for (size_t j = 0; j < buffers.size(); ++j) {
        if (buffers[j].begin <= buffers[i].begin && buffers[i].begin <= buffers[j].end)
          sum += rooms[j];
        if (j <= i || buffers[i].end < buffers[j].begin || buffers[j].end < buffers[i].begin)
          continue;
        EXPECT_TRUE(ranges[i].second <= ranges[j].first || ranges[j].second <= ranges[i].first)
            << "buffers " << i << " and " << j << " of " << buffers.size() << ", batch " << batch
            << ", " << steps << " steps";
      }
      alive.push_back(sum);
    }
    // The bound is what is alive at one time.
    const int64_t bound = evaluateMost(placement.bounds, batch, steps);
    EXPECT_EQ(bound, *std::max_element(alive.begin(), alive.end()));
    if (placement.isLeast) {
      EXPECT_EQ(end, bound);
    }
    EXPECT_GE(end, bound);
  }

  mlir::MLIRContext context;
  ByteTerms terms;
  std::vector<Lifetime> buffers;
  std::vector<mlir::AffineExpr> needed;
};

/// Lifetimes that are apart or lie within each other, as a tree from `begin` to `end`.
template <typename Add>
void addNested(std::mt19937 &random, unsigned begin, unsigned end, Add add) {
  while (begin + 2 < end) {
    const unsigned length = 1 + random() % (end - begin - 1);
    add(begin, begin + length);
    addNested(random, begin + 1, begin + length - 1, add);
    begin += length + 1 + random() % 3;
  }
}

} // namespace

TEST_F(PlacementTest, NestedConstantBuffersMeetTheBound) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    buffers.clear();
    needed.clear();
    addNested(random, 0, 40, [&](unsigned begin, unsigned end) {
      add(constant(1 + random() % 5000), begin, end);
    });
    const Placement placement = placeBuffers(terms, buffers);
    check(placement, 1, 1);
    EXPECT_TRUE(placement.isLeast) << "round " << round;
    EXPECT_EQ(placement.typicalEnd, placement.typicalBound);
  }
}

TEST_F(PlacementTest, ConstantBuffersKeepApart) {
  std::mt19937 random(2);
  int64_t ends = 0, bounds = 0;
  for (int round = 0; round < 300; ++round) {
    buffers.clear();
    needed.clear();
    for (unsigned i = 0, count = 1 + random() % 60; i < count; ++i) {
      const unsigned begin = random() % 100;
      add(constant(random() % 4000), begin, begin + random() % 25);
    }
    const Placement placement = placeBuffers(terms, buffers);
    check(placement, 1, 1);
    ends += placement.typicalEnd;
    bounds += placement.typicalBound;
  }
  // Arbitrary lifetimes may have no placement at the bound, but are near to it.
  EXPECT_LE(ends, bounds + bounds / 20);
}

TEST_F(PlacementTest, BuffersOfDynamicSizesKeepApartForAllSizes) {
  std::mt19937 random(3);
  for (int round = 0; round < 100; ++round) {
    buffers.clear();
    needed.clear();
    for (unsigned i = 0, count = 1 + random() % 25; i < count; ++i) {
      const mlir::AffineExpr factors[] = {
          constant(1), batch(), steps(), batch() * steps(), (steps() + 1).floorDiv(2) * batch(),
          // Below 0 for sizes that no caller gives, so it is taken as a whole.
          (steps() + 2).floorDiv(2) + -1};
      const int64_t times = random() % 2 ? 64 * (1 + random() % 20) : 1 + random() % 1200;
      const unsigned begin = random() % 30;
      add(factors[random() % 6] * times, begin, begin + random() % 15);
    }
    const Placement placement = placeBuffers(terms, buffers);
    for (int64_t batch : {0, 1, 3, 64})
      for (int64_t steps : {0, 1, 2, 7, 1000})
        check(placement, batch, steps);
  }
}

TEST_F(PlacementTest, BuffersThatGrowWithTheBatchMeetTheBound) {
  std::mt19937 random(4);
  for (int round = 0; round < 100; ++round) {
    buffers.clear();
    needed.clear();
    addNested(random, 0, 40, [&](unsigned begin, unsigned end) {
      add(batch() * (64 * (1 + random() % 100)), begin, end);
    });
    const Placement placement = placeBuffers(terms, buffers);
    for (int64_t batch : {0, 1, 5})
      check(placement, batch, 1);
    EXPECT_TRUE(placement.isLeast) << "round " << round;
    EXPECT_EQ(placement.ends.size(), 1U);
  }
}

TEST_F(PlacementTest, SizesAreComparedForAllValues) {
  auto isAtMost = [&](mlir::AffineExpr a, mlir::AffineExpr b) {
    return terms.isAtMost(terms.getRoom(a), terms.getRoom(b));
  };
  EXPECT_TRUE(isAtMost(batch() * 64, batch() * 64));
  EXPECT_TRUE(isAtMost(batch() * 64, batch() * 64 + 1));
  EXPECT_FALSE(isAtMost(batch() * 128, batch() * 64 + 64));
  EXPECT_FALSE(isAtMost(constant(64), batch() * 64)); // a batch may be empty
  EXPECT_FALSE(isAtMost(batch() * 64, batch() * steps() * 64));
  // Rounded up to lines of 64 bytes.
  EXPECT_TRUE(isAtMost(constant(65), constant(128)));
  EXPECT_FALSE(isAtMost(constant(129), constant(128)));
  EXPECT_TRUE(isAtMost(batch() * 4, batch() * 8));
  EXPECT_FALSE(isAtMost(batch() * 8, batch() * 4));
  EXPECT_TRUE(isAtMost(batch() * 80, batch() * 128));
  EXPECT_TRUE(isAtMost(batch() * 64, batch() * 80));
  EXPECT_FALSE(isAtMost(batch() * 128, batch() * 80));
  // What cannot be in any memory is no reason to fail.
  EXPECT_TRUE(isAtMost(batch() * INT64_MAX, batch() * INT64_MAX));
}

TEST_F(PlacementTest, NoBuffersTakeNoRoom) {
  const Placement placement = placeBuffers(terms, buffers);
  EXPECT_TRUE(placement.places.empty());
  EXPECT_TRUE(placement.ends.empty());
  EXPECT_EQ(placement.typicalEnd, 0);
}

TEST_F(PlacementTest, BuffersOfZeroBytesLieAnywhere) {
  add(constant(0), 0, 2);
  add(constant(64), 0, 2);
  add(batch() * 0, 1, 3);
  const Placement placement = placeBuffers(terms, buffers);
  EXPECT_EQ(evaluateMost(placement.ends, 1, 1), 64);
}
