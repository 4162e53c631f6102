//===- Bench.cpp - gatefold bench --------------------------------*- C++ -*-===//
//
// Measures how long a model takes, and what its optimisation is worth pass by pass.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "CompileMeasurement.h"
#include "Measurement.h"
#include "ModelModule.h"
#include "ProgressLine.h"
#include "RandomTensors.h"
#include "gatefold/Codegen/Jit.h"
#include "gatefold/Codegen/Optimizer.h"
#include "gatefold/Runtime/Checkpoint.h"
#include "gatefold/Runtime/Error.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <CLI/CLI.hpp>
#include <iostream>

using namespace gatefold;

static constexpr const char *footer =
    R"(Weights are random without --weights, inputs always. A call is a whole sequence, or with
--entry=step as many steps, from fresh memories; only computing is timed: with one thread the time
that the processor gives it, with several the time on the clock. In each round all versions take
their turn, so that what disturbs the machine disturbs all alike; the time of a round is the median
of its calls.

Examples:
  gatefold bench lstm.fold --steps 100 --batch 16
  gatefold bench lstm.fold --entry=step
  gatefold bench lstm.fold --without=each          what every pass of the optimiser is worth
  gatefold bench lstm.fold --compile               how long compiling takes, with all entries
  gatefold bench decoder.fold --size S=20 --without=fuse-gates,distribute-scan --json
  gatefold bench lstm.fold --turns                 a round for each line of standard input

The factor of a version is its time divided by that of the same round with all passes, the median of
all rounds: above 1, the passes left out are worth having.
Exit status: 0 success; 1 errors in the input; 2 a wrong command line.)";

namespace {
struct BenchOptions {
  ModelChoice choice;
  std::string weights;
  std::string entry; ///< empty: `sequence`
  bool compile = false;
  bool turns = false;
  int64_t batch = 1;
  std::vector<std::string> sizes; ///< NAME=N each
  std::vector<std::string> without;
  bool json = false;
  MeasurementPlan plan;
};
} // namespace

//===----------------------------------------------------------------------===//
// Versions of the model
//===----------------------------------------------------------------------===//

/// The dynamic sizes of the entry `sequence` that the model is run with: all that are not given are
/// the number of steps.
static llvm::Error chooseSizes(const BenchOptions &options, const EntryInterface &entry,
                               MeasurementPlan &plan) {
  for (const std::string &name : entry.sizes)
    plan.sizes[name] = plan.steps;
  std::vector<std::string> names = entry.sizes;
  for (const std::string &text : options.sizes) {
    auto assignment = splitAssignment(text);
    int64_t size;
    if (!assignment || !llvm::to_integer(assignment->second, size, /*Base=*/10) || size < 1)
      return makeUsageError("expected --size NAME=N with a whole number of at least 1, found `" +
                            text + "`");
    if (!plan.sizes.count(assignment->first))
      return makeUsageError("no input has a free size `" + assignment->first + "`" +
                            suggest(assignment->first, names));
    plan.sizes[assignment->first] = size;
  }
  plan.sizes["batch"] = options.batch;
  return llvm::Error::success();
}

/// The entry that is measured: the one asked for, or else the one that runs the model as a whole.
static llvm::Expected<std::string> chooseEntry(const BenchOptions &options,
                                               const ModelInterface &model) {
  bool makesTokens = model.generation.has_value();
  std::string entry = !options.entry.empty() ? options.entry
                      : makesTokens          ? "generate"
                                             : "sequence";
  if (makesTokens && entry != "generate")
    return makeError("`" + model.name + "` makes tokens; measure it with --entry=generate");
  if (!makesTokens && entry == "generate")
    return makeError("`" + model.name + "` makes no tokens: its result is no `generate`");
  if (!makesTokens && !model.entry(entry))
    return makeError("`" + model.name + "` has no entry `" + entry + "`" +
                     (model.whyNoStep.empty() ? "" : ": " + model.whyNoStep));
  return entry;
}

