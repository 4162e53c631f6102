//===- SessionTest.cpp - Sessions over entries written in C++ ----*- C++ -*-===//
//
// Sessions and steppers on a model whose entries are plain functions: a running weighted sum.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Session.h"
#include "AllocationCount.h"
#include "gatefold/Runtime/PreparedRun.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <atomic>

using namespace gatefold;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

std::atomic<int> sequenceCalls = 0;
bool workspaceWasAligned = true;

// total' = total + w . x + offset; y = total'. A negative x fails the check.
// sizes: batch, T
void runSequence(void *const *arguments, const int64_t *sizes, void *workspace, int64_t *status,
                 TeamMember *) {
  ++sequenceCalls;
  auto *x = static_cast<const float *>(arguments[0]);
  auto *offset = static_cast<const float *>(arguments[1]);
  auto *total = static_cast<const float *>(arguments[2]);
  auto *y = static_cast<float *>(arguments[3]);
  auto *next = static_cast<float *>(arguments[4]);
  auto *w = static_cast<const float *>(arguments[5]);
  auto *scratch = static_cast<float *>(workspace);
  if (reinterpret_cast<uintptr_t>(workspace) % 64 != 0)
    workspaceWasAligned = false;
  for (int64_t b = 0; b < sizes[0]; ++b) {
    scratch[b] = total[b];
    for (int64_t t = 0; t < sizes[1]; ++t, x += 2) {
      if (x[0] < 0) {
        status[0] = 1;
        status[1] = static_cast<int64_t>(x[0]);
        return;
      }
      scratch[b] += w[0] * x[0] + w[1] * x[1] + offset[b];
      *y++ = scratch[b];
    }
    next[b] = scratch[b];
  }
}

// sizes: batch
void runStep(void *const *arguments, const int64_t *sizes, void *workspace, int64_t *status,
             TeamMember *member) {
  int64_t sequenceSizes[] = {sizes[0], 1};
  runSequence(arguments, sequenceSizes, workspace, status, member);
}

void runInit(void *const *arguments, const int64_t *sizes, void *, int64_t *, TeamMember *) {
  for (int64_t b = 0; b < sizes[0]; ++b)
    static_cast<float *>(arguments[0])[b] = 100;
}

int64_t countWorkspace(const int64_t *sizes) { return sizes[0] * 4; }

const Dimension batchAxis{"batch", -1}, timeAxis{"T", -1}, two{"", 2};

EntryInterface makeEntry(std::string name, std::vector<Dimension> x, std::vector<Dimension> y,
                         std::vector<std::string> sizes) {
  EntryInterface entry;
  entry.name = entry.symbol = std::move(name);
  entry.arguments = {{PortKind::Input, "x", ElementType::F32, std::move(x)},
                     {PortKind::Input, "offset", ElementType::F32, {batchAxis}},
                     {PortKind::Memory, "total", ElementType::F32, {batchAxis}},
                     {PortKind::Output, "y", ElementType::F32, std::move(y)},
                     {PortKind::NextMemory, "total", ElementType::F32, {batchAxis}},
                     {PortKind::Weight, "w", ElementType::F32, {two}}};
  entry.sizes = std::move(sizes);
  entry.checks = {"x is {0}, expected 0 or more (sum.fold:3:9)"};
  return entry;
}

ModelInterface makeInterface() {
  ModelInterface interface;
  interface.name = "Sum";
  interface.weights = {{"w", {2}, ""}};
  interface.entries = {
      makeEntry("sequence", {batchAxis, timeAxis, two}, {batchAxis, timeAxis}, {"batch", "T"}),
      makeEntry("step", {batchAxis, two}, {batchAxis}, {"batch"})};
  EntryInterface init;
  init.name = init.symbol = "init";
  init.arguments = {{PortKind::NextMemory, "total", ElementType::F32, {batchAxis}}};
  init.sizes = {"batch"};
  interface.entries.push_back(init);
  return interface;
}

class FakeModel : public CompiledModel {
public:
  explicit FakeModel(ModelInterface interface) : CompiledModel(std::move(interface)) {}
  EntryFunction getEntry(llvm::StringRef name) const override {
    if (!interface.entry(name))
      return nullptr;
    return name == "sequence" ? runSequence : name == "step" ? runStep : runInit;
  }
  WorkspaceFunction getWorkspace(llvm::StringRef name) const override { return countWorkspace; }
};

