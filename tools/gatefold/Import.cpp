//===- Import.cpp - gatefold import ------------------------------*- C++ -*-===//
//
// Writes an ONNX model as a text and a checkpoint.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "OnnxText.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

static constexpr const char *footer =
    R"(The text with its checkpoint gives the same results as the model, to the bit. What is not supported is
told for all nodes at once, and nothing is written then.

Examples:
  gatefold import model.onnx
      prints the text
  gatefold import model.onnx -o model.fold --weights model.safetensors
  gatefold import model.onnx --fix shape=shape.npy -o model.fold
      makes the input `shape` a constant
  gatefold import model.onnx --carry state=next_state -o model.fold
      makes the graph a step, with the input `state` as its memory and the output as its next value

Exit status: 0 success; 1 errors in the model; 2 a wrong command line.)";

namespace {
struct ImportCommand {
  std::string path, output, weights;
  std::vector<std::string> sizes;
  OnnxOptions onnx;
};
} // namespace

static llvm::Error run(const ImportCommand &command) {
  ModelChoice choice;
  choice.sizes = command.sizes;
  auto sizes = choice.parseSizes();
  if (!sizes)
    return sizes.takeError();
  auto model = importOnnx(command.path, command.onnx, *sizes);
  if (!model)
    return model.takeError();
  return writeImported(*model, command.path, command.output, command.weights);
}

Command gatefold::declareImport(CLI::App &app) {
  auto command = std::make_shared<ImportCommand>();
  app.add_option("FILE", command->path, "An ONNX model")->required()->option_text(" ");
  app.add_option("-o,--output", command->output, "Where the text goes (default: printed)")
      ->option_text("FILE");
  app.add_option("--weights", command->weights, "Where the weights go, a .safetensors file")
      ->option_text("FILE");
  addRepeatedOption(app, "--dim", command->sizes, "The size of a named dimension")
      ->option_text("NAME=N ...");
  addOnnxOptions(app, command->onnx.fixed, command->onnx.carried);
  app.footer(footer);
  return [command] { return reportError(run(*command)); };
}
