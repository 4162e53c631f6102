//===- Threads.h - Work on several threads -----------------------*- C++ -*-===//
//
// Starts threads as far as the system gives them.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_THREADS_H
#define GATEFOLD_RUNTIME_THREADS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include <cstdint>

namespace gatefold {

/// More threads than this never help, and each takes a stack.
inline constexpr int64_t mostThreads = 256;

/// Does `work` for 0, 1, …, count - 1 and waits: each on a thread of its own, but the first one,
/// and those for which the system gives no thread, on this one.
void doOnThreads(size_t count, llvm::function_ref<void(size_t)> work);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_THREADS_H
