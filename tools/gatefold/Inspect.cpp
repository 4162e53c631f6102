//===- Inspect.cpp - gatefold inspect ----------------------------*- C++ -*-===//
//
// Writes what a model looks like after every pass that changes it, a table of all passes, and the
// page that shows them side by side.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "Explanation.h"
#include "ModelModule.h"
#include "PassRecorder.h"
#include "ProgressLine.h"
#include "gatefold/IR/Gatefold.h"
#include "gatefold/Language/SyntaxPrinter.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/OutputFile.h"
#include "inspector/InspectionData.h"
#include "inspector/Page.h"
#include "inspector/Verification.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include <CLI/CLI.hpp>
#include <array>

using namespace gatefold;

static constexpr const char *footer = R"(Examples:
  gatefold inspect lstm.fold -o passes
  gatefold inspect charlm.fold --model CharLm -o passes --locations
  gatefold inspect lstm.fold -o passes --verify  which pass changes results
  gatefold inspect lstm.fold -o passes --profile T=200   where the time of a run goes
  diff passes/02-*.mlir passes/03-*.mlir         what one pass did

DIR/index.html shows the model from text to assembly side by side; it is one file that needs nothing
else. index.txt lists all passes with time, number of operations and what they counted; explain.txt has
what they did and refused, and why. One numbered file shows the model after each pass that changed it,
and the last ones LLVM's representation and the assembly. inspect.json has all of it for programs.
Exit status: 0 success; 1 errors in the input; 2 a wrong command line.)";

/// The first line of an index, by which a directory is known as one of ours.
static constexpr llvm::StringLiteral indexTitle = "What every pass does to the model";

namespace {
struct InspectOptions {
  ModelChoice choice;
  std::string directory;
  bool locations = false;
  bool verify = false;
  ProfileOptions profile;
};

/// The files of a report besides the numbered ones.
constexpr llvm::StringLiteral indexFile = "index.txt", explainFile = "explain.txt",
                              jsonFile = "inspect.json", pageFile = "index.html";

/// The directory being written: numbered files, the index of them, and the page.
class Report {
public:
  explicit Report(const InspectOptions &options)
      : options(options), progress(options.choice.quiet) {}

  /// Makes the directory, and removes what an earlier inspection wrote there.
  llvm::Error prepare();
  /// Adds the next numbered file, with the step after which the model looks so; `name` ends with
  /// its suffix.
  void addFile(llvm::StringRef name, InspectionStep step, const LocatedText &text);
  void addModule(llvm::StringRef name, InspectionStep step, mlir::ModuleOp module,
                 llvm::StringRef header = "");
  /// From now on compares what passes leave with what the module means.
  llvm::Error verifyAgainst(mlir::ModuleOp module, const PipelineOptions &pipeline);
  /// Notes how far the module is from that after a step.
  void verify(InspectionStep &step, mlir::ModuleOp module);
  /// Runs the module, which is at Stage::LLVM, and notes where the time goes.
  llvm::Error addProfile(mlir::ModuleOp module, const Target &target);
  /// Adds the module as it is before all passes, and its graph.
  void addStart(Stage stage, mlir::ModuleOp module);
  void addPass(const PassRecord &record, mlir::Operation *op);
  /// Writes the index, the page and what the passes said; returns all errors there were.
  llvm::Error finish(const InspectionData::Subject &subject);

  Explanation explanation;

private:
  std::string pathOf(llvm::StringRef file) const {
    llvm::SmallString<128> path(options.directory);
    llvm::sys::path::append(path, file);
    return path.str().str();
  }
  void write(llvm::StringRef file, llvm::function_ref<void(llvm::raw_ostream &)> print) {
    errors = llvm::joinErrors(std::move(errors), writeFile(pathOf(file), print));
  }
  std::string nextFile(llvm::StringRef name) {
    unsigned number = numFiles++;
    return (number < 10 ? "0" : "") + std::to_string(number) + "-" + name.str();
  }
  void printIndex(llvm::raw_ostream &os) const;

  const InspectOptions &options;
  InspectionData data;
  std::unique_ptr<Verification> verification;
  std::optional<double> lastDifference;
  ProgressLine progress;
  std::vector<std::string> warnings; // told when there is no progress to tell any more
  unsigned numFiles = 0;
  llvm::Error errors = llvm::Error::success();
};
} // namespace

