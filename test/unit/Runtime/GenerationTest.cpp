//===- GenerationTest.cpp - Strategies over decoders of scores ---*- C++ -*-===//
//
// Tests the choice of tokens on decoders whose scores are a function of all the tokens before.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Generation.h"
#include "RuntimeTestHelpers.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace gatefold;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

using Sequence = std::vector<int32_t>;
constexpr float impossible = -std::numeric_limits<float>::infinity();

/// Scores a row by everything that it was fed.
class FunctionDecoder : public Decoder {
public:
  using Scores = std::function<std::vector<float>(const Sequence &fed)>;

  FunctionDecoder(int64_t rows, int64_t mostRows, int64_t vocabularySize, Scores scores)
      : fed(rows), mostRows(mostRows), vocabularySize(vocabularySize), scores(std::move(scores)) {}

  int64_t getMostRows() const override { return mostRows; }
  int64_t getVocabularySize() const override { return vocabularySize; }

  llvm::Expected<llvm::ArrayRef<float>> step(llvm::ArrayRef<int32_t> tokens) override {
    EXPECT_EQ(tokens.size(), fed.size());
    EXPECT_LE(tokens.size(), static_cast<size_t>(mostRows));
    all.clear();
    for (auto [row, token] : llvm::zip_equal(fed, tokens)) {
      row.push_back(token);
      llvm::append_range(all, scores(row));
      ++rowSteps;
    }
    return llvm::ArrayRef(all);
  }

  void reorder(llvm::ArrayRef<int64_t> sources) override {
    std::vector<Sequence> ordered;
    for (int64_t source : sources)
      ordered.push_back(fed[source]);
    fed = std::move(ordered);
  }

  int64_t rowSteps = 0; // rows of all steps together

private:
  std::vector<Sequence> fed;
  std::vector<float> all;
  int64_t mostRows, vocabularySize;
  Scores scores;
};

/// Scores without a pattern, the same for the same tokens.
FunctionDecoder::Scores makeNoise(int64_t vocabularySize) {
  return [=](const Sequence &fed) {
    uint32_t hash = 2166136261u;
    for (int32_t token : fed)
      hash = (hash ^ static_cast<uint32_t>(token + 1)) * 16777619u;
    std::vector<float> scores;
    for (int64_t token = 0; token < vocabularySize; ++token) {
      hash = hash * 1664525u + 1013904223u;
      scores.push_back(static_cast<float>(hash >> 16) / 16384);
    }
    return scores;
  };
}

/// The logarithms of probabilities.
std::vector<float> logs(std::vector<float> probabilities) {
  for (float &probability : probabilities)
    probability = std::log(probability);
  return probabilities;
}

/// A task with a decoder and a strategy.
struct Attempt {
  FunctionDecoder::Scores scores;
  int64_t vocabularySize;
  GenerationTask task;
  Strategy strategy = {};
  TokenCallback callback = {};
  int64_t rowSteps = 0;

  llvm::Expected<std::vector<GeneratedTokens>> tryRun() {
    int64_t examples = task.prompts.size();
    int64_t width =
        strategy.kind == StrategyKind::Beam ? std::max<int64_t>(strategy.beamWidth, 1) : 1;
    FunctionDecoder decoder(examples, examples * width, vocabularySize, scores);
    auto results = generateTokens(decoder, task, strategy, callback);
    rowSteps = decoder.rowSteps;
    return results;
  }
  std::vector<GeneratedTokens> run() { return llvm::cantFail(tryRun()); }
};

Strategy makeBeam(int64_t width, double lengthPenalty = 0) {
  Strategy strategy;
  strategy.kind = StrategyKind::Beam;
  strategy.beamWidth = width;
  strategy.lengthPenalty = lengthPenalty;
  return strategy;
}

Strategy makeSample(std::vector<uint64_t> seeds = {7}) {
  Strategy strategy;
  strategy.kind = StrategyKind::Sample;
  strategy.seeds = std::move(seeds);
  return strategy;
}

/// Every token is followed by the next one; token 5 by 0.
std::vector<float> countUp(const Sequence &fed) {
  std::vector<float> scores(6);
  scores[(fed.back() + 1) % 6] = 1;
  return scores;
}

} // namespace