/// Compiles the model without some passes and loads it. The sizes of the first version hold for
/// all, and so does the entry.
static llvm::Expected<MeasuredModel> makeVersion(BenchOptions &options, const std::string &without,
                                                 MeasurementPlan &plan) {
  MeasuredModel version{without, nullptr};
  ModelChoice choice = options.choice;
  if (!without.empty())
    choice.disabledPasses.push_back(without);
  llvm::Expected<PipelineOptions> pipeline = makePipelineOptions(choice);
  if (!pipeline)
    return pipeline.takeError();
  PhaseTimer timer, compiling;
  auto model = ModelModule::load(choice, timer);
  if (!model)
    return model.takeError();
  compiling.begin("compile");
  if (detectStage((*model)->getModule()) < Stage::Entries)
    if (llvm::Error error = (*model)->advanceTo(Stage::Entries, *pipeline))
      return std::move(error);
  llvm::Expected<ModelInterface> described = describeModel((*model)->getModule());
  if (!described)
    return described.takeError();
  llvm::Expected<std::string> entry = chooseEntry(options, *described);
  if (!entry)
    return entry.takeError();
  options.entry = *entry;
  if (plan.sizes.empty())
    if (llvm::Error error = chooseSizes(options, *described->entry("sequence"), plan))
      return std::move(error);
  if (detectStage((*model)->getModule()) == Stage::Entries) {
    if (llvm::Error error = (*model)->keepEntries(*entry, *pipeline))
      return std::move(error);
  }
  auto compiled = compileInMemory((*model)->getModule(), *pipeline);
  if (!compiled)
    return compiled.takeError();
  version.compileMilliseconds = compiling.end();

  auto weights = options.weights.empty()
                     ? makeRandomWeights(described->weights)
                     : loadWeights(options.weights, described->weights, described->ignored);
  if (!weights)
    return weights.takeError();
  auto session = Session::create(std::move(*compiled), std::move(*weights), {plan.steps});
  if (!session)
    return session.takeError();
  version.session = std::move(*session);
  return version;
}