/// Whether `file` has a name that `Report::addFile` gives: "07-gatefold-batch.mlir".
static bool isNumberedFile(llvm::StringRef file) {
  return file.size() > 3 && llvm::isDigit(file[0]) && llvm::isDigit(file[1]) &&
         file.contains('-') &&
         llvm::is_contained(llvm::ArrayRef<llvm::StringRef>{".fold", ".mlir", ".ll", ".s"},
                            llvm::sys::path::extension(file));
}

llvm::Error Report::prepare() {
  std::string index = pathOf(indexFile);
  bool isOurs = false;
  if (auto buffer = llvm::MemoryBuffer::getFile(index))
    isOurs = (*buffer)->getBuffer().starts_with(indexTitle);

  std::error_code failure = llvm::sys::fs::create_directories(options.directory);
  llvm::sys::fs::directory_iterator entry(options.directory, failure), end;
  while (!failure && entry != end) {
    llvm::StringRef name = llvm::sys::path::filename(entry->path());
    if (!isOurs)
      return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                     options.directory +
                                         ": is neither empty nor made by an earlier inspection");
    std::string path = entry->path();
    bool isStale = isNumberedFile(name) ||
                   llvm::is_contained({indexFile, explainFile, jsonFile, pageFile}, name);
    entry.increment(failure);
    if (!failure && isStale)
      failure = llvm::sys::fs::remove(path);
  }
  if (failure)
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   options.directory + ": cannot be used: " + failure.message());
  return llvm::Error::success();
}

void Report::addFile(llvm::StringRef name, InspectionStep step, const LocatedText &text) {
  step.file = nextFile(name);
  write(step.file, [&](llvm::raw_ostream &os) { os << text.text; });
  data.addText(std::move(step), llvm::sys::path::extension(name).drop_front(), text);
}

void Report::addModule(llvm::StringRef name, InspectionStep step, mlir::ModuleOp module,
                       llvm::StringRef header) {
  LocatedText text = printLocated(module);
  step.file = nextFile(name);
  write(step.file, [&](llvm::raw_ostream &os) {
    os << header;
    if (options.locations)
      printModule(os, module, /*locations=*/true);
    else
      os << text.text;
  });
  data.addText(std::move(step), "mlir", text);
}

llvm::Error Report::verifyAgainst(mlir::ModuleOp module, const PipelineOptions &pipeline) {
  auto made = Verification::create(module, pipeline);
  if (!made)
    return made.takeError();
  verification = std::move(*made);
  return llvm::Error::success();
}

/// A difference that is so many times that before the pass is the pass's doing, unless both are
/// rounding: that far from the largest result.
static constexpr double jumpFactor = 100, roundingShare = 1e-5;

void Report::verify(InspectionStep &step, mlir::ModuleOp module) {
  if (!verification)
    return;
  progress.show("verifying after " + step.name);
  llvm::Expected<double> difference = verification->findDifference(module);
  if (!difference) {
    step.unverified = llvm::toString(difference.takeError());
    return;
  }
  double rounding = roundingShare * std::max(verification->getLargest(), 1.0);
  step.difference = *difference;
  step.isJump = *difference > rounding && *difference > jumpFactor * lastDifference.value_or(0);
  if (step.isJump)
    warnings.push_back(
        llvm::formatv("warning: after {0} results differ by {1:e2}\n", step.name, *difference));
  lastDifference = *difference;
}

llvm::Error Report::addProfile(mlir::ModuleOp module, const Target &target) {
  progress.show("profiling");
  auto profile = makeProfile(module, target, options.profile, data.getOrigins());
  if (!profile)
    return profile.takeError();
  data.setProfile(std::move(*profile));
  return llvm::Error::success();
}

void Report::addStart(Stage stage, mlir::ModuleOp module) {
  std::string name = getStageName(stage).str();
  InspectionStep step{"(stage " + name + ")", name};
  verify(step, module);
  addModule(name + ".mlir", std::move(step), module);
  if (stage == Stage::Gatefold)
    data.getGraph().addModule(module);
}

/// "12 -> 34", or nothing.
static std::string describeOperations(const InspectionStep &step) {
  if (!step.operations)
    return "";
  return llvm::formatv("{0} -> {1}", step.operations->first, step.operations->second);
}

