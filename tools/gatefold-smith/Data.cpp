//===- Data.cpp - Random weights and inputs ----------------------*- C++ -*-===//
//
// Every tensor has a stream of numbers of its own, seeded by its name, so that its numbers stay
// when a model loses others.
//
//===----------------------------------------------------------------------===//

#include "Data.h"
#include "Generator.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"
#include <cmath>
#include <cstring>

using namespace gatefold;
using namespace gatefold::smith;

static Random streamFor(llvm::StringRef name, uint64_t seed) {
  return Random(seed ^ llvm::xxh3_64bits(name));
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

std::string RunSizes::print() const {
  std::string text;
  for (const auto &[name, size] : free)
    text += name + "=" + std::to_string(size) + ",";
  return text + "batch=" + std::to_string(batch);
}

std::optional<RunSizes> RunSizes::parse(llvm::StringRef text) {
  RunSizes sizes;
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, ',');
  for (llvm::StringRef part : parts) {
    auto [name, value] = part.split('=');
    int64_t size;
    if (name.empty() || !llvm::to_integer(value, size, 10) || size < 0)
      return std::nullopt;
    (name == "batch" ? sizes.batch : sizes.free[name.str()]) = size;
  }
  return sizes;
}

std::vector<std::string> smith::findFreeDimensions(const EntryInterface &entry) {
  std::vector<std::string> names;
  for (const Port &port : entry.arguments)
    if (port.kind == PortKind::Input)
      for (const Dimension &dimension : llvm::drop_begin(port.shape))
        if (dimension.isDynamic() && !llvm::is_contained(names, dimension.name))
          names.push_back(dimension.name);
  return names;
}

RunSizes smith::makeRunSizes(const EntryInterface &sequence, Random &random, bool isLong) {
  RunSizes sizes;
  sizes.batch = random.pick({0, 1, 1, 2, 3, 4});
  for (const std::string &name : findFreeDimensions(sequence)) {
    int64_t size = random.pick({0, 1, 2, 3, 5, 6});
    if (isLong && name == "T")
      size = random.pick({31, 33, 40, 65});
    if (name != "T")
      size = random.pick({1, 2, 5, 16, 19});
    for (const MinimumSize &minimum : sequence.minimums)
      if (minimum.size == name)
        size = std::max(size, minimum.minimum);
    sizes.free[name] = size;
  }
  return sizes;
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

NamedTensors smith::makeWeights(const ModelInterface &model, uint64_t seed) {
  NamedTensors weights;
  for (const WeightSpec &spec : model.weights) {
    Random random = streamFor(spec.path, seed);
    Tensor tensor = Tensor::zeros(ElementType::F32, spec.shape);
    double limit = spec.shape.size() < 2 ? 0.8 : 1.2 / std::sqrt(spec.shape.back());
    for (float &value : llvm::MutableArrayRef(tensor.mutableData<float>(), tensor.numElements()))
      value = static_cast<float>(random.uniform(-limit, limit));
    weights.set(spec.path, std::move(tensor));
  }
  return weights;
}

template <typename T>
static void fill(Tensor &tensor, llvm::function_ref<T()> make) {
  for (T &value : llvm::MutableArrayRef(tensor.mutableData<T>(), tensor.numElements()))
    value = make();
}

NamedTensors smith::makeInputs(const EntryInterface &sequence, const RunSizes &sizes,
                               uint64_t seed) {
  NamedTensors inputs;
  for (const Port &port : sequence.arguments) {
    if (port.kind != PortKind::Input)
      continue;
    Tensor::Shape shape{sizes.batch};
    for (const Dimension &dimension : llvm::drop_begin(port.shape))
      shape.push_back(dimension.isDynamic() ? sizes.free.at(dimension.name) : dimension.size);
    Random random = streamFor(port.name, seed);
    Tensor tensor = Tensor::zeros(port.type, shape);
    // The element type of tokens is i32 too; below zero would be no token.
    const bool isToken =
        llvm::StringRef(port.name).starts_with("words") || !port.vocabulary.empty();
    if (port.type == ElementType::F32)
      fill<float>(tensor, [&] { return static_cast<float>(random.uniform(-1, 1)); });
    else if (port.type == ElementType::I32)
      fill<int32_t>(tensor, [&] {
        return static_cast<int32_t>(isToken ? random.below(numTokens) : random.between(-3, 3));
      });
    else if (port.type == ElementType::I64)
      fill<int64_t>(tensor, [&] { return random.between(-3, 3); });
    else if (port.type == ElementType::Bool)
      fill<uint8_t>(tensor, [&] { return static_cast<uint8_t>(random.chance(0.6)); });
    inputs.set(port.name, std::move(tensor));
  }
  return inputs;
}

NamedTensors smith::perturb(const NamedTensors &tensors, uint64_t seed) {
  NamedTensors perturbed;
  for (const NamedTensor &tensor : tensors) {
    Tensor copy = tensor.tensor;
    Random random = streamFor(tensor.name, seed);
    if (copy.type() == ElementType::F32)
      for (float &value : llvm::MutableArrayRef(copy.mutableData<float>(), copy.numElements()))
        value *= static_cast<float>(1 + static_cast<double>(random.between(-4, 4)) * 0x1p-23);
    perturbed.set(tensor.name, std::move(copy));
  }
  return perturbed;
}

//===----------------------------------------------------------------------===//
// Parts of tensors
//===----------------------------------------------------------------------===//

Tensor smith::sliceAxis(const Tensor &tensor, size_t axis, int64_t start, int64_t size) {
  Tensor::Shape shape(tensor.shape());
  int64_t outer = 1, inner = elementSize(tensor.type());
  for (size_t index = 0; index < shape.size(); ++index)
    (index < axis ? outer : inner) *= index == axis ? 1 : shape[index];
  const int64_t whole = shape[axis];
  shape[axis] = size;
  Tensor part = Tensor::zeros(tensor.type(), shape);
  if (size == 0)
    return part;
  char *to = part.mutableBytes();
  for (int64_t row = 0; row < outer; ++row)
    std::memcpy(to + row * size * inner, tensor.bytes().data() + (row * whole + start) * inner,
                static_cast<size_t>(size * inner));
  return part;
}

Tensor smith::takeExample(const Tensor &tensor, int64_t index) {
  Tensor one = sliceAxis(tensor, 0, index, 1);
  return llvm::cantFail(one.withShape(tensor.shape().drop_front()));
}
