//===- Team.cpp - Threads that run a call together ------------------------===//
//
// The workers of the process, how one thread borrows some of them, and the barrier.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Team.h"
#include "gatefold/Runtime/Threads.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <sched.h>
#include <system_error>
#include <thread>
#include <vector>

using namespace gatefold;

//===----------------------------------------------------------------------===//
// Waiting
//===----------------------------------------------------------------------===//

/// What two processors write is further apart than they fetch at a time.
static constexpr size_t cacheLine = 128;

/// So many looks for a change take some tens of microseconds.
static constexpr unsigned mostLooks = 1000;

/// And so often the processor is offered to others before this thread sleeps.
static constexpr unsigned mostYields = 50;

/// How long a worker without work stays awake.
static constexpr std::chrono::microseconds longestWatch{200};

/// Tells the processor that this thread only waits.
static void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits for what another thread is about to do. If that takes long, its processor may have been
/// given to somebody else: then it can have this one. A processor on which nobody does anything
/// fetches threads that wait for theirs, so after a while this thread sleeps.
template <typename Condition>
static void waitUntil(Condition isTrue) {
  for (unsigned looks = 0; !isTrue(); ++looks) {
    if (looks < mostLooks)
      relax();
    else if (looks < mostLooks + mostYields)
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
}

//===----------------------------------------------------------------------===//
// Members and their barrier
//===----------------------------------------------------------------------===//

namespace {

/// A number that one thread writes and another one reads.
struct alignas(cacheLine) Signal {
  std::atomic<uint64_t> number{0};
};

/// A member with what it needs to meet the others: in round r of a barrier it tells the member 2^r
/// behind it that all in front of that one so far are there (Hensgen, Finkel and Manber, 1988). For
/// two members that is one round, in which each writes a signal that the other reads.
struct alignas(cacheLine) Member : TeamMember {
  static constexpr unsigned mostRounds = 8;
  static_assert(int64_t(1) << mostRounds >= mostThreads);

  void join(Member *const *all, int64_t number, int64_t count);
  void wait();

  Member *const *all = nullptr; ///< of the team, by their numbers
  uint64_t barriers = 0;        ///< that this member came to
  std::array<Signal, mostRounds> signals;
};

} // namespace

/// Makes this member number `number` of a team that is not at work yet.
void Member::join(Member *const *all, int64_t number, int64_t count) {
  this->number = number;
  this->count = count;
  this->all = all;
  barrier = [](TeamMember *member) { static_cast<Member *>(member)->wait(); };
  barriers = 0;
  for (Signal &signal : signals)
    signal.number.store(0, std::memory_order_relaxed);
}

void Member::wait() {
  ++barriers;
  int64_t distance = 1;
  for (unsigned round = 0; distance < count; ++round, distance *= 2) {
    Member &other = *all[(number + distance) % count];
    other.signals[round].number.store(barriers, std::memory_order_release);
    // Whoever writes this one may be at the next barrier already.
    waitUntil([&] { return signals[round].number.load(std::memory_order_acquire) >= barriers; });
  }
}

//===----------------------------------------------------------------------===//
// Workers
//===----------------------------------------------------------------------===//

namespace {

/// A thread that helps. Whoever has taken it gives it work and waits for the end of that.
class Worker {
public:
  void begin(llvm::function_ref<void(TeamMember &)> newWork) {
    work = newWork;
    begun.fetch_add(1, std::memory_order_seq_cst);
    if (isAsleep.load(std::memory_order_seq_cst))
      wake();
  }
  void wake() {
    calls.fetch_add(1, std::memory_order_seq_cst);
    calls.notify_one();
  }
  void waitForEnd() {
    uint32_t last = begun.load(std::memory_order_relaxed);
    waitUntil([&] { return ended.load(std::memory_order_acquire) == last; });
  }
  /// The life of the thread.
  [[noreturn]] void help();
  void keepOff(int processor);

  Member member;
  bool isTaken = false;             ///< guarded by the mutex of the crew
  std::atomic<bool> isAsleep{true}; ///< until its thread runs
  pthread_t thread = 0;

private:
  void watch(uint32_t seen);

  llvm::function_ref<void(TeamMember &)> work;
  int excluded = -1;              ///< the processor that it keeps off
  std::atomic<uint32_t> calls{0}; ///< that woke it
  alignas(cacheLine) std::atomic<uint32_t> begun{0};
  alignas(cacheLine) std::atomic<uint32_t> ended{0};
};

/// All workers of the process.
class Crew {
public:
  /// Takes idle workers, at most `wanted`, and starts new ones while there are fewer than that.
  void take(unsigned wanted, llvm::SmallVectorImpl<Worker *> &taken);
  void giveBack(llvm::ArrayRef<Worker *> taken);

private:
  Worker *start();

  std::mutex mutex;
  std::vector<Worker *> workers; // they never end, so nobody deletes them
};

} // namespace

/// Waits for work after number `seen`.
void Worker::watch(uint32_t seen) {
  auto isNew = [&] { return begun.load(std::memory_order_seq_cst) != seen; };
  for (;;) {
    isAsleep.store(false, std::memory_order_relaxed);
    auto end = std::chrono::steady_clock::now() + longestWatch;
    do {
      for (unsigned looks = 0; looks < 64; ++looks, relax())
        if (isNew())
          return;
      std::this_thread::yield();
    } while (std::chrono::steady_clock::now() < end);
    // Whoever begins work after this sees it and wakes this thread, or else the work is seen here.
    uint32_t heard = calls.load(std::memory_order_seq_cst);
    isAsleep.store(true, std::memory_order_seq_cst);
    if (!isNew())
      calls.wait(heard, std::memory_order_seq_cst);
  }
}

void Worker::help() {
  for (uint32_t seen = 0;; ++seen) {
    watch(seen);
    work(member);
    ended.store(seen + 1, std::memory_order_release);
  }
}

/// Lets the worker run on any processor that this thread may use but the one on which it is.
/// Systems like to put a thread that is woken where the one that woke it is, and then take some
/// milliseconds until they see that another processor has nothing to do.
void Worker::keepOff(int processor) {
  if (processor < 0 || processor == excluded)
    return;
  cpu_set_t usable;
  if (sched_getaffinity(0, sizeof(usable), &usable) != 0 || CPU_COUNT(&usable) < 2)
    return;
  CPU_CLR(processor, &usable);
  if (pthread_setaffinity_np(thread, sizeof(usable), &usable) == 0)
    excluded = processor;
}

/// A new worker; null if the system gives no more threads.
Worker *Crew::start() {
  auto worker = std::make_unique<Worker>();
  // What the process is told, its own threads hear.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool hasStarted = true;
  try {
    std::thread thread([worker = worker.get()] { worker->help(); });
    worker->thread = thread.native_handle();
    thread.detach();
  } catch (const std::system_error &) {
    hasStarted = false;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!hasStarted)
    return nullptr;
  workers.push_back(worker.get());
  return worker.release();
}

void Crew::take(unsigned wanted, llvm::SmallVectorImpl<Worker *> &taken) {
  std::lock_guard lock(mutex);
  auto take = [&](Worker *worker) {
    worker->isTaken = true;
    taken.push_back(worker);
  };
  for (Worker *worker : workers) {
    if (taken.size() < wanted && !worker->isTaken)
      take(worker);
  }
  while (taken.size() < wanted && workers.size() < wanted) {
    Worker *worker = start();
    if (!worker)
      return;
    take(worker);
  }
}

void Crew::giveBack(llvm::ArrayRef<Worker *> taken) {
  std::lock_guard lock(mutex);
  for (Worker *worker : taken)
    worker->isTaken = false;
}

/// Never deleted: workers use it until the process ends. A process that was forked has no threads
/// but one, so it begins anew.
static Crew &getCrew() {
  static std::atomic<Crew *> crew{[] {
    pthread_atfork(nullptr, nullptr, [] { crew = new Crew; });
    return new Crew;
  }()};
  return *crew;
}

//===----------------------------------------------------------------------===//
// Teams
//===----------------------------------------------------------------------===//

unsigned gatefold::countProcessors() {
  cpu_set_t usable;
  if (sched_getaffinity(0, sizeof(usable), &usable) == 0)
    return std::max(CPU_COUNT(&usable), 1);
  return std::max(std::thread::hardware_concurrency(), 1u);
}

/// Wakes workers; returns those that are awake soon enough, and gives the others back.
static llvm::SmallVector<Worker *, mostThreads> wakeSoon(llvm::ArrayRef<Worker *> taken,
                                                         Duration patience) {
  for (Worker *worker : taken)
    if (worker->isAsleep)
      worker->wake();
  auto end = std::chrono::steady_clock::now() + patience;
  auto isAsleep = [](Worker *worker) { return worker->isAsleep.load(); };
  while (llvm::any_of(taken, isAsleep) && std::chrono::steady_clock::now() < end)
    relax();
  llvm::SmallVector<Worker *, mostThreads> awake, late;
  for (Worker *worker : taken)
    (isAsleep(worker) ? late : awake).push_back(worker);
  getCrew().giveBack(late);
  return awake;
}

unsigned gatefold::runAsTeam(unsigned most, llvm::function_ref<void(TeamMember &)> work,
                             Duration patience) {
  llvm::SmallVector<Worker *, mostThreads> workers;
  if (most > 1)
    getCrew().take(std::min<unsigned>(most, mostThreads) - 1, workers);
  const int processor = sched_getcpu();
  for (Worker *worker : workers)
    worker->keepOff(processor);
  if (patience != Duration::max())
    workers = wakeSoon(workers, patience);
  if (workers.empty()) {
    TeamMember alone;
    work(alone);
    return 1;
  }
  Member caller;
  llvm::SmallVector<Member *, mostThreads> members{&caller};
  for (Worker *worker : workers)
    members.push_back(&worker->member);
  for (auto [number, member] : llvm::enumerate(members))
    member->join(members.data(), static_cast<int64_t>(number),
                 static_cast<int64_t>(members.size()));
  for (Worker *worker : workers)
    worker->begin(work);
  work(caller);
  for (Worker *worker : workers)
    worker->waitForEnd();
  getCrew().giveBack(workers);
  return members.size();
}
