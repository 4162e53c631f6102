//===- Threads.cpp - Work on several threads ---------------------*- C++ -*-===//
//
// Starts threads as far as the system gives them.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Threads.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

using namespace gatefold;

/// Does `work` for `number` on a new thread; nullopt if the system gives no more threads.
static std::optional<std::thread> startThread(llvm::function_ref<void(size_t)> work,
                                              size_t number) {
  try {
    return std::thread([work, number] { work(number); });
  } catch (const std::system_error &) {
    return std::nullopt;
  }
}

void gatefold::doOnThreads(size_t count, llvm::function_ref<void(size_t)> work) {
  std::vector<std::thread> threads;
  threads.reserve(count);
  llvm::SmallVector<size_t> here;
  for (size_t number = 0; number < count; ++number) {
    std::optional<std::thread> thread = number == 0 ? std::nullopt : startThread(work, number);
    if (thread)
      threads.push_back(std::move(*thread));
    else
      here.push_back(number);
  }
  for (size_t number : here)
    work(number);
  for (std::thread &thread : threads)
    thread.join();
}
