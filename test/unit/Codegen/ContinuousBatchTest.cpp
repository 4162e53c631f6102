//===- ContinuousBatchTest.cpp - Requests that come and go ---------------===//
//
// Each request of a running batch against the same request alone.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/ContinuousBatch.h"
#include "GenerationText.h"
#include "ModelChecker.h"
#include "gmock/gmock.h"
#include <cmath>
#include <random>

using namespace gatefold;
using namespace gatefold::test;
using testing::HasSubstr;

// The cell of GenerationText.cpp without what asks for sizes of its own: neither context nor
// history.
static const char *const recurrentText = R"mlir(
gatefold.model @Go attributes {generation = {end = 2 : i64, first = 1 : i64, limit = 100 : i64,
                                             output = "words", prompt = "prompt", token = "token"}} {
  gatefold.weight @E : tensor<23x8xf32>
  gatefold.weight @W : tensor<8x8xf32>
  gatefold.weight @U : tensor<23x8xf32>
  gatefold.entry @sequence(%text: tensor<?xi32> {gatefold.port = #gatefold.port<input "text" ["S"]>})
      -> (tensor<8xf32> {gatefold.port = #gatefold.port<output "h" ["8"]>},
          tensor<?xi32> {gatefold.port = #gatefold.port<output "prompt" ["S"]>}) {
    %h = arith.constant dense<0.0> : tensor<8xf32>
    gatefold.return %h, %text : tensor<8xf32>, tensor<?xi32>
  }
  gatefold.entry @decode(
      %token: tensor<i32> {gatefold.port = #gatefold.port<input "token" []>},
      %h: tensor<8xf32> {gatefold.port = #gatefold.port<memory "h" ["8"]>})
      -> (tensor<23xf32> {gatefold.port = #gatefold.port<output "scores" ["23"]>},
          tensor<8xf32> {gatefold.port = #gatefold.port<memory "h" ["8"]>}) {
    %E = gatefold.read @E : tensor<23x8xf32>
    %W = gatefold.read @W : tensor<8x8xf32>
    %U = gatefold.read @U : tensor<23x8xf32>
    %row = gatefold.gather %E[%token] : tensor<23x8xf32>, tensor<i32> -> tensor<8xf32>
    %old = gatefold.dot %h, %W lanes : tensor<8xf32>, tensor<8x8xf32> -> tensor<8xf32>
    %0 = arith.addf %old, %row : tensor<8xf32>
    %h1 = math.sin %0 : tensor<8xf32>
    %scores = gatefold.dot %h1, %U chain : tensor<8xf32>, tensor<23x8xf32> -> tensor<23xf32>
    gatefold.return %scores, %h1 : tensor<23xf32>, tensor<8xf32>
  }
}
)mlir";

namespace {

constexpr int64_t capacity = 60;

/// The kinds of models: a history and a memory of the text; states alone; and the first one as if
/// it could not read a prompt in one go.
std::vector<std::unique_ptr<Session>> makeSessions() {
  std::shared_ptr<const CompiledModel> saying = compileSaying(Target::host());
  std::vector<std::unique_ptr<Session>> sessions;
  sessions.push_back(makeSaying(saying));
  sessions.push_back(makeSaying(compileMlir(recurrentText, Target::host())));
  sessions.push_back(makeSaying(saying, {"prefill"}));
  return sessions;
}

/// What one request asks for.
struct Order {
  NamedTensors inputs;
  GenerationSettings settings;
};

Order makeOrder(std::mt19937 &random) {
  auto below = [&](uint32_t count) { return static_cast<int64_t>(random() % count); };
  Order order;
  order.inputs.set("text", makeRandomTensor(ElementType::I32, {below(9)}, sayingTokens, random()));
  Strategy strategy;
  if (below(2)) {
    strategy.kind = StrategyKind::Sample;
    strategy.seeds = {random()};
    strategy.topK = below(30);
    strategy.topP = below(2) ? 0.9 : 1;
    strategy.temperature = 2;
  }
  order.settings = makeSayingSettings(strategy, below(31));
  if (below(3) == 0)
    order.settings.end = std::nullopt;
  return order;
}

GeneratedTokens makeAlone(const Session &session, const Order &order) {
  return llvm::cantFail(session.generate(order.inputs, order.settings)).front();
}

template <typename T>
std::string messageOf(llvm::Expected<T> value) {
  return value ? "no error" : llvm::toString(value.takeError());
}

std::string messageOf(llvm::Error error) {
  return error ? llvm::toString(std::move(error)) : "no error";
}

} // namespace

TEST(ContinuousBatchTest, RequestsThatComeAndGoGetWhatTheyGetAlone) {
  for (const std::unique_ptr<Session> &session : makeSessions())
    for (uint32_t seed = 0; seed < 12; ++seed) {
      std::mt19937 random(seed);
      auto batch = llvm::cantFail(ContinuousBatch::create(*session, capacity, 1 + seed % 2));
      std::map<int64_t, Order> orders;
      std::map<int64_t, std::vector<int32_t>> told;
      int64_t most = 0;
      while (orders.size() < 20 || batch->countActive() > 0) {
        while (orders.size() < 20 && random() % 3 == 0) {
          Order order = makeOrder(random);
          int64_t number = llvm::cantFail(batch->add(order.inputs, order.settings));
          orders[number] = std::move(order);
        }
        batch->step([&](int64_t request, int32_t before, int32_t token) {
          std::vector<int32_t> &tokens = told[request];
          if (!tokens.empty())
            EXPECT_EQ(before, tokens.back());
          tokens.push_back(token);
        });
        most = std::max(most, batch->countActive());
      }
      EXPECT_GT(most, 3);
      for (const auto &[number, order] : orders) {
        GeneratedTokens result = llvm::cantFail(batch->take(number));
        EXPECT_EQ(result, makeAlone(*session, order)) << "request " << number;
        EXPECT_EQ(result.tokens, told[number]);
      }
    }
}

TEST(ContinuousBatchTest, ARequestCanLeaveBeforeItsEnd) {
  for (const std::unique_ptr<Session> &session : makeSessions()) {
    std::mt19937 random(3);
    auto batch = llvm::cantFail(ContinuousBatch::create(*session, capacity));
    std::vector<Order> orders;
    for (int64_t number = 0; number < 4; ++number) {
      orders.push_back(makeOrder(random));
      orders.back().settings.limit = 20;
      orders.back().settings.end = std::nullopt;
      EXPECT_EQ(llvm::cantFail(batch->add(orders.back().inputs, orders.back().settings)), number);
    }
    for (int step = 0; step < 12; ++step)
      batch->step();
    llvm::cantFail(batch->end(1));
    EXPECT_EQ(batch->countActive(), 3);
    while (batch->countActive() > 0)
      batch->step();
    for (int64_t number = 0; number < 4; ++number) {
      GeneratedTokens result = llvm::cantFail(batch->take(number));
      GeneratedTokens alone = makeAlone(*session, orders[number]);
      if (number == 1) {
        EXPECT_LT(result.tokens.size(), 13u);
        alone.tokens.resize(result.tokens.size());
      }
      EXPECT_EQ(result, alone);
    }
  }
}

TEST(ContinuousBatchTest, ForksGoOnFromOnePrompt) {
  for (const std::unique_ptr<Session> &session : makeSessions()) {
    std::mt19937 random(5);
    Order order = makeOrder(random);
    order.inputs.set("text", makeRandomTensor(ElementType::I32, {40}, sayingTokens, 6));
    Strategy strategy;
    strategy.kind = StrategyKind::Sample;
    strategy.temperature = 3;
    order.settings = makeSayingSettings(strategy, 15);
    order.settings.end = std::nullopt;
    auto batch = llvm::cantFail(ContinuousBatch::create(*session, capacity));
    // Something runs beside it that is at another step.
    llvm::cantFail(batch->add(order.inputs, order.settings));
    batch->step();
    int64_t whole = llvm::cantFail(batch->add(order.inputs, order.settings));
    std::map<int64_t, uint64_t> seeds = {{whole, 0}};
    for (uint64_t seed = 0; seed < 5; ++seed) {
      order.settings.strategy.seeds = {seed};
      seeds[llvm::cantFail(batch->fork(whole, order.settings))] = seed;
    }
    for (int step = 0; step < 7; ++step)
      batch->step();
    int64_t late = llvm::cantFail(batch->fork(whole, order.settings));
    order.settings.strategy.seeds = {0};
    int64_t same = llvm::cantFail(batch->fork(whole, order.settings));
    while (batch->countActive() > 0)
      batch->step();
    for (auto [number, seed] : seeds) {
      order.settings.strategy.seeds = {seed};
      EXPECT_EQ(llvm::cantFail(batch->take(number)), makeAlone(*session, order));
    }
    order.settings.strategy.seeds = {0};
    GeneratedTokens alone = makeAlone(*session, order);
    EXPECT_EQ(llvm::cantFail(batch->take(same)), alone);
    std::vector<int32_t> lateTokens = llvm::cantFail(batch->take(late)).tokens;
    EXPECT_EQ(lateTokens.size(), 15u);
    EXPECT_NE(lateTokens, alone.tokens);
  }
}

TEST(ContinuousBatchTest, RefusesWhatCannotJoin) {
  std::unique_ptr<Session> session = std::move(makeSessions()[0]);
  EXPECT_EQ(
      messageOf(ContinuousBatch::create(*session)),
      "the histories of `Say` need a capacity of 1 or more: the most tokens of a request, its "
      "prompt and those made");
  auto batch = llvm::cantFail(ContinuousBatch::create(*session, 10));
  NamedTensors text, pair;
  text.set("text", makeRandomTensor(ElementType::I32, {4}, sayingTokens, 1));
  GenerationSettings settings = makeSayingSettings(Strategy(), 6);
  settings.end = std::nullopt;
  int64_t good = llvm::cantFail(batch->add(text, settings));
  batch->step();

  settings.limit = 7;
  EXPECT_EQ(messageOf(batch->add(text, settings)),
            "a prompt of 4 tokens and a limit of 7 need a capacity of 11, but it is 10");
  EXPECT_EQ(messageOf(batch->fork(good, settings)),
            "a prompt of 4 tokens and a limit of 7 need a capacity of 11, but it is 10");
  settings.limit = 1;
  EXPECT_EQ(messageOf(batch->fork(good, settings)),
            "the limit is 1 tokens, but the request 0 has 1 already");
  settings.limit = 6;
  EXPECT_EQ(messageOf(batch->add(makeSayingTexts(2, 3), settings)),
            "a request is one example, but the inputs are a batch of 2");
  EXPECT_THAT(messageOf(batch->add({}, settings)), HasSubstr("input `text` is missing"));
  NamedTensors outside;
  outside.set("text", Tensor::copyOf<int32_t>(ElementType::I32, {3}, {1, sayingTokens, 2}));
  EXPECT_THAT(messageOf(batch->add(outside, settings)), HasSubstr("23 is outside of the table"));
  settings.strategy.kind = StrategyKind::Beam;
  EXPECT_EQ(messageOf(batch->add(text, settings)),
            "requests that join a running batch are made by greedy or sample, not by beam");
  settings.strategy.kind = StrategyKind::Sample;
  settings.strategy.temperature = -1;
  EXPECT_THAT(messageOf(batch->add(text, settings)), HasSubstr("the temperature is -1"));

  EXPECT_EQ(messageOf(batch->take(good)), "the request 0 goes on");
  EXPECT_EQ(messageOf(batch->take(77)), "there is no request 77");
  EXPECT_EQ(messageOf(batch->end(77)), "there is no request 77");
  EXPECT_EQ(batch->countActive(), 1);
  while (batch->countActive() > 0)
    batch->step();
  settings = makeSayingSettings(Strategy(), 6);
  settings.end = std::nullopt;
  EXPECT_EQ(messageOf(batch->fork(good, settings)), "the request 0 has ended");
  EXPECT_EQ(messageOf(batch->end(good)), "the request 0 has ended");
  EXPECT_EQ(llvm::cantFail(batch->take(good)), makeAlone(*session, {text, settings}));
  EXPECT_EQ(messageOf(batch->take(good)), "there is no request 0");
}

TEST(ContinuousBatchTest, ScoresThatAreNoNumbersEndTheirRequest) {
  NamedTensors weights;
  for (const NamedTensor &weight : makeSayingWeights()) {
    Tensor tensor = weight.tensor;
    if (weight.name == "E")
      tensor.mutableData<float>()[5 * 8] = std::nanf("");
    weights.set(weight.name, std::move(tensor));
  }
  auto session = makeSaying(compileMlir(recurrentText, Target::host()), {}, weights);
  auto batch = llvm::cantFail(ContinuousBatch::create(*session));
  GenerationSettings settings = makeSayingSettings(Strategy(), 3);
  settings.end = std::nullopt;
  auto makeText = [](int32_t token) {
    NamedTensors text;
    text.set("text", Tensor::copyOf<int32_t>(ElementType::I32, {2}, {3, token}));
    return text;
  };
  int64_t good = llvm::cantFail(batch->add(makeText(3), settings));
  int64_t bad = llvm::cantFail(batch->add(makeText(5), settings));
  batch->step();
  EXPECT_EQ(batch->countActive(), 1);
  EXPECT_EQ(messageOf(batch->take(bad)),
            "token 1 cannot be chosen: the score of token 0 is not a number");
  while (batch->countActive() > 0)
    batch->step();
  EXPECT_EQ(llvm::cantFail(batch->take(good)).tokens.size(), 3u);
}
