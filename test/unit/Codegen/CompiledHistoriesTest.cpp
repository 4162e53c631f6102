//===- CompiledHistoriesTest.cpp - Memories that grow, compiled -----------===//
//
// Models that read what was at all steps so far: attention, windows that fill, single elements.
//
//===----------------------------------------------------------------------===//

#include "CompiledCases.h"
#include "HistoryTexts.h"
#include "gatefold/Runtime/RaggedBatch.h"
#include "gmock/gmock.h"

using namespace gatefold;
using namespace gatefold::test;
using testing::HasSubstr;

/// A model with one history of `row`s, "8xf32", and `rest` between what is made of the steps so far
/// in %m and the output %y of type `result`.
static ModelText readHistory(const std::string &name, const std::string &result,
                             const std::string &rest) {
  std::string body =
      "%zero = arith.constant dense<0.0> : tensor<f32>\n"
      "%start = arith.constant dense<0> : tensor<i32>\n"
      "%t = gatefold.dim %xs, 1 : tensor<?x6xf32>\n"
      "%none = gatefold.broadcast %zero axes [0, 1] sizes(%t) : tensor<f32> -> tensor<?x6xf32>\n"
      "%ys, %all, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x6xf32>)\n"
      "    memories(%h = %none as \"h\" : tensor<?x6xf32>,\n"
      "             %p = %start as \"position\" : tensor<i32>) -> (tensor<?x" +
      result +
      ">) {\n"
      "  %one = arith.constant dense<1> : tensor<i32>\n"
      "  %n = arith.addi %p, %one : tensor<i32>\n"
      "  %h1 = gatefold.append %h at %p, %x\n"
      "      : tensor<?x6xf32>, tensor<i32>, tensor<6xf32> -> tensor<?x6xf32>\n"
      "  %m = gatefold.prefix %h1 count %n : tensor<?x6xf32>, tensor<i32> -> tensor<?x6xf32>\n" +
      rest + "  gatefold.yield outputs(%y : tensor<" + result +
      ">) next(%h1, %n : tensor<?x6xf32>, tensor<i32>)\n"
      "}";
  return {name, {{"xs", "Tx6xf32"}}, {}, {{"ys", "Tx" + result}}, body};
}

