//===- ModelCheck.cpp - Proves the compiler on one model ---------*- C++ -*-===//
//
// The code without any pass of the optimiser is compared with the interpreter, and all other code
// with that.
//
//===----------------------------------------------------------------------===//

#include "ModelCheck.h"
#include "LoweredText.h"
#include "Reference.h"
#include "Tokens.h"
#include "Ways.h"
#include "gatefold/Codegen/Pipeline.h"

using namespace gatefold;
using namespace gatefold::smith;

namespace {
/// One set of sizes with its data and results.
struct Run {
  RunSizes sizes;
  NamedTensors inputs;
  std::vector<Reference> references; ///< of the first examples
  NamedTensors outputs;              ///< of the code without passes
};

/// Checks one model.
class ModelCheck {
public:
  explicit ModelCheck(const CheckOptions &options) : options(options), random(options.seed) {}

  CheckResult check(llvm::StringRef source);

private:
  bool fail(std::string check, std::string detail, const Run *run = nullptr);
  std::unique_ptr<Session> compile(const Configuration &configuration);
  bool makeRuns(const ModelInterface &model);
  bool interpret(Run &run);
  bool checkReferences(const Run &run, const NamedTensors &outputs, const char *check);
  bool checkSingle(const Run &run, const NamedTensors &outputs);
  std::optional<NamedTensors> runAll(const Session &session, const Run &run);
  bool checkTokens(const Session &session, const Run &run, const NamedTensors &outputs);
  bool checkAllWays(const Session &session, const Run &run, const NamedTensors &results,
                    bool isFast);
  bool runConfiguration(const Configuration &configuration);
  bool checkOptimized(const Configuration &configuration, Run &run, const NamedTensors &outputs);
  std::optional<NamedTensors> runAlone(const Configuration &alone, const Run &run);
  bool needsSteps(const Configuration &configuration) const;
  std::vector<Configuration> chooseConfigurations();

  const CheckOptions &options;
  Random random;
  std::unique_ptr<LoweredText> text;
  NamedTensors weights;
  std::vector<Run> runs;
  CheckResult result;
};
} // namespace

/// The interpreter is slow; this many examples of a batch speak for all, which are compared with
/// each other.
static constexpr int64_t numInterpreted = 2;

bool ModelCheck::fail(std::string check, std::string detail, const Run *run) {
  result.status = CheckResult::Status::Failed;
  result.check = std::move(check);
  result.detail = std::move(detail);
  if (run)
    result.sizes = run->sizes.print();
  return false;
}

/// Each entry takes its time to compile. A few choices of passes take turns with their steps; of
/// many, and of one asked for, all are run.
bool ModelCheck::needsSteps(const Configuration &configuration) const {
  if (options.numVariants < 0 || configuration == Configuration() ||
      configuration == options.onlyConfiguration)
    return true;
  return options.seed % (configuration == makePlain() ? 4 : 2) == 0;
}

std::unique_ptr<Session> ModelCheck::compile(const Configuration &configuration) {
  ++result.numConfigurations;
  result.configuration = configuration;
  PipelineOptions pipeline;
  pipeline.disabledPasses = configuration.disabledPasses;
  pipeline.passOptions = configuration.passOptions;
  pipeline.fast = configuration.fast;
  pipeline.weightType = parseWeightType(configuration.weightType).value_or(WeightType::F32);
  pipeline.verifyEach = true;
  if (!needsSteps(configuration))
    pipeline.entries = {"init", "sequence"};
  auto code = text->compile(pipeline);
  if (!code) {
    fail("compile", llvm::toString(code.takeError()));
    return nullptr;
  }
  if (weights.empty())
    weights = makeWeights((*code)->getInterface(), options.seed);
  auto session = Session::create(std::move(*code), weights,
                                 {/*capacity=*/std::nullopt, /*waitsForThreads=*/true});
  if (session)
    return std::move(*session);
  fail("load", llvm::toString(session.takeError()));
  return nullptr;
}

