//===- Generator.h - Random models -------------------------------*- C++ -*-===//
//
// Makes a random well-typed model from a seed.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_GENERATOR_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_GENERATOR_H

#include "Tree.h"

namespace gatefold::smith {

/// How large models are.
enum class ModelSize {
  Small,  ///< one or two stages, widths up to 33
  Medium, ///< up to three stages, widths up to 48, cells within cells within cells
  Large,  ///< up to five stages, widths up to 96
};

/// Tokens are below this; tables of tokens have as many rows.
inline constexpr int64_t numTokens = 7;

/// A model. The same seed and size give the same text, always.
Tree generate(uint64_t seed, ModelSize size);

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_GENERATOR_H
