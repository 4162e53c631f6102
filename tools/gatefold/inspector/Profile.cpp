//===- Profile.cpp - Where the time of a run goes ----------------*- C++ -*-===//
//
// Times, samples and counts are taken in runs of their own, so that none disturbs another.
//
//===----------------------------------------------------------------------===//

#include "Profile.h"
#include "Sampler.h"
#include <chrono>

using namespace gatefold;

/// How long runs are timed and sampled, and how far samples are from each other.
static constexpr double timedSeconds = 0.3, sampledSeconds = 1.0;
static constexpr unsigned sampleMicroseconds = 100;
static constexpr size_t mostSamplesOfThread = 50000;

/// Runs again and again for so long, at least once; returns the runs and the microseconds of the
/// fastest.
static llvm::Expected<std::pair<int64_t, double>> repeat(ProfiledRun &run, double seconds) {
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
static llvm::Error takeSamples(ProfiledRun &run, const ProfiledCode &code, Profile &profile,
                               std::map<unsigned, double> &samples) {
  llvm::Error failure = llvm::Error::success();
  auto addresses =
      sampleAddresses(sampleMicroseconds, profile.threads * mostSamplesOfThread, profile.threads,
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
  auto plan = makeProfilePlan((*code)->getModel()->getInterface(), options);
  if (!plan)
    return plan.takeError();

  Profile profile;
  profile.entry = plan->entry;
  profile.threads = options.threads;
  for (const NamedTensor &weight : plan->weights)
    profile.weightBytes += static_cast<int64_t>(weight.tensor.bytes().size());
  auto run = ProfiledRun::create((*code)->getModel(), *plan, options.threads);
  if (!run)
    return run.takeError();
  auto timed = repeat(**run, timedSeconds);
  if (!timed)
    return timed.takeError();
  profile.microseconds = timed->second;
  profile.count = (*run)->getCount();
  std::map<unsigned, double> samples;
  if (llvm::Error error = takeSamples(**run, **code, profile, samples))
    return std::move(error);

  // Counters are for one thread; what several do is the same.
  auto counting = ProfiledRun::create((*code)->getCountingModel(), *plan, /*threads=*/1);
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
  auto limits = measureMachine(target, options.threads);
  if (!limits)
    return limits.takeError();
  profile.limits = std::move(*limits);
  return profile;
}

void Profile::writeJson(llvm::json::OStream &json) const {
  using llvm::json::Array;
  json.attributeObject("profile", [&] {
    json.attribute("entry", entry);
    json.attribute("threads", threads);
    json.attribute("count", count);
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
