//===- ImportedRun.cpp - Imported models on inputs ---------------*- C++ -*-===//
//
// Compiles, binds weights and inputs, and runs a sequence.
//
//===----------------------------------------------------------------------===//

#include "ImportedRun.h"
#include "CompileOnce.h"
#include "ModelModule.h"
#include "OnnxText.h"
#include "gatefold/Codegen/Jit.h"
#include "gatefold/Runtime/Checkpoint.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/Session.h"
#include "gatefold/Runtime/TensorFiles.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace gatefold;

using Compiled = std::unique_ptr<CompiledModel>;

/// Compiles what runs a whole sequence.
static llvm::Expected<Compiled> compileSequence(ModelModule &module, const ModelChoice &choice,
                                                PhaseTimer &timer) {
  auto pipeline = makePipelineOptions(choice);
  if (!pipeline)
    return pipeline.takeError();
  if (llvm::Error error = module.advanceTo(Stage::Entries, *pipeline))
    return std::move(error);
  auto described = describeModel(module.getModule());
  if (!described)
    return described.takeError();
  std::vector<std::string> wanted = {"sequence"};
  if (described->entry("init"))
    wanted.push_back("init");
  if (llvm::Error error = module.keepEntries(wanted, *pipeline))
    return std::move(error);
  return compileOnce(module, *pipeline, /*useCache=*/false, timer);
}

/// The inputs as the compiled model takes them: under its names and in its types.
static llvm::Expected<NamedTensors> convertInputs(const onnx::ImportedModel &model,
                                                  const EntryInterface &entry,
                                                  const NamedTensors &inputs) {
  NamedTensors converted;
  for (const Port &port : entry.arguments) {
    if (port.kind != PortKind::Input)
      continue;
    for (const onnx::ImportedPort &candidate : model.inputs) {
      const Tensor *given = candidate.textName == port.name ? inputs.find(candidate.name) : nullptr;
      if (!given)
        continue;
      llvm::Expected<Tensor> tensor =
          given->type() == port.type ? *given : given->convertTo(port.type);
      if (!tensor)
        return tensor.takeError();
      converted.set(port.name, std::move(*tensor));
    }
  }
  return converted;
}

/// `path` is where the weights are from.
static llvm::Expected<NamedTensors> runModule(ModelModule &module, const ModelChoice &choice,
                                              const onnx::ImportedModel &model,
                                              const NamedTensors &weights,
                                              const NamedTensors &inputs, llvm::StringRef path,
                                              PhaseTimer &timer) {
  auto compiled = compileSequence(module, choice, timer);
  if (!compiled)
    return compiled.takeError();
  const ModelInterface &interface = (*compiled)->getInterface();
  auto bound = bindWeights(path, weights, interface.weights, interface.ignored);
  if (!bound)
    return bound.takeError();
  auto converted = convertInputs(model, *interface.entry("sequence"), inputs);
  if (!converted)
    return converted.takeError();
  auto session = Session::create(std::move(*compiled), std::move(*bound));
  if (!session)
    return session.takeError();
  return (*session)->runSequence(*converted);
}

llvm::Expected<NamedTensors> gatefold::runImported(const onnx::ImportedModel &model,
                                                   const NamedTensors &inputs,
                                                   llvm::StringRef path) {
  auto text = layOutText(model, path);
  if (!text)
    return text.takeError();
  PhaseTimer timer;
  ModelChoice choice;
  choice.path = path.str();
  auto module = ModelModule::fromText(choice, std::move(*text), timer);
  if (!module)
    return module.takeError();
  return runModule(**module, choice, model, model.weights, inputs, path, timer);
}

llvm::Expected<NamedTensors> gatefold::runWritten(const onnx::ImportedModel &model,
                                                  const NamedTensors &inputs) {
  llvm::SmallString<128> folder;
  if (std::error_code error = llvm::sys::fs::createUniqueDirectory("gatefold-verify", folder))
    return makeError("a folder for written models cannot be made: " + error.message());
  auto removal = llvm::scope_exit([&] { llvm::sys::fs::remove_directories(folder); });
  std::string weightsPath = (folder + "/model.safetensors").str();
  ModelChoice choice;
  choice.path = (folder + "/model.fold").str();
  choice.quiet = true; // of warnings that the model itself has given
  if (llvm::Error error = writeImported(model, choice.path, choice.path, weightsPath))
    return std::move(error);
  PhaseTimer timer;
  auto module = ModelModule::load(choice, timer);
  if (!module)
    return module.takeError();
  auto weights = readTensors(weightsPath);
  if (!weights)
    return weights.takeError();
  return runModule(**module, choice, model, *weights, inputs, weightsPath, timer);
}