NamedTensors makeWeights() {
  NamedTensors weights;
  weights.set("w", Tensor::fromFloats({2}, {1, 10}));
  return weights;
}

std::unique_ptr<Session> makeSession(ModelInterface interface = makeInterface()) {
  auto session = Session::create(std::make_shared<FakeModel>(std::move(interface)), makeWeights());
  if (!session) {
    ADD_FAILURE() << llvm::toString(session.takeError());
    std::abort();
  }
  return std::move(*session);
}

NamedTensors makeInputs(Tensor x, Tensor offset) {
  NamedTensors inputs;
  inputs.set("x", std::move(x));
  inputs.set("offset", std::move(offset));
  return inputs;
}

/// A batch of `batch` sequences of `steps` steps, all numbers different.
NamedTensors makeBatch(int64_t batch, int64_t steps) {
  std::vector<float> x(batch * steps * 2), offset(batch);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>(i % 17);
  for (size_t i = 0; i < offset.size(); ++i)
    offset[i] = static_cast<float>(i) / 4;
  return makeInputs(Tensor::fromFloats({batch, steps, 2}, x), Tensor::fromFloats({batch}, offset));
}

std::vector<float> floats(const Tensor &tensor) {
  return std::vector<float>(tensor.data<float>(), tensor.data<float>() + tensor.numElements());
}

template <typename T>
std::string messageOf(llvm::Expected<T> value) {
  return value ? "no error" : llvm::toString(value.takeError());
}

/// What runSequence says about these inputs.
std::string errorFor(NamedTensors inputs) { return messageOf(makeSession()->runSequence(inputs)); }

} // namespace

TEST(Session, RunsASequenceWithoutBatchAxis) {
  auto outputs = makeSession()->runSequence(
      makeInputs(Tensor::fromFloats({3, 2}, {1, 0, 2, 0, 3, 1}), Tensor::fromFloats({}, {0.5f})));
  ASSERT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
  ASSERT_EQ(outputs->size(), 1u);
  EXPECT_EQ((*outputs)[0].name, "y");
  EXPECT_THAT((*outputs)[0].tensor.shape(), ElementsAre(3));
  EXPECT_THAT(floats((*outputs)[0].tensor), ElementsAre(101.5f, 104, 117.5f));
}

TEST(Session, KeepsABatchAxisOfOne) {
  auto outputs = makeSession()->runSequence(
      makeInputs(Tensor::fromFloats({1, 1, 2}, {1, 2}), Tensor::fromFloats({1}, {0})));
  ASSERT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
  EXPECT_THAT((*outputs)[0].tensor.shape(), ElementsAre(1, 1));
  EXPECT_THAT(floats((*outputs)[0].tensor), ElementsAre(121));
}

TEST(Session, ThreadsSplitTheBatchWithoutAnotherResult) {
  auto session = makeSession();
  auto alone = session->runSequence(makeBatch(7, 5), 1);
  ASSERT_TRUE(bool(alone)) << llvm::toString(alone.takeError());
  for (unsigned threads : {0u, 2u, 3u, 7u, 100u}) {
    sequenceCalls = 0;
    auto split = session->runSequence(makeBatch(7, 5), threads);
    ASSERT_TRUE(bool(split)) << llvm::toString(split.takeError());
    EXPECT_EQ(sequenceCalls, std::clamp<int>(threads, 1, 7));
    EXPECT_EQ(floats(*split->find("y")), floats(*alone->find("y")));
  }
  EXPECT_TRUE(workspaceWasAligned);
}

TEST(Session, RunsWithoutExamplesAndWithoutSteps) {
  auto session = makeSession();
  auto noExample = session->runSequence(makeBatch(0, 5), 2);
  ASSERT_TRUE(bool(noExample)) << llvm::toString(noExample.takeError());
  EXPECT_THAT(noExample->find("y")->shape(), ElementsAre(0, 5));

  auto noStep = session->runSequence(makeBatch(3, 0));
  ASSERT_TRUE(bool(noStep)) << llvm::toString(noStep.takeError());
  EXPECT_THAT(noStep->find("y")->shape(), ElementsAre(3, 0));

  StreamState state = llvm::cantFail(session->start({}, 3));
  auto stepped = session->runSteps(state, makeBatch(3, 0));
  ASSERT_TRUE(bool(stepped)) << llvm::toString(stepped.takeError());
  EXPECT_THAT(stepped->find("y")->shape(), ElementsAre(3, 0));
  EXPECT_THAT(floats(*state.memories.find("total")), ElementsAre(100, 100, 100));
}

