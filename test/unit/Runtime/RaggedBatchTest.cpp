//===- RaggedBatchTest.cpp - Sequences of unequal lengths --------*- C++ -*-===//
//
// Tests how batches are cut into groups and put together again.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/RaggedBatch.h"
#include "RuntimeTestHelpers.h"

using namespace gatefold;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

const Dimension batchAxis{"batch", -1}, timeAxis{"T", -1}, textAxis{"S", -1}, two{"", 2};

/// x: [T, 2], mask: [T, S], text: i32 [S], scale -> y: [T], z: [2, T]
EntryInterface makeEntry() {
  EntryInterface entry;
  entry.name = "sequence";
  entry.arguments = {{PortKind::Input, "x", ElementType::F32, {batchAxis, timeAxis, two}},
                     {PortKind::Input, "mask", ElementType::F32, {batchAxis, timeAxis, textAxis}},
                     {PortKind::Input, "text", ElementType::I32, {batchAxis, textAxis}},
                     {PortKind::Input, "scale", ElementType::F32, {batchAxis}},
                     {PortKind::Output, "y", ElementType::F32, {batchAxis, timeAxis}},
                     {PortKind::Output, "z", ElementType::F32, {batchAxis, two, timeAxis}}};
  entry.sizes = {"batch", "T", "S"};
  return entry;
}

Tensor makeLengths(std::vector<int64_t> values) {
  return Tensor::copyOf<int64_t>(ElementType::I64, {int64_t(values.size())}, values);
}

/// 1, 2, 3, … in that shape.
Tensor count(llvm::ArrayRef<int64_t> shape) {
  Tensor tensor = Tensor::zeros(ElementType::F32, shape);
  for (int64_t i = 0; i < tensor.numElements(); ++i)
    tensor.mutableData<float>()[i] = static_cast<float>(i + 1);
  return tensor;
}

NamedTensors makeInputs(int64_t batch, int64_t steps, int64_t words) {
  NamedTensors inputs;
  inputs.set("x", count({batch, steps, 2}));
  inputs.set("mask", count({batch, steps, words}));
  inputs.set("text", Tensor::zeros(ElementType::I32, {batch, words}));
  inputs.set("scale", count({batch}));
  return inputs;
}

NamedTensors makeLengths(llvm::StringRef name, Tensor lengths) {
  NamedTensors named;
  named.set(name, std::move(lengths));
  return named;
}

std::string refuse(const NamedTensors &lengths) {
  return messageOf(RaggedBatch::create(makeEntry(), makeInputs(3, 4, 2), lengths));
}

} // namespace

TEST(RaggedBatch, GroupsExamplesOfEqualLengths) {
  EntryInterface entry = makeEntry();
  NamedTensors lengths = makeLengths("x", makeLengths({2, 4, 2}));
  lengths.set("text", Tensor::copyOf<int32_t>(ElementType::I32, {3}, {1, 2, 1}));
  RaggedBatch batch = llvm::cantFail(RaggedBatch::create(entry, makeInputs(3, 4, 2), lengths));
  ASSERT_EQ(batch.getGroups().size(), 2u);
  const ExampleGroup &first = batch.getGroups()[0];
  EXPECT_THAT(first.examples, ElementsAre(0, 2));
  EXPECT_THAT(first.inputs.find("x")->shape(), ElementsAre(2, 2, 2));
  EXPECT_THAT(valuesOf<float>(*first.inputs.find("x")), ElementsAre(1, 2, 3, 4, 17, 18, 19, 20));
  EXPECT_THAT(first.inputs.find("mask")->shape(), ElementsAre(2, 2, 1));
  EXPECT_THAT(valuesOf<float>(*first.inputs.find("mask")), ElementsAre(1, 3, 17, 19));
  EXPECT_THAT(first.inputs.find("text")->shape(), ElementsAre(2, 1));
  EXPECT_THAT(valuesOf<float>(*first.inputs.find("scale")), ElementsAre(1, 3));
  EXPECT_THAT(batch.getGroups()[1].inputs.find("x")->shape(), ElementsAre(1, 4, 2));

  // Equal in one length, but not in the other.
  lengths.set("text", makeLengths({1, 2, 2}));
  EXPECT_EQ(
      llvm::cantFail(RaggedBatch::create(entry, makeInputs(3, 4, 2), lengths)).getGroups().size(),
      3u);
}

TEST(RaggedBatch, SplitsGroupsByWhatElseDiffers) {
  EntryInterface entry = makeEntry();
  RaggedBatch batch = llvm::cantFail(
      RaggedBatch::create(entry, makeInputs(4, 4, 2), makeLengths("x", makeLengths({2, 2, 4, 2}))));
  batch.split([](int64_t example) { return std::vector<int64_t>{example == 1 ? 7 : 9}; });
  std::vector<std::vector<int64_t>> examples;
  for (const ExampleGroup &group : batch.getGroups()) {
    examples.push_back(group.examples);
    EXPECT_EQ(group.inputs.find("x")->shape()[0], int64_t(group.examples.size()));
  }
  EXPECT_THAT(examples, ElementsAre(ElementsAre(1), ElementsAre(0, 3), ElementsAre(2)));
  EXPECT_THAT(valuesOf<float>(*batch.getGroups()[0].inputs.find("scale")), ElementsAre(2));
}