TEST(Generation, GreedyFollowsTheBestScore) {
  Attempt attempt = {countUp, 6, {1, 5, 10, {{}}}};
  EXPECT_EQ(attempt.run(), (std::vector<GeneratedTokens>{{{2, 3, 4}, true, 0, 1}}));
  EXPECT_EQ(attempt.rowSteps, 4);
  attempt.task.limit = 3;
  EXPECT_EQ(attempt.run(), (std::vector<GeneratedTokens>{{{2, 3, 4}, false, 0, 1}}));
  EXPECT_EQ(attempt.rowSteps, 3);
  attempt.task.end = std::nullopt;
  attempt.task.limit = 6;
  EXPECT_THAT(attempt.run()[0].tokens, ElementsAre(2, 3, 4, 5, 0, 1));
  attempt.task.limit = 0;
  EXPECT_THAT(attempt.run()[0].tokens, ElementsAre());
  EXPECT_EQ(attempt.rowSteps, 0);
}

TEST(Generation, GreedyTakesTheSmallerOfEqualTokens) {
  Attempt attempt = {
      [](const Sequence &) { return std::vector<float>{0, 3, -1, 3}; }, 4, {0, 9, 2, {{}}}};
  EXPECT_THAT(attempt.run()[0].tokens, ElementsAre(1, 1));
}

TEST(Generation, ExamplesHavePromptsAndEndsOfTheirOwn) {
  std::vector<std::pair<int64_t, int32_t>> told;
  Attempt attempt = {countUp, 6, {0, 5, 3, {{}, {3}, {2, 4}, {0, 0, 1}}}};
  attempt.callback = [&](int64_t example, int32_t, int32_t token) {
    told.push_back({example, token});
  };
  std::vector<GeneratedTokens> results = attempt.run();
  EXPECT_EQ(results, (std::vector<GeneratedTokens>{{{1, 2, 3}, false, 0, 0},
                                                   {{4}, true, 0, 3},
                                                   {{}, true, 0, 4},
                                                   {{2, 3, 4}, false, 0, 1}}));
  using Told = std::pair<int64_t, int32_t>;
  EXPECT_THAT(told, ElementsAre(Told(0, 1), Told(0, 2), Told(1, 4), Told(0, 3), Told(3, 2),
                                Told(3, 3), Told(3, 4)));
  // 3 steps for the first, and so on: what ended is not fed any more.
  EXPECT_EQ(attempt.rowSteps, 3 + 3 + 3 + 6);
}

TEST(Generation, GoesOnFromWhatTheDecoderHasRead) {
  const std::vector<Sequence> prompts = {{3, 1, 4, 1}, {5, 0, 2, 2, 5, 1}};
  for (const Strategy &strategy : {Strategy(), makeBeam(3, 1), makeSample({1, 2})}) {
    const GenerationTask task = {1, 0, 8, prompts};
    Attempt whole = {makeNoise(6), 6, task, strategy};
    const std::vector<GeneratedTokens> expected = whole.run();
    for (int64_t numRead = 0; numRead <= 4; ++numRead) {
      FunctionDecoder decoder(2, 6, 6, makeNoise(6));
      for (int64_t step = 0; step < numRead; ++step)
        EXPECT_TRUE(bool(decoder.step(
            step == 0 ? Sequence{1, 1} : Sequence{prompts[0][step - 1], prompts[1][step - 1]})));
      GenerationTask rest = task;
      rest.numRead = numRead;
      EXPECT_EQ(llvm::cantFail(generateTokens(decoder, rest, strategy)), expected);
      EXPECT_EQ(decoder.rowSteps, whole.rowSteps);
    }
    FunctionDecoder decoder(2, 6, 6, makeNoise(6));
    GenerationTask tooFar = task;
    tooFar.numRead = 5;
    EXPECT_EQ(llvm::toString(generateTokens(decoder, tooFar, strategy).takeError()),
              "the decoder has read 5 tokens, expected 0 to 4, so that one is left to begin with");
  }
}

TEST(Generation, TellsTheTokenBefore) {
  for (const Strategy &strategy : {Strategy(), makeBeam(2)}) {
    std::vector<std::pair<int32_t, int32_t>> told;
    Attempt attempt = {countUp, 6, {0, std::nullopt, 2, {{}, {2, 3}}}, strategy};
    attempt.callback = [&](int64_t example, int32_t before, int32_t token) {
      if (example == 1)
        told.push_back({before, token});
    };
    std::vector<GeneratedTokens> results = attempt.run();
    EXPECT_EQ(results[0].before, 0);
    EXPECT_EQ(results[1].before, 3);
    std::pair<int32_t, int32_t> first(3, 4), second(4, 5);
    EXPECT_THAT(told, ElementsAre(first, second));
  }
}