TEST(Session, ChunksAndStepsGiveWhatTheSequenceGives) {
  auto session = makeSession();
  NamedTensors whole = makeBatch(2, 3);
  auto expected = session->runSequence(whole);
  ASSERT_TRUE(bool(expected)) << llvm::toString(expected.takeError());

  StreamState state = llvm::cantFail(session->start({}, 2));
  auto stepped = session->runSteps(state, whole);
  ASSERT_TRUE(bool(stepped)) << llvm::toString(stepped.takeError());
  EXPECT_EQ(floats(*stepped->find("y")), floats(*expected->find("y")));

  // The same stream goes on with a chunk: as if the sequence had been twice as long.
  StreamState fork = state;
  auto chunk = session->runChunk(state, whole);
  auto steps = session->runSteps(fork, whole);
  ASSERT_TRUE(chunk && steps);
  EXPECT_NE(floats(*chunk->find("y")), floats(*expected->find("y")));
  EXPECT_EQ(floats(*chunk->find("y")), floats(*steps->find("y")));
  EXPECT_EQ(floats(*state.memories.find("total")), floats(*fork.memories.find("total")));
}

TEST(Session, ReportsTheCheckThatFailed) {
  auto session = makeSession();
  NamedTensors inputs =
      makeInputs(Tensor::fromFloats({2, 2}, {1, 2, -7, 0}), Tensor::fromFloats({}, {0}));
  EXPECT_EQ(messageOf(session->runSequence(inputs)), "x is -7, expected 0 or more (sum.fold:3:9)");
  StreamState state = llvm::cantFail(session->start({}, 1));
  EXPECT_EQ(messageOf(session->runSteps(state, inputs)),
            "x is -7, expected 0 or more (sum.fold:3:9)");
  EXPECT_THAT(floats(*state.memories.find("total")), ElementsAre(100));
}

TEST(Session, ReportsAllInputErrorsAtOnce) {
  NamedTensors inputs;
  inputs.set("ofset", Tensor::fromFloats({}, {0}));
  inputs.set("z", Tensor::fromFloats({}, {0}));
  EXPECT_EQ(errorFor(inputs), "input `x` is missing: f32 [T, 2]\n"
                              "input `offset` is missing: f32\n"
                              "there is no input `ofset`; did you mean `offset`?\n"
                              "there is no input `z`; the inputs are `x`, `offset`");
}

TEST(Session, RejectsOtherTypesAndShapes) {
  Tensor offset = Tensor::fromFloats({}, {0});
  EXPECT_EQ(errorFor(makeInputs(Tensor::zeros(ElementType::F64, {3, 2}), offset)),
            "input `x` has elements of type f64, expected f32");
  EXPECT_EQ(errorFor(makeInputs(Tensor::zeros(ElementType::F32, {3, 5}), offset)),
            "input `x` has shape [3, 5], expected [T, 2]");
  EXPECT_EQ(errorFor(makeInputs(Tensor::zeros(ElementType::F32, {3}), offset)),
            "input `x` has shape [3], expected [T, 2] or, for a batch, [batch, T, 2]");
  EXPECT_EQ(errorFor(makeInputs(Tensor::zeros(ElementType::F32, {4, 3, 2}), offset)),
            "input `x` has a batch axis but input `offset` has none: all of them must have one, "
            "or none");
  EXPECT_EQ(errorFor(makeInputs(Tensor::zeros(ElementType::F32, {4, 3, 2}),
                                Tensor::zeros(ElementType::F32, {5}))),
            "input `x` has batch = 4 but input `offset` has batch = 5");
}

/// Lengths of `x` for a batch.
static NamedTensors makeLengths(std::vector<int32_t> values) {
  NamedTensors lengths;
  int64_t batch = static_cast<int64_t>(values.size());
  lengths.set("x", Tensor::copyOf<int32_t>(ElementType::I32, {batch}, values));
  return lengths;
}

