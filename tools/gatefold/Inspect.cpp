//===- Inspect.cpp - gatefold inspect ----------------------------*- C++ -*-===//
//
// Runs a model through the pipeline, with a report on each step.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "ModelModule.h"
#include "gatefold/IR/Gatefold.h"
#include "gatefold/Language/SyntaxPrinter.h"
#include "gatefold/Runtime/Error.h"
#include "inspector/Report.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

static constexpr const char *footer = R"(Examples:
  gatefold inspect lstm.fold -o passes
  gatefold inspect charlm.fold --model CharLm -o passes --locations
  gatefold inspect lstm.fold -o passes --verify  which pass changes results
  gatefold inspect lstm.fold -o passes --profile T=200   where the time of a run goes
  gatefold inspect lstm.fold -o passes --profile T=200 --entry=step --threads 2
  diff passes/02-*.mlir passes/03-*.mlir         what one pass did

DIR/index.html shows the model from text to assembly side by side; it is one file that needs nothing
else. index.txt lists all passes with time, number of operations and what they counted; explain.txt has
what they did and refused, and why. One numbered file shows the model after each pass that changed it,
and the last ones LLVM's representation and the assembly. inspect.json has all of it for programs.
Exit status: 0 success; 1 errors in the input; 2 a wrong command line.)";

namespace {
struct InspectOptions {
  ModelChoice choice;
  std::string directory;
  bool locations = false;
  bool verify = false;
  ProfileOptions profile;
};

} // namespace

/// Translates the module and adds LLVM's representation and the assembly.
static llvm::Error addMachineCode(Report &report, mlir::ModuleOp module, const Target &target,
                                  PhaseTimer &timer) {
  timer.begin("translate");
  llvm::LLVMContext context;
  auto translated = translateToLLVMIR(module, context, target);
  if (!translated)
    return translated.takeError();
  InspectionStep step{"(LLVM IR)", "LLVM IR"};
  step.milliseconds = timer.end();
  auto numbered = NumberedCode::make(module, context, target);
  if (!numbered)
    return numbered.takeError();
  report.addFile("llvm-ir.ll", step, numbered->print(**translated));

  timer.begin("assembly");
  llvm::SmallString<0> assembly;
  llvm::raw_svector_ostream assemblyStream(assembly);
  if (llvm::Error error = emitMachineCode(**translated, target, Stage::Assembly, assemblyStream))
    return error;
  step = {"(assembly for " + target.cpu + ")", "assembly"};
  step.milliseconds = timer.end();
  auto located = numbered->locateAssembly(assembly.str().str(), target);
  if (!located)
    return located.takeError();
  report.addFile("assembly.s", step, *located);
  return llvm::Error::success();
}

/// The name of the model in a module.
static std::string findModelName(mlir::ModuleOp module) {
  auto models = module.getOps<ir::ModelOp>();
  return models.empty() ? "" : (*models.begin()).getSymName().str();
}

/// What the results of the module are compared with, which is to be at the first stage.
static llvm::Expected<std::unique_ptr<Verification>>
makeVerification(const InspectOptions &options, mlir::ModuleOp module,
                 const PipelineOptions &pipeline) {
  if (Stage stage = detectStage(module); stage != Stage::Gatefold)
    return makeError(options.choice.path + ": is at stage `" + getStageName(stage) +
                     "`; --verify needs a model at stage `gatefold`");
  return Verification::create(module, pipeline);
}

static llvm::Error inspect(const InspectOptions &options) {
  if (llvm::Error error = checkProfileOptions(options.profile))
    return error;
  llvm::Expected<PipelineOptions> pipeline = makePipelineOptions(options.choice);
  if (!pipeline)
    return pipeline.takeError();
  ProgressLine progress(options.choice.quiet);
  PhaseTimer timer;
  timer.showProgress(progress);
  auto model = ModelModule::load(options.choice, timer);
  if (!model)
    return model.takeError();
  mlir::ModuleOp module = (*model)->getModule();

  std::unique_ptr<Verification> verification;
  if (options.verify) {
    progress.show("interpreting what is right");
    auto made = makeVerification(options, module, *pipeline);
    if (!made)
      return made.takeError();
    verification = std::move(*made);
  }

  Report report({options.choice.path, options.directory, options.locations, options.choice.quiet},
                std::move(verification), progress);
  if (llvm::Error error = report.prepare())
    return error;
  InspectionData::Subject subject{options.choice.path, findModelName(module), pipeline->target.cpu,
                                  &(*model)->getSources()};
  if (FoldText *text = (*model)->getText()) {
    subject.file = &text->getFile();
    LocatedText syntax;
    llvm::raw_string_ostream os(syntax.text);
    printSyntax(os, text->getFile(), text->getSources());
    report.addFile("ast.fold", {"(the text in canonical form)", "text"}, syntax);
  }
  report.addStart(detectStage(module), module);

  if (llvm::Error error = report.explanation.listenTo(*module.getContext()))
    return llvm::joinErrors(std::move(error), report.finish(subject));
  llvm::Error error = (*model)->advanceTo(Stage::LLVM, *pipeline, [&](mlir::PassManager &manager) {
    report.explanation.addPipeline(manager);
    manager.addInstrumentation(std::make_unique<PassRecorder>(
        [&](const PassRecord &record, mlir::Operation *op) { report.addPass(record, op); }));
  });
  if (!error)
    error = addMachineCode(report, module, pipeline->target, timer);
  if (!error && !options.profile.inputs.empty())
    error = report.addProfile(module, pipeline->target, options.profile);
  return llvm::joinErrors(std::move(error), report.finish(subject));
}

Command gatefold::declareInspect(CLI::App &app) {
  auto options = std::make_shared<InspectOptions>();
  addModelOptions(app, options->choice);
  app.add_option("-o,--output", options->directory, "The directory to write to; made if missing")
      ->required()
      ->option_text("DIR");
  app.add_flag("--verify", options->verify,
               "Compare the results after every pass with those of the interpreter, on random\n"
               "weights and inputs");
  CLI::Option *profile =
      addRepeatedOption(app, "--profile", options->profile.inputs,
                        "Measure where the time of a run goes, on an input from a file or with a\n"
                        "size of random ones");
  profile->option_text("NAME=FILE|N ...");
  app.add_option("--weights", options->profile.weights,
                 "The checkpoint that --profile runs with; without it, weights are random")
      ->option_text("FILE")
      ->needs(profile);
  app.add_option("--entry", options->profile.entry,
                 "What --profile runs: whole sequences, single steps, or reading and making\n"
                 "tokens (default for what makes tokens: generate, for others: sequence)")
      ->option_text("sequence|step|generate")
      ->needs(profile);
  app.add_option("--limit", options->profile.limit, "The most tokens that --profile makes")
      ->option_text("N")
      ->check(CLI::Range(1, 1 << 30))
      ->needs(profile);
  addThreadsOption(app, options->profile.threads)->needs(profile);
  app.add_flag("--locations", options->locations, "Print the places in the text too");
  app.footer(footer);
  return [options] { return reportError(inspect(*options)); };
}
