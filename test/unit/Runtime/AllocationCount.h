//===- AllocationCount.h - What the process allocates ------------*- C++ -*-===//
//
// Counts allocations, for the promises that something allocates nothing. An executable that links
// AllocationCount.cpp has operators new and delete of its own.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_UNIT_RUNTIME_ALLOCATIONCOUNT_H
#define GATEFOLD_TEST_UNIT_RUNTIME_ALLOCATIONCOUNT_H

#include <atomic>
#include <cstdint>

namespace gatefold {

/// The allocations since the process began.
extern std::atomic<int64_t> allocations;

} // namespace gatefold

#endif // GATEFOLD_TEST_UNIT_RUNTIME_ALLOCATIONCOUNT_H
