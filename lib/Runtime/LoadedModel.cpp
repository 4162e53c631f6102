//===- LoadedModel.cpp - A compiled model with its weights -------*- C++ -*-===//
//
// Runs an entry on tensors, on several threads as one call or with the batch in contiguous parts.
//
//===----------------------------------------------------------------------===//

#include "LoadedModel.h"
#include "Error.h"
#include "gatefold/Runtime/Team.h"
#include "gatefold/Runtime/Threads.h"
#include "llvm/ADT/StringMap.h"

using namespace gatefold;

llvm::Expected<const EntryInterface *> LoadedModel::requireEntry(llvm::StringRef name) const {
  const ModelInterface &interface = model->getInterface();
  if (const EntryInterface *entry = interface.entry(name))
    return entry;
  if (name == "step" && !interface.whyNoStep.empty())
    return makeError("`" + interface.name + "` cannot be stepped: " + interface.whyNoStep);
  return makeError("`" + interface.name + "` was compiled without the entry `" + name + "`");
}

/// An error for a weight that was rounded to 16 bits and is infinite: it may have been too large.
static llvm::Error checkRange(const NamedTensor &prepared) {
  ElementType type = prepared.tensor.type();
  if (type != ElementType::F16 && type != ElementType::BF16)
    return llvm::Error::success();
  const uint16_t infinity = type == ElementType::F16 ? 0x7c00 : 0x7f80;
  const uint16_t *numbers = prepared.tensor.data<uint16_t>();
  for (int64_t at = 0; at < prepared.tensor.numElements(); ++at)
    if ((numbers[at] & 0x7fff) == infinity)
      return makeError("a weight in `" + prepared.name + "` is beyond the range of " +
                       elementTypeName(type) + (type == ElementType::F16 ? ", 65504" : "") +
                       "; store the weights of this model as " +
                       (type == ElementType::F16 ? "bf16 or f32" : "f32"));
  return llvm::Error::success();
}

llvm::Error gatefold::prepareWeights(const CompiledModel &model, NamedTensors &weights) {
  const EntryInterface *entry = model.getInterface().entry("prepare");
  if (!entry)
    return llvm::Error::success();
  llvm::Expected<EntryCall> call = EntryCall::create(model, *entry, {});
  if (!call)
    return call.takeError();
  NamedTensors prepared;
  for (auto [index, port] : llvm::enumerate(entry->arguments)) {
    if (port.kind == PortKind::Weight) {
      const Tensor *weight = weights.find(port.name);
      if (!weight)
        return makeError("weight `" + port.name + "` is missing");
      call->setPointer(index, weight->bytes().data());
      continue;
    }
    auto result = Tensor::create(port.type, shapeOf(*entry, {}, port));
    if (!result)
      return result.takeError();
    call->setPointer(index, result->mutableBytes());
    prepared.set(port.name, std::move(*result));
  }
  call->run();
  for (const NamedTensor &tensor : prepared) {
    if (llvm::Error error = checkRange(tensor))
      return llvm::joinErrors(call->getError(), std::move(error));
    weights.set(tensor.name, tensor.tensor);
  }
  return call->getError();
}

llvm::Error PreparedCalls::run() {
  if (calls.empty())
    return llvm::Error::success();
  if (calls.size() == 1)
    calls.front().run();
  else
    runAsTeam(calls.size(), [&](TeamMember &member) {
      for (size_t number = member.number; number < calls.size(); number += member.count)
        calls[number].run();
    });
  for (const EntryCall &call : calls)
    if (llvm::Error error = call.getError())
      return error;
  return llvm::Error::success();
}

llvm::Expected<std::vector<Tensor>> LoadedModel::run(const EntryInterface &entry,
                                                     llvm::ArrayRef<int64_t> sizes,
                                                     llvm::ArrayRef<Tensor> given,
                                                     unsigned threads) const {
  auto prepared = prepare(entry, sizes, given, threads);
  if (!prepared)
    return prepared.takeError();
  if (llvm::Error error = prepared->run())
    return std::move(error);
  return std::move(prepared->results);
}

