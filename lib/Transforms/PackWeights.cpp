//===- PackWeights.cpp - Lay weights out as products read them ------*- C++ -*-===//
//
// Puts the weights of products in panels and moves everything that depends on weights alone to the
// entry `prepare`.
//
//===----------------------------------------------------------------------===//

#include "CopyOperands.h"
#include "gatefold/IR/Explain.h"
#include "gatefold/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"
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
// What depends on weights alone
//===----------------------------------------------------------------------===//

namespace {

/// The values of an entry that weights alone determine.
class WeightValues {
public:
  explicit WeightValues(ir::EntryOp entry) {
    entry.walk<WalkOrder::PreOrder>([&](Operation *op) { visit(op); });
  }

  /// True if weights and constants alone determine the value.
  bool contains(Value value) const { return fixed.contains(value); }

  /// Those that others use and that take work to compute.
  SmallVector<Value> getRoots() const {
    SmallVector<Value> roots;
    for (Value value : computed)
      if (isUsed(value))
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
    if (!simple ||
        !llvm::all_of(op->getOperands(), [&](Value value) { return fixed.contains(value); }))
      return;
    Value result = op->getResult(0);
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type || !type.hasStaticShape())
      return;
    fixed.insert(result);
    // A broadcast costs nothing where it is used. Prepared weights are f32; what leads to them need
    // not be.
    if (!isa<ir::BroadcastOp>(op) && type.getElementType().isF32())
      computed.insert(result);
  }
  /// True if something needs the value besides values that are computed from it beforehand.
  bool isUsed(Value value) const {
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      if (user->getNumResults() != 1 || !fixed.contains(user->getResult(0)))
        return true;
      return !computed.contains(user->getResult(0)) && isUsed(user->getResult(0));
    });
  }

  DenseSet<Value> fixed;
  llvm::SetVector<Value> computed;
};

} // namespace

//===----------------------------------------------------------------------===//
// Panels
//===----------------------------------------------------------------------===//

static RankedTensorType getTensor(ArrayRef<int64_t> shape, Type like) {
  return RankedTensorType::get(shape, cast<RankedTensorType>(like).getElementType());
}

/// The matrix of a product that profits from panels, made of weights and constants alone; or null.
static Value getPackable(ir::DotOp dot, const WeightValues &weights) {
  if (!weights.contains(dot.getRhs()) || dot.getTransposed() || dot.getMapped() != 0 ||
      dot.getOrder() != ir::ReductionOrder::Chain)
    return nullptr;
  auto type = cast<RankedTensorType>(dot.getRhs().getType());
  return type.getRank() == 2 && type.getDimSize(0) >= panelRows ? dot.getRhs() : Value();
}

namespace {

/// Products of one block that read the same operand, in program order.
struct ProductGroup {
  SmallVector<ir::DotOp> dots;
  SmallVector<Value> weights;
};

} // namespace

static SmallVector<ProductGroup> findGroups(ir::EntryOp entry, const WeightValues &weights) {
  llvm::MapVector<std::pair<Block *, Value>, ProductGroup> groups;
  entry.walk([&](ir::DotOp dot) {
    if (Value weight = getPackable(dot, weights)) {
      ProductGroup &group = groups[{dot->getBlock(), dot.getLhs()}];
      group.dots.push_back(dot);
      group.weights.push_back(weight);
    }
  });
  return llvm::map_to_vector(groups, [](auto &entry) { return std::move(entry.second); });
}

/// The rows of a weight rounded up to whole panels.
static int64_t getPaddedRows(Value weight) {
  return llvm::alignTo(cast<RankedTensorType>(weight.getType()).getDimSize(0), panelRows);
}

/// [A, K] => [A / 16, K, 16], with zero rows where 16 does not divide A.
static Value buildPanels(OpBuilder &builder, Value weight) {
  Location loc = weight.getLoc();
  auto type = cast<RankedTensorType>(weight.getType());
  int64_t columns = type.getDimSize(1), rows = getPaddedRows(weight), panels = rows / panelRows;
  // Made anew: the operation may stand behind the first product of the group.
  IRMapping copies;
  Value value = copyWithOperands(builder, weight, copies);
  if (int64_t missing = rows - type.getDimSize(0)) {
    auto zeroType = getTensor({missing, columns}, type);
    Value zeros = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(zeroType));
    value = ir::ConcatOp::create(builder, loc, getTensor({rows, columns}, type),
                                 ValueRange{value, zeros}, 1);
  }
  value =
      ir::ReshapeOp::create(builder, loc, getTensor({panels, panelRows, columns}, type), value, 2);
  return ir::TransposeOp::create(builder, loc, getTensor({panels, columns, panelRows}, type), value,
                                 ArrayRef<int64_t>{0, 2, 1});
}

