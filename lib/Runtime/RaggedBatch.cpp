//===- RaggedBatch.cpp - Batches of sequences of unequal lengths -*- C++ -*-===//
//
// Checks lengths, cuts inputs, and pads outputs.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/RaggedBatch.h"
#include "EntryCall.h"
#include "Error.h"
#include "gatefold/Runtime/Session.h"
#include "gatefold/Runtime/Threads.h"
#include <atomic>
#include <cstring>
#include <map>

using namespace gatefold;

//===----------------------------------------------------------------------===//
// Parts of tensors
//===----------------------------------------------------------------------===//

/// Bytes of one element of a tensor's first axis.
static int64_t bytesBehind(llvm::ArrayRef<int64_t> shape, int64_t elementBytes) {
  for (int64_t size : shape.drop_front())
    elementBytes *= size;
  return elementBytes;
}

/// Copies the corner that two arrays have in common.
static void copyCorner(char *to, llvm::ArrayRef<int64_t> toShape, const char *from,
                       llvm::ArrayRef<int64_t> fromShape, int64_t elementBytes) {
  if (toShape.empty()) {
    std::memcpy(to, from, elementBytes);
    return;
  }
  int64_t count = std::min(toShape[0], fromShape[0]);
  int64_t toBytes = bytesBehind(toShape, elementBytes);
  int64_t fromBytes = bytesBehind(fromShape, elementBytes);
  if (toShape.drop_front() == fromShape.drop_front()) {
    if (count * toBytes > 0)
      std::memcpy(to, from, count * toBytes);
    return;
  }
  for (int64_t i = 0; i < count; ++i)
    copyCorner(to + i * toBytes, toShape.drop_front(), from + i * fromBytes, fromShape.drop_front(),
               elementBytes);
}

/// The given examples of a tensor, cut to `shape`.
static Tensor cutExamples(const Tensor &tensor, llvm::ArrayRef<int64_t> examples,
                          llvm::ArrayRef<int64_t> shape) {
  Tensor part = Tensor::zeros(tensor.type(), shape);
  int64_t elementBytes = elementSize(tensor.type());
  int64_t partBytes = bytesBehind(shape, elementBytes);
  int64_t tensorBytes = bytesBehind(tensor.shape(), elementBytes);
  char *to = part.mutableBytes();
  for (auto [place, example] : llvm::enumerate(examples))
    copyCorner(to + place * partBytes, shape.drop_front(),
               tensor.bytes().data() + example * tensorBytes, tensor.shape().drop_front(),
               elementBytes);
  return part;
}

Tensor gatefold::takeExamples(const Tensor &tensor, llvm::ArrayRef<int64_t> examples) {
  Tensor::Shape shape(tensor.shape());
  shape[0] = static_cast<int64_t>(examples.size());
  return cutExamples(tensor, examples, shape);
}

void gatefold::putExamples(Tensor &batch, llvm::ArrayRef<int64_t> examples, const Tensor &part) {
  int64_t elementBytes = elementSize(batch.type());
  int64_t partBytes = bytesBehind(part.shape(), elementBytes);
  int64_t batchBytes = bytesBehind(batch.shape(), elementBytes);
  char *to = batch.mutableBytes();
  for (auto [place, example] : llvm::enumerate(examples))
    copyCorner(to + example * batchBytes, batch.shape().drop_front(),
               part.bytes().data() + place * partBytes, part.shape().drop_front(), elementBytes);
}

//===----------------------------------------------------------------------===//
// Lengths
//===----------------------------------------------------------------------===//

namespace gatefold {

/// Finds the lengths of each dimension and groups the examples.
class LengthBinder {
public:
  LengthBinder(const EntryInterface &entry, const NamedTensors &inputs, const NamedTensors &lengths)
      : entry(entry), inputs(inputs), lengths(lengths) {}

  llvm::Expected<RaggedBatch> bind();

private:
  /// The lengths of a dimension and the input that gave them.
  struct KnownLengths {
    llvm::StringRef input;
    std::vector<int64_t> values;
  };

