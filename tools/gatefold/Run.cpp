//===- Run.cpp - gatefold run ------------------------------------*- C++ -*-===//
//
// Runs a model on tensors from files: compiled, or interpreted.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "CompileOnce.h"
#include "InterpretedRun.h"
#include "ModelModule.h"
#include "RunGeneration.h"
#include "RunTensors.h"
#include "RunTexts.h"
#include "RunWatch.h"
#include "SavedState.h"
#include "gatefold/Runtime/Checkpoint.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/RaggedBatch.h"
#include "gatefold/Runtime/Session.h"
#include "gatefold/Runtime/TensorFiles.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

static constexpr const char *footer =
    R"(Files: .npy, .safetensors (FILE:KEY for one tensor of several), .wav (16-bit mono), and .txt where
the model takes or gives tokens. An input with one more axis in front is a batch, and so are several
texts; --lengths says how much of its axis each example of a padded batch fills. Outputs for one
.safetensors file are written together; all files are written or none, and none that the run reads.

Examples:
  gatefold run lstm.fold --weights lstm.safetensors --input x=x.npy
      prints a summary of the outputs
  gatefold run lstm.fold --weights lstm.safetensors --input x=x.npy --output y=y.npy
  gatefold run charlm.fold --model CharLm --weights w.safetensors --input text=poem.txt
  gatefold run tagger.fold --weights w.safetensors --input words=padded.npy --lengths words=n.npy
      a batch of sequences of unequal lengths; each is computed as if it were alone
  gatefold run g2p.fold --weights w.safetensors --text word=recurrent --text word=compiler
  gatefold run g2p.fold --weights w.safetensors --lines word=words.txt --output sounds=sounds.txt
      a batch of texts; models that give text print it
  gatefold run story.fold --weights w.safetensors --text prompt="Once upon" --limit 100 --stream
  gatefold run story.fold --weights w.safetensors --text prompt=Tom --strategy=beam --beam-width 5
  gatefold run story.fold --weights w.safetensors --text prompt=Tom --strategy=sample --top-p 0.9 --seed 7
  gatefold run translate.fold --weights w.safetensors --text source=三百万 --plot attention
  gatefold run translate.fold --weights w.safetensors --text source=三百万 --watch decoder.lstm.f
      what the decoder looks at, and a gate within it at every token
  gatefold run denoise.fold --weights w.safetensors --input sound=in.wav --output sound=out.wav
  gatefold run lstm.fold --weights lstm.safetensors --input x=golden.safetensors:x --entry=step
  gatefold run lstm.fold --weights lstm.safetensors --input x=x.npy --interpret --precision=f64

Exit status: 0 success; 1 errors in the input; 2 a wrong command line.)";

