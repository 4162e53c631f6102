//===- RunOptions.cpp - What the command line of run says --------*- C++ -*-===//

#include "RunOptions.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/TensorFiles.h"
#include "llvm/ADT/StringExtras.h"
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

void gatefold::addRunOptions(CLI::App &app, RunOptions &options) {
  addModelOptions(app, options.choice);
  app.add_option("--weights", options.weights, "The checkpoint with the model's weights")
      ->option_text("FILE");
  addRepeatedOption(app, "--input", options.inputs, "A tensor for an input of the model")
      ->option_text("NAME=FILE[:KEY] ...");
  addRepeatedOption(app, "--output", options.outputs,
                    "Where an output goes; without any, texts and summaries are printed")
      ->option_text("NAME=FILE ...");
  addTextOptions(app, options.text);
  app.add_option("--entry", options.entry, "Whole sequences, or one step after the other")
      ->option_text("sequence|step");
  app.add_option("--chunk", options.chunkText, "Feed the sequences in chunks of N steps")
      ->option_text("N");
  app.add_option("--capacity", options.capacityText,
                 "The most steps that histories hold (default: those of the inputs)")
      ->option_text("N");
  addStateOptions(app, options.states);
  addWatchOptions(app, options.watch);
  addThreadsOption(app, options.threads);
  app.add_flag("--wait-for-threads", options.waitsForThreads,
               "Have all threads take part, however busy the processors are");
  addGenerationOptions(app, options.generation);
  app.add_flag("--interpret", options.interpret,
               "Interpret instead of compiling: slow, and the measure of all optimisation");
  app.add_option("--precision", options.precision, "What --interpret computes in")
      ->option_text("f32|f64");
  app.add_flag("--no-cache", options.noCache, "Compile anew, and keep no code for the next run");
  app.add_flag("--time", options.time, "Print on stderr where the time goes");
  app.footer(footer);
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

llvm::Error gatefold::parseRunOptions(RunOptions &options) {
  if (llvm::Error error = parseCount("--chunk", options.chunkText, options.chunk))
    return error;
  if (llvm::Error error = parseCount("--capacity", options.capacityText, options.capacity))
    return error;
  llvm::Expected<GenerationSettings> settings = parseGeneration(options.generation);
  if (!settings)
    return settings.takeError();
  options.generationSettings = std::move(*settings);
  return checkOptions(options);
}

std::vector<FileRead> gatefold::listFilesRead(const RunOptions &options) {
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
