//===- CompiledCases.h - A test for each model of a list --------*- C++ -*-===//
//
// Add a model to a list of one of the Compiled*Test files, and it is compiled for several
// processors, run at all sizes, and compared with the interpreter.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_UNIT_CODEGEN_COMPILEDCASES_H
#define GATEFOLD_TEST_UNIT_CODEGEN_COMPILEDCASES_H

#include "ModelChecker.h"

/// Declares one test per model of `models`, an expression for a vector of them.
#define GATEFOLD_COMPILED_TESTS(Group, models)                                                     \
  class Group : public testing::TestWithParam<gatefold::test::ModelText> {};                       \
  TEST_P(Group, AgreesWithInterpreter) {                                                           \
    gatefold::test::ModelChecker(GetParam()).checkAllSizes();                                      \
  }                                                                                                \
  INSTANTIATE_TEST_SUITE_P(Compiled, Group, testing::ValuesIn(models),                             \
                           [](const auto &info) { return info.param.name; })

#endif // GATEFOLD_TEST_UNIT_CODEGEN_COMPILEDCASES_H
