//===- GenerationText.h - A model that makes tokens --------------*- C++ -*-===//
//
// A decoder with all that a decoder can have: an input that stays the same, a state, a history, and
// a prompt. What it says hangs on everything it has read.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_UNIT_CODEGEN_GENERATIONTEXT_H
#define GATEFOLD_TEST_UNIT_CODEGEN_GENERATIONTEXT_H

#include "gatefold/Codegen/Jit.h"
#include "gatefold/Runtime/Session.h"

namespace gatefold::test {

/// The size of its vocabulary, which is no whole number of vectors.
inline constexpr int64_t sayingTokens = 23;

/// The weights; each score comes up twice, so that there is always a tie to decide.
NamedTensors makeSayingWeights();

/// The code of a model for a processor.
std::shared_ptr<const CompiledModel> compileMlir(llvm::StringRef text, const Target &target);

/// The model's code for a processor.
std::shared_ptr<const CompiledModel> compileSaying(const Target &target);

/// A session of that code as if it had been compiled without these entries.
std::unique_ptr<Session> makeSaying(std::shared_ptr<const CompiledModel> code,
                                    llvm::ArrayRef<llvm::StringRef> without = {},
                                    NamedTensors weights = makeSayingWeights());

/// Texts to read first, i32 [batch, length].
NamedTensors makeSayingTexts(int64_t batch, int64_t length);

/// First token 1, end 2.
GenerationSettings makeSayingSettings(const Strategy &strategy, int64_t limit);

} // namespace gatefold::test

#endif // GATEFOLD_TEST_UNIT_CODEGEN_GENERATIONTEXT_H
