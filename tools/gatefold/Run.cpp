//===- Run.cpp - gatefold run ------------------------------------*- C++ -*-===//
//
// Runs a model on tensors from files: compiled, or interpreted.
//
//===----------------------------------------------------------------------===//

#include "RunModel.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

static llvm::Error run(RunOptions &options) {
  ProgressLine progress(options.choice.quiet);
  PhaseTimer timer;
  timer.showProgress(progress);
  if (llvm::Error error = parseRunOptions(options))
    return error;
  llvm::Expected<RunOutputs> outputs = RunOutputs::parse(options.outputs, listFilesRead(options));
  if (!outputs)
    return outputs.takeError();
  auto model = ModelModule::load(options.choice, timer);
  if (!model)
    return model.takeError();
  timer.begin("read inputs");
  llvm::Expected<RunInputs> inputs = readInputs(options.inputs);
  if (!inputs)
    return inputs.takeError();
  if (llvm::Error error = readTexts(options.text, *inputs))
    return error;

  llvm::Expected<RunWatch> watch =
      RunWatch::create(options.watch, options.choice, listFilesRead(options), **model, timer);
  if (!watch)
    return watch.takeError();
  auto results = runModel(options, **model, *inputs, *watch, *outputs, timer);
  if (!results)
    return results.takeError();
  timer.hideProgress();
  timer.begin("write outputs");
  if (llvm::Error error = outputs->write(results->tensors, results->texts, inputs->sampleRate))
    return error;
  llvm::outs() << results->pictures;
  timer.end();
  if (options.time)
    timer.print(llvm::errs());
  return llvm::Error::success();
}

Command gatefold::declareRun(CLI::App &app) {
  auto options = std::make_shared<RunOptions>();
  addRunOptions(app, *options);
  return [options] { return reportError(run(*options)); };
}
