//===- Nest.cpp - Loop nests of elementwise work -------------------------*- C++ -*-===//
//
// Computes values element by element, sixteen neighbours of the last axis side by side where memory
// allows. What a value is computed from is computed in the same nest, down to values in memory.
//
//===----------------------------------------------------------------------===//

#include "Nest.h"
#include "../IndependentLoops.h"
#include "ShapeQueries.h"
#include "gatefold/IR/Places.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gatefold;

//===----------------------------------------------------------------------===//
// Which operations
//===----------------------------------------------------------------------===//

/// Operations that compute, unlike those that only say where an element is found.
static bool isComputation(Operation *op) {
  return OpTrait::hasElementwiseMappableTraits(op) || isa<ir::GatherOp>(op);
}

bool gatefold::isElementwise(Operation *op) {
  if (op->getNumResults() != 1 || !isa<RankedTensorType>(op->getResult(0).getType()))
    return false;
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return cast<ElementsAttr>(constant.getValue()).isSplat();
  if (auto reshape = dyn_cast<ir::ReshapeOp>(op))
    return isUnitReshape(reshape);
  if (auto elements = dyn_cast<tensor::FromElementsOp>(op))
    return elements.getElements().size() == 1;
  return isComputation(op) || isa<ir::BroadcastOp, ir::TransposeOp, ir::SliceOp>(op);
}

static bool isIntegerDivision(Operation *op) {
  return isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp>(op);
}

static bool isExpensive(Operation *op) {
  return isa<arith::DivFOp, arith::RemFOp, ir::GatherOp>(op) || isIntegerDivision(op) ||
         isa<math::MathDialect>(op->getDialect());
}

/// True if a reader reads each element more than once.
static bool isRepeated(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    if (isa<ir::BroadcastOp>(user))
      return true;
    return isElementwise(user) && !isComputation(user) && isRepeated(user->getResult(0));
  });
}

/// The block that the nest with the operation is emitted in.
static Block *getNestBlock(Operation *op) {
  auto fuse = dyn_cast<ir::FuseOp>(op->getParentOp());
  return fuse ? fuse->getBlock() : op->getBlock();
}

bool gatefold::needsMemory(Operation *op) {
  Value value = op->getResult(0);
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    if (readsMemory(use))
      return true;
    if (isComputation(op) && getNestBlock(user) != op->getBlock())
      return true;
  }
  if (!isComputation(op))
    return false;
  return isa<ir::GatherOp>(op) || isRepeated(value) || (isExpensive(op) && !value.hasOneUse());
}

bool gatefold::readsMemory(OpOperand &use) {
  Operation *user = use.getOwner();
  if (isa<ir::DotOp, ir::DotsOp, ir::ReduceOp, ir::CumulateOp, ir::ArgMaxOp, ir::ReverseOp,
          ir::WindowsOp, ir::AttendOp>(user))
    return true;
  if (auto reshape = dyn_cast<ir::ReshapeOp>(user))
    return !isUnitReshape(reshape);
  if (isa<ir::GatherOp>(user))
    return use.getOperandNumber() == 0;
  if (isa<ir::AppendOp, ir::PrefixOp, ir::SuffixOp>(user))
    return true;
  if (auto scan = dyn_cast<ir::ScanOp>(user))
    return use.getOperandNumber() < scan.getSequences().size();
  if (auto blocks = dyn_cast<ir::BlocksOp>(user))
    return use.getOperandNumber() < blocks.getSequences().size();
  return false;
}

//===----------------------------------------------------------------------===//
// The nest
//===----------------------------------------------------------------------===//

void gatefold::emitNest(EntryEmitter &emitter, ArrayRef<EntryEmitter::Store> stores) {
  OpBuilder::InsertionGuard guard(emitter.builder);
  Nest(emitter).emit(stores);
}

void Nest::emit(ArrayRef<EntryEmitter::Store> stores) {
  const Extents &extents = stores.front().target.extents;
  Location loc = stores.front().value.getLoc();
  Positions positions;
  for (AffineExpr extent : ArrayRef(extents).drop_back(extents.empty() ? 0 : 1))
    positions.push_back({emitter.beginLoop(extent, loc)});
  if (extents.empty())
    return emitInside(stores, positions);
  if (canBeVector(stores))
    return emitRow(stores, positions, extents.back());
  positions.push_back({emitter.beginLoop(extents.back(), loc)});
  emitInside(stores, positions);
}

