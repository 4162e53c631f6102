//===- SteppedRun.cpp - Whole sequences through the `step` entry -*- C++ -*-===//
//
// Walks sequences one step at a time: every step copies its slices of the inputs into a stepper and
// the stepper's outputs out.
//
//===----------------------------------------------------------------------===//

#include "Error.h"
#include "LoadedModel.h"
#include <cstring>

using namespace gatefold;

namespace {
/// A tensor [batch, T, ...] of which each step takes one slice [batch, ...], or a tensor
/// [batch, ...] that is the same at every step, and the stepper's buffer for it.
struct Channel {
  char *tensor;
  char *buffer;
  int64_t batch;
  int64_t stepsPerExample; // 1 for a tensor that is the same at every step
  int64_t bytesPerStep;    // of one example

  Channel(const Tensor &shape, char *tensor, void *buffer, bool isTimed)
      : tensor(tensor), buffer(static_cast<char *>(buffer)), batch(shape.shape()[0]),
        stepsPerExample(isTimed ? shape.shape()[1] : 1) {
    int64_t slices = batch * stepsPerExample;
    bytesPerStep = slices == 0 ? 0 : static_cast<int64_t>(shape.bytes().size()) / slices;
  }
  char *slice(int64_t example, int64_t step) const {
    return tensor + (example * stepsPerExample + (stepsPerExample == 1 ? 0 : step)) * bytesPerStep;
  }
  void load(int64_t step) const {
    for (int64_t example = 0; example < batch; ++example)
      std::memcpy(buffer + example * bytesPerStep, slice(example, step), bytesPerStep);
  }
  void store(int64_t step) const {
    for (int64_t example = 0; example < batch; ++example)
      std::memcpy(slice(example, step), buffer + example * bytesPerStep, bytesPerStep);
  }
};

/// One run of sequences through a stepper.
class SteppedRun {
public:
  SteppedRun(const EntryInterface &sequence, const EntryInterface &step, const BoundInputs &bound)
      : sequence(sequence), step(step), bound(bound) {}

  /// Finds the number of steps, from the inputs that have a time axis.
  llvm::Error countSteps();
  /// Connects the stepper with the inputs and with new tensors for the outputs.
  llvm::Error connect(Stepper &stepper);
  llvm::Error run(Stepper &stepper);
  int64_t getSteps() const { return steps; }
  const NamedTensors &getOutputs() const { return outputs; }

private:
  const Port *findStepPort(const Port &port) const {
    for (const Port &candidate : step.arguments)
      if (candidate.kind == port.kind && candidate.name == port.name)
        return &candidate;
    return nullptr;
  }
  /// Whether the port of `sequence` has a time axis that the port of `step` lacks.
  static bool isTimed(const Port &port, const Port &stepPort) {
    return port.shape.size() == stepPort.shape.size() + 1;
  }
  llvm::Error connectOutput(Stepper &stepper, const Port &port);

  const EntryInterface &sequence;
  const EntryInterface &step;
  const BoundInputs &bound;
  int64_t steps = 0;
  std::vector<Channel> loads, stores;
  NamedTensors outputs;
};
} // namespace

llvm::Error SteppedRun::countSteps() {
  const Port *first = nullptr;
  auto tensor = bound.tensors.begin();
  for (const Port &port : sequence.arguments) {
    if (port.kind != PortKind::Input)
      continue;
    llvm::ArrayRef<int64_t> shape = (tensor++)->shape();
    const Port *stepPort = findStepPort(port);
    if (!stepPort || !isTimed(port, *stepPort))
      continue;
    if (first && shape[1] != steps)
      return makeError("input `" + first->name + "` has " + llvm::Twine(steps) +
                       " steps but input `" + port.name + "` has " + llvm::Twine(shape[1]));
    first = &port;
    steps = shape[1];
  }
  return first ? llvm::Error::success()
               : makeError("none of the inputs is a sequence to step through");
}

llvm::Error SteppedRun::connectOutput(Stepper &stepper, const Port &port) {
  const Port *stepPort = findStepPort(port);
  if (!stepPort)
    return makeError("the entry `step` does not give the output `" + port.name + "`");
  bool timed = isTimed(port, *stepPort);
  if (!timed && steps == 0)
    return makeError("the output `" + port.name + "` is that of the last step, but there is none");
  auto tensor = Tensor::create(port.type, shapeOf(sequence, bound.sizes, port));
  if (!tensor)
    return tensor.takeError();
  char *bytes = tensor->mutableBytes();
  outputs.set(port.name, std::move(*tensor));
  stores.emplace_back(*outputs.find(port.name), bytes,
                      const_cast<void *>(stepper.getOutput(port.name)), timed);
  return llvm::Error::success();
}

llvm::Error SteppedRun::connect(Stepper &stepper) {
  auto tensor = bound.tensors.begin();
  for (const Port &port : sequence.arguments) {
    if (port.kind == PortKind::Output) {
      if (llvm::Error error = connectOutput(stepper, port))
        return error;
      continue;
    }
    if (port.kind != PortKind::Input)
      continue;
    const Tensor &input = *tensor++;
    const Port *stepPort = findStepPort(port);
    if (!stepPort)
      continue; // read by `init` alone
    Channel channel(input, const_cast<char *>(input.bytes().data()), stepper.getInput(port.name),
                    isTimed(port, *stepPort));
    if (isTimed(port, *stepPort))
      loads.push_back(channel);
    else
      channel.load(0);
  }
  return llvm::Error::success();
}

llvm::Error SteppedRun::run(Stepper &stepper) {
  for (int64_t now = 0; now < steps; ++now) {
    for (const Channel &channel : loads)
      channel.load(now);
    if (!stepper.run())
      return stepper.getError();
    for (const Channel &channel : stores)
      channel.store(now);
  }
  return llvm::Error::success();
}

llvm::Expected<NamedTensors> Session::runSteps(StreamState &state, const NamedTensors &inputs,
                                               unsigned threads) const {
  const LoadedModel &loaded = *implementation->loaded;
  llvm::Expected<const EntryInterface *> step = loaded.requireEntry("step");
  if (!step)
    return step.takeError();
  llvm::Expected<const EntryInterface *> sequence = loaded.requireEntry("sequence");
  if (!sequence)
    return sequence.takeError();
  llvm::Expected<BoundInputs> bound = bindInputs(**sequence, inputs);
  if (!bound)
    return bound.takeError();
  if (llvm::Error error = checkBatch(**sequence, *bound, state))
    return std::move(error);

  SteppedRun run(**sequence, **step, *bound);
  if (llvm::Error error = run.countSteps())
    return std::move(error);
  // No step says what an output after the last step is where there is none; the sequence does.
  if (run.getSteps() == 0 && loaded.model->getEntry("sequence"))
    return runChunk(state, inputs, threads);

  NamedSizes sizes;
  for (auto [name, size] : llvm::zip_equal((*sequence)->sizes, bound->sizes))
    sizes.push_back({name, size});
  llvm::Expected<std::unique_ptr<Stepper>> stepper = Stepper::create(*this, state, sizes, threads);
  if (!stepper)
    return stepper.takeError();
  if (llvm::Error error = run.connect(**stepper))
    return std::move(error);
  if (llvm::Error error = run.run(**stepper))
    return std::move(error);
  state = (*stepper)->getState();
  return bound->batched ? run.getOutputs() : dropBatchAxes(run.getOutputs());
}
