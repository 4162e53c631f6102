//===- PackWeights.cpp - Lay weights out as products read them ------*- C++ -*-===//
//
// Puts the weights of products in panels and moves everything that depends on weights alone to the
// entry `prepare`.
//
//===----------------------------------------------------------------------===//

#include "ByteProducts.h"
#include "CopyOperands.h"
#include "FuseLocations.h"
#include "WeightValues.h"
#include "gatefold/IR/Explain.h"
#include "gatefold/IR/Fusion.h"
#include "gatefold/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"

namespace gatefold {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "gatefold/Transforms/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

//===----------------------------------------------------------------------===//
// Panels
//===----------------------------------------------------------------------===//

static RankedTensorType getTensor(ArrayRef<int64_t> shape, Type like) {
  return RankedTensorType::get(shape, cast<RankedTensorType>(like).getElementType());
}

/// True for a matrix `[N, K]`, made of weights and constants alone, that profits from panels.
static bool isPackable(Value matrix, const WeightValues &weights) {
  auto type = cast<RankedTensorType>(matrix.getType());
  return weights.contains(matrix) && type.getRank() == 2 && type.getDimSize(0) >= ir::panelRows;
}

/// True for a product that profits from panels.
static bool isPackable(ir::DotOp dot, const WeightValues &weights) {
  return !dot.getTransposed() && dot.getMapped() == 0 &&
         dot.getOrder() == ir::ReductionOrder::Chain && isPackable(dot.getRhs(), weights);
}

/// Products of one operand with matrices that profit from panels.
static SmallVector<Operation *> findProducts(ir::EntryOp entry, const WeightValues &weights) {
  SmallVector<Operation *> found;
  entry.walk([&](Operation *op) {
    auto packable = [&](Value matrix) { return isPackable(matrix, weights); };
    auto dot = dyn_cast<ir::DotOp>(op);
    auto dots = dyn_cast<ir::DotsOp>(op);
    if ((dot && isPackable(dot, weights)) ||
        (dots && !dots.getMatrices().empty() && llvm::all_of(dots.getMatrices(), packable)))
      found.push_back(op);
  });
  return found;
}

/// The matrices of a `dot` or `dots`.
static SmallVector<Value> getMatrices(Operation *product) {
  return llvm::to_vector(product->getOperands().drop_front());
}

/// [N, K] => [N / 16, K, 1, 16], with zero rows where 16 does not divide N.
static Value buildPanels(OpBuilder &builder, Value matrix) {
  Location loc = matrix.getLoc();
  auto type = cast<RankedTensorType>(matrix.getType());
  int64_t columns = type.getDimSize(1),
          panels = llvm::divideCeil(type.getDimSize(0), ir::panelRows);
  int64_t rows = panels * ir::panelRows;
  if (int64_t missing = rows - type.getDimSize(0)) {
    auto zeroType = getTensor({missing, columns}, type);
    Value zeros = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(zeroType));
    matrix = ir::ConcatOp::create(builder, loc, getTensor({rows, columns}, type),
                                  ValueRange{matrix, zeros}, 1);
  }
  matrix = ir::ReshapeOp::create(builder, loc, getTensor({panels, 1, ir::panelRows, columns}, type),
                                 matrix, 2);
  return ir::TransposeOp::create(builder, loc, getTensor({panels, columns, 1, ir::panelRows}, type),
                                 matrix, ArrayRef<int64_t>{0, 3, 1, 2});
}

/// Names of values that are to be prepared.
using PartNames = llvm::DenseMap<Value, std::string>;

/// The weight that a matrix is, or nothing. It may have other axes.
static StringRef findWeight(Value matrix) {
  while (isa_and_nonnull<ir::TransposeOp, ir::ReshapeOp, ir::ConcatOp>(matrix.getDefiningOp()))
    matrix = matrix.getDefiningOp()->getOperand(0);
  auto read = matrix.getDefiningOp<ir::ReadOp>();
  return read ? read.getWeight() : "";
}

/// `W.panels` for the panels of W, `W.and_3_more.panels` for those of four weights, nothing if none
/// of the matrices is a weight.
static std::string nameParts(ArrayRef<Value> matrices, StringRef part) {
  SmallVector<StringRef> weights;
  for (Value matrix : matrices)
    if (StringRef weight = findWeight(matrix); !weight.empty())
      weights.push_back(weight);
  if (weights.empty())
    return "";
  std::string others =
      weights.size() == 1 ? "" : ".and_" + std::to_string(weights.size() - 1) + "_more";
  return (weights.front() + others + "." + part).str();
}

/// The element type that panels of f32 are rounded to; null if they stay as they are.
static FloatType getRoundedType(MLIRContext *context, WeightType type) {
  switch (type) {
  case WeightType::F32:
  case WeightType::Int8:
    return {};
  case WeightType::BF16:
    return BFloat16Type::get(context);
  case WeightType::F16:
    return Float16Type::get(context);
  }
  llvm_unreachable("all weight types are listed");
}

/// Panels of f32, rounded to what weights are stored as.
static Value round(OpBuilder &builder, Value panels, WeightType weightType) {
  auto type = cast<RankedTensorType>(panels.getType());
  FloatType element = getRoundedType(builder.getContext(), weightType);
  if (!element || !type.getElementType().isF32())
    return panels;
  return arith::TruncFOp::create(builder, panels.getLoc(), type.clone(element), panels);
}

