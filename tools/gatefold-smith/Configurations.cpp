//===- Configurations.cpp - With which passes models are compiled -*- C++ -*-===//
//
// The passes and their options are those that the pipeline lists; a new one needs nothing here
// unless it changes the order of sums.
//
//===----------------------------------------------------------------------===//

#include "Configurations.h"
#include "gatefold/Codegen/Optimizer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace gatefold;
using namespace gatefold::smith;

/// The passes whose results may differ in their last bits from those without them.
static constexpr llvm::StringLiteral changesSums[] = {"fuse-attention"};

std::string Configuration::printFlags() const {
  std::string flags;
  for (const std::string &pass : disabledPasses)
    flags += " --disable-pass=" + pass;
  for (const std::string &option : passOptions)
    flags += " --pass-option=" + option;
  if (fast)
    flags += " --fast";
  if (roundsWeights())
    flags += " --weight-type=" + weightType;
  return llvm::StringRef(flags).ltrim().str();
}

bool Configuration::mayChangeSums() const {
  if (fast)
    return true;
  PipelineOptions options;
  options.disabledPasses = disabledPasses;
  return llvm::any_of(getOptimizerPasses(), [&](const OptimizerPass &pass) {
    return llvm::is_contained(changesSums, pass.name) && isPassEnabled(options, pass.name);
  });
}

Configuration smith::makePlain() { return {{allPasses.str()}, {}, false}; }

/// All passes but those for which `isEnabled` holds are left out.
static Configuration enableOnly(llvm::function_ref<bool(llvm::StringRef)> isEnabled) {
  Configuration configuration;
  for (const OptimizerPass &pass : getOptimizerPasses())
    if (!isEnabled(pass.name))
      configuration.disabledPasses.push_back(pass.name.str());
  return configuration;
}

Configuration smith::makeOnlyChangedSums() {
  return enableOnly([](llvm::StringRef name) { return llvm::is_contained(changesSums, name); });
}

Configuration smith::makeOnlyRounding(const Configuration &configuration) {
  Configuration alone = enableOnly([&](llvm::StringRef name) {
    return name == "pack-weights" || (llvm::is_contained(changesSums, name) &&
                                      !llvm::is_contained(configuration.disabledPasses, name));
  });
  alone.weightType = configuration.weightType;
  return alone;
}

/// Any passes that leave the order of sums alone, with weights of `weightType`.
static Configuration makeRounding(llvm::StringRef weightType, Random &random) {
  Configuration configuration = enableOnly([&](llvm::StringRef name) {
    return name == "pack-weights" || (!llvm::is_contained(changesSums, name) && random.chance(0.7));
  });
  configuration.weightType = weightType.str();
  return configuration;
}

/// A random value for one option of a pass, as `--pass-option` takes it; empty where it is none
/// whose values are known.
static std::string changeOption(llvm::StringRef pass, llvm::StringRef option, Random &random) {
  auto [name, value] = option.split('=');
  if (name == "fast") // the switch of that name gives it
    return "";
  int64_t number;
  if (value == "true" || value == "false")
    return (pass + "=" + name + "=" + (value == "true" ? "false" : "true")).str();
  if (!llvm::to_integer(value, number, 10) || number < 0)
    return "";
  int64_t changed = random.pick<int64_t>({1, 2, 3, 7, 16, number / 2 + 1, number * 2});
  return (pass + "=" + name + "=" + llvm::Twine(changed)).str();
}

static Configuration makeRandom(Random &random) {
  Configuration configuration = enableOnly([&](llvm::StringRef) { return random.chance(0.7); });
  configuration.fast = random.chance(0.4);
  for (const OptimizerPass &pass : getOptimizerPasses()) {
    std::string text;
    llvm::raw_string_ostream os(text);
    pass.create({})->printAsTextualPipeline(os);
    llvm::StringRef braces = llvm::StringRef(text).drop_until([](char c) { return c == '{'; });
    llvm::SmallVector<llvm::StringRef> options;
    braces.trim("{ }").split(options, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
    for (llvm::StringRef option : options)
      if (std::string changed = changeOption(pass.name, option, random);
          !changed.empty() && random.chance(0.7))
        configuration.passOptions.push_back(changed);
  }
  return configuration;
}

std::vector<Configuration> smith::makeVariants(Random &random, unsigned numRandom) {
  std::vector<Configuration> variants;
  for (const OptimizerPass &pass : getOptimizerPasses()) {
    variants.push_back(enableOnly([&](llvm::StringRef name) { return name != pass.name; }));
    variants.push_back(enableOnly([&](llvm::StringRef name) { return name == pass.name; }));
  }
  // States of random models are small: without a length they would not be worth a chunk.
  variants.push_back({{}, {"linear-recurrence=chunk=3"}, true});
  for (WeightType type : getWeightTypes())
    if (type != WeightType::F32)
      variants.push_back(makeRounding(getWeightTypeName(type), random));
  for (unsigned count = 0; count < numRandom; ++count)
    variants.push_back(makeRandom(random));
  // Models are small: without it no loop would be worth several threads.
  for (Configuration &variant : variants)
    variant.passOptions.insert(variant.passOptions.begin(), "parallelize=grain=0");
  return variants;
}