  void report(const llvm::Twine &message) {
    errors = llvm::joinErrors(std::move(errors), makeError(message));
  }
  const Port *findInput(llvm::StringRef name) const;
  void bindLengths(const NamedTensor &given);
  void addLengths(const Port &port, const Dimension &dimension, std::vector<int64_t> values);
  void makeGroups(const BoundInputs &bound);

  const EntryInterface &entry;
  const NamedTensors &inputs;
  const NamedTensors &lengths;
  RaggedBatch result;
  std::map<std::string, KnownLengths> known; // by dimension
  llvm::Error errors = llvm::Error::success();
};

const Port *LengthBinder::findInput(llvm::StringRef name) const {
  for (const Port &port : entry.arguments)
    if (port.kind == PortKind::Input && port.name == name)
      return &port;
  return nullptr;
}

const Dimension *findFreeAxis(const Port &port) {
  for (const Dimension &dimension : llvm::drop_begin(port.shape))
    if (dimension.isDynamic())
      return &dimension;
  return nullptr;
}

void LengthBinder::addLengths(const Port &port, const Dimension &dimension,
                              std::vector<int64_t> values) {
  auto place = known.find(dimension.name);
  if (place == known.end()) {
    known.emplace(dimension.name, KnownLengths{port.name, std::move(values)});
    return;
  }
  for (auto [example, value, other] : llvm::enumerate(place->second.values, values))
    if (value != other)
      return report("inputs `" + place->second.input + "` and `" + port.name + "` share " +
                    dimension.name + ", but the lengths of example " + llvm::Twine(example) +
                    " are " + llvm::Twine(value) + " and " + llvm::Twine(other));
}

void LengthBinder::bindLengths(const NamedTensor &given) {
  const Port *port = findInput(given.name);
  if (!port)
    return report("there is no input `" + given.name + "` to have lengths");
  const Dimension *dimension = findFreeAxis(*port);
  if (!dimension)
    return report("input `" + given.name + "` has no free axis to have lengths along: it is " +
                  describePort(*port));
  if (isFloatingPoint(given.tensor.type()) || given.tensor.type() == ElementType::Bool)
    return report("the lengths of `" + given.name + "` are " +
                  elementTypeName(given.tensor.type()) + ", expected whole numbers");
  if (given.tensor.shape() != llvm::ArrayRef<int64_t>(result.batch))
    return report("the lengths of `" + given.name + "` have shape " +
                  shapeText(given.tensor.shape()) + ", expected [" + llvm::Twine(result.batch) +
                  "], one for each example");
  llvm::Expected<Tensor> wide = given.tensor.convertTo(ElementType::I64);
  if (!wide)
    return report("the lengths of `" + given.name + "`: " + llvm::toString(wide.takeError()));
  std::vector<int64_t> values(wide->data<int64_t>(), wide->data<int64_t>() + result.batch);
  int64_t longest = sizeOf(entry, result.sizes, dimension->name);
  for (auto [example, value] : llvm::enumerate(values))
    if (value < 0 || value > longest)
      return report("example " + llvm::Twine(example) + " of `" + given.name + "` has length " +
                    llvm::Twine(value) + ", expected 0 to " + llvm::Twine(longest) +
                    ", the size of " + dimension->name);
  addLengths(*port, *dimension, std::move(values));
}

void LengthBinder::makeGroups(const BoundInputs &bound) {
  std::map<std::vector<int64_t>, size_t> places; // by the lengths of all dimensions
  std::vector<std::vector<int64_t>> lengthsOf;
  for (int64_t example = 0; example < result.batch; ++example) {
    std::vector<int64_t> key;
    for (const auto &[dimension, ofDimension] : known)
      key.push_back(ofDimension.values[example]);
    auto [place, isNew] = places.try_emplace(key, result.groups.size());
    if (isNew) {
      result.groups.emplace_back();
      lengthsOf.push_back(key);
    }
    result.groups[place->second].examples.push_back(example);
  }
  for (auto [group, key] : llvm::zip_equal(result.groups, lengthsOf)) {
    const Tensor *tensor = bound.tensors.data();
    for (const Port &port : entry.arguments) {
      if (port.kind != PortKind::Input)
        continue;
      Tensor::Shape shape(tensor->shape());
      shape[0] = static_cast<int64_t>(group.examples.size());
      for (size_t axis = 1; axis < shape.size(); ++axis)
        if (auto place = known.find(port.shape[axis].name);
            port.shape[axis].isDynamic() && place != known.end())
          shape[axis] = key[std::distance(known.begin(), place)];
      group.inputs.set(port.name, cutExamples(*tensor++, group.examples, shape));
    }
  }
}

llvm::Expected<RaggedBatch> LengthBinder::bind() {
  llvm::Expected<BoundInputs> bound = bindInputs(entry, inputs);
  if (!bound)
    return bound.takeError();
  if (!bound->batched)
    return makeError("lengths are for a batch, but the inputs have no batch axis");
  result.entry = &entry;
  result.sizes = bound->sizes;
  result.batch = sizeOf(entry, bound->sizes, batchSizeName);
  for (const NamedTensor &given : lengths)
    bindLengths(given);
  if (errors)
    return std::move(errors);
  makeGroups(*bound);
  return std::move(result);
}

} // namespace gatefold

