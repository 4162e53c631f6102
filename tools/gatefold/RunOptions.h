//===- RunOptions.h - What the command line of run says ----------*- C++ -*-===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_RUNOPTIONS_H
#define GATEFOLD_TOOLS_GATEFOLD_RUNOPTIONS_H

#include "CommandLine.h"
#include "RunGeneration.h"
#include "RunTensors.h"
#include "RunTexts.h"
#include "RunWatch.h"
#include "SavedState.h"

namespace gatefold {

/// The options of `gatefold run`.
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

/// Declares the options and what they mean.
void addRunOptions(CLI::App &app, RunOptions &options);

/// Reads what the command line gives as text and refuses what does not go together.
llvm::Error parseRunOptions(RunOptions &options);

/// The files that the run reads, which no output may overwrite.
std::vector<FileRead> listFilesRead(const RunOptions &options);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_RUNOPTIONS_H
