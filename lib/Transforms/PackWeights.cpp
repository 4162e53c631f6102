//===- PackWeights.cpp - Lay weights out as products read them ------*- C++ -*-===//
//
// Puts the weights of products in panels and moves everything that depends on weights alone to the
// entry `prepare`.
//
//===----------------------------------------------------------------------===//

#include "CopyOperands.h"
#include "gatefold/Transforms/Passes.h"
#include "llvm/ADT/SetVector.h"

namespace gatefold {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "gatefold/Transforms/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

/// Rows of a panel: as many outputs as are computed side by side.
static constexpr int64_t panelRows = 16;

//===----------------------------------------------------------------------===//
// Panels
//===----------------------------------------------------------------------===//

static RankedTensorType getTensor(ArrayRef<int64_t> shape, Type like) {
  return RankedTensorType::get(shape, cast<RankedTensorType>(like).getElementType());
}

/// The weight of a product that profits from panels, or null.
static ir::ReadOp getPackable(ir::DotOp dot) {
  auto read = dot.getRhs().getDefiningOp<ir::ReadOp>();
  if (!read || dot.getTransposed() || dot.getMapped() != 0 ||
      dot.getOrder() != ir::ReductionOrder::Chain)
    return nullptr;
  auto type = cast<RankedTensorType>(read.getType());
  return type.getRank() == 2 && type.getDimSize(0) >= panelRows ? read : nullptr;
}

/// [A, K] => [A / 16, K, 16], with zero rows behind where 16 does not divide A.
static Value buildPanels(OpBuilder &builder, Location loc, Value weight) {
  Type type = weight.getType();
  int64_t rows = cast<RankedTensorType>(type).getDimSize(0);
  int64_t columns = cast<RankedTensorType>(type).getDimSize(1);
  int64_t panels = llvm::divideCeil(rows, panelRows);
  if (int64_t missing = panels * panelRows - rows) {
    auto zeroType = getTensor({missing, columns}, type);
    Value zeros = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(zeroType));
    weight = ir::ConcatOp::create(builder, loc, getTensor({panels * panelRows, columns}, type),
                                  ValueRange{weight, zeros}, 1);
  }
  weight =
      ir::ReshapeOp::create(builder, loc, getTensor({panels, panelRows, columns}, type), weight, 2);
  return ir::TransposeOp::create(builder, loc, getTensor({panels, columns, panelRows}, type),
                                 weight, ArrayRef<int64_t>{0, 2, 1});
}

/// dot(x, W) => slice(reshape(dot(x, panels(W))))
static void pack(ir::DotOp dot, ir::ReadOp weight) {
  OpBuilder builder(dot);
  Location loc = dot.getLoc();
  auto type = cast<RankedTensorType>(dot.getType());
  Value panels = buildPanels(builder, weight.getLoc(), weight);
  auto lhs = cast<RankedTensorType>(dot.getLhs().getType());
  auto productType = ir::DotOp::inferType(lhs, cast<RankedTensorType>(panels.getType()), 0,
                                          /*transposed=*/true);
  Value result = ir::DotOp::create(builder, loc, productType, dot.getLhs(), panels, dot.getOrder(),
                                   0, /*transposed=*/true);
  SmallVector<int64_t> shape(productType.getShape().drop_back(2));
  int64_t rows = type.getShape().back();
  shape.push_back(productType.getShape().take_back(2).front() * panelRows);
  result = ir::ReshapeOp::create(builder, loc, getTensor(shape, type), result, 2);
  if (shape.back() != rows)
    result = ir::SliceOp::create(builder, loc, type, result, 0, 0, rows);
  dot.replaceAllUsesWith(result);
  dot.erase();
}

//===----------------------------------------------------------------------===//
// What depends on weights alone
//===----------------------------------------------------------------------===//

namespace {

/// The values of an entry that weights alone determine.
class WeightValues {
public:
  explicit WeightValues(ir::EntryOp entry) {
    entry.walk<WalkOrder::PreOrder>([&](Operation *op) { visit(op); });
  }

  /// Those that others use and that take work to compute.
  SmallVector<Value> getRoots() const {
    SmallVector<Value> roots;
    for (Value value : computed)
      if (llvm::any_of(value.getUsers(), [&](Operation *user) { return !isFixed(user); }))
        roots.push_back(value);
    return roots;
  }

private:
  void visit(Operation *op) {
    if (isa<ir::ReadOp>(op) || op->hasTrait<OpTrait::ConstantLike>()) {
      fixed.insert(op->getResult(0));
      return;
    }
    bool simple = isMemoryEffectFree(op) && op->getNumRegions() == 0 && op->getNumResults() == 1 &&
                  op->getNumOperands() != 0;
    // A broadcast costs nothing where it is used.
    if (!simple || isa<ir::BroadcastOp>(op) ||
        !llvm::all_of(op->getOperands(), [&](Value value) { return fixed.contains(value); }))
      return;
    Value result = op->getResult(0);
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type || !type.hasStaticShape() || !type.getElementType().isF32())
      return;
    fixed.insert(result);
    computed.push_back(result);
  }
  bool isFixed(Operation *op) const {
    return op->getNumResults() == 1 && fixed.contains(op->getResult(0));
  }

