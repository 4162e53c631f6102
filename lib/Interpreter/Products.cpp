//===- Products.cpp - Products done together, interpreted -------*- C++ -*-===//
//
// Products of one operand with several matrices, and the loop nests they stand in.
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"

using namespace mlir;
using namespace gatefold::ir;

namespace gatefold::interpreter {

/// Finds elements of the matrices of a `gatefold.dots`, which lie one by one or in panels.
class Matrices {
public:
  Matrices(DotsOp dots, Operands operands)
      : panels(dots.getPanels() ? operands.back() : nullptr), single(operands.drop_front()),
        columns(operands.front()->shape.back()), count(dots.getNumResults()),
        atOnce(panels ? panels->shape.back() / panelRows : 1) {}

  Number at(int64_t matrix, int64_t row, int64_t column) const {
    if (!panels)
      return single[matrix]->numbers[row * columns + column];
    int64_t panel = row / panelRows, lane = row % panelRows;
    int64_t group = (panel * columns / atOnce + column / atOnce) * count + matrix;
    return panels->numbers[(group * panelRows + lane) * atOnce + column % atOnce];
  }

private:
  const Array *panels;
  Operands single;
  int64_t columns, count, atOnce;
};

llvm::Expected<SmallVector<Array>> evaluateDots(DotsOp dots, Operands operands,
                                                Precision precision) {
  const Array &lhs = *operands[0];
  const Type element = getElementTypeOrSelf(dots.getResult(0).getType());
  int64_t columns = lhs.shape.back(), rows = dots.getRows();
  Extents shape(lhs.shape);
  shape.back() = rows;
  Matrices matrices(dots, operands);
  Arithmetic arithmetic(lhs.element, precision);
  auto add = [&](Number x, Number weight, Number sum) -> Number {
    if (lhs.isFloating())
      return {.real = arithmetic.multiplyAdd(x.real, weight.real, sum.real)};
    return {.integer = wrap(sum.integer + (x.integer & 0xff) * weight.integer, element)};
  };
  SmallVector<Array> results;
  for (int64_t matrix = 0; matrix < dots.getNumResults(); ++matrix) {
    llvm::Expected<Array> result = makeArray(element, shape, dots.getLoc());
    if (!result)
      return result.takeError();
    for (int64_t number = 0; number < result->size(); ++number) {
      int64_t start = number / rows * columns, row = number % rows;
      Number sum = result->numbers[number];
      for (int64_t k = 0; k < columns; ++k)
        sum = add(lhs.numbers[start + k], matrices.at(matrix, row, k), sum);
      result->numbers[number] = sum;
    }
    results.push_back(std::move(*result));
  }
  return results;
}

llvm::Error Evaluator::runDots(DotsOp dots) {
  SmallVector<const Array *> operands;
  for (Value operand : dots->getOperands())
    operands.push_back(&get(operand));
  llvm::Expected<SmallVector<Array>> results = evaluateDots(dots, operands, precision);
  if (!results)
    return results.takeError();
  for (auto [value, array] : llvm::zip_equal(dots.getResults(), *results))
    if (llvm::Error error = assign(value, std::move(array)))
      return error;
  return llvm::Error::success();
}

llvm::Error Evaluator::runFuse(FuseOp fuse) {
  if (llvm::Error error = runBlock(fuse.getBody().front()))
    return error;
  for (auto [result, kept] : llvm::zip_equal(fuse.getResults(), fuse.getKeep().getValues()))
    if (llvm::Error error = assign(result, get(kept)))
      return error;
  return llvm::Error::success();
}

} // namespace gatefold::interpreter