TEST(Session, RaggedExamplesAreThoseAlone) {
  auto session = makeSession();
  const std::vector<int32_t> lengths = {3, 0, 5, 3, 1};
  NamedTensors padded = makeBatch(5, 5);
  StreamState chunked = llvm::cantFail(session->start({}, 5)), stepped = chunked;
  auto whole = llvm::cantFail(session->runSequence(padded, makeLengths(lengths), 1));
  auto chunk = llvm::cantFail(session->runChunk(chunked, padded, makeLengths(lengths), 3));
  auto steps = llvm::cantFail(session->runSteps(stepped, padded, makeLengths(lengths)));
  EXPECT_THAT(whole.find("y")->shape(), ElementsAre(5, 5));
  EXPECT_EQ(floats(*chunk.find("y")), floats(*whole.find("y")));
  EXPECT_EQ(floats(*steps.find("y")), floats(*whole.find("y")));
  std::vector<float> x = floats(*padded.find("x")), offset = floats(*padded.find("offset"));
  for (int64_t example = 0; example < 5; ++example) {
    int64_t length = lengths[example];
    StreamState alone = llvm::cantFail(session->start({}, 1));
    auto y = llvm::cantFail(session->runChunk(
        alone, makeInputs(Tensor::fromFloats({length, 2},
                                             llvm::ArrayRef(x).slice(example * 10, length * 2)),
                          Tensor::fromFloats({}, offset[example]))));
    std::vector<float> expected = floats(*y.find("y"));
    expected.resize(5);
    EXPECT_EQ(llvm::ArrayRef(floats(*whole.find("y"))).slice(example * 5, 5).vec(), expected);
    float total = floats(*alone.memories.find("total"))[0];
    EXPECT_EQ(floats(*chunked.memories.find("total"))[example], total);
    EXPECT_EQ(floats(*stepped.memories.find("total"))[example], total);
  }
}

TEST(Session, RaggedRunsLeaveTheStateAfterAnError) {
  auto session = makeSession();
  StreamState state = llvm::cantFail(session->start({}, 3));
  NamedTensors inputs = makeBatch(3, 2);
  EXPECT_EQ(messageOf(session->runChunk(state, inputs, makeLengths({1, 3, 2}), 1)),
            "example 1 of `x` has length 3, expected 0 to 2, the size of T");
  EXPECT_EQ(messageOf(session->runChunk(state, makeBatch(2, 2), makeLengths({1, 2}), 1)),
            "the inputs are a batch of 2 but the stream is a batch of 3");
  inputs.set("x", Tensor::fromFloats({3, 2, 2}, {1, 1, 1, 1, 1, 1, -4, 1, 1, 1, 1, 1}));
  EXPECT_EQ(messageOf(session->runChunk(state, inputs, makeLengths({1, 2, 2}), 1)),
            "x is -4, expected 0 or more (sum.fold:3:9)");
  EXPECT_THAT(floats(*state.memories.find("total")), ElementsAre(100, 100, 100));
  // What lies beyond a length is never looked at.
  EXPECT_EQ(messageOf(session->runChunk(state, inputs, makeLengths({1, 1, 2}), 1)), "no error");
}

TEST(Session, RejectsAStreamOfAnotherBatch) {
  auto session = makeSession();
  StreamState state = llvm::cantFail(session->start({}, 3));
  EXPECT_EQ(messageOf(session->runChunk(state, makeBatch(2, 1))),
            "the inputs are a batch of 2 but the stream is a batch of 3");
}

TEST(Session, RejectsSizesThatOverflow) {
  // Inputs of no bytes can have any number of examples; their memories cannot.
  int64_t batch = int64_t(1) << 62;
  ModelInterface interface = makeInterface();
  interface.entries[0].arguments[1].shape = {batchAxis, {"", 0}};
  NamedTensors inputs = makeInputs(Tensor::zeros(ElementType::F32, {batch, 0, 2}),
                                   Tensor::zeros(ElementType::F32, {batch, 0}));
  EXPECT_THAT(messageOf(makeSession(interface)->runSequence(inputs)),
              HasSubstr("[4611686018427387904]"));
}

TEST(Session, SaysWhyAModelCannotBeStepped) {
  ModelInterface interface = makeInterface();
  interface.entries.erase(interface.entries.begin() + 1);
  interface.whyNoStep = "`scan reverse` needs the whole sequence (sum.fold:9:3)";
  auto session = makeSession(interface);
  StreamState state = llvm::cantFail(session->start({}, 2));
  EXPECT_EQ(messageOf(session->runSteps(state, makeBatch(2, 1))),
            "`Sum` cannot be stepped: `scan reverse` needs the whole sequence (sum.fold:9:3)");
  EXPECT_EQ(messageOf(session->runChunk(state, makeBatch(2, 1))),
            "`Sum` needs whole sequences, not chunks: `scan reverse` needs the whole sequence "
            "(sum.fold:9:3)");
}

