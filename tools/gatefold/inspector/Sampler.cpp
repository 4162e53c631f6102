//===- Sampler.cpp - Where threads are, many times a second ------*- C++ -*-===//
//
// Timers of the kernel's, each of which signals one thread. The handler writes into memory that is
// there already, as handlers must.
//
//===----------------------------------------------------------------------===//

#include "Sampler.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/Team.h"
#include "llvm/ADT/STLExtras.h"
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
  size_t index = count.fetch_add(1, std::memory_order_relaxed);
  if (index >= capacity)
    return;
  const auto *registers = static_cast<const ucontext_t *>(context);
  samples[index] = static_cast<uint64_t>(registers->uc_mcontext.gregs[REG_RIP]);
}

/// A timer that signals one thread.
static llvm::Expected<timer_t> startTimer(pid_t thread, unsigned microseconds) {
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGPROF;
  event._sigev_un._tid = thread;
  timer_t timer;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
    return makeError("the system gives no timer to take samples with");
  timespec distance = {0, static_cast<long>(microseconds) * 1000};
  itimerspec times = {distance, distance};
  timer_settime(timer, 0, &times, nullptr);
  return timer;
}

/// Lets the threads of a team of so many be signalled, or not; returns who they are.
static std::vector<pid_t> letSignal(unsigned threads, int how) {
  std::vector<pid_t> members(threads, 0);
  runAsTeam(threads, [&](TeamMember &member) {
    members[member.number] = static_cast<pid_t>(syscall(SYS_gettid));
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPROF);
    if (member.number > 0) // workers leave all signals to the thread that the process began with
      pthread_sigmask(how, &signals, nullptr);
  });
  llvm::erase(members, 0); // the system may give fewer threads
  return members;
}

llvm::Expected<std::vector<uint64_t>> gatefold::sampleAddresses(unsigned microseconds,
                                                                size_t mostSamples,
                                                                unsigned threads,
                                                                llvm::function_ref<void()> work) {
  std::vector<uint64_t> addresses(mostSamples);
  samples = addresses.data();
  capacity = mostSamples;
  count = 0;

  struct sigaction handler = {}, before = {};
  handler.sa_sigaction = noteAddress;
  handler.sa_flags = SA_SIGINFO | SA_RESTART;
  sigaction(SIGPROF, &handler, &before);
  std::vector<timer_t> timers;
  llvm::Error failure = llvm::Error::success();
  for (pid_t thread : letSignal(threads, SIG_UNBLOCK)) {
    auto timer = startTimer(thread, microseconds);
    if (timer)
      timers.push_back(*timer);
    else
      failure = llvm::joinErrors(std::move(failure), timer.takeError());
  }
  if (!failure)
    work();
  for (timer_t timer : timers)
    timer_delete(timer);
  letSignal(threads, SIG_BLOCK);
  sigaction(SIGPROF, &before, nullptr);
  if (failure)
    return std::move(failure);
  addresses.resize(std::min(count.load(), capacity));
  return addresses;
}
