//===- Check.cpp - gatefold check --------------------------------*- C++ -*-===//
//
// Reports every error of texts.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "DiagnosticVerification.h"
#include "FoldText.h"
#include "OnnxText.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

static constexpr const char *footer = R"(Examples:
  gatefold check lstm.fold
  gatefold check models/*.fold
  gatefold check lstm.fold --json

Every error is told with its place, what was expected and what was found. Nothing is compiled.
Exit status: 0 no error; 1 errors; 2 a wrong command line.)";

namespace {
struct CheckOptions {
  std::vector<std::string> paths;
  std::vector<std::string> importDirectories;
  bool verifyDiagnostics = false;
  bool splitInput = false;
  bool json = false;
};
} // namespace

/// A message with its place, which has lines and columns from 1.
static llvm::json::Object toJson(const llvm::SourceMgr &sources, SourceRange range,
                                 llvm::StringRef text) {
  llvm::json::Object object{{"text", llvm::json::fixUTF8(text)}};
  if (std::optional<SourcePlace> place = resolve(sources, range)) {
    object["file"] = llvm::json::fixUTF8(place->file);
    object["line"] = place->line;
    object["column"] = place->column;
    object["endLine"] = place->endLine;
    object["endColumn"] = place->endColumn;
  }
  return object;
}

static void addJson(llvm::json::Array &messages, const Diagnostics &diagnostics) {
  for (const Diagnostic &diagnostic : diagnostics.all()) {
    llvm::json::Object message =
        toJson(diagnostics.getSources(), diagnostic.range, diagnostic.text);
    message["severity"] = diagnostic.severity == Severity::Error ? "error" : "warning";
    if (!diagnostic.hint.empty())
      message["hint"] = llvm::json::fixUTF8(diagnostic.hint);
    llvm::json::Array notes;
    for (const Diagnostic::Note &note : diagnostic.notes)
      notes.push_back(toJson(diagnostics.getSources(), note.range, note.text));
    if (!notes.empty())
      message["notes"] = std::move(notes);
    messages.push_back(std::move(message));
  }
}

/// The text that an ONNX model becomes.
static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> importText(const std::string &path) {
  auto imported = importOnnx(path, {}, {});
  if (!imported)
    return imported.takeError();
  return layOutText(*imported, path);
}

static ExitStatus check(const CheckOptions &options) {
  bool failed = false;
  llvm::json::Array messages;
  for (const std::string &path : options.paths) {
    auto buffer = isOnnxPath(path) ? importText(path) : readText(path);
    if (!buffer) {
      failed |= reportError(buffer.takeError()) != ExitStatus::Success;
    } else if (options.verifyDiagnostics || options.splitInput) {
      failed |= !processParts(std::move(*buffer), options.splitInput, options.verifyDiagnostics);
    } else {
      FoldText text(std::move(*buffer), options.importDirectories);
      text.checkWithSizes();
      if (options.json)
        addJson(messages, text.getDiagnostics());
      else
        text.printDiagnostics();
      failed |= text.hasErrors();
    }
  }
  if (options.json)
    llvm::outs() << llvm::json::Value(std::move(messages)) << '\n';
  return failed ? ExitStatus::Failure : ExitStatus::Success;
}

Command gatefold::declareCheck(CLI::App &app) {
  auto options = std::make_shared<CheckOptions>();
  app.add_option("FILE", options->paths, "Texts to check")->required()->option_text("...");
  addImportOption(app, options->importDirectories);
  app.add_flag("--json", options->json,
               "Print all messages about the texts on stdout, as one line of JSON");
  app.add_flag("--verify-diagnostics", options->verifyDiagnostics)->group("");
  app.add_flag("--split-input-file", options->splitInput)->group("");
  app.footer(footer);
  return [options] { return check(*options); };
}
