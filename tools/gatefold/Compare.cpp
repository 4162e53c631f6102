//===- Compare.cpp - gatefold compare ----------------------------*- C++ -*-===//
//
// Compares the tensors of two files.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Compare.h"
#include "CommandLine.h"
#include "llvm/Support/JSON.h"
#include <CLI/CLI.hpp>
#include <cmath>

using namespace gatefold;

static constexpr const char *footer = R"(Examples:
  gatefold compare out.npy golden.npy --atol 1e-5
  gatefold compare out.safetensors golden.safetensors:y --rtol 1e-4 --atol 1e-6
  gatefold compare step.npy sequence.npy         equal to the last bit, but for the sign of zero
  gatefold compare out.npy golden.npy --json

a and b agree where |a - b| <= atol + rtol * |b|, and where both are NaN.
Exit status: 0 all agree; 1 they differ; 2 a wrong command line, or a file that cannot be read.)";

namespace {
struct CompareOptions {
  std::string a, b;
  Tolerance tolerance;
  bool json = false;
};
} // namespace

/// JSON has no infinities: null stands for them.
static llvm::json::Value toJson(double number) {
  return std::isfinite(number) ? llvm::json::Value(number) : llvm::json::Value(nullptr);
}

static llvm::json::Value toJson(const TensorComparison &tensor) {
  llvm::json::Object object{
      {"name", tensor.name}, {"type", tensor.description}, {"agrees", tensor.passed()}};
  if (!tensor.failure.empty()) {
    object["failure"] = tensor.failure;
    return object;
  }
  object["elements"] = tensor.numElements;
  object["outside"] = tensor.numOutside;
  object["largestAbsolute"] = toJson(tensor.largestAbsolute);
  object["largestRelative"] = toJson(tensor.largestRelative);
  object["place"] = tensor.largestAbsolutePlace;
  object["a"] = toJson(tensor.valueA);
  object["b"] = toJson(tensor.valueB);
  return object;
}

static void printJson(const Comparison &comparison) {
  llvm::json::Array tensors;
  for (const TensorComparison &tensor : comparison.tensors)
    tensors.push_back(toJson(tensor));
  llvm::outs() << llvm::json::Value(llvm::json::Object{
                      {"agrees", comparison.passed()},
                      {"atol", comparison.tolerance.absolute},
                      {"rtol", comparison.tolerance.relative},
                      {"tensors", std::move(tensors)},
                  })
               << '\n';
}

static ExitStatus compare(const CompareOptions &options) {
  llvm::Expected<Comparison> comparison = compareFiles(options.a, options.b, options.tolerance);
  if (!comparison) {
    reportError(comparison.takeError());
    return ExitStatus::Usage;
  }
  if (options.json)
    printJson(*comparison);
  else
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
  app.add_flag("--json", options->json, "Print one line of JSON");
  app.footer(footer);
  return [options] { return compare(*options); };
}