TEST(RaggedBatch, PadsOutputsWithZeros) {
  EntryInterface entry = makeEntry();
  RaggedBatch batch = llvm::cantFail(
      RaggedBatch::create(entry, makeInputs(3, 3, 2), makeLengths("x", makeLengths({1, 0, 2}))));
  std::vector<NamedTensors> outputs;
  for (int64_t steps : {1, 0, 2}) {
    NamedTensors ofGroup;
    ofGroup.set("y", count({1, steps}));
    ofGroup.set("z", count({1, 2, steps}));
    outputs.push_back(ofGroup);
  }
  NamedTensors joined = llvm::cantFail(batch.join(outputs));
  EXPECT_THAT(joined.find("y")->shape(), ElementsAre(3, 3));
  EXPECT_THAT(valuesOf<float>(*joined.find("y")), ElementsAre(1, 0, 0, 0, 0, 0, 1, 2, 0));
  EXPECT_THAT(valuesOf<float>(*joined.find("z")),
              ElementsAre(1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 3, 4, 0));
}

TEST(RaggedBatch, AnEmptyBatchHasNoGroups) {
  EntryInterface entry = makeEntry();
  RaggedBatch batch = llvm::cantFail(
      RaggedBatch::create(entry, makeInputs(0, 4, 2), makeLengths("x", makeLengths({}))));
  EXPECT_TRUE(batch.getGroups().empty());
  EXPECT_THAT(llvm::cantFail(batch.join({})).find("z")->shape(), ElementsAre(0, 2, 4));
}

TEST(RaggedBatch, RunsEveryGroupOnce) {
  EntryInterface entry = makeEntry();
  RaggedBatch batch = llvm::cantFail(
      RaggedBatch::create(entry, makeInputs(4, 3, 2), makeLengths("x", makeLengths({0, 1, 2, 3}))));
  for (unsigned threads : {0u, 1u, 2u, 9u}) {
    std::vector<int> runs(4);
    EXPECT_EQ(messageOf(batch.forEachGroup(threads,
                                           [&](size_t group, unsigned ofGroup) {
                                             ++runs[group];
                                             EXPECT_EQ(ofGroup, threads == 9 ? 2u : 1u);
                                             return llvm::Error::success();
                                           })),
              "no error");
    EXPECT_THAT(runs, ElementsAre(1, 1, 1, 1));
    EXPECT_EQ(messageOf(batch.forEachGroup(threads,
                                           [&](size_t group, unsigned) -> llvm::Error {
                                             if (group % 2 == 0)
                                               return llvm::Error::success();
                                             return llvm::createStringError("group %d", int(group));
                                           })),
              "group 1");
  }
}

TEST(RaggedBatch, RefusesLengthsThatDoNotFit) {
  EXPECT_EQ(refuse(makeLengths("x", makeLengths({1, 5, 0}))),
            "example 1 of `x` has length 5, expected 0 to 4, the size of T");
  EXPECT_EQ(refuse(makeLengths("text", makeLengths({1, -1, 0}))),
            "example 1 of `text` has length -1, expected 0 to 2, the size of S");
  EXPECT_EQ(refuse(makeLengths("x", makeLengths({1, 2}))),
            "the lengths of `x` have shape [2], expected [3], one for each example");
  EXPECT_EQ(refuse(makeLengths("x", Tensor::fromFloats({3}, {1, 2, 3}))),
            "the lengths of `x` are f32, expected whole numbers");
  EXPECT_EQ(refuse(makeLengths("scale", makeLengths({1, 1, 1}))),
            "input `scale` has no free axis to have lengths along: it is f32");
  EXPECT_EQ(refuse(makeLengths("sound", makeLengths({1, 1, 1}))),
            "there is no input `sound` to have lengths");
  EXPECT_THAT(
      refuse(makeLengths("x", Tensor::copyOf<uint64_t>(ElementType::U64, {3}, {1, UINT64_MAX, 0}))),
      HasSubstr("the lengths of `x`: "));
  NamedTensors twice = makeLengths("x", makeLengths({1, 2, 3}));
  twice.set("mask", makeLengths({1, 2, 2}));
  twice.set("text", makeLengths({0, 0, 3}));
  EXPECT_EQ(refuse(twice),
            "inputs `x` and `mask` share T, but the lengths of example 2 are 3 and 2\n"
            "example 2 of `text` has length 3, expected 0 to 2, the size of S");
  NamedTensors single;
  single.set("x", count({4, 2}));
  single.set("mask", count({4, 2}));
  single.set("text", Tensor::zeros(ElementType::I32, {2}));
  single.set("scale", count({}));
  EXPECT_EQ(messageOf(RaggedBatch::create(makeEntry(), single,
                                          makeLengths("x", makeLengths(std::vector<int64_t>{4})))),
            "lengths are for a batch, but the inputs have no batch axis");
}
