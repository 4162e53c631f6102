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

namespace gatefold {

/// The tensors that --input options name.
struct RunInputs {
  NamedTensors tensors;
  int64_t sampleRate = 16000; ///< of the first sound among them, in samples per second
};

/// Reads NAME=FILE[:KEY] each. All files that cannot be read are told at once.
llvm::Expected<RunInputs> readInputs(llvm::ArrayRef<std::string> specs);

/// Converts inputs to the element types of their ports where that loses nothing but precision:
/// between floating-point types, and between integers and bool with a check of the range. What
/// cannot be converted stays as it is, for the check of all inputs to tell.
llvm::Expected<NamedTensors> convertInputs(const EntryInterface &entry, const NamedTensors &inputs);

/// Where outputs go.
class RunOutputs {
public:
  /// Reads NAME=FILE each.
  static llvm::Expected<RunOutputs> parse(llvm::ArrayRef<std::string> specs);

  /// Every name is an output of the entry; an error names the nearest.
  llvm::Error check(const EntryInterface &entry) const;

  /// Writes the outputs to their files, those for one file together; without any file, prints a
  /// summary of every output on stdout.
  llvm::Error write(const NamedTensors &outputs, int64_t sampleRate) const;

private:
  std::vector<std::pair<std::string, std::string>> files; // name, path
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_RUNTENSORS_H