/// The versions to measure; the first one has all passes that the command line leaves.
static std::vector<std::string> listVersions(const BenchOptions &options) {
  std::vector<std::string> versions = {""};
  for (const std::string &without : options.without) {
    if (without != "each") {
      versions.push_back(without);
      continue;
    }
    for (const OptimizerPass &pass : getOptimizerPasses())
      versions.push_back(pass.name.str());
  }
  return versions;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// How much longer a version takes than another: the median over the rounds.
static double findFactor(const MeasuredModel &version, const MeasuredModel &all) {
  std::vector<double> factors;
  for (auto [with, without] : llvm::zip_equal(all.microsecondsPerCall, version.microsecondsPerCall))
    factors.push_back(without / with);
  return findMedian(std::move(factors));
}

static void printTable(const BenchOptions &options, const MeasurementPlan &plan,
                       llvm::ArrayRef<MeasuredModel> versions, const Target &target) {
  std::string sizes;
  for (const auto &[name, size] : plan.sizes)
    sizes += llvm::formatv(", {0} = {1}", name, size);
  llvm::outs() << llvm::formatv(
      "`{0}` of {1}: {2} step{3} a call{4}, {5} thread{6}, {7} rounds, on {8}\n\n", options.entry,
      versions.front().session->getInterface().name, plan.steps, plan.steps == 1 ? "" : "s", sizes,
      plan.threads, plan.threads == 1 ? "" : "s", plan.rounds, target.cpu);
  size_t width = 0;
  auto describe = [](const MeasuredModel &version) {
    return version.without.empty() ? "all passes" : "without " + version.without;
  };
  for (const MeasuredModel &version : versions)
    width = std::max(width, describe(version).size());
  llvm::outs() << llvm::left_justify("microseconds", width)
               << "     call, min        median      per step    factor   compile, ms\n";
  for (const MeasuredModel &version : versions) {
    double median = findMedian(version.microsecondsPerCall);
    llvm::outs() << llvm::left_justify(describe(version), width)
                 << llvm::formatv("{0,14:f3}{1,14:f3}{2,14:f3}{3,10:f3}{4,14:f1}\n",
                                  *llvm::min_element(version.microsecondsPerCall), median,
                                  median / plan.steps, findFactor(version, versions.front()),
                                  version.compileMilliseconds);
  }
}

static void printJson(const BenchOptions &options, const MeasurementPlan &plan,
                      llvm::ArrayRef<MeasuredModel> versions, const Target &target) {
  llvm::json::Object sizes;
  for (const auto &[name, size] : plan.sizes)
    sizes[name] = size;
  llvm::json::Array rows;
  for (const MeasuredModel &version : versions) {
    double median = findMedian(version.microsecondsPerCall);
    llvm::json::Object row{
        {"without", version.without},
        {"minimum", *llvm::min_element(version.microsecondsPerCall)},
        {"median", median},
        {"perStep", median / plan.steps},
        {"factor", findFactor(version, versions.front())},
        {"rounds", llvm::json::Array(version.microsecondsPerCall)},
        {"compileMilliseconds", version.compileMilliseconds},
    };
    if (version.workspaceBytes >= 0)
      row["workspaceBytes"] = version.workspaceBytes;
    rows.push_back(std::move(row));
  }
  llvm::outs() << llvm::json::Value(llvm::json::Object{
                      {"file", options.choice.path},
                      {"model", versions.front().session->getInterface().name},
                      {"entry", options.entry},
                      {"cpu", target.cpu},
                      {"steps", plan.steps},
                      {"threads", static_cast<int64_t>(plan.threads)},
                      {"sizes", std::move(sizes)},
                      {"unit", "microseconds per call"},
                      {"clock", plan.measuresProcessor() ? "processor" : "wall"},
                      {"versions", std::move(rows)},
                  })
               << '\n';
}

/// Takes turns with other programs: a round for each line of standard input.
static llvm::Error benchInTurns(MeasuredModel &model, const MeasurementPlan &plan) {
  llvm::outs() << llvm::json::Value(llvm::json::Object{
                      {"model", model.session->getInterface().name},
                      {"clock", plan.measuresProcessor() ? "processor" : "wall"},
                      {"compileMilliseconds", model.compileMilliseconds},
                  })
               << '\n';
  auto isNextRound = [] {
    llvm::outs().flush();
    std::string line;
    return static_cast<bool>(std::getline(std::cin, line));
  };
  return measureInTurns(model, plan, isNextRound, [](double microseconds) {
    llvm::outs() << llvm::json::Value(llvm::json::Object{{"microseconds", microseconds}}) << '\n';
  });
}

/// How long compiling takes, instead of running.
static llvm::Error benchCompiling(const BenchOptions &options) {
  if (!options.without.empty())
    return makeUsageError("--without is for versions that run; leave a pass out of compiling with "
                          "--disable-pass");
  std::vector<std::string> entries;
  if (!options.entry.empty())
    entries = {options.entry};
  ProgressLine progress(options.choice.quiet);
  progress.show("compiling");
  auto samples = measureCompiling(options.choice, entries, options.plan.rounds);
  if (!samples)
    return samples.takeError();
  progress.stop();
  printCompiling(*samples, options.choice.path, options.json);
  return llvm::Error::success();
}

static llvm::Error bench(BenchOptions &options) {
  if (options.compile)
    return benchCompiling(options);
  if (options.turns && !options.without.empty())
    return makeUsageError("--turns measures one version; leave a pass out of it with "
                          "--disable-pass");
  if (!llvm::is_contained({"", "sequence", "step", "generate"}, options.entry))
    return makeUsageError("expected --entry=sequence, --entry=step or --entry=generate, found `" +
                          options.entry + "`");
  MeasurementPlan &plan = options.plan;
  plan.stepwise = options.entry == "step";
  llvm::Expected<PipelineOptions> pipeline = makePipelineOptions(options.choice);
  if (!pipeline)
    return pipeline.takeError();
  ProgressLine progress(options.choice.quiet);
  std::vector<MeasuredModel> versions;
  for (const std::string &without : listVersions(options)) {
    progress.show(without.empty() ? "compiling" : "compiling without " + without);
    auto version = makeVersion(options, without, plan);
    if (!version)
      return version.takeError();
    versions.push_back(std::move(*version));
  }
  if (options.turns) {
    progress.stop();
    return benchInTurns(versions.front(), plan);
  }
  plan.beginRound = [&](int64_t round) {
    progress.show(llvm::formatv("round {0} of {1}", round + 1, plan.rounds).str());
  };
  if (llvm::Error error = measure(versions, plan))
    return error;
  progress.stop();
  (options.json ? printJson : printTable)(options, plan, versions, pipeline->target);
  return llvm::Error::success();
}

Command gatefold::declareBench(CLI::App &app) {
  auto options = std::make_shared<BenchOptions>();
  addModelOptions(app, options->choice);
  app.add_option("--weights", options->weights, "The checkpoint with the model's weights")
      ->option_text("FILE");
  app.add_option("--entry", options->entry,
                 "Whole sequences, one step after the other, or tokens made "
                 "one by one (default: the whole)")
      ->option_text("sequence|step|generate");
  app.add_option("--batch", options->batch, "Examples of a call")
      ->check(CLI::Range(1, 1 << 20))
      ->option_text("N (default: 1)");
  app.add_option("--steps", options->plan.steps, "Steps of a call, or tokens made")
      ->check(CLI::Range(1, 1 << 30))
      ->option_text("N (default: 64)");
  addRepeatedOption(app, "--size", options->sizes,
                    "Another free size of the inputs (default: the number of steps)")
      ->option_text("NAME=N ...");
  addThreadsOption(app, options->plan.threads);
  addRepeatedOption(app, "--without", options->without,
                    "Measure also without this pass of the optimiser, or without each, one at a "
                    "time")
      ->delimiter(',')
      ->option_text("PASS[,PASS]|each|all ...");
  app.add_option("--rounds", options->plan.rounds, "Times that each version is measured")
      ->check(CLI::Range(1, 100000))
      ->option_text("N (default: 11)");
  app.add_option("--round-time", options->plan.millisecondsPerRound,
                 "How long a version runs in each round")
      ->check(CLI::PositiveNumber)
      ->option_text("MS (default: 20)");
  app.add_flag("--compile", options->compile,
               "Measure compiling; all entries, or that of --entry and what it starts from")
      ->option_text(" ");
  app.add_flag("--turns", options->turns,
               "Measure a round for each line of standard input, to take turns with another "
               "program")
      ->excludes("--compile")
      ->option_text(" ");
  app.add_flag("--json", options->json, "Print one line of JSON with all rounds");
  app.footer(footer);
  return [options] { return reportError(bench(*options)); };
}