static std::vector<ModelText> makeReaders() {
  return {
      readHistory("first_and_last", "6xf32",
                  "  %a = gatefold.slice %m axis 1 offset 0 size 1 : tensor<?x6xf32> -> "
                  "tensor<1x6xf32>\n"
                  "  %b = gatefold.slice %m axis 1 offset -1 size 1 : tensor<?x6xf32> -> "
                  "tensor<1x6xf32>\n"
                  "  %c = arith.subf %a, %b : tensor<1x6xf32>\n"
                  "  %y = gatefold.reshape %c replaced 2 : tensor<1x6xf32> -> tensor<6xf32>\n"),
      readHistory(
          "mean", "6xf32",
          "  %s = gatefold.reduce sum %m axes [1] chain : tensor<?x6xf32> -> tensor<6xf32>\n"
          "  %f = arith.sitofp %n : tensor<i32> to tensor<f32>\n"
          "  %b = gatefold.broadcast %f axes [0] : tensor<f32> -> tensor<6xf32>\n"
          "  %y = arith.divf %s, %b : tensor<6xf32>\n"),
      readHistory("size_as_number", "f32",
                  "  %d = gatefold.dim %m, 1 : tensor<?x6xf32>\n"
                  "  %i = arith.index_cast %d : index to i32\n"
                  "  %j = tensor.from_elements %i : tensor<i32>\n"
                  "  %y = arith.sitofp %j : tensor<i32> to tensor<f32>\n"),
      readHistory("place_of_largest", "i32",
                  "  %s = gatefold.reduce maximum %m axes [0] lanes : tensor<?x6xf32> -> "
                  "tensor<?xf32>\n"
                  "  %y = gatefold.argmax %s : tensor<?xf32> -> tensor<i32>\n"),
      readHistory("all_in_one", "f32",
                  "  %d = gatefold.dim %m, 1 : tensor<?x6xf32>\n"
                  "  %b = gatefold.broadcast %x axes [1] sizes(%d) : tensor<6xf32> -> "
                  "tensor<?x6xf32>\n"
                  "  %c = gatefold.concat %m, %b axis 1 : tensor<?x6xf32>, tensor<?x6xf32> -> "
                  "tensor<?x6xf32>\n"
                  "  %y = gatefold.reduce sum %c axes [0, 1] lanes : tensor<?x6xf32> -> "
                  "tensor<f32>\n"),
      readHistory("reshaped_and_transposed", "2x3xf32",
                  "  %r = gatefold.reshape %m replaced 1 : tensor<?x6xf32> -> tensor<?x2x3xf32>\n"
                  "  %s = gatefold.transpose %r [1, 2, 0] : tensor<?x2x3xf32> -> "
                  "tensor<2x3x?xf32>\n"
                  "  %y = gatefold.reduce sum %s axes [0] lanes : tensor<2x3x?xf32> -> "
                  "tensor<2x3xf32>\n"),
      readHistory("sum_of_all", "f32",
                  "  %y = gatefold.reduce sum %m axes [0, 1] lanes : tensor<?x6xf32> -> "
                  "tensor<f32>\n"),
      readHistory("products_of_all_pairs", "f32",
                  "  %g = gatefold.dot %m, %m chain : tensor<?x6xf32>, tensor<?x6xf32> -> "
                  "tensor<?x?xf32>\n"
                  "  %y = gatefold.reduce maximum %g axes [0, 1] chain : tensor<?x?xf32> -> "
                  "tensor<f32>\n"),
      readHistory("gathered", "6xf32",
                  "  %y = gatefold.gather %m[%p] : tensor<?x6xf32>, tensor<i32> -> "
                  "tensor<6xf32>\n"),
      readHistory("scanned", "6xf32",
                  "  %half = arith.constant dense<0.5> : tensor<6xf32>\n"
                  "  %z = arith.constant dense<0.0> : tensor<6xf32>\n"
                  "  %rs, %y = gatefold.scan axis 0 (%r = %m : tensor<?x6xf32>)\n"
                  "      memories(%i = %z as \"i\" : tensor<6xf32>) -> (tensor<?x6xf32>) {\n"
                  "    %1 = arith.mulf %i, %half : tensor<6xf32>\n"
                  "    %2 = arith.addf %1, %r : tensor<6xf32>\n"
                  "    gatefold.yield outputs(%1 : tensor<6xf32>) next(%2 : tensor<6xf32>)\n"
                  "  }\n"),
      // What was there before the row is read as well, so there are two places.
      readHistory("before_and_after", "6xf32",
                  "  %o = gatefold.prefix %h count %p : tensor<?x6xf32>, tensor<i32> -> "
                  "tensor<?x6xf32>\n"
                  "  %a = gatefold.reduce sum %o axes [1] chain : tensor<?x6xf32> -> "
                  "tensor<6xf32>\n"
                  "  %b = gatefold.reduce sum %m axes [1] chain : tensor<?x6xf32> -> "
                  "tensor<6xf32>\n"
                  "  %y = arith.subf %b, %a : tensor<6xf32>\n"),
  };
}

GATEFOLD_COMPILED_TESTS(CompiledHistory, join({makeReaders(), makeHistoryTexts()}));

//===----------------------------------------------------------------------===//
// Capacity
//===----------------------------------------------------------------------===//

static std::unique_ptr<Session> compileAttention(std::optional<int64_t> capacity) {
  const ModelText model = makeAttention();
  std::unique_ptr<CompiledModel> code = compileCode(model, Target::host());
  if (!code)
    return nullptr;
  return llvm::cantFail(
      Session::create(std::move(code), makeWeights(model), SessionOptions{capacity}));
}

