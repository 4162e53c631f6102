//===- ModelChecker.h - Compiled models against the interpreter -*- C++ -*-===//
//
// Compiles a model for several processors, runs it in every way there is, and compares the results
// with each other and with the reference interpreter.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_UNIT_CODEGEN_MODELCHECKER_H
#define GATEFOLD_TEST_UNIT_CODEGEN_MODELCHECKER_H

#include "ModelText.h"
#include "gatefold/Codegen/Jit.h"
#include "gatefold/Runtime/Compare.h"
#include "gatefold/Runtime/Session.h"
#include "gtest/gtest.h"
#include <ostream>

namespace gatefold::test {

/// The code of `model` for a processor; null, with a failure of the test, where that fails.
std::unique_ptr<CompiledModel> compileCode(const ModelText &model, const Target &target);

/// The same with random weights, ready to run.
std::unique_ptr<Session> compileText(const ModelText &model, const Target &target);

/// The processors that compiled code is run on here: the oldest one, one with 256-bit vectors
/// where this machine has them, and this machine.
std::vector<Target> getTestedTargets();

/// Checks a model for some sizes and all batches, or for all sizes.
class ModelChecker {
public:
  explicit ModelChecker(const ModelText &model);
  ~ModelChecker();

  /// For each processor: the results agree with those of the interpreter in double precision; a
  /// batch gives what its examples give one by one, steps and chunks what the sequence gives,
  /// bit for bit. Where nothing but arithmetic is used and the processor has a fused multiply-add,
  /// the interpreter in single precision gives the very same numbers.
  void check(const Sizes &sizes, int64_t batch);

  /// `T` from 0 to 5, `S` from 0 to 64, `N` from 3 to 64, batches of 0, 1 and 3.
  void checkAllSizes();

private:
  struct Compiled;

  std::vector<Tensor> interpretExample(const NamedTensors &inputs, int64_t example, bool inDouble);
  void checkAgainstInterpreter(const Compiled &compiled, const NamedTensors &inputs,
                               const NamedTensors &outputs, int64_t batch);
  void checkBatch(const Compiled &compiled, const NamedTensors &inputs, const NamedTensors &outputs,
                  int64_t batch);
  void checkStream(const Compiled &compiled, const NamedTensors &inputs,
                   const NamedTensors &outputs, int64_t batch, const Sizes &sizes);
  NamedTensors sliceTime(const NamedTensors &inputs, const std::string &time, int64_t start,
                         int64_t size) const;

  const ModelText &model;
  NamedTensors weights;
  std::vector<Compiled> compiled;
  struct Reference;
  std::unique_ptr<Reference> reference;
  bool isExact;
};

/// Prints a model by its name.
inline void PrintTo(const ModelText &model, std::ostream *out) { *out << model.name; }

} // namespace gatefold::test

#endif // GATEFOLD_TEST_UNIT_CODEGEN_MODELCHECKER_H
