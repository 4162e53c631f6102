//===- RunModel.cpp - One run of a model -------------------------*- C++ -*-===//
//
// Checks the inputs against the model, compiles what the run needs, or interprets, and times it.
//
//===----------------------------------------------------------------------===//

#include "RunModel.h"
#include "CompileOnce.h"
#include "InterpretedRun.h"
#include "gatefold/Runtime/Checkpoint.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/RaggedBatch.h"
#include "gatefold/Runtime/Session.h"
#include "gatefold/Runtime/TensorFiles.h"
#include "llvm/Support/FormatVariadic.h"

using namespace gatefold;

namespace {
/// The inputs of a run that fit the model.
struct CheckedInputs {
  EntryInterface entry; ///< what the run takes and gives
  NamedTensors tensors;
  NamedTensors lengths;
  RunVocabularies vocabularies;
};

/// Compiled code under a description that also has the entries which were not compiled.
class DescribedModel : public CompiledModel {
public:
  DescribedModel(ModelInterface described, std::unique_ptr<CompiledModel> compiled)
      : CompiledModel(std::move(described)), compiled(std::move(compiled)) {
    for (EntryInterface &entry : interface.entries)
      if (const EntryInterface *known = this->compiled->getInterface().entry(entry.name))
        entry = *known;
  }
  EntryFunction getEntry(llvm::StringRef name) const override { return compiled->getEntry(name); }
  WorkspaceFunction getWorkspace(llvm::StringRef name) const override {
    return compiled->getWorkspace(name);
  }

private:
  std::unique_ptr<CompiledModel> compiled;
};
} // namespace

/// The error for a model whose weights nobody gave.
static llvm::Error tellMissingWeights(const ModelInterface &model) {
  std::string text = llvm::formatv(
      "`{0}` needs {1} weight{2}; give their checkpoint with --weights FILE: ", model.name,
      model.weights.size(), model.weights.size() == 1 ? "" : "s");
  size_t shown = std::min<size_t>(model.weights.size(), 3);
  for (size_t i = 0; i < shown; ++i)
    text += (i ? ", " : "") + model.weights[i].path + " " + shapeText(model.weights[i].shape);
  if (shown < model.weights.size())
    text += " and " + std::to_string(model.weights.size() - shown) + " more";
  return makeError(text);
}

static llvm::Expected<NamedTensors> loadModelWeights(const RunOptions &options,
                                                     const ModelInterface &model,
                                                     const NamedTensors *imported) {
  if (!options.weights.empty())
    return loadWeights(options.weights, model.weights, model.ignored);
  if (imported)
    return bindWeights(options.choice.path, *imported, model.weights, model.ignored);
  if (!model.weights.empty())
    return tellMissingWeights(model);
  return NamedTensors();
}

/// An error for options that are for another kind of model.
static llvm::Error checkModel(const RunOptions &options, const ModelInterface &model) {
  if (!model.entry("sequence"))
    return makeError("`" + model.name + "` has no entry `sequence`");
  if ((options.entry == "step" || options.chunk) && !model.entry("step"))
    return makeError("`" + model.name + "` cannot be stepped: " + model.whyNoStep);
  if (model.generation && options.states.isGiven())
    return makeUsageError("--state and --save-state are for streams, but `" + model.name +
                          "` makes tokens");
  llvm::StringRef given = options.generation.firstGiven();
  if (!model.generation && !given.empty())
    return makeUsageError(given + " is for models that make tokens, but `" + model.name +
                          "` returns no `generate`");
  return llvm::Error::success();
}

/// Checks what depends on the model's description and begins the files of the outputs, before
/// anything is compiled.
static llvm::Expected<CheckedInputs> checkTensors(const RunOptions &options,
                                                  const ModelInterface &model, RunInputs inputs,
                                                  const RunWatch &watch, RunOutputs &outputs) {
  if (llvm::Error error = checkModel(options, model))
    return std::move(error);
  EntryInterface entry = describeEntry(model);
  watch.addPorts(entry);
  if (llvm::Error error = outputs.check(entry))
    return std::move(error);
  auto vocabularies = RunVocabularies::create(model, options.text.vocabularies,
                                              parseTensorLocation(options.weights).path);
  if (!vocabularies)
    return vocabularies.takeError();
  if (llvm::Error error = encodeTexts(entry, *vocabularies, inputs))
    return std::move(error);
  outputs.noteSounds(entry, inputs);
  cutSounds(entry, inputs);
  llvm::Expected<NamedTensors> converted = convertInputs(entry, inputs.tensors);
  if (!converted)
    return converted.takeError();
  llvm::Expected<BoundInputs> bound = bindInputs(entry, *converted);
  if (!bound)
    return bound.takeError();
  if (bound->batched && watch.draws())
    return makeUsageError("--plot is for one example, but the inputs are a batch");
  if (!inputs.lengths.empty()) {
    auto ragged = RaggedBatch::create(entry, *converted, inputs.lengths);
    if (!ragged)
      return ragged.takeError();
    if (options.interpret)
      return makeUsageError("examples of unequal lengths are for compiled code, not for "
                            "--interpret");
    if (options.states.isGiven())
      return makeUsageError("--state and --save-state are for examples of equal lengths");
  }
  if (llvm::Error error = checkTokens(entry, *vocabularies, *converted, inputs.lengths))
    return std::move(error);
  if (llvm::Error error = outputs.begin(entry, bound->batched, options.precision == "f64"))
    return std::move(error);
  return CheckedInputs{std::move(entry), std::move(*converted), std::move(inputs.lengths),
                       std::move(*vocabularies)};
}

