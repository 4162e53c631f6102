//===- Measurement.cpp - How long a model takes ------------------*- C++ -*-===//
//
// Prepares calls, finds how many make a round, and times the rounds.
//
//===----------------------------------------------------------------------===//

#include "Measurement.h"
#include "RandomTensors.h"
#include "gatefold/Runtime/PreparedRun.h"
#include "llvm/ADT/STLExtras.h"
#include <chrono>
#include <cstring>
#include <ctime>

using namespace gatefold;

namespace {
/// One version, ready to be called.
class Caller {
public:
  virtual ~Caller() = default;
  /// Does `calls` calls; returns the microseconds that they took together.
  virtual llvm::Expected<double> call(int64_t calls) = 0;
};

using Clock = std::chrono::steady_clock;

/// Measures work on this thread alone, and of others only the waiting for them.
class Stopwatch {
public:
  explicit Stopwatch(bool ofProcessor) : ofProcessor(ofProcessor), start(now()) {}
  double getMicroseconds() const { return now() - start; }

private:
  double now() const {
    if (!ofProcessor)
      return std::chrono::duration<double, std::micro>(Clock::now().time_since_epoch()).count();
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return 1e6 * time.tv_sec + 1e-3 * time.tv_nsec;
  }
  bool ofProcessor;
  double start;
};
} // namespace

namespace {
/// Whole sequences.
class SequenceCaller : public Caller {
public:
  SequenceCaller(std::unique_ptr<PreparedRun> run, const MeasurementPlan &plan)
      : run(std::move(run)), plan(plan) {}
  llvm::Expected<double> call(int64_t calls) override {
    Stopwatch watch(plan.measuresProcessor());
    for (int64_t i = 0; i < calls; ++i)
      if (llvm::Error error = run->run())
        return std::move(error);
    return watch.getMicroseconds();
  }

private:
  std::unique_ptr<PreparedRun> run;
  const MeasurementPlan &plan;
};

/// Steps, each call from fresh memories, whose making is not timed.
class StepCaller : public Caller {
public:
  StepCaller(const Session &session, StreamState state, NamedTensors inputs,
             const MeasurementPlan &plan)
      : session(session), state(std::move(state)), inputs(std::move(inputs)), plan(plan) {}
  llvm::Expected<double> call(int64_t calls) override;

private:
  llvm::Expected<std::unique_ptr<Stepper>> makeStepper() const;

  const Session &session;
  StreamState state;
  NamedTensors inputs;
  const MeasurementPlan &plan;
};
} // namespace

llvm::Expected<std::unique_ptr<Stepper>> StepCaller::makeStepper() const {
  NamedSizes sizes(plan.sizes.begin(), plan.sizes.end());
  auto stepper = Stepper::create(session, state, sizes, plan.threads);
  if (!stepper)
    return stepper.takeError();
  for (const NamedTensor &input : inputs)
    std::memcpy((*stepper)->getInput(input.name), input.tensor.bytes().data(),
                input.tensor.bytes().size());
  return stepper;
}

llvm::Expected<double> StepCaller::call(int64_t calls) {
  double microseconds = 0;
  for (int64_t i = 0; i < calls; ++i) {
    auto stepper = makeStepper();
    if (!stepper)
      return stepper.takeError();
    Stopwatch watch(plan.measuresProcessor());
    for (int64_t step = 0; step < plan.steps; ++step)
      if (!(*stepper)->run())
        return (*stepper)->getError();
    microseconds += watch.getMicroseconds();
  }
  return microseconds;
}

namespace {
/// Whole generations, which make as many tokens as there are steps: greedily, and none ends.
class GenerationCaller : public Caller {
public:
  GenerationCaller(const Session &session, NamedTensors inputs, const MeasurementPlan &plan)
      : session(session), inputs(std::move(inputs)), plan(plan) {
    // Which token is the first does not matter for the time; a vocabulary may be missing.
    const TokenReference &first = session.getInterface().generation->first;
    settings.first = first.text.empty() ? static_cast<int32_t>(first.number) : 0;
    settings.limit = plan.steps;
  }
  llvm::Expected<double> call(int64_t calls) override {
    Stopwatch watch(plan.measuresProcessor());
    for (int64_t i = 0; i < calls; ++i) {
      auto made = session.generate(inputs, settings, plan.threads);
      if (!made)
        return made.takeError();
    }
    return watch.getMicroseconds();
  }

private:
  const Session &session;
  NamedTensors inputs;
  const MeasurementPlan &plan;
  GenerationSettings settings;
};
} // namespace

