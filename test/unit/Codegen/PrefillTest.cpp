//===- PrefillTest.cpp - Prompts that are read in one go -----------------===//
//
// The memories after the entry `prefill` against those after steps of `decode`.
//
//===----------------------------------------------------------------------===//

#include "GenerationText.h"
#include "ModelChecker.h"
#include "gtest/gtest.h"
#include <map>

using namespace gatefold;
using namespace gatefold::test;

namespace {

constexpr int64_t batch = 3, numContext = 5, numTokens = 75;

using Values = std::map<std::string, Tensor>;

/// Calls an entry of compiled code with values by their names. Memories are updated in place.
void call(const CompiledModel &code, llvm::StringRef name, llvm::ArrayRef<int64_t> sizes,
          Values &values) {
  const EntryInterface &entry = *code.getInterface().entry(name);
  std::vector<void *> arguments;
  for (const Port &port : entry.arguments) {
    if (port.kind == PortKind::Output)
      values[port.name] = llvm::cantFail(Tensor::create(port.type, shapeOf(entry, sizes, port)));
    arguments.push_back(values[port.name].mutableBytes());
  }
  std::vector<char> workspace(code.getWorkspace(name)(sizes.data()) + 64);
  char *aligned = workspace.data() + 64 - reinterpret_cast<uintptr_t>(workspace.data()) % 64;
  RunStatus status;
  code.getEntry(name)(arguments.data(), sizes.data(), aligned, &status.site, nullptr);
  EXPECT_EQ(status.site, 0);
}

/// The sizes of an entry, in its order.
std::vector<int64_t> makeSizes(const CompiledModel &code, llvm::StringRef name, int64_t count) {
  std::vector<int64_t> sizes;
  for (const std::string &size : code.getInterface().entry(name)->sizes)
    sizes.push_back(size == batchSizeName      ? batch
                    : size == capacitySizeName ? numTokens
                    : size == tokensSizeName   ? count
                                               : numContext);
  return sizes;
}

/// The values before the first token.
Values makeStart(const CompiledModel &code) {
  Values values;
  for (const NamedTensor &weight : makeSayingWeights())
    values[weight.name] = weight.tensor;
  if (code.getInterface().entry("prepare"))
    call(code, "prepare", {}, values);
  values["text"] = makeRandomTensor(ElementType::I32, {batch, numContext}, sayingTokens, 1);
  call(code, "sequence", makeSizes(code, "sequence", 0), values);
  return values;
}

} // namespace

TEST(PrefillTest, AnyPartsLeaveTheMemoriesOfSteps) {
  Tensor tokens = makeRandomTensor(ElementType::I32, {batch, numTokens}, sayingTokens, 9);
  for (const Target &target : getTestedTargets()) {
    std::shared_ptr<const CompiledModel> code = compileSaying(target);
    Values expected = makeStart(*code);
    for (int64_t step = 0; step < numTokens; ++step) {
      expected["token"] = llvm::cantFail(sliceTensor(tokens, 1, step, 1).withShape({batch}));
      call(*code, "decode", makeSizes(*code, "decode", 0), expected);
    }
    for (std::vector<int64_t> parts : {std::vector<int64_t>{75},
                                       {0, 75},
                                       {1, 74},
                                       {16, 59},
                                       {17, 33, 25},
                                       {64, 11},
                                       {74, 1, 0}}) {
      Values values = makeStart(*code);
      int64_t begin = 0;
      for (int64_t count : parts) {
        values["token"] = sliceTensor(tokens, 1, begin, count);
        call(*code, "prefill", makeSizes(*code, "prefill", count), values);
        begin += count;
      }
      for (const char *memory : {"h", "said", "position"})
        EXPECT_EQ(values[memory].bytes(), expected[memory].bytes())
            << memory << " after parts from " << parts[0];
    }
  }
}
