//===- SessionGenerateTest.cpp - Generation by a compiled model --*- C++ -*-===//
//
// A model whose entries are plain functions: `sequence` prepares what every step reads and where
// the memories begin, `decode` is a step whose scores hang on everything it was fed.
//
//===----------------------------------------------------------------------===//

#include "AllocationCount.h"
#include "gatefold/Runtime/Session.h"
#include "gatefold/Runtime/Vocabulary.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace gatefold;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

constexpr int64_t vocabularySize = 8;

std::atomic<int64_t> decodedRows = 0;
std::vector<int64_t> allocationsAtStep;
bool countsAllocations = false; // in one thread only

// text -> memory = text, hidden = (sum of text, 0), said = zeros of the capacity, count = 0,
// begin = text again. sizes: batch, S, capacity
void runSequence(void *const *arguments, const int64_t *sizes, void *, int64_t *, TeamMember *) {
  auto *text = static_cast<const int32_t *>(arguments[0]);
  auto *memory = static_cast<float *>(arguments[1]);
  auto *hidden = static_cast<float *>(arguments[2]);
  auto *said = static_cast<int32_t *>(arguments[3]);
  auto *count = static_cast<int32_t *>(arguments[4]);
  auto *begin = static_cast<int32_t *>(arguments[5]);
  for (int64_t b = 0; b < sizes[0]; ++b) {
    float sum = 0;
    for (int64_t s = 0; s < sizes[1]; ++s) {
      memory[b * sizes[1] + s] = static_cast<float>(text[b * sizes[1] + s]);
      begin[b * sizes[1] + s] = text[b * sizes[1] + s];
      sum += memory[b * sizes[1] + s];
    }
    hidden[2 * b] = sum;
    hidden[2 * b + 1] = 0;
    std::fill_n(said + b * sizes[2], sizes[2], 0);
    count[b] = 0;
  }
}

// sizes: batch, S, capacity. The second check fails where the capacity is not enough.
void runDecode(void *const *arguments, const int64_t *sizes, void *, int64_t *status,
               TeamMember *) {
  auto *token = static_cast<const int32_t *>(arguments[0]);
  auto *memory = static_cast<const float *>(arguments[1]);
  auto *scores = static_cast<float *>(arguments[5]);
  auto *hidden = static_cast<float *>(arguments[6]);
  auto *said = static_cast<int32_t *>(arguments[7]);
  auto *count = static_cast<int32_t *>(arguments[8]);
  for (int memoryArgument = 2; memoryArgument < 5; ++memoryArgument)
    EXPECT_EQ(arguments[memoryArgument], arguments[memoryArgument + 4]);
  if (countsAllocations)
    allocationsAtStep.push_back(allocations);
  decodedRows += sizes[0];
  for (int64_t b = 0; b < sizes[0]; ++b) {
    if (token[b] < 0 || token[b] >= vocabularySize || count[b] >= sizes[2]) {
      status[0] = token[b] < 0 || token[b] >= vocabularySize ? 1 : 2;
      status[1] = token[b];
      return;
    }
    said[b * sizes[2] + count[b]++] = token[b];
    float mix = 0;
    for (int64_t s = 0; s < sizes[1]; ++s)
      mix += memory[b * sizes[1] + s] * static_cast<float>(s + 1);
    for (int64_t n = 0; n < count[b]; ++n)
      mix = mix * 0.9f + static_cast<float>(said[b * sizes[2] + n]);
    hidden[2 * b] = 0.5f * hidden[2 * b] + mix;
    hidden[2 * b + 1] = std::sin(hidden[2 * b]);
    for (int64_t v = 0; v < vocabularySize; ++v)
      scores[b * vocabularySize + v] = 3 * std::sin(hidden[2 * b + 1] * static_cast<float>(7 * v));
  }
}

int64_t countWorkspace(const int64_t *) { return 64; }

const Dimension batchAxis{"batch", -1}, textAxis{"S", -1}, capacity{"capacity", -1}, two{"", 2};

