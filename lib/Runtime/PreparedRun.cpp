//===- PreparedRun.cpp - Whole sequences, again and again --------*- C++ -*-===//
//
// Keeps the calls of a run and the tensors that they read and write.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/PreparedRun.h"
#include "LoadedModel.h"

using namespace gatefold;

class PreparedRun::Implementation {
public:
  std::shared_ptr<const LoadedModel> loaded;
  const EntryInterface *entry = nullptr;
  std::vector<Tensor> given;
  PreparedCalls calls;
};

PreparedRun::PreparedRun(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}
PreparedRun::~PreparedRun() = default;

llvm::Expected<std::unique_ptr<PreparedRun>>
PreparedRun::create(const Session &session, const NamedTensors &inputs, unsigned threads) {
  auto made = std::make_unique<Implementation>();
  made->loaded = session.implementation->loaded;
  llvm::Expected<const EntryInterface *> entry = made->loaded->requireEntry("sequence");
  if (!entry)
    return entry.takeError();
  made->entry = *entry;
  llvm::Expected<BoundInputs> bound = bindInputs(**entry, inputs);
  if (!bound)
    return bound.takeError();
  auto state = session.start(inputs, sizeOf(**entry, bound->sizes, batchSizeName));
  if (!state)
    return state.takeError();
  takeSizesOfMemories(**entry, *state, bound->sizes);
  made->given = std::move(bound->tensors);
  for (const Port &port : (*entry)->arguments) {
    if (port.kind != PortKind::Memory)
      continue;
    llvm::Expected<const Tensor *> memory = findMemory(**entry, bound->sizes, port, *state);
    if (!memory)
      return memory.takeError();
    made->given.push_back(**memory);
  }
  auto calls = made->loaded->prepare(**entry, bound->sizes, made->given, threads);
  if (!calls)
    return calls.takeError();
  made->calls = std::move(*calls);
  return std::unique_ptr<PreparedRun>(new PreparedRun(std::move(made)));
}

llvm::Error PreparedRun::run() { return implementation->calls.run(); }

NamedTensors PreparedRun::getOutputs() const {
  return takeResults(*implementation->entry, implementation->calls.results, PortKind::Output);
}

int64_t PreparedRun::getWorkspaceBytes() const {
  int64_t bytes = 0;
  for (const EntryCall &call : implementation->calls.calls)
    bytes += call.getWorkspaceBytes();
  return bytes;
}