//===----------------------------------------------------------------------===//
// The interpreter and the code without passes
//===----------------------------------------------------------------------===//

bool ModelCheck::interpret(Run &run) {
  for (int64_t example = 0; example < std::min(run.sizes.batch, numInterpreted); ++example) {
    auto reference = makeReference(*text, run.inputs, weights, example);
    if (!reference)
      return fail("interpret", llvm::toString(reference.takeError()), &run);
    if (!reference->whyRejected.empty()) {
      result.status = CheckResult::Status::Rejected;
      result.detail = reference->whyRejected;
      return false;
    }
    run.references.push_back(std::move(*reference));
  }
  return true;
}

bool ModelCheck::checkReferences(const Run &run, const NamedTensors &outputs, const char *check) {
  for (auto [example, reference] : llvm::enumerate(run.references))
    if (std::string problem = reference.compare(outputs, static_cast<int64_t>(example));
        !problem.empty())
      return fail(check, problem, &run);
  return true;
}

/// Arithmetic alone has the same bits as the interpreter's in single precision.
bool ModelCheck::checkSingle(const Run &run, const NamedTensors &outputs) {
  for (auto [example, reference] : llvm::enumerate(run.references)) {
    if (reference.single.empty())
      continue;
    NamedTensors found;
    for (const NamedTensor &output : outputs)
      found.set(output.name, takeExample(output.tensor, static_cast<int64_t>(example)));
    if (std::string difference = describeDifference(found, reference.single); !difference.empty())
      return fail("code without passes = interpreter in single precision", difference, &run);
  }
  return true;
}

bool ModelCheck::makeRuns(const ModelInterface &model) {
  const EntryInterface &sequence = *model.entry("sequence");
  std::vector<RunSizes> chosen;
  if (options.onlySizes) {
    chosen = {*options.onlySizes};
    for (const std::string &name : findFreeDimensions(sequence))
      chosen[0].free.try_emplace(name, 1);
  } else {
    chosen = {makeRunSizes(sequence, random, /*isLong=*/options.seed % 4 == 0),
              makeRunSizes(sequence, random, /*isLong=*/false)};
  }
  for (RunSizes &sizes : chosen)
    runs.emplace_back().sizes = std::move(sizes);
  for (Run &run : runs) {
    run.inputs = makeInputs(sequence, run.sizes, options.seed);
    if (hasOutputs(model) && !interpret(run))
      return false;
  }
  result.numRuns = static_cast<unsigned>(runs.size());
  return true;
}

//===----------------------------------------------------------------------===//
// Configurations
//===----------------------------------------------------------------------===//

/// How far the outputs of streams may be from those of a whole sequence where sums have another
/// order: both are as near to the interpreter.
static StreamTolerances findTolerances(const Run &run) {
  StreamTolerances tolerances;
  for (const Reference &reference : run.references)
    for (auto [output, tolerance] : llvm::zip_equal(reference.outputs, reference.tolerances)) {
      double &most = tolerances[output.name];
      most = std::max(most, 2 * tolerance);
    }
  return tolerances;
}

/// The outputs of whole sequences, and the tokens that are made; nothing where that fails, which is
/// the result then.
std::optional<NamedTensors> ModelCheck::runAll(const Session &session, const Run &run) {
  NamedTensors results;
  if (hasOutputs(session.getInterface())) {
    auto outputs = session.runSequence(run.inputs);
    if (!outputs) {
      fail("run", llvm::toString(outputs.takeError()), &run);
      return std::nullopt;
    }
    results = std::move(*outputs);
  }
  auto tokens = makeTokens(session, run.inputs);
  if (!tokens) {
    fail("generate", llvm::toString(tokens.takeError()), &run);
    return std::nullopt;
  }
  for (const NamedTensor &made : *tokens)
    results.set(made.name, made.tensor);
  return results;
}

/// A batch of one.
static NamedTensors takeOne(const NamedTensors &tensors, int64_t example) {
  NamedTensors one;
  for (const NamedTensor &tensor : tensors)
    one.set(tensor.name, sliceAxis(tensor.tensor, 0, example, 1));
  return one;
}

