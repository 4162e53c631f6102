//===- RowGeneration.cpp - One sequence for each example ---------*- C++ -*-===//
//
// Greedy choice and sampling: every example is one row of the decoder until it ends.
//
//===----------------------------------------------------------------------===//

#include "GenerationLoop.h"
#include "StableMath.h"
#include "TokenChoice.h"
#include "gatefold/Runtime/Tensor.h"

using namespace gatefold;

namespace {
class RowGeneration {
public:
  explicit RowGeneration(const GenerationLoop &loop)
      : loop(loop), sampler(loop.strategy, loop.decoder.getVocabularySize()),
        made(loop.countExamples()), ended(loop.countExamples()) {}

  llvm::Expected<std::vector<GeneratedTokens>> run();

private:
  llvm::Expected<int32_t> choose(llvm::ArrayRef<float> scores, int64_t example);
  bool add(int64_t example, int32_t token);
  llvm::Error advance(llvm::ArrayRef<float> scores, size_t step);
  std::vector<GeneratedTokens> takeResults() const;

  const GenerationLoop &loop;
  TokenSampler sampler;
  Tensor tokens;              // i32 [examples, limit]
  int32_t *tokensData;        // its elements
  std::vector<int64_t> made;  // tokens of each example
  std::vector<uint8_t> ended; // examples by their end token

  // The decoder's rows.
  std::vector<int64_t> examples; // the example of each
  std::vector<int32_t> fed;      // the token that it takes next
  std::vector<int64_t> sources;
};
} // namespace

/// The next token of an example.
llvm::Expected<int32_t> RowGeneration::choose(llvm::ArrayRef<float> scores, int64_t example) {
  llvm::Expected<int32_t> best = findBestToken(scores);
  if (!best)
    return loop.tellScores(best.takeError(), example, made[example]);
  if (loop.strategy.kind == StrategyKind::Greedy)
    return *best;
  const std::vector<uint64_t> &seeds = loop.strategy.seeds;
  uint64_t seed = seeds[seeds.size() == 1 ? 0 : example];
  return sampler.draw(scores, *best, randomNumber(seed, static_cast<uint64_t>(made[example])));
}

/// Adds a token to an example; false if that finishes it.
bool RowGeneration::add(int64_t example, int32_t token) {
  if (token == loop.task.end) {
    ended[example] = true;
    return false;
  }
  int32_t *place = tokensData + example * loop.task.limit + made[example];
  *place = token;
  loop.report(example, made[example]++ == 0 ? loop.findBefore(example) : place[-1], token);
  return made[example] < loop.task.limit;
}

/// Gives each row its next token and takes finished rows out.
llvm::Error RowGeneration::advance(llvm::ArrayRef<float> scores, size_t step) {
  size_t rows = examples.size(), kept = 0;
  size_t width = static_cast<size_t>(loop.decoder.getVocabularySize());
  for (size_t row = 0; row < rows; ++row) {
    int64_t example = examples[row];
    llvm::ArrayRef<int32_t> prompt = loop.task.prompts[example];
    int32_t next;
    if (step < prompt.size()) {
      next = prompt[step];
    } else {
      llvm::Expected<int32_t> chosen = choose(scores.slice(row * width, width), example);
      if (!chosen)
        return chosen.takeError();
      next = *chosen;
      if (!add(example, next))
        continue;
    }
    examples[kept] = example;
    fed[kept] = next;
    sources[kept] = static_cast<int64_t>(row);
    ++kept;
  }
  examples.resize(kept);
  fed.resize(kept);
  loop.reorder(llvm::ArrayRef(sources).take_front(kept), rows);
  return llvm::Error::success();
}

std::vector<GeneratedTokens> RowGeneration::takeResults() const {
  std::vector<GeneratedTokens> results(made.size());
  for (auto [example, result] : llvm::enumerate(results)) {
    const int32_t *begin = tokensData + example * loop.task.limit;
    result.tokens.assign(begin, begin + made[example]);
    result.ended = ended[example];
    result.before = loop.findBefore(static_cast<int64_t>(example));
  }
  return results;
}

llvm::Expected<std::vector<GeneratedTokens>> RowGeneration::run() {
  int64_t count = loop.countExamples();
  llvm::Expected<Tensor> store = Tensor::create(ElementType::I32, {count, loop.task.limit});
  if (!store)
    return store.takeError();
  tokens = std::move(*store);
  tokensData = tokens.mutableData<int32_t>();
  for (int64_t example = 0; example < count; ++example) {
    examples.push_back(example);
    fed.push_back(findGiven(loop.task, example, loop.task.numRead));
  }
  sources.resize(count);

  for (size_t step = loop.task.numRead; !examples.empty(); ++step) {
    llvm::Expected<llvm::ArrayRef<float>> scores = loop.decoder.step(fed);
    if (!scores)
      return scores.takeError();
    if (llvm::Error error = advance(*scores, step))
      return std::move(error);
  }
  return takeResults();
}

llvm::Expected<std::vector<GeneratedTokens>> gatefold::generateByRow(const GenerationLoop &loop) {
  return RowGeneration(loop).run();
}