void Report::addPass(const PassRecord &record, mlir::Operation *op) {
  InspectionStep step;
  step.what = record.pass + (record.failed ? " (failed)" : "");
  step.name = record.name;
  step.target = record.target;
  step.milliseconds = record.milliseconds;
  step.counts = explanation.takeCounts();
  step.operations = {record.operationsBefore, record.operationsAfter};
  if (!record.changed && !record.failed) {
    data.addIdleStep(std::move(step));
    return;
  }
  while (mlir::Operation *parent = op->getParentOp())
    op = parent;
  std::string header = llvm::formatv("// {0} on {1}: {2:f3} ms, {3} operations\n", step.what,
                                     step.target, record.milliseconds, describeOperations(step));
  auto module = mlir::cast<mlir::ModuleOp>(op);
  data.getGraph().noteFusion(module);
  verify(step, module);
  addModule(record.name + ".mlir", std::move(step), module, header);
}

void Report::printIndex(llvm::raw_ostream &os) const {
  using Row = std::array<std::string, 6>;
  std::vector<Row> rows = {
      {"file", "ms", "operations", verification ? "difference" : "", "on", "pass"}};
  for (const InspectionStep &step : data.getSteps())
    rows.push_back(
        {step.file.empty() ? "-" : step.file,
         step.milliseconds ? llvm::formatv("{0:f3}", *step.milliseconds).str() : "",
         describeOperations(step),
         step.difference ? llvm::formatv("{0:e1}", *step.difference).str() : "", step.target,
         step.what + (step.counts.empty() ? "" : " (" + describeCounts(step.counts) + ")")});
  Row::size_type last = std::tuple_size_v<Row> - 1;
  std::array<size_t, std::tuple_size_v<Row>> widths = {0, 9, 0, 0, 0, 0};
  for (const Row &row : rows)
    for (auto [width, cell] : llvm::zip_equal(widths, row))
      width = std::max(width, cell.size());
  os << indexTitle << " in " << options.choice.path << "\n\n";
  for (const Row &row : rows) {
    for (size_t column = 0; column < last; ++column)
      if (widths[column] == 0)
        continue; // nothing was verified
      else if (column == 1)
        os << llvm::right_justify(row[column], widths[column]) << "  ";
      else
        os << llvm::left_justify(row[column], widths[column]) << "  ";
    os << row[last] << '\n';
  }
  os << "\nA pass without a file changed nothing.\n";
}

llvm::Error Report::finish(const InspectionData::Subject &subject) {
  progress.stop();
  if (!options.choice.quiet)
    for (const std::string &warning : warnings)
      llvm::errs() << warning;
  write(indexFile, [&](llvm::raw_ostream &os) { printIndex(os); });
  write(explainFile, [&](llvm::raw_ostream &os) { explanation.print(os); });
  std::string json;
  llvm::raw_string_ostream jsonStream(json);
  data.writeJson(jsonStream, subject, explanation);
  write(jsonFile, [&](llvm::raw_ostream &os) { os << json; });
  write(pageFile, [&](llvm::raw_ostream &os) { writeInspectorPage(os, subject.model, json); });
  return std::move(errors);
}

/// Translates the module and adds LLVM's representation and the assembly.
static llvm::Error addMachineCode(Report &report, mlir::ModuleOp module, const Target &target) {
  PhaseTimer timer;
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

static llvm::Error inspect(const InspectOptions &options) {
  llvm::Expected<PipelineOptions> pipeline = makePipelineOptions(options.choice);
  if (!pipeline)
    return pipeline.takeError();
  PhaseTimer timer;
  auto model = ModelModule::load(options.choice, timer);
  if (!model)
    return model.takeError();
  mlir::ModuleOp module = (*model)->getModule();

  Report report(options);
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
  if (Stage stage = detectStage(module); options.verify && stage != Stage::Gatefold)
    return makeError(options.choice.path + ": is at stage `" + getStageName(stage) +
                     "`; --verify needs a model at stage `gatefold`");
  if (options.verify)
    if (llvm::Error error = report.verifyAgainst(module, *pipeline))
      return error;
  report.addStart(detectStage(module), module);

  if (llvm::Error error = report.explanation.listenTo(*module.getContext()))
    return llvm::joinErrors(std::move(error), report.finish(subject));
  llvm::Error error = (*model)->advanceTo(Stage::LLVM, *pipeline, [&](mlir::PassManager &manager) {
    report.explanation.addPipeline(manager);
    manager.addInstrumentation(std::make_unique<PassRecorder>(
        [&](const PassRecord &record, mlir::Operation *op) { report.addPass(record, op); }));
  });
  if (!error)
    error = addMachineCode(report, module, pipeline->target);
  if (!error && !options.profile.inputs.empty())
    error = report.addProfile(module, pipeline->target);
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
  app.add_flag("--locations", options->locations, "Print the places in the text too");
  app.footer(footer);
  return [options] { return reportError(inspect(*options)); };
}
