//===- StreamRun.cpp - Sequences in chunks and steps -------------*- C++ -*-===//
//
// Cuts inputs along time, runs the chunks, and joins what comes out.
//
//===----------------------------------------------------------------------===//

#include "StreamRun.h"
#include "gatefold/Runtime/Error.h"
#include <cstring>

using namespace gatefold;

bool gatefold::runsOverTime(const ModelInterface &model, const Port &port) {
  const EntryInterface *step = model.entry("step");
  for (const Port &other : step ? llvm::ArrayRef<Port>(step->arguments) : llvm::ArrayRef<Port>())
    if (other.kind == port.kind && other.name == port.name)
      return other.shape.size() + 1 == port.shape.size();
  return false;
}

/// Bytes of one step of one example of a tensor [batch, steps, ...].
static int64_t bytesPerStep(const Tensor &tensor) {
  int64_t steps = tensor.shape()[0] * tensor.shape()[1];
  return steps == 0 ? 0 : static_cast<int64_t>(tensor.bytes().size()) / steps;
}

/// Steps begin..begin+count-1 of a tensor [batch, steps, ...].
static Tensor takeSteps(const Tensor &tensor, int64_t begin, int64_t count) {
  Tensor::Shape shape(tensor.shape());
  shape[1] = count;
  Tensor part = Tensor::zeros(tensor.type(), shape);
  int64_t stepBytes = bytesPerStep(tensor), bytes = count * stepBytes;
  const char *from = tensor.bytes().data() + begin * stepBytes;
  char *to = part.mutableBytes();
  for (int64_t example = 0; bytes > 0 && example < shape[0]; ++example)
    std::memcpy(to + example * bytes, from + example * tensor.shape()[1] * stepBytes, bytes);
  return part;
}

/// Tensors [batch, steps, ...] one after the other along time.
static Tensor joinSteps(llvm::ArrayRef<Tensor> parts) {
  Tensor::Shape shape(parts.front().shape());
  for (const Tensor &part : parts.drop_front())
    shape[1] += part.shape()[1];
  Tensor joined = Tensor::zeros(parts.front().type(), shape);
  int64_t stepBytes = bytesPerStep(joined);
  char *to = joined.mutableBytes();
  for (int64_t example = 0; example < shape[0]; ++example)
    for (const Tensor &part : parts) {
      int64_t bytes = part.shape()[1] * stepBytes;
      if (bytes > 0)
        std::memcpy(to, part.bytes().data() + example * bytes, bytes);
      to += bytes;
    }
  return joined;
}

/// The tensor with more rows along an axis, the new ones 0.
static llvm::Expected<Tensor> addRows(const Tensor &tensor, size_t axis, int64_t rows) {
  Tensor::Shape shape(tensor.shape());
  shape[axis] = rows;
  llvm::Expected<Tensor> larger = Tensor::create(tensor.type(), shape);
  if (!larger)
    return larger;
  int64_t parts = 1;
  for (int64_t size : tensor.shape().take_front(axis))
    parts *= size;
  if (parts == 0 || tensor.numElements() == 0)
    return larger;
  int64_t bytes = tensor.bytes().size() / parts, room = larger->bytes().size() / parts;
  char *to = larger->mutableBytes();
  for (int64_t part = 0; part < parts; ++part)
    std::memcpy(to + part * room, tensor.bytes().data() + part * bytes, bytes);
  return larger;
}

/// Gives histories room for at least `capacity` steps, or without one for `steps` more than they
/// have room for.
static llvm::Error growHistories(StreamState &state, const ModelInterface &model, int64_t steps,
                                 std::optional<int64_t> capacity) {
  for (const Port &port : model.entry("step")->arguments) {
    const Tensor *memory = port.kind == PortKind::Memory ? state.memories.find(port.name) : nullptr;
    auto axis = llvm::find_if(port.shape, [](const Dimension &dimension) {
      return dimension.isDynamic() && dimension.name == capacitySizeName;
    });
    size_t place = axis - port.shape.begin();
    if (!memory || axis == port.shape.end() || memory->shape().size() != port.shape.size())
      continue;
    int64_t room = memory->shape()[place];
    int64_t wanted = capacity ? std::max(room, *capacity) : room + steps;
    llvm::Expected<Tensor> larger = addRows(*memory, place, wanted);
    if (!larger)
      return larger.takeError();
    state.memories.set(port.name, std::move(*larger));
  }
  return llvm::Error::success();
}

