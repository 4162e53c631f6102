//===- CommandLine.cpp - What all commands of the driver share ---*- C++ -*-===//
//
// Reads the command line. Mistakes in it are told with the nearest name that exists.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "gatefold/Codegen/Optimizer.h"
#include "gatefold/Language/Diagnostics.h"
#include "gatefold/Runtime/Team.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

char UsageError::ID;
char ToldError::ID;

static constexpr const char *footer = R"(Examples:
  gatefold check lstm.fold                       report all errors of a text
  gatefold run charlm.fold --weights w.safetensors --input text=sample.txt
  gatefold compile lstm.fold --emit=asm          machine code for this processor
  gatefold inspect lstm.fold -o passes           what every pass does to the model
  gatefold compare out.npy golden.npy --atol 1e-5
  gatefold bench lstm.fold --without=each        what every pass of the optimiser is worth

`gatefold COMMAND --help` tells more about each.

Exit status: 0 success; 1 errors in the input, or a comparison that failed; 2 a wrong command line.)";

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

llvm::Error gatefold::makeUsageError(const llvm::Twine &message) {
  return llvm::make_error<UsageError>(message);
}

bool gatefold::useColors() {
  const char *noColor = std::getenv("NO_COLOR");
  return (!noColor || !*noColor) && llvm::sys::Process::StandardErrHasColors();
}

/// The length of a place "file:line:column: " at the start of a message; 0 when there is none.
static size_t placeLength(llvm::StringRef message) {
  for (size_t colon = message.find(": "); colon != llvm::StringRef::npos;
       colon = message.find(": ", colon + 1)) {
    auto [rest, column] = message.take_front(colon).rsplit(':');
    auto [file, line] = rest.rsplit(':');
    unsigned number;
    if (!file.empty() && llvm::to_integer(line, number, 10) && llvm::to_integer(column, number, 10))
      return colon + 2;
  }
  return 0;
}

void gatefold::printError(const llvm::Twine &message) {
  std::string owned = message.str();
  llvm::StringRef text(owned);
  size_t place = placeLength(text.take_until([](char c) { return c == '\n'; }));
  // What says "error" by itself, such as "w.safetensors: error: 2 tensors missing", is told as it
  // is.
  static constexpr llvm::StringLiteral word = "error: ";
  size_t said = text.take_until([](char c) { return c == '\n'; }).find(": error: ");
  if (said != llvm::StringRef::npos)
    place = said + 2;
  llvm::StringRef rest = text.drop_front(place);
  rest.consume_front(word);

  llvm::raw_ostream &os = llvm::errs();
  bool colors = useColors();
  os << text.take_front(place) << (colors ? "\033[1;31m" : "") << word << (colors ? "\033[0m" : "")
     << rest << '\n';
}

ExitStatus gatefold::reportError(llvm::Error error) {
  if (!error)
    return ExitStatus::Success;
  ExitStatus status = ExitStatus::Failure;
  llvm::handleAllErrors(std::move(error), [&](const llvm::ErrorInfoBase &info) {
    if (info.isA<UsageError>())
      status = ExitStatus::Usage;
    if (!info.isA<ToldError>())
      printError(info.message());
  });
  return status;
}

std::string gatefold::suggest(llvm::StringRef name, llvm::ArrayRef<std::string> candidates,
                              llvm::StringRef prefix) {
  std::string nearest = nearestName(name, candidates);
  return nearest.empty() ? "" : "; did you mean `" + prefix.str() + nearest + "`?";
}

//===----------------------------------------------------------------------===//
// Options that several commands have
//===----------------------------------------------------------------------===//

CLI::Option *gatefold::addRepeatedOption(CLI::App &app, const std::string &name,
                                         std::vector<std::string> &values,
                                         const std::string &description) {
  return app.add_option(name, values, description)->allow_extra_args(false);
}

CLI::Option *gatefold::addThreadsOption(CLI::App &app, unsigned &threads) {
  auto count = [](const std::string &text) {
    return text == "auto" ? std::to_string(countProcessors()) : text;
  };
  return app
      .add_option("--threads", threads,
                  "Share the work of a run among at most N threads; auto: as many as there are "
                  "processors")
      ->check(CLI::Range(1, 256))
      ->transform(count)
      ->option_text("N|auto (default: 1)");
}