bool Nest::canBeVector(ArrayRef<EntryEmitter::Store> stores) {
  unsigned axis = stores.front().target.extents.size() - 1;
  return getConstantExtent(stores.front().target.extents.back()) != 1 &&
         llvm::all_of(stores, [&](const EntryEmitter::Store &store) {
           return store.target.hasUnitStride() && canBeVector(store.value, axis);
         });
}

/// Finds `axis` of the result among the axes of the operand; -1 if the operand does not have it.
static int findAxis(ArrayRef<int> axes, int axis) {
  const auto *it = llvm::find(axes, axis);
  return it == axes.end() ? -1 : it - axes.begin();
}

/// True if sixteen neighbours of a value along `axis` (-1: the axis is not there) can be computed
/// side by side.
bool Nest::canBeVector(Value value, int axis) {
  if (axis < 0)
    return true;
  auto known = knownVectors.find({value, axis});
  if (known != knownVectors.end())
    return known->second;
  bool result = findWhetherVector(value, axis);
  knownVectors[{value, axis}] = result;
  return result;
}

/// True if the number of elements that a slice picks from is known only now.
bool Nest::isRowCount(ir::SliceOp slice) {
  Extents extents = emitter.sizes.getExtents(slice.getInput());
  return !extents[extents.size() - 1 - slice.getAxis()].isSymbolicOrConstant();
}

bool Nest::findWhetherVector(Value value, int axis) {
  if (View view = emitter.lookup(value))
    return axis + 1 == int(view.extents.size()) && view.hasUnitStride();
  Operation *op = value.getDefiningOp();
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](ir::BroadcastOp broadcast) {
        return canBeVector(broadcast.getInput(), findAxis(getBroadcastAxes(broadcast), axis));
      })
      .Case([&](ir::TransposeOp transpose) {
        return canBeVector(transpose.getInput(), findAxis(getTransposeAxes(transpose), axis));
      })
      .Case([&](ir::ReshapeOp reshape) {
        return canBeVector(reshape.getInput(), findAxis(getUnitReshapeAxes(reshape), axis));
      })
      .Case([&](ir::SliceOp slice) {
        bool isPicked = axis == int(cast<RankedTensorType>(slice.getType()).getRank() - 1 -
                                    int64_t(slice.getAxis()));
        return !(isPicked && isRowCount(slice)) && canBeVector(slice.getInput(), axis);
      })
      .Case([&](ir::GatherOp gather) {
        unsigned indexRank = cast<RankedTensorType>(gather.getIndices().getType()).getRank();
        return axis >= int(indexRank);
      })
      .Case<arith::ConstantOp, tensor::FromElementsOp, ir::DotsOp>([](Operation *) { return true; })
      .Default([&](Operation *elementwise) {
        return llvm::all_of(elementwise->getOperands(), [&](Value operand) {
          return !isa<RankedTensorType>(operand.getType()) || canBeVector(operand, axis);
        });
      });
}

void Nest::emitRow(ArrayRef<EntryEmitter::Store> stores, Positions positions, AffineExpr extent) {
  Location loc = stores.front().value.getLoc();
  auto maskType = VectorType::get({numLanes}, builder.getI1Type());
  std::optional<int64_t> constant = getConstantExtent(extent);
  if (constant && *constant <= numLanes) {
    if (*constant < numLanes)
      mask = vector::ConstantMaskOp::create(builder, loc, maskType, ArrayRef<int64_t>{*constant});
    positions.push_back({emitter.index(0), true});
    return emitInside(stores, positions);
  }
  Value end = emitter.memory.getSize(extent);
  auto loop = scf::ForOp::create(builder, loc, emitter.index(0), end, emitter.index(numLanes));
  markIndependent(loop);
  builder.setInsertionPoint(loop.getBody()->getTerminator());
  Value start = loop.getInductionVar();
  if (!constant || *constant % numLanes != 0) {
    Value left = arith::SubIOp::create(builder, loc, end, start);
    mask = vector::CreateMaskOp::create(builder, loc, maskType, left);
  }
  positions.push_back({start, true});
  emitInside(stores, positions);
}