/// Each example makes its tokens as if it were alone, with any number of threads.
bool ModelCheck::checkTokens(const Session &session, const Run &run, const NamedTensors &outputs) {
  for (int64_t example = -1; example < run.sizes.batch; ++example) {
    const bool isWhole = example < 0;
    auto tokens =
        makeTokens(session, isWhole ? run.inputs : takeOne(run.inputs, example), isWhole ? 2 : 1);
    if (!tokens)
      return fail("generate", llvm::toString(tokens.takeError()), &run);
    NamedTensors expected;
    for (const NamedTensor &made : *tokens)
      expected.set(made.name, isWhole ? *outputs.find(made.name)
                                      : sliceAxis(*outputs.find(made.name), 0, example, 1));
    if (std::string difference = describeDifference(*tokens, expected); !difference.empty())
      return fail(isWhole ? "tokens of 1 = 2 threads" : "tokens of batch = singles", difference,
                  &run);
  }
  return true;
}

/// Checks all ways to run sequences; `results` holds tokens, too.
bool ModelCheck::checkAllWays(const Session &session, const Run &run, const NamedTensors &results,
                              bool isFast) {
  NamedTensors outputs;
  for (const NamedTensor &result : results)
    if (!llvm::StringRef(result.name).starts_with("tokens."))
      outputs.set(result.name, result.tensor);
  const StreamTolerances tolerances = isFast ? findTolerances(run) : StreamTolerances();
  auto failure = checkWays(session, run.inputs, run.sizes, outputs, options.seed, tolerances);
  return !failure || fail(failure->check, failure->detail, &run);
}

bool ModelCheck::runConfiguration(const Configuration &configuration) {
  const bool isFirst = runs.empty();
  std::unique_ptr<Session> session = compile(configuration);
  if (!session)
    return false;
  if (isFirst && !makeRuns(session->getInterface()))
    return false;
  for (Run &run : runs) {
    std::optional<NamedTensors> outputs = runAll(*session, run);
    if (!outputs || !checkTokens(*session, run, *outputs))
      return false;
    if (isFirst) {
      if (!checkReferences(run, *outputs, "code without passes = interpreter") ||
          !checkSingle(run, *outputs))
        return false;
      run.outputs = *outputs;
    } else if (!checkOptimized(configuration, run, *outputs)) {
      return false;
    }
    if (hasOutputs(session->getInterface()) &&
        !checkAllWays(*session, run, *outputs, configuration.fast))
      return false;
  }
  return true;
}

/// What other code gives; nothing where that fails, which is the result then.
std::optional<NamedTensors> ModelCheck::runAlone(const Configuration &alone, const Run &run) {
  std::unique_ptr<Session> session = compile(alone);
  if (!session)
    return std::nullopt;
  return runAll(*session, run);
}

/// Code with passes gives what code without them gives. If a pass may change the order of sums, it
/// is enough that it gives what that pass gives alone, and that this is near to the interpreter;
/// with `--fast`, that it is near to the interpreter itself. If weights are rounded, that alone
/// decides the results.
bool ModelCheck::checkOptimized(const Configuration &configuration, Run &run,
                                const NamedTensors &outputs) {
  std::string difference = describeDifference(outputs, run.outputs);
  if (difference.empty())
    return true;
  if (configuration.roundsWeights()) {
    auto expected = runAlone(makeOnlyRounding(configuration), run);
    if (!expected)
      return false;
    result.configuration = configuration;
    difference = describeDifference(outputs, *expected);
    return difference.empty() || fail("optimised = rounded alone", difference, &run);
  }
  const Configuration alone = makeOnlyChangedSums();
  if (!configuration.mayChangeSums() || configuration == alone || configuration.fast)
    return configuration.mayChangeSums() ? checkReferences(run, outputs, "optimised = interpreter")
                                         : fail("optimised = unoptimised", difference, &run);
  auto expected = runAlone(alone, run);
  if (!expected || !checkReferences(run, *expected, "optimised = interpreter"))
    return false;
  result.configuration = configuration;
  difference = describeDifference(outputs, *expected);
  return difference.empty() || fail("optimised = unoptimised", difference, &run);
}