/// Whether the inputs, which fit the model, have sequences without a step among them.
static bool hasNoSteps(const ModelInterface &model, const CheckedInputs &inputs) {
  for (const NamedTensor &lengths : inputs.lengths)
    for (int64_t example = 0; example < lengths.tensor.numElements(); ++example)
      if (lengths.tensor.elementAsDouble(example) == 0)
        return true;
  return countSteps(model, llvm::cantFail(bindInputs(inputs.entry, inputs.tensors))) == 0;
}

/// Compiles the entries that the run needs.
static llvm::Expected<std::shared_ptr<CompiledModel>>
compileEntries(const RunOptions &options, ModelModule &model, ModelInterface described,
               const CheckedInputs &inputs, const PipelineOptions &pipeline, PhaseTimer &timer) {
  if (detectStage(model.getModule()) == Stage::Entries) {
    std::vector<std::string> wanted = {options.entry};
    for (const char *name : {"decode", "prefill", "generate"})
      if (described.entry(name))
        wanted.push_back(name);
    // What comes out of no step at all is what the sequence says.
    if (options.entry == "step" && hasNoSteps(described, inputs))
      wanted.push_back("sequence");
    if (llvm::Error error = model.keepEntries(wanted, pipeline))
      return std::move(error);
  }
  auto compiled = compileOnce(model, pipeline, !options.noCache, timer);
  if (!compiled)
    return compiled.takeError();
  return std::make_shared<DescribedModel>(std::move(described), std::move(*compiled));
}

/// Runs sequences whole, in chunks or in steps; those of unequal lengths group by group.
static llvm::Expected<NamedTensors> runSequences(const RunOptions &options, const Session &session,
                                                 const CheckedInputs &inputs,
                                                 uint64_t fingerprint) {
  StreamPlan plan{options.entry == "step", options.chunk, options.threads};
  plan.capacity = options.capacity;
  if (options.states.isGiven())
    return runSavedStream(session, inputs.tensors, plan, options.states, fingerprint);
  auto runEqual = [&](const NamedTensors &tensors, unsigned threads) {
    StreamPlan ofGroup = plan;
    ofGroup.threads = threads;
    return plan.stepwise || options.chunk ? runStream(session, tensors, ofGroup)
                                          : session.runSequence(tensors, threads);
  };
  if (inputs.lengths.empty())
    return runEqual(inputs.tensors, options.threads);
  auto batch = RaggedBatch::create(inputs.entry, inputs.tensors, inputs.lengths);
  if (!batch)
    return batch.takeError();
  std::vector<NamedTensors> outputs(batch->getGroups().size());
  auto runGroup = [&](size_t group, unsigned threads) -> llvm::Error {
    auto ofGroup = runEqual(batch->getGroups()[group].inputs, threads);
    if (!ofGroup)
      return ofGroup.takeError();
    outputs[group] = std::move(*ofGroup);
    return llvm::Error::success();
  };
  if (llvm::Error error = batch->forEachGroup(options.threads, runGroup))
    return std::move(error);
  return batch->join(outputs);
}