static llvm::Expected<std::unique_ptr<Caller>> makeCaller(MeasuredModel &model,
                                                          const MeasurementPlan &plan) {
  const ModelInterface &interface = model.session->getInterface();
  if (!plan.stepwise) {
    auto inputs = makeRandomInputs(*interface.entry("sequence"), plan.sizes);
    if (!inputs)
      return inputs.takeError();
    if (interface.generation)
      return std::make_unique<GenerationCaller>(*model.session, std::move(*inputs), plan);
    auto run = PreparedRun::create(*model.session, *inputs, plan.threads);
    if (!run)
      return run.takeError();
    model.workspaceBytes = (*run)->getWorkspaceBytes();
    return std::make_unique<SequenceCaller>(std::move(*run), plan);
  }
  auto inputs = makeRandomInputs(*interface.entry("step"), plan.sizes);
  if (!inputs)
    return inputs.takeError();
  auto state = model.session->start(*inputs, plan.sizes.at("batch"));
  if (!state)
    return state.takeError();
  return std::make_unique<StepCaller>(*model.session, std::move(*state), std::move(*inputs), plan);
}

/// A sample is at least so long, since reading the clock takes time too.
static constexpr double shortestSample = 50;

/// How many calls make a sample; the first ones warm up.
static llvm::Expected<int64_t> countCalls(Caller &caller) {
  for (int64_t calls = 1;; calls *= 2) {
    llvm::Expected<double> microseconds = caller.call(calls);
    if (!microseconds)
      return microseconds.takeError();
    if (*microseconds >= shortestSample || calls >= (int64_t(1) << 30))
      return calls;
  }
}

/// The microseconds of a call: the median of all samples that fit in a round, so that what
/// interrupts a few of them does not count.
static llvm::Expected<double> measureRound(Caller &caller, int64_t calls, double milliseconds) {
  std::vector<double> samples;
  Stopwatch watch(/*ofProcessor=*/false);
  do {
    llvm::Expected<double> microseconds = caller.call(calls);
    if (!microseconds)
      return microseconds.takeError();
    samples.push_back(*microseconds / calls);
  } while (watch.getMicroseconds() < 1000 * milliseconds);
  return findMedian(std::move(samples));
}

llvm::Error gatefold::measure(std::vector<MeasuredModel> &models, const MeasurementPlan &plan) {
  std::vector<std::pair<std::unique_ptr<Caller>, int64_t>> callers;
  for (MeasuredModel &model : models) {
    auto caller = makeCaller(model, plan);
    if (!caller)
      return caller.takeError();
    llvm::Expected<int64_t> calls = countCalls(**caller);
    if (!calls)
      return calls.takeError();
    callers.emplace_back(std::move(*caller), *calls);
  }
  for (int64_t round = 0; round < plan.rounds; ++round) {
    if (plan.beginRound)
      plan.beginRound(round);
    for (auto [model, caller] : llvm::zip_equal(models, callers)) {
      llvm::Expected<double> sample =
          measureRound(*caller.first, caller.second, plan.millisecondsPerRound);
      if (!sample)
        return sample.takeError();
      model.microsecondsPerCall.push_back(*sample);
    }
  }
  return llvm::Error::success();
}

llvm::Error gatefold::measureInTurns(MeasuredModel &model, const MeasurementPlan &plan,
                                     llvm::function_ref<bool()> isNextRound,
                                     llvm::function_ref<void(double)> report) {
  auto caller = makeCaller(model, plan);
  if (!caller)
    return caller.takeError();
  llvm::Expected<int64_t> calls = countCalls(**caller);
  if (!calls)
    return calls.takeError();
  while (isNextRound()) {
    double milliseconds = plan.millisecondsPerRound;
    llvm::Expected<double> warming = measureRound(**caller, *calls, milliseconds / 5);
    if (!warming)
      return warming.takeError();
    llvm::Expected<double> sample = measureRound(**caller, *calls, milliseconds);
    if (!sample)
      return sample.takeError();
    report(*sample);
  }
  return llvm::Error::success();
}

double gatefold::findMedian(std::vector<double> numbers) {
  llvm::sort(numbers);
  size_t middle = numbers.size() / 2;
  return numbers.size() % 2 ? numbers[middle] : (numbers[middle - 1] + numbers[middle]) / 2;
}