void gatefold::addOnnxOptions(CLI::App &app, std::vector<std::string> &fixed,
                              std::vector<std::string> &carried) {
  addRepeatedOption(app, "--fix", fixed, "Make an input of an ONNX model a constant")
      ->option_text("NAME=FILE[:KEY] ...");
  addRepeatedOption(
      app, "--carry", carried,
      "Make an ONNX model one step, with an input as its memory and an output as the\n"
      "memory's next value")
      ->option_text("INPUT=OUTPUT ...");
}

void gatefold::addImportOption(CLI::App &app, std::vector<std::string> &directories) {
  addRepeatedOption(app, "-I,--import", directories, "A folder to look for imported files in")
      ->option_text("FOLDER ...");
}

/// The switches of the optimiser's passes.
static void addOptimizerOptions(CLI::App &app, ModelChoice &choice) {
  static constexpr const char *group = "Optimiser";
  addRepeatedOption(app, "--disable-pass", choice.disabledPasses,
                    "Leave out passes of the optimiser: `all`, or any of " + listOptimizerPasses())
      ->delimiter(',')
      ->option_text("PASS[,PASS] ...")
      ->group(group);
  addRepeatedOption(app, "--pass-option", choice.passOptions,
                    "Give a pass an option; a wrong one is answered with those there are")
      ->option_text("PASS=OPTION=VALUE ...")
      ->group(group);
  app.add_option("--weight-type", choice.weightType,
                 "What the weights of products are stored as; less than f32 rounds them, and is\n"
                 "faster where they are larger than the cache, int8 anywhere")
      ->option_text("f32|bf16|f16|int8 (default: f32)")
      ->group(group);
  app.add_flag("--fast", choice.fast,
               "Allow other orders of sums: the last bits of results may then change")
      ->group(group);
}

void gatefold::addModelOptions(CLI::App &app, ModelChoice &choice) {
  app.add_option("FILE", choice.path, "A .fold text, an .onnx model, or a .mlir file of any stage")
      ->required()
      ->option_text(" ");
  addImportOption(app, choice.importDirectories);
  app.add_option("--model", choice.model, "The model to take, when the file has several")
      ->option_text("NAME");
  addRepeatedOption(app, "--dim", choice.sizes, "The size of a dimension in the model's brackets")
      ->option_text("NAME=N ...");
  addOnnxOptions(app, choice.fixed, choice.carried);
  app.add_option("--target-cpu", choice.cpu, "The processor to compile for, as LLVM names it")
      ->option_text("CPU (default: host)");
  app.add_flag("--verify-each", choice.verifyEach, "Verify the IR after every pass");
  app.add_flag("--quiet", choice.quiet, "Print errors, but no warnings and no progress");
  addOptimizerOptions(app, choice);
}

std::optional<std::pair<std::string, std::string>> gatefold::splitAssignment(llvm::StringRef text) {
  auto [name, rest] = text.split('=');
  if (name.empty() || rest.empty())
    return std::nullopt;
  return std::pair(name.str(), rest.str());
}

llvm::Expected<std::map<std::string, int64_t>> ModelChoice::parseSizes() const {
  std::map<std::string, int64_t> parsed;
  for (const std::string &text : sizes) {
    auto assignment = splitAssignment(text);
    int64_t size;
    if (!assignment || !llvm::to_integer(assignment->second, size, /*Base=*/10))
      return makeUsageError("expected --dim NAME=N with a whole number, found `" + text + "`");
    if (!parsed.emplace(assignment->first, size).second)
      return makeUsageError("--dim gives `" + assignment->first + "` twice");
  }
  return parsed;
}

//===----------------------------------------------------------------------===//
// The command line
//===----------------------------------------------------------------------===//

/// The long names of a command's flags.
static std::vector<std::string> flagNames(const CLI::App &command) {
  std::vector<std::string> names;
  for (const CLI::Option *option : command.get_options())
    if (!option->get_group().empty())
      for (const std::string &name : option->get_lnames())
        names.push_back(name);
  return names;
}

/// An error about the first argument that `command` does not know; success if there is none.
static llvm::Error findUnknownArgument(const CLI::App &command) {
  for (const std::string &argument : command.remaining()) {
    llvm::StringRef text(argument);
    // `--` alone ends the flags.
    if (!text.starts_with("-") || text == "--")
      continue;
    llvm::StringRef flag = text.split('=').first;
    return makeUsageError("unknown flag " + flag +
                          suggest(flag.ltrim('-'), flagNames(command), "--"));
  }
  for (const std::string &argument : command.remaining())
    if (argument != "--")
      return makeUsageError("unexpected argument `" + argument + "`");
  return llvm::Error::success();
}