/// Lets `make` make tokens, and times it.
static llvm::Expected<RunResults> runGenerating(const RunOptions &options,
                                                const ModelInterface &model, CheckedInputs &inputs,
                                                const RunOutputs &outputs, PhaseTimer &timer,
                                                TokenMaker make) {
  timer.begin(options.interpret ? "interpret" : "run");
  if (options.generation.stream)
    timer.hideProgress();
  auto made = runGeneration(model, inputs.vocabularies, options.generationSettings, inputs.tensors,
                            options.generation.stream, make);
  double milliseconds = timer.end();
  if (!made)
    return made.takeError();
  size_t tokens = 0;
  for (llvm::ArrayRef<int32_t> ofExample : made->tokens)
    tokens += ofExample.size();
  if (tokens > 0)
    timer.addDetail("per token", milliseconds / tokens);
  RunResults results = {std::move(made->tensors), std::move(made->texts), std::move(made->tokens)};
  if (!outputs.printsAll() || results.texts.empty())
    return results;
  // The lengths of texts that are printed anybody can see.
  NamedTensors printed;
  for (const auto &[name, texts] : results.texts)
    printed.set(name, *results.tensors.find(name));
  results.tensors = std::move(printed);
  return results;
}

/// The texts beside the tensors.
static llvm::Expected<RunResults> addTexts(const RunOutputs &outputs, CheckedInputs &inputs,
                                           llvm::Expected<NamedTensors> tensors) {
  if (!tensors)
    return tensors.takeError();
  auto texts = decodeOutputs(inputs.entry, inputs.vocabularies, outputs, *tensors, inputs.lengths);
  if (!texts)
    return texts.takeError();
  return RunResults{std::move(*tensors), std::move(*texts)};
}

/// Runs the loaded model and times it.
static llvm::Expected<RunResults> runSession(const RunOptions &options, const Session &session,
                                             CheckedInputs &inputs, const RunOutputs &outputs,
                                             uint64_t fingerprint, PhaseTimer &timer) {
  if (session.getInterface().generation)
    return runGenerating(options, session.getInterface(), inputs, outputs, timer,
                         [&](const GenerationSettings &settings, const TokenCallback &callback) {
                           return inputs.lengths.empty()
                                      ? session.generate(inputs.tensors, settings, options.threads,
                                                         callback)
                                      : session.generate(inputs.tensors, inputs.lengths, settings,
                                                         options.threads, callback);
                         });
  timer.begin("run");
  llvm::Expected<NamedTensors> tensors = runSequences(options, session, inputs, fingerprint);
  double milliseconds = timer.end();
  if (!tensors)
    return tensors.takeError();
  llvm::Expected<BoundInputs> bound = bindInputs(inputs.entry, inputs.tensors);
  if (!bound)
    return bound.takeError();
  if (std::optional<int64_t> steps = countSteps(session.getInterface(), *bound); steps && *steps)
    timer.addDetail("per step", milliseconds / *steps);
  return addTexts(outputs, inputs, std::move(tensors));
}

/// The values that a replay of the tokens made gives, behind the other results.
static llvm::Error addReplay(const RunOptions &options, const ModelInterface &model,
                             CheckedInputs &inputs, const RunWatch &watch,
                             const ReplaySettings &settings, RunResults &results,
                             PhaseTimer &timer) {
  if (!watch.needsReplay())
    return llvm::Error::success();
  const Vocabulary *vocabulary = nullptr;
  if (!model.generation->vocabulary.empty()) {
    llvm::Expected<const Vocabulary *> found =
        inputs.vocabularies.find(model.generation->vocabulary);
    if (!found)
      return found.takeError();
    vocabulary = *found;
  }
  auto ofModel = makeGenerationSettings(*model.generation, vocabulary);
  if (!ofModel)
    return ofModel.takeError();
  llvm::Expected<BoundInputs> bound = bindInputs(inputs.entry, inputs.tensors);
  if (!bound)
    return bound.takeError();
  auto values = watch.runReplay(
      {inputs.entry, inputs.tensors, inputs.lengths, bound->batched, ofModel->first, results.made},
      settings, timer);
  if (!values)
    return values.takeError();
  for (const NamedTensor &value : *values)
    results.tensors.set(value.name, value.tensor);
  return llvm::Error::success();
}

/// Adds what a replay gives and draws the pictures.
static llvm::Expected<RunResults> finishRun(const RunOptions &options, const ModelInterface &model,
                                            CheckedInputs &inputs, const RunWatch &watch,
                                            const ReplaySettings &settings,
                                            llvm::Expected<RunResults> results, PhaseTimer &timer) {
  if (!results || (!options.watch.isGiven() && !options.generation.stream))
    return results;
  if (llvm::Error error = addReplay(options, model, inputs, watch, settings, *results, timer))
    return std::move(error);
  llvm::ArrayRef<int32_t> made;
  if (results->made.size() == 1)
    made = results->made.front();
  llvm::Expected<std::string> pictures =
      watch.draw(model, inputs.entry, inputs.vocabularies, inputs.tensors, results->tensors, made);
  if (!pictures)
    return pictures.takeError();
  results->pictures = std::move(*pictures);
  results->tensors = watch.takeWatched(results->tensors, options.generation.stream);
  return results;
}

