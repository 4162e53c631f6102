//===- Memories.cpp - Memories that grow, interpreted -----------*- C++ -*-===//
//
// Rows that are appended to histories, and the rows of them that are there.
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"

using namespace mlir;
using namespace gatefold::ir;

namespace gatefold::interpreter {

// [P.., C, E..] with [P.., E..] at the position [P..]
llvm::Expected<Array> evaluateAppend(AppendOp append, Operands operands) {
  const Array &memory = *operands[0], &positions = *operands[1], &rows = *operands[2];
  int64_t capacity = memory.shape[positions.rank()];
  int64_t width = countElements(ArrayRef(memory.shape).drop_front(positions.rank() + 1));
  if (rows.size() != positions.size() * width)
    return errorAt(append.getLoc(), "expected rows for the memory " + shapeText(memory.shape) +
                                        ", but found " + shapeText(rows.shape));
  Array result = memory;
  for (int64_t example = 0; example < positions.size(); ++example) {
    int64_t position = positions.numbers[example].integer;
    if (position < 0 || position >= capacity)
      return errorAt(append.getLoc(), append.describeFull(Twine(capacity)));
    std::copy_n(rows.numbers.begin() + example * width, width,
                result.numbers.begin() + (example * capacity + position) * width);
  }
  return result;
}

/// How many rows of `input` an operation takes.
static llvm::Expected<int64_t> countRows(Operation *op, const Array &input, const Array &counts) {
  if (counts.size() == 0)
    return 0;
  int64_t count = counts.numbers[0].integer, most = input.shape[counts.rank()];
  for (const Number &number : counts.numbers)
    if (number.integer != count)
      return errorAt(op->getLoc(), "expected examples at the same position, but found " +
                                       Twine(count) + " and " + Twine(number.integer) + " rows");
  if (count < 0 || count > most)
    return errorAt(op->getLoc(),
                   "expected at most " + Twine(most) + " rows, but found " + Twine(count));
  return count;
}

llvm::Expected<Array> evaluatePrefix(PrefixOp prefix, Operands operands) {
  const Array &input = *operands[0], &counts = *operands[1];
  llvm::Expected<int64_t> count = countRows(prefix, input, counts);
  if (!count)
    return count.takeError();
  Extents shape = input.shape;
  shape[counts.rank()] = *count;
  return pick(input, shape, rowMajorStrides(input.shape), 0, prefix.getLoc());
}

llvm::Expected<Array> evaluateSuffix(SuffixOp suffix, Operands operands) {
  const Array &input = *operands[0], &counts = *operands[1];
  llvm::Expected<int64_t> count = countRows(suffix, input, counts);
  if (!count)
    return count.takeError();
  Extents shape = input.shape, strides = rowMajorStrides(input.shape);
  int64_t start = (shape[counts.rank()] - *count) * strides[counts.rank()];
  shape[counts.rank()] = *count;
  return pick(input, shape, strides, start, suffix.getLoc());
}

} // namespace gatefold::interpreter
