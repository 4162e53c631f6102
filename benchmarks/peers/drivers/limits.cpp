//===- limits.cpp - What the machine can do ----------------------*- C++ -*-===//
//
//   limits
//
// The most multiplications with addition, the fastest reading of buffers of several sizes, and the
// quickest meeting of two threads, of 1 and 2 threads. Each number is the best of many short
// samples: a limit, not what can be had all the time.
//
//===----------------------------------------------------------------------===//

#include "driver.h"
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <sys/mman.h>
#include <thread>

using Vector = float __attribute__((vector_size(64)));
constexpr size_t lanes = sizeof(Vector) / sizeof(float);
constexpr int samples = 40;

/// Runs `body(thread)` on all threads at once; the seconds that the slowest took.
static double runTogether(int threads, const std::function<void(int)> &body) {
  std::atomic<int> ready{0};
  std::vector<double> seconds(threads);
  auto work = [&](int thread) {
    if (threads > 1)
      driver::pin(thread);
    ++ready;
    while (ready < threads)
      ;
    double start = driver::now(CLOCK_MONOTONIC);
    body(thread);
    seconds[thread] = 1e-6 * (driver::now(CLOCK_MONOTONIC) - start);
  };
  std::vector<std::thread> others;
  for (int thread = 1; thread < threads; ++thread)
    others.emplace_back(work, thread);
  std::thread first(work, 0);
  first.join();
  for (std::thread &other : others)
    other.join();
  return *std::max_element(seconds.begin(), seconds.end());
}

static double findFastest(int threads, const std::function<void(int)> &body) {
  double fastest = 1e30;
  for (int i = 0; i < samples; ++i)
    fastest = std::min(fastest, runTogether(threads, body));
  return fastest;
}

/// GFLOP/s of products with addition that touch no memory.
static double measureArithmetic(int threads) {
  constexpr int chains = 12, repeats = 60000;
  double seconds = findFastest(threads, [](int) {
    Vector sums[chains] = {}, factor = {}, term = {};
    asm volatile("" : "+v"(factor), "+v"(term));
    for (int i = 0; i < repeats; ++i) {
#pragma GCC unroll 12
      for (int k = 0; k < chains; ++k) {
        sums[k] = sums[k] * factor + term;
        asm volatile("" : "+v"(sums[k]));
      }
    }
  });
  return 2e-9 * threads * chains * repeats * lanes / seconds;
}

/// Memory in large pages where the system has them.
static float *allocate(size_t bytes) {
  constexpr size_t page = 2 << 20;
  bytes = (bytes + page - 1) / page * page;
  void *memory = std::aligned_alloc(page, bytes);
  madvise(memory, bytes, MADV_HUGEPAGE);
  std::memset(memory, 0, bytes);
  return static_cast<float *>(memory);
}

/// Adds up a buffer, forwards or backwards, so that nothing is left out.
template <bool isForward>
static void readAll(const float *numbers, size_t blocks) {
  constexpr int width = 8;
  Vector sums[width] = {};
  for (size_t i = 0; i < blocks; ++i) {
    const float *block = numbers + (isForward ? i : blocks - 1 - i) * width * lanes;
#pragma GCC unroll 8
    for (int k = 0; k < width; ++k)
      sums[k] += *reinterpret_cast<const Vector *>(block + k * lanes);
  }
  for (Vector &sum : sums)
    asm volatile("" : "+v"(sum));
}

/// GB/s of reading a buffer of each thread over and over: to and fro, which leaves what was read
/// last in the caches, or always forwards.
static double measureReading(int threads, size_t bytes) {
  std::vector<float *> buffers;
  for (int i = 0; i < threads; ++i)
    buffers.push_back(allocate(bytes));
  size_t blocks = bytes / (8 * sizeof(Vector)), repeats = std::max<size_t>(2, (16 << 20) / bytes);
  auto measure = [&](bool turns) {
    double seconds = findFastest(threads, [&](int thread) {
      for (size_t i = 0; i < repeats; i += 2) {
        readAll<true>(buffers[thread], blocks);
        turns ? readAll<false>(buffers[thread], blocks) : readAll<true>(buffers[thread], blocks);
      }
    });
    return 1e-9 * threads * (repeats + repeats % 2) * bytes / seconds;
  };
  double best = std::max(measure(false), measure(true));
  for (float *buffer : buffers)
    std::free(buffer);
  return best;
}

/// Nanoseconds until two threads know of each other that they are there.
static double measureMeeting() {
  struct alignas(64) Flag {
    std::atomic<unsigned> value{0};
  };
  constexpr unsigned meetings = 20000;
  Flag flags[2];
  unsigned base = 0;
  double fastest = 1e30;
  for (int sample = 0; sample < samples; ++sample, base += meetings)
    fastest = std::min(fastest, runTogether(2, [&](int thread) {
                         for (unsigned i = base + 1; i <= base + meetings; ++i) {
                           flags[thread].value.store(i, std::memory_order_release);
                           while (flags[1 - thread].value.load(std::memory_order_acquire) < i)
                             ;
                         }
                       }));
  return 1e9 * fastest / meetings;
}

int main() {
  int most = std::thread::hardware_concurrency() > 1 ? 2 : 1;
  for (int threads = 1; threads <= most; ++threads) {
    printf("{\"threads\": %d, \"gflops\": %.1f, \"reading\": [", threads,
           measureArithmetic(threads));
    const char *separator = "";
    for (size_t kilobytes = 16; kilobytes <= (64 << 10); kilobytes *= 2) {
      printf("%s[%zu, %.1f]", separator, kilobytes << 10, measureReading(threads, kilobytes << 10));
      separator = ", ";
    }
    printf("], \"barrier\": %.1f}\n", threads == 2 ? measureMeeting() : 0);
    fflush(stdout);
  }
}
