//===- CompiledGenerationTest.cpp - The loop of generation, compiled -----===//
//
// Tokens of the entry `generate` against those of the loop around `decode`.
//
//===----------------------------------------------------------------------===//

#include "GenerationText.h"
#include "ModelChecker.h"
#include "gmock/gmock.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::test;
using testing::HasSubstr;

namespace {

Strategy makeSampling(double temperature, int64_t topK, double topP, std::vector<uint64_t> seeds) {
  Strategy strategy;
  strategy.kind = StrategyKind::Sample;
  strategy.temperature = temperature;
  strategy.topK = topK;
  strategy.topP = topP;
  strategy.seeds = std::move(seeds);
  return strategy;
}

/// Greedy, and sampling in all its forms.
std::vector<Strategy> makeStrategies(uint64_t seed) {
  std::vector<Strategy> strategies = {Strategy()};
  for (double temperature : {0.3, 1.0, 40.0})
    for (int64_t topK : {0, 1, 2, 7, 22, 23, 100})
      for (double topP : {1e-9, 0.3, 0.95, 1.0})
        strategies.push_back(makeSampling(temperature, topK, topP, {seed}));
  return strategies;
}

/// The ways to run the model on one processor.
struct Sessions {
  explicit Sessions(const Target &target, const NamedTensors &weights = makeSayingWeights())
      : Sessions(compileSaying(target), weights) {}
  Sessions(const std::shared_ptr<const CompiledModel> &code, const NamedTensors &weights)
      : compiled(makeSaying(code, {}, weights)), byToken(makeSaying(code, {"prefill"}, weights)),
        around(makeSaying(code, {"generate"}, weights)),
        aroundByToken(makeSaying(code, {"generate", "prefill"}, weights)) {}

  std::unique_ptr<Session> compiled, byToken; // with the loop; prompts in one go, or token by token
  std::unique_ptr<Session> around, aroundByToken; // the runtime's own loop
};

std::vector<GeneratedTokens> generate(const Session &session, const NamedTensors &texts,
                                      const GenerationSettings &settings, unsigned threads = 1,
                                      const TokenCallback &callback = {}) {
  return llvm::cantFail(session.generate(texts, settings, threads, callback));
}

/// Checks that all ways make the same tokens, in one call and token by token.
std::vector<GeneratedTokens> check(const Sessions &sessions, const NamedTensors &texts,
                                   const GenerationSettings &settings) {
  using Told = std::vector<std::tuple<int64_t, int32_t, int32_t>>;
  Told told, toldAround;
  auto record = [](Told &to) {
    return [&to](int64_t example, int32_t before, int32_t token) {
      to.emplace_back(example, before, token);
    };
  };
  auto expected = generate(*sessions.aroundByToken, texts, settings, 1, record(toldAround));
  EXPECT_EQ(generate(*sessions.around, texts, settings), expected);
  EXPECT_EQ(generate(*sessions.byToken, texts, settings), expected);
  EXPECT_EQ(generate(*sessions.compiled, texts, settings), expected);
  EXPECT_EQ(generate(*sessions.compiled, texts, settings, 1, record(told)), expected);
  EXPECT_EQ(generate(*sessions.compiled, texts, settings, 2), expected);
  EXPECT_EQ(told, toldAround);
  return expected;
}

} // namespace

TEST(CompiledGenerationTest, EqualsTheLoopAroundTheDecoder) {
  for (const Target &target : getTestedTargets()) {
    Sessions sessions(target);
    size_t ended = 0, full = 0;
    for (uint64_t seed : {0ull, 1ull, 0xFEDCBA9876543210ull})
      for (const Strategy &strategy : makeStrategies(seed))
        for (const GeneratedTokens &result :
             check(sessions, makeSayingTexts(5, 3), makeSayingSettings(strategy, 20)))
          ++(result.ended ? ended : full);
    EXPECT_GT(ended, 50u);
    EXPECT_GT(full, 50u);
  }
}

