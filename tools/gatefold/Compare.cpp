//===- Compare.cpp - gatefold compare ----------------------------*- C++ -*-===//
//
// Compares the tensors of two files.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Compare.h"
#include "CommandLine.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

static constexpr const char *footer = R"(Examples:
  gatefold compare out.npy golden.npy --atol 1e-5
  gatefold compare out.safetensors golden.safetensors:y --rtol 1e-4 --atol 1e-6
  gatefold compare step.npy sequence.npy         equal to the last bit, but for the sign of zero

a and b agree where |a - b| <= atol + rtol * |b|, and where both are NaN.
Exit status: 0 all agree; 1 they differ; 2 a wrong command line, or a file that cannot be read.)";

namespace {
struct CompareOptions {
  std::string a, b;
  Tolerance tolerance;
};
} // namespace

static ExitStatus compare(const CompareOptions &options) {
  llvm::Expected<Comparison> comparison = compareFiles(options.a, options.b, options.tolerance);
  if (!comparison) {
    reportError(comparison.takeError());
    return ExitStatus::Usage;
  }
  comparison->print(llvm::outs());
  return comparison->passed() ? ExitStatus::Success : ExitStatus::Failure;
}

Command gatefold::declareCompare(CLI::App &app) {
  auto options = std::make_shared<CompareOptions>();
  app.add_option("A", options->a, "A file of tensors, or FILE:KEY for one of them")
      ->required()
      ->option_text(" ");
  app.add_option("B", options->b, "What to compare it with")->required()->option_text(" ");
  app.add_option("--rtol", options->tolerance.relative, "Relative tolerance")
      ->check(CLI::NonNegativeNumber)
      ->option_text("R (default: 0)");
  app.add_option("--atol", options->tolerance.absolute, "Absolute tolerance")
      ->check(CLI::NonNegativeNumber)
      ->option_text("A (default: 0)");
  app.footer(footer);
  return [options] { return compare(*options); };
}
