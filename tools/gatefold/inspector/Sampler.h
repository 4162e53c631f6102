//===- Sampler.h - Where threads are, many times a second --------*- C++ -*-===//
//
// Interrupts threads at equal distances and notes the addresses that they execute.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_SAMPLER_H
#define GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_SAMPLER_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <vector>

namespace gatefold {

/// Runs `work` on this thread and returns the addresses at which it was interrupted, and so were
/// the workers of a team of `threads` (see Team.h); at most `mostSamples`. One at a time in a
/// process.
llvm::Expected<std::vector<uint64_t>> sampleAddresses(unsigned microseconds, size_t mostSamples,
                                                      unsigned threads,
                                                      llvm::function_ref<void()> work);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_SAMPLER_H
