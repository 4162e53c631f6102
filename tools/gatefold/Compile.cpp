//===- Compile.cpp - gatefold compile ----------------------------*- C++ -*-===//
//
// Prints a model at any stage between its text and machine code.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "ModelModule.h"
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

Exit status: 0 success; 1 errors in the input; 2 a wrong command line.)";

namespace {
struct CompileOptions {
  ModelChoice choice;
  std::string emit;
  std::string output;
  std::vector<std::string> entries;
  bool locations = false;
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

/// Goes on to where entries are explicit, and drops those that are not wanted.
static llvm::Error keepEntries(const CompileOptions &options, ModelModule &model, Stage stage,
                               const PipelineOptions &pipeline) {
  if (stage < Stage::Entries || detectStage(model.getModule()) > Stage::Entries)
    return makeUsageError("--entry chooses between entries at the stage `entries`, which lies not "
                          "between `" +
                          getStageName(detectStage(model.getModule())) + "` and `" +
                          getStageName(stage) + "`");
  if (llvm::Error error = model.advanceTo(Stage::Entries, pipeline))
    return error;
  return model.keepEntries(options.entries, pipeline);
}

static llvm::Error compileModel(const CompileOptions &options, std::optional<Stage> wanted) {
  llvm::Expected<PipelineOptions> pipeline = makePipelineOptions(options.choice);
  if (!pipeline)
    return pipeline.takeError();
  PhaseTimer timer;
  auto model = ModelModule::load(options.choice, timer);
  if (!model)
    return model.takeError();
  mlir::ModuleOp module = (*model)->getModule();
  Stage stage = wanted.value_or(detectStage(module));
  if (!options.entries.empty())
    if (llvm::Error error = keepEntries(options, **model, stage, *pipeline))
      return error;
  if (llvm::Error error = (*model)->advanceTo(std::min(stage, Stage::LLVM), *pipeline))
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

static llvm::Error compile(const CompileOptions &options) {
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
  addRepeatedOption(app, "--entry", options->entries, "Only this entry: sequence, step or init")
      ->option_text("NAME ...");
  app.add_flag("--locations", options->locations,
               "Print the places in the text too, in stages of MLIR");
  app.footer(footer);
  return [options] { return reportError(compile(*options)); };
}