TEST(CompiledGenerationTest, HasAllLimitsAndPrompts) {
  Sessions sessions(Target::host());
  Strategy beam;
  beam.kind = StrategyKind::Beam;
  for (int64_t limit : {0, 1, 2, 100})
    for (int64_t length : {0, 1, 9, 70})
      for (int64_t batch : {0, 1, 4})
        for (const Strategy &strategy : {Strategy(), makeSampling(2, 0, 1, {5}), beam})
          check(sessions, makeSayingTexts(batch, length), makeSayingSettings(strategy, limit));
}

TEST(CompiledGenerationTest, EndsAtAnyToken) {
  Sessions sessions(Target::host());
  NamedTensors texts = makeSayingTexts(6, 2);
  std::vector<bool> isLength(20);
  for (int32_t end = 0; end < sayingTokens; ++end) {
    GenerationSettings settings = makeSayingSettings(makeSampling(1, 0, 1, {3}), 19);
    settings.end = end;
    for (const GeneratedTokens &result : check(sessions, texts, settings)) {
      EXPECT_THAT(result.tokens, testing::Not(testing::Contains(end)));
      isLength[result.tokens.size()] = true;
    }
  }
  // The first token is among the ends, and so is none at all.
  EXPECT_TRUE(isLength[0] && isLength[19]);
  GenerationSettings endless = makeSayingSettings(Strategy(), 19);
  endless.end = std::nullopt;
  for (const GeneratedTokens &result : check(sessions, texts, endless))
    EXPECT_EQ(result.tokens.size(), 19u);
}

TEST(CompiledGenerationTest, BatchesGiveWhatTheirExamplesGive) {
  Sessions sessions(Target::host());
  NamedTensors texts = makeSayingTexts(7, 4);
  const std::vector<uint64_t> seeds = {1, 2, 3, 4, 5, 6, 1};
  auto all = check(sessions, texts, makeSayingSettings(makeSampling(1, 9, 0.9, seeds), 30));
  for (int64_t example = 0; example < 7; ++example) {
    NamedTensors one;
    one.set("text", sliceTensor(*texts.find("text"), 0, example, 1));
    auto alone =
        check(sessions, one, makeSayingSettings(makeSampling(1, 9, 0.9, {seeds[example]}), 30));
    EXPECT_EQ(alone.front(), all[example]);
  }
}

TEST(CompiledGenerationTest, ScoresThatAreNoNumbersEndTheRun) {
  const float nan = std::nanf(""), infinity = HUGE_VALF;
  for (float wrong : {nan, infinity, -infinity}) {
    // A weight of its row makes the score of token 8 wrong at some step.
    NamedTensors weights;
    for (const NamedTensor &weight : makeSayingWeights()) {
      Tensor tensor = weight.tensor;
      if (weight.name == "U")
        tensor.mutableData<float>()[8 * 8] = wrong;
      weights.set(weight.name, std::move(tensor));
    }
    Sessions sessions(Target::host(), weights);
    for (const Strategy &strategy : {Strategy(), makeSampling(1, 3, 0.9, {1})}) {
      GenerationSettings settings = makeSayingSettings(strategy, 50);
      settings.end = std::nullopt;
      auto getText = [&](const Session &session, const TokenCallback &callback) {
        auto made = session.generate(makeSayingTexts(3, 1), settings, 1, callback);
        return made ? "nothing" : llvm::toString(made.takeError());
      };
      std::string expected = getText(*sessions.around, {});
      EXPECT_THAT(expected, HasSubstr("cannot be chosen: the score of token 8 is "));
      EXPECT_EQ(getText(*sessions.compiled, {}), expected);
      EXPECT_EQ(getText(*sessions.compiled, [](int64_t, int32_t, int32_t) {}), expected);
    }
  }
}

TEST(CompiledGenerationTest, ChecksOfTheDecoderEndTheRun) {
  Sessions sessions(Target::host());
  GenerationSettings settings = makeSayingSettings(Strategy(), 5);
  settings.first = sayingTokens;
  for (const Session *session : {sessions.compiled.get(), sessions.byToken.get(),
                                 sessions.around.get(), sessions.aroundByToken.get()}) {
    auto made = session->generate(makeSayingTexts(2, 1), settings);
    ASSERT_FALSE(made);
    EXPECT_THAT(llvm::toString(made.takeError()), HasSubstr("23 is outside of the table"));
  }
}
