//===- ModelDecoder.cpp - A compiled decoder ---------------------*- C++ -*-===//
//
// Calls the entry `decode` and moves its rows.
//
//===----------------------------------------------------------------------===//

#include "ModelDecoder.h"
#include "Error.h"
#include "gatefold/Runtime/RaggedBatch.h"
#include "llvm/ADT/Sequence.h"
#include <cstring>

using namespace gatefold;

static const Port *findPort(const EntryInterface &entry, PortKind kind, llvm::StringRef name) {
  for (const Port &port : entry.arguments)
    if (port.kind == kind && port.name == name)
      return &port;
  return nullptr;
}

llvm::Expected<int64_t> gatefold::checkDecodeEntry(const EntryInterface &decode,
                                                   const Generation &generation) {
  const Port *token = findPort(decode, PortKind::Input, generation.token);
  if (!token || token->type != ElementType::I32 || token->shape.size() != 1)
    return makeError("the entry `decode` has no input `" + generation.token +
                     "` of one i32 for "
                     "each row");
  const Port *scores = findPort(decode, PortKind::Output, generation.scores);
  if (!scores || scores->type != ElementType::F32 || scores->shape.size() != 2 ||
      scores->shape[1].isDynamic() || scores->shape[1].size < 1)
    return makeError("the entry `decode` has no output `" + generation.scores +
                     "` of f32 [V] for each row");
  for (const Port &port : decode.arguments)
    if (port.kind == PortKind::Output && &port != scores)
      return makeError("the entry `decode` has the output `" + port.name + "` beside its scores");
  return scores->shape[1].size;
}

llvm::Expected<std::unique_ptr<ModelDecoder>> ModelDecoder::create(const LoadedModel &loaded,
                                                                   llvm::ArrayRef<int64_t> sizes,
                                                                   const NamedTensors &start,
                                                                   int64_t numRead) {
  llvm::Expected<const EntryInterface *> entry = loaded.requireEntry("decode");
  if (!entry)
    return entry.takeError();
  llvm::Expected<EntryCall> call = EntryCall::create(*loaded.model, **entry, sizes);
  if (!call)
    return call.takeError();
  std::unique_ptr<ModelDecoder> decoder(new ModelDecoder(std::move(*call)));
  decoder->numRead = numRead;
  if (llvm::Error error = decoder->connect(loaded, start))
    return std::move(error);
  return decoder;
}

/// The values of an input or memory in `start`.
llvm::Expected<const Tensor *> ModelDecoder::findStart(size_t argument,
                                                       const NamedTensors &start) const {
  const EntryInterface &entry = call.getEntry();
  const Port &port = entry.arguments[argument];
  Tensor::Shape shape = shapeOf(entry, call.getSizes(), port);
  const Tensor *value = start.find(port.name);
  if (value && value->type() == port.type && value->rank() == static_cast<int64_t>(shape.size()) &&
      value->shape().drop_front() == llvm::ArrayRef(shape).drop_front())
    return value;
  return makeError(llvm::Twine("the decoder needs ") + portKindName(port.kind) + " `" + port.name +
                   "`, " + elementTypeName(port.type) + " " + shapeText(shape) +
                   ", but the model begins with " +
                   (value ? elementTypeName(value->type()) + " " + shapeText(value->shape())
                          : llvm::Twine("none")));
}

/// Gives an input or memory rows that begin with those of `start`.
llvm::Error ModelDecoder::connectSlot(size_t argument, const NamedTensors &start) {
  llvm::Expected<const Tensor *> found = findStart(argument, start);
  if (!found)
    return found.takeError();
  const Tensor &value = **found;
  const EntryInterface &entry = call.getEntry();
  const Port &port = entry.arguments[argument];
  Tensor::Shape shape = shapeOf(entry, call.getSizes(), port);
  Slot slot = {argument, std::nullopt, bytesPerExample(entry, call.getSizes(), port), 0, {}, {}};
  bool isHistory = port.shape.size() > 1 && port.shape[1].name == capacitySizeName;
  if (isHistory && shape[1] > 0)
    slot.bytesPerToken = slot.bytesPerRow / shape[1];
  for (Tensor *rows : {&slot.current, &slot.spare}) {
    auto created = Tensor::create(port.type, shape);
    if (!created)
      return created.takeError();
    *rows = std::move(*created);
  }
  std::memcpy(slot.current.mutableBytes(), value.bytes().data(), value.bytes().size());
  nextOrigin = value.shape()[0];
  if (port.kind == PortKind::Memory)
    for (auto [position, other] : llvm::enumerate(entry.arguments))
      if (other.kind == PortKind::NextMemory && other.name == port.name)
        slot.nextArgument = position;
  (port.kind == PortKind::Memory ? memories : inputs).push_back(std::move(slot));
  return llvm::Error::success();
}