/// Reports a mistake on the command line, and where to read on.
static ExitStatus reportUsage(llvm::Error error, const std::string &command) {
  reportError(std::move(error));
  llvm::errs() << "see `" << command << " --help`\n";
  return ExitStatus::Usage;
}

/// A first argument that is neither flag nor command, before the parser stumbles over what follows.
static llvm::Error checkCommandName(CLI::App &app, int argc, char **argv) {
  std::vector<std::string> names;
  for (const CLI::App *command : app.get_subcommands(nullptr))
    names.push_back(command->get_name());
  std::string first = argc > 1 ? argv[1] : "";
  if (first.empty())
    return makeUsageError("expected a command: " + llvm::join(names, ", "));
  if (first[0] == '-' || llvm::is_contained(names, first))
    return llvm::Error::success();
  std::string nearest = suggest(first, names);
  return makeUsageError(
      "unknown command `" + first + "`" +
      (nearest.empty() ? "; the commands are " + llvm::join(names, ", ") : nearest));
}

namespace {
/// The commands by the parser's part for each.
using Commands = std::vector<std::pair<CLI::App *, Command>>;
} // namespace

static Commands declareCommands(CLI::App &app) {
  Commands commands;
  auto add = [&](const char *name, const char *description, Command (*declare)(CLI::App &)) {
    CLI::App *command = app.add_subcommand(name, description);
    command->allow_extras();
    commands.emplace_back(command, declare(*command));
  };
  add("check", "Report all errors of a text", declareCheck);
  add("compile", "Print a model at any stage between text and machine code", declareCompile);
  add("run", "Run a model on tensors from files", declareRun);
  add("compare", "Compare the tensors of two files", declareCompare);
  add("inspect", "Write what every pass does to a model into a directory", declareInspect);
  add("bench", "Measure how long a model takes, and what each pass is worth", declareBench);
  add("import", "Write an ONNX model as a text with its weights", declareImport);
  add("verify", "Run ONNX models on cases whose results are known", declareVerify);
  add("fmt", "Lay texts out in the one canonical way", declareFormat);
  return commands;
}

/// What the parser says of an option, in words that do not need its types: of "--limit: 1 required
/// INT missing" and "--limit: At Most 1 required but received 2".
static std::string spellMistake(llvm::StringRef message) {
  auto [option, what] = message.split(": ");
  if (what.ends_with(" missing"))
    return "expected a value behind " + option.str();
  if (what.starts_with("At Most 1 "))
    return option.str() + " is given " + what.rsplit(' ').second.str() + " times";
  return message.str();
}

/// Parses and runs; `app` is complete.
static ExitStatus parseAndRun(CLI::App &app, const Commands &commands, int argc, char **argv) {
  std::optional<std::string> mistake;
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &request) { // --help and --version
    app.exit(request);
    return ExitStatus::Success;
  } catch (const CLI::ParseError &error) {
    mistake = spellMistake(error.what());
  }

  for (const auto &[parser, command] : commands) {
    if (!parser->parsed())
      continue;
    std::string name = "gatefold " + parser->get_name();
    if (llvm::Error error = findUnknownArgument(*parser))
      return reportUsage(std::move(error), name);
    if (mistake)
      return reportUsage(makeUsageError(*mistake), name);
    return command();
  }
  if (llvm::Error error = findUnknownArgument(app))
    return reportUsage(std::move(error), "gatefold");
  return reportUsage(makeUsageError(mistake.value_or("expected a command")), "gatefold");
}

ExitStatus gatefold::runCommandLine(int argc, char **argv) {
  CLI::App app("Compiles recurrent and attention models for the processor in front of you.",
               "gatefold");
  app.set_version_flag("--version", "gatefold " GATEFOLD_VERSION, "Print the version");
  app.set_help_flag("-h,--help", "Print this help");
  app.footer(footer);
  app.allow_extras();
  app.get_formatter()->column_width(28);
  Commands commands = declareCommands(app);

  if (llvm::Error error = checkCommandName(app, argc, argv))
    return reportUsage(std::move(error), "gatefold");
  return parseAndRun(app, commands, argc, argv);
}