TEST(Generation, NoExampleIsNoWork) {
  Attempt attempt = {countUp, 6, {0, 5, 3, {}}};
  EXPECT_TRUE(attempt.run().empty());
  attempt.strategy = makeBeam(2);
  EXPECT_TRUE(attempt.run().empty());
}

TEST(Generation, ABatchIsItsExamplesAlone) {
  GenerationTask together = {0, 3, 12, {{}, {1}, {2, 9, 4}, {1}, {7, 7}}};
  for (Strategy strategy : {Strategy(), makeBeam(1), makeBeam(3), makeBeam(10, 0.7),
                            makeSample({5}), makeSample({1, 2, 3, 4, 5})}) {
    Attempt attempt = {makeNoise(10), 10, together, strategy};
    std::vector<GeneratedTokens> results = attempt.run();
    for (size_t example = 0; example < together.prompts.size(); ++example) {
      Attempt alone = attempt;
      alone.task.prompts = {together.prompts[example]};
      if (strategy.seeds.size() > 1)
        alone.strategy.seeds = {strategy.seeds[example]};
      EXPECT_EQ(alone.run()[0], results[example]) << strategyKindName(strategy.kind).str();
    }
  }
}

TEST(Generation, BeamFindsWhatGreedyMisses) {
  // Token 1 looks better than 2, but only 2 is followed by something likely. 0 ends.
  auto scores = [](const Sequence &fed) {
    if (fed.size() == 1)
      return logs({0.1f, 0.5f, 0.4f});
    if (fed.size() > 2)
      return logs({1, 0, 0});
    return fed.back() == 1 ? logs({0.3f, 0.3f, 0.4f}) : logs({0, 0.9f, 0.1f});
  };
  Attempt attempt = {scores, 3, {0, 0, 5, {{}}}};
  EXPECT_THAT(attempt.run()[0].tokens, ElementsAre(1, 2));
  attempt.strategy = makeBeam(2);
  GeneratedTokens found = attempt.run()[0];
  EXPECT_THAT(found.tokens, ElementsAre(2, 1));
  EXPECT_TRUE(found.ended);
  EXPECT_NEAR(found.score, std::log(0.36), 1e-6);
}

TEST(Generation, LengthPenaltyFavoursLongerSequences) {
  // Ends at once with 0.6, or goes through two tokens with 0.4.
  auto scores = [](const Sequence &fed) {
    if (fed.size() == 1)
      return logs({0.6f, 0.4f});
    return fed.size() == 2 ? logs({0, 1}) : logs({1, 0});
  };
  Attempt attempt = {scores, 2, {0, 0, 6, {{}}}, makeBeam(2)};
  EXPECT_THAT(attempt.run()[0].tokens, ElementsAre());
  EXPECT_NEAR(attempt.run()[0].score, std::log(0.6), 1e-6);
  attempt.strategy.lengthPenalty = 3;
  EXPECT_THAT(attempt.run()[0].tokens, ElementsAre(1, 1));
  // Three tokens, the end among them.
  EXPECT_NEAR(attempt.run()[0].score, std::log(0.4) / std::pow(8.0 / 6, 3), 1e-6);
}

TEST(Generation, BeamOfOneIsGreedy) {
  for (int32_t prompt = 0; prompt < 10; ++prompt) {
    Attempt attempt = {makeNoise(10), 10, {0, 3, 30, {{prompt}}}};
    GeneratedTokens greedy = attempt.run()[0];
    attempt.strategy = makeBeam(1);
    GeneratedTokens beam = attempt.run()[0];
    EXPECT_EQ(beam.tokens, greedy.tokens);
    EXPECT_EQ(beam.ended, greedy.ended);
    EXPECT_LT(beam.score, 0);
  }
}

TEST(Generation, AWideBeamFindsTheBestOfAll) {
  // 4 tokens, sequences of up to 3: a beam of 4 at every one of few steps misses little; compare
  // with all sequences.
  auto scores = makeNoise(4);
  auto logProbabilities = [&](const Sequence &fed) {
    std::vector<float> row = scores(fed);
    double sum = 0;
    for (float score : row)
      sum += std::exp(static_cast<double>(score));
    std::vector<double> result;
    for (float score : row)
      result.push_back(score - std::log(sum));
    return result;
  };
  double best = -1e9;
  Sequence bestTokens;
  std::function<void(Sequence, double)> visit = [&](Sequence fed, double total) {
    Sequence made(fed.begin() + 1, fed.end());
    if (made.size() == 2) {
      if (total > best)
        best = total, bestTokens = made;
      return;
    }
    std::vector<double> next = logProbabilities(fed);
    for (int32_t token = 0; token < 4; ++token) {
      if (token == 3) {
        if (total + next[token] > best)
          best = total + next[token], bestTokens = made;
        continue;
      }
      Sequence longer = fed;
      longer.push_back(token);
      visit(longer, total + next[token]);
    }
  };
  visit({0}, 0);
  Attempt attempt = {scores, 4, {0, 3, 2, {{}}}, makeBeam(4)};
  EXPECT_EQ(attempt.run()[0].tokens, bestTokens);
  EXPECT_NEAR(attempt.run()[0].score, best, 1e-9);
}

