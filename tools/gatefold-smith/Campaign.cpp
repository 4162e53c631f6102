//===- Campaign.cpp - Many models, and a report of them ----------*- C++ -*-===//
//
// Models are generated in the process that collects the results, and checked in children.
//
//===----------------------------------------------------------------------===//

#include "Campaign.h"
#include "Printer.h"
#include "Reducer.h"
#include "llvm/Support/FormatVariadic.h"

using namespace gatefold;
using namespace gatefold::smith;

using Clock = std::chrono::steady_clock;

static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

llvm::StringRef smith::getSizeName(ModelSize size) {
  static constexpr llvm::StringLiteral names[] = {"small", "medium", "large"};
  return names[static_cast<int>(size)];
}

/// The result of a child that was to check a model.
static CheckResult interpretChild(const ChildResult &child) {
  if (child.problem.empty())
    return parseCheckResult(child.output);
  CheckResult result;
  result.status = CheckResult::Status::Failed;
  result.check = child.problem == "takes too long" ? "time" : "crash";
  result.detail = child.problem;
  return result;
}

static std::string checkToText(const std::string &text, const CheckOptions &options) {
  return llvm::formatv("{0}", toJSON(checkModel(text, options))).str();
}

CheckResult smith::checkInChild(const std::string &text, const CheckOptions &options,
                                double seconds) {
  return interpretChild(runInChild([&] { return checkToText(text, options); }, seconds));
}

//===----------------------------------------------------------------------===//
// Reduction
//===----------------------------------------------------------------------===//

/// Fewer steps, rows and examples, as long as the model fails.
static void shrinkRun(const std::string &text, CheckOptions &options, const CheckResult &failure,
                      double seconds) {
  if (!options.onlySizes)
    return;
  auto fails = [&](const RunSizes &sizes) {
    CheckOptions smaller = options;
    smaller.onlySizes = sizes;
    return checkInChild(text, smaller, seconds).isLike(failure);
  };
  auto shrink = [&](auto access) {
    for (int64_t value : {int64_t(1), int64_t(2), int64_t(3), int64_t(5), int64_t(17)}) {
      RunSizes sizes = *options.onlySizes;
      if (value >= access(sizes))
        return;
      access(sizes) = value;
      if (fails(sizes)) {
        options.onlySizes = sizes;
        return;
      }
    }
  };
  shrink([](RunSizes &sizes) -> int64_t & { return sizes.batch; });
  std::vector<std::string> names;
  for (const auto &[name, size] : options.onlySizes->free)
    names.push_back(name);
  for (const std::string &name : names)
    shrink([&](RunSizes &sizes) -> int64_t & { return sizes.free[name]; });
}

/// The switches and sizes with which the failure shows, if it does with these alone.
static CheckOptions narrow(const std::string &text, const CheckOptions &options,
                           const CheckResult &failure, double seconds) {
  CheckOptions narrowed = options;
  if (failure.check == "crash" || failure.check == "time")
    return narrowed;
  narrowed.onlyConfiguration = failure.configuration;
  if (!failure.sizes.empty())
    narrowed.onlySizes = RunSizes::parse(failure.sizes);
  return checkInChild(text, narrowed, seconds).isLike(failure) ? narrowed : options;
}

static std::string spellCommand(const CheckOptions &options) {
  std::string command = "gatefold-smith FILE.fold --seed=" + std::to_string(options.seed);
  if (options.onlyConfiguration) {
    std::string flags = options.onlyConfiguration->printFlags();
    command += " --only" + (flags.empty() ? "" : " " + flags);
  } else if (options.numVariants != 1) {
    command += " --configurations=" + std::to_string(options.numVariants);
  }
  if (options.onlySizes)
    command += " --run=" + options.onlySizes->print();
  return command;
}

static FailedModel reduceFailure(uint64_t seed, Tree tree, const CheckResult &failure,
                                 const CampaignOptions &options) {
  CheckOptions check = options.check;
  check.seed = seed;
  FailedModel failed{seed, failure, print(tree), ""};
  const auto start = Clock::now();
  auto mayGoOn = [&] { return secondsSince(start) < options.reductionLimit; };
  if (mayGoOn()) {
    check = narrow(failed.text, check, failure, options.modelLimit);
    auto holds = [&](const Tree &candidate) {
      return checkInChild(print(candidate), check, options.modelLimit).isLike(failure);
    };
    tree = reduce(std::move(tree), holds, mayGoOn);
    shrinkRun(print(tree), check, failure, options.modelLimit);
    tree = reduce(std::move(tree), holds, mayGoOn);
    failed.text = print(tree);
    CheckResult now = checkInChild(failed.text, check, options.modelLimit);
    if (now.isLike(failure))
      failed.result = now;
  }
  failed.command = spellCommand(check);
  return failed;
}

