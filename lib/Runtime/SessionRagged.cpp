//===- SessionRagged.cpp - Sequences of unequal lengths ----------*- C++ -*-===//
//
// Runs a batch group by group, each group of equal lengths, and puts results and memories back into
// the places of their examples.
//
//===----------------------------------------------------------------------===//

#include "Error.h"
#include "LoadedModel.h"
#include "gatefold/Runtime/RaggedBatch.h"
#include <mutex>

using namespace gatefold;

/// The batch of a session's model, split by lengths.
static llvm::Expected<RaggedBatch> split(const LoadedModel &loaded, const NamedTensors &inputs,
                                         const NamedTensors &lengths) {
  llvm::Expected<const EntryInterface *> entry = loaded.requireEntry("sequence");
  if (!entry)
    return entry.takeError();
  return RaggedBatch::create(**entry, inputs, lengths);
}

/// Keeps a result, or hands its error on.
template <typename T>
static llvm::Error keep(llvm::Expected<T> result, T &place) {
  if (!result)
    return result.takeError();
  place = std::move(*result);
  return llvm::Error::success();
}

llvm::Expected<NamedTensors> Session::runSequence(const NamedTensors &inputs,
                                                  const NamedTensors &lengths,
                                                  unsigned threads) const {
  llvm::Expected<RaggedBatch> batch = split(*implementation->loaded, inputs, lengths);
  if (!batch)
    return batch.takeError();
  std::vector<NamedTensors> outputs(batch->getGroups().size());
  auto runGroup = [&](size_t group, unsigned threadsOfGroup) {
    return keep(runSequence(batch->getGroups()[group].inputs, threadsOfGroup), outputs[group]);
  };
  if (llvm::Error error = batch->forEachGroup(threads, runGroup))
    return std::move(error);
  return batch->join(outputs);
}

/// Whether a memory counts the steps of a cell, as its name tells: `inner.position`, or
/// `inner.position.2` of a second scan.
static bool countsSteps(const NamedTensor &memory) {
  constexpr llvm::StringLiteral word = "position";
  llvm::StringRef name = memory.name;
  name = name.rtrim("0123456789").rtrim('.');
  return name == word || name.ends_with(("." + word).str());
}

/// Splits groups until the examples of each are at the same step: a history grows by one row for
/// all examples of a call.
static void splitByPosition(RaggedBatch &batch, const StreamState &state) {
  batch.split([&](int64_t example) {
    std::vector<int64_t> key;
    for (const NamedTensor &memory : state.memories)
      if (countsSteps(memory) && memory.tensor.type() == ElementType::I32)
        key.push_back(memory.tensor.data<int32_t>()[example]);
    return key;
  });
}

/// Continues the streams of each group by `run`.
static llvm::Expected<NamedTensors> continueGroups(
    RaggedBatch &batch, StreamState &state, unsigned threads,
    llvm::function_ref<llvm::Expected<NamedTensors>(StreamState &state, const NamedTensors &inputs,
                                                    unsigned threads)>
        run) {
  if (batch.getBatch() != state.batch)
    return makeError("the inputs are a batch of " + llvm::Twine(batch.getBatch()) +
                     " but the stream is a batch of " + llvm::Twine(state.batch));
  splitByPosition(batch, state);
  llvm::ArrayRef<ExampleGroup> groups = batch.getGroups();
  std::vector<NamedTensors> outputs(groups.size());
  std::vector<StreamState> states(groups.size());
  auto runGroup = [&](size_t group, unsigned threadsOfGroup) {
    const std::vector<int64_t> &examples = groups[group].examples;
    states[group].batch = static_cast<int64_t>(examples.size());
    for (const NamedTensor &memory : state.memories)
      states[group].memories.set(memory.name, takeExamples(memory.tensor, examples));
    return keep(run(states[group], groups[group].inputs, threadsOfGroup), outputs[group]);
  };
  if (llvm::Error error = batch.forEachGroup(threads, runGroup))
    return std::move(error);
  llvm::Expected<NamedTensors> joined = batch.join(outputs);
  if (!joined)
    return joined;
  for (auto [group, ofGroup] : llvm::zip_equal(groups, states))
    for (const NamedTensor &memory : ofGroup.memories) {
      Tensor all = *state.memories.find(memory.name);
      putExamples(all, group.examples, memory.tensor);
      state.memories.set(memory.name, std::move(all));
    }
  return joined;
}

llvm::Expected<NamedTensors> Session::runChunk(StreamState &state, const NamedTensors &inputs,
                                               const NamedTensors &lengths,
                                               unsigned threads) const {
  llvm::Expected<RaggedBatch> batch = split(*implementation->loaded, inputs, lengths);
  if (!batch)
    return batch.takeError();
  return continueGroups(*batch, state, threads,
                        [&](StreamState &ofGroup, const NamedTensors &cut, unsigned ofThreads) {
                          return runChunk(ofGroup, cut, ofThreads);
                        });
}

llvm::Expected<NamedTensors> Session::runSteps(StreamState &state, const NamedTensors &inputs,
                                               const NamedTensors &lengths) const {
  llvm::Expected<RaggedBatch> batch = split(*implementation->loaded, inputs, lengths);
  if (!batch)
    return batch.takeError();
  return continueGroups(*batch, state, /*threads=*/1,
                        [&](StreamState &ofGroup, const NamedTensors &cut, unsigned) {
                          return runSteps(ofGroup, cut);
                        });
}

llvm::Expected<std::vector<GeneratedTokens>>
Session::generate(const NamedTensors &inputs, const NamedTensors &lengths,
                  const GenerationSettings &settings, unsigned threads,
                  const TokenCallback &callback) const {
  llvm::Expected<RaggedBatch> batch = split(*implementation->loaded, inputs, lengths);
  if (!batch)
    return batch.takeError();
  const std::vector<uint64_t> &seeds = settings.strategy.seeds;
  if (llvm::Error error = checkSeeds(settings.strategy, batch->getBatch()))
    return std::move(error);
  std::mutex mutex;
  std::vector<GeneratedTokens> results(batch->getBatch());
  auto runGroup = [&](size_t number, unsigned threadsOfGroup) -> llvm::Error {
    const ExampleGroup &group = batch->getGroups()[number];
    GenerationSettings ofGroup = settings;
    if (seeds.size() > 1) {
      ofGroup.strategy.seeds.clear();
      for (int64_t example : group.examples)
        ofGroup.strategy.seeds.push_back(seeds[example]);
    }
    TokenCallback told;
    if (callback)
      told = [&](int64_t place, int32_t before, int32_t token) {
        std::lock_guard<std::mutex> lock(mutex);
        callback(group.examples[place], before, token);
      };
    auto made = generate(group.inputs, ofGroup, threadsOfGroup, told);
    if (!made)
      return made.takeError();
    for (auto [example, result] : llvm::zip_equal(group.examples, *made))
      results[example] = std::move(result);
    return llvm::Error::success();
  };
  if (llvm::Error error = batch->forEachGroup(threads, runGroup))
    return std::move(error);
  return results;
}
