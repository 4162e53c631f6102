//===- ScoreRegion.cpp - What becomes the region of attend ----------*- C++ -*-===//
//
// A walk from the scores back gives each axis of each value its role. It ends where a value does
// not have the keys' axis, and where what is done need not be done for each query: there the region
// gets an argument.
//
//===----------------------------------------------------------------------===//

#include "ScoreRegion.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace gatefold;

/// Operations between the scores and an argument of the region; what is further away is computed in
/// front.
static constexpr unsigned mostLinks = 64;

static RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

static bool isExpensive(Operation *op) {
  return isa<arith::DivFOp, arith::RemFOp>(op) || isa<math::MathDialect>(op->getDialect());
}

static bool isConstant(Operation *op) { return isa<arith::ConstantOp>(op); }

ScoreRegion::ScoreRegion(Value scores)
    : scores(scores), numMapped(tensorType(scores).getRank() - 1) {
  Part part{scores, llvm::to_vector<4>(llvm::seq<int64_t>(0, numMapped + 1))};
  keysAlone = !dependsOnQuery(part, 0);
  collect(part, 0);
}

//===----------------------------------------------------------------------===//
// What belongs to the region
//===----------------------------------------------------------------------===//

/// Operand `operand` of what computes a value, with the roles that its axes have by those of the
/// value's; nullopt where the operation does something else.
std::optional<ScoreRegion::Part> ScoreRegion::getOperand(const Part &part, unsigned operand) const {
  Operation *op = part.value.getDefiningOp();
  if (!op)
    return std::nullopt;
  Part result{op->getOperand(operand), {}, part.inReduction};
  ArrayRef<int64_t> roles = part.roles;
  if (auto broadcast = dyn_cast<ir::BroadcastOp>(op)) {
    for (auto [axis, role] : llvm::enumerate(roles))
      if (!llvm::is_contained(broadcast.getAxes(), int64_t(roles.size() - 1 - axis)))
        result.roles.push_back(role);
    return result;
  }
  if (auto transpose = dyn_cast<ir::TransposeOp>(op)) {
    size_t kept = roles.size() - transpose.getPermutation().size();
    result.roles.assign(roles.begin(), roles.end());
    for (auto [axis, source] : llvm::enumerate(transpose.getPermutation()))
      result.roles[kept + source] = roles[kept + axis];
    return result;
  }
  if (ir::isScoreReduction(op)) {
    if (hasColumns(part))
      return std::nullopt;
    result.inReduction = true;
    result.roles.assign(roles.begin(), roles.end());
    if (auto dot = dyn_cast<ir::DotOp>(op)) {
      size_t mapped = dot.getMapped(), left = tensorType(dot.getLhs()).getRank() - 1;
      if (operand == 0)
        result.roles.truncate(left);
      else
        result.roles.erase(result.roles.begin() + mapped, result.roles.begin() + left);
    }
    result.roles.push_back(columnRole());
    return result;
  }
  if (!ir::isScoreElementwise(op))
    return std::nullopt;
  result.roles.assign(roles.begin(), roles.end());
  return result;
}

/// True if a value is made of anything but weights and constants.
bool ScoreRegion::dependsOnData(Value value) {
  if (auto found = knownData.find(value); found != knownData.end())
    return found->second;
  Operation *op = value.getDefiningOp();
  bool result = !op || op->getNumRegions() != 0;
  if (op && !isa<ir::ReadOp, ir::SizeOp, ir::DimOp>(op))
    result = result ||
             llvm::any_of(op->getOperands(), [&](Value operand) { return dependsOnData(operand); });
  knownData[value] = result;
  return result;
}

/// True if something else than the keys, weights and constants goes into what a value has for a
/// key.
bool ScoreRegion::dependsOnQuery(const Part &part, unsigned depth) {
  Operation *op = part.value.getDefiningOp();
  if (!hasKeys(part))
    return dependsOnData(part.value);
  if (!op || depth > mostLinks)
    return false;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<RankedTensorType>(operand.get().getType()))
      continue;
    std::optional<Part> input = getOperand(part, operand.getOperandNumber());
    if (input && dependsOnQuery(*input, depth + 1))
      return true;
  }
  return false;
}

