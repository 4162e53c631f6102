//===- WorkspaceTest.cpp - What entries do with their workspace -----------===//
//
// What the workspace holds before a call has no meaning, and nothing is written behind its end.
//
//===----------------------------------------------------------------------===//

#include "HistoryTexts.h"
#include "ModelChecker.h"
#include "RandomCell.h"
#include <cstring>

using namespace gatefold;
using namespace gatefold::test;

/// Bytes behind a workspace that must stay as they are.
static constexpr int64_t guardSize = 4096;

namespace {

/// Calls one entry with the same arguments and different contents of its workspace.
class WorkspaceCall {
public:
  WorkspaceCall(const CompiledModel &code, const EntryInterface &entry, int64_t batch,
                int64_t steps)
      : code(code), entry(entry) {
    auto sizeOf = [&](const std::string &name) { return name == "batch" ? batch : steps; };
    for (const std::string &name : entry.sizes)
      sizes.push_back(sizeOf(name));
    for (const Port &port : entry.arguments) {
      Tensor::Shape shape;
      for (const Dimension &dimension : port.shape)
        shape.push_back(dimension.isDynamic() ? sizeOf(dimension.name) : dimension.size);
      const bool isFloat = port.type == ElementType::F32 || port.type == ElementType::F64;
      arguments.push_back(makeRandomTensor(port.type, shape, isFloat ? 0 : 1, arguments.size()));
    }
  }

  /// The results with every byte of the workspace set to `content` before the call.
  std::vector<Tensor> run(unsigned char content) const {
    std::vector<Tensor> tensors = arguments;
    std::vector<void *> addresses;
    for (Tensor &tensor : tensors)
      addresses.push_back(tensor.mutableBytes());
    const int64_t size = code.getWorkspace(entry.name)(sizes.data());
    std::vector<unsigned char> memory(size + guardSize + 64, content);
    auto *workspace = reinterpret_cast<unsigned char *>(
        llvm::alignTo(reinterpret_cast<uintptr_t>(memory.data()), 64));
    RunStatus status{-1, -1};
    code.getEntry(entry.name)(addresses.data(), sizes.data(), workspace, &status.site, nullptr);
    EXPECT_EQ(std::count(workspace + size, workspace + size + guardSize, content), guardSize);
    std::vector<Tensor> results;
    for (auto [port, tensor] : llvm::zip_equal(entry.arguments, tensors))
      if (port.kind == PortKind::Output || port.kind == PortKind::NextMemory)
        results.push_back(std::move(tensor));
    return results;
  }

private:
  const CompiledModel &code;
  const EntryInterface &entry;
  std::vector<int64_t> sizes;
  std::vector<Tensor> arguments;
};

} // namespace

static void checkWorkspace(const ModelText &model) {
  SCOPED_TRACE(model.name);
  std::unique_ptr<CompiledModel> code = compileCode(model, Target::host());
  ASSERT_TRUE(code);
  for (const EntryInterface &entry : code->getInterface().entries)
    for (int64_t batch : {1, 3})
      for (int64_t steps : {1, 6}) {
        SCOPED_TRACE(entry.name + ", batch " + std::to_string(batch) + ", " +
                     std::to_string(steps) + " steps");
        const WorkspaceCall call(*code, entry, batch, steps);
        // As f32 and f64 these are 0, NaN, and a small number.
        const std::vector<Tensor> expected = call.run(0);
        for (unsigned char content : {0xff, 0x3c}) {
          const std::vector<Tensor> found = call.run(content);
          ASSERT_EQ(found.size(), expected.size());
          for (auto [a, b] : llvm::zip_equal(found, expected))
            EXPECT_TRUE(a.bytes() == b.bytes()) << "filled with " << int(content);
        }
      }
}

TEST(Workspace, HoldsNothingBeforeCallsOfRandomCells) {
  for (unsigned seed = 0; seed < 30; ++seed)
    checkWorkspace(makeRandomCell(seed));
}

TEST(Workspace, HoldsNothingBeforeCallsWithHistories) {
  for (const ModelText &model : makeHistoryTexts())
    checkWorkspace(model);
}
