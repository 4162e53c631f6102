//===- Reference.cpp - What a model's results should be ----------*- C++ -*-===//
//
// The oracle and its tolerance.
//
//===----------------------------------------------------------------------===//

#include "Reference.h"
#include "Data.h"
#include "gatefold/Codegen/Target.h"
#include "gatefold/Interpreter/Interpreter.h"
#include "gatefold/Runtime/Error.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::smith;

/// How often inputs and weights are moved.
static constexpr uint64_t numPerturbations = 2;
/// Beyond this, relative to the largest result, results say nothing.
static constexpr double largestTolerance = 2e-3;

namespace {
/// Interprets one example with different data.
class Oracle {
public:
  Oracle(LoweredText &text, int64_t example) : entry(text.getSequence()), example(example) {}

  llvm::Expected<std::vector<Tensor>> run(const NamedTensors &inputs, const NamedTensors &weights,
                                          Precision precision);

private:
  ir::EntryOp entry;
  int64_t example;
};
} // namespace

llvm::Expected<std::vector<Tensor>> Oracle::run(const NamedTensors &inputs,
                                                const NamedTensors &weights, Precision precision) {
  std::vector<Tensor> arguments;
  for (unsigned index = 0; index < entry.getNumArguments(); ++index) {
    const Tensor *input = inputs.find(entry.getArgumentPort(index).getName().getValue());
    if (!input)
      return makeError("the interpreter's entry has an argument that is no input");
    arguments.push_back(takeExample(*input, example));
  }
  auto lookup = [&](llvm::StringRef path) -> llvm::Expected<Tensor> {
    if (const Tensor *weight = weights.find(path))
      return *weight;
    return makeError("there is no weight `" + path + "`");
  };
  InterpreterOptions options;
  options.precision = precision;
  return interpret(entry, arguments, lookup, options);
}

/// The largest difference between two tensors; infinity where one has a number that is none.
static double findDistance(const Tensor &a, const Tensor &b) {
  double distance = 0;
  for (int64_t index = 0; index < a.numElements(); ++index) {
    double difference = std::fabs(a.elementAsDouble(index) - b.elementAsDouble(index));
    if (!(difference <= distance))
      distance = std::isnan(difference) ? INFINITY : difference;
  }
  return distance;
}

static double findLargest(const Tensor &tensor) {
  return findDistance(tensor, Tensor::zeros(tensor.type(), tensor.shape()));
}

/// The longest sum that the model may have, for orders of sums other than the interpreter's.
static double findLongestSum(const NamedTensors &inputs, const NamedTensors &weights) {
  int64_t longest = 1;
  for (const NamedTensors *tensors : {&inputs, &weights})
    for (const NamedTensor &tensor : *tensors)
      for (int64_t extent : tensor.tensor.shape())
        longest = std::max(longest, extent);
  return static_cast<double>(longest);
}

/// Whether the interpreter in single precision does exactly what compiled code does: only functions
/// that are arithmetic of our own differ in their last bits.
static bool isExact(ir::EntryOp entry) {
  static constexpr llvm::StringLiteral exact[] = {"math.absf", "math.ceil", "math.floor",
                                                  "math.roundeven", "math.sqrt"};
  auto result = entry->walk([&](mlir::Operation *op) {
    llvm::StringRef name = op->getName().getStringRef();
    return name.starts_with("math.") && !llvm::is_contained(exact, name)
               ? mlir::WalkResult::interrupt()
               : mlir::WalkResult::advance();
  });
  return !result.wasInterrupted() && Target::host().hasFusedMultiplyAdd;
}

llvm::Expected<Reference> smith::makeReference(LoweredText &text, const NamedTensors &inputs,
                                               const NamedTensors &weights, int64_t example) {
  Oracle oracle(text, example);
  auto exact = oracle.run(inputs, weights, Precision::Double);
  if (!exact)
    return exact.takeError();
  std::vector<std::vector<Tensor>> others;
  auto add = [&](llvm::Expected<std::vector<Tensor>> other) -> llvm::Error {
    if (!other)
      return other.takeError();
    others.push_back(std::move(*other));
    return llvm::Error::success();
  };
  if (llvm::Error error = add(oracle.run(inputs, weights, Precision::Single)))
    return std::move(error);
  for (uint64_t seed = 1; seed <= numPerturbations; ++seed)
    if (llvm::Error error =
            add(oracle.run(perturb(inputs, seed), perturb(weights, seed), Precision::Double)))
      return std::move(error);

  Reference reference;
  const double longest = findLongestSum(inputs, weights);
  ir::EntryOp entry = text.getSequence();
  const bool exactly = isExact(entry);
  for (auto [index, tensor] : llvm::enumerate(*exact)) {
    std::string name = entry.getResultPort(index).getName().getValue().str();
    double moved = 0, largest = findLargest(tensor);
    for (const std::vector<Tensor> &other : others)
      moved = std::max(moved, findDistance(tensor, other[index]));
    double tolerance = 0;
    if (isFloatingPoint(tensor.type()))
      tolerance = 6 * moved + 0x1p-24 * (16 + longest) * std::max(largest, 0x1p-10);
    else if (moved != 0)
      reference.whyRejected = "`" + name + "` jumps when its inputs move by their last bits";
    if (!std::isfinite(largest) || !std::isfinite(moved))
      reference.whyRejected = "`" + name + "` has infinite elements, or some that are no numbers";
    else if (tolerance > largestTolerance * std::max(largest, 0.1))
      reference.whyRejected =
          llvm::formatv("`{0}` moves by {1:E1} with its inputs' last bits", name, moved);
    reference.tolerances.push_back(tolerance);
    if (exactly)
      reference.single.set(name, others.front()[index]);
    reference.outputs.set(name, std::move(tensor));
  }
  return reference;
}

std::string Reference::compare(const NamedTensors &found, int64_t example) const {
  for (auto [expected, tolerance] : llvm::zip_equal(outputs, tolerances)) {
    const Tensor *all = found.find(expected.name);
    if (!all)
      return "there is no output `" + expected.name + "`";
    TensorComparison comparison =
        compareTensors(expected.name, takeExample(*all, example), expected.tensor, {tolerance, 0});
    if (!comparison.failure.empty())
      return "`" + expected.name + "`: " + comparison.failure;
    if (!comparison.passed())
      return llvm::formatv("`{0}` of example {1} is {2} at {3}, expected {4} within {5:E1}",
                           expected.name, example, comparison.valueA,
                           comparison.largestAbsolutePlace, comparison.valueB, tolerance);
  }
  return "";
}
