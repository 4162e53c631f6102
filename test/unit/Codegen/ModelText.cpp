//===- ModelText.cpp - Models written in a few lines ------------*- C++ -*-===//
//
// Spells the module of a model and makes random tensors.
//
//===----------------------------------------------------------------------===//

#include "ModelText.h"
#include "llvm/ADT/StringExtras.h"
#include <cstring>
#include <random>

using namespace gatefold;
using namespace gatefold::test;

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static llvm::SmallVector<llvm::StringRef> splitType(llvm::StringRef type) {
  llvm::SmallVector<llvm::StringRef> parts;
  type.split(parts, 'x');
  return parts;
}

static bool isNumber(llvm::StringRef dimension) {
  return llvm::all_of(dimension, [](char letter) { return llvm::isDigit(letter); });
}

std::vector<std::string> TensorText::getDimensions() const {
  const llvm::SmallVector<llvm::StringRef> parts = splitType(type);
  std::vector<std::string> dimensions;
  for (llvm::StringRef part : llvm::drop_end(parts))
    dimensions.push_back(part.str());
  return dimensions;
}

std::string TensorText::getTensorType() const {
  std::string text = "tensor<";
  for (const std::string &dimension : getDimensions())
    text += (isNumber(dimension) ? dimension : "?") + "x";
  return text + splitType(type).back().str() + ">";
}

ElementType TensorText::getElementType() const {
  llvm::StringRef element = splitType(type).back();
  if (element == "f64")
    return ElementType::F64;
  if (element == "i32")
    return ElementType::I32;
  if (element == "i64")
    return ElementType::I64;
  return element == "i1" ? ElementType::Bool : ElementType::F32;
}

Tensor::Shape TensorText::getShape(const Sizes &sizes) const {
  Tensor::Shape shape;
  for (const std::string &dimension : getDimensions())
    shape.push_back(isNumber(dimension) ? std::stoll(dimension) : sizes.at(dimension));
  return shape;
}

/// `tensor<?xf32> {gatefold.port = ...}`
static std::string portText(llvm::StringRef kind, const TensorText &tensor) {
  std::vector<std::string> dimensions = tensor.getDimensions();
  for (std::string &dimension : dimensions)
    dimension = "\"" + dimension + "\"";
  return tensor.getTensorType() + " {gatefold.port = #gatefold.port<" + kind.str() + " \"" +
         tensor.name + "\" [" + llvm::join(dimensions, ", ") + "]>}";
}

std::string ModelText::getModule() const {
  std::string text = "gatefold.model @M {\n", reads, names, types;
  for (const TensorText &weight : weights) {
    text += "gatefold.weight @" + weight.name + " : " + weight.getTensorType() + "\n";
    reads += "%" + weight.name + " = gatefold.read @" + weight.name + " : " +
             weight.getTensorType() + "\n";
  }
  text += "gatefold.entry @sequence(";
  for (auto [index, input] : llvm::enumerate(inputs))
    text += (index ? ",\n  %" : "%") + input.name + ": " + portText("input", input);
  text += ")\n  -> (";
  for (auto [index, output] : llvm::enumerate(outputs)) {
    llvm::StringRef separator = index ? ", " : "";
    text += separator.str() + portText("output", output);
    names += separator.str() + "%" + output.name;
    types += separator.str() + output.getTensorType();
  }
  return text + ") {\n" + reads + body + "\ngatefold.return " + names + " : " + types + "\n}\n}\n";
}

bool ModelText::hasDimension(llvm::StringRef dimension) const {
  return llvm::any_of(inputs, [&](const TensorText &input) {
    return llvm::is_contained(input.getDimensions(), dimension.str());
  });
}

ModelText ModelText::with(llvm::StringRef variable, int64_t value) const {
  ModelText result = *this;
  result.name += "_" + std::to_string(value);
  auto substitute = [&](std::string &text) {
    const std::string from = "$" + variable.str(), to = std::to_string(value);
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at))
      text.replace(at, from.size(), to);
  };
  for (auto *tensors : {&result.inputs, &result.weights, &result.outputs})
    for (TensorText &tensor : *tensors)
      substitute(tensor.type);
  substitute(result.body);
  return result;
}

std::vector<ModelText> test::forEach(const ModelText &model, llvm::StringRef variable,
                                     llvm::ArrayRef<int64_t> values) {
  std::vector<ModelText> models;
  for (int64_t value : values)
    models.push_back(model.with(variable, value));
  return models;
}

std::vector<ModelText> test::join(std::initializer_list<std::vector<ModelText>> lists) {
  std::vector<ModelText> all;
  for (const std::vector<ModelText> &list : lists)
    all.insert(all.end(), list.begin(), list.end());
  return all;
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

Tensor test::makeRandomTensor(ElementType type, llvm::ArrayRef<int64_t> shape, int64_t below,
                              unsigned seed) {
  Tensor tensor = Tensor::zeros(type, shape);
  std::mt19937 random(seed);
  for (int64_t i = 0; i < tensor.numElements(); ++i) {
    const double unit = random() / 4294967296.0;
    const auto integer = static_cast<int64_t>(unit * below);
    switch (type) {
    case ElementType::F64:
      tensor.mutableData<double>()[i] = 2 * unit - 1;
      break;
    case ElementType::I32:
      tensor.mutableData<int32_t>()[i] = static_cast<int32_t>(integer);
      break;
    case ElementType::I64:
      tensor.mutableData<int64_t>()[i] = integer;
      break;
    case ElementType::Bool:
      tensor.mutableData<uint8_t>()[i] = unit < 0.5;
      break;
    default:
      tensor.mutableData<float>()[i] = static_cast<float>(2 * unit - 1);
    }
  }
  return tensor;
}

NamedTensors test::makeInputs(const ModelText &model, const Sizes &sizes, int64_t batch) {
  NamedTensors inputs;
  for (auto [index, input] : llvm::enumerate(model.inputs)) {
    Tensor::Shape shape = input.getShape(sizes);
    shape.insert(shape.begin(), batch);
    inputs.set(input.name,
               makeRandomTensor(input.getElementType(), shape, input.below, 100 + index));
  }
  return inputs;
}

NamedTensors test::makeWeights(const ModelText &model) {
  NamedTensors weights;
  for (auto [index, weight] : llvm::enumerate(model.weights))
    weights.set(weight.name, makeRandomTensor(weight.getElementType(), weight.getShape({}),
                                              weight.below, 200 + index));
  return weights;
}

Tensor test::sliceTensor(const Tensor &tensor, unsigned axis, int64_t start, int64_t size) {
  Tensor::Shape shape(tensor.shape());
  int64_t outer = 1, inner = elementSize(tensor.type());
  for (unsigned i = 0; i < shape.size(); ++i)
    (i < axis ? outer : inner) *= i == axis ? 1 : shape[i];
  const int64_t extent = shape[axis];
  shape[axis] = size;
  Tensor result = Tensor::zeros(tensor.type(), shape);
  for (int64_t i = 0; i < outer && size * inner != 0; ++i)
    std::memcpy(result.mutableBytes() + i * size * inner,
                tensor.bytes().data() + (i * extent + start) * inner, size * inner);
  return result;
}

Tensor test::pickExample(const Tensor &tensor, int64_t example) {
  return llvm::cantFail(sliceTensor(tensor, 0, example, 1).withShape(tensor.shape().drop_front()));
}
