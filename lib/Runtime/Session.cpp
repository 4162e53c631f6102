//===- Session.cpp - A loaded model that runs --------------------*- C++ -*-===//
//
// Runs sequences, chunks and single steps: binds inputs, carries memories from call to call, and
// gives outputs the batch axis that the inputs had.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Session.h"
#include "Error.h"
#include "LoadedModel.h"

using namespace gatefold;

Session::Session(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}
Session::~Session() = default;

const ModelInterface &Session::getInterface() const {
  return implementation->loaded->model->getInterface();
}

llvm::Expected<std::unique_ptr<Session>> Session::create(std::shared_ptr<const CompiledModel> model,
                                                         NamedTensors weights,
                                                         const SessionOptions &options) {
  const ModelInterface &interface = model->getInterface();
  if (options.capacity && *options.capacity < 0)
    return makeError("the capacity is " + llvm::Twine(*options.capacity) + ", expected 0 or more");
  for (const WeightSpec &spec : interface.weights) {
    const Tensor *weight = weights.find(spec.path);
    if (!weight)
      return makeError("weight `" + spec.path + "` is missing");
    if (weight->type() != ElementType::F32 || weight->shape() != llvm::ArrayRef(spec.shape))
      return makeError("weight `" + spec.path + "` is " + elementTypeName(weight->type()) + " " +
                       shapeText(weight->shape()) + ", expected f32 " + shapeText(spec.shape));
  }
  if (llvm::Error error = prepareWeights(*model, weights))
    return std::move(error);
  for (const EntryInterface &entry : interface.entries)
    for (const Port &port : entry.arguments)
      if (port.kind == PortKind::Weight && !weights.find(port.name))
        return makeError("the entry `" + entry.name + "` reads the weight `" + port.name +
                         "`, which the model does not declare");

  auto implementation = std::make_unique<Implementation>();
  implementation->loaded = std::make_shared<LoadedModel>(
      LoadedModel{std::move(model), std::move(weights),
                  options.waitsForThreads ? nullptr : std::make_shared<TeamMemory>()});
  implementation->options = options;
  return std::unique_ptr<Session>(new Session(std::move(implementation)));
}

/// Whether an entry goes on from memories that `init` makes; those of `decode` and what is made of
/// it come from `sequence`.
static bool hasMemories(const EntryInterface &entry) {
  return entry.name != "decode" && entry.name != "prefill" && entry.name != "generate" &&
         llvm::any_of(entry.arguments,
                      [](const Port &port) { return port.kind == PortKind::Memory; });
}

NamedTensors gatefold::takeResults(const EntryInterface &entry, llvm::ArrayRef<Tensor> results,
                                   PortKind kind) {
  NamedTensors named;
  size_t next = 0;
  for (const Port &port : entry.arguments) {
    if (port.kind != PortKind::Output && port.kind != PortKind::NextMemory)
      continue;
    if (port.kind == kind)
      named.set(port.name, results[next]);
    ++next;
  }
  return named;
}

NamedTensors gatefold::dropBatchAxes(const NamedTensors &outputs) {
  NamedTensors dropped;
  for (const NamedTensor &output : outputs)
    dropped.set(output.name,
                llvm::cantFail(output.tensor.withShape(output.tensor.shape().drop_front())));
  return dropped;
}

void gatefold::takeSizesOfMemories(const EntryInterface &entry, const StreamState &state,
                                   std::vector<int64_t> &sizes) {
  for (auto [name, size] : llvm::zip_equal(entry.sizes, sizes))
    for (const Port &port : entry.arguments) {
      const Tensor *memory =
          port.kind == PortKind::Memory ? state.memories.find(port.name) : nullptr;
      for (size_t axis = 0; memory && size < 0 && axis < port.shape.size(); ++axis)
        if (port.shape[axis].name == name && memory->rank() == int64_t(port.shape.size()))
          size = memory->shape()[axis];
    }
}

llvm::Expected<int64_t> Session::Implementation::chooseCapacity(const EntryInterface &init,
                                                                const NamedTensors &inputs) const {
  if (options.capacity)
    return *options.capacity;
  const ModelInterface &model = loaded->model->getInterface();
  auto isFixed = [&](const Port &input) {
    return llvm::any_of(init.arguments, [&](const Port &port) {
      return port.kind == PortKind::Input && port.name == input.name;
    });
  };
  std::optional<int64_t> capacity;
  if (const EntryInterface *sequence = model.entry("sequence"))
    for (const Port &port : sequence->arguments) {
      const Tensor *input = inputs.find(port.name);
      if (port.kind != PortKind::Input || isFixed(port) || !input)
        continue;
      // Behind the batch axis, if the tensor has one.
      int64_t axis = input->rank() == int64_t(port.shape.size()) ? 1 : 0;
      if (axis < input->rank())
        capacity = std::max(capacity.value_or(0), input->shape()[axis]);
    }
  if (!capacity)
    return makeError("the histories of `" + model.name +
                     "` need a capacity: the most steps that a stream may have");
  for (const EntryInterface &entry : model.entries)
    for (const MinimumSize &minimum : entry.minimums)
      if (minimum.size == capacitySizeName)
        capacity = std::max(*capacity, minimum.minimum);
  return *capacity;
}

