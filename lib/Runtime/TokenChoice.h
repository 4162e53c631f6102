//===- TokenChoice.h - One token from a row of scores ------------*- C++ -*-===//
//
// Checks a row of scores and chooses a token from it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_TOKENCHOICE_H
#define GATEFOLD_LIB_RUNTIME_TOKENCHOICE_H

#include "gatefold/Runtime/Generation.h"

namespace gatefold {

/// The best token of a row. An error for a score that is no number or is infinite, and where no
/// token is possible (all are minus infinity).
llvm::Expected<int32_t> findBestToken(llvm::ArrayRef<float> scores);

/// The logarithm of the sum of e^score over a row that `findBestToken` accepts with this result.
double logSumExp(llvm::ArrayRef<float> scores, int32_t best);

/// Draws tokens from rows of scores. Allocates when it is made only.
class TokenSampler {
public:
  TokenSampler(const Strategy &strategy, int64_t vocabularySize);

  /// A token of a row that `findBestToken` accepts with this result; `random` is in [0, 1).
  int32_t draw(llvm::ArrayRef<float> scores, int32_t best, double random);

private:
  struct Candidate {
    double weight; // its probability but for a factor
    float score;
    int32_t token;

    /// Whether the other one is better.
    bool operator<(const Candidate &other) const {
      return score != other.score ? score < other.score : token > other.token;
    }
  };

  double selectBest(double total);

  double temperature;
  size_t topK;
  double topP;
  std::vector<Candidate> candidates;
  size_t kept = 0; // the candidates that stay are the first ones
};

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_TOKENCHOICE_H