bool ScoreRegion::mayBeTakenIn(const Part &part, unsigned depth) {
  Operation *op = part.value.getDefiningOp();
  if (!op || depth > mostLinks)
    return false;
  if (isConstant(op))
    return ir::isScoreElementwise(op);
  if (auto broadcast = dyn_cast<ir::BroadcastOp>(op)) {
    // The region knows one size: how many keys there are.
    const int64_t *column = llvm::find(part.roles, columnRole());
    return column == part.roles.end() ||
           !broadcast.getType().isDynamicDim(column - part.roles.begin()) ||
           hasColumns(*getOperand(part, 0));
  }
  if (isa<ir::TransposeOp>(op))
    return isTakenIn(*getOperand(part, 0), depth + 1);
  // What is done outside of a loop stays there.
  if (!hasKeys(part) || op->getBlock() != scores.getParentBlock())
    return false;
  if (ir::isScoreReduction(op))
    return !hasColumns(part) && !part.inReduction && (keysAlone || dependsOnQuery(part, depth));
  if (!ir::isScoreElementwise(op))
    return false;
  return keysAlone || (!hasColumns(part) && !isExpensive(op)) || dependsOnQuery(part, depth);
}

bool ScoreRegion::isTakenIn(const Part &part, unsigned depth) {
  return llvm::is_contained(inside, part) || mayBeTakenIn(part, depth);
}