std::vector<Configuration> ModelCheck::chooseConfigurations() {
  if (options.onlyConfiguration)
    return {*options.onlyConfiguration};
  std::vector<Configuration> chosen{Configuration()};
  std::vector<Configuration> variants = makeVariants(random, /*numRandom=*/4);
  const size_t count = options.numVariants < 0
                           ? variants.size()
                           : std::min<size_t>(options.numVariants, variants.size());
  // Models with consecutive seeds take turns.
  for (size_t index = 0; index < count; ++index)
    chosen.push_back(variants[(options.seed * count + index) % variants.size()]);
  return chosen;
}

CheckResult ModelCheck::check(llvm::StringRef source) {
  auto lowered = LoweredText::create(source, "model.fold");
  if (!lowered) {
    fail("text", llvm::toString(lowered.takeError()));
    return result;
  }
  text = std::move(*lowered);
  const Configuration plain = makePlain();
  bool passed = runConfiguration(plain);
  for (const Configuration &configuration : chooseConfigurations()) {
    if (!passed)
      break;
    if (configuration == plain)
      continue;
    passed = runConfiguration(configuration);
  }
  return result;
}

CheckResult smith::checkModel(llvm::StringRef text, const CheckOptions &options) {
  return ModelCheck(options).check(text);
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// A message without names and numbers.
static std::string generalize(llvm::StringRef message) {
  std::string general;
  bool isQuoted = false;
  for (char c : message) {
    isQuoted ^= c == '`' || c == '\'';
    if (!isQuoted && llvm::isAlpha(c))
      general += c;
  }
  return general;
}

bool CheckResult::isLike(const CheckResult &other) const {
  if (status != other.status || check != other.check)
    return false;
  // What is wrong may be told of other parts of the model.
  const bool isTold = check == "compile" || check == "crash" || check == "text";
  return !isTold || generalize(detail) == generalize(other.detail);
}

static constexpr const char *statusNames[] = {"passed", "rejected", "failed"};

llvm::json::Value smith::toJSON(const CheckResult &result) {
  llvm::json::Array disabled(result.configuration.disabledPasses);
  llvm::json::Array options(result.configuration.passOptions);
  return llvm::json::Object{{"status", statusNames[static_cast<int>(result.status)]},
                            {"check", result.check},
                            {"detail", llvm::json::fixUTF8(result.detail)},
                            {"disabled_passes", std::move(disabled)},
                            {"pass_options", std::move(options)},
                            {"fast", result.configuration.fast},
                            {"weight_type", result.configuration.weightType},
                            {"sizes", result.sizes},
                            {"configurations", result.numConfigurations},
                            {"runs", result.numRuns}};
}

CheckResult smith::parseCheckResult(llvm::StringRef text) {
  CheckResult result;
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(text);
  llvm::consumeError(parsed.takeError());
  const llvm::json::Value json = parsed ? std::move(*parsed) : llvm::json::Value(nullptr);
  llvm::json::Path::Root root;
  std::string status;
  llvm::json::ObjectMapper object(json, root);
  if (!object || !object.map("status", status) || !object.map("check", result.check) ||
      !object.map("detail", result.detail) ||
      !object.map("disabled_passes", result.configuration.disabledPasses) ||
      !object.map("pass_options", result.configuration.passOptions) ||
      !object.map("fast", result.configuration.fast) ||
      !object.map("weight_type", result.configuration.weightType) ||
      !object.map("sizes", result.sizes) ||
      !object.map("configurations", result.numConfigurations) ||
      !object.map("runs", result.numRuns)) {
    result.status = CheckResult::Status::Failed;
    result.check = "crash";
    result.detail = "the process ended without a result";
    return result;
  }
  for (int index = 0; index < 3; ++index)
    if (status == statusNames[index])
      result.status = static_cast<CheckResult::Status>(index);
  return result;
}
