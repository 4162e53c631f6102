//===- Sampler.cpp - Where a thread is, many times a second ------*- C++ -*-===//
//
// A timer of the kernel's that signals one thread. The handler writes into memory that is there
// already, as handlers must.
//
//===----------------------------------------------------------------------===//

#include "Sampler.h"
#include "gatefold/Runtime/Error.h"
#include <atomic>
#include <csignal>
#include <ctime>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

using namespace gatefold;

// What the handler needs.
static uint64_t *samples;
static size_t capacity;
static std::atomic<size_t> count;

static void noteAddress(int, siginfo_t *, void *context) {
  size_t index = count.load(std::memory_order_relaxed);
  if (index >= capacity)
    return;
  const auto *registers = static_cast<const ucontext_t *>(context);
  samples[index] = static_cast<uint64_t>(registers->uc_mcontext.gregs[REG_RIP]);
  count.store(index + 1, std::memory_order_relaxed);
}

llvm::Expected<std::vector<uint64_t>> gatefold::sampleAddresses(unsigned microseconds,
                                                                size_t mostSamples,
                                                                llvm::function_ref<void()> work) {
  std::vector<uint64_t> addresses(mostSamples);
  samples = addresses.data();
  capacity = mostSamples;
  count = 0;

  struct sigaction handler = {}, before = {};
  handler.sa_sigaction = noteAddress;
  handler.sa_flags = SA_SIGINFO | SA_RESTART;
  sigaction(SIGPROF, &handler, &before);
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGPROF;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  timer_t timer;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
    return makeError("the system gives no timer to take samples with");
  timespec distance = {0, static_cast<long>(microseconds) * 1000};
  itimerspec times = {distance, distance};
  timer_settime(timer, 0, &times, nullptr);
  work();
  timer_delete(timer);
  sigaction(SIGPROF, &before, nullptr);
  addresses.resize(count);
  return addresses;
}
