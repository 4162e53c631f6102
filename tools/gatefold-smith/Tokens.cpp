//===- Tokens.cpp - The tokens that models make ------------------*- C++ -*-===//

#include "Tokens.h"

using namespace gatefold;
using namespace gatefold::smith;

bool smith::hasOutputs(const ModelInterface &model) {
  auto isCapacity = [](const Dimension &axis) { return axis.name == capacitySizeName; };
  return llvm::none_of(model.entry("sequence")->arguments, [&](const Port &port) {
    return port.kind == PortKind::Output && llvm::any_of(port.shape, isCapacity);
  });
}

static llvm::Expected<Tensor> makeTokens(const Session &session, const NamedTensors &inputs,
                                         unsigned threads, StrategyKind kind) {
  const Generation &generation = *session.getInterface().generation;
  auto settings = makeGenerationSettings(generation, /*vocabulary=*/nullptr);
  if (!settings)
    return settings.takeError();
  settings->strategy.kind = kind;
  settings->strategy.beamWidth = 3;
  auto made = session.generate(inputs, *settings, threads);
  if (!made)
    return made.takeError();
  auto examples = static_cast<int64_t>(made->size());
  Tensor tokens = Tensor::zeros(ElementType::I32, {examples, generation.limit});
  int32_t *place = tokens.mutableData<int32_t>();
  for (const GeneratedTokens &result : *made) {
    std::fill_n(place, generation.limit, -1);
    llvm::copy(result.tokens, place);
    place += generation.limit;
  }
  return tokens;
}

llvm::Expected<NamedTensors> smith::makeTokens(const Session &session, const NamedTensors &inputs,
                                               unsigned threads) {
  NamedTensors tokens;
  bool isEmpty = llvm::any_of(
      inputs, [](const NamedTensor &input) { return input.tensor.numElements() == 0; });
  if (!session.getInterface().generation || isEmpty)
    return tokens;
  for (StrategyKind kind : {StrategyKind::Greedy, StrategyKind::Beam, StrategyKind::Sample}) {
    llvm::Expected<Tensor> made = ::makeTokens(session, inputs, threads, kind);
    if (!made)
      return made.takeError();
    tokens.set("tokens." + strategyKindName(kind).str(), std::move(*made));
  }
  return tokens;
}
