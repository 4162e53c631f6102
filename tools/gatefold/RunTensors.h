//===- RunTensors.h - What a run reads and writes ----------------*- C++ -*-===//
//
// Reads the inputs that the command line names, converts them to what the model takes, and writes
// or shows the outputs.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_RUNTENSORS_H
#define GATEFOLD_TOOLS_GATEFOLD_RUNTENSORS_H

#include "gatefold/Runtime/ModelInterface.h"
#include "gatefold/Runtime/NamedTensors.h"
#include "gatefold/Runtime/OutputFile.h"
#include <map>
#include <set>

namespace CLI {
class App;
} // namespace CLI

namespace gatefold {

/// Texts for one input, which become tokens once the model is known.
struct InputTexts {
  std::string name;
  std::vector<std::string> texts; ///< one, or one for each example of a batch
  bool isBatch = false;
};

/// The texts of outputs by name, one for each example.
using OutputTexts = std::map<std::string, std::vector<std::string>>;

/// What the options --input and those of texts name.
struct RunInputs {
  NamedTensors tensors;
  std::vector<InputTexts> texts;
  std::set<std::string> sounds; ///< names of the tensors that come from sounds
  NamedTensors lengths;         ///< of the examples of a batch, by input names
  int64_t sampleRate = 16000;   ///< of the first sound among them, in samples per second
};

/// Reads NAME=FILE[:KEY] each; .txt files are texts. All files that cannot be read are told at
/// once.
llvm::Expected<RunInputs> readInputs(llvm::ArrayRef<std::string> specs);

/// Cuts sounds [samples] for inputs [T, K] into pieces of K samples; silence fills up the last one.
void cutSounds(const EntryInterface &entry, RunInputs &inputs);

/// Converts inputs to the element types of their ports where that loses nothing but precision:
/// between floating-point types, and between integers and bool with a check of the range. What
/// cannot be converted stays as it is, for the check of all inputs to tell.
llvm::Expected<NamedTensors> convertInputs(const EntryInterface &entry, const NamedTensors &inputs);

/// A file that a run reads, and what it is: {"the weights", "w.safetensors"}.
struct FileRead {
  std::string what, path;
};

/// Where outputs go. Either all files are written, or none.
class RunOutputs {
public:
  /// Reads NAME=FILE each; an error for a file that the run reads.
  static llvm::Expected<RunOutputs> parse(llvm::ArrayRef<std::string> specs,
                                          llvm::ArrayRef<FileRead> read);

  /// Every name is an output of the entry; an error names the nearest.
  llvm::Error check(const EntryInterface &entry) const;

  /// Begins all files, before there is anything to write. An error for every file that cannot be
  /// written, or not in its format. `asDoubles`: all floating-point numbers will be f64. A sound in
  /// pieces, [T, K], is written as one.
  llvm::Error begin(const EntryInterface &entry, bool batched, bool asDoubles);

  /// Remembers how long the steps of outputs [T] last that are those of a sound in pieces, [T, K].
  void noteSounds(const EntryInterface &entry, const RunInputs &inputs);

  /// Whether that output is printed or goes to a .txt file, if it has a text.
  bool wantsText(llvm::StringRef name) const;

  /// Whether no output goes to a file.
  bool printsAll() const { return files.empty(); }

  /// Writes the outputs to their files, those for one file together; without any file, prints the
  /// text or a summary of every output on stdout. `texts` go to .txt files, one on each line.
  llvm::Error write(const NamedTensors &outputs, const OutputTexts &texts, int64_t sampleRate);

private:
  struct File {
    std::string path;
    std::string realPath;           // the same for all spellings
    std::vector<std::string> names; // of the outputs that go there
    bool joinsPieces = false;       // of one output [T, K] into [samples]
  };
  File &findFile(const std::string &path);

  std::vector<File> files;
  std::vector<OutputFile> begun;                // one for each of `files`
  std::map<std::string, double> secondsPerStep; // of outputs by name
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_RUNTENSORS_H
