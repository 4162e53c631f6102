//===- MachineLimits.cpp - What the processor could do -----------*- C++ -*-===//
//
// Two loops in LLVM's representation, compiled for the same target as models are.
//
//===----------------------------------------------------------------------===//

#include "MachineLimits.h"
#include "gatefold/Codegen/Pipeline.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/Team.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/Module.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include <chrono>
#include <unistd.h>

using namespace gatefold;

/// Sums that do not wait for each other: as many as fused multiply-adds are under way at a time.
static constexpr unsigned numSums = 12;
/// Of f32 in a vector. Processors with shorter registers take two for it.
static constexpr unsigned numLanes = 16;

/// A function with a loop of `count` turns, in each of which all sums go on: `makeTurn` tells how.
static std::string makeLoop(llvm::StringRef name,
                            llvm::function_ref<std::string(unsigned)> makeTurn) {
  std::string vector = llvm::formatv("<{0} x float>", numLanes);
  std::string text = llvm::formatv("define void @{0}(ptr %out, ptr %data, i64 %count) {{\n"
                                   "entry:\n  br label %loop\nloop:\n"
                                   "  %i = phi i64 [ 0, %entry ], [ %next, %loop ]\n",
                                   name);
  for (unsigned sum = 0; sum < numSums; ++sum)
    text += llvm::formatv("  %s{0} = phi {1} [ zeroinitializer, %entry ], [ %t{0}, %loop ]\n", sum,
                          vector);
  for (unsigned sum = 0; sum < numSums; ++sum)
    text += makeTurn(sum);
  text += "  %next = add i64 %i, 1\n  %more = icmp ult i64 %next, %count\n"
          "  br i1 %more, label %loop, label %done\ndone:\n";
  for (unsigned sum = 0; sum < numSums; ++sum)
    text += llvm::formatv("  %p{0} = getelementptr {1}, ptr %out, i64 {0}\n"
                          "  store {1} %t{0}, ptr %p{0}, align 4\n",
                          sum, vector);
  return text + "  ret void\n}\n";
}

static std::string makeText() {
  std::string vector = llvm::formatv("<{0} x float>", numLanes);
  std::string text =
      llvm::formatv("declare {0} @llvm.fma.v{1}f32({0}, {0}, {0})\n", vector, numLanes);
  text += makeLoop("multiply", [&](unsigned sum) {
    return llvm::formatv("  %t{0} = call {1} @llvm.fma.v{2}f32({1} %s{0}, {1} %s{0}, {1} %s{0})\n",
                         sum, vector, numLanes)
        .str();
  });
  text += makeLoop("read", [&](unsigned sum) {
    return llvm::formatv("  %n{0} = mul i64 %i, {2}\n  %m{0} = add i64 %n{0}, {0}\n"
                         "  %a{0} = getelementptr {1}, ptr %data, i64 %m{0}\n"
                         "  %v{0} = load {1}, ptr %a{0}, align 64\n"
                         "  %t{0} = fadd {1} %s{0}, %v{0}\n",
                         sum, vector, numSums)
        .str();
  });
  return text;
}

namespace {
using Function = void (*)(float *out, const float *data, int64_t count);

/// The two loops as code.
struct Loops {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  Function multiply, read;
};
} // namespace

static llvm::Expected<Loops> compileLoops(const Target &target) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> module =
      llvm::parseIR(llvm::MemoryBufferRef(makeText(), "limits"), diagnostic, context);
  if (!module)
    return makeError("the loops that measure the processor cannot be read: " +
                     diagnostic.getMessage());
  llvm::SmallString<0> object;
  llvm::raw_svector_ostream os(object);
  if (llvm::Error error = emitMachineCode(*module, target, Stage::Object, os))
    return std::move(error);
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  if (llvm::Error error = (*jit)->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(object)))
    return std::move(error);
  auto multiply = (*jit)->lookup("multiply"), read = (*jit)->lookup("read");
  if (!multiply || !read)
    return llvm::joinErrors(multiply.takeError(), read.takeError());
  return Loops{std::move(*jit), multiply->toPtr<Function>(), read->toPtr<Function>()};
}

/// The nanoseconds of the fastest of several calls; others are slower for what interrupts them.
static double findFastest(unsigned calls, llvm::function_ref<void()> call) {
  using Clock = std::chrono::steady_clock;
  double fastest = std::numeric_limits<double>::infinity();
  for (unsigned turn = 0; turn < calls; ++turn) {
    Clock::time_point start = Clock::now();
    call();
    fastest =
        std::min(fastest, std::chrono::duration<double, std::nano>(Clock::now() - start).count());
  }
  return fastest;
}

llvm::Expected<MachineLimits> gatefold::measureMachine(const Target &target, unsigned threads) {
  llvm::Expected<Loops> loops = compileLoops(target);
  if (!loops)
    return loops.takeError();
  MachineLimits limits;
  constexpr int64_t turns = 100000, sums = numSums * numLanes, turnBytes = sums * sizeof(float);
  std::vector<float> out(threads * sums);
  // All threads at the same time, each on sums of its own.
  auto onAll = [&](llvm::function_ref<void(float *out, int64_t member)> work) {
    runAsTeam(threads,
              [&](TeamMember &member) { work(out.data() + member.number * sums, member.number); });
  };
  limits.gigaflops = 2.0 * threads * sums * turns / findFastest(8, [&] {
                       onAll([&](float *out, int64_t) { loops->multiply(out, nullptr, turns); });
                     });

  constexpr int64_t memoryBytes = int64_t(96) << 20, mostCacheBytes = int64_t(12) << 20;
  std::unique_ptr<float, decltype(&std::free)> data(
      static_cast<float *>(std::aligned_alloc(64, memoryBytes)), &std::free);
  if (!data)
    return makeError("there is no memory to measure the processor with");
  std::fill_n(data.get(), memoryBytes / sizeof(float), 1.0f);
  auto addLevel = [&](const char *name, int64_t size, bool isShared) {
    // Half of a cache: the rest may hold what others use. Of the last one a system may tell the
    // size that all processors have together.
    int64_t all = size > 0 ? std::min(size / 2, mostCacheBytes) : memoryBytes;
    int64_t bytes = std::min(isShared ? all / threads : all, memoryBytes / threads);
    int64_t count = std::max<int64_t>(1, bytes / turnBytes);
    int64_t repeats = std::max<int64_t>(1, (int64_t(1) << 22) / bytes);
    double nanoseconds = findFastest(size > 0 ? 12 : 2, [&] {
      onAll([&](float *out, int64_t member) {
        for (int64_t turn = 0; turn < repeats; ++turn)
          loops->read(out, data.get() + member * count * sums, count);
      });
    });
    limits.levels.push_back(
        {name, isShared ? size : size * threads,
         static_cast<double>(threads * repeats * count * turnBytes) / nanoseconds});
  };
  for (auto [name, key] :
       {std::pair("L1", _SC_LEVEL1_DCACHE_SIZE), std::pair("L2", _SC_LEVEL2_CACHE_SIZE),
        std::pair("L3", _SC_LEVEL3_CACHE_SIZE)})
    if (int64_t size = sysconf(key); size > 0)
      addLevel(name, size, key == _SC_LEVEL3_CACHE_SIZE);
  addLevel("memory", 0, /*isShared=*/true);
  return limits;
}
