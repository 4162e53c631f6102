//===- Constants.cpp - Constants and tensors as arrays ----------*- C++ -*-===//
//
// Conversion into the interpreter's arrays, of attributes and of tensors, and back.
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"

using namespace mlir;

namespace gatefold::interpreter {

static Number real(const APFloat &value) {
  Number number;
  number.real = value.convertToDouble();
  return number;
}

static Number integer(const APInt &value) {
  Number number;
  number.integer = value.getSExtValue();
  return number;
}

llvm::Expected<Array> evaluateConstant(arith::ConstantOp constant) {
  if (auto value = dyn_cast<FloatAttr>(constant.getValue()))
    return makeScalar(value.getType(), real(value.getValue()));
  if (auto value = dyn_cast<IntegerAttr>(constant.getValue()))
    return makeScalar(value.getType(), integer(value.getValue()));
  auto elements = dyn_cast<DenseElementsAttr>(constant.getValue());
  if (!elements)
    return errorAt(constant.getLoc(), "expected a constant with its elements, but found an "
                                      "attribute of another kind");
  llvm::Expected<Array> result =
      makeArray(elements.getElementType(), elements.getType().getShape(), constant.getLoc());
  if (!result)
    return result;
  if (result->isFloating())
    llvm::transform(elements.getValues<APFloat>(), result->numbers.begin(), real);
  else
    llvm::transform(elements.getValues<APInt>(), result->numbers.begin(), integer);
  return result;
}

/// The element type of tensors that hold values of the type `element`.
static std::optional<ElementType> tensorElement(Type element) {
  if (element.isF64())
    return ElementType::F64;
  if (element.isF32())
    return ElementType::F32;
  if (element.isBF16())
    return ElementType::BF16;
  if (element.isF16())
    return ElementType::F16;
  if (isa<IndexType>(element))
    return ElementType::I64;
  if (!isa<IntegerType>(element))
    return std::nullopt;
  switch (widthOf(element)) {
  case 1:
    return ElementType::Bool;
  case 8:
    return ElementType::I8;
  case 16:
    return ElementType::I16;
  case 32:
    return ElementType::I32;
  case 64:
    return ElementType::I64;
  default:
    return std::nullopt;
  }
}

/// An error that the interpreter has no tensors of this type.
static llvm::Error noTensorOf(Type element) {
  std::string text;
  llvm::raw_string_ostream(text) << element;
  return llvm::createStringError(
      "expected f32, f64, bf16, f16, bool or an integer type, but found " + text);
}

/// Calls `body` with a value of the C++ type whose tensors have this integer element type.
template <typename Body>
static void withIntegerType(ElementType type, Body body) {
  switch (type) {
  case ElementType::Bool:
    return body(uint8_t());
  case ElementType::I8:
    return body(int8_t());
  case ElementType::I16:
    return body(int16_t());
  case ElementType::I32:
    return body(int32_t());
  default:
    return body(int64_t());
  }
}

llvm::Expected<Array> fromTensor(const Tensor &tensor, Type element, Precision precision) {
  std::optional<ElementType> expected = tensorElement(element);
  if (!expected)
    return noTensorOf(element);
  bool isAnyFloat = precision == Precision::Double && isFloatingPoint(*expected);
  if (isAnyFloat ? !isFloatingPoint(tensor.type()) : tensor.type() != *expected)
    return llvm::createStringError("expected elements of type " + elementTypeName(*expected).str() +
                                   ", but found " + elementTypeName(tensor.type()).str());
  Array array{element, Extents(tensor.shape()), std::vector<Number>(tensor.numElements())};
  if (isFloatingPoint(tensor.type())) {
    for (int64_t at = 0; at < array.size(); ++at)
      array.numbers[at].real = tensor.elementAsDouble(at);
    return array;
  }
  withIntegerType(*expected, [&](auto sample) {
    const auto *data = tensor.data<decltype(sample)>();
    for (int64_t at = 0; at < array.size(); ++at)
      array.numbers[at].integer = wrap(static_cast<uint64_t>(data[at]), element);
  });
  return array;
}

llvm::Expected<Tensor> toTensor(const Array &array, Precision precision) {
  std::optional<ElementType> type = tensorElement(array.element);
  if (!type)
    return noTensorOf(array.element);
  if (precision == Precision::Double && *type == ElementType::F32)
    type = ElementType::F64;
  llvm::Expected<Tensor> tensor = Tensor::create(*type, array.shape);
  if (!tensor)
    return tensor;
  if (*type == ElementType::F32) {
    float *data = tensor->mutableData<float>();
    for (int64_t at = 0; at < array.size(); ++at)
      data[at] = static_cast<float>(array.numbers[at].real);
    return tensor;
  }
  if (*type == ElementType::F64) {
    double *data = tensor->mutableData<double>();
    for (int64_t at = 0; at < array.size(); ++at)
      data[at] = array.numbers[at].real;
    return tensor;
  }
  if (isFloatingPoint(*type)) {
    auto *convert = *type == ElementType::BF16 ? floatToBfloat : floatToHalf;
    uint16_t *data = tensor->mutableData<uint16_t>();
    for (int64_t at = 0; at < array.size(); ++at)
      data[at] = convert(static_cast<float>(array.numbers[at].real));
    return tensor;
  }
  withIntegerType(*type, [&](auto sample) {
    auto *data = tensor->mutableData<decltype(sample)>();
    for (int64_t at = 0; at < array.size(); ++at)
      data[at] =
          *type == ElementType::Bool ? array.numbers[at].integer != 0 : array.numbers[at].integer;
  });
  return tensor;
}

} // namespace gatefold::interpreter
