//===- main.cpp - The gatefold-smith program ---------------------*- C++ -*-===//
//
// Reads the command line of the generator of random models.
//
//===----------------------------------------------------------------------===//

#include "Campaign.h"
#include "Printer.h"
#include "gatefold/Codegen/Optimizer.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Process.h"
#include <CLI/CLI.hpp>
#include <csignal>

using namespace gatefold;
using namespace gatefold::smith;

static constexpr const char *footer = R"(Examples:
  gatefold-smith                                 500 models, each with three choices of passes
  gatefold-smith --seed=1000 --count=5000 --jobs=2
  gatefold-smith --thorough --size=large --time-limit=600
  gatefold-smith --seed=17 --count=1 --print     the text of model 17
  gatefold-smith cell.fold --seed=17             all checks of a text of your own
  gatefold-smith cell.fold --only --disable-pass=pack-weights --run=T=5,batch=2

For every model the interpreter in double precision, the code without any pass of the optimiser and the code with
passes agree; batch = singles, 1 = 2 threads, ragged = singles, chunks = whole and step = sequence to the bit. A model
that fails is reduced and printed with the command that repeats the failure.

Exit status: 0 all models agree; 1 some do not; 2 a wrong command line.)";

namespace {
/// What the command line says.
struct Arguments {
  CampaignOptions campaign;
  std::string file, sizes;
  Configuration only;
  bool isThorough = false, hasOnly = false, prints = false, asJson = false;
};
} // namespace

static void declareOptions(CLI::App &app, Arguments &arguments) {
  CampaignOptions &campaign = arguments.campaign;
  app.add_option("FILE", arguments.file, "Check this .fold text instead of random models")
      ->option_text(" ");
  app.add_option("--seed", campaign.seed, "The first model's seed; weights and inputs have it too")
      ->option_text("N (default: 1)");
  app.add_option("--count", campaign.count, "How many models, one for each seed from there on")
      ->option_text("N (default: 500)");
  app.add_option("--size", campaign.size, "How large models are: small, medium or large")
      ->transform(CLI::CheckedTransformer(std::map<std::string, ModelSize>{
          {"small", ModelSize::Small}, {"medium", ModelSize::Medium}, {"large", ModelSize::Large}}))
      ->option_text("SIZE (default: small)");
  app.add_option("--configurations", campaign.check.numVariants,
                 "Choices of passes for each model besides none and all; they change from model to "
                 "model")
      ->option_text("N (default: 1)");
  app.add_flag("--thorough", arguments.isThorough,
               "All choices: each pass switched off, each alone, random passes and options");
  app.add_flag("--only", arguments.hasOnly,
               "One choice: all passes but those switched off, against none");
  app.add_option("--disable-pass", arguments.only.disabledPasses,
                 "With --only: a pass to leave out, or all")
      ->allow_extra_args(false)
      ->option_text("PASS ...");
  app.add_option("--pass-option", arguments.only.passOptions, "With --only: an option of a pass")
      ->allow_extra_args(false)
      ->option_text("PASS=OPTION=VALUE ...");
  app.add_flag("--fast", arguments.only.fast, "With --only: other orders of sums are allowed");
  app.add_option("--weight-type", arguments.only.weightType,
                 "With --only: what the weights of products are stored as")
      ->option_text("f32|bf16|f16|int8 (default: f32)");
  app.add_option("--run", arguments.sizes, "Run each model with these sizes: T=5,S=3,batch=2")
      ->option_text("NAME=N,...");
  app.add_option("--jobs", campaign.jobs, "How many models are checked at a time")
      ->check(CLI::Range(1, 256))
      ->option_text("N (default: 1)");
  app.add_option("--time-limit", campaign.timeLimit, "Begin no model after so many seconds")
      ->option_text("SECONDS");
  app.add_option("--model-limit", campaign.modelLimit, "A model that takes longer fails")
      ->option_text("SECONDS (default: 60)");
  app.add_option("--reduction-limit", campaign.reductionLimit,
                 "How long a failing model is reduced; 0 prints it as it is")
      ->option_text("SECONDS (default: 120)");
  app.add_flag("--print", arguments.prints, "Print the models' texts and check nothing");
  app.add_flag("--json", arguments.asJson, "Print the report as JSON");
}

