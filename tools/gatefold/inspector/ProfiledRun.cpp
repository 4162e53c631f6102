//===- ProfiledRun.cpp - What a profile runs again and again -----*- C++ -*-===//
//
// Each kind of run does what `gatefold run` does, without reading and writing files.
//
//===----------------------------------------------------------------------===//

#include "ProfiledRun.h"
#include "CommandLine.h"
#include "RandomTensors.h"
#include "RunTensors.h"
#include "RunTexts.h"
#include "StreamRun.h"
#include "gatefold/Runtime/Checkpoint.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/PreparedRun.h"
#include "llvm/ADT/StringExtras.h"

using namespace gatefold;

/// Sizes of random inputs that nobody gives, and the tokens made where nobody says how many.
static constexpr int64_t defaultSize = 100;

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

llvm::Error gatefold::checkProfileOptions(const ProfileOptions &options) {
  if (options.entry.empty() || llvm::is_contained({"sequence", "step", "generate"}, options.entry))
    return llvm::Error::success();
  return makeUsageError("expected --entry=sequence, --entry=step or --entry=generate, found `" +
                        options.entry + "`");
}

/// The entry to run; an error where the model lacks it.
static llvm::Expected<std::string> chooseEntry(const ModelInterface &model,
                                               const ProfileOptions &options) {
  std::string entry = options.entry;
  if (entry.empty())
    entry = model.generation ? "generate" : "sequence";
  if (entry == "generate" && !model.generation)
    return makeError("`" + model.name + "` makes no tokens; --entry=sequence runs it");
  if (entry == "step" && !model.entry("step"))
    return makeError("`" + model.name + "` has no entry `step`" +
                     (model.whyNoStep.empty() ? "" : ": " + model.whyNoStep));
  if (entry != "generate" && options.limit)
    return makeUsageError("--limit is for --entry=generate");
  return entry;
}

/// Inputs from files, and random ones for those that have none.
static llvm::Expected<NamedTensors> makeInputs(const ModelInterface &model,
                                               const ProfileOptions &options) {
  const EntryInterface &entry = *model.entry("sequence");
  std::map<std::string, int64_t> sizes;
  for (const std::string &name : entry.sizes)
    sizes[name] = name == "batch" ? 1 : defaultSize;
  std::vector<std::string> files;
  for (const std::string &text : options.inputs) {
    auto assignment = splitAssignment(text);
    int64_t size;
    if (!assignment)
      return makeUsageError("expected --profile NAME=FILE or NAME=N, found `" + text + "`");
    if (!llvm::to_integer(assignment->second, size, /*Base=*/10)) {
      files.push_back(text);
      continue;
    }
    if (!sizes.count(assignment->first) || size < 1)
      return makeUsageError("no input has a free size `" + assignment->first + "` that could be " +
                            assignment->second + suggest(assignment->first, entry.sizes));
    sizes[assignment->first] = size;
  }
  llvm::Expected<NamedTensors> inputs = makeRandomInputs(entry, sizes);
  if (!inputs || files.empty())
    return inputs;
  llvm::Expected<RunInputs> given = readInputs(files);
  if (!given)
    return given.takeError();
  auto vocabularies = RunVocabularies::create(model, {}, options.weights);
  if (!vocabularies)
    return vocabularies.takeError();
  if (llvm::Error error = encodeTexts(entry, *vocabularies, *given))
    return std::move(error);
  cutSounds(entry, *given);
  if (given->tensors.size() == inputs->size())
    return convertInputs(entry, given->tensors);
  return makeUsageError("--profile names files for " + llvm::Twine(given->tensors.size()) + " of " +
                        llvm::Twine(inputs->size()) + " inputs; expected all or none");
}

/// Greedy, from the first token of the model's text up to its end or its limit.
static llvm::Expected<GenerationSettings> makeGeneration(const ModelInterface &model,
                                                         const ProfileOptions &options) {
  auto vocabularies = RunVocabularies::create(model, {}, options.weights);
  if (!vocabularies)
    return vocabularies.takeError();
  const Vocabulary *vocabulary = nullptr;
  if (const std::string &name = model.generation->vocabulary; !name.empty()) {
    llvm::Expected<const Vocabulary *> found = vocabularies->find(name);
    if (!found)
      return found.takeError();
    vocabulary = *found;
  }
  llvm::Expected<GenerationSettings> settings =
      makeGenerationSettings(*model.generation, vocabulary);
  if (!settings)
    return settings.takeError();
  settings->limit = options.limit;
  if (!options.limit && model.generation->limit < 0)
    settings->limit = defaultSize;
  if (options.weights.empty())
    settings->end.reset();
  return settings;
}

