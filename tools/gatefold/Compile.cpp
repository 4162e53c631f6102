//===- Compile.cpp - gatefold compile ----------------------------*- C++ -*-===//
//
// Prints a model at any stage between its text and machine code.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "Explanation.h"
#include "ModelModule.h"
#include "ProgressLine.h"
#include "gatefold/Language/SyntaxPrinter.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/OutputFile.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SourceMgr.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

static constexpr const char *footer = R"(Stages, in order:
  ast        the text in canonical form
  gatefold   the dialect: one example, as the text says it
  entries    with explicit memories, the entries sequence, step and init, and a batch axis
  loops      loops over memory, explicit vectors
  llvm       MLIR's LLVM dialect
  llvm-ir    LLVM's own representation, as text
  asm, obj   assembly, an object file

Examples:
  gatefold compile lstm.fold                      the model in the dialect
  gatefold compile lstm.fold --emit=loops -o lstm.mlir
  gatefold compile lstm.mlir --emit=asm           goes on from where lstm.mlir is
  gatefold compile lstm.fold --emit=obj -o lstm.o --target-cpu=x86-64-v3
  gatefold compile lstm.fold --model Tagger --dim H=256
  gatefold compile lstm.fold --explain            what each pass did and refused, and why
  gatefold compile lstm.fold --disable-pass=pack-weights --emit=loops

Exit status: 0 success; 1 errors in the input; 2 a wrong command line.)";

namespace {
struct CompileOptions {
  ModelChoice choice;
  std::string emit;
  std::string output;
  std::vector<std::string> entries;
  bool locations = false;
  std::string explain; ///< empty, "text" or "json"
};
} // namespace

/// Writes the result where it is wanted: wholly to a file, or to stdout.
static llvm::Error write(const CompileOptions &options, llvm::StringRef contents) {
  if (!options.output.empty())
    return writeFile(options.output, [&](llvm::raw_ostream &os) { os << contents; });
  llvm::outs() << contents;
  return llvm::Error::success();
}

/// The stage that --emit names; nullopt without --emit, and for `ast`.
static llvm::Expected<std::optional<Stage>> findStage(const CompileOptions &options) {
  if (options.emit.empty() || options.emit == "ast")
    return std::nullopt;
  std::optional<Stage> stage = parseStage(options.emit);
  if (!stage) {
    std::vector<std::string> names = {"ast"};
    for (int i = 0; i <= static_cast<int>(Stage::Object); ++i)
      names.push_back(getStageName(static_cast<Stage>(i)).str());
    std::string nearest = suggest(options.emit, names);
    return makeUsageError(
        "unknown stage `" + options.emit + "`" +
        (nearest.empty() ? "; the stages are " + llvm::join(names, ", ") : nearest));
  }
  if (stage == Stage::Object && options.output.empty() &&
      llvm::sys::Process::StandardOutIsDisplayed())
    return makeUsageError("an object file is not for a terminal; give -o FILE");
  return stage;
}

static llvm::Error printTree(const CompileOptions &options) {
  llvm::StringRef path = options.choice.path;
  if (path.ends_with(".mlir") || path.ends_with(".ll"))
    return makeError(path + ": cannot go back to `ast`; only a .fold text has one");
  auto buffer = readText(path);
  if (!buffer)
    return buffer.takeError();
  FoldText text(std::move(*buffer));
  bool parsed = text.parse();
  text.printDiagnostics();
  if (!parsed)
    return llvm::make_error<ToldError>();
  std::string contents;
  llvm::raw_string_ostream os(contents);
  printSyntax(os, text.getFile(), text.getSources());
  return write(options, contents);
}

/// Prints LLVM's module, or the machine code for it.
static llvm::Error writeFromLLVM(const CompileOptions &options, llvm::Module &module,
                                 const Target &target, Stage stage) {
  llvm::SmallString<0> contents;
  llvm::raw_svector_ostream os(contents);
  if (stage == Stage::LLVMIR)
    module.print(os, nullptr);
  else if (llvm::Error error = emitMachineCode(module, target, stage, os))
    return error;
  return write(options, contents);
}

static llvm::Error compileLLVM(const CompileOptions &options, std::optional<Stage> wanted) {
  Stage stage = wanted.value_or(Stage::LLVMIR);
  llvm::Expected<PipelineOptions> pipeline = makePipelineOptions(options.choice);
  if (!pipeline)
    return pipeline.takeError();
  llvm::LLVMContext context;
  llvm::SMDiagnostic mistake;
  std::unique_ptr<llvm::Module> module = llvm::parseIRFile(options.choice.path, mistake, context);
  if (!module) {
    mistake.print(nullptr, llvm::errs(), useColors());
    return llvm::make_error<ToldError>();
  }
  if (stage < Stage::LLVMIR)
    return makeError(options.choice.path + ": is at stage `llvm-ir` and cannot go back to `" +
                     getStageName(stage) + "`");
  if (llvm::Error error =
          checkArchitecture(options.choice.path, module->getTargetTriple().str(), pipeline->target))
    return error;
  return writeFromLLVM(options, *module, pipeline->target, stage);
}