ModelInterface makeInterface() {
  using enum PortKind;
  using enum ElementType;
  ModelInterface interface;
  interface.name = "Say";
  EntryInterface sequence;
  sequence.name = sequence.symbol = "sequence";
  sequence.arguments = {
      {Input, "text", I32, {batchAxis, textAxis}}, {Output, "memory", F32, {batchAxis, textAxis}},
      {Output, "hidden", F32, {batchAxis, two}},   {Output, "said", I32, {batchAxis, capacity}},
      {Output, "count", I32, {batchAxis}},         {Output, "begin", I32, {batchAxis, textAxis}}};
  sequence.sizes = {"batch", "S", "capacity"};
  EntryInterface decode;
  decode.name = decode.symbol = "decode";
  decode.arguments = {{Input, "token", I32, {batchAxis}},
                      {Input, "memory", F32, {batchAxis, textAxis}},
                      {Memory, "hidden", F32, {batchAxis, two}},
                      {Memory, "said", I32, {batchAxis, capacity}},
                      {Memory, "count", I32, {batchAxis}},
                      {Output, "scores", F32, {batchAxis, {"", vocabularySize}}},
                      {NextMemory, "hidden", F32, {batchAxis, two}},
                      {NextMemory, "said", I32, {batchAxis, capacity}},
                      {NextMemory, "count", I32, {batchAxis}}};
  decode.sizes = {"batch", "S", "capacity"};
  decode.checks = {"token {0} is outside the table", "history `said` is full"};
  interface.entries = {sequence, decode};
  Generation generation;
  generation.output = "reply";
  generation.first = {"", 1};
  generation.end = {"", 2};
  generation.limit = 20;
  generation.prompt = "begin";
  interface.generation = generation;
  return interface;
}

class FakeModel : public CompiledModel {
public:
  explicit FakeModel(ModelInterface interface) : CompiledModel(std::move(interface)) {}
  EntryFunction getEntry(llvm::StringRef name) const override {
    return name == "sequence" ? runSequence : runDecode;
  }
  WorkspaceFunction getWorkspace(llvm::StringRef name) const override { return countWorkspace; }
};

/// The value; the end of the test program where there is none.
template <typename T>
T take(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  ADD_FAILURE() << llvm::toString(value.takeError());
  std::abort();
}

std::unique_ptr<Session> makeSession(ModelInterface interface = makeInterface()) {
  return take(Session::create(std::make_shared<FakeModel>(std::move(interface)), {}));
}

NamedTensors makeText(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int32_t> tokens) {
  NamedTensors inputs;
  inputs.set("text", Tensor::copyOf<int32_t>(ElementType::I32, shape, tokens));
  return inputs;
}

const std::vector<int32_t> sixTexts = {1, 2, 3, 7, 0, 0, 4, 5, 6, 1, 1, 1, 3, 3, 0, 6, 2, 7};

GenerationSettings makeSettings(Strategy strategy = {}) {
  GenerationSettings settings = take(makeGenerationSettings(*makeInterface().generation, nullptr));
  settings.strategy = std::move(strategy);
  return settings;
}

std::vector<Strategy> makeStrategies() {
  Strategy beam, sample;
  beam.kind = StrategyKind::Beam;
  beam.beamWidth = 3;
  beam.lengthPenalty = 1;
  sample.kind = StrategyKind::Sample;
  sample.seeds = {11};
  sample.topP = 0.9;
  return {Strategy(), beam, sample};
}

template <typename T>
std::string messageOf(llvm::Expected<T> value) {
  return value ? "no error" : llvm::toString(value.takeError());
}

} // namespace

TEST(SessionGenerate, ABatchIsItsExamplesAlone) {
  auto session = makeSession();
  for (const Strategy &strategy : makeStrategies()) {
    GenerationSettings settings = makeSettings(strategy);
    auto together = take(session->generate(makeText({6, 3}, sixTexts), settings));
    ASSERT_EQ(together.size(), 6u);
    bool haveOtherLengths = false;
    for (int64_t example = 0; example < 6; ++example) {
      auto alone = take(session->generate(
          makeText({3}, llvm::ArrayRef(sixTexts).slice(example * 3, 3)), settings));
      ASSERT_EQ(alone.size(), 1u);
      EXPECT_EQ(alone[0], together[example]);
      haveOtherLengths |= alone[0].tokens.size() != together[0].tokens.size();
    }
    EXPECT_TRUE(haveOtherLengths);
    for (unsigned threads : {2u, 5u, 100u})
      EXPECT_EQ(take(session->generate(makeText({6, 3}, sixTexts), settings, threads)), together);
  }
}

