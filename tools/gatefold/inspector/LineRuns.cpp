//===- LineRuns.cpp - A text as what it has of the one before ----*- C++ -*-===//
//
// Walks both texts from top to bottom. Where a line is in the text before too, it takes the longest
// stretch that begins there. Texts have ten thousands of lines, so few places are tried.
//
//===----------------------------------------------------------------------===//

#include "LineRuns.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace gatefold;

/// Places of a line in the text before that are tried.
static constexpr unsigned mostTries = 8;
/// Stretches that are shorter are not worth a run of their own.
static constexpr int64_t shortestStretch = 2;

static int64_t countEqual(llvm::ArrayRef<unsigned> left, llvm::ArrayRef<unsigned> right) {
  auto ends = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  return ends.first - left.begin();
}

/// Adds a line by its number.
static void addLine(std::vector<LineRun> &runs, int64_t line) {
  if (!runs.empty() && runs.back().first >= 0 && runs.back().first + runs.back().count == line)
    ++runs.back().count;
  else
    runs.push_back({line, 1});
}

std::vector<LineRun> gatefold::findRuns(llvm::ArrayRef<unsigned> lines,
                                        llvm::ArrayRef<unsigned> before) {
  llvm::DenseMap<unsigned, llvm::SmallVector<unsigned, 2>> places;
  for (auto [row, line] : llvm::enumerate(before))
    places[line].push_back(row);

  std::vector<LineRun> runs;
  size_t reached = 0; // in the text before: both texts have what they share in the same order
  for (size_t row = 0; row < lines.size();) {
    LineRun longest = {0, 0};
    auto known = places.find(lines[row]);
    if (known != places.end()) {
      const unsigned *place = llvm::lower_bound(known->second, reached);
      for (unsigned tries = 0; place != known->second.end() && tries < mostTries;
           ++place, ++tries) {
        int64_t count = countEqual(lines.drop_front(row), before.drop_front(*place));
        if (count > longest.count)
          longest = {-1 - static_cast<int64_t>(*place), count};
      }
    }
    if (longest.count < shortestStretch) {
      addLine(runs, lines[row++]);
      continue;
    }
    runs.push_back(longest);
    row += longest.count;
    reached = -1 - longest.first + longest.count;
  }
  return runs;
}