TEST(Generation, BeamPrefersSmallerTokensThenEarlierBeams) {
  auto scores = [](const Sequence &) { return std::vector<float>{0, 0, 0, impossible}; };
  Attempt attempt = {scores, 4, {0, 3, 3, {{}}}, makeBeam(2)};
  EXPECT_THAT(attempt.run()[0].tokens, ElementsAre(0, 0, 0));
  EXPECT_NEAR(attempt.run()[0].score, -3 * std::log(3), 1e-9);
}

TEST(Generation, BeamTellsTokensWhenAnExampleIsFinished) {
  std::vector<std::pair<int64_t, int32_t>> told;
  Attempt attempt = {countUp, 6, {0, 5, 2, {{}, {1, 1}}}, makeBeam(2)};
  attempt.callback = [&](int64_t example, int32_t, int32_t token) {
    told.push_back({example, token});
  };
  std::vector<GeneratedTokens> results = attempt.run();
  std::vector<std::pair<int64_t, int32_t>> expected;
  for (int64_t example : {0, 1})
    for (int32_t token : results[example].tokens)
      expected.push_back({example, token});
  EXPECT_EQ(told, expected);
}

TEST(Generation, SamplesByProbability) {
  auto scores = [](const Sequence &) { return logs({0.5f, 0, 0.3f, 0.2f}); };
  Attempt attempt = {scores, 4, {0, std::nullopt, 20000, {{}}}, makeSample()};
  auto countTokens = [&] {
    std::vector<double> shares(4);
    std::vector<int32_t> tokens = attempt.run()[0].tokens;
    for (int32_t token : tokens)
      shares[token] += 1.0 / 20000;
    return shares;
  };
  std::vector<double> plain = countTokens();
  EXPECT_NEAR(plain[0], 0.5, 0.02);
  EXPECT_EQ(plain[1], 0);
  EXPECT_NEAR(plain[2], 0.3, 0.02);
  EXPECT_NEAR(plain[3], 0.2, 0.02);

  attempt.strategy.temperature = 0.5; // squares: 25, 9, 4
  std::vector<double> cold = countTokens();
  EXPECT_NEAR(cold[0], 25.0 / 38, 0.02);
  EXPECT_NEAR(cold[3], 4.0 / 38, 0.02);

  attempt.strategy.temperature = 1;
  attempt.strategy.topK = 2;
  std::vector<double> two = countTokens();
  EXPECT_NEAR(two[0], 0.5 / 0.8, 0.02);
  EXPECT_EQ(two[3], 0);

  attempt.strategy.topK = 0;
  attempt.strategy.topP = 0.75;
  std::vector<double> likely = countTokens();
  EXPECT_NEAR(likely[2], 0.3 / 0.8, 0.02);
  EXPECT_EQ(likely[3], 0);

  // Of the best three, 0.6 of their sum is 0.6: one token is too few.
  attempt.strategy.topK = 3;
  attempt.strategy.topP = 0.6;
  EXPECT_EQ(countTokens(), likely);
  attempt.strategy.topP = 0.4;
  EXPECT_NEAR(countTokens()[0], 1, 1e-9);
}

TEST(Generation, SamplingKeepsTheSmallerOfEqualTokens) {
  auto scores = [](const Sequence &) { return std::vector<float>{1, 2, 1, 2, 1}; };
  Attempt attempt = {scores, 5, {0, std::nullopt, 200, {{}}}, makeSample()};
  attempt.strategy.topK = 3;
  std::vector<int32_t> tokens = attempt.run()[0].tokens;
  EXPECT_TRUE(llvm::is_contained(tokens, 0) && llvm::is_contained(tokens, 1) &&
              llvm::is_contained(tokens, 3));
  EXPECT_FALSE(llvm::is_contained(tokens, 2) || llvm::is_contained(tokens, 4));
  attempt.strategy.topK = 1;
  EXPECT_THAT(attempt.run()[0].tokens, testing::Each(1));
  // So hot that all weights are equal: the best tokens by score stay.
  attempt.strategy.temperature = 1e30;
  attempt.strategy.topK = 2;
  EXPECT_THAT(attempt.run()[0].tokens, testing::Each(testing::AnyOf(1, 3)));
}

