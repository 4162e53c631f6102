//===- Sampler.h - Where a thread is, many times a second --------*- C++ -*-===//
//
// Interrupts the calling thread at equal distances and notes the address that it executes.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_SAMPLER_H
#define GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_SAMPLER_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <vector>

namespace gatefold {

/// Runs `work` on this thread and returns the addresses at which it was interrupted, at most
/// `mostSamples`. One at a time in a process.
llvm::Expected<std::vector<uint64_t>> sampleAddresses(unsigned microseconds, size_t mostSamples,
                                                      llvm::function_ref<void()> work);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_SAMPLER_H