static llvm::Expected<RunResults> runCompiled(const RunOptions &options, ModelModule &model,
                                              const RunInputs &inputs, const RunWatch &watch,
                                              RunOutputs &outputs, PhaseTimer &timer) {
  llvm::Expected<PipelineOptions> pipeline = makePipelineOptions(options.choice);
  if (!pipeline)
    return pipeline.takeError();
  timer.begin("passes of the dialect");
  if (detectStage(model.getModule()) < Stage::Entries)
    if (llvm::Error error = model.advanceTo(Stage::Entries, *pipeline))
      return std::move(error);
  llvm::Expected<ModelInterface> described = describeModel(model.getModule());
  if (!described)
    return described.takeError();
  llvm::Expected<CheckedInputs> checked = checkTensors(options, *described, inputs, watch, outputs);
  if (!checked)
    return checked.takeError();
  timer.begin("load weights");
  llvm::Expected<NamedTensors> weights =
      loadModelWeights(options, *described, model.getImportedWeights());
  if (!weights)
    return weights.takeError();
  uint64_t fingerprint =
      options.states.isGiven() ? findFingerprint(model.getModule(), *weights) : 0;
  auto compiled = compileEntries(options, model, *described, *checked, *pipeline, timer);
  if (!compiled)
    return compiled.takeError();
  auto session = Session::create(*compiled, *weights, {options.capacity, options.waitsForThreads});
  if (!session)
    return session.takeError();
  ReplaySettings replay = {*pipeline, *weights};
  replay.useCache = !options.noCache;
  replay.threads = options.threads;
  return finishRun(options, (*session)->getInterface(), *checked, watch, replay,
                   runSession(options, **session, *checked, outputs, fingerprint, timer), timer);
}

/// What the model looks like once it is compiled, found on a copy.
static llvm::Expected<ModelInterface> describeCompiled(mlir::ModuleOp module,
                                                       const PipelineOptions &pipeline) {
  mlir::OwningOpRef<mlir::ModuleOp> copy(module.clone());
  if (mlir::failed(lowerTo(*copy, Stage::Entries, pipeline)))
    return llvm::make_error<ToldError>();
  return describeModel(*copy);
}

static llvm::Expected<RunResults> runInterpreted(const RunOptions &options, ModelModule &model,
                                                 const RunInputs &inputs, const RunWatch &watch,
                                                 RunOutputs &outputs, PhaseTimer &timer) {
  mlir::ModuleOp module = model.getModule();
  if (Stage stage = detectStage(module); stage != Stage::Gatefold)
    return makeError(options.choice.path + ": is at stage `" + getStageName(stage) +
                     "`; --interpret needs a model at stage `gatefold`");
  llvm::Expected<PipelineOptions> pipeline = makePipelineOptions(options.choice);
  if (!pipeline)
    return pipeline.takeError();
  timer.begin("passes of the dialect");
  llvm::Expected<ModelInterface> described = describeCompiled(module, *pipeline);
  if (!described)
    return described.takeError();
  llvm::Expected<CheckedInputs> checked = checkTensors(options, *described, inputs, watch, outputs);
  if (!checked)
    return checked.takeError();
  llvm::Expected<BoundInputs> bound = bindInputs(checked->entry, checked->tensors);
  if (!bound)
    return bound.takeError();
  timer.begin("load weights");
  llvm::Expected<NamedTensors> weights =
      loadModelWeights(options, *described, model.getImportedWeights());
  if (!weights)
    return weights.takeError();
  InterpretedRun run = {module, *described, *weights,
                        options.precision == "f64" ? Precision::Double : Precision::Single,
                        options.entry == "step"};
  auto generate = [&](const GenerationSettings &settings, const TokenCallback &callback) {
    return run.generate(*bound, settings, callback);
  };
  auto results = [&]() -> llvm::Expected<RunResults> {
    if (described->generation)
      return runGenerating(options, *described, *checked, outputs, timer, generate);
    timer.begin("interpret");
    return addTexts(outputs, *checked, run.run(*bound));
  };
  const ReplaySettings replay = {*pipeline, *weights, /*interpret=*/true, run.precision};
  return finishRun(options, *described, *checked, watch, replay, results(), timer);
}

llvm::Expected<RunResults> gatefold::runModel(const RunOptions &options, ModelModule &model,
                                              const RunInputs &inputs, const RunWatch &watch,
                                              RunOutputs &outputs, PhaseTimer &timer) {
  return options.interpret ? runInterpreted(options, model, inputs, watch, outputs, timer)
                           : runCompiled(options, model, inputs, watch, outputs, timer);
}
