//===- Tokens.h - The tokens that models make --------------------*- C++ -*-===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_TOKENS_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_TOKENS_H

#include "gatefold/Runtime/NamedTensors.h"
#include "gatefold/Runtime/Session.h"

namespace gatefold::smith {

/// Whether the outputs of a sequence stand for themselves. How much room a decoder has for its
/// histories is known when it makes tokens.
bool hasOutputs(const ModelInterface &model);

/// The tokens that a model makes with each strategy, -1 behind the last one: `tokens.greedy`,
/// `tokens.beam` and `tokens.sample`, i32 [batch, limit]. None if it makes no tokens, or not from
/// these inputs, which leave nothing to look at.
llvm::Expected<NamedTensors> makeTokens(const Session &session, const NamedTensors &inputs,
                                        unsigned threads = 1);

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_TOKENS_H