llvm::Expected<StreamState> Session::start(const NamedTensors &inputs, int64_t batch) const {
  const LoadedModel &loaded = *implementation->loaded;
  StreamState state;
  state.batch = batch;
  if (batch < 0)
    return makeError("the batch is " + llvm::Twine(batch) + ", expected 0 or more");
  if (llvm::none_of(getInterface().entries, hasMemories))
    return state;

  llvm::Expected<const EntryInterface *> init = loaded.requireEntry("init");
  if (!init)
    return init.takeError();
  NamedTensors taken;
  for (const Port &port : (*init)->arguments)
    if (const Tensor *tensor = inputs.find(port.name); tensor && port.kind == PortKind::Input)
      taken.set(port.name, *tensor);
  llvm::Expected<BoundInputs> bound = bindInputs(**init, taken);
  if (!bound)
    return bound.takeError();
  for (auto [name, size] : llvm::zip_equal((*init)->sizes, bound->sizes)) {
    if (name == capacitySizeName) {
      llvm::Expected<int64_t> capacity = implementation->chooseCapacity(**init, inputs);
      if (!capacity)
        return capacity.takeError();
      size = *capacity;
    }
    if (name != batchSizeName)
      continue;
    if (!taken.empty() && size != batch)
      return makeError("the inputs are a batch of " + llvm::Twine(size) +
                       " but memories are made for a batch of " + llvm::Twine(batch));
    size = batch;
  }

  auto results = loaded.run(**init, bound->sizes, bound->tensors, /*threads=*/1);
  if (!results)
    return results.takeError();
  state.memories = takeResults(**init, *results, PortKind::NextMemory);
  return state;
}

llvm::Expected<const Tensor *> gatefold::findMemory(const EntryInterface &entry,
                                                    llvm::ArrayRef<int64_t> sizes, const Port &port,
                                                    const StreamState &state) {
  const Tensor *memory = state.memories.find(port.name);
  if (!memory)
    return makeError("the state has no memory `" + port.name + "`");
  Tensor::Shape shape = shapeOf(entry, sizes, port);
  if (memory->type() != port.type || memory->shape() != llvm::ArrayRef(shape))
    return makeError("memory `" + port.name + "` is " + elementTypeName(memory->type()) + " " +
                     shapeText(memory->shape()) + ", expected " + elementTypeName(port.type) + " " +
                     shapeText(shape));
  return memory;
}

llvm::Error gatefold::checkBatch(const EntryInterface &entry, const BoundInputs &bound,
                                 const StreamState &state) {
  int64_t batch = sizeOf(entry, bound.sizes, batchSizeName);
  if (batch == state.batch)
    return llvm::Error::success();
  return makeError("the inputs are a batch of " + llvm::Twine(batch) +
                   " but the stream is a batch of " + llvm::Twine(state.batch));
}

/// One call of the `sequence` entry.
static llvm::Expected<NamedTensors> continueSequence(const LoadedModel &loaded,
                                                     const EntryInterface &entry,
                                                     const BoundInputs &bound, StreamState &state,
                                                     unsigned threads) {
  std::vector<Tensor> given = bound.tensors;
  std::vector<int64_t> sizes = bound.sizes;
  takeSizesOfMemories(entry, state, sizes);
  for (const Port &port : entry.arguments) {
    if (port.kind != PortKind::Memory)
      continue;
    llvm::Expected<const Tensor *> memory = findMemory(entry, sizes, port, state);
    if (!memory)
      return memory.takeError();
    given.push_back(**memory);
  }
  auto results = loaded.run(entry, sizes, given, threads);
  if (!results)
    return results.takeError();
  state.memories = takeResults(entry, *results, PortKind::NextMemory);
  NamedTensors outputs = takeResults(entry, *results, PortKind::Output);
  return bound.batched ? outputs : dropBatchAxes(outputs);
}

llvm::Expected<NamedTensors> Session::runSequence(const NamedTensors &inputs,
                                                  unsigned threads) const {
  const LoadedModel &loaded = *implementation->loaded;
  llvm::Expected<const EntryInterface *> entry = loaded.requireEntry("sequence");
  if (!entry)
    return entry.takeError();
  llvm::Expected<BoundInputs> bound = bindInputs(**entry, inputs);
  if (!bound)
    return bound.takeError();
  auto state = start(inputs, sizeOf(**entry, bound->sizes, batchSizeName));
  if (!state)
    return state.takeError();
  return continueSequence(loaded, **entry, *bound, *state, threads);
}

llvm::Expected<NamedTensors> Session::runChunk(StreamState &state, const NamedTensors &inputs,
                                               unsigned threads) const {
  const LoadedModel &loaded = *implementation->loaded;
  llvm::Expected<const EntryInterface *> entry = loaded.requireEntry("sequence");
  if (!entry)
    return entry.takeError();
  if (!getInterface().whyNoStep.empty())
    return makeError("`" + getInterface().name +
                     "` needs whole sequences, not chunks: " + getInterface().whyNoStep);
  llvm::Expected<BoundInputs> bound = bindInputs(**entry, inputs);
  if (!bound)
    return bound.takeError();
  if (llvm::Error error = checkBatch(**entry, *bound, state))
    return std::move(error);
  return continueSequence(loaded, **entry, *bound, state, threads);
}
