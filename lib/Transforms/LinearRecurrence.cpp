//===- LinearRecurrence.cpp - States that are linear in their last values --*- C++ -*-===//
//
// Says of every recurrence whether it is linear, and marks those to be computed in chunks.
//
//===----------------------------------------------------------------------===//

#include "DistributeScanChunks.h"
#include "DistributeScanMemories.h"
#include "LinearForm.h"
#include "gatefold/IR/Explain.h"
#include "gatefold/Transforms/Passes.h"

namespace gatefold {
#define GEN_PASS_DEF_LINEARRECURRENCE
#include "gatefold/Transforms/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

static constexpr StringLiteral passName = "linear-recurrence";
/// The steps of a chunk: what they read of each other costs as much as the state again at some
/// number of them, and sixteen scores fill a vector.
static constexpr int64_t usualLength = 16;
/// The elements from which on a head's state is worth it.
static constexpr int64_t leastElements = 1024;

/// The memories of a component.
static SmallVector<unsigned> getMemories(const StepGraph &graph, ArrayRef<unsigned> component) {
  SmallVector<unsigned> memories;
  for (unsigned node : component)
    if (graph.isMemory(node))
      memories.push_back(graph.getMemoryNumber(node));
  llvm::sort(memories);
  return memories;
}

/// True if a component computes something: histories and windows only keep what they are given.
static bool hasArithmetic(const StepGraph &graph, ArrayRef<unsigned> component) {
  return !llvm::all_of(component, [&](unsigned node) {
    return graph.isMemory(node) ||
           isa<ir::AppendOp, ir::ConcatOp, ir::SliceOp, ir::ReshapeOp>(graph.getOperation(node));
  });
}

/// The names of memories within their cells, or the whole paths where that would not tell them
/// apart.
static std::string listMemories(ir::ScanOp scan, ArrayRef<unsigned> memories) {
  SmallVector<std::string> names, paths;
  for (unsigned memory : memories) {
    std::string name = getMemoryName(scan, memory);
    if (!llvm::is_contained(names, name))
      names.push_back(std::move(name));
    paths.push_back(cast<StringAttr>(scan.getNames()[memory]).str());
  }
  return ir::listWords(names.size() == paths.size() ? names : paths);
}

/// The elements of one head.
static int64_t countElements(Value state) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(state.getType()).getShape();
  return shape[shape.size() - 2] * shape.back();
}

namespace {
struct LinearRecurrence : gatefold::impl::LinearRecurrenceBase<LinearRecurrence> {
  using Base::Base;

  void runOnOperation() final {
    if (!getOperation().isExternal())
      getOperation().walk([&](ir::ScanOp scan) { runOnScan(scan); });
  }

private:
  void runOnScan(ir::ScanOp scan) {
    StepGraph graph(scan);
    SmallVector<NamedAttribute> marks;
    for (ArrayRef<unsigned> component : graph.getComponents())
      if (graph.isRecurrence(component) && !findSimpleMemory(scan, graph, component))
        runOnRecurrence(scan, graph, component, marks);
    if (!marks.empty())
      scan->setAttr(chunksAttributeName, DictionaryAttr::get(&getContext(), marks));
  }

  void runOnRecurrence(ir::ScanOp scan, const StepGraph &graph, ArrayRef<unsigned> component,
                       SmallVectorImpl<NamedAttribute> &marks) {
    SmallVector<unsigned> memories = getMemories(graph, component);
    bool areNumbers = llvm::all_of(memories, [&](unsigned memory) {
      auto type = cast<RankedTensorType>(scan.getMemoryArguments()[memory].getType());
      return isa<FloatType>(type.getElementType());
    });
    if (!areNumbers || !hasArithmetic(graph, component))
      return;
    LinearForm form = findLinearForm(graph, component);
    explainForm(scan, memories, form);
    if (form.linearity != Linearity::None && mayHaveChunks(scan, memories))
      considerChunks(scan, graph, component, form, marks);
  }

  /// True if there is a matrix, and so something to gain.
  bool mayHaveChunks(ir::ScanOp scan, ArrayRef<unsigned> memories) {
    return llvm::any_of(memories, [&](unsigned memory) {
      auto type = cast<RankedTensorType>(scan.getMemoryArguments()[memory].getType());
      return type.getRank() >= 2 && type.hasStaticShape();
    });
  }

  void explainForm(ir::ScanOp scan, ArrayRef<unsigned> memories, LinearForm form) {
    std::string names = listMemories(scan, memories);
    std::string are = names + (memories.size() == 1 ? " is" : " are");
    std::string last = memories.size() == 1 ? "its last value" : "their last values";
    if (form.linearity == Linearity::None) {
      if (auto remark = ir::explainRefused(form.reason, passName)) {
        // The operation may be a part of a function that the user knows by another name.
        Operation *next = scan.getYield().getNext()[memories.front()].getDefiningOp();
        std::string name = ir::findOperandName(form.reason->getResult(0), next);
        remark << are + " not linear in " + last + ": `" +
                      form.reason->getName().stripDialect().str() + "` is on the way" +
                      (name.empty() ? "" : ", for " + name);
      }
      return;
    }
    ir::explainCount(scan, passName, "linear recurrences", 1);
    Operation *place = form.reason ? form.reason : scan.getOperation();
    if (auto remark = ir::explainFact(place, passName))
      remark << are + " linear in " + last +
                    (form.linearity == Linearity::Elementwise
                         ? " with elementwise coefficients: no product has to be in the loop"
                         : " with coefficients that mix elements");
  }

  /// Marks the memory of a recurrence if it should be computed in chunks, or says why not.
  void considerChunks(ir::ScanOp scan, const StepGraph &graph, ArrayRef<unsigned> component,
                      LinearForm form, SmallVectorImpl<NamedAttribute> &marks) {
    std::string names = listMemories(scan, getMemories(graph, component));
    auto refuse = [&](const Twine &reason) {
      if (auto remark = ir::explainRefused(scan, passName))
        remark << "no chunked form of " + names + ": " + reason.str();
    };
    OuterMatch match = matchOuterUpdate(scan, graph, component);
    if (!match.update)
      return refuse(match.refusal);
    Value state = scan.getMemoryArguments()[match.update->memory];
    if (chunk == 0 && countElements(state) < leastElements)
      return refuse("its " + Twine(countElements(state)) + " elements are too few");
    int64_t length = chunk > 0 ? int64_t(chunk) : usualLength;
    if (!fast) {
      if (auto remark = ir::explainRefused(scan, passName))
        remark << names +
                      " is written by outer products: in chunks, it would be read and "
                      "written " +
                      std::to_string(length) +
                      " times less; sums would have another order (`--fast`)";
      return;
    }
    if (auto remark = ir::explainDone(scan, passName))
      remark << names + " is written by outer products and computed in chunks of " +
                    std::to_string(length) + " steps";
    ir::explainCount(scan, passName, "states in chunks", 1);
    auto name = cast<StringAttr>(scan.getNames()[match.update->memory]);
    marks.emplace_back(name, IntegerAttr::get(IntegerType::get(&getContext(), 64), length));
  }
};
} // namespace
