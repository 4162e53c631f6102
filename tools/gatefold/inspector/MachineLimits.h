//===- MachineLimits.h - What the processor could do -------------*- C++ -*-===//
//
// Measures one core or several: their peak arithmetic, and how fast they read what lies in each
// cache.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_MACHINELIMITS_H
#define GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_MACHINELIMITS_H

#include "gatefold/Codegen/Target.h"
#include <string>
#include <vector>

namespace gatefold {

struct MachineLimits {
  struct Level {
    std::string name;        ///< "L1", .., "memory"
    int64_t bytes;           ///< the size of all of them; 0 for memory
    double gigabytesASecond; ///< read from it
  };
  double gigaflops = 0; ///< f32, a fused multiply-add is two
  std::vector<Level> levels;
};

/// Takes about a tenth of a second. `threads` threads do it at the same time, and have the first
/// and second cache each for itself.
llvm::Expected<MachineLimits> measureMachine(const Target &target, unsigned threads);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_MACHINELIMITS_H
