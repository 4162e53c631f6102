//===- RandomTensors.cpp - Something for a model to work on ------*- C++ -*-===//
//
// Draws tensors from a generator that begins the same way each time.
//
//===----------------------------------------------------------------------===//

#include "RandomTensors.h"
#include "gatefold/Runtime/WeightSource.h"
#include <cmath>
#include <random>

using namespace gatefold;

/// Draws `tensor`, f32 numbers around 0 with this standard deviation.
static void drawNumbers(Tensor &tensor, double deviation, std::mt19937 &generator) {
  std::normal_distribution<float> distribution(0, static_cast<float>(deviation));
  float *numbers = tensor.mutableData<float>();
  for (int64_t i = 0, count = tensor.numElements(); i < count; ++i)
    numbers[i] = distribution(generator);
}

llvm::Expected<NamedTensors> gatefold::makeRandomWeights(llvm::ArrayRef<WeightSpec> weights) {
  std::mt19937 generator(1);
  NamedTensors made;
  for (const WeightSpec &spec : weights) {
    auto tensor = Tensor::create(ElementType::F32, spec.shape);
    if (!tensor)
      return tensor.takeError();
    int64_t columns = spec.shape.empty() ? 1 : std::max<int64_t>(spec.shape.back(), 1);
    drawNumbers(*tensor, 1 / std::sqrt(columns), generator);
    made.set(spec.path, std::move(*tensor));
  }
  return made;
}

llvm::Expected<NamedTensors>
gatefold::makeRandomInputs(const EntryInterface &entry,
                           const std::map<std::string, int64_t> &sizes) {
  std::mt19937 generator(2);
  NamedTensors made;
  for (const Port &port : entry.arguments) {
    if (port.kind != PortKind::Input)
      continue;
    Tensor::Shape shape;
    for (const Dimension &dimension : port.shape)
      shape.push_back(dimension.isDynamic() ? sizes.at(dimension.name) : dimension.size);
    auto tensor = Tensor::create(port.type, shape);
    if (!tensor)
      return tensor.takeError();
    if (port.type == ElementType::F32) {
      drawNumbers(*tensor, 1, generator);
    } else {
      // The lowest byte of each element; numbers are stored with it first.
      char *bytes = tensor->mutableBytes();
      for (int64_t i = 0, count = tensor->numElements(); i < count; ++i)
        bytes[i * elementSize(port.type)] = static_cast<char>(generator() % 2);
    }
    made.set(port.name, std::move(*tensor));
  }
  return made;
}