void Nest::emitAt(ArrayRef<EntryEmitter::Store> stores, const Positions &positions, Value atMask) {
  mask = atMask;
  emitInside(stores, positions);
}

void Nest::emitInside(ArrayRef<EntryEmitter::Store> stores, const Positions &positions) {
  SmallVector<Value> results;
  for (const EntryEmitter::Store &target : stores)
    results.push_back(element(target.value, positions));
  for (auto [target, result] : llvm::zip_equal(stores, results))
    store(target.target, result, positions, target.value.getLoc());
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

Value Nest::element(Value value, const Positions &positions) {
  for (auto &[at, result] : known[value])
    if (at == positions)
      return result;
  Value result = computeElement(value, positions);
  known[value].push_back({positions, result});
  return result;
}

/// The positions on an operand's axes; -1 stands for an axis of size 1.
Positions Nest::select(const Positions &positions, ArrayRef<int> axes) {
  Positions selected;
  for (int axis : axes)
    selected.push_back(axis < 0 ? Position{} : positions[axis]);
  return selected;
}

Value Nest::computeElement(Value value, const Positions &positions) {
  Type type = cast<RankedTensorType>(value.getType()).getElementType();
  if (View view = emitter.lookup(value))
    return load(view, type, positions, value.getLoc());
  return llvm::TypeSwitch<Operation *, Value>(value.getDefiningOp())
      .Case([&](ir::BroadcastOp broadcast) {
        return element(broadcast.getInput(), select(positions, getBroadcastAxes(broadcast)));
      })
      .Case([&](ir::TransposeOp transpose) {
        return element(transpose.getInput(), select(positions, getTransposeAxes(transpose)));
      })
      .Case([&](ir::ReshapeOp reshape) {
        return element(reshape.getInput(), select(positions, getUnitReshapeAxes(reshape)));
      })
      .Case([&](ir::SliceOp op) { return slice(op, positions); })
      .Case([&](ir::GatherOp op) { return gather(op, positions); })
      .Case([&](arith::ConstantOp constant) -> Value {
        auto splat = cast<DenseElementsAttr>(constant.getValue()).getSplatValue<TypedAttr>();
        return arith::ConstantOp::create(builder, constant.getLoc(), splat);
      })
      .Case([&](tensor::FromElementsOp elements) {
        return emitter.lookupScalar(elements.getElements().front());
      })
      .Default([&](Operation *op) { return compute(op, positions); });
}

Value Nest::compute(Operation *op, const Positions &positions) {
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(isa<RankedTensorType>(operand.getType()) ? element(operand, positions)
                                                                : emitter.lookupScalar(operand));
  bool anyVector =
      llvm::any_of(operands, [](Value operand) { return isa<VectorType>(operand.getType()); });
  if (anyVector && mask && isIntegerDivision(op))
    operands[1] = maskDivisor(operands[1], op->getLoc());
  IRMapping mapping;
  for (auto [from, to] : llvm::zip_equal(op->getOperands(), operands))
    mapping.map(from, anyVector ? broadcast(to, op->getLoc()) : to);
  Type type = cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
  Operation *copy = op->clone(mapping);
  copy->getResult(0).setType(anyVector ? VectorType::get({numLanes}, type) : type);
  builder.insert(copy);
  return copy->getResult(0);
}

/// Divisors that came from memory are 0 behind the end of a row, where a division would trap.
Value Nest::maskDivisor(Value divisor, Location loc) {
  divisor = broadcast(divisor, loc);
  auto type = cast<VectorType>(divisor.getType());
  Value one = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type, builder.getIntegerAttr(type.getElementType(), 1)));
  return arith::SelectOp::create(builder, loc, mask, divisor, one);
}