TEST(SessionGenerate, TellsTokensOfTheirExamples) {
  for (unsigned threads : {1u, 3u}) {
    std::vector<std::vector<int32_t>> told(6);
    auto results = take(makeSession()->generate(
        makeText({6, 3}, sixTexts), makeSettings(), threads,
        [&](int64_t example, int32_t, int32_t token) { told[example].push_back(token); }));
    for (int64_t example = 0; example < 6; ++example)
      EXPECT_EQ(told[example], results[example].tokens);
  }
}

TEST(SessionGenerate, FeedsThePromptAndNothingTwice) {
  ModelInterface interface = makeInterface();
  GenerationSettings settings = makeSettings();
  settings.limit = 4;
  settings.end = std::nullopt;
  decodedRows = 0;
  auto withPrompt = take(makeSession(interface)->generate(makeText({1, 3}, {1, 2, 3}), settings));
  EXPECT_EQ(withPrompt[0].tokens.size(), 4u);
  EXPECT_EQ(decodedRows, 3 + 4); // the last token is not fed
  interface.generation->prompt = "";
  decodedRows = 0;
  auto without = take(makeSession(interface)->generate(makeText({1, 3}, {1, 2, 3}), settings));
  EXPECT_EQ(decodedRows, 4);
  EXPECT_NE(without[0].tokens, withPrompt[0].tokens);
}

TEST(SessionGenerate, AllocatesNothingBetweenSteps) {
  for (Strategy strategy : makeStrategies()) {
    strategy.topP = 1; // a heap of candidates would be the same
    GenerationSettings settings = makeSettings(strategy);
    settings.end = std::nullopt;
    allocationsAtStep.clear();
    allocationsAtStep.reserve(100);
    countsAllocations = true;
    auto results = take(makeSession()->generate(makeText({6, 3}, sixTexts), settings));
    countsAllocations = false;
    ASSERT_EQ(results[0].tokens.size(), 20u);
    ASSERT_EQ(allocationsAtStep.size(), 3u + 20u);
    EXPECT_EQ(allocationsAtStep.back(), allocationsAtStep.front());
  }
}

TEST(SessionGenerate, EmptyBatchesAndLimitsOfNone) {
  auto session = makeSession();
  for (const Strategy &strategy : makeStrategies()) {
    GenerationSettings settings = makeSettings(strategy);
    EXPECT_TRUE(take(session->generate(makeText({0, 3}, {}), settings, 2)).empty());
    EXPECT_EQ(take(session->generate(makeText({2, 0}, {}), settings)).size(), 2u);
    settings.limit = 0;
    auto none = take(session->generate(makeText({2, 3}, {1, 1, 1, 1, 1, 1}), settings));
    ASSERT_EQ(none.size(), 2u);
    EXPECT_TRUE(none[0].tokens.empty() && none[1].tokens.empty());
  }
}

TEST(SessionGenerate, LimitsAreTheModelsOrLess) {
  GenerationSettings settings = makeSettings();
  settings.limit = 21;
  NamedTensors text = makeText({3}, {1, 2, 3});
  EXPECT_EQ(messageOf(makeSession()->generate(text, settings)),
            "the limit is 21 tokens, but `reply` has at most 20");
  settings.limit = -1;
  EXPECT_THAT(messageOf(makeSession()->generate(text, settings)), HasSubstr("expected 0 to"));
  settings.limit = std::nullopt;
  ModelInterface open = makeInterface();
  open.generation->limit = -1;
  EXPECT_EQ(messageOf(makeSession(open)->generate(text, settings)),
            "the model leaves open how many tokens `reply` may have; give a limit");
}

