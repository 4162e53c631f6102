//===- Check.cpp - gatefold check --------------------------------*- C++ -*-===//
//
// Reports every error of texts.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "DiagnosticVerification.h"
#include "FoldText.h"
#include "OnnxText.h"
#include "llvm/Support/MemoryBuffer.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

static constexpr const char *footer = R"(Examples:
  gatefold check lstm.fold
  gatefold check models/*.fold

Every error is told with its place, what was expected and what was found. Nothing is compiled.
Exit status: 0 no error; 1 errors; 2 a wrong command line.)";

namespace {
struct CheckOptions {
  std::vector<std::string> paths;
  std::vector<std::string> importDirectories;
  bool verifyDiagnostics = false;
  bool splitInput = false;
};
} // namespace

/// The text that an ONNX model becomes.
static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> importText(const std::string &path) {
  auto imported = importOnnx(path, {}, {});
  if (!imported)
    return imported.takeError();
  return layOutText(*imported, path);
}

static ExitStatus check(const CheckOptions &options) {
  bool failed = false;
  for (const std::string &path : options.paths) {
    auto buffer = isOnnxPath(path) ? importText(path) : readText(path);
    if (!buffer) {
      failed |= reportError(buffer.takeError()) != ExitStatus::Success;
    } else if (options.verifyDiagnostics || options.splitInput) {
      failed |= !processParts(std::move(*buffer), options.splitInput, options.verifyDiagnostics);
    } else {
      FoldText text(std::move(*buffer), options.importDirectories);
      text.checkWithSizes();
      text.printDiagnostics();
      failed |= text.hasErrors();
    }
  }
  return failed ? ExitStatus::Failure : ExitStatus::Success;
}

Command gatefold::declareCheck(CLI::App &app) {
  auto options = std::make_shared<CheckOptions>();
  app.add_option("FILE", options->paths, "Texts to check")->required()->option_text("...");
  addImportOption(app, options->importDirectories);
  app.add_flag("--verify-diagnostics", options->verifyDiagnostics)->group("");
  app.add_flag("--split-input-file", options->splitInput)->group("");
  app.footer(footer);
  return [options] { return check(*options); };
}
