//===- CompileMeasurement.cpp - How long compiling takes ---------*- C++ -*-===//
//
// Compiles and measures phase by phase.
//
//===----------------------------------------------------------------------===//

#include "CompileMeasurement.h"
#include "Measurement.h"
#include "ModelModule.h"
#include "gatefold/Codegen/Jit.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <ctime>

using namespace gatefold;

static double readClock(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return 1e3 * time.tv_sec + 1e-6 * time.tv_nsec;
}

namespace {
/// Fills a sample phase by phase.
class PhaseClock {
public:
  explicit PhaseClock(CompileSample &sample) : sample(sample) {}
  /// Ends a phase and begins the next one.
  void endPhase() {
    double wallNow = readClock(CLOCK_MONOTONIC), processorNow = readClock(CLOCK_PROCESS_CPUTIME_ID);
    sample.wall[phase] = wallNow - wall;
    sample.processor[phase] = processorNow - processor;
    ++phase;
    wall = wallNow;
    processor = processorNow;
  }

private:
  CompileSample &sample;
  size_t phase = 0;
  double wall = readClock(CLOCK_MONOTONIC), processor = readClock(CLOCK_PROCESS_CPUTIME_ID);
};
} // namespace

static llvm::Error compileOnce(const ModelChoice &choice, const PipelineOptions &pipeline,
                               CompileSample &sample) {
  PhaseClock clock(sample);
  PhaseTimer timer;
  auto model = ModelModule::load(choice, timer);
  if (!model)
    return model.takeError();
  clock.endPhase();
  if (llvm::Error error = (*model)->advanceTo(Stage::LLVM, pipeline))
    return error;
  clock.endPhase();
  auto compiled = compileInMemory((*model)->getModule(), pipeline);
  if (!compiled)
    return compiled.takeError();
  clock.endPhase();
  return llvm::Error::success();
}

llvm::Expected<std::vector<CompileSample>>
gatefold::measureCompiling(const ModelChoice &choice, const std::vector<std::string> &entries,
                           int64_t rounds) {
  llvm::Expected<PipelineOptions> pipeline = makePipelineOptions(choice);
  if (!pipeline)
    return pipeline.takeError();
  pipeline->entries = entries;
  std::vector<CompileSample> samples(rounds);
  for (CompileSample &sample : samples)
    if (llvm::Error error = compileOnce(choice, *pipeline, sample))
      return std::move(error);
  return samples;
}

/// The least and the median of a phase, or of all phases together, over the samples but the first;
/// over the first where there is no other.
static std::pair<double, double> summarize(llvm::ArrayRef<CompileSample> samples,
                                           std::optional<size_t> phase,
                                           decltype(&CompileSample::wall) clock) {
  std::vector<double> times;
  for (const CompileSample &sample : samples.drop_front(samples.size() > 1)) {
    double time = 0;
    for (size_t i = 0; i < compilePhases.size(); ++i)
      if (!phase || *phase == i)
        time += (sample.*clock)[i];
    times.push_back(time);
  }
  return {*llvm::min_element(times), findMedian(times)};
}

void gatefold::printCompiling(llvm::ArrayRef<CompileSample> samples, llvm::StringRef path,
                              bool json) {
  llvm::json::Object phases;
  if (!json)
    llvm::outs() << llvm::formatv("{0}, compiled {1} time{2}\n\n{3,-14}{4,12}{5,12}{6,14}{7,14}{8,"
                                  "14}\n",
                                  path, samples.size(), samples.size() == 1 ? "" : "s",
                                  "milliseconds", "first", "warm, min", "median", "processor, min",
                                  "median");
  for (size_t i = 0; i <= compilePhases.size(); ++i) {
    bool isTotal = i == compilePhases.size();
    std::optional<size_t> phase = isTotal ? std::nullopt : std::optional<size_t>(i);
    double first = summarize(samples.take_front(1), phase, &CompileSample::wall).first;
    auto [wall, wallMedian] = summarize(samples, phase, &CompileSample::wall);
    auto [processor, processorMedian] = summarize(samples, phase, &CompileSample::processor);
    const char *name = isTotal ? "total" : compilePhases[i];
    if (!json) {
      llvm::outs() << llvm::formatv("{0,-14}{1,12:f2}{2,12:f2}{3,14:f2}{4,14:f2}{5,14:f2}\n", name,
                                    first, wall, wallMedian, processor, processorMedian);
      continue;
    }
    phases[name] = llvm::json::Object{{"first", first},
                                      {"minimum", wall},
                                      {"median", wallMedian},
                                      {"processorMinimum", processor},
                                      {"processorMedian", processorMedian}};
  }
  if (json)
    llvm::outs() << llvm::json::Value(
                        llvm::json::Object{{"file", path},
                                           {"rounds", static_cast<int64_t>(samples.size())},
                                           {"unit", "milliseconds"},
                                           {"phases", std::move(phases)}})
                 << '\n';
}
