//===- Generation.h - Tokens made one after the other ------------*- C++ -*-===//
//
// Strategies that choose each next token from the scores of a decoder, and the loop that feeds the
// decoder its own choices. A decoder may be anything with scores; Session::generate runs the loop
// over a compiled model.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_GENERATION_H
#define GATEFOLD_RUNTIME_GENERATION_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <functional>
#include <optional>
#include <vector>

namespace gatefold {

/// How the next token is chosen. In all of them, of equal scores the smaller token is before the
/// larger one.
enum class StrategyKind {
  Greedy, ///< the best token at every step
  Beam,   ///< the best of several sequences that grow side by side
  Sample, ///< a random token, the better ones more often
};

/// A strategy and its settings; each setting counts for the kind that it is listed under.
struct Strategy {
  StrategyKind kind = StrategyKind::Greedy;

  // Beam. A sequence of n tokens, its end included, scores its log-probability divided by
  // ((5 + n) / 6) ^ lengthPenalty (Wu et al., 2016); the highest score wins, of equal ones the
  // sequence that was finished first, then the smaller last token, then the one that continues the
  // better beam. The search goes on until no sequence that still grows can win.
  int64_t beamWidth = 4;    // sequences that grow side by side
  double lengthPenalty = 0; // 0 or more; larger favours longer sequences

  // Sample. Scores are divided by the temperature; then the best `topK` tokens stay; of these, the
  // fewest best ones whose probabilities together reach `topP`.
  double temperature = 1;            // above 0; below 1 favours the better tokens
  int64_t topK = 0;                  // 0: all
  double topP = 1;                   // above 0, at most 1
  std::vector<uint64_t> seeds = {0}; // one for all examples, or one for each. The same seed makes
                                     // the same choices from the same scores, on every machine
};

/// The name of a kind on the command line: "greedy", "beam", "sample".
llvm::StringRef strategyKindName(StrategyKind kind);

/// The kind of that name; an error lists the names there are.
llvm::Expected<StrategyKind> parseStrategyKind(llvm::StringRef name);

/// An error unless the settings that count make sense for that many examples and tokens. All
/// errors come at once.
llvm::Error checkStrategy(const Strategy &strategy, int64_t examples, int64_t vocabularySize);

/// An error unless there is one seed, or one for each example.
llvm::Error checkSeeds(const Strategy &strategy, int64_t examples);

/// Something that scores the next token of several sequences at once, one in each row. It remembers
/// what it was fed, row by row.
class Decoder {
public:
  virtual ~Decoder() = default;

  /// The rows that there may be.
  virtual int64_t getMostRows() const = 0;

  /// The tokens that each row scores.
  virtual int64_t getVocabularySize() const = 0;

  /// Feeds one token to each row, as many as there are now. Gives the scores of the tokens after
  /// it, [rows, vocabulary]: log-probabilities but for a constant in each row. They are valid until
  /// the next call.
  virtual llvm::Expected<llvm::ArrayRef<float>> step(llvm::ArrayRef<int32_t> tokens) = 0;

  /// From now on there are `sources.size()` rows, and row r goes on from where row `sources[r]`
  /// was. A row may be the source of several ones, or of none.
  virtual void reorder(llvm::ArrayRef<int64_t> sources) = 0;
};

/// What is to be made. Before the first step, the decoder has one row for each example.
struct GenerationTask {
  int32_t first = 0;                         // the token that every example begins with
  std::optional<int32_t> end;                // ends an example and is no part of its result
  int64_t limit = 0;                         // the most tokens of a result
  std::vector<std::vector<int32_t>> prompts; // tokens fed after `first`, for each example
  int64_t numRead = 0; // of `first` and the prompt behind it, how many the decoder was fed before
};

/// The largest limit.
inline constexpr int64_t mostGeneratedTokens = int64_t(1) << 24;

/// The result of one example.
struct GeneratedTokens {
  std::vector<int32_t> tokens; // without first token, prompt and end
  bool ended = false;          // by the end token, not by the limit
  double score = 0;            // of a beam search
  int32_t before = 0;          // the token in front: the prompt's last one, or the first token

  bool operator==(const GeneratedTokens &) const = default;
};

/// Called with each token of a result, the token before it and its example, in the order of the
/// result: at once by greedy and sample, when the example is finished by beam.
using TokenCallback = std::function<void(int64_t example, int32_t before, int32_t token)>;

/// Makes tokens until every example has ended, each on its own: what ended is taken out of the
/// decoder's rows, and what an example gets does not depend on the others. Nothing is allocated
/// between the first step and the last. Errors: a strategy that makes no sense, a decoder with too
/// few rows or that has read more than there is, what the decoder reports, and scores that are not
/// numbers.
llvm::Expected<std::vector<GeneratedTokens>> generateTokens(Decoder &decoder,
                                                            const GenerationTask &task,
                                                            const Strategy &strategy,
                                                            const TokenCallback &callback = {});

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_GENERATION_H