llvm::Expected<ProfilePlan> gatefold::makeProfilePlan(const ModelInterface &model,
                                                      const ProfileOptions &options) {
  ProfilePlan plan;
  llvm::Expected<std::string> entry = chooseEntry(model, options);
  if (!entry)
    return entry.takeError();
  plan.entry = *entry;
  auto inputs = makeInputs(model, options);
  if (!inputs)
    return inputs.takeError();
  plan.inputs = std::move(*inputs);
  auto weights = options.weights.empty()
                     ? makeRandomWeights(model.weights)
                     : loadWeights(options.weights, model.weights, model.ignored);
  if (!weights)
    return weights.takeError();
  plan.weights = std::move(*weights);
  if (plan.entry != "generate")
    return plan;
  auto generation = makeGeneration(model, options);
  if (!generation)
    return generation.takeError();
  plan.generation = std::move(*generation);
  return plan;
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

namespace {
/// Whole sequences.
class SequenceRun : public ProfiledRun {
public:
  llvm::Error prepare(const Session &session, const BoundInputs &bound, const ProfilePlan &plan,
                      unsigned threads) {
    auto made = PreparedRun::create(session, plan.inputs, threads);
    if (!made)
      return made.takeError();
    prepared = std::move(*made);
    count = countSteps(session.getInterface(), bound).value_or(0);
    return llvm::Error::success();
  }
  llvm::Error run() override { return prepared->run(); }

private:
  std::unique_ptr<PreparedRun> prepared;
};

/// Sequences, one step after the other.
class StepRun : public ProfiledRun {
public:
  llvm::Error prepare(const Session &session, const BoundInputs &bound, const ProfilePlan &plan,
                      unsigned numThreads) {
    threads = numThreads;
    const EntryInterface &sequence = *session.getInterface().entry("sequence");
    const Tensor *tensor = bound.tensors.data(); // these have the batch axis, as a stream's must
    for (const Port &port : sequence.arguments)
      if (port.kind == PortKind::Input)
        inputs.set(port.name, *tensor++);
    count = countSteps(session.getInterface(), bound).value_or(0);
    auto state = session.start(inputs, bound.tensors.empty() ? 1 : bound.tensors[0].shape()[0]);
    if (!state)
      return state.takeError();
    fresh = std::move(*state);
    return llvm::Error::success();
  }
  llvm::Error run() override {
    StreamState state = fresh;
    return session->runSteps(state, inputs, threads).takeError();
  }

private:
  NamedTensors inputs;
  StreamState fresh;
  unsigned threads = 1;
};

/// Reading the inputs, and making tokens.
class GenerateRun : public ProfiledRun {
public:
  GenerateRun(const ProfilePlan &plan, unsigned threads)
      : inputs(plan.inputs), settings(plan.generation), threads(threads) {}
  llvm::Error run() override {
    auto results = session->generate(inputs, settings, threads);
    if (!results)
      return results.takeError();
    count = 0;
    for (const GeneratedTokens &result : *results)
      count += static_cast<int64_t>(result.tokens.size());
    return llvm::Error::success();
  }

private:
  NamedTensors inputs;
  GenerationSettings settings;
  unsigned threads;
};
} // namespace

llvm::Expected<std::unique_ptr<ProfiledRun>>
ProfiledRun::create(std::shared_ptr<const CompiledModel> model, const ProfilePlan &plan,
                    unsigned threads) {
  auto session = Session::create(std::move(model), plan.weights,
                                 {/*capacity=*/std::nullopt, /*waitsForThreads=*/true});
  if (!session)
    return session.takeError();
  llvm::Expected<BoundInputs> bound =
      bindInputs(*(*session)->getInterface().entry("sequence"), plan.inputs);
  if (!bound)
    return bound.takeError();
  std::unique_ptr<ProfiledRun> made;
  auto prepare = [&](auto run) {
    llvm::Error error = run->prepare(**session, *bound, plan, threads);
    made = std::move(run);
    return error;
  };
  llvm::Error error = llvm::Error::success();
  if (plan.entry == "generate")
    made = std::make_unique<GenerateRun>(plan, threads);
  else if (plan.entry == "step")
    error = llvm::joinErrors(std::move(error), prepare(std::make_unique<StepRun>()));
  else
    error = llvm::joinErrors(std::move(error), prepare(std::make_unique<SequenceRun>()));
  if (error)
    return std::move(error);
  made->session = std::move(*session);
  return made;
}
