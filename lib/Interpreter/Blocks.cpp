//===- Blocks.cpp - Blocks of steps, interpreted ----------------*- C++ -*-===//
//
// Runs the body of `gatefold.blocks` once per block.
//
//===----------------------------------------------------------------------===//

#include "gatefold/IR/Blocks.h"
#include "Evaluator.h"

using namespace mlir;
using namespace gatefold::ir;

namespace gatefold::interpreter {

namespace {

/// The steps of one block.
struct BlockRange {
  int64_t begin, size;
};

} // namespace

/// Block `number` of so many steps.
static BlockRange rangeOf(BlocksOp blocks, int64_t number, int64_t steps) {
  auto length = static_cast<int64_t>(blocks.getLength());
  int64_t done = number * length, size = std::min(length, steps - done);
  return {blocks.getReverse() ? steps - done - size : done, size};
}

llvm::Error Evaluator::runBlock(BlocksOp blocks, int64_t begin, int64_t size) {
  auto axis = static_cast<int64_t>(blocks.getAxis());
  for (auto [argument, sequence] :
       llvm::zip_equal(blocks.getSequenceArguments(), blocks.getSequences())) {
    const Array &all = get(sequence);
    Extents shape = all.shape, strides = rowMajorStrides(all.shape);
    shape[axis] = size;
    llvm::Expected<Array> rows = pick(all, shape, strides, begin * strides[axis], blocks.getLoc());
    if (!rows)
      return rows.takeError();
    if (llvm::Error error = assign(argument, std::move(*rows)))
      return error;
  }
  return runBlock(blocks.getBody().front());
}

/// Writes the steps of one block, from `begin` on, into the array of all steps.
static void storeRows(Array &all, const Array &rows, int64_t axis, int64_t begin) {
  Extents strides = rowMajorStrides(all.shape);
  for (int64_t number = 0; number < rows.size(); ++number)
    all.numbers[begin * strides[axis] + placeOf(number, rows.shape, strides)] =
        rows.numbers[number];
}

llvm::Error Evaluator::storeOutputs(BlocksOp blocks, std::vector<Array> &outputs, int64_t begin,
                                    int64_t size, int64_t steps) {
  auto axis = static_cast<int64_t>(blocks.getAxis());
  for (auto [index, value] : llvm::enumerate(blocks.getYield().getOutputs())) {
    const Array &rows = get(value);
    Extents shape = rows.shape;
    if (shape[axis] != size)
      return errorAt(blocks.getLoc(), "expected outputs of the " + Twine(size) +
                                          " steps of a block, but found " + Twine(shape[axis]));
    shape[axis] = steps;
    if (index == outputs.size()) {
      llvm::Expected<Array> all = makeArray(rows.element, shape, blocks.getLoc());
      if (!all)
        return all.takeError();
      outputs.push_back(std::move(*all));
    }
    if (ArrayRef(shape) != ArrayRef(outputs[index].shape))
      return errorAt(blocks.getLoc(), "expected outputs of one shape at every step, but found " +
                                          shapeText(rows.shape));
    storeRows(outputs[index], rows, axis, begin);
  }
  return llvm::Error::success();
}

llvm::Error Evaluator::runBlocks(BlocksOp blocks) {
  llvm::Expected<int64_t> steps =
      countSteps(blocks, blocks.getSequences(), static_cast<int64_t>(blocks.getAxis()));
  if (!steps)
    return steps.takeError();
  std::vector<Array> memories, outputs;
  for (Value initial : blocks.getInitial())
    memories.push_back(get(initial));
  // Without any step, an empty block tells the outputs' sizes.
  int64_t done = 0;
  for (int64_t number = 0; number == 0 || done < *steps; ++number) {
    for (auto [argument, memory] : llvm::zip_equal(blocks.getMemoryArguments(), memories))
      if (llvm::Error error = assign(argument, memory))
        return error;
    BlockRange range = rangeOf(blocks, number, *steps);
    if (llvm::Error error = runBlock(blocks, range.begin, range.size))
      return error;
    if (llvm::Error error = storeOutputs(blocks, outputs, range.begin, range.size, *steps))
      return error;
    done += range.size;
    if (*steps != 0)
      for (auto [memory, next] : llvm::zip_equal(memories, blocks.getYield().getNext()))
        memory = get(next);
  }
  for (auto [result, output] : llvm::zip_equal(blocks.getOutputs(), outputs))
    if (llvm::Error error = assign(result, std::move(output)))
      return error;
  for (auto [result, memory] : llvm::zip_equal(blocks.getFinalMemories(), memories))
    if (llvm::Error error = assign(result, std::move(memory)))
      return error;
  return llvm::Error::success();
}

} // namespace gatefold::interpreter
