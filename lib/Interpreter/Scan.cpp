//===- Scan.cpp - The scan, interpreted -------------------------*- C++ -*-===//
//
// Runs a scan's body once per step.
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"

using namespace mlir;
using namespace gatefold::ir;

namespace gatefold::interpreter {

/// One step of a sequence: the slice at `step` of the axis at `axis` from the front.
static llvm::Expected<Array> sliceStep(const Array &sequence, int64_t axis, int64_t step,
                                       Location location) {
  Extents strides = rowMajorStrides(sequence.shape), shape = sequence.shape;
  int64_t start = step * strides[axis];
  strides.erase(strides.begin() + axis);
  shape.erase(shape.begin() + axis);
  return pick(sequence, shape, strides, start, location);
}

/// Writes one step of an output into the array of all steps.
static void storeStep(Array &all, const Array &output, int64_t axis, int64_t step) {
  Extents strides = rowMajorStrides(all.shape);
  int64_t start = step * strides[axis];
  strides.erase(strides.begin() + axis);
  for (int64_t number = 0; number < output.size(); ++number)
    all.numbers[start + placeOf(number, output.shape, strides)] = output.numbers[number];
}

llvm::Expected<int64_t> Evaluator::countSteps(Operation *op, ValueRange sequences, int64_t axis) {
  int64_t steps = get(sequences.front()).shape[axis];
  for (Value sequence : sequences)
    if (get(sequence).shape[axis] != steps)
      return errorAt(op->getLoc(), "expected sequences with equally many steps, but found " +
                                       Twine(steps) + " and " + Twine(get(sequence).shape[axis]));
  return steps;
}

llvm::Error Evaluator::runStep(ScanOp scan, int64_t step) {
  for (auto [argument, sequence] :
       llvm::zip_equal(scan.getSequenceArguments(), scan.getSequences())) {
    llvm::Expected<Array> slice =
        sliceStep(get(sequence), static_cast<int64_t>(scan.getAxis()), step, scan.getLoc());
    if (!slice)
      return slice.takeError();
    if (llvm::Error error = assign(argument, std::move(*slice)))
      return error;
  }
  return runBlock(scan.getBody().front());
}

/// The memory argument with at least one row where a step appends to it.
static llvm::Expected<Array> withRow(Value argument, const Array &memory) {
  Extents shape = memory.shape;
  for (Operation *user : argument.getUsers())
    if (auto append = dyn_cast<AppendOp>(user); append && append.getMemory() == argument) {
      int64_t &rows = shape[append.getPosition().getType().getRank()];
      rows = std::max<int64_t>(rows, 1);
    }
  return makeArray(memory.element, shape, argument.getLoc());
}

llvm::Error Evaluator::assignOutputShapes(ScanOp scan) {
  // The sizes of what a step yields may hang on anything, so a step on zeros tells them.
  for (auto [argument, sequence] :
       llvm::zip_equal(scan.getSequenceArguments(), scan.getSequences())) {
    Extents shape = get(sequence).shape;
    shape.erase(shape.begin() + static_cast<int64_t>(scan.getAxis()));
    llvm::Expected<Array> zeros = makeArray(get(sequence).element, shape, scan.getLoc());
    if (!zeros)
      return zeros.takeError();
    if (llvm::Error error = assign(argument, std::move(*zeros)))
      return error;
  }
  // Nor does it ask for the row that a run without steps needs none of.
  for (Value argument : scan.getMemoryArguments()) {
    if (get(argument).size() != 0)
      continue;
    llvm::Expected<Array> memory = withRow(argument, get(argument));
    if (!memory)
      return memory.takeError();
    if (llvm::Error error = assign(argument, std::move(*memory)))
      return error;
  }
  if (llvm::Error error = runBlock(scan.getBody().front()))
    return error;
  for (auto [output, result] : llvm::zip_equal(scan.getYield().getOutputs(), scan.getOutputs())) {
    Array none{get(output).element, get(output).shape, {}};
    none.shape.insert(none.shape.begin() + static_cast<int64_t>(scan.getAxis()), 0);
    if (llvm::Error error = assign(result, std::move(none)))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error Evaluator::runScan(ScanOp scan) {
  auto axis = static_cast<int64_t>(scan.getAxis());
  llvm::Expected<int64_t> steps = countSteps(scan, scan.getSequences(), axis);
  if (!steps)
    return steps.takeError();
  std::vector<Array> memories, outputs;
  for (Value initial : scan.getInitial())
    memories.push_back(get(initial));

  for (int64_t count = 0; count < std::max<int64_t>(*steps, 1); ++count) {
    for (auto [argument, memory] : llvm::zip_equal(scan.getMemoryArguments(), memories))
      if (llvm::Error error = assign(argument, memory))
        return error;
    if (*steps == 0) {
      if (llvm::Error error = assignOutputShapes(scan))
        return error;
      break;
    }
    int64_t step = scan.getReverse() ? *steps - 1 - count : count;
    if (llvm::Error error = runStep(scan, step))
      return error;
    YieldOp yield = scan.getYield();
    for (auto [index, value] : llvm::enumerate(yield.getOutputs())) {
      const Array &output = get(value);
      if (count == 0) {
        Extents shape = output.shape;
        shape.insert(shape.begin() + axis, *steps);
        llvm::Expected<Array> all = makeArray(output.element, shape, scan.getLoc());
        if (!all)
          return all.takeError();
        outputs.push_back(std::move(*all));
      }
      if (output.size() * *steps != outputs[index].size())
        return errorAt(scan.getLoc(), "expected outputs of one shape at every step, but found " +
                                          shapeText(output.shape) + " at step " + Twine(step));
      storeStep(outputs[index], output, axis, step);
    }
    for (auto [memory, next] : llvm::zip_equal(memories, yield.getNext()))
      memory = get(next);
  }
  for (auto [result, output] : llvm::zip(scan.getOutputs(), outputs))
    if (llvm::Error error = assign(result, std::move(output)))
      return error;
  for (auto [result, memory] : llvm::zip_equal(scan.getFinalMemories(), memories))
    if (llvm::Error error = assign(result, std::move(memory)))
      return error;
  return llvm::Error::success();
}

} // namespace gatefold::interpreter
