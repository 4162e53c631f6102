//===- Inspect.cpp - gatefold inspect ----------------------------*- C++ -*-===//
//
// Writes what a model looks like after every pass that changes it, and a table of all passes.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "Explanation.h"
#include "ModelModule.h"
#include "PassRecorder.h"
#include "gatefold/Language/SyntaxPrinter.h"
#include "gatefold/Runtime/OutputFile.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

static constexpr const char *footer = R"(Examples:
  gatefold inspect lstm.fold -o passes
  gatefold inspect charlm.fold --model CharLm -o passes --locations
  diff passes/02-*.mlir passes/03-*.mlir         what one pass did

DIR/index.txt lists all passes with time, number of operations and what they counted, and index.json
the same for programs; explain.txt has what they did and refused, and why. One numbered file shows the
model after each pass that changed it, and the last ones LLVM's representation and the assembly.
Exit status: 0 success; 1 errors in the input; 2 a wrong command line.)";

/// The first line of an index, by which a directory is known as one of ours.
static constexpr llvm::StringLiteral indexTitle = "What every pass does to the model";

namespace {
struct InspectOptions {
  ModelChoice choice;
  std::string directory;
  bool locations = false;
};

/// One line of the index.
struct IndexRow {
  std::string file; // empty: nothing was written
  std::string what;
  std::string target;
  std::optional<double> milliseconds;
  std::string operations;
  PassCounts counts = {};
};

/// The files of a report besides the numbered ones.
constexpr llvm::StringLiteral indexFile = "index.txt", jsonFile = "index.json",
                              explainFile = "explain.txt";

/// The directory being written: numbered files, and the index of them.
class Report {
public:
  explicit Report(const InspectOptions &options) : options(options) {}

  /// Makes the directory, and removes what an earlier inspection wrote there.
  llvm::Error prepare();
  /// Adds the next numbered file; `name` ends with its suffix.
  void addFile(llvm::StringRef name, IndexRow row,
               llvm::function_ref<void(llvm::raw_ostream &)> write);
  void addPass(const PassRecord &record, mlir::Operation *op);
  /// Writes the index and what the passes said; returns all errors there were.
  llvm::Error finish();

  Explanation explanation;

private:
  std::string pathOf(llvm::StringRef file) const {
    llvm::SmallString<128> path(options.directory);
    llvm::sys::path::append(path, file);
    return path.str().str();
  }
  void printIndex(llvm::raw_ostream &os) const;
  void printJson(llvm::raw_ostream &os) const;

  const InspectOptions &options;
  std::vector<IndexRow> rows;
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
    bool isStale =
        isNumberedFile(name) || name == indexFile || name == jsonFile || name == explainFile;
    entry.increment(failure);
    if (!failure && isStale)
      failure = llvm::sys::fs::remove(path);
  }
  if (failure)
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   options.directory + ": cannot be used: " + failure.message());
  return llvm::Error::success();
}

void Report::addFile(llvm::StringRef name, IndexRow row,
                     llvm::function_ref<void(llvm::raw_ostream &)> write) {
  row.file = (numFiles < 10 ? "0" : "") + std::to_string(numFiles) + "-" + name.str();
  ++numFiles;
  errors = llvm::joinErrors(std::move(errors), writeFile(pathOf(row.file), write));
  rows.push_back(std::move(row));
}

void Report::addPass(const PassRecord &record, mlir::Operation *op) {
  IndexRow row;
  row.what = record.pass + (record.failed ? " (failed)" : "");
  row.target = record.target;
  row.milliseconds = record.milliseconds;
  row.counts = explanation.takeCounts();
  row.operations = llvm::formatv("{0} -> {1}", record.operationsBefore, record.operationsAfter);
  if (!record.changed && !record.failed) {
    rows.push_back(std::move(row));
    return;
  }
  while (mlir::Operation *parent = op->getParentOp())
    op = parent;
  std::string header = llvm::formatv("// {0} on {1}: {2:f3} ms, {3} operations\n", row.what,
                                     row.target, record.milliseconds, row.operations);
  addFile(record.name + ".mlir", std::move(row), [&](llvm::raw_ostream &os) {
    os << header;
    printModule(os, mlir::cast<mlir::ModuleOp>(op), options.locations);
  });
}

