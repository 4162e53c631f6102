//===- Stepper.cpp - Single steps without allocation -------------*- C++ -*-===//
//
// Prepares a call of the `step` entry once: buffers for inputs and outputs, memories that are
// updated in place, and the workspace.
//
//===----------------------------------------------------------------------===//

#include "Error.h"
#include "LoadedModel.h"
#include <cstring>

using namespace gatefold;

/// What a stepper holds.
class Stepper::Implementation {
public:
  Implementation(std::shared_ptr<const LoadedModel> loaded, EntryCall call)
      : loaded(std::move(loaded)), call(std::move(call)) {}

  /// Gives every argument its place.
  llvm::Error connect(const StreamState &state);
  /// The position of the argument of that kind and name; nullopt if there is none.
  std::optional<size_t> find(PortKind kind, llvm::StringRef name) const;

  std::shared_ptr<const LoadedModel> loaded;
  EntryCall call;
  std::vector<Tensor> buffers; // one per argument; empty for weights and memories' results
  int64_t batch = 1;

private:
  llvm::Error connectMemory(const StreamState &state, size_t position);
};

std::optional<size_t> Stepper::Implementation::find(PortKind kind, llvm::StringRef name) const {
  for (auto [position, port] : llvm::enumerate(call.getEntry().arguments))
    if (port.kind == kind && port.name == name)
      return position;
  return std::nullopt;
}

llvm::Error Stepper::Implementation::connectMemory(const StreamState &state, size_t position) {
  const Port &port = call.getEntry().arguments[position];
  llvm::Expected<const Tensor *> memory = findMemory(call.getEntry(), call.getSizes(), port, state);
  if (!memory)
    return memory.takeError();
  buffers[position] = **memory;
  char *bytes = buffers[position].mutableBytes();
  call.setPointer(position, bytes);
  if (std::optional<size_t> result = find(PortKind::NextMemory, port.name))
    call.setPointer(*result, bytes);
  return llvm::Error::success();
}

llvm::Error Stepper::Implementation::connect(const StreamState &state) {
  const EntryInterface &entry = call.getEntry();
  batch = state.batch;
  buffers.resize(entry.arguments.size());
  for (auto [position, port] : llvm::enumerate(entry.arguments)) {
    switch (port.kind) {
    case PortKind::Input:
    case PortKind::Output: {
      auto buffer = Tensor::create(port.type, shapeOf(entry, call.getSizes(), port));
      if (!buffer)
        return buffer.takeError();
      buffers[position] = std::move(*buffer);
      call.setPointer(position, buffers[position].mutableBytes());
      break;
    }
    case PortKind::Memory:
      if (llvm::Error error = connectMemory(state, position))
        return error;
      break;
    case PortKind::NextMemory:
      break; // shares the place of its memory
    case PortKind::Weight:
      call.setPointer(position, loaded->weights.find(port.name)->bytes().data());
      break;
    }
  }
  return llvm::Error::success();
}

Stepper::Stepper(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}
Stepper::~Stepper() = default;

/// The sizes of the `step` entry from the batch, the sizes given by name, and the memories' shapes.
static std::vector<int64_t> findSizes(const EntryInterface &entry, const StreamState &state,
                                      const NamedSizes &given) {
  std::vector<int64_t> sizes;
  for (const std::string &name : entry.sizes) {
    int64_t size = name == batchSizeName ? state.batch : -1;
    for (const auto &[givenName, givenSize] : given)
      if (size < 0 && givenName == name)
        size = givenSize;
    sizes.push_back(size);
  }
  takeSizesOfMemories(entry, state, sizes);
  return sizes;
}

llvm::Expected<std::unique_ptr<Stepper>> Stepper::create(const Session &session, StreamState state,
                                                         const NamedSizes &sizes,
                                                         unsigned threads) {
  std::shared_ptr<const LoadedModel> loaded = session.implementation->loaded;
  llvm::Expected<const EntryInterface *> entry = loaded->requireEntry("step");
  if (!entry)
    return entry.takeError();
  llvm::Expected<EntryCall> call =
      EntryCall::create(*loaded->model, **entry, findSizes(**entry, state, sizes));
  if (!call)
    return call.takeError();
  call->setThreads(threads, loaded->teamMemory);
  auto implementation = std::make_unique<Implementation>(std::move(loaded), std::move(*call));
  if (llvm::Error error = implementation->connect(state))
    return std::move(error);
  return std::unique_ptr<Stepper>(new Stepper(std::move(implementation)));
}

void *Stepper::getInput(llvm::StringRef name) {
  std::optional<size_t> position = implementation->find(PortKind::Input, name);
  return position ? implementation->call.getPointer(*position) : nullptr;
}

const void *Stepper::getOutput(llvm::StringRef name) const {
  std::optional<size_t> position = implementation->find(PortKind::Output, name);
  return position ? implementation->call.getPointer(*position) : nullptr;
}

bool Stepper::run() { return implementation->batch == 0 || implementation->call.run(); }

RunStatus Stepper::getStatus() const { return implementation->call.getStatus(); }

llvm::Error Stepper::getError() const { return implementation->call.getError(); }

StreamState Stepper::getState() const {
  StreamState state;
  state.batch = implementation->batch;
  for (auto [port, buffer] :
       llvm::zip_equal(implementation->call.getEntry().arguments, implementation->buffers)) {
    if (port.kind != PortKind::Memory)
      continue;
    Tensor copy = Tensor::zeros(buffer.type(), buffer.shape());
    std::memcpy(copy.mutableBytes(), buffer.bytes().data(), buffer.bytes().size());
    state.memories.set(port.name, std::move(copy));
  }
  return state;
}