TEST(SessionGenerate, ReportsWhatDoesNotFit) {
  GenerationSettings settings = makeSettings();
  NamedTensors text = makeText({3}, {1, 9, 3});
  EXPECT_EQ(messageOf(makeSession()->generate(text, settings)), "token 9 is outside the table");
  settings.strategy = makeStrategies()[1];
  settings.strategy.beamWidth = 9;
  EXPECT_THAT(messageOf(makeSession()->generate(text, settings)), HasSubstr("the beam width is 9"));
  settings.strategy.beamWidth = 0;
  EXPECT_THAT(messageOf(makeSession()->generate(text, settings)), HasSubstr("the beam width is 0"));
  EXPECT_THAT(messageOf(makeSession()->generate({}, makeSettings())),
              HasSubstr("input `text` is missing"));

  auto refuse = [&](auto change) {
    ModelInterface interface = makeInterface();
    change(interface);
    return messageOf(makeSession(interface)->generate(text, makeSettings()));
  };
  EXPECT_EQ(refuse([](ModelInterface &model) { model.generation.reset(); }),
            "`Say` makes no tokens: its result is no `generate`");
  EXPECT_EQ(refuse([](ModelInterface &model) { model.entries.pop_back(); }),
            "`Say` was compiled without the entry `decode`");
  EXPECT_EQ(refuse([](ModelInterface &model) { model.generation->token = "word"; }),
            "the entry `decode` has no input `word` of one i32 for each row");
  EXPECT_EQ(refuse([](ModelInterface &model) { model.generation->scores = "hidden"; }),
            "the entry `decode` has no output `hidden` of f32 [V] for each row");
  EXPECT_EQ(refuse([](ModelInterface &model) { model.generation->prompt = "memory"; }),
            "the entry `sequence` has no output `memory` of i32 [P] for each example");
  EXPECT_EQ(refuse([](ModelInterface &model) { model.entries[0].arguments[2].name = "hid"; }),
            "the decoder needs memory `hidden`, f32 [1, 2], but the model begins with none");
}

TEST(SessionGenerate, RaggedExamplesAreThoseAlone) {
  auto session = makeSession();
  const std::vector<int32_t> lengthOf = {3, 1, 0, 3, 2, 1};
  NamedTensors lengths;
  lengths.set("text", Tensor::copyOf<int32_t>(ElementType::I32, {6}, lengthOf));
  for (Strategy strategy : makeStrategies()) {
    strategy.seeds = {1, 2, 3, 4, 5, 6};
    std::vector<std::vector<int32_t>> told(6);
    auto results = take(session->generate(
        makeText({6, 3}, sixTexts), lengths, makeSettings(strategy), 2,
        [&](int64_t example, int32_t, int32_t token) { told[example].push_back(token); }));
    for (int64_t example = 0; example < 6; ++example) {
      strategy.seeds = {static_cast<uint64_t>(example) + 1};
      auto alone =
          take(session->generate(makeText({lengthOf[example]}, llvm::ArrayRef(sixTexts).slice(
                                                                   example * 3, lengthOf[example])),
                                 makeSettings(strategy)));
      EXPECT_EQ(results[example], alone[0]);
      EXPECT_EQ(told[example], alone[0].tokens);
    }
  }
  GenerationSettings settings = makeSettings(makeStrategies()[2]);
  settings.strategy.seeds = {1, 2};
  EXPECT_EQ(messageOf(session->generate(makeText({6, 3}, sixTexts), lengths, settings, 1)),
            "expected one seed, or one for each of 6 examples, found 2");
}

TEST(SessionGenerate, LooksTokensUp) {
  Vocabulary words =
      take(Vocabulary::load({"words", VocabularyKind::List, {"a", "<s>", "</s>"}, ""}));
  Generation generation;
  generation.first = {"<s>", -1};
  EXPECT_EQ(take(makeGenerationSettings(generation, &words)).first, 1);
  EXPECT_EQ(take(makeGenerationSettings(generation, &words)).end, std::nullopt);
  generation.end = {"</s>", -1};
  EXPECT_EQ(take(makeGenerationSettings(generation, &words)).end, 2);
  generation.end = {"<end>", -1};
  EXPECT_EQ(messageOf(makeGenerationSettings(generation, &words)),
            "`<end>` is not in the vocabulary `words` of 3 tokens");
  EXPECT_EQ(messageOf(makeGenerationSettings(generation, nullptr)),
            "there is no vocabulary to look the token `<s>` up in");
}
