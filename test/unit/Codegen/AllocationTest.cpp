//===- AllocationTest.cpp - Nothing is allocated while a model runs -------===//
//
// Counts calls of the functions that allocate memory.
//
//===----------------------------------------------------------------------===//

#include "GenerationText.h"
#include "HistoryTexts.h"
#include "ModelChecker.h"
#include "RandomCell.h"
#include <atomic>
#include <cstdlib>

using namespace gatefold;
using namespace gatefold::test;

static std::atomic<int64_t> allocations = 0;

extern "C" {
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

// The operators new of the standard library end here too.
void *malloc(size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
void *realloc(void *old, size_t size) {
  ++allocations;
  return __libc_realloc(old, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
}

TEST(Allocation, IsCounted) {
  const int64_t before = allocations;
  // Volatile, or the compiler would see that nobody uses the memory.
  void *volatile first = std::malloc(100);
  void *volatile second = ::operator new(100);
  EXPECT_EQ(allocations - before, 2);
  ::operator delete(second);
  std::free(first);
}

TEST(Allocation, StepsAllocateNothing) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    const ModelText model = makeRandomCell(seed);
    std::unique_ptr<Session> session = compileText(model, Target::host());
    ASSERT_TRUE(session);
    StreamState state = llvm::cantFail(session->start({}, /*batch=*/2));
    std::unique_ptr<Stepper> stepper = llvm::cantFail(Stepper::create(*session, state));
    const int64_t before = allocations;
    for (int step = 0; step < 100; ++step)
      ASSERT_TRUE(stepper->run());
    EXPECT_EQ(allocations - before, 0) << model.name;
  }
}

TEST(Allocation, StepsThatAppendAllocateNothing) {
  for (const ModelText &model : makeHistoryTexts()) {
    std::unique_ptr<CompiledModel> code = compileCode(model, Target::host());
    ASSERT_TRUE(code);
    if (!code->getInterface().entry("step"))
      continue;
    std::unique_ptr<Session> session = llvm::cantFail(
        Session::create(std::move(code), makeWeights(model), SessionOptions{/*capacity=*/100}));
    StreamState state = llvm::cantFail(session->start({}, /*batch=*/2));
    std::unique_ptr<Stepper> stepper = llvm::cantFail(Stepper::create(*session, state, {{"S", 3}}));
    const int64_t before = allocations;
    for (int step = 0; step < 100; ++step)
      ASSERT_TRUE(stepper->run());
    EXPECT_EQ(allocations - before, 0) << model.name;
  }
}

TEST(Allocation, EntriesAllocateNothing) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    const ModelText model = makeRandomCell(seed);
    auto code = compileCode(model, Target::host());
    ASSERT_TRUE(code);
    const EntryInterface &entry = *code->getInterface().entry("sequence");
    // Batch 3 and 5 steps, in whatever order the entry wants them.
    std::vector<int64_t> sizes;
    for (const std::string &name : entry.sizes)
      sizes.push_back(name == "batch" ? 3 : 5);
    std::vector<Tensor> tensors;
    std::vector<void *> addresses;
    for (const Port &port : entry.arguments) {
      Tensor::Shape shape;
      for (const Dimension &dimension : port.shape)
        shape.push_back(!dimension.isDynamic()      ? dimension.size
                        : dimension.name == "batch" ? 3
                                                    : 5);
      tensors.push_back(Tensor::zeros(port.type, shape));
      addresses.push_back(tensors.back().mutableBytes());
    }
    Tensor workspace =
        Tensor::zeros(ElementType::Bool, {code->getWorkspace("sequence")(sizes.data()) + 64});
    RunStatus status{-1, -1};
    const int64_t before = allocations;
    code->getEntry("sequence")(addresses.data(), sizes.data(), workspace.mutableBytes(),
                               &status.site, nullptr);
    EXPECT_EQ(allocations - before, 0) << model.name;
    EXPECT_EQ(status.site, 0);
  }
}

TEST(Allocation, TokensAllocateNothing) {
  std::unique_ptr<Session> session = makeSaying(compileSaying(Target::host()));
  ASSERT_TRUE(session);
  Strategy sampling;
  sampling.kind = StrategyKind::Sample;
  sampling.topP = 0.9;
  for (const Strategy &strategy : {Strategy(), sampling}) {
    int64_t first = -1, last = -1, tokens = 0;
    auto made = session->generate(makeSayingTexts(3, 2), makeSayingSettings(strategy, 50), 1,
                                  [&](int64_t, int32_t, int32_t) {
                                    last = allocations;
                                    if (tokens++ == 0)
                                      first = last;
                                  });
    ASSERT_TRUE(bool(made));
    EXPECT_GT(tokens, 10);
    EXPECT_EQ(first, last);
  }
}