namespace {
/// The inputs of a run, all with a batch axis, and how they are cut.
class StreamRun {
public:
  StreamRun(const Session &session, const EntryInterface &sequence, const BoundInputs &bound)
      : session(session), sequence(sequence) {
    const Tensor *tensor = bound.tensors.data();
    for (const Port &port : sequence.arguments) {
      if (port.kind != PortKind::Input)
        continue;
      inputs.set(port.name, *tensor);
      batch = tensor->shape()[0];
      if (runsOverTime(session.getInterface(), port))
        steps = tensor->shape()[1];
      ++tensor;
    }
  }

  llvm::Expected<NamedTensors> run(const StreamPlan &plan);

private:
  llvm::Expected<StreamState> begin(const StreamPlan &plan) const;
  NamedTensors cutInputs(int64_t begin, int64_t count) const;
  NamedTensors joinOutputs() const;

  const Session &session;
  const EntryInterface &sequence;
  NamedTensors inputs;
  int64_t batch = 1;
  int64_t steps = 0;
  std::vector<NamedTensors> parts; // the outputs of each chunk
};
} // namespace

NamedTensors StreamRun::cutInputs(int64_t begin, int64_t count) const {
  NamedTensors cut = inputs;
  for (const Port &port : sequence.arguments)
    if (port.kind == PortKind::Input && runsOverTime(session.getInterface(), port))
      cut.set(port.name, takeSteps(*inputs.find(port.name), begin, count));
  return cut;
}

NamedTensors StreamRun::joinOutputs() const {
  NamedTensors outputs;
  for (const Port &port : sequence.arguments) {
    if (port.kind != PortKind::Output)
      continue;
    std::vector<Tensor> ofPort;
    ofPort.reserve(parts.size());
    for (const NamedTensors &part : parts)
      ofPort.push_back(*part.find(port.name));
    // What does not run over time is known after the last step only.
    outputs.set(port.name,
                runsOverTime(session.getInterface(), port) ? joinSteps(ofPort) : ofPort.back());
  }
  return outputs;
}

/// The memories before the first step.
llvm::Expected<StreamState> StreamRun::begin(const StreamPlan &plan) const {
  if (!plan.from)
    return session.start(inputs, batch);
  StreamState state = *plan.from;
  if (state.batch != batch)
    return makeError("the saved state is of a batch of " + llvm::Twine(state.batch) +
                     ", but the inputs are a batch of " + llvm::Twine(batch));
  if (llvm::Error error = growHistories(state, session.getInterface(), steps, plan.capacity))
    return std::move(error);
  return state;
}

llvm::Expected<NamedTensors> StreamRun::run(const StreamPlan &plan) {
  llvm::Expected<StreamState> state = begin(plan);
  if (!state)
    return state.takeError();
  int64_t chunk = plan.chunk.value_or(std::max<int64_t>(steps, 1));
  int64_t begin = 0;
  do { // once for sequences without a step
    int64_t count = std::min(chunk, steps - begin);
    NamedTensors part = cutInputs(begin, count);
    auto outputs = plan.stepwise ? session.runSteps(*state, part, plan.threads)
                                 : session.runChunk(*state, part, plan.threads);
    if (!outputs)
      return outputs.takeError();
    parts.push_back(std::move(*outputs));
    begin += count;
  } while (begin < steps);
  if (plan.last)
    *plan.last = std::move(*state);
  return joinOutputs();
}

llvm::Expected<NamedTensors> gatefold::runStream(const Session &session, const NamedTensors &inputs,
                                                 const StreamPlan &plan) {
  const ModelInterface &model = session.getInterface();
  const EntryInterface *sequence = model.entry("sequence");
  if (!sequence || !model.entry("step"))
    return llvm::createStringError(
        llvm::inconvertibleErrorCode(),
        "`" + model.name + "` cannot run step by step or in chunks: " + model.whyNoStep);
  llvm::Expected<BoundInputs> bound = bindInputs(*sequence, inputs);
  if (!bound)
    return bound.takeError();
  llvm::Expected<NamedTensors> outputs = StreamRun(session, *sequence, *bound).run(plan);
  if (!outputs || bound->batched)
    return outputs;
  NamedTensors single;
  for (const NamedTensor &output : *outputs)
    single.set(output.name,
               llvm::cantFail(output.tensor.withShape(output.tensor.shape().drop_front())));
  return single;
}

std::optional<int64_t> gatefold::countSteps(const ModelInterface &model, const BoundInputs &bound) {
  const EntryInterface *sequence = model.entry("sequence");
  size_t next = 0;
  for (const Port &port : sequence->arguments) {
    if (port.kind != PortKind::Input)
      continue;
    if (runsOverTime(model, port))
      return bound.tensors[next].shape()[1];
    ++next;
  }
  return std::nullopt;
}
