//===- Batch.cpp - Add the batch axis ------------------------------*- C++ -*-===//
//
// Rewrites an entry so that every value that depends on an argument has a batch axis in front.
//
//===----------------------------------------------------------------------===//

#include "gatefold/IR/LeadingAxes.h"
#include "gatefold/Transforms/Passes.h"
#include "mlir/IR/IRMapping.h"

namespace gatefold {
#define GEN_PASS_DEF_BATCH
#include "gatefold/Transforms/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

/// `type` with a dynamic axis in front.
static RankedTensorType addBatch(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape{ShapedType::kDynamic};
  llvm::append_range(shape, tensor.getShape());
  return RankedTensorType::get(shape, tensor.getElementType());
}

/// `port` with the batch dimension in front.
static ir::PortAttr addBatch(ir::PortAttr port) {
  SmallVector<StringAttr> dims{StringAttr::get(port.getContext(), batchDimension)};
  llvm::append_range(dims, port.getDims());
  return ir::PortAttr::get(port.getContext(), port.getKind(), port.getName(), dims);
}

static bool hasBatch(ir::PortAttr port) {
  return !port.getDims().empty() && port.getDims().front().getValue() == batchDimension;
}

namespace {

/// Copies the body of an entry into that of its batched twin. `values` maps old to new values; new
/// values that have the batch axis are in `batched`.
class BatchedCopy {
public:
  BatchedCopy(OpBuilder builder, Value batchSize) : builder(builder), batchSize(batchSize) {}

  /// Maps an argument that has got the batch axis.
  void mapBatched(Value from, Value to) {
    values.map(from, to);
    batched.insert(to);
  }

  /// Copies all operations of `block` but its terminator; null operations mark failure.
  LogicalResult copyBlock(Block &block);

  /// The new value of `value`, with the batch axis in any case.
  Value withBatch(Value value) { return broadcast(values.lookupOrDefault(value), value.getLoc()); }

  unsigned getNumBroadcasts() const { return numBroadcasts; }

private:
  LogicalResult copy(Operation &op);
  LogicalResult copyScan(ir::ScanOp scan);
  Value broadcast(Value value, Location loc);

  OpBuilder builder;
  Value batchSize;
  IRMapping values;
  DenseSet<Value> batched;
  unsigned numBroadcasts = 0;
};

} // namespace

Value BatchedCopy::broadcast(Value value, Location loc) {
  if (batched.contains(value))
    return value;
  auto type = addBatch(value.getType());
  Value result = ir::BroadcastOp::create(builder, loc, type, value, ValueRange{batchSize},
                                         builder.getDenseI64ArrayAttr({type.getRank() - 1}));
  batched.insert(result);
  ++numBroadcasts;
  return result;
}

LogicalResult BatchedCopy::copyBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(copy(op)))
      return failure();
  return success();
}

LogicalResult BatchedCopy::copy(Operation &op) {
  if (auto scan = dyn_cast<ir::ScanOp>(op))
    return copyScan(scan);
  SmallVector<Value> operands;
  SmallVector<bool> changed;
  for (Value operand : op.getOperands()) {
    operands.push_back(values.lookupOrDefault(operand));
    changed.push_back(batched.contains(operands.back()));
  }
  // The size of an axis counted from the end is the same with a batch in front.
  if (!llvm::is_contained(changed, true) || isa<ir::DimOp>(op)) {
    builder.clone(op, values);
    return success();
  }
  Value result = ir::cloneOnto(builder, &op, operands, changed, 1);
  if (!result) {
    for (auto [operand, flag] : llvm::zip_equal(operands, changed)) {
      if (!isa<RankedTensorType>(operand.getType()))
        continue;
      operand = broadcast(operand, op.getLoc());
      flag = true;
    }
    result = ir::cloneOnto(builder, &op, operands, changed, 1);
  }
  if (!result)
    return op.emitOpError("cannot take a batch axis");
  mapBatched(op.getResult(0), result);
  return success();
}

