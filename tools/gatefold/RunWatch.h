//===- RunWatch.h - Values within a model that a run shows -------*- C++ -*-===//
//
// --watch makes outputs of values that a model's text names, and --plot pictures of them.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_RUNWATCH_H
#define GATEFOLD_TOOLS_GATEFOLD_RUNWATCH_H

#include "ModelModule.h"
#include "RunTexts.h"
#include "gatefold/Interpreter/Interpreter.h"
#include "gatefold/Runtime/Session.h"

namespace gatefold {

/// What the command line says about values within the model.
struct WatchOptions {
  std::vector<std::string> names; ///< of --watch
  std::vector<std::string> plots; ///< KIND[:NAME][=FILE.svg] each

  bool isGiven() const { return !names.empty() || !plots.empty(); }
};

/// Adds --watch and --plot.
void addWatchOptions(CLI::App &app, WatchOptions &options);

/// One picture.
struct Plot {
  std::string kind;               ///< "attention" or "state"
  std::string file;               ///< empty: on the terminal
  std::vector<NamedValue> values; ///< one, or for a state several of one instance
};

/// What is the same for all tokens that are run again.
struct ReplayInputs {
  const EntryInterface &entry; ///< of the model that made them
  const NamedTensors &tensors; ///< its inputs
  const NamedTensors &lengths; ///< of the examples of a batch
  bool batched;
  int32_t first;                            ///< the token that generation begins with
  std::vector<std::vector<int32_t>> tokens; ///< that were made, of each example
};

/// How they are run.
struct ReplaySettings {
  const PipelineOptions &pipeline;
  const NamedTensors &weights;
  bool interpret = false;
  Precision precision = Precision::Single; ///< of the interpreter
  bool useCache = true;
  unsigned threads = 1;
};

/// Runs a model on the inputs of one example.
using ExampleRunner = llvm::function_ref<llvm::Expected<NamedTensors>(const NamedTensors &inputs)>;

/// The values that a run shows.
class RunWatch {
public:
  /// Finds the values in the text of `model`, and makes it anew with outputs of them. A model that
  /// makes tokens stays as it is; a second one then runs its decoder again over the
  /// tokens made. Errors: names that nothing has, and values that cannot be outputs.
  static llvm::Expected<RunWatch> create(const WatchOptions &options, const ModelChoice &choice,
                                         llvm::ArrayRef<FileRead> read, ModelModule &model,
                                         PhaseTimer &timer);

  /// Whether the values are those of a decoder that makes tokens.
  bool needsReplay() const { return replay != nullptr; }

  /// Whether there are pictures to draw, which are of one example.
  bool draws() const { return !plots.empty(); }

  /// Adds the ports of values that a replay gives to those of the model.
  void addPorts(EntryInterface &entry) const;

  /// The values of a replay: for a value of the decoder a row for each token that was made. In a
  /// batch, with 0 beyond what an example has.
  llvm::Expected<NamedTensors> runReplay(const ReplayInputs &inputs, const ReplaySettings &settings,
                                         PhaseTimer &timer) const;

  /// Draws the pictures of one example from `outputs`; returns those for the terminal. `made` are
  /// its tokens if it makes some.
  llvm::Expected<std::string> draw(const ModelInterface &model, const EntryInterface &entry,
                                   RunVocabularies &vocabularies, const NamedTensors &inputs,
                                   const NamedTensors &outputs, llvm::ArrayRef<int32_t> made) const;

  /// The outputs without those that are for pictures alone; with `alone`, those of --watch and no
  /// others.
  NamedTensors takeWatched(const NamedTensors &outputs, bool alone) const;

private:
  llvm::Error addNames(const WatchOptions &options, llvm::ArrayRef<NamedValue> known);
  llvm::Error addPlots(const WatchOptions &options, llvm::ArrayRef<NamedValue> known);
  void add(const NamedValue &value);
  llvm::Expected<NamedTensors> interpretReplay(const ReplayInputs &inputs,
                                               const ReplaySettings &settings,
                                               const PipelineOptions &pipeline) const;
  llvm::Expected<NamedTensors> replayAll(const ReplayInputs &inputs, ExampleRunner run) const;

  std::vector<NamedValue> values;   ///< all, each once
  std::vector<std::string> printed; ///< the names of --watch
  std::vector<Plot> plots;
  std::unique_ptr<ModelModule> replay;
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_RUNWATCH_H
