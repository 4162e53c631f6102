//===- Array.cpp - Values while they are interpreted ------------*- C++ -*-===//
//
// Making arrays, finding their elements, and errors with places.
//
//===----------------------------------------------------------------------===//

#include "Array.h"
#include "gatefold/IR/Places.h"

using namespace mlir;

namespace gatefold::interpreter {

llvm::Error errorAt(Location location, const Twine &message) {
  std::string prefix = ir::describePlace(location);
  if (!prefix.empty())
    prefix += ": ";
  return llvm::createStringError(llvm::inconvertibleErrorCode(), prefix + message);
}

std::string nameOf(Value value, StringRef otherwise) {
  if (auto name = value.getLoc()->findInstanceOf<NameLoc>())
    return ("`" + name.getName().getValue() + "`").str();
  return otherwise.str();
}

llvm::Expected<Array> makeArray(Type element, ArrayRef<int64_t> shape, Location location) {
  constexpr int64_t most = int64_t(1) << 32;
  int64_t count = 1;
  for (int64_t size : shape) {
    if (size < 0)
      return errorAt(location, "expected sizes of at least 0, but found " + shapeText(shape));
    if (size != 0 && count > most / size)
      return errorAt(location, "expected at most 2^32 elements, but found " + shapeText(shape));
    count *= size;
  }
  return Array{element, Extents(shape), std::vector<Number>(count)};
}

Array makeScalar(Type element, Number number) { return {element, {}, {number}}; }

int64_t countElements(ArrayRef<int64_t> shape) { return llvm::product_of(shape, int64_t(1)); }

Extents rowMajorStrides(ArrayRef<int64_t> shape) {
  Extents strides(shape.size());
  int64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

int64_t placeOf(int64_t number, ArrayRef<int64_t> extents, ArrayRef<int64_t> strides) {
  int64_t place = 0;
  for (size_t axis = extents.size(); axis-- > 0;) {
    place += number % extents[axis] * strides[axis];
    number /= extents[axis];
  }
  return place;
}

llvm::Expected<Array> pick(const Array &source, ArrayRef<int64_t> shape, ArrayRef<int64_t> strides,
                           int64_t start, Location location) {
  llvm::Expected<Array> result = makeArray(source.element, shape, location);
  if (!result)
    return result;
  for (int64_t number = 0; number < result->size(); ++number)
    result->numbers[number] = source.numbers[start + placeOf(number, shape, strides)];
  return result;
}

unsigned widthOf(Type element) {
  return isa<IndexType>(element) ? 64 : element.getIntOrFloatBitWidth();
}

int64_t wrap(uint64_t value, Type element) {
  unsigned width = widthOf(element);
  return width >= 64 ? static_cast<int64_t>(value) : llvm::SignExtend64(value, width);
}

double roundTo(FloatType type, double value) {
  APFloat rounded(value);
  bool losesInfo;
  rounded.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven, &losesInfo);
  return rounded.convertToDouble();
}

double maximum(double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return std::numeric_limits<double>::quiet_NaN();
  if (a == b)
    return std::signbit(a) ? b : a;
  return a > b ? a : b;
}

double minimum(double a, double b) { return -maximum(-a, -b); }

} // namespace gatefold::interpreter
