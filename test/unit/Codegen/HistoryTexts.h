//===- HistoryTexts.h - Models with memories that grow ----------*- C++ -*-===//
//
// Attention over all steps so far, and other models whose memories have a row for each step.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_UNIT_CODEGEN_HISTORYTEXTS_H
#define GATEFOLD_TEST_UNIT_CODEGEN_HISTORYTEXTS_H

#include "ModelText.h"

namespace gatefold::test {

/// One head of causal attention: histories `k` and `v` of 8 numbers a step.
ModelText makeAttention();

/// Histories in all surroundings: several heads, windows that fill, element types, nested and
/// reverse scans.
std::vector<ModelText> makeHistoryTexts();

} // namespace gatefold::test

#endif // GATEFOLD_TEST_UNIT_CODEGEN_HISTORYTEXTS_H