/// Prints what the passes said: where the module is printed, on the other stream.
static void explain(const CompileOptions &options, const Explanation &explanation) {
  llvm::raw_ostream &os = options.emit.empty() ? llvm::outs() : llvm::errs();
  if (options.explain == "json")
    explanation.printJson(os);
  else
    explanation.print(os);
}

/// Goes on to where entries are explicit, and drops those that are not wanted.
static llvm::Error keepEntries(const CompileOptions &options, ModelModule &model, Stage stage,
                               const PipelineOptions &pipeline,
                               llvm::function_ref<void(mlir::PassManager &)> configure) {
  if (stage < Stage::Entries || detectStage(model.getModule()) > Stage::Entries)
    return makeUsageError("--entry chooses between entries at the stage `entries`, which lies not "
                          "between `" +
                          getStageName(detectStage(model.getModule())) + "` and `" +
                          getStageName(stage) + "`");
  if (llvm::Error error = model.advanceTo(Stage::Entries, pipeline, configure))
    return error;
  return model.keepEntries(options.entries, pipeline);
}

static llvm::Error compileModel(const CompileOptions &options, std::optional<Stage> wanted) {
  llvm::Expected<PipelineOptions> pipeline = makePipelineOptions(options.choice);
  if (!pipeline)
    return pipeline.takeError();
  ProgressLine progress(options.choice.quiet);
  progress.show("compiling");
  PhaseTimer timer;
  auto model = ModelModule::load(options.choice, timer);
  if (!model)
    return model.takeError();
  mlir::ModuleOp module = (*model)->getModule();
  Stage stage = wanted.value_or(options.explain.empty() ? detectStage(module) : Stage::LLVM);
  Explanation explanation;
  if (!options.explain.empty())
    if (llvm::Error error = explanation.listenTo(*module.getContext()))
      return error;
  auto configure = [&](mlir::PassManager &manager) {
    if (!options.explain.empty())
      explanation.addPipeline(manager);
  };
  if (!options.entries.empty())
    if (llvm::Error error = keepEntries(options, **model, stage, *pipeline, configure))
      return error;
  llvm::Error error = (*model)->advanceTo(std::min(stage, Stage::LLVM), *pipeline, configure);
  progress.stop();
  if (!options.explain.empty())
    explain(options, explanation);
  if (error || (!options.explain.empty() && options.emit.empty()))
    return error;

  if (stage <= Stage::LLVM) {
    std::string contents;
    llvm::raw_string_ostream os(contents);
    printModule(os, module, options.locations);
    return write(options, contents);
  }
  llvm::LLVMContext context;
  auto translated = translateToLLVMIR(module, context, pipeline->target);
  if (!translated)
    return translated.takeError();
  return writeFromLLVM(options, **translated, pipeline->target, stage);
}

/// An error for an --explain that cannot be.
static llvm::Error checkExplain(const CompileOptions &options) {
  if (options.explain.empty())
    return llvm::Error::success();
  if (options.explain != "text" && options.explain != "json")
    return makeUsageError("expected --explain or --explain=json, found `" + options.explain + "`");
  if (options.emit == "ast" || llvm::StringRef(options.choice.path).ends_with(".ll"))
    return makeUsageError("--explain is for stages between which passes run; the text's tree and "
                          "LLVM's representation have none");
  if (options.emit.empty() && !options.output.empty())
    return makeUsageError("--explain alone prints no model; say which with --emit=STAGE, or leave "
                          "out -o");
  return llvm::Error::success();
}

static llvm::Error compile(const CompileOptions &options) {
  if (llvm::Error error = checkExplain(options))
    return error;
  llvm::Expected<std::optional<Stage>> stage = findStage(options);
  if (!stage)
    return stage.takeError();
  if (options.emit == "ast")
    return printTree(options);
  if (!options.output.empty() && findRealPath(options.output) == findRealPath(options.choice.path))
    return makeUsageError("-o would overwrite `" + options.choice.path + "`, which is compiled");
  return llvm::StringRef(options.choice.path).ends_with(".ll") ? compileLLVM(options, *stage)
                                                               : compileModel(options, *stage);
}

Command gatefold::declareCompile(CLI::App &app) {
  auto options = std::make_shared<CompileOptions>();
  addModelOptions(app, options->choice);
  app.add_option("--emit", options->emit, "What to print; without it, the stage FILE is at")
      ->option_text("STAGE (default: gatefold)");
  app.add_option("-o,--output", options->output, "Where to; stdout without it")->option_text("OUT");
  addRepeatedOption(app, "--entry", options->entries,
                    "Only this entry and what it starts from: sequence, step or init")
      ->option_text("NAME ...");
  app.add_flag("--locations", options->locations,
               "Print the places in the text too, in stages of MLIR");
  app.add_flag("--explain{text}", options->explain,
               "Print what each pass did (+) and refused (-), and why; without --emit only that")
      ->option_text("[=json]");
  app.footer(footer);
  return [options] { return reportError(compile(*options)); };
}