void Report::printIndex(llvm::raw_ostream &os) const {
  size_t fileWidth = 0, targetWidth = 0, operationsWidth = 0;
  IndexRow title = {"file", "pass", "on", std::nullopt, "operations"};
  for (const IndexRow &row : llvm::concat<const IndexRow>(llvm::ArrayRef(title), rows)) {
    fileWidth = std::max(fileWidth, row.file.size());
    targetWidth = std::max(targetWidth, row.target.size());
    operationsWidth = std::max(operationsWidth, row.operations.size());
  }
  auto print = [&](const IndexRow &row, llvm::StringRef time) {
    os << llvm::left_justify(row.file.empty() ? "-" : row.file, fileWidth) << "  "
       << llvm::right_justify(time, 9) << "  "
       << llvm::left_justify(row.operations, operationsWidth) << "  "
       << llvm::left_justify(row.target, targetWidth) << "  " << row.what
       << (row.counts.empty() ? "" : " (" + describeCounts(row.counts) + ")") << '\n';
  };
  os << indexTitle << " in " << options.choice.path << "\n\n";
  print(title, "ms");
  for (const IndexRow &row : rows)
    print(row, row.milliseconds ? llvm::formatv("{0:f3}", *row.milliseconds).str() : "");
  os << "\nA pass without a file changed nothing.\n";
}

void Report::printJson(llvm::raw_ostream &os) const {
  llvm::json::Array steps;
  for (const IndexRow &row : rows) {
    llvm::json::Object step{{"what", row.what}, {"counts", countsToJson(row.counts)}};
    if (!row.file.empty())
      step["file"] = row.file;
    if (!row.target.empty())
      step["on"] = row.target;
    if (row.milliseconds)
      step["milliseconds"] = *row.milliseconds;
    steps.push_back(std::move(step));
  }
  llvm::json::Object index{{"model", options.choice.path},
                           {"steps", std::move(steps)},
                           {"passes", explanation.toJson()}};
  os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(index)));
}

llvm::Error Report::finish() {
  auto write = [&](llvm::StringRef file, llvm::function_ref<void(llvm::raw_ostream &)> print) {
    errors = llvm::joinErrors(std::move(errors), writeFile(pathOf(file), print));
  };
  write(indexFile, [&](llvm::raw_ostream &os) { printIndex(os); });
  write(jsonFile, [&](llvm::raw_ostream &os) { printJson(os); });
  write(explainFile, [&](llvm::raw_ostream &os) { explanation.print(os); });
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
  IndexRow row;
  row.what = "(LLVM IR)";
  row.milliseconds = timer.end();
  report.addFile("llvm-ir.ll", row,
                 [&](llvm::raw_ostream &os) { (*translated)->print(os, nullptr); });

  timer.begin("assembly");
  llvm::SmallString<0> assembly;
  llvm::raw_svector_ostream assemblyStream(assembly);
  if (llvm::Error error = emitMachineCode(**translated, target, Stage::Assembly, assemblyStream))
    return error;
  row.what = "(assembly for " + target.cpu + ")";
  row.milliseconds = timer.end();
  report.addFile("assembly.s", row, [&](llvm::raw_ostream &os) { os << assembly; });
  return llvm::Error::success();
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
  if (FoldText *text = (*model)->getText())
    report.addFile(
        "ast.fold", {"", "(the text in canonical form)", "", {}, ""},
        [&](llvm::raw_ostream &os) { printSyntax(os, text->getFile(), text->getSources()); });
  std::string start = getStageName(detectStage(module)).str();
  report.addFile(start + ".mlir", {"", "(stage " + start + ")", "", {}, ""},
                 [&](llvm::raw_ostream &os) { printModule(os, module, options.locations); });

  if (llvm::Error error = report.explanation.listenTo(*module.getContext()))
    return llvm::joinErrors(std::move(error), report.finish());
  llvm::Error error = (*model)->advanceTo(Stage::LLVM, *pipeline, [&](mlir::PassManager &manager) {
    report.explanation.addPipeline(manager);
    manager.addInstrumentation(std::make_unique<PassRecorder>(
        [&](const PassRecord &record, mlir::Operation *op) { report.addPass(record, op); }));
  });
  if (!error)
    error = addMachineCode(report, module, pipeline->target);
  return llvm::joinErrors(std::move(error), report.finish());
}

Command gatefold::declareInspect(CLI::App &app) {
  auto options = std::make_shared<InspectOptions>();
  addModelOptions(app, options->choice);
  app.add_option("-o,--output", options->directory, "The directory to write to; made if missing")
      ->required()
      ->option_text("DIR");
  app.add_flag("--locations", options->locations, "Print the places in the text too");
  app.footer(footer);
  return [options] { return reportError(inspect(*options)); };
}