/// Up to so many examples for each thread, threads that share the work of all examples are faster
/// than with a part of the batch each: a thread then reads its part of the weights for all. Beyond,
/// what counts is that parts of a batch need not wait for each other.
static constexpr int64_t fewExamples = 2;

/// One call for all examples, or one for each of several contiguous parts of the batch.
llvm::Expected<std::vector<EntryCall>> LoadedModel::makeCalls(const EntryInterface &entry,
                                                              llvm::ArrayRef<int64_t> sizes,
                                                              llvm::ArrayRef<ArgumentPlace> places,
                                                              unsigned threads) const {
  int64_t batch = sizeOf(entry, sizes, batchSizeName);
  int64_t most = std::clamp<int64_t>(threads, 1, mostThreads);
  bool isTogether = entry.parallel && batch <= fewExamples * most;
  int64_t parts = batch == 0 ? 0 : isTogether ? 1 : std::min(batch, most);
  size_t batchPosition = llvm::find(entry.sizes, batchSizeName) - entry.sizes.begin();
  std::vector<EntryCall> calls;
  for (int64_t part = 0; part < parts; ++part) {
    int64_t begin = batch / parts * part + std::min(part, batch % parts);
    std::vector<int64_t> partSizes(sizes);
    partSizes[batchPosition] = batch / parts + (part < batch % parts ? 1 : 0);
    llvm::Expected<EntryCall> call = EntryCall::create(*model, entry, partSizes);
    if (!call)
      return call.takeError();
    for (auto [argument, place] : llvm::enumerate(places))
      call->setPointer(argument, place.begin + begin * place.bytesPerExample);
    if (isTogether)
      call->setThreads(most, teamMemory);
    calls.push_back(std::move(*call));
  }
  return calls;
}

llvm::Expected<PreparedCalls> LoadedModel::prepare(const EntryInterface &entry,
                                                   llvm::ArrayRef<int64_t> sizes,
                                                   llvm::ArrayRef<Tensor> given,
                                                   unsigned threads) const {
  PreparedCalls prepared;
  std::vector<ArgumentPlace> places;
  size_t nextGiven = 0;
  for (const Port &port : entry.arguments) {
    ArgumentPlace place;
    if (port.kind == PortKind::Weight) {
      place.begin = const_cast<char *>(weights.find(port.name)->bytes().data());
    } else if (port.kind == PortKind::Output || port.kind == PortKind::NextMemory) {
      auto result = Tensor::create(port.type, shapeOf(entry, sizes, port));
      if (!result)
        return result.takeError();
      place = {result->mutableBytes(), bytesPerExample(entry, sizes, port)};
      prepared.results.push_back(std::move(*result));
    } else {
      const Tensor &tensor = given[nextGiven++];
      place = {const_cast<char *>(tensor.bytes().data()), bytesPerExample(entry, sizes, port)};
    }
    places.push_back(place);
  }
  auto calls = makeCalls(entry, sizes, places, threads);
  if (!calls)
    return calls.takeError();
  prepared.calls = std::move(*calls);
  return prepared;
}

llvm::Error LoadedModel::update(const EntryInterface &entry, llvm::ArrayRef<int64_t> sizes,
                                llvm::MutableArrayRef<Tensor> given, unsigned threads) const {
  std::vector<ArgumentPlace> places;
  llvm::StringMap<ArgumentPlace> memories;
  Tensor *nextGiven = given.data();
  for (const Port &port : entry.arguments) {
    ArgumentPlace place;
    if (port.kind == PortKind::Weight)
      place.begin = const_cast<char *>(weights.find(port.name)->bytes().data());
    else if (port.kind == PortKind::NextMemory)
      place = memories.lookup(port.name);
    else
      place = {port.kind == PortKind::Memory ? nextGiven->mutableBytes()
                                             : const_cast<char *>(nextGiven->bytes().data()),
               bytesPerExample(entry, sizes, port)};
    if (port.kind == PortKind::Memory)
      memories[port.name] = place;
    if (port.kind == PortKind::Memory || port.kind == PortKind::Input)
      ++nextGiven;
    places.push_back(place);
  }
  auto calls = makeCalls(entry, sizes, places, threads);
  if (!calls)
    return calls.takeError();
  return PreparedCalls{std::move(*calls), {}}.run();
}
