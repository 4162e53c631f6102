//===- AllocationCount.cpp - What the process allocates ----------*- C++ -*-===//
//
// The operators new and delete, counted.
//
//===----------------------------------------------------------------------===//

#include "AllocationCount.h"
#include <cstdlib>
#include <new>

std::atomic<int64_t> gatefold::allocations = 0;

void *operator new(size_t size) {
  ++gatefold::allocations;
  if (void *memory = std::malloc(size ? size : 1))
    return memory;
  std::abort();
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, size_t) noexcept { std::free(memory); }
