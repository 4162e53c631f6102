//===- TokenChoice.cpp - One token from a row of scores ----------*- C++ -*-===//
//
// The best token, and random ones.
//
//===----------------------------------------------------------------------===//

#include "TokenChoice.h"
#include "Error.h"
#include "StableMath.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace gatefold;

// Sums must not depend on the machine, or neither would the choice.
#pragma STDC FP_CONTRACT OFF

llvm::Expected<int32_t> gatefold::findBestToken(llvm::ArrayRef<float> scores) {
  int32_t best = -1;
  float bestScore = -std::numeric_limits<float>::infinity();
  for (auto [token, score] : llvm::enumerate(scores)) {
    if (score > bestScore) {
      bestScore = score;
      best = static_cast<int32_t>(token);
    } else if (score != score) {
      return makeError("the score of token " + llvm::Twine(token) + " is not a number");
    }
  }
  if (best < 0)
    return makeError("no token is possible: all scores are minus infinity");
  if (std::isinf(bestScore))
    return makeError("the score of token " + llvm::Twine(best) + " is infinite");
  return best;
}

/// Calls `use` with every token and e^((score - largest) / temperature), in order.
template <typename Use>
static void weigh(llvm::ArrayRef<float> scores, double largest, double temperature, Use use) {
  double numbers[exponentsAtOnce];
  for (size_t begin = 0; begin < scores.size(); begin += exponentsAtOnce) {
    size_t count = std::min(exponentsAtOnce, scores.size() - begin);
    for (size_t i = 0; i < exponentsAtOnce; ++i)
      numbers[i] = i < count ? (scores[begin + i] - largest) / temperature : 0;
    stableExpsUpToZero(numbers);
    for (size_t i = 0; i < count; ++i)
      use(begin + i, numbers[i]);
  }
}

double gatefold::logSumExp(llvm::ArrayRef<float> scores, int32_t best) {
  double largest = scores[best], sum = 0;
  weigh(scores, largest, /*temperature=*/1, [&](size_t, double weight) { sum += weight; });
  return largest + stableLog(sum);
}

TokenSampler::TokenSampler(const Strategy &strategy, int64_t vocabularySize)
    : temperature(strategy.temperature),
      topK(strategy.topK > 0 ? std::min(strategy.topK, vocabularySize) : vocabularySize),
      topP(strategy.topP), candidates(vocabularySize) {}

/// Moves the candidates that stay to the front, best first; gives the sum of their weights.
double TokenSampler::selectBest(double total) {
  auto takeBest = [&] { // the heap shrinks from its end, so the best ones gather there
    std::pop_heap(candidates.begin(), candidates.end() - kept);
    ++kept;
    return candidates[candidates.size() - kept].weight;
  };
  std::make_heap(candidates.begin(), candidates.end());
  double sum = 0;
  if (topK < candidates.size()) {
    while (kept < topK)
      sum += takeBest();
    total = sum;
    // Those beyond topP are counted off again below.
    sum = 0;
    size_t all = kept;
    for (kept = 0; kept < all && (kept == 0 || sum < topP * total);)
      sum += candidates[candidates.size() - ++kept].weight;
  } else {
    while (kept < candidates.size() && (kept == 0 || sum < topP * total))
      sum += takeBest();
  }
  std::reverse(candidates.begin(), candidates.end());
  return sum;
}

int32_t TokenSampler::draw(llvm::ArrayRef<float> scores, int32_t best, double random) {
  double largest = scores[best], total = 0;
  weigh(scores, largest, temperature, [&](size_t token, double weight) {
    candidates[token] = {weight, scores[token], static_cast<int32_t>(token)};
    total += weight;
  });
  kept = 0;
  if (topK < candidates.size() || topP < 1)
    total = selectBest(total);
  else
    kept = candidates.size();

  double threshold = random * total, sum = 0;
  int32_t chosen = best; // where rounding lets the sum end below the threshold
  for (const Candidate &candidate : llvm::ArrayRef(candidates).take_front(kept)) {
    if (candidate.weight == 0)
      continue;
    sum += candidate.weight;
    chosen = candidate.token;
    if (sum > threshold)
      break;
  }
  return chosen;
}