/// Finds the region's operations and arguments from `part` back.
void ScoreRegion::collect(const Part &part, unsigned depth) {
  if (llvm::is_contained(inside, part) || llvm::is_contained(queries, part) ||
      llvm::is_contained(keys, part))
    return;
  if (!mayBeTakenIn(part, depth)) {
    (hasKeys(part) ? keys : queries).push_back(part);
    return;
  }
  inside.push_back(part);
  for (OpOperand &operand : part.value.getDefiningOp()->getOpOperands())
    if (isa<RankedTensorType>(operand.get().getType()))
      collect(*getOperand(part, operand.getOperandNumber()), depth + 1);
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

bool ScoreRegion::coversMappedAxes(int64_t valuesMapped) const {
  return llvm::all_of(llvm::seq(valuesMapped, numMapped), [&](int64_t axis) {
    auto has = [&](const Part &part) { return llvm::is_contained(part.roles, axis); };
    return llvm::any_of(queries, has) || llvm::any_of(keys, has);
  });
}

/// The operand that a part becomes: its axes in the order of their roles.
static Value sortAxes(OpBuilder &builder, Value value, ArrayRef<int64_t> roles) {
  if (llvm::is_sorted(roles))
    return value;
  auto permutation = llvm::to_vector(llvm::seq<int64_t>(0, roles.size()));
  llvm::sort(permutation, [&](int64_t a, int64_t b) { return roles[a] < roles[b]; });
  return ir::TransposeOp::create(builder, value.getLoc(), value, permutation);
}

ir::AttendOp ScoreRegion::build(OpBuilder &builder, Location loc, RankedTensorType result,
                                Value values, int64_t valuesMapped) {
  if (!coversMappedAxes(valuesMapped))
    return nullptr;
  SmallVector<SmallVector<int64_t>> axes;
  auto makeOperands = [&](ArrayRef<Part> parts) {
    return llvm::map_to_vector(parts, [&](const Part &part) {
      SmallVector<int64_t> &mapped = axes.emplace_back();
      llvm::copy_if(part.roles, std::back_inserter(mapped),
                    [&](int64_t role) { return role < numMapped; });
      llvm::sort(mapped);
      return sortAxes(builder, part.value, part.roles);
    });
  };
  SmallVector<Value> queryValues = makeOperands(queries), keyValues = makeOperands(keys);
  axes.push_back(llvm::to_vector(llvm::seq<int64_t>(0, valuesMapped)));
  auto attend = ir::AttendOp::create(builder, loc, result, queryValues, keyValues, values, axes);
  for (auto [part, argument] : llvm::zip_equal(queries, attend.getQueryArguments()))
    copies.push_back({part, argument});
  for (auto [part, argument] : llvm::zip_equal(keys, attend.getKeyArguments()))
    copies.push_back({part, argument});
  count = attend.getCount();
  OpBuilder region = OpBuilder::atBlockBegin(&attend.getBody().front());
  Part part{scores, llvm::to_vector<4>(llvm::seq<int64_t>(0, numMapped + 1))};
  ir::ScoreOp::create(region, scores.getLoc(), copy(region, part));
  return attend;
}

/// The type of a part in the region, where keys come first.
RankedTensorType ScoreRegion::getPartType(const Part &part) const {
  SmallVector<int64_t> shape;
  if (hasKeys(part))
    shape.push_back(ShapedType::kDynamic);
  for (auto [axis, role] : llvm::enumerate(part.roles))
    if (role == columnRole())
      shape.push_back(tensorType(part.value).getDimSize(axis));
  return RankedTensorType::get(shape, tensorType(part.value).getElementType());
}

Value ScoreRegion::copy(OpBuilder &builder, const Part &part) {
  for (const auto &[known, value] : copies)
    if (known == part)
      return value;
  Value value = copyOperation(builder, part);
  copies.push_back({part, value});
  return value;
}

/// Repeats a part along the axes that `to` has and `from` has not.
Value ScoreRegion::broadcast(OpBuilder &builder, Location loc, Value input, const Part &from,
                             const Part &to) {
  SmallVector<int64_t> axes;
  SmallVector<Value> sizes;
  if (hasColumns(to) && !hasColumns(from))
    axes.push_back(0);
  if (hasKeys(to) && !hasKeys(from)) {
    axes.push_back(hasColumns(to) ? 1 : 0);
    sizes.push_back(count);
  }
  if (axes.empty())
    return input;
  return ir::BroadcastOp::create(builder, loc, getPartType(to), input, sizes, axes);
}

Value ScoreRegion::copyOperation(OpBuilder &builder, const Part &part) {
  Operation *op = part.value.getDefiningOp();
  Location loc = op->getLoc();
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto type = RankedTensorType::get({}, tensorType(part.value).getElementType());
    auto elements = cast<DenseElementsAttr>(constant.getValue()).resizeSplat(type);
    Value value = arith::ConstantOp::create(builder, loc, elements);
    return broadcast(builder, loc, value, Part{part.value, {}}, part);
  }
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands())
    if (isa<RankedTensorType>(operand.get().getType()))
      operands.push_back(copy(builder, *getOperand(part, operand.getOperandNumber())));
  if (isa<ir::TransposeOp>(op))
    return operands.front();
  if (isa<ir::BroadcastOp>(op))
    return broadcast(builder, loc, operands.front(), *getOperand(part, 0), part);
  // Products of the keys' axis with itself run along it together.
  if (isa<ir::DotOp>(op)) {
    bool together = hasKeys(*getOperand(part, 0)) && hasKeys(*getOperand(part, 1));
    return ir::DotOp::create(builder, loc, operands[0], operands[1], ir::ReductionOrder::Lanes,
                             together ? 1 : 0);
  }
  if (isa<ir::ReduceOp>(op))
    return ir::ReduceOp::create(builder, loc, ir::ReductionKind::Sum, operands[0],
                                ArrayRef<int64_t>{0}, ir::ReductionOrder::Lanes);
  IRMapping mapping;
  mapping.map(op->getOperands(), operands);
  Operation *copied = builder.clone(*op, mapping);
  copied->getResult(0).setType(getPartType(part));
  return copied->getResult(0);
}
