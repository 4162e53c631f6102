//===- InputBinding.cpp - Inputs checked against an entry --------*- C++ -*-===//
//
// Finds the tensor for each input port of an entry, the dynamic sizes they give, and everything
// about them that does not fit.
//
//===----------------------------------------------------------------------===//

#include "EntryCall.h"
#include "Error.h"
#include "gatefold/Runtime/Session.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace gatefold;

/// Spells the axes of a port from number `first` on: "[T, 13]".
static std::string describeShape(const Port &port, size_t first) {
  std::vector<std::string> sizes;
  for (const Dimension &dimension : llvm::drop_begin(port.shape, first))
    sizes.push_back(dimension.isDynamic() ? dimension.name : std::to_string(dimension.size));
  return "[" + llvm::join(sizes, ", ") + "]";
}

std::string gatefold::describePort(const Port &port) {
  std::string type = elementTypeName(port.type).str();
  return port.shape.size() <= 1 ? type : type + " " + describeShape(port, 1);
}

namespace {
/// Binds the inputs of one entry and collects the errors about them.
class Binder {
public:
  Binder(const EntryInterface &entry, const NamedTensors &inputs) : entry(entry), inputs(inputs) {
    for (const Port &port : entry.arguments)
      if (port.kind == PortKind::Input)
        ports.push_back(&port);
  }

  llvm::Expected<BoundInputs> bind();

private:
  void report(const llvm::Twine &message) {
    errors = llvm::joinErrors(std::move(errors), makeError(message));
  }
  void checkNames();
  bool checkBatchAxis(const Port &port, const Tensor &tensor);
  void bindPort(const Port &port, const Tensor &tensor);
  void bindSize(const Port &port, const Dimension &dimension, int64_t size);

  struct KnownSize {
    int64_t size;
    llvm::StringRef input; // which gave it
  };

  const EntryInterface &entry;
  const NamedTensors &inputs;
  llvm::SmallVector<const Port *> ports;
  llvm::StringMap<KnownSize> known;
  const Port *first = nullptr; // decides whether there is a batch axis
  BoundInputs result;
  llvm::Error errors = llvm::Error::success();
};
} // namespace

/// Every port has a tensor and every tensor a port.
void Binder::checkNames() {
  llvm::SmallVector<llvm::StringRef> names;
  for (const Port *port : ports) {
    names.push_back(port->name);
    if (!inputs.find(port->name))
      report("input `" + port->name + "` is missing: " + describePort(*port));
  }
  for (const NamedTensor &input : inputs) {
    if (llvm::is_contained(names, input.name))
      continue;
    llvm::StringRef nearest = nearestName(input.name, names);
    if (!nearest.empty())
      report("there is no input `" + input.name + "`; did you mean `" + nearest + "`?");
    else if (names.empty())
      report("there is no input `" + input.name + "`; the model takes none");
    else
      report("there is no input `" + input.name + "`; the inputs are `" +
             llvm::join(names, "`, `") + "`");
  }
}

/// The number of axes is right, and the batch axis is there exactly if the other inputs have it.
bool Binder::checkBatchAxis(const Port &port, const Tensor &tensor) {
  int64_t rank = static_cast<int64_t>(port.shape.size());
  if (tensor.rank() != rank && tensor.rank() != rank - 1) {
    report("input `" + port.name + "` has shape " + shapeText(tensor.shape()) + ", expected " +
           describeShape(port, 1) + " or, for a batch, " + describeShape(port, 0));
    return false;
  }
  bool batched = tensor.rank() == rank;
  if (!first) {
    first = &port;
    result.batched = batched;
  } else if (batched != result.batched) {
    const Port &with = batched ? port : *first;
    const Port &without = batched ? *first : port;
    report("input `" + with.name + "` has a batch axis but input `" + without.name +
           "` has none: all of them must have one, or none");
    return false;
  }
  return true;
}

void Binder::bindSize(const Port &port, const Dimension &dimension, int64_t size) {
  auto [place, isNew] = known.try_emplace(dimension.name, KnownSize{size, port.name});
  if (!isNew && place->second.size != size)
    report("input `" + place->second.input + "` has " + dimension.name + " = " +
           llvm::Twine(place->second.size) + " but input `" + port.name + "` has " +
           dimension.name + " = " + llvm::Twine(size));
}

void Binder::bindPort(const Port &port, const Tensor &tensor) {
  if (tensor.type() != port.type)
    report("input `" + port.name + "` has elements of type " + elementTypeName(tensor.type()) +
           ", expected " + elementTypeName(port.type));
  if (!checkBatchAxis(port, tensor))
    return;

  Tensor::Shape shape(tensor.shape());
  if (!result.batched)
    shape.insert(shape.begin(), 1);
  for (auto [dimension, size] : llvm::zip_equal(port.shape, shape)) {
    if (dimension.isDynamic())
      bindSize(port, dimension, size);
    else if (dimension.size != size)
      return report("input `" + port.name + "` has shape " + shapeText(tensor.shape()) +
                    ", expected " + describeShape(port, result.batched ? 0 : 1));
  }
  result.tensors.push_back(llvm::cantFail(tensor.withShape(shape)));
}

llvm::Expected<BoundInputs> Binder::bind() {
  checkNames();
  for (const Port *port : ports)
    if (const Tensor *tensor = inputs.find(port->name))
      bindPort(*port, *tensor);
  if (errors)
    return std::move(errors);

  for (const std::string &name : entry.sizes) {
    auto place = known.find(name);
    if (place != known.end())
      result.sizes.push_back(place->second.size);
    else
      result.sizes.push_back(name == batchSizeName ? 1 : -1);
  }
  return std::move(result);
}

llvm::Expected<BoundInputs> gatefold::bindInputs(const EntryInterface &entry,
                                                 const NamedTensors &inputs) {
  return Binder(entry, inputs).bind();
}