  DenseSet<Value> fixed;
  SmallVector<Value> computed;
};

/// Collects the values that `prepare` computes.
class PrepareBuilder {
public:
  explicit PrepareBuilder(ir::ModelOp model)
      : model(model), builder(OpBuilder::atBlockEnd(&model.getBody().front())) {}

  void add(Value value);
  void finish();
  unsigned getCount() const { return results.size(); }

private:
  std::string chooseName(Value value);

  ir::ModelOp model;
  OpBuilder builder;
  Block body;
  IRMapping values;
  SmallVector<Value> results;
  SmallVector<StringAttr> names;
};

} // namespace

/// `W.panels` for the panels of W, `prepared.3` for others.
std::string PrepareBuilder::chooseName(Value value) {
  std::string name = ("prepared." + Twine(results.size())).str();
  if (auto transpose = value.getDefiningOp<ir::TransposeOp>())
    if (auto reshape = transpose.getInput().getDefiningOp<ir::ReshapeOp>()) {
      Value weight = reshape.getInput();
      if (auto concat = weight.getDefiningOp<ir::ConcatOp>())
        weight = concat.getInputs().front();
      if (auto read = weight.getDefiningOp<ir::ReadOp>())
        name = (read.getWeight() + ".panels").str();
    }
  std::string unique = name;
  for (unsigned i = 2; model.lookupSymbol(unique); ++i)
    unique = (name + "." + Twine(i)).str();
  return unique;
}

void PrepareBuilder::add(Value value) {
  OpBuilder inside(model.getContext());
  inside.setInsertionPointToEnd(&body);
  results.push_back(copyWithOperands(inside, value, values));
  std::string name = chooseName(value);
  auto lastWeight = llvm::to_vector(model.getBody().getOps<ir::WeightOp>()).back();
  builder.setInsertionPointAfter(lastWeight);
  names.push_back(builder.getStringAttr(name));
  ir::WeightOp::create(builder, value.getLoc(), names.back(), TypeAttr::get(value.getType()),
                       /*source=*/nullptr, builder.getUnitAttr());

  auto entry = value.getDefiningOp()->getParentOfType<ir::EntryOp>();
  OpBuilder first = OpBuilder::atBlockBegin(&entry.getBody().front());
  auto read = ir::ReadOp::create(first, value.getLoc(), value.getType(), name);
  value.replaceAllUsesWith(read);
}

void PrepareBuilder::finish() {
  if (results.empty())
    return;
  SmallVector<ir::PortAttr> ports;
  for (auto [name, result] : llvm::zip_equal(names, results)) {
    SmallVector<StringAttr> dims;
    for (int64_t size : cast<RankedTensorType>(result.getType()).getShape())
      dims.push_back(builder.getStringAttr(Twine(size)));
    ports.push_back(ir::PortAttr::get(model.getContext(), ir::PortKind::Output, name, dims));
  }
  builder.setInsertionPointToEnd(&model.getBody().front());
  auto entry = ir::EntryOp::create(builder, model.getLoc(), "prepare", TypeRange(),
                                   ArrayRef<ir::PortAttr>(), ValueRange(results).getTypes(), ports);
  Block &target = entry.getBody().front();
  target.getOperations().splice(target.end(), body.getOperations());
  builder.setInsertionPointToEnd(&target);
  ir::ReturnOp::create(builder, model.getLoc(), results);
}

namespace {
struct PackWeights : gatefold::impl::PackWeightsBase<PackWeights> {
  using Base::Base;

  void runOnOperation() final {
    ir::ModelOp model = getOperation();
    ir::EntryOp sequence = model.lookupEntry("sequence");
    if (!sequence || sequence.isExternal() || model.lookupEntry("prepare"))
      return;
    sequence.walk([&](ir::DotOp dot) {
      if (ir::ReadOp weight = getPackable(dot)) {
        pack(dot, weight);
        ++numPacked;
      }
    });
    PrepareBuilder prepare(model);
    for (Value value : WeightValues(sequence).getRoots())
      prepare.add(value);
    prepare.finish();
    numPrepared += prepare.getCount();
  }
};
} // namespace