/// The panels of several weights of as many columns, one behind the other.
static Value buildPanels(OpBuilder &builder, ArrayRef<Value> weights) {
  SmallVector<Value> parts;
  int64_t panels = 0;
  for (Value weight : weights) {
    parts.push_back(buildPanels(builder, weight));
    panels += getPaddedRows(weight) / panelRows;
  }
  if (parts.size() == 1)
    return parts.front();
  auto type = cast<RankedTensorType>(parts.front().getType());
  return ir::ConcatOp::create(builder, weights.front().getLoc(),
                              getTensor({panels, type.getDimSize(1), panelRows}, type), parts, 2);
}

/// dot(x, W), dot(x, V).. => slices of reshape(dot(x, panels(W, V..)))
static void pack(ProductGroup &group) {
  ir::DotOp first = group.dots.front();
  OpBuilder builder(first);
  Location loc = first.getLoc();
  Value panels = buildPanels(builder, group.weights);
  auto lhs = cast<RankedTensorType>(first.getLhs().getType());
  auto productType = ir::DotOp::inferType(lhs, cast<RankedTensorType>(panels.getType()), 0,
                                          /*transposed=*/true);
  Value product = ir::DotOp::create(builder, loc, productType, first.getLhs(), panels,
                                    first.getOrder(), 0, /*transposed=*/true);
  SmallVector<int64_t> shape(productType.getShape().drop_back(2));
  shape.push_back(productType.getShape().take_back(2).front() * panelRows);
  product = ir::ReshapeOp::create(builder, loc, getTensor(shape, first.getType()), product, 2);

  int64_t start = 0;
  for (auto [dot, weight] : llvm::zip_equal(group.dots, group.weights)) {
    auto type = cast<RankedTensorType>(dot.getType());
    Value result = product;
    if (type != product.getType())
      result = ir::SliceOp::create(builder, dot.getLoc(), type, product, 0, start,
                                   type.getShape().back());
    start += getPaddedRows(weight);
    dot.replaceAllUsesWith(result);
  }
  for (ir::DotOp dot : group.dots)
    dot.erase();
}

//===----------------------------------------------------------------------===//
// The entry `prepare`
//===----------------------------------------------------------------------===//

namespace {

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
  SmallVector<Value> originals, results;
  SmallVector<StringAttr> names;
};

} // namespace

/// The weight that a value is the panels of, or nothing.
static StringRef findWeightOfPanels(Value value) {
  auto transpose = value.getDefiningOp<ir::TransposeOp>();
  auto reshape = transpose ? transpose.getInput().getDefiningOp<ir::ReshapeOp>() : nullptr;
  if (!reshape)
    return "";
  Value rows = reshape.getInput();
  if (auto padded = rows.getDefiningOp<ir::ConcatOp>())
    rows = padded.getInputs().front();
  // The weight itself may have other axes.
  while (auto flat = rows.getDefiningOp<ir::ReshapeOp>())
    rows = flat.getInput();
  auto read = rows.getDefiningOp<ir::ReadOp>();
  return read ? read.getWeight() : "";
}

/// `W.panels` for the panels of W, `W.and_3_more.panels` for those of four weights, `prepared.3`
/// for others.
std::string PrepareBuilder::chooseName(Value value) {
  SmallVector<Value> parts{value};
  if (auto concat = value.getDefiningOp<ir::ConcatOp>())
    parts.assign(concat.getInputs().begin(), concat.getInputs().end());
  SmallVector<StringRef> weights;
  for (Value part : parts)
    if (StringRef weight = findWeightOfPanels(part); !weight.empty())
      weights.push_back(weight);
  std::string name = ("prepared." + Twine(results.size())).str();
  if (weights.size() == 1)
    name = (weights.front() + ".panels").str();
  else if (weights.size() > 1)
    name = (weights.front() + ".and_" + Twine(weights.size() - 1) + "_more.panels").str();
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
  builder.setInsertionPointToStart(&model.getBody().front());
  for (auto weight : model.getBody().getOps<ir::WeightOp>())
    builder.setInsertionPointAfter(weight);
  names.push_back(builder.getStringAttr(name));
  ir::WeightOp::create(builder, value.getLoc(), names.back(), TypeAttr::get(value.getType()),
                       /*source=*/nullptr, builder.getUnitAttr());

  originals.push_back(value);
}

