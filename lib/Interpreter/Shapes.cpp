//===- Shapes.cpp - Operations on shapes, interpreted -----------*- C++ -*-===//
//
// The operations that move numbers without changing them. Most say where each number of the result
// lies in the operand.
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gatefold::ir;

namespace gatefold::interpreter {

llvm::Expected<Array> evaluateBroadcast(BroadcastOp broadcast, Operands operands) {
  const Array &input = *operands[0];
  Operands sizes = operands.drop_front();
  RankedTensorType type = broadcast.getType();
  Extents inputStrides = rowMajorStrides(input.shape);
  Extents shape, strides;
  size_t next = 0;
  for (int64_t position = 0; position < type.getRank(); ++position) {
    if (!llvm::is_contained(broadcast.getAxes(), type.getRank() - 1 - position)) {
      shape.push_back(input.shape[next]);
      strides.push_back(inputStrides[next++]);
      continue;
    }
    strides.push_back(0);
    if (!type.isDynamicDim(position)) {
      shape.push_back(type.getDimSize(position));
      continue;
    }
    shape.push_back(sizes.front()->numbers[0].integer);
    sizes = sizes.drop_front();
  }
  return pick(input, shape, strides, 0, broadcast.getLoc());
}

llvm::Expected<Array> evaluateConcat(ConcatOp concat, Operands operands) {
  const Array &first = *operands[0];
  int64_t position = first.rank() - 1 - static_cast<int64_t>(concat.getAxis());
  Extents shape = first.shape;
  shape[position] = 0;
  for (const Array *operand : operands) {
    for (int64_t axis = 0; axis < first.rank(); ++axis)
      if (axis != position && operand->shape[axis] != shape[axis])
        return errorAt(concat.getLoc(), "expected operands that differ in one axis, but found " +
                                            shapeText(first.shape) + " and " +
                                            shapeText(operand->shape));
    shape[position] += operand->shape[position];
  }
  llvm::Expected<Array> result = makeArray(first.element, shape, concat.getLoc());
  if (!result)
    return result;
  Extents strides = rowMajorStrides(shape);
  int64_t start = 0;
  for (const Array *operand : operands) {
    for (int64_t number = 0; number < operand->size(); ++number)
      result->numbers[start + placeOf(number, operand->shape, strides)] = operand->numbers[number];
    start += operand->shape[position] * strides[position];
  }
  return result;
}

llvm::Expected<Array> evaluateSlice(SliceOp slice, Operands operands) {
  const Array &input = *operands[0];
  int64_t position = input.rank() - 1 - static_cast<int64_t>(slice.getAxis());
  int64_t extent = input.shape[position];
  auto offset = static_cast<int64_t>(slice.getOffset()),
       size = static_cast<int64_t>(slice.getSize());
  int64_t start = offset < 0 ? extent + offset : offset;
  if (start < 0 || start > extent || size > extent - start)
    return errorAt(slice.getLoc(), "expected an axis that has " + Twine(size) +
                                       " elements from offset " + Twine(offset) +
                                       " on, but found size " + Twine(extent));
  Extents shape = input.shape, strides = rowMajorStrides(input.shape);
  shape[position] = size;
  return pick(input, shape, strides, start * strides[position], slice.getLoc());
}

llvm::Expected<Array> evaluateReshape(ReshapeOp reshape, Operands operands) {
  const Array &input = *operands[0];
  auto replaced = static_cast<int64_t>(reshape.getReplaced());
  ArrayRef<int64_t> kept = ArrayRef(input.shape).drop_back(replaced);
  // With equal static products before and after, the one dynamic axis has the same size in both.
  int64_t dynamic = 0;
  for (int64_t position = input.rank() - replaced; position < input.rank(); ++position)
    if (reshape.getInput().getType().isDynamicDim(position))
      dynamic = input.shape[position];
  Array result{input.element, Extents(kept), input.numbers};
  for (int64_t size : reshape.getType().getShape().drop_front(kept.size()))
    result.shape.push_back(ShapedType::isDynamic(size) ? dynamic : size);
  return result;
}

llvm::Expected<Array> evaluateTranspose(TransposeOp transpose, Operands operands) {
  const Array &input = *operands[0];
  size_t kept = input.shape.size() - transpose.getPermutation().size();
  Extents inputStrides = rowMajorStrides(input.shape);
  Extents shape = input.shape, strides = inputStrides;
  for (auto [position, source] : llvm::enumerate(transpose.getPermutation())) {
    shape[kept + position] = input.shape[kept + source];
    strides[kept + position] = inputStrides[kept + source];
  }
  return pick(input, shape, strides, 0, transpose.getLoc());
}

llvm::Expected<Array> evaluateReverse(ReverseOp reverse, Operands operands) {
  const Array &input = *operands[0];
  int64_t position = input.rank() - 1 - static_cast<int64_t>(reverse.getAxis());
  Extents strides = rowMajorStrides(input.shape);
  int64_t last = std::max<int64_t>(input.shape[position] - 1, 0) * strides[position];
  strides[position] = -strides[position];
  return pick(input, input.shape, strides, last, reverse.getLoc());
}

llvm::Expected<Array> evaluateWindows(WindowsOp windows, Operands operands) {
  const Array &input = *operands[0];
  int64_t position = input.rank() - 1 - static_cast<int64_t>(windows.getAxis());
  int64_t extent = input.shape[position];
  if (extent < windows.getLeastExtent())
    return errorAt(windows.getLoc(), "expected an axis of at least " +
                                         Twine(windows.getLeastExtent()) +
                                         " elements for windows, but found size " + Twine(extent));
  auto size = static_cast<int64_t>(windows.getSize()),
       stride = static_cast<int64_t>(windows.getStride()),
       dilation = static_cast<int64_t>(windows.getDilation());
  Extents shape = input.shape, strides = rowMajorStrides(input.shape);
  shape[position] = (extent + stride - dilation * (size - 1) - 1) / stride;
  shape.insert(shape.begin() + position + 1, size);
  strides.insert(strides.begin() + position + 1, strides[position] * dilation);
  strides[position] *= stride;
  return pick(input, shape, strides, 0, windows.getLoc());
}

// [P.., V, E..] at [P.., I..] -> [P.., I.., E..]
llvm::Expected<Array> evaluateGather(GatherOp gather, Operands operands) {
  const Array &table = *operands[0], &indices = *operands[1];
  auto mapped = static_cast<int64_t>(gather.getMapped());
  ArrayRef<int64_t> outer = ArrayRef(table.shape).take_front(mapped);
  if (outer != ArrayRef(indices.shape).take_front(mapped))
    return errorAt(gather.getLoc(), "expected mapped axes of equal sizes, but found " +
                                        shapeText(table.shape) + " and " +
                                        shapeText(indices.shape));
  ArrayRef<int64_t> row = ArrayRef(table.shape).drop_front(mapped + 1);
  Extents shape = indices.shape;
  llvm::append_range(shape, row);
  llvm::Expected<Array> result = makeArray(table.element, shape, gather.getLoc());
  if (!result)
    return result;
  int64_t rows = table.shape[mapped], width = countElements(row);
  int64_t perTable = countElements(ArrayRef(indices.shape).drop_front(mapped));
  for (int64_t at = 0; at < indices.size(); ++at) {
    int64_t index = indices.numbers[at].integer;
    if (index < 0 || index >= rows)
      return errorAt(gather.getLoc(), nameOf(gather.getIndices(), "the index") + " at " +
                                          indexText(indices.shape, at) + " is " + Twine(index) +
                                          ", but " + nameOf(gather.getTable(), "the table") +
                                          " has " + Twine(rows) + " rows");
    int64_t start = (at / perTable * rows + index) * width;
    for (int64_t element = 0; element < width; ++element)
      result->numbers[at * width + element] = table.numbers[start + element];
  }
  return result;
}

/// A size as a value of type index.
static Array indexValue(Operation *op, int64_t value) {
  Number number;
  number.integer = value;
  return makeScalar(IndexType::get(op->getContext()), number);
}

llvm::Expected<Array> evaluateOther(Operation *op, Operands operands) {
  using Result = llvm::Expected<Array>;
  return TypeSwitch<Operation *, Result>(op)
      .Case<DimOp>([&](DimOp dim) -> Result {
        const Array &input = *operands[0];
        return indexValue(op, input.shape[input.rank() - 1 - static_cast<int64_t>(dim.getAxis())]);
      })
      .Case<tensor::DimOp>([&](tensor::DimOp) -> Result {
        int64_t axis = operands[1]->numbers[0].integer;
        if (axis < 0 || axis >= operands[0]->rank())
          return errorAt(op->getLoc(), "expected an axis of " + shapeText(operands[0]->shape) +
                                           ", but found " + Twine(axis));
        return indexValue(op, operands[0]->shape[axis]);
      })
      .Case<tensor::FromElementsOp>([&](tensor::FromElementsOp from) -> Result {
        Array result{from.getType().getElementType(), Extents(from.getType().getShape()), {}};
        for (const Array *operand : operands)
          result.numbers.push_back(operand->numbers[0]);
        return result;
      })
      .Case<tensor::ExtractOp>([&](tensor::ExtractOp) -> Result {
        const Array &input = *operands[0];
        Extents strides = rowMajorStrides(input.shape);
        int64_t place = 0;
        for (auto [axis, index] : llvm::enumerate(operands.drop_front())) {
          int64_t at = index->numbers[0].integer;
          if (at < 0 || at >= input.shape[axis])
            return errorAt(op->getLoc(), "expected an index below " + Twine(input.shape[axis]) +
                                             ", but found " + Twine(at));
          place += at * strides[axis];
        }
        return makeScalar(input.element, input.numbers[place]);
      })
      .Case<tensor::SplatOp>([&](tensor::SplatOp splat) -> Result {
        Extents shape(splat.getType().getShape());
        Operands sizes = operands.drop_front();
        for (int64_t &size : shape)
          if (ShapedType::isDynamic(size)) {
            size = sizes.front()->numbers[0].integer;
            sizes = sizes.drop_front();
          }
        return pick(*operands[0], shape, Extents(shape.size(), 0), 0, op->getLoc());
      })
      .Default([&](Operation *) -> Result {
        return errorAt(op->getLoc(), "expected an operation that can be interpreted, but found `" +
                                         op->getName().getStringRef() + "`");
      });
}

} // namespace gatefold::interpreter
