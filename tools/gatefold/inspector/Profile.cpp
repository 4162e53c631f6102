//===- Profile.cpp - Where the time of a run goes ----------------*- C++ -*-===//
//
// Times, samples and counts are taken in runs of their own, so that none disturbs another.
//
//===----------------------------------------------------------------------===//

#include "Profile.h"
#include "CommandLine.h"
#include "RandomTensors.h"
#include "RunTensors.h"
#include "RunTexts.h"
#include "Sampler.h"
#include "gatefold/Runtime/Checkpoint.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/PreparedRun.h"
#include "gatefold/Runtime/Session.h"
#include "llvm/ADT/StringExtras.h"
#include <chrono>

using namespace gatefold;

/// How long runs are timed and sampled, and how far samples are from each other.
static constexpr double timedSeconds = 0.3, sampledSeconds = 1.0;
static constexpr unsigned sampleMicroseconds = 100;
static constexpr size_t mostSamples = 50000;
/// Sizes of random inputs that nobody gives.
static constexpr int64_t defaultSize = 100;

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

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

static llvm::Expected<std::unique_ptr<PreparedRun>>
prepare(std::shared_ptr<const CompiledModel> model, const NamedTensors &weights,
        const NamedTensors &inputs, std::unique_ptr<Session> &session) {
  auto made = Session::create(std::move(model), weights);
  if (!made)
    return made.takeError();
  session = std::move(*made);
  return PreparedRun::create(*session, inputs);
}

//===----------------------------------------------------------------------===//
// Measuring
//===----------------------------------------------------------------------===//

/// Runs again and again for so long, at least once; returns the runs and the microseconds of the
/// fastest.
static llvm::Expected<std::pair<int64_t, double>> repeat(PreparedRun &run, double seconds) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin = Clock::now();
  double fastest = std::numeric_limits<double>::infinity();
  for (int64_t runs = 1;; ++runs) {
    Clock::time_point start = Clock::now();
    if (llvm::Error error = run.run())
      return std::move(error);
    Clock::time_point end = Clock::now();
    fastest = std::min(fastest, std::chrono::duration<double, std::micro>(end - start).count());
    if (std::chrono::duration<double>(end - begin).count() >= seconds)
      return std::pair(runs, fastest);
  }
}

/// Adds the samples of some runs to the profile, by operations.
static llvm::Error takeSamples(PreparedRun &run, const ProfiledCode &code, Profile &profile,
                               std::map<unsigned, double> &samples) {
  llvm::Error failure = llvm::Error::success();
  auto addresses = sampleAddresses(sampleMicroseconds, mostSamples,
                                   [&] { failure = repeat(run, sampledSeconds).takeError(); });
  if (!addresses)
    return llvm::joinErrors(std::move(failure), addresses.takeError());
  profile.samples = static_cast<double>(addresses->size());
  for (uint64_t address : *addresses)
    if (unsigned operation = code.findOperation(address))
      ++samples[operation];
    else
      ++profile.elsewhere;
  return failure;
}

llvm::Expected<Profile> gatefold::makeProfile(mlir::ModuleOp module, const Target &target,
                                              const ProfileOptions &options, OriginTable &origins) {
  auto code = ProfiledCode::make(module, target);
  if (!code)
    return code.takeError();
  const ModelInterface &model = (*code)->getModel()->getInterface();
  auto inputs = makeInputs(model, options);
  if (!inputs)
    return inputs.takeError();
  auto weights = options.weights.empty()
                     ? makeRandomWeights(model.weights)
                     : loadWeights(options.weights, model.weights, model.ignored);
  if (!weights)
    return weights.takeError();

  Profile profile;
  for (const NamedTensor &weight : *weights)
    profile.weightBytes += static_cast<int64_t>(weight.tensor.bytes().size());
  std::unique_ptr<Session> session, countingSession;
  auto run = prepare((*code)->getModel(), *weights, *inputs, session);
  if (!run)
    return run.takeError();
  auto timed = repeat(**run, timedSeconds);
  if (!timed)
    return timed.takeError();
  profile.microseconds = timed->second;
  std::map<unsigned, double> samples;
  if (llvm::Error error = takeSamples(**run, **code, profile, samples))
    return std::move(error);

  auto counting = prepare((*code)->getCountingModel(), *weights, *inputs, countingSession);
  if (!counting)
    return counting.takeError();
  (*code)->countWork(); // forgets what preparing the weights took
  if (llvm::Error error = (*counting)->run())
    return std::move(error);
  for (const auto &[operation, work] : (*code)->countWork()) {
    double taken = samples.count(operation) ? samples[operation] : 0;
    if (taken == 0 && work.operations == 0 && work.bytesRead == 0 && work.bytesWritten == 0)
      continue;
    mlir::LocationAttr location = (*code)->getLocation(operation);
    profile.operations.push_back(
        {location ? origins.getSet(location) : 0, (*code)->findLoop(operation), taken, work});
  }
  profile.loops = (*code)->getLoops();
  auto limits = measureMachine(target);
  if (!limits)
    return limits.takeError();
  profile.limits = std::move(*limits);
  return profile;
}

void Profile::writeJson(llvm::json::OStream &json) const {
  using llvm::json::Array;
  json.attributeObject("profile", [&] {
    json.attribute("microseconds", microseconds);
    json.attribute("samples", samples);
    json.attribute("elsewhere", elsewhere);
    json.attribute("weightBytes", weightBytes);
    json.attributeArray("operations", [&] {
      for (const Operation &operation : operations)
        json.value(Array{operation.origins, operation.loop, operation.samples,
                         operation.work.operations, operation.work.bytesRead,
                         operation.work.bytesWritten});
    });
    json.attributeArray("loops", [&] {
      for (const CodeLoop &loop : loops)
        json.value(Array{loop.function, loop.depth, loop.parent});
    });
    json.attribute("gigaflops", limits.gigaflops);
    json.attributeArray("levels", [&] {
      for (const MachineLimits::Level &level : limits.levels)
        json.value(Array{level.name, level.bytes, level.gigabytesASecond});
    });
  });
}
