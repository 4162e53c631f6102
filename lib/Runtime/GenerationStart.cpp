//===- GenerationStart.cpp - What a generation begins with -------*- C++ -*-===//
//
// Calls the entries `sequence` and `prefill`.
//
//===----------------------------------------------------------------------===//

#include "GenerationStart.h"
#include "Error.h"
#include "ModelDecoder.h"

using namespace gatefold;

llvm::Expected<const Generation *> gatefold::requireGeneration(const LoadedModel &loaded) {
  const ModelInterface &interface = loaded.model->getInterface();
  if (!interface.generation)
    return makeError("`" + interface.name + "` makes no tokens: its result is no `generate`");
  return &*interface.generation;
}

llvm::Expected<GenerationStart> GenerationStart::create(const Session &session,
                                                        const LoadedModel &loaded,
                                                        const NamedTensors &inputs, int64_t limit,
                                                        std::optional<int64_t> capacity,
                                                        unsigned threads) {
  GenerationStart start;
  llvm::Expected<const Generation *> generation = requireGeneration(loaded);
  if (!generation)
    return generation.takeError();
  start.generation = *generation;
  for (auto [name, place] :
       {std::pair("sequence", &start.sequence), std::pair("decode", &start.decode)}) {
    llvm::Expected<const EntryInterface *> entry = loaded.requireEntry(name);
    if (!entry)
      return entry.takeError();
    *place = *entry;
  }
  llvm::Expected<int64_t> vocabularySize = checkDecodeEntry(*start.decode, *start.generation);
  if (!vocabularySize)
    return vocabularySize.takeError();
  start.vocabularySize = *vocabularySize;
  if (llvm::Error error = start.runSequence(session, loaded, inputs, limit, capacity, threads))
    return std::move(error);
  start.takePrompts();
  return start;
}

/// The tokens of a prompt, given the sizes of the inputs.
llvm::Expected<int64_t> GenerationStart::countPrompt(llvm::ArrayRef<int64_t> known) const {
  if (generation->prompt.empty())
    return 0;
  for (const Port &port : sequence->arguments)
    if (port.kind == PortKind::Output && port.name == generation->prompt &&
        port.type == ElementType::I32 && port.shape.size() == 2)
      return shapeOf(*sequence, known, port)[1];
  return makeError("the entry `sequence` has no output `" + generation->prompt +
                   "` of i32 [P] for each example");
}

/// Runs the entry `sequence`.
llvm::Error GenerationStart::runSequence(const Session &session, const LoadedModel &loaded,
                                         const NamedTensors &inputs, int64_t limit,
                                         std::optional<int64_t> capacity, unsigned threads) {
  llvm::Expected<BoundInputs> bound = bindInputs(*sequence, inputs);
  if (!bound)
    return bound.takeError();
  llvm::Expected<int64_t> prompt = countPrompt(bound->sizes);
  if (!prompt)
    return prompt.takeError();
  // Every step adds one to a history: the first token, the prompt, and what was made but for the
  // last token.
  int64_t needed = std::max<int64_t>(*prompt + limit, 1);
  for (auto [name, size] : llvm::zip_equal(sequence->sizes, bound->sizes)) {
    if (name != capacitySizeName)
      continue;
    size = capacity.value_or(needed);
    if (size < needed)
      return makeError("a prompt of " + llvm::Twine(*prompt) + " tokens and a limit of " +
                       llvm::Twine(limit) + " need a capacity of " + llvm::Twine(needed) +
                       ", but it is " + llvm::Twine(size));
  }
  sizes = bound->sizes;
  batch = sizeOf(*sequence, sizes, batchSizeName);

  llvm::Expected<StreamState> state = session.start(inputs, batch);
  if (!state)
    return state.takeError();
  for (const Port &port : sequence->arguments) {
    if (port.kind != PortKind::Memory)
      continue;
    llvm::Expected<const Tensor *> memory = findMemory(*sequence, sizes, port, *state);
    if (!memory)
      return memory.takeError();
    bound->tensors.push_back(**memory);
  }
  auto results = loaded.run(*sequence, sizes, bound->tensors, threads);
  if (!results)
    return results.takeError();
  values = takeResults(*sequence, *results, PortKind::Output);
  return llvm::Error::success();
}

void GenerationStart::takePrompts() {
  prompts.resize(batch);
  if (generation->prompt.empty())
    return;
  const Tensor &tokens = *values.find(generation->prompt);
  const int32_t *data = tokens.data<int32_t>();
  int64_t length = tokens.shape()[1];
  for (auto [example, prompt] : llvm::enumerate(prompts))
    prompt.assign(data + example * length, data + (example + 1) * length);
}

std::vector<int64_t> GenerationStart::findSizes(const EntryInterface &entry, int64_t rows,
                                                int64_t tokens) const {
  std::vector<int64_t> found;
  for (const std::string &name : entry.sizes)
    found.push_back(name == batchSizeName    ? rows
                    : name == tokensSizeName ? tokens
                                             : sizeOf(*sequence, sizes, name));
  return found;
}

llvm::Error GenerationStart::readPrompts(const LoadedModel &loaded, int32_t first,
                                         unsigned threads) {
  const EntryInterface *prefill = loaded.model->getInterface().entry("prefill");
  int64_t length = prompts.empty() ? 0 : static_cast<int64_t>(prompts.front().size());
  if (!prefill || !loaded.model->getEntry("prefill") || length == 0)
    return llvm::Error::success();
  auto tokens = Tensor::create(ElementType::I32, {batch, length});
  if (!tokens)
    return tokens.takeError();
  int32_t *place = tokens->mutableData<int32_t>();
  for (const std::vector<int32_t> &prompt : prompts) {
    *place++ = first;
    place = std::copy(prompt.begin(), prompt.end() - 1, place);
  }
  std::vector<int64_t> prefillSizes = findSizes(*prefill, batch, length);
  StreamState state = {std::move(values), batch};
  std::vector<Tensor> given;
  for (const Port &port : prefill->arguments) {
    if (port.kind != PortKind::Input && port.kind != PortKind::Memory)
      continue;
    if (port.kind == PortKind::Input && port.name == generation->token) {
      given.push_back(std::move(*tokens));
      continue;
    }
    llvm::Expected<const Tensor *> value = findMemory(*prefill, prefillSizes, port, state);
    if (!value)
      return value.takeError();
    given.push_back(**value);
    if (port.kind == PortKind::Memory)
      state.memories.set(port.name, Tensor()); // one owner alone, so that nothing is copied
  }
  if (llvm::Error error = loaded.update(*prefill, prefillSizes, given, threads))
    return error;
  auto next = given.begin();
  for (const Port &port : prefill->arguments) {
    if (port.kind == PortKind::Memory)
      state.memories.set(port.name, std::move(*next));
    if (port.kind == PortKind::Input || port.kind == PortKind::Memory)
      ++next;
  }
  values = std::move(state.memories);
  numRead = length;
  return llvm::Error::success();
}