//===----------------------------------------------------------------------===//
// Campaigns
//===----------------------------------------------------------------------===//

static void showProgress(const CampaignOptions &options, const CampaignResult &result) {
  if (options.showsProgress)
    llvm::errs() << "\r" << result.numModels << " of " << options.count << " models, "
                 << result.failures.size() << " failed";
}

static void collect(CampaignResult &result, const CampaignOptions &options,
                    const ChildResult &child) {
  CheckResult checked = interpretChild(child);
  ++result.numModels;
  result.numConfigurations += checked.numConfigurations;
  result.numRuns += checked.numRuns;
  result.numRejected += checked.status == CheckResult::Status::Rejected;
  Tree tree = generate(child.task, options.size);
  for (const std::string &feature : tree.features)
    ++result.features[feature];
  if (checked.status == CheckResult::Status::Failed)
    result.failures.push_back(reduceFailure(child.task, std::move(tree), checked, options));
  showProgress(options, result);
}

CampaignResult smith::runCampaign(const CampaignOptions &options) {
  CampaignResult result;
  Children children;
  const auto start = Clock::now();
  for (uint64_t index = 0; index < options.count || children.numRunning() != 0;) {
    const bool isLate = options.timeLimit > 0 && secondsSince(start) > options.timeLimit;
    const bool mayStart =
        index < options.count && !isLate && result.failures.size() < options.mostFailures;
    if (mayStart && children.numRunning() < options.jobs) {
      CheckOptions check = options.check;
      check.seed = options.seed + index++;
      auto work = [&, check] {
        return checkToText(print(generate(check.seed, options.size)), check);
      };
      children.start(check.seed, work, options.modelLimit);
    } else if (children.numRunning() != 0) {
      collect(result, options, children.wait());
    } else {
      break;
    }
  }
  if (options.showsProgress)
    llvm::errs() << "\r\033[K";
  result.seconds = secondsSince(start);
  return result;
}

//===----------------------------------------------------------------------===//
// Reports
//===----------------------------------------------------------------------===//

static void printFailure(llvm::raw_ostream &out, const FailedModel &failed) {
  const CheckResult &result = failed.result;
  out << "seed " << failed.seed << ": " << result.check << ": "
      << llvm::StringRef(result.detail).rtrim() << "\n";
  std::string flags = result.configuration.printFlags();
  out << "  passes   " << (flags.empty() ? "all" : flags) << "\n";
  if (!result.sizes.empty())
    out << "  sizes    " << result.sizes << "\n";
  out << "  repeat   " << failed.command << "\n";
  out << "  FILE.fold:\n\n" << failed.text << "\n";
}

void CampaignResult::print(llvm::raw_ostream &out) const {
  for (const FailedModel &failed : failures)
    printFailure(out, failed);
  out << llvm::formatv("{0} models, {1} compilations, {2} runs in {3:F1} s: {4} failed, {5} "
                       "rejected as ill-conditioned\n",
                       numModels, numConfigurations, numRuns, seconds, failures.size(),
                       numRejected);
}

llvm::json::Value CampaignResult::toJSON() const {
  llvm::json::Array failed;
  for (const FailedModel &failure : failures) {
    llvm::json::Value value = smith::toJSON(failure.result);
    llvm::json::Object &object = *value.getAsObject();
    object["seed"] = failure.seed;
    object["text"] = failure.text;
    object["command"] = failure.command;
    failed.push_back(std::move(value));
  }
  llvm::json::Object occurrences;
  for (const auto &[feature, count] : features)
    occurrences[feature] = count;
  return llvm::json::Object{{"models", numModels},
                            {"rejected", numRejected},
                            {"configurations", numConfigurations},
                            {"runs", numRuns},
                            {"seconds", seconds},
                            {"features", std::move(occurrences)},
                            {"failures", std::move(failed)}};
}