llvm::Error ModelDecoder::connect(const LoadedModel &loaded, const NamedTensors &start) {
  const EntryInterface &entry = call.getEntry();
  const Generation &generation = *loaded.model->getInterface().generation;
  mostRows = sizeOf(entry, call.getSizes(), batchSizeName);
  nextOrigin = mostRows; // without inputs and memories, all rows are there
  for (auto [argument, port] : llvm::enumerate(entry.arguments)) {
    bool isToken = port.kind == PortKind::Input && port.name == generation.token;
    if (isToken || port.kind == PortKind::Output) {
      Tensor &rows = isToken ? tokens : scores;
      auto created = Tensor::create(port.type, shapeOf(entry, call.getSizes(), port));
      if (!created)
        return created.takeError();
      rows = std::move(*created);
      call.setPointer(argument, rows.mutableBytes());
    } else if (port.kind == PortKind::Weight) {
      call.setPointer(argument, loaded.weights.find(port.name)->bytes().data());
    } else if (port.kind != PortKind::NextMemory) {
      if (llvm::Error error = connectSlot(argument, start))
        return error;
    }
  }
  for (Slot &slot : memories)
    place(slot);
  for (Slot &slot : inputs)
    place(slot);
  vocabularySize = scores.shape()[1];
  origin.reserve(mostRows);
  spareOrigin.reserve(mostRows);
  for (int64_t row = 0; row < nextOrigin; ++row)
    origin.push_back(row);
  return llvm::Error::success();
}

/// Tells the call where a slot lies now.
void ModelDecoder::place(Slot &slot) {
  char *bytes = slot.current.mutableBytes();
  call.setPointer(slot.argument, bytes);
  if (slot.nextArgument)
    call.setPointer(*slot.nextArgument, bytes);
}

llvm::Expected<llvm::ArrayRef<float>> ModelDecoder::step(llvm::ArrayRef<int32_t> given) {
  llvm::copy(given, tokens.mutableData<int32_t>());
  call.setBatch(static_cast<int64_t>(given.size()));
  if (!call.run())
    return call.getError();
  ++numRead;
  return llvm::ArrayRef(scores.data<float>(), given.size() * vocabularySize);
}

/// Whether rows can be copied one after the other, no source having been written over before.
static bool canMoveInPlace(llvm::ArrayRef<int64_t> sources) {
  for (auto [row, source] : llvm::enumerate(sources))
    if (source < static_cast<int64_t>(row) && sources[source] != source)
      return false;
  return true;
}

void ModelDecoder::reorderSlot(Slot &slot, llvm::ArrayRef<int64_t> sources, bool inPlace) {
  int64_t filled = slot.bytesPerToken ? std::min(numRead * slot.bytesPerToken, slot.bytesPerRow)
                                      : slot.bytesPerRow;
  const char *from = slot.current.bytes().data();
  char *to = inPlace ? slot.current.mutableBytes() : slot.spare.mutableBytes();
  for (auto [row, source] : llvm::enumerate(sources))
    if (!inPlace || source != static_cast<int64_t>(row))
      std::memcpy(to + row * slot.bytesPerRow, from + source * slot.bytesPerRow, filled);
  if (inPlace)
    return;
  std::swap(slot.current, slot.spare);
  place(slot);
}

void ModelDecoder::reorder(llvm::ArrayRef<int64_t> sources) {
  bool inPlace = canMoveInPlace(sources);
  for (Slot &slot : memories)
    reorderSlot(slot, sources, inPlace);
  spareOrigin.clear();
  for (int64_t source : sources)
    spareOrigin.push_back(origin[source]);
  // Beams of one example that change places have the same inputs.
  bool inputsStay =
      sources.size() <= origin.size() &&
      llvm::ArrayRef(origin).take_front(sources.size()) == llvm::ArrayRef(spareOrigin);
  std::swap(origin, spareOrigin);
  if (!inputsStay)
    for (Slot &slot : inputs)
      reorderSlot(slot, sources, inPlace);
}

llvm::Error ModelDecoder::append(const NamedTensors &start) {
  int64_t row = countRows();
  assert(row < mostRows && "there is no room for the row");
  for (std::vector<Slot> *slots : {&memories, &inputs})
    for (Slot &slot : *slots) {
      llvm::Expected<const Tensor *> value = findStart(slot.argument, start);
      if (!value)
        return value.takeError();
      std::memcpy(slot.current.mutableBytes() + row * slot.bytesPerRow, (*value)->bytes().data(),
                  (*value)->bytes().size());
    }
  origin.push_back(nextOrigin++);
  return llvm::Error::success();
}

NamedTensors ModelDecoder::getRows() const {
  auto rows = llvm::to_vector(llvm::seq<int64_t>(countRows()));
  NamedTensors values;
  for (const std::vector<Slot> *slots : {&memories, &inputs})
    for (const Slot &slot : *slots)
      values.set(call.getEntry().arguments[slot.argument].name, takeExamples(slot.current, rows));
  return values;
}