void PrepareBuilder::finish() {
  if (results.empty())
    return;
  // Only now: one value may be computed from another.
  for (auto [value, name] : llvm::zip_equal(originals, names)) {
    auto entry = value.getDefiningOp()->getParentOfType<ir::EntryOp>();
    OpBuilder first = OpBuilder::atBlockBegin(&entry.getBody().front());
    auto read = ir::ReadOp::create(first, value.getLoc(), value.getType(), name);
    value.replaceAllUsesWith(read);
  }
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

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

static constexpr StringLiteral passName = "pack-weights";

/// "gates i, f and o share operand h: .." or the like for one product, which is about to be packed.
static void explain(const ProductGroup &group) {
  ir::DotOp first = group.dots.front();
  auto remark = ir::explainDone(first, passName);
  if (!remark)
    return;
  int64_t panels = 0;
  for (Value weight : group.weights)
    panels += getPaddedRows(weight) / panelRows;
  std::string operand = ir::findName(first.getLhs().getLoc());
  std::string names = ir::listNames(
      llvm::map_to_vector(group.dots, [](ir::DotOp dot) -> Value { return dot.getResult(); }));
  std::string of = names.empty() ? "" : " for " + names;
  if (group.dots.size() == 1)
    remark << "the product" << of << (operand.empty() ? "" : " with operand " + operand);
  else
    remark << ir::describeCount(group.dots.size(), "product") << of << " share "
           << (operand.empty() ? "one operand" : "operand " + operand);
  remark << ": " << ir::describeCount(panels, "panel") << " of " << std::to_string(panelRows)
         << " rows";
}

/// Why a product stays as it is.
static StringRef findReason(ir::DotOp dot, const WeightValues &weights) {
  if (!weights.contains(dot.getRhs()))
    return "both sides are computed";
  if (dot.getMapped() != 0)
    return "the weight is a matrix for each of several rows";
  if (dot.getOrder() != ir::ReductionOrder::Chain)
    return "the order of additions is `lanes`, along the rows of the weight";
  return "the weight has fewer rows than a panel";
}

/// Tells which products stay as they are; those of one instance in one remark.
static void explainRefusals(ir::EntryOp entry, const WeightValues &weights) {
  llvm::MapVector<std::pair<StringRef, Location>, SmallVector<Value>> refused;
  entry.walk([&](ir::DotOp dot) {
    if (dot.getTransposed() || getPackable(dot, weights))
      return;
    auto call = dyn_cast<CallSiteLoc>(dot.getLoc());
    refused[{findReason(dot, weights), call ? call.getCaller() : dot.getLoc()}].push_back(dot);
  });
  for (const auto &[why, products] : refused)
    if (auto remark = ir::explainRefused(products.front().getDefiningOp(), passName)) {
      std::string names = ir::listNames(products);
      remark << (products.size() == 1 ? "the product" : "the products")
             << (names.empty() ? "" : " for " + names)
             << (products.size() == 1 ? " is not packed: " : " are not packed: ") << why.first;
    }
}

namespace {
struct PackWeights : gatefold::impl::PackWeightsBase<PackWeights> {
  using Base::Base;

  void runOnOperation() final {
    ir::ModelOp model = getOperation();
    ir::EntryOp sequence = model.lookupEntry("sequence");
    if (!sequence || sequence.isExternal() || model.lookupEntry("prepare"))
      return;
    PrepareBuilder prepare(model);
    int64_t packed = 0;
    for (StringRef name : {"sequence", "decode"}) {
      ir::EntryOp entry = model.lookupEntry(name);
      if (!entry)
        continue;
      WeightValues weights(entry);
      SmallVector<ProductGroup> groups = findGroups(entry, weights);
      if (entry.getContext()->getRemarkEngine())
        explainRefusals(entry, weights);
      for (ProductGroup &group : groups) {
        explain(group);
        pack(group);
        packed += group.dots.size();
      }
      for (Value value : WeightValues(entry).getRoots())
        prepare.add(value);
    }
    prepare.finish();
    ir::explainCount(model, passName, "products packed", packed);
    ir::explainCount(model, passName, "values prepared", prepare.getCount());
  }
};
} // namespace