/// The panels of G matrices of one shape: [N / 16, K, G, 16].
static Value buildPanels(OpBuilder &builder, ArrayRef<Value> matrices, WeightType weightType) {
  SmallVector<Value> parts;
  for (Value matrix : matrices)
    parts.push_back(round(builder, buildPanels(builder, matrix), weightType));
  if (parts.size() == 1)
    return parts.front();
  auto locations = llvm::map_to_vector(matrices, [](Value matrix) { return matrix.getLoc(); });
  return ir::ConcatOp::create(builder, fuseLocations(locations), parts, 1);
}

/// True if the product can be one of bytes.
static bool canUseBytes(Operation *product) {
  auto lhs = cast<RankedTensorType>(product->getOperand(0).getType());
  return lhs.getElementType().isF32() && !lhs.isDynamicDim(lhs.getRank() - 1) &&
         lhs.getShape().back() <= mostByteColumns;
}

/// Puts panels in place of matrices, and gives what is to be prepared its names.
static void pack(Operation *product, WeightType weightType, PartNames &names) {
  OpBuilder builder(product);
  SmallVector<Value> matrices = getMatrices(product);
  SmallVector<Value> packed;
  if (weightType == WeightType::Int8 && canUseBytes(product)) {
    ByteProducts products =
        buildByteProducts(builder, product->getLoc(), product->getOperand(0), matrices);
    names[products.panels] = nameParts(matrices, "panels");
    for (auto [matrix, scales, offsets] :
         llvm::zip_equal(matrices, products.scales, products.offsets)) {
      names[scales] = nameParts(matrix, "scales");
      names[offsets] = nameParts(matrix, "offsets");
    }
    packed = products.results;
  } else {
    Value panels = buildPanels(builder, matrices, weightType);
    names[panels] = nameParts(matrices, "panels");
    int64_t rows = cast<RankedTensorType>(matrices.front().getType()).getDimSize(0);
    auto dots =
        ir::DotsOp::create(builder, product->getLoc(), product->getOperand(0), panels, rows);
    packed = llvm::to_vector_of<Value>(dots.getResults());
  }
  product->replaceAllUsesWith(packed);
  product->erase();
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

  void add(Value value, const PartNames &partNames);
  void finish();
  unsigned getCount() const { return results.size(); }

private:
  std::string chooseName(Value value, const PartNames &partNames);

  ir::ModelOp model;
  OpBuilder builder;
  Block body;
  IRMapping values;
  SmallVector<Value> originals, results;
  SmallVector<StringAttr> names;
};

} // namespace

/// What the value is to be called, or `prepared.3`, and not like anything else.
std::string PrepareBuilder::chooseName(Value value, const PartNames &partNames) {
  std::string name = partNames.lookup(value);
  if (name.empty())
    name = ("prepared." + Twine(results.size())).str();
  std::string unique = name;
  for (unsigned i = 2; model.lookupSymbol(unique); ++i)
    unique = (name + "." + Twine(i)).str();
  return unique;
}

void PrepareBuilder::add(Value value, const PartNames &partNames) {
  OpBuilder inside(model.getContext());
  inside.setInsertionPointToEnd(&body);
  results.push_back(copyWithOperands(inside, value, values));
  std::string name = chooseName(value, partNames);
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

/// Says that a product is about to be packed.
static void explain(Operation *product, WeightType weightType) {
  auto remark = ir::explainDone(product, passName);
  if (!remark)
    return;
  SmallVector<Value> matrices = getMatrices(product);
  int64_t rows = cast<RankedTensorType>(matrices.front().getType()).getDimSize(0);
  std::string operand = ir::findOperandName(product->getOperand(0), product);
  std::string names = ir::listNames(product->getResults());
  remark << (matrices.size() == 1 ? "the product" : "the products")
         << (names.empty() ? "" : " for " + names)
         << (operand.empty() ? "" : " with operand " + operand) << ": "
         << ir::describeCount(llvm::divideCeil(rows, ir::panelRows), "panel") << " of "
         << (matrices.size() == 1 ? "" : std::to_string(matrices.size()) + " x ")
         << std::to_string(ir::panelRows) << " rows";
  if (weightType == WeightType::Int8 && !canUseBytes(product))
    remark << ", stored as f32: sums of more than " << std::to_string(mostByteColumns)
           << " products of bytes";
  else if (weightType != WeightType::F32)
    remark << ", stored as " << getWeightTypeName(weightType);
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
    if (dot.getTransposed() || isPackable(dot, weights))
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
      if (entry.getContext()->getRemarkEngine())
        explainRefusals(entry, weights);
      PartNames names;
      for (Operation *product : findProducts(entry, weights)) {
        explain(product, weightType);
        packed += product->getNumResults();
        pack(product, weightType, names);
      }
      for (Value value : WeightValues(entry).getRoots())
        prepare.add(value, names);
    }
    prepare.finish();
    ir::explainCount(model, passName, "products packed", packed);
    ir::explainCount(model, passName, "values prepared", prepare.getCount());
  }
};
} // namespace
