//===- FuseGates.cpp - Products that share an operand become one ----*- C++ -*-===//
//
// Gathers the products of one block that read the same operand: an element of it that is loaded
// once then serves every gate.
//
//===----------------------------------------------------------------------===//

#include "CopyOperands.h"
#include "FuseLocations.h"
#include "WeightValues.h"
#include "gatefold/IR/Explain.h"
#include "gatefold/IR/Fusion.h"
#include "gatefold/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"

namespace gatefold {
#define GEN_PASS_DEF_FUSEGATES
#include "gatefold/Transforms/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

static constexpr StringLiteral passName = "fuse-gates";

namespace {

/// Products of one block with one operand and matrices of as many rows, in program order.
using Group = SmallVector<ir::DotOp>;

} // namespace

/// True if the product's matrix, and nothing else, is made of weights alone and its terms are added
/// one by one.
static bool canJoin(ir::DotOp dot, const WeightValues &weights) {
  auto matrix = cast<RankedTensorType>(dot.getRhs().getType());
  return weights.contains(dot.getRhs()) && !weights.contains(dot.getLhs()) &&
         !dot.getTransposed() && dot.getMapped() == 0 &&
         dot.getOrder() == ir::ReductionOrder::Chain && matrix.getRank() == 2;
}

static SmallVector<Group> findGroups(ir::EntryOp entry) {
  WeightValues weights(entry);
  llvm::MapVector<std::tuple<Block *, Value, int64_t>, Group> groups;
  entry.walk([&](ir::DotOp dot) {
    if (!canJoin(dot, weights))
      return;
    int64_t rows = cast<RankedTensorType>(dot.getRhs().getType()).getDimSize(0);
    groups[{dot->getBlock(), dot.getLhs(), rows}].push_back(dot);
  });
  return llvm::map_to_vector(groups, [](auto &entry) { return std::move(entry.second); });
}

/// Says which gates become one product.
static void explain(MutableArrayRef<ir::DotOp> dots) {
  auto remark = ir::explainDone(dots.front(), passName);
  if (!remark)
    return;
  std::string names = ir::listNames(
      llvm::map_to_vector(dots, [](ir::DotOp dot) -> Value { return dot.getResult(); }));
  std::string operand = ir::findOperandName(dots.front().getLhs(), dots.front());
  auto matrix = cast<RankedTensorType>(dots.front().getRhs().getType());
  remark << (names.empty() ? std::string("products") : "gates " + names) << " share "
         << (operand.empty() ? std::string("one operand") : "operand " + operand)
         << ": one product of " << std::to_string(dots.size()) << " x "
         << std::to_string(matrix.getDimSize(0)) << " rows";
}

/// dot(x, W), dot(x, V).. => dots(x, [W, V..])
static void fuse(MutableArrayRef<ir::DotOp> dots) {
  explain(dots);
  ir::DotOp first = dots.front();
  OpBuilder builder(first);
  SmallVector<Value> matrices;
  SmallVector<Location> locations;
  IRMapping copies;
  // Made anew: the matrix of a later product may stand behind the first one.
  for (ir::DotOp dot : dots) {
    matrices.push_back(copyWithOperands(builder, dot.getRhs(), copies));
    locations.push_back(dot.getLoc());
  }
  auto fused = ir::DotsOp::create(builder, fuseLocations(locations), first.getLhs(), matrices);
  for (auto [dot, result] : llvm::zip_equal(dots, fused.getResults())) {
    dot.replaceAllUsesWith(result);
    dot.erase();
  }
}

namespace {
struct FuseGates : gatefold::impl::FuseGatesBase<FuseGates> {
  using Base::Base;

  void runOnOperation() final {
    for (Group &group : findGroups(getOperation())) {
      // A tile holds all gates of sixteen units; more than fit in registers are of no use.
      unsigned numTiles = llvm::divideCeil(group.size(), std::max(1u, maxGates.getValue()));
      MutableArrayRef<ir::DotOp> rest = group;
      for (unsigned tile = 0; tile < numTiles; ++tile) {
        MutableArrayRef<ir::DotOp> part =
            rest.take_front(llvm::divideCeil(rest.size(), numTiles - tile));
        rest = rest.drop_front(part.size());
        if (part.size() < 2)
          continue;
        fuse(part);
        ir::explainCount(getOperation(), passName, "products merged", part.size());
      }
    }
  }
};
} // namespace