Value Nest::slice(ir::SliceOp slice, Positions positions) {
  Location loc = slice.getLoc();
  unsigned axis = positions.size() - 1 - slice.getAxis();
  AffineExpr extent = emitter.sizes.getExtents(slice.getInput())[axis];
  Value offset;
  if (int64_t start = int64_t(slice.getOffset()); start < 0)
    offset =
        arith::AddIOp::create(builder, loc, emitter.memory.getSize(extent), emitter.index(start));
  else if (start > 0)
    offset = emitter.index(start);
  Position &position = positions[axis];
  if (offset)
    position.start = position.start
                         ? arith::AddIOp::create(builder, loc, position.start, offset).getResult()
                         : offset;
  if (position.start && isRowCount(slice)) {
    // A run that fails for too few rows goes on, but not outside of them.
    Value last =
        arith::SubIOp::create(builder, loc, emitter.memory.getSize(extent), emitter.index(1));
    Value inside = arith::MinSIOp::create(builder, loc, position.start, last);
    position.start = arith::MaxSIOp::create(builder, loc, inside, emitter.index(0));
  }
  return element(slice.getInput(), positions);
}

/// The message for an index outside of a table; `{0}` stands for the index.
static std::string describeCheck(ir::GatherOp gather) {
  auto table = cast<RankedTensorType>(gather.getTable().getType());
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "index {0} is outside of the table";
  if (!table.isDynamicDim(gather.getMapped()))
    os << ", which has " << table.getDimSize(gather.getMapped()) << " rows";
  os << ir::describePlaceInParentheses(gather.getLoc());
  return text;
}

Value Nest::gather(ir::GatherOp gather, const Positions &positions) {
  Location loc = gather.getLoc();
  View table = emitter.lookup(gather.getTable());
  unsigned indexRank = cast<RankedTensorType>(gather.getIndices().getType()).getRank();
  unsigned mapped = gather.getMapped();
  Value index =
      element(gather.getIndices(), Positions(positions.begin(), positions.begin() + indexRank));
  index = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), index);
  Value rows = emitter.memory.getSize(table.extents[mapped]);
  Value inside = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, index, rows);
  emitter.emitCheck(gather, inside, index, describeCheck(gather));
  Value safe = arith::SelectOp::create(builder, loc, inside, index, emitter.index(0));
  Positions row(positions.begin(), positions.begin() + mapped);
  row.push_back({safe});
  row.append(positions.begin() + indexRank, positions.end());
  return load(table, cast<RankedTensorType>(gather.getType()).getElementType(), row, loc);
}

Value Nest::broadcast(Value scalar, Location loc) {
  if (isa<VectorType>(scalar.getType()))
    return scalar;
  return vector::BroadcastOp::create(builder, loc, VectorType::get({numLanes}, scalar.getType()),
                                     scalar);
}

SmallVector<Value> gatefold::getIndices(EntryEmitter &emitter, const Positions &positions) {
  return llvm::map_to_vector(positions, [&](const Position &position) {
    return position.start ? position.start : emitter.index(0);
  });
}

Value Nest::load(const View &view, Type element, const Positions &positions, Location loc) {
  Value result;
  Type stored = view.getElementType();
  if (positions.empty() || !positions.back().isVector) {
    result = memref::LoadOp::create(builder, loc, view.memref, getIndices(emitter, positions));
  } else if (auto type = VectorType::get({numLanes}, stored); !mask) {
    result =
        vector::LoadOp::create(builder, loc, type, view.memref, getIndices(emitter, positions));
  } else {
    Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
    result = vector::MaskedLoadOp::create(builder, loc, type, view.memref,
                                          getIndices(emitter, positions), mask, zero);
  }
  if (stored == element)
    return result;
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(result.getType()));
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, result, zero);
}

void Nest::store(const View &target, Value value, const Positions &positions, Location loc) {
  bool isVector = !positions.empty() && positions.back().isVector;
  if (isVector)
    value = broadcast(value, loc);
  Type stored = target.getElementType();
  if (getElementTypeOrSelf(value.getType()) != stored) {
    Type type = isVector ? Type(VectorType::get({numLanes}, stored)) : stored;
    value = arith::ExtUIOp::create(builder, loc, type, value);
  }
  SmallVector<Value> at = getIndices(emitter, positions);
  if (!isVector)
    memref::StoreOp::create(builder, loc, value, target.memref, at);
  else if (!mask)
    vector::StoreOp::create(builder, loc, value, target.memref, at);
  else
    vector::MaskedStoreOp::create(builder, loc, target.memref, at, mask, value);
}