static int fail(const llvm::Twine &message, int status) {
  llvm::errs() << "error: " << message << "\n";
  if (status == 2)
    llvm::errs() << "see `gatefold-smith --help`\n";
  return status;
}

/// Checks what the parser cannot, and puts the parts together.
static std::string complete(Arguments &arguments) {
  CheckOptions &check = arguments.campaign.check;
  if (arguments.isThorough)
    check.numVariants = -1;
  if (!arguments.sizes.empty()) {
    check.onlySizes = RunSizes::parse(arguments.sizes);
    if (!check.onlySizes)
      return "expected --run NAME=N,NAME=N,... with sizes, found `" + arguments.sizes + "`";
  }
  if (!(arguments.only == Configuration()) && !arguments.hasOnly)
    return "--disable-pass, --pass-option, --fast and --weight-type are for --only";
  std::optional<WeightType> weightType = parseWeightType(arguments.only.weightType);
  if (!weightType)
    return "expected one of " + listWeightTypes() + " for --weight-type, found `" +
           arguments.only.weightType + "`";
  if (arguments.only.fast && *weightType != WeightType::F32)
    return "--fast and --weight-type are checked one at a time";
  PipelineOptions pipeline;
  pipeline.disabledPasses = arguments.only.disabledPasses;
  pipeline.passOptions = arguments.only.passOptions;
  pipeline.weightType = *weightType;
  if (llvm::Error error = checkPassSwitches(pipeline))
    return llvm::toString(std::move(error));
  if (arguments.hasOnly)
    check.onlyConfiguration = arguments.only;
  return "";
}

static int checkFile(const Arguments &arguments) {
  auto buffer = llvm::MemoryBuffer::getFile(arguments.file);
  if (!buffer)
    return fail(arguments.file + ": cannot be read: " + buffer.getError().message(), 1);
  CheckOptions options = arguments.campaign.check;
  options.seed = arguments.campaign.seed;
  CheckResult result =
      checkInChild((*buffer)->getBuffer().str(), options, arguments.campaign.modelLimit);
  if (arguments.asJson) {
    llvm::outs() << toJSON(result) << "\n";
  } else if (result.status == CheckResult::Status::Failed) {
    std::string flags = result.configuration.printFlags();
    llvm::outs() << arguments.file << ": " << result.check << ": "
                 << llvm::StringRef(result.detail).rtrim() << "\n  passes   "
                 << (flags.empty() ? "all" : flags) << "\n  sizes    " << result.sizes << "\n";
  } else {
    llvm::outs() << arguments.file << ": "
                 << (result.detail.empty() ? "all ways agree" : "rejected: " + result.detail)
                 << "\n";
  }
  return result.status == CheckResult::Status::Failed;
}

static int printModels(const CampaignOptions &options) {
  for (uint64_t index = 0; index < options.count; ++index)
    llvm::outs() << "// seed " << options.seed + index << "\n"
                 << print(generate(options.seed + index, options.size))
                 << (index + 1 < options.count ? "\n" : "");
  return 0;
}

int main(int argc, char **argv) {
  CLI::App app("Proves the compiler on random models.", "gatefold-smith");
  app.set_version_flag("--version", "gatefold-smith " GATEFOLD_VERSION, "Print the version");
  app.set_help_flag("-h,--help", "Print this help");
  app.footer(footer);
  app.get_formatter()->column_width(38);
  Arguments arguments;
  declareOptions(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &request) { // --help and --version
    app.exit(request);
    return 0;
  } catch (const CLI::ParseError &error) {
    return fail(error.what(), 2);
  }
  if (std::string mistake = complete(arguments); !mistake.empty())
    return fail(mistake, 2);
  if (arguments.prints)
    return printModels(arguments.campaign);
  if (!arguments.file.empty())
    return checkFile(arguments);

  arguments.campaign.showsProgress = llvm::sys::Process::StandardErrIsDisplayed();
  CampaignResult result = runCampaign(arguments.campaign);
  if (arguments.asJson)
    llvm::outs() << result.toJSON() << "\n";
  else
    result.print(llvm::outs());
  return result.failures.empty() ? 0 : 1;
}
