//===- OptimizerTest.cpp - The switches of the optimiser's passes ---------===//

#include "gatefold/Codegen/Optimizer.h"
#include "gatefold/IR/Gatefold.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringSet.h"
#include <gtest/gtest.h>

using namespace gatefold;

namespace {

/// The pipeline from a model to LLVM as text, or the error.
std::string spellPipeline(const PipelineOptions &options) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  mlir::PassManager manager(&context, mlir::ModuleOp::getOperationName());
  if (llvm::Error error = buildPipeline(manager, Stage::Gatefold, Stage::LLVM, options))
    return "error: " + llvm::toString(std::move(error));
  std::string text;
  llvm::raw_string_ostream os(text);
  manager.printAsTextualPipeline(os);
  return text;
}

bool contains(llvm::StringRef text, llvm::StringRef part) { return text.contains(part); }

} // namespace

TEST(OptimizerTest, EachPassIsCalledByItsName) {
  llvm::StringSet<> seen;
  for (const OptimizerPass &pass : getOptimizerPasses()) {
    EXPECT_EQ(pass.create({})->getArgument().str(), "gatefold-" + pass.name.str());
    EXPECT_TRUE(seen.insert(pass.name).second) << pass.name.str() << " twice";
  }
}

TEST(OptimizerTest, EachPassCanBeLeftOut) {
  for (const OptimizerPass &pass : getOptimizerPasses()) {
    std::string argument = "gatefold-" + pass.name.str();
    EXPECT_PRED2(contains, spellPipeline({}), argument);
    PipelineOptions options;
    options.disabledPasses = {pass.name.str()};
    EXPECT_FALSE(contains(spellPipeline(options), argument)) << argument;
  }
}

TEST(OptimizerTest, AllPassesCanBeLeftOut) {
  PipelineOptions options;
  options.disabledPasses = {"all"};
  std::string pipeline = spellPipeline(options);
  for (const OptimizerPass &pass : getOptimizerPasses())
    EXPECT_FALSE(contains(pipeline, "gatefold-" + pass.name.str())) << pipeline;
  EXPECT_PRED2(contains, pipeline, "gatefold-derive-entries");
}

TEST(OptimizerTest, MistakesAreToldTogether) {
  PipelineOptions options;
  options.disabledPasses = {"pack-weihgts"};
  options.passOptions = {"pack-weights=rows=8", "rows=8", "nothing=a=1"};
  std::string told = spellPipeline(options);
  EXPECT_PRED2(contains, told, "the optimiser has no pass `pack-weihgts`; its passes are");
  EXPECT_PRED2(contains, told, "the pass `pack-weights` has no option `rows`");
  EXPECT_PRED2(contains, told, "expected an option of a pass as PASS=OPTION=VALUE, found `rows=8`");
  EXPECT_PRED2(contains, told, "the optimiser has no pass `nothing`");
}

TEST(OptimizerTest, WeightTypesReachThePass) {
  EXPECT_PRED2(contains, spellPipeline({}), "weight-type=f32");
  PipelineOptions options;
  options.weightType = WeightType::BF16;
  EXPECT_PRED2(contains, spellPipeline(options), "weight-type=bf16");
  options.passOptions = {"pack-weights=weight-type=f8"};
  EXPECT_PRED2(
      contains, spellPipeline(options),
      "expected one of f32, bf16, f16, int8 for the option `weight-type` of `pack-weights`, "
      "found `f8`");
  options.passOptions = {};
  options.disabledPasses = {"pack-weights"};
  EXPECT_PRED2(contains, spellPipeline(options),
               "weights are stored as bf16 by the pass `pack-weights`, which is left out");
}

TEST(OptimizerTest, OptionsReachTheirPass) {
  // Whatever options there are: each is given the value it has, which is one that it takes.
  for (const OptimizerPass &pass : getOptimizerPasses()) {
    std::string text;
    llvm::raw_string_ostream os(text);
    pass.create({})->printAsTextualPipeline(os);
    llvm::StringRef option = llvm::StringRef(text).split('{').second.trim("{ }").split(' ').first;
    if (option.empty())
      continue;
    PipelineOptions options;
    auto [name, value] = option.split('=');
    int64_t number;
    bool isNumber = llvm::to_integer(value, number, 10);
    std::string changed = isNumber ? std::to_string(number * 2 + 2) : value.str();
    options.passOptions = {(pass.name + "=" + name + "=" + changed).str()};
    EXPECT_PRED2(contains, spellPipeline(options), name.str() + "=" + changed);
    options.passOptions = {(pass.name + "=" + name + "=some text").str()};
    if (isNumber)
      EXPECT_PRED2(contains, spellPipeline(options), "expected a whole number for the option");
  }
}