LogicalResult BatchedCopy::copyScan(ir::ScanOp scan) {
  Location loc = scan.getLoc();
  SmallVector<Value> sequences, initial;
  for (Value sequence : scan.getSequences())
    sequences.push_back(withBatch(sequence));
  for (Value value : scan.getInitial())
    initial.push_back(withBatch(value));
  SmallVector<Type> outputTypes = llvm::map_to_vector(
      scan.getOutputs(), [](Value output) -> Type { return addBatch(output.getType()); });
  auto names = llvm::to_vector(scan.getNames().getAsValueRange<StringAttr>());
  auto copy = ir::ScanOp::create(builder, loc, outputTypes, sequences, initial, names,
                                 scan.getAxis() + 1, scan.getReverse());

  Block &body = scan.getBody().front(), &newBody = copy.getBody().front();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&newBody);
  for (auto [from, to] : llvm::zip_equal(body.getArguments(), newBody.getArguments())) {
    to.setLoc(from.getLoc());
    mapBatched(from, to);
  }
  if (failed(copyBlock(body)))
    return failure();
  ir::YieldOp yield = scan.getYield();
  SmallVector<Value> outputs, next;
  for (Value value : yield.getOutputs())
    outputs.push_back(withBatch(value));
  for (Value value : yield.getNext())
    next.push_back(withBatch(value));
  ir::YieldOp::create(builder, yield.getLoc(), outputs, next);
  for (auto [from, to] : llvm::zip_equal(scan.getResults(), copy.getResults()))
    mapBatched(from, to);
  return success();
}

namespace {
struct Batch : gatefold::impl::BatchBase<Batch> {
  using Base::Base;

  void runOnOperation() final {
    ir::EntryOp entry = getOperation();
    // Weights are the same for all examples.
    if (entry.isExternal() || entry.getSymName() == "prepare")
      return;
    SmallVector<ir::PortAttr> arguments, results;
    for (unsigned i = 0; i < entry.getNumArguments(); ++i)
      arguments.push_back(entry.getArgumentPort(i));
    for (unsigned i = 0; i < entry.getNumResults(); ++i)
      results.push_back(entry.getResultPort(i));
    if (llvm::any_of(arguments, hasBatch) || llvm::any_of(results, hasBatch))
      return;

    auto batchedTypes = [](TypeRange types) {
      return llvm::map_to_vector(types, [](Type type) -> Type { return addBatch(type); });
    };
    auto batchedPorts = [](ArrayRef<ir::PortAttr> ports) {
      return llvm::map_to_vector(ports, [](ir::PortAttr port) { return addBatch(port); });
    };
    OpBuilder builder(entry);
    auto copy = ir::EntryOp::create(builder, entry.getLoc(), entry.getSymName(),
                                    batchedTypes(entry.getArgumentTypes()), batchedPorts(arguments),
                                    batchedTypes(entry.getResultTypes()), batchedPorts(results));
    Block *body = &copy.getBody().front();
    for (auto [from, to] : llvm::zip_equal(entry.getArguments(), body->getArguments()))
      to.setLoc(from.getLoc());
    builder.setInsertionPointToStart(body);
    Location sizeLoc = NameLoc::get(builder.getStringAttr(batchDimension), entry.getLoc());
    Value size = ir::SizeOp::create(builder, sizeLoc, builder.getIndexType(), batchDimension);
    BatchedCopy contents(builder, size);
    for (auto [from, to] : llvm::zip_equal(entry.getArguments(), body->getArguments()))
      contents.mapBatched(from, to);
    if (failed(contents.copyBlock(entry.getBody().front()))) {
      copy.erase();
      return signalPassFailure();
    }
    Operation *end = entry.getBody().front().getTerminator();
    SmallVector<Value> returned;
    for (Value value : end->getOperands())
      returned.push_back(contents.withBatch(value));
    builder.setInsertionPointToEnd(body);
    ir::ReturnOp::create(builder, end->getLoc(), returned);
    numBroadcasts += contents.getNumBroadcasts();

    // The pass manager holds on to this operation: it takes over what the copy has become.
    entry.getBody().takeBody(copy.getBody());
    entry.setFunctionType(copy.getFunctionType());
    entry.setArgAttrsAttr(copy.getArgAttrsAttr());
    entry.setResAttrsAttr(copy.getResAttrsAttr());
    copy.erase();
  }
};
} // namespace