TEST(HistoryCapacity, ChangesNoBit) {
  const NamedTensors inputs = makeInputs(makeAttention(), {{"T", 7}}, /*batch=*/3);
  const NamedTensors expected = llvm::cantFail(compileAttention(std::nullopt)->runSequence(inputs));
  for (int64_t capacity : {7, 8, 100}) {
    std::unique_ptr<Session> session = compileAttention(capacity);
    ASSERT_TRUE(session);
    const NamedTensors whole = llvm::cantFail(session->runSequence(inputs));
    StreamState state = llvm::cantFail(session->start({}, /*batch=*/3));
    EXPECT_EQ(state.memories.find("k")->shape()[1], capacity);
    const NamedTensors stepped = llvm::cantFail(session->runSteps(state, inputs));
    for (const NamedTensor &output : expected) {
      EXPECT_EQ(whole.find(output.name)->bytes(), output.tensor.bytes()) << capacity;
      EXPECT_EQ(stepped.find(output.name)->bytes(), output.tensor.bytes()) << capacity;
    }
  }
}

TEST(HistoryCapacity, EndsTheRun) {
  const NamedTensors inputs = makeInputs(makeAttention(), {{"T", 7}}, /*batch=*/3);
  std::unique_ptr<Session> session = compileAttention(6);
  ASSERT_TRUE(session);
  const std::string full =
      "history `k` is full: capacity 6; a longer run needs a larger capacity (model.fold";
  auto whole = session->runSequence(inputs);
  EXPECT_THAT(llvm::toString(whole.takeError()), HasSubstr(full));
  StreamState state = llvm::cantFail(session->start(inputs, /*batch=*/3));
  auto stepped = session->runSteps(state, inputs);
  EXPECT_THAT(llvm::toString(stepped.takeError()), HasSubstr(full));
}

/// The lengths of every input of a batch.
static NamedTensors lengthsOf(const NamedTensors &inputs, const std::vector<int32_t> &lengths) {
  NamedTensors result;
  for (const NamedTensor &input : inputs)
    result.set(input.name, Tensor::copyOf<int32_t>(
                               ElementType::I32, {static_cast<int64_t>(lengths.size())}, lengths));
  return result;
}

TEST(HistoryCapacity, StreamsOfABatchMayBeAtDifferentPositions) {
  std::unique_ptr<Session> session = compileAttention(8);
  ASSERT_TRUE(session);
  const NamedTensors inputs = makeInputs(makeAttention(), {{"T", 3}}, /*batch=*/2);
  StreamState both = llvm::cantFail(session->start(inputs, /*batch=*/2));
  llvm::cantFail(session->runChunk(both, inputs, lengthsOf(inputs, {3, 1}), 1));
  const NamedTensors later =
      llvm::cantFail(session->runChunk(both, inputs, lengthsOf(inputs, {2, 2}), 1));
  for (int64_t example = 0; example < 2; ++example) {
    NamedTensors alone;
    for (const NamedTensor &input : inputs)
      alone.set(input.name, takeExamples(input.tensor, {example}));
    StreamState state = llvm::cantFail(session->start(alone, /*batch=*/1));
    llvm::cantFail(session->runChunk(state, alone, lengthsOf(alone, {example == 0 ? 3 : 1}), 1));
    const NamedTensors expected =
        llvm::cantFail(session->runChunk(state, alone, lengthsOf(alone, {2}), 1));
    for (const NamedTensor &output : expected)
      EXPECT_EQ(takeExamples(*later.find(output.name), {example}).bytes(), output.tensor.bytes())
          << output.name << " of example " << example;
  }
}

TEST(HistoryCapacity, IsNeededToStart) {
  std::unique_ptr<Session> session = compileAttention(std::nullopt);
  ASSERT_TRUE(session);
  auto state = session->start({}, /*batch=*/1);
  EXPECT_EQ(llvm::toString(state.takeError()),
            "the histories of `M` need a capacity: the most steps that a stream may have");
}

TEST(HistoryCapacity, ExamplesAreAtOnePosition) {
  std::unique_ptr<Session> session = compileAttention(8);
  ASSERT_TRUE(session);
  const NamedTensors inputs = makeInputs(makeAttention(), {{"T", 2}}, /*batch=*/2);
  StreamState state = llvm::cantFail(session->start(inputs, /*batch=*/2));
  Tensor positions = Tensor::zeros(ElementType::I32, {2});
  positions.mutableData<int32_t>()[1] = 3;
  state.memories.set("position", positions);
  auto outputs = session->runChunk(state, inputs);
  EXPECT_THAT(llvm::toString(outputs.takeError()),
              HasSubstr("examples of one batch must be at the same position, but one is at 5"));
}
