//===- Strategy.cpp - Settings of strategies ---------------------*- C++ -*-===//
//
// Names of strategies, and which settings make sense.
//
//===----------------------------------------------------------------------===//

#include "Error.h"
#include "gatefold/Runtime/Generation.h"
#include "gatefold/Runtime/NamedTensors.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace gatefold;

static constexpr StrategyKind allStrategyKinds[] = {StrategyKind::Greedy, StrategyKind::Beam,
                                                    StrategyKind::Sample};

llvm::StringRef gatefold::strategyKindName(StrategyKind kind) {
  switch (kind) {
  case StrategyKind::Greedy:
    return "greedy";
  case StrategyKind::Beam:
    return "beam";
  case StrategyKind::Sample:
    return "sample";
  }
  llvm_unreachable("all kinds are listed");
}

llvm::Expected<StrategyKind> gatefold::parseStrategyKind(llvm::StringRef name) {
  llvm::SmallVector<llvm::StringRef> names;
  for (StrategyKind kind : allStrategyKinds) {
    if (name == strategyKindName(kind))
      return kind;
    names.push_back(strategyKindName(kind));
  }
  llvm::StringRef nearest = nearestName(name, names);
  return makeError("there is no strategy `" + name + "`; " +
                   (nearest.empty() ? "the strategies are `" + llvm::join(names, "`, `") + "`"
                                    : "did you mean `" + nearest.str() + "`?"));
}

static llvm::Error checkBeam(const Strategy &strategy, int64_t vocabularySize) {
  llvm::Error errors = llvm::Error::success();
  if (strategy.beamWidth < 1 || strategy.beamWidth > vocabularySize)
    errors =
        makeError("the beam width is " + llvm::Twine(strategy.beamWidth) + ", expected 1 to the " +
                  llvm::Twine(vocabularySize) + " tokens of the vocabulary");
  if (!(strategy.lengthPenalty >= 0) || std::isinf(strategy.lengthPenalty))
    errors = llvm::joinErrors(std::move(errors),
                              makeError(llvm::formatv("the length penalty is {0}, expected 0 or "
                                                      "more",
                                                      strategy.lengthPenalty)
                                            .str()));
  return errors;
}

llvm::Error gatefold::checkSeeds(const Strategy &strategy, int64_t examples) {
  size_t seeds = strategy.seeds.size();
  if (seeds == 1 || static_cast<int64_t>(seeds) == examples)
    return llvm::Error::success();
  std::string choice =
      examples == 1 ? "" : ", or one for each of " + std::to_string(examples) + " examples";
  return makeError("expected one seed" + choice + ", found " + llvm::Twine(seeds));
}

static llvm::Error checkSample(const Strategy &strategy, int64_t examples) {
  llvm::Error errors = llvm::Error::success();
  auto report = [&](const llvm::formatv_object_base &message) {
    errors = llvm::joinErrors(std::move(errors), makeError(message.str()));
  };
  if (!(strategy.temperature > 0) || std::isinf(strategy.temperature))
    report(llvm::formatv("the temperature is {0}, expected a number above 0; greedy is what 0 "
                         "would be",
                         strategy.temperature));
  if (strategy.topK < 0)
    report(llvm::formatv("top-k is {0}, expected a number of tokens, or 0 for all", strategy.topK));
  if (!(strategy.topP > 0 && strategy.topP <= 1))
    report(
        llvm::formatv("top-p is {0}, expected a probability above 0 and at most 1", strategy.topP));
  if (llvm::Error error = checkSeeds(strategy, examples))
    errors = llvm::joinErrors(std::move(errors), std::move(error));
  return errors;
}

llvm::Error gatefold::checkStrategy(const Strategy &strategy, int64_t examples,
                                    int64_t vocabularySize) {
  switch (strategy.kind) {
  case StrategyKind::Greedy:
    return llvm::Error::success();
  case StrategyKind::Beam:
    return checkBeam(strategy, vocabularySize);
  case StrategyKind::Sample:
    return checkSample(strategy, examples);
  }
  llvm_unreachable("all kinds are listed");
}