TEST(Generation, SeedsMakeTheSameChoicesEverywhere) {
  auto scores = [](const Sequence &) { return std::vector<float>(1000); };
  Attempt attempt = {scores, 1000, {0, std::nullopt, 5, {{}}}, makeSample({0})};
  // The first number of Philox4x32-10 for key 0 and counter 0 is 0xe169c58d6627e8d5 / 2^64.
  EXPECT_EQ(attempt.run()[0].tokens[0], 880);
  std::vector<int32_t> first = attempt.run()[0].tokens;
  EXPECT_EQ(attempt.run()[0].tokens, first);
  attempt.strategy.seeds = {1};
  EXPECT_NE(attempt.run()[0].tokens, first);
}

TEST(Generation, RefusesScoresThatAreNoNumbers) {
  float broken = std::numeric_limits<float>::quiet_NaN();
  auto scores = [&](const Sequence &fed) {
    return fed.back() == 2 ? std::vector<float>{0, 1, 2, broken} : std::vector<float>{0, 0, 1, 0};
  };
  for (Strategy strategy : {Strategy(), makeBeam(2), makeSample()}) {
    Attempt attempt = {scores, 4, {2, 9, 3, {{}}}, strategy};
    EXPECT_EQ(messageOf(attempt.tryRun()),
              "token 1 cannot be chosen: the score of token 3 is not a number");
    attempt.task.prompts = {{0, 0}, {0}};
    attempt.task.limit = 400;
    EXPECT_THAT(messageOf(attempt.tryRun()),
                testing::MatchesRegex("token [0-9]+ of example [01] cannot be chosen: the score of "
                                      "token 3 is not a number"));
    broken = -impossible;
    EXPECT_THAT(messageOf(attempt.tryRun()), HasSubstr("the score of token 3 is infinite"));
    broken = std::numeric_limits<float>::quiet_NaN();
    attempt.scores = [](const Sequence &) { return std::vector<float>(4, impossible); };
    EXPECT_THAT(messageOf(attempt.tryRun()),
                HasSubstr("no token is possible: all scores are minus infinity"));
  }
}

TEST(Generation, RefusesSettingsThatMakeNoSense) {
  auto refuse = [](Strategy strategy) {
    return messageOf(checkStrategy(strategy, /*examples=*/3, /*vocabularySize=*/10));
  };
  EXPECT_EQ(refuse(makeBeam(0)),
            "the beam width is 0, expected 1 to the 10 tokens of the vocabulary");
  EXPECT_EQ(refuse(makeBeam(11, -1)),
            "the beam width is 11, expected 1 to the 10 tokens of the vocabulary\n"
            "the length penalty is -1.00, expected 0 or more");
  EXPECT_EQ(refuse(makeBeam(10)), "no error");
  Strategy sample = makeSample({1, 2});
  sample.temperature = 0;
  sample.topK = -1;
  sample.topP = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(refuse(sample), testing::AllOf(HasSubstr("the temperature is 0.00"),
                                             HasSubstr("top-k is -1"), HasSubstr("top-p is nan"),
                                             HasSubstr("one for each of 3 examples, found 2")));
  EXPECT_EQ(refuse(makeSample({1, 2, 3})), "no error");
  EXPECT_EQ(messageOf(checkStrategy(makeSample({1, 2}), 1, 10)), "expected one seed, found 2");

  Attempt attempt = {countUp, 6, {0, 5, -1, {{}}}};
  EXPECT_THAT(messageOf(attempt.tryRun()), HasSubstr("the limit is -1 tokens, expected 0 to"));
  FunctionDecoder small(1, 1, 6, countUp);
  EXPECT_EQ(messageOf(generateTokens(small, {0, 5, 3, {{}}}, makeBeam(2))),
            "the decoder has 1 rows, but generation takes 2");
}

TEST(Generation, KnowsTheNamesOfStrategies) {
  EXPECT_EQ(llvm::cantFail(parseStrategyKind("beam")), StrategyKind::Beam);
  EXPECT_EQ(messageOf(parseStrategyKind("greddy")),
            "there is no strategy `greddy`; did you mean `greedy`?");
  EXPECT_EQ(messageOf(parseStrategyKind("viterbi")),
            "there is no strategy `viterbi`; the strategies are `greedy`, `beam`, `sample`");
}
