//===- FuseElementwise.cpp - Elementwise work behind its products ---*- C++ -*-===//
//
// Orders the work of a block in levels: what a level computes needs whole tensors of lower levels
// only, so all of it that has one shape can be done tile by tile.
//
//===----------------------------------------------------------------------===//

#include "gatefold/IR/Explain.h"
#include "gatefold/IR/Fusion.h"
#include "gatefold/Transforms/Passes.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"

namespace gatefold {
#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "gatefold/Transforms/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

static constexpr StringLiteral passName = "fuse-elementwise";

/// The shape that a nest runs over: one type for all operations with it.
static Type getShape(Operation *op) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  return RankedTensorType::get(type.getShape(), IntegerType::get(op->getContext(), 1));
}

/// True for products that may be computed tile by tile.
static bool isTiledProduct(Operation *op) {
  auto dots = dyn_cast<ir::DotsOp>(op);
  return dots && dots.getPanels();
}

/// True for elementwise operations that may be computed tile by tile.
static bool isTiledElementwise(Operation *op) {
  auto type = dyn_cast_or_null<RankedTensorType>(
      op->getNumResults() == 1 ? op->getResult(0).getType() : Type());
  return type && type.getRank() != 0 && OpTrait::hasElementwiseMappableTraits(op);
}

namespace {

/// Operations that one loop nest can do: of one level and one shape, in program order.
struct Tile {
  unsigned level = 0; ///< 0: not part of any
  Type shape;
  bool operator==(const Tile &) const = default;
};

/// Finds the tiles of a block.
class TileFinder {
public:
  explicit TileFinder(Block &block) {
    for (Operation &op : block.without_terminator())
      visit(&op);
    for (Operation *op : members)
      if (isTiledProduct(op))
        delay(op);
  }

  /// The operations of each tile that holds a product.
  SmallVector<SmallVector<Operation *>> getTiles() const;

private:
  void visit(Operation *op);
  void delay(Operation *product);

  DenseMap<Operation *, Tile> tiles;
  DenseMap<Operation *, unsigned> levels; ///< after which the results are there
  SmallVector<Operation *> members;
};

} // namespace

void TileFinder::visit(Operation *op) {
  bool isProduct = isTiledProduct(op), isElementwise = isTiledElementwise(op);
  Type shape = isProduct || isElementwise ? getShape(op) : Type();
  // The levels whose tensors must be complete, and the level of what the same tile may hold.
  unsigned complete = 0, sameTile = 0;
  op->walk([&](Operation *nested) {
    for (Value operand : nested->getOperands()) {
      Operation *source = operand.getDefiningOp();
      if (!source || source->getBlock() != op->getBlock())
        continue;
      Tile tile = tiles.lookup(source);
      unsigned &level =
          isElementwise && tile.level != 0 && tile.shape == shape ? sameTile : complete;
      level = std::max(level, levels.lookup(source));
    }
  });
  levels[op] = std::max(complete, sameTile);
  if (!isProduct && sameTile == 0)
    return;
  levels[op] = std::max(complete + 1, sameTile);
  tiles[op] = {levels[op], shape};
  members.push_back(op);
}

/// Moves a product that could be computed early to the tile that reads it, if it is one alone: its
/// sums are then used where they are.
void TileFinder::delay(Operation *product) {
  std::optional<Tile> reader;
  for (Operation *user : product->getUsers()) {
    Tile tile = tiles.lookup(user);
    if (tile.level == 0 || tile.shape != getShape(product) || !isTiledElementwise(user) ||
        (reader && *reader != tile))
      return;
    reader = tile;
  }
  if (reader)
    tiles[product] = *reader;
}

SmallVector<SmallVector<Operation *>> TileFinder::getTiles() const {
  // Sizes that are known while running may differ between what does not hang together.
  llvm::EquivalenceClasses<Operation *> connected;
  for (Operation *op : members) {
    connected.insert(op);
    for (Value operand : op->getOperands())
      if (Operation *source = operand.getDefiningOp(); tiles.lookup(source) == tiles.lookup(op))
        connected.unionSets(source, op);
  }
  llvm::MapVector<Operation *, SmallVector<Operation *>> found;
  for (Operation *op : members)
    found[connected.getLeaderValue(op)].push_back(op);
  SmallVector<SmallVector<Operation *>> withEpilogue;
  for (auto &[leader, ops] : found)
    if (llvm::any_of(ops, isTiledProduct) && !llvm::all_of(ops, isTiledProduct))
      withEpilogue.push_back(std::move(ops));
  return withEpilogue;
}

/// The results of `ops` that others read.
static SmallVector<Value> findKept(ArrayRef<Operation *> ops) {
  llvm::SmallPtrSet<Operation *, 16> inside(ops.begin(), ops.end());
  SmallVector<Value> kept;
  for (Operation *op : ops)
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !inside.contains(user); }))
        kept.push_back(result);
  return kept;
}

/// Says which values one loop nest computes.
static void explain(ir::FuseOp fused) {
  int64_t elementwise = 0, products = 0;
  for (Operation &op : fused.getBody().front().without_terminator())
    ++(isTiledProduct(&op) ? products : elementwise);
  ir::explainCount(fused, passName, "loop nests", 1);
  ir::explainCount(fused, passName, "elementwise operations fused", elementwise);
  if (auto remark = ir::explainDone(fused, passName)) {
    std::string names = ir::listNames(fused.getKeep().getValues());
    remark << ir::describeCount(elementwise, "elementwise operation")
           << (elementwise == 1 ? " is" : " are") << " the epilogue of "
           << ir::describeCount(products, "product") << ": "
           << (names.empty() ? ir::describeCount(fused.getNumResults(), "value") : "only " + names)
           << " in memory";
  }
}

/// Puts the operations of a tile in one `gatefold.fuse`, where the last of them stands.
static ir::FuseOp fuse(ArrayRef<Operation *> ops) {
  SmallVector<Value> kept = findKept(ops);
  OpBuilder builder(ops.back());
  auto fused = ir::FuseOp::create(builder, ops.back()->getLoc(), ValueRange(kept).getTypes());
  Block &body = fused.getBody().front();
  for (auto [value, result] : llvm::zip_equal(kept, fused.getResults()))
    value.replaceUsesWithIf(
        result, [&](OpOperand &use) { return !llvm::is_contained(ops, use.getOwner()); });
  for (Operation *op : ops)
    op->moveBefore(&body, body.end());
  builder.setInsertionPointToEnd(&body);
  ir::KeepOp::create(builder, ops.back()->getLoc(), kept);
  explain(fused);
  return fused;
}

namespace {
struct FuseElementwise : gatefold::impl::FuseElementwiseBase<FuseElementwise> {
  using Base::Base;

  void runOnOperation() final {
    SmallVector<Block *> blocks;
    getOperation()->walk([&](Block *block) { blocks.push_back(block); });
    for (Block *block : blocks) {
      if (block->empty() || isa<ir::FuseOp>(block->getParentOp()))
        continue;
      SmallVector<SmallVector<Operation *>> tiles = TileFinder(*block).getTiles();
      for (ArrayRef<Operation *> ops : tiles)
        fuse(ops);
      // What reads a tile's results may stand before the last of its operations.
      if (!tiles.empty())
        sortTopologically(block);
    }
  }
};
} // namespace
