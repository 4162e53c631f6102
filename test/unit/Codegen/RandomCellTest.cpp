//===- RandomCellTest.cpp - Random cells, compiled ------------------------===//
//
// Every way to run a random cell agrees with the interpreter and with every other.
//
//===----------------------------------------------------------------------===//

#include "RandomCell.h"
#include "ModelChecker.h"

using namespace gatefold::test;

class RandomCell : public testing::TestWithParam<unsigned> {};

TEST_P(RandomCell, AgreesWithInterpreter) {
  const ModelText model = makeRandomCell(GetParam());
  SCOPED_TRACE(model.getModule());
  ModelChecker checker(model);
  checker.check({{"T", 5}}, 3);
  checker.check({{"T", 1}}, 1);
  checker.check({{"T", 0}}, 2);
}

INSTANTIATE_TEST_SUITE_P(Compiled, RandomCell, testing::Range(0u, 60u));
