//===- CompileMeasurement.h - How long compiling takes -----------*- C++ -*-===//
//
// Compiles a model again and again in one process and measures its phases.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_COMPILEMEASUREMENT_H
#define GATEFOLD_TOOLS_GATEFOLD_COMPILEMEASUREMENT_H

#include "CommandLine.h"
#include <array>

namespace gatefold {

/// The phases of compiling: text to dialect, dialect to LLVM, and to machine code in memory.
inline constexpr std::array<const char *, 3> compilePhases = {"text", "passes", "code"};

/// One time that a model was compiled, in milliseconds.
struct CompileSample {
  std::array<double, compilePhases.size()> wall = {};      ///< on the clock, by phase
  std::array<double, compilePhases.size()> processor = {}; ///< of all threads together
};

/// Compiles the model `rounds` times, each from its text, with these entries; none: all. The first
/// time has costs that later ones do not, such as tables of LLVM.
llvm::Expected<std::vector<CompileSample>> measureCompiling(const ModelChoice &choice,
                                                            const std::vector<std::string> &entries,
                                                            int64_t rounds);

/// Prints the phases, the first time and the least and the median of the others, as a table or as
/// one line of JSON.
void printCompiling(llvm::ArrayRef<CompileSample> samples, llvm::StringRef path, bool json);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_COMPILEMEASUREMENT_H
