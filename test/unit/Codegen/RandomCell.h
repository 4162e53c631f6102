//===- RandomCell.h - Recurrent cells that nobody would write ---*- C++ -*-===//
//
// Makes small recurrent models out of random operations.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_UNIT_CODEGEN_RANDOMCELL_H
#define GATEFOLD_TEST_UNIT_CODEGEN_RANDOMCELL_H

#include "ModelText.h"

namespace gatefold::test {

/// A model with one scan over `T` steps, the same for the same seed. Its body has one to three
/// states and a random graph of elementwise operations, products, reductions and shape operations.
/// Products and sums are divided by their number of terms, so that values stay small.
ModelText makeRandomCell(unsigned seed);

} // namespace gatefold::test

#endif // GATEFOLD_TEST_UNIT_CODEGEN_RANDOMCELL_H