TEST(Session, ChecksTheWeights) {
  auto model = std::make_shared<FakeModel>(makeInterface());
  EXPECT_EQ(messageOf(Session::create(model, {})), "weight `w` is missing");
  NamedTensors weights;
  weights.set("w", Tensor::zeros(ElementType::F32, {3}));
  EXPECT_EQ(messageOf(Session::create(model, weights)), "weight `w` is f32 [3], expected f32 [2]");
}

TEST(Stepper, StepsWithoutAllocation) {
  auto session = makeSession();
  auto stepper = Stepper::create(*session, llvm::cantFail(session->start({}, 2)));
  ASSERT_TRUE(bool(stepper)) << llvm::toString(stepper.takeError());
  auto *x = static_cast<float *>((*stepper)->getInput("x"));
  auto *y = static_cast<const float *>((*stepper)->getOutput("y"));
  ASSERT_TRUE(x && y);
  x[0] = 1, x[1] = 0, x[2] = 2, x[3] = 1;

  int64_t before = allocations;
  for (int step = 0; step < 100; ++step)
    if (!(*stepper)->run())
      break;
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(y[0], 200);
  EXPECT_EQ(y[1], 1300);
}

TEST(Stepper, LeavesTheStateItWasMadeFromAndGivesCopies) {
  auto session = makeSession();
  StreamState start = llvm::cantFail(session->start({}, 1));
  auto stepper = llvm::cantFail(Stepper::create(*session, start));
  static_cast<float *>(stepper->getInput("x"))[0] = 5;
  ASSERT_TRUE(stepper->run());
  StreamState one = stepper->getState();
  ASSERT_TRUE(stepper->run());
  EXPECT_THAT(floats(*start.memories.find("total")), ElementsAre(100));
  EXPECT_THAT(floats(*one.memories.find("total")), ElementsAre(105));
  EXPECT_THAT(floats(*stepper->getState().memories.find("total")), ElementsAre(110));
}

TEST(Stepper, KnowsItsPortsOnly) {
  auto session = makeSession();
  auto stepper = llvm::cantFail(Stepper::create(*session, llvm::cantFail(session->start({}, 1))));
  EXPECT_EQ(stepper->getInput("y"), nullptr);
  EXPECT_EQ(stepper->getOutput("x"), nullptr);
}

TEST(Stepper, ReportsAFailedCheck) {
  auto session = makeSession();
  auto stepper = llvm::cantFail(Stepper::create(*session, llvm::cantFail(session->start({}, 1))));
  static_cast<float *>(stepper->getInput("x"))[0] = -3;
  EXPECT_FALSE(stepper->run());
  EXPECT_EQ(stepper->getStatus().site, 1);
  EXPECT_EQ(stepper->getStatus().value, -3);
  EXPECT_EQ(llvm::toString(stepper->getError()), "x is -3, expected 0 or more (sum.fold:3:9)");
}

TEST(PreparedRun, GivesTheResultsOfTheSessionEachTime) {
  auto session = makeSession();
  NamedTensors inputs = makeBatch(5, 4);
  auto expected = session->runSequence(inputs);
  ASSERT_TRUE(bool(expected)) << llvm::toString(expected.takeError());
  for (unsigned threads : {1u, 2u}) {
    auto run = PreparedRun::create(*session, inputs, threads);
    ASSERT_TRUE(bool(run)) << llvm::toString(run.takeError());
    EXPECT_EQ((*run)->getWorkspaceBytes(), 5 * 4);
    for (int time = 0; time < 2; ++time) {
      ASSERT_FALSE(bool((*run)->run()));
      EXPECT_EQ(floats(*(*run)->getOutputs().find("y")), floats(*expected->find("y")));
    }
  }
}

TEST(PreparedRun, TellsWhatFails) {
  auto session = makeSession();
  auto missing = PreparedRun::create(*session, {});
  EXPECT_THAT(llvm::toString(missing.takeError()), HasSubstr("x"));
  auto run = PreparedRun::create(
      *session, makeInputs(Tensor::fromFloats({1, 1, 2}, {-3, 0}), Tensor::fromFloats({1}, {0})));
  ASSERT_TRUE(bool(run)) << llvm::toString(run.takeError());
  EXPECT_THAT(llvm::toString((*run)->run()), HasSubstr("x is -3"));
}
