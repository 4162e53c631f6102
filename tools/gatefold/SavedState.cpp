//===- SavedState.cpp - Memories of streams in files -------------*- C++ -*-===//

#include "SavedState.h"
#include "StreamRun.h"
#include "gatefold/IR/Gatefold.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/OutputFile.h"
#include "gatefold/Runtime/SafeTensors.h"
#include "llvm/Support/xxhash.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

/// Under this name, which no memory can have, lie the fingerprint, the batch, and a number for the
/// contents of all memories.
static constexpr llvm::StringLiteral fingerprintName = ":fingerprint";

static uint64_t hash(llvm::ArrayRef<char> bytes) {
  return llvm::xxh3_64bits(
      llvm::ArrayRef(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
}

/// A number for the names and contents of tensors, in any order.
static uint64_t hash(const NamedTensors &tensors) {
  uint64_t sum = 0;
  for (const NamedTensor &tensor : tensors)
    sum += llvm::xxh3_64bits(tensor.name + ":" + std::to_string(hash(tensor.tensor.bytes())));
  return sum;
}

uint64_t gatefold::findFingerprint(mlir::ModuleOp module, const NamedTensors &weights) {
  std::string text;
  llvm::raw_string_ostream out(text);
  module.walk([&](ir::EntryOp entry) {
    if (entry.getSymName() == "step")
      entry.print(out);
  });
  return llvm::xxh3_64bits(text) + hash(weights);
}

/// Writes the state to the file `path`, wholly or not at all.
static llvm::Error saveState(llvm::StringRef path, const StreamState &state, uint64_t fingerprint) {
  NamedTensors tensors;
  const int64_t numbers[] = {static_cast<int64_t>(fingerprint), state.batch,
                             static_cast<int64_t>(hash(state.memories))};
  tensors.set(fingerprintName.str(), Tensor::copyOf<int64_t>(ElementType::I64, {3}, numbers));
  for (const NamedTensor &memory : state.memories)
    tensors.set(memory.name, memory.tensor);
  std::string text;
  llvm::raw_string_ostream out(text);
  if (llvm::Error error = writeSafeTensors(out, tensors))
    return error;
  return writeFile(path, [&](llvm::raw_ostream &file) { file << text; });
}

/// Reads a state of the model. An error names the file where it is no saved state, has another
/// fingerprint, or lacks a memory.
static llvm::Expected<StreamState> readState(llvm::StringRef path, const ModelInterface &model,
                                             uint64_t fingerprint) {
  llvm::Expected<NamedTensors> tensors = readSafeTensors(path);
  if (!tensors)
    return tensors.takeError();
  const Tensor *found = tensors->find(fingerprintName);
  if (!found || found->type() != ElementType::I64 || found->shape() != llvm::ArrayRef<int64_t>{3})
    return makeError(path + ": is no saved state, as --save-state writes it");
  if (static_cast<uint64_t>(found->data<int64_t>()[0]) != fingerprint)
    return makeError(path + ": was saved by another model than `" + model.name +
                     "`, with other weights, or by another build of Gatefold; without --state the "
                     "run starts anew");
  StreamState state;
  state.batch = found->data<int64_t>()[1];
  for (const Port &port : model.entry("step")->arguments) {
    if (port.kind != PortKind::Memory)
      continue;
    const Tensor *memory = tensors->find(port.name);
    if (!memory)
      return makeError(path + ": has no memory `" + port.name + "`");
    state.memories.set(port.name, *memory);
  }
  if (static_cast<uint64_t>(found->data<int64_t>()[2]) != hash(state.memories))
    return makeError(path + ": is damaged; without --state the run starts anew");
  return state;
}

llvm::Expected<NamedTensors> gatefold::runSavedStream(const Session &session,
                                                      const NamedTensors &inputs, StreamPlan plan,
                                                      const StateFiles &files,
                                                      uint64_t fingerprint) {
  StreamState last;
  plan.last = &last;
  if (!files.from.empty()) {
    auto state = readState(files.from, session.getInterface(), fingerprint);
    if (!state)
      return state.takeError();
    plan.from = std::move(*state);
  }
  auto outputs = runStream(session, inputs, plan);
  if (!outputs || files.to.empty())
    return outputs;
  if (llvm::Error error = saveState(files.to, last, fingerprint))
    return std::move(error);
  return outputs;
}

void gatefold::addStateOptions(CLI::App &app, StateFiles &files) {
  app.add_option("--state", files.from, "Go on from memories that --save-state wrote")
      ->option_text("FILE");
  app.add_option("--save-state", files.to, "Where the memories after the last step go")
      ->option_text("FILE");
}
