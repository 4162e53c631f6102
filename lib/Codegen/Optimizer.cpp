//===- Optimizer.cpp - The passes that can be switched off -------------*- C++ -*-===//
//
// The list of the optimiser's passes, and what the switches mean for it.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Codegen/Optimizer.h"
#include "gatefold/Conversion/Passes.h"
#include "gatefold/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace gatefold;

static constexpr OptimizerPass passes[] = {
    {"fuse-gates", OptimizerPhase::Model, [](auto &) { return createFuseGates(); }},
    {"pack-weights", OptimizerPhase::Model,
     [](auto &options) { return createPackWeights({options.weightType}); }},
    {"fuse-attention", OptimizerPhase::Model, [](auto &) { return createFuseAttention(); }},
    {"hoist-fixed", OptimizerPhase::Model, [](auto &) { return createHoistFixed(); }},
    {"derive-prefill", OptimizerPhase::Model, [](auto &) { return createDerivePrefill(); }},
    {"linear-recurrence", OptimizerPhase::Example,
     [](auto &options) {
       LinearRecurrenceOptions linear;
       linear.fast = options.fast;
       return createLinearRecurrence(linear);
     }},
    {"distribute-scan", OptimizerPhase::Example, [](auto &) { return createDistributeScan(); }},
    {"fuse-elementwise", OptimizerPhase::Example, [](auto &) { return createFuseElementwise(); }},
    {"parallelize", OptimizerPhase::Loops, [](auto &) { return createParallelize(); }},
    {"plan-memory", OptimizerPhase::Loops, [](auto &) { return createPlanMemory(); }},
    {"share-loops", OptimizerPhase::Loops, [](auto &) { return createShareLoops(); }},
};

ArrayRef<OptimizerPass> gatefold::getOptimizerPasses() { return passes; }

std::string gatefold::listOptimizerPasses() {
  return llvm::join(
      llvm::map_range(passes, [](const OptimizerPass &pass) { return pass.name.str(); }), ", ");
}

bool gatefold::isPassEnabled(const PipelineOptions &options, StringRef name) {
  return llvm::none_of(options.disabledPasses, [&](StringRef disabled) {
    return disabled == name || disabled == allPasses;
  });
}

//===----------------------------------------------------------------------===//
// Switches
//===----------------------------------------------------------------------===//

static llvm::Error makeSwitchError(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static const OptimizerPass *findPass(StringRef name) {
  const OptimizerPass *pass =
      llvm::find_if(passes, [&](const OptimizerPass &pass) { return pass.name == name; });
  return pass == std::end(passes) ? nullptr : pass;
}

static llvm::Error makeUnknownPassError(StringRef name) {
  return makeSwitchError("the optimiser has no pass `" + name + "`; its passes are " +
                         listOptimizerPasses());
}

/// The options of a pass with their values, as pipelines spell them: "block=32 reverse=false".
static std::string spellOptions(Pass &pass) {
  std::string text;
  llvm::raw_string_ostream os(text);
  pass.printAsTextualPipeline(os);
  StringRef spelled(text);
  return spelled.drop_until([](char c) { return c == '{'; }).trim("{ }").str();
}

/// An error unless the pass has an option `name` that takes `value`. The parser of options would
/// print what is wrong with a value instead of returning it.
static llvm::Error checkOption(Pass &pass, StringRef passName, StringRef name, StringRef value) {
  std::string options = spellOptions(pass);
  SmallVector<StringRef> spelled;
  StringRef(options).split(spelled, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (StringRef option : spelled) {
    auto [known, present] = option.split('=');
    if (known != name)
      continue;
    int64_t number;
    if (llvm::to_integer(present, number, 10) && !llvm::to_integer(value, number, 10))
      return makeSwitchError("expected a whole number for the option `" + name + "` of `" +
                             passName + "`, found `" + value + "`");
    if ((present == "true" || present == "false") && value != "true" && value != "false")
      return makeSwitchError("expected `true` or `false` for the option `" + name + "` of `" +
                             passName + "`, found `" + value + "`");
    if (parseWeightType(present) && !parseWeightType(value))
      return makeSwitchError("expected one of " + listWeightTypes() + " for the option `" + name +
                             "` of `" + passName + "`, found `" + value + "`");
    return llvm::Error::success();
  }
  return makeSwitchError(
      "the pass `" + passName + "` has no option `" + name + "`; " +
      (options.empty() ? "it has none" : "with their defaults it has " + options));
}

/// Checks NAME=OPTION=VALUE.
static llvm::Error checkPassOption(const PipelineOptions &options, StringRef text) {
  auto [name, assignment] = text.split('=');
  auto [option, value] = assignment.split('=');
  if (option.empty() || value.empty())
    return makeSwitchError("expected an option of a pass as PASS=OPTION=VALUE, found `" + text +
                           "`");
  const OptimizerPass *pass = findPass(name);
  if (!pass)
    return makeUnknownPassError(name);
  return checkOption(*pass->create(options), name, option, value);
}

llvm::Error gatefold::checkPassSwitches(const PipelineOptions &options) {
  llvm::Error errors = llvm::Error::success();
  for (StringRef name : options.disabledPasses)
    if (name != allPasses && !findPass(name))
      errors = llvm::joinErrors(std::move(errors), makeUnknownPassError(name));
  for (StringRef text : options.passOptions)
    errors = llvm::joinErrors(std::move(errors), checkPassOption(options, text));
  if (options.weightType != WeightType::F32 && !isPassEnabled(options, "pack-weights"))
    errors = llvm::joinErrors(std::move(errors),
                              makeSwitchError("weights are stored as " +
                                              getWeightTypeName(options.weightType) +
                                              " by the pass `pack-weights`, which is left out"));
  return errors;
}

void gatefold::addOptimizerPasses(OpPassManager &manager, OptimizerPhase phase,
                                  const PipelineOptions &options) {
  for (const OptimizerPass &entry : passes) {
    if (entry.phase != phase || !isPassEnabled(options, entry.name))
      continue;
    std::unique_ptr<Pass> pass = entry.create(options);
    std::string given;
    for (StringRef text : options.passOptions)
      if (auto [name, assignment] = text.split('='); name == entry.name)
        given += (given.empty() ? "" : " ") + assignment.str();
    auto ignore = [](const Twine &) { return failure(); };
    (void)pass->initializeOptions(given, ignore);
    std::optional<StringRef> on = pass->getOpName();
    OpPassManager &nested = on && on != manager.getOpName() ? manager.nest(*on) : manager;
    nested.addPass(std::move(pass));
  }
}