llvm::Expected<RaggedBatch> RaggedBatch::create(const EntryInterface &entry,
                                                const NamedTensors &inputs,
                                                const NamedTensors &lengths) {
  return LengthBinder(entry, inputs, lengths).bind();
}

void RaggedBatch::split(llvm::function_ref<std::vector<int64_t>(int64_t example)> keyOf) {
  std::vector<ExampleGroup> parts;
  for (const ExampleGroup &group : groups) {
    std::map<std::vector<int64_t>, std::vector<int64_t>> places; // in the group, by key
    for (auto [place, example] : llvm::enumerate(group.examples))
      places[keyOf(example)].push_back(static_cast<int64_t>(place));
    for (const auto &[key, ofPart] : places) {
      ExampleGroup &part = parts.emplace_back();
      for (int64_t place : ofPart)
        part.examples.push_back(group.examples[place]);
      for (const NamedTensor &input : group.inputs)
        part.inputs.set(input.name, takeExamples(input.tensor, ofPart));
    }
  }
  groups = std::move(parts);
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

llvm::Error RaggedBatch::forEachGroup(
    unsigned threads, llvm::function_ref<llvm::Error(size_t group, unsigned threads)> run) const {
  size_t mostWorkers = std::clamp<size_t>(groups.size(), 1, mostThreads);
  size_t workers = std::clamp<size_t>(threads, 1, mostWorkers);
  unsigned threadsPerGroup = std::max(1u, threads / static_cast<unsigned>(workers));
  std::vector<std::optional<llvm::Error>> errors(groups.size());
  std::atomic<size_t> next = 0;
  doOnThreads(workers, [&](size_t) {
    for (size_t group = next++; group < groups.size(); group = next++)
      errors[group].emplace(run(group, threadsPerGroup));
  });
  llvm::Error first = llvm::Error::success();
  for (std::optional<llvm::Error> &error : errors) {
    if (first)
      llvm::consumeError(std::move(*error));
    else
      first = std::move(*error);
  }
  return first;
}

llvm::Expected<NamedTensors> RaggedBatch::join(llvm::ArrayRef<NamedTensors> outputs) const {
  NamedTensors joined;
  for (const Port &port : entry->arguments) {
    if (port.kind != PortKind::Output)
      continue;
    const Tensor *first = outputs.empty() ? nullptr : outputs.front().find(port.name);
    auto all = Tensor::create(first ? first->type() : port.type, shapeOf(*entry, sizes, port));
    if (!all)
      return all.takeError();
    for (auto [group, ofGroup] : llvm::zip_equal(groups, outputs))
      if (const Tensor *part = ofGroup.find(port.name))
        putExamples(*all, group.examples, *part);
    joined.set(port.name, std::move(*all));
  }
  return joined;
}