namespace {
struct RunOptions {
  ModelChoice choice;
  std::string weights;
  std::vector<std::string> inputs, outputs;
  std::string entry = "sequence";
  bool interpret = false;
  std::string precision;
  unsigned threads = 1;
  bool waitsForThreads = false;
  bool time = false;
  bool noCache = false;
  std::string chunkText;
  std::optional<int64_t> chunk; ///< `chunkText` as a number
  std::string capacityText;
  std::optional<int64_t> capacity; ///< `capacityText` as a number
  StateFiles states;
  TextOptions text;
  GenerationOptions generation;
  GenerationSettings generationSettings; ///< `generation` as numbers
  WatchOptions watch;
};

/// The inputs of a run that fit the model.
struct CheckedInputs {
  EntryInterface entry; ///< what the run takes and gives
  NamedTensors tensors;
  NamedTensors lengths;
  RunVocabularies vocabularies;
};

/// What a run gives.
struct RunResults {
  NamedTensors tensors;
  OutputTexts texts;
  std::vector<std::vector<int32_t>> made = {}; ///< the tokens of each example, if there are any
  std::string pictures = {};                   ///< for the terminal
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

/// Reads the text of an option, if it was given, as a whole number of at least 1.
static llvm::Error parseCount(llvm::StringRef name, const std::string &text,
                              std::optional<int64_t> &count) {
  if (text.empty())
    return llvm::Error::success();
  int64_t number;
  if (!llvm::to_integer(text, number, /*Base=*/10) || number < 1)
    return makeUsageError("expected " + name + " N with a whole number of at least 1, found `" +
                          text + "`");
  count = number;
  return llvm::Error::success();
}

/// Reads what the command line gives as text.
static llvm::Error parseOptions(RunOptions &options) {
  if (llvm::Error error = parseCount("--chunk", options.chunkText, options.chunk))
    return error;
  return parseCount("--capacity", options.capacityText, options.capacity);
}

static llvm::Error checkOptions(const RunOptions &options) {
  if (options.entry != "sequence" && options.entry != "step")
    return makeUsageError("expected --entry=sequence or --entry=step, found `" + options.entry +
                          "`");
  if (!options.precision.empty() && options.precision != "f32" && options.precision != "f64")
    return makeUsageError("expected --precision=f32 or --precision=f64, found `" +
                          options.precision + "`");
  if (!options.precision.empty() && !options.interpret)
    return makeUsageError("--precision is for --interpret; compiled code computes in f32");
  if (options.interpret && options.choice.weightType != "f32")
    return makeUsageError("--weight-type is for compiled code, not for --interpret");
  if (options.generation.stream)
    for (llvm::StringRef output : options.outputs)
      if (!llvm::is_contained(options.watch.names, output.split('=').first))
        return makeUsageError("--stream prints the result; --output is for values of --watch then");
  if (options.interpret && options.chunk)
    return makeUsageError("--chunk is for compiled code, not for --interpret");
  if (options.interpret && options.capacity)
    return makeUsageError("--capacity is for compiled code, not for --interpret");
  if (options.states.isGiven() &&
      (options.interpret || (options.entry != "step" && !options.chunk)))
    return makeUsageError("--state and --save-state are for compiled streams; give --chunk N or "
                          "--entry=step, too");
  return llvm::Error::success();
}

/// The files that the run reads, which no output may overwrite.
static std::vector<FileRead> listFilesRead(const RunOptions &options) {
  std::vector<FileRead> files = {{"the model", options.choice.path}};
  if (!options.states.from.empty())
    files.push_back({"the state", options.states.from});
  if (!options.weights.empty())
    files.push_back({"the weights", parseTensorLocation(options.weights).path});
  for (const std::string &input : options.inputs)
    if (auto assignment = splitAssignment(input))
      files.push_back({"an input", parseTensorLocation(assignment->second).path});
  llvm::append_range(files, listFilesRead(options.text));
  return files;
}

static llvm::Error run(RunOptions &options) {
  ProgressLine progress(options.choice.quiet);
  PhaseTimer timer;
  timer.showProgress(progress);
  if (llvm::Error error = parseOptions(options))
    return error;
  llvm::Expected<GenerationSettings> settings = parseGeneration(options.generation);
  if (!settings)
    return settings.takeError();
  options.generationSettings = std::move(*settings);
  if (llvm::Error error = checkOptions(options))
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
  auto results = options.interpret
                     ? runInterpreted(options, **model, *inputs, *watch, *outputs, timer)
                     : runCompiled(options, **model, *inputs, *watch, *outputs, timer);
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
  addModelOptions(app, options->choice);
  app.add_option("--weights", options->weights, "The checkpoint with the model's weights")
      ->option_text("FILE");
  addRepeatedOption(app, "--input", options->inputs, "A tensor for an input of the model")
      ->option_text("NAME=FILE[:KEY] ...");
  addRepeatedOption(app, "--output", options->outputs,
                    "Where an output goes; without any, texts and summaries are printed")
      ->option_text("NAME=FILE ...");
  addTextOptions(app, options->text);
  app.add_option("--entry", options->entry, "Whole sequences, or one step after the other")
      ->option_text("sequence|step");
  app.add_option("--chunk", options->chunkText, "Feed the sequences in chunks of N steps")
      ->option_text("N");
  app.add_option("--capacity", options->capacityText,
                 "The most steps that histories hold (default: those of the inputs)")
      ->option_text("N");
  addStateOptions(app, options->states);
  addWatchOptions(app, options->watch);
  addThreadsOption(app, options->threads);
  app.add_flag("--wait-for-threads", options->waitsForThreads,
               "Have all threads take part, however busy the processors are");
  addGenerationOptions(app, options->generation);
  app.add_flag("--interpret", options->interpret,
               "Interpret instead of compiling: slow, and the measure of all optimisation");
  app.add_option("--precision", options->precision, "What --interpret computes in")
      ->option_text("f32|f64");
  app.add_flag("--no-cache", options->noCache, "Compile anew, and keep no code for the next run");
  app.add_flag("--time", options->time, "Print on stderr where the time goes");
  app.footer(footer);
  return [options] { return reportError(run(*options)); };
}
