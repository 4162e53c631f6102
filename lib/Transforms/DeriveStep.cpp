//===- DeriveStep.cpp - One step of a sequence ---------------------*- C++ -*-===//
//
// Builds the entry `step` from `sequence`: what runs over time loses that axis, and every scan over
// time becomes its body.
//
//===----------------------------------------------------------------------===//

#include "DeriveStep.h"
#include "gatefold/IR/Attention.h"
#include "gatefold/IR/LeadingAxes.h"
#include "gatefold/Transforms/Passes.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gatefold;

namespace {

/// How a value of the sequence entry relates to time.
enum class Role {
  Fixed,    ///< known before the first step and the same at every step
  OverTime, ///< has the time axis in front; its element t depends on inputs up to t only
  Running, ///< a final memory, or made of one: after each step it has a value, the last of which is
           ///< the result
  TimeSize,     ///< the number of steps
  FromTimeSize, ///< a size made of the number of steps
};

/// Builds the body of `step` from that of `sequence`, classifying the values on the way.
class StepBuilder {
public:
  StepBuilder(ir::EntryOp sequence, StringRef timeName, OpBuilder builder)
      : sequence(sequence), timeName(timeName), builder(builder) {}

  /// Fills `body`, whose arguments are the inputs of one step; appends one argument per memory.
  LogicalResult build(Block &body);

  /// Results of the step: the outputs, then the memories.
  SmallVector<Value> results;
  SmallVector<ir::PortAttr> outputPorts;
  SmallVector<TimeScan> scans;
  SmallVector<Value> timeSizes; ///< values of `sequence` that are the number of steps
  std::optional<Obstacle> obstacle;

private:
  LogicalResult copy(Operation &op);
  LogicalResult copyScan(ir::ScanOp scan);
  LogicalResult checkInitial(ir::ScanOp scan);
  bool isHistory(ir::ScanOp scan, unsigned memory) const;
  bool needsTimeInput(Value value) const;
  LogicalResult copyBroadcast(ir::BroadcastOp broadcast);
  LogicalResult copyOverTime(Operation &op);
  LogicalResult fail(Location loc, const Twine &reason) {
    obstacle = Obstacle{loc, reason.str()};
    return failure();
  }
  Role roleOf(Value value) const { return roles.lookup(value); }
  bool isTimeSize(Value value) const {
    return roleOf(value) == Role::TimeSize || roleOf(value) == Role::FromTimeSize;
  }
  void setRoles(Operation &op, Role role) {
    for (Value result : op.getResults())
      roles[result] = role;
  }
  ir::PortAttr memoryPort(StringRef path, RankedTensorType type);

  ir::EntryOp sequence;
  StringRef timeName;
  OpBuilder builder;
  Block *stepBody = nullptr;
  IRMapping values;
  DenseMap<Value, Role> roles; // Fixed is the default
  SmallVector<Value> nextMemories;
  llvm::StringSet<> memoryNames;
};

} // namespace

/// The port of an input without its time axis.
static ir::PortAttr withoutTime(ir::PortAttr port) {
  return ir::PortAttr::get(port.getContext(), port.getKind(), port.getName(),
                           port.getDims().drop_front());
}

static RankedTensorType withoutTime(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return RankedTensorType::get(tensor.getShape().drop_front(), tensor.getElementType());
}

bool gatefold::runsOverTime(ir::PortAttr port, StringRef timeName) {
  return !port.getDims().empty() && port.getDims().front().getValue() == timeName;
}

LogicalResult StepBuilder::build(Block &body) {
  stepBody = &body;
  builder.setInsertionPointToStart(&body);
  for (auto [index, argument] : llvm::enumerate(sequence.getArguments())) {
    values.map(argument, body.getArgument(index));
    if (runsOverTime(sequence.getArgumentPort(index), timeName))
      roles[argument] = Role::OverTime;
  }
  Block &source = sequence.getBody().front();
  for (Operation &op : source.without_terminator())
    if (failed(copy(op)))
      return failure();
  for (auto [index, value] : llvm::enumerate(source.getTerminator()->getOperands())) {
    ir::PortAttr port = sequence.getResultPort(index);
    outputPorts.push_back(roleOf(value) == Role::OverTime ? withoutTime(port) : port);
    results.push_back(values.lookup(value));
  }
  llvm::append_range(results, nextMemories);
  return success();
}

LogicalResult StepBuilder::copy(Operation &op) {
  if (auto dim = dyn_cast<ir::DimOp>(op)) {
    auto type = cast<RankedTensorType>(dim.getInput().getType());
    if (roleOf(dim.getInput()) == Role::OverTime && int64_t(dim.getAxis()) == type.getRank() - 1) {
      roles[dim.getResult()] = Role::TimeSize;
      timeSizes.push_back(dim.getResult());
      return success();
    }
    builder.clone(op, values);
    return success();
  }
  if (auto scan = dyn_cast<ir::ScanOp>(op))
    return copyScan(scan);
  if (op.getNumRegions() != 0 && !isa<ir::AttendOp>(op))
    return fail(op.getLoc(), "a control-flow operation needs the whole sequence");
  if (auto broadcast = dyn_cast<ir::BroadcastOp>(op))
    return copyBroadcast(broadcast);
  bool overTime = false, running = false;
  for (Value operand : op.getOperands()) {
    if (isTimeSize(operand)) {
      // Whoever needs the size cannot be stepped, and is the one to name.
      if (!isa<IndexType>(op.getResult(0).getType()))
        return fail(op.getLoc(), "the number of steps is known at the end only");
      roles[op.getResult(0)] = Role::FromTimeSize;
      return success();
    }
    overTime |= roleOf(operand) == Role::OverTime;
    running |= roleOf(operand) == Role::Running;
  }
  if (overTime && running)
    return fail(op.getLoc(), "a final memory meets values of earlier steps");
  if (overTime)
    return copyOverTime(op);
  builder.clone(op, values);
  if (running)
    setRoles(op, Role::Running);
  return success();
}

/// What an operation that works along time does there.
static StringRef describeWork(Operation *op) {
  return TypeSwitch<Operation *, StringRef>(op)
      .Case([](ir::WindowsOp) { return "taking windows"; })
      .Case([](ir::ReverseOp) { return "reversing"; })
      .Case([](ir::CumulateOp) { return "running sums or products"; })
      .Case([](ir::ConcatOp) { return "putting something behind or in front"; })
      .Default([](Operation *) { return "work"; });
}

LogicalResult StepBuilder::copyOverTime(Operation &op) {
  SmallVector<Value> operands;
  SmallVector<bool> changed;
  for (auto [index, operand] : llvm::enumerate(op.getOperands())) {
    bool overTime = roleOf(operand) == Role::OverTime;
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (overTime && type.getRank() <= ir::getOwnAxes(&op, index))
      return fail(op.getLoc(), describeWork(&op) + " along time needs the whole sequence");
    operands.push_back(values.lookup(operand));
    changed.push_back(overTime);
  }
  Operation *clone = ir::cloneOnto(builder, &op, operands, changed, -1);
  if (!clone)
    return fail(op.getLoc(), describeWork(&op) + " along time needs the whole sequence");
  values.map(op.getResults(), clone->getResults());
  setRoles(op, Role::OverTime);
  return success();
}

LogicalResult StepBuilder::copyBroadcast(ir::BroadcastOp broadcast) {
  auto type = cast<RankedTensorType>(broadcast.getType());
  SmallVector<int64_t> axes(broadcast.getAxes());
  SmallVector<Value> sizes(broadcast.getSizes());
  bool alongTime = !sizes.empty() && roleOf(sizes.front()) == Role::TimeSize &&
                   axes.back() == type.getRank() - 1;
  if (llvm::any_of(alongTime ? ArrayRef(sizes).drop_front() : ArrayRef(sizes),
                   [&](Value size) { return isTimeSize(size); }))
    return fail(broadcast.getLoc(), "the number of steps is known at the end only");
  Role role = roleOf(broadcast.getInput());
  if (!alongTime) {
    if (role == Role::OverTime)
      return copyOverTime(*broadcast);
    builder.clone(*broadcast, values);
    roles[broadcast.getResult()] = role;
    return success();
  }
  if (role != Role::Fixed)
    return fail(broadcast.getLoc(), "a value of one step is used at all of them");
  axes.pop_back();
  sizes.erase(sizes.begin());
  for (Value &size : sizes)
    size = values.lookup(size);
  Value input = values.lookup(broadcast.getInput());
  Value result = axes.empty() ? input
                              : ir::BroadcastOp::create(builder, broadcast.getLoc(),
                                                        withoutTime(type), input, sizes, axes);
  values.map(broadcast.getResult(), result);
  roles[broadcast.getResult()] = Role::OverTime;
  return success();
}

/// The port of a memory. A cell that is scanned twice has two memories of one name; the second one
/// becomes `h.2`.
ir::PortAttr StepBuilder::memoryPort(StringRef path, RankedTensorType type) {
  std::string name = path.str();
  for (unsigned i = 2; !memoryNames.insert(name).second; ++i)
    name = (path + "." + Twine(i)).str();
  SmallVector<StringAttr> dims;
  for (int64_t size : type.getShape())
    dims.push_back(ShapedType::isDynamic(size) ? builder.getStringAttr(capacityDimension)
                                               : builder.getStringAttr(Twine(size)));
  return ir::PortAttr::get(builder.getContext(), ir::PortKind::Memory, builder.getStringAttr(name),
                           dims);
}

/// True if a value that is fixed all the same comes from an input over time: by the size of another
/// of its axes.
bool StepBuilder::needsTimeInput(Value value) const {
  SmallVector<Value> open{value};
  DenseSet<Value> seen;
  while (!open.empty()) {
    Value next = open.pop_back_val();
    if (!seen.insert(next).second)
      continue;
    if (roleOf(next) != Role::Fixed)
      return true;
    Operation *op = next.getDefiningOp();
    if (!op)
      continue;
    llvm::append_range(open, op->getOperands());
    for (Region &region : op->getRegions())
      region.walk([&](Operation *nested) { llvm::append_range(open, nested->getOperands()); });
  }
  return false;
}

static constexpr StringLiteral needsEnd =
    "the scan starts from, or reads at every step, what is known only at the end of the sequence";

/// True if a memory has a row for each step and gets one row more at each: [T, E..], E static.
bool StepBuilder::isHistory(ir::ScanOp scan, unsigned memory) const {
  Value initial = scan.getInitial()[memory];
  auto type = cast<RankedTensorType>(initial.getType());
  auto broadcast = initial.getDefiningOp<ir::BroadcastOp>();
  auto append = scan.getYield().getNext()[memory].getDefiningOp<ir::AppendOp>();
  return broadcast && append && append.getMemory() == scan.getMemoryArguments()[memory] &&
         append.getPosition().getType().getRank() == 0 && roleOf(initial) == Role::OverTime &&
         type.getNumDynamicDims() == 1 && type.isDynamicDim(0);
}

/// What memories start from is known before the first step, but for how many rows a history needs.
LogicalResult StepBuilder::checkInitial(ir::ScanOp scan) {
  for (auto [index, value] : llvm::enumerate(scan.getInitial())) {
    if (isHistory(scan, index))
      continue;
    if (roleOf(value) != Role::Fixed)
      return fail(scan.getLoc(), needsEnd);
    if (needsTimeInput(value))
      return fail(scan.getLoc(),
                  "an initial memory needs the size of an input that runs over time");
  }
  for (auto [index, argument] : llvm::enumerate(scan.getMemoryArguments()))
    if (!cast<RankedTensorType>(argument.getType()).hasStaticShape() && !isHistory(scan, index))
      return fail(argument.getLoc(), "a memory has no static shape");
  return success();
}

LogicalResult StepBuilder::copyScan(ir::ScanOp scan) {
  auto fixed = [&](Value value) { return roleOf(value) == Role::Fixed; };
  Value captured;
  scan.walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      if (op != scan && !scan.getBody().isAncestor(operand.getParentRegion()) && !fixed(operand))
        captured = operand;
  });
  if (llvm::all_of(scan.getOperands(), fixed) && !captured) {
    builder.clone(*scan, values);
    return success();
  }
  if (scan.getReverse())
    return fail(scan.getLoc(), "`scan reverse` needs the whole sequence");
  if (captured)
    return fail(scan.getLoc(), needsEnd);
  if (failed(checkInitial(scan)))
    return failure();
  for (Value value : scan.getSequences())
    if (roleOf(value) != Role::OverTime)
      return fail(scan.getLoc(), "the scan does not run along the time of the inputs");

  Block &body = scan.getBody().front();
  TimeScan timeScan{scan, {}};
  for (auto [argument, value] : llvm::zip_equal(scan.getSequenceArguments(), scan.getSequences()))
    values.map(argument, values.lookup(value));
  for (auto [argument, name] : llvm::zip_equal(scan.getMemoryArguments(), scan.getNames())) {
    auto type = cast<RankedTensorType>(argument.getType());
    timeScan.ports.push_back(memoryPort(cast<StringAttr>(name).getValue(), type));
    values.map(argument, stepBody->addArgument(type, argument.getLoc()));
  }
  for (Operation &op : body.without_terminator())
    builder.clone(op, values);
  ir::YieldOp yield = scan.getYield();
  for (auto [result, value] : llvm::zip_equal(scan.getOutputs(), yield.getOutputs())) {
    values.map(result, values.lookupOrDefault(value));
    roles[result] = Role::OverTime;
  }
  for (auto [result, value] : llvm::zip_equal(scan.getFinalMemories(), yield.getNext())) {
    values.map(result, values.lookupOrDefault(value));
    roles[result] = Role::Running;
    nextMemories.push_back(values.lookup(result));
  }
  scans.push_back(std::move(timeScan));
  return success();
}

std::optional<Obstacle> gatefold::buildStep(OpBuilder &builder, ir::EntryOp sequence,
                                            StringRef timeName, SmallVector<TimeScan> &scans,
                                            SmallVector<Value> &timeSizes) {
  SmallVector<Type> types;
  SmallVector<ir::PortAttr> ports;
  for (auto [index, type] : llvm::enumerate(sequence.getArgumentTypes())) {
    ir::PortAttr port = sequence.getArgumentPort(index);
    bool overTime = runsOverTime(port, timeName);
    types.push_back(overTime ? withoutTime(type) : type);
    ports.push_back(overTime ? withoutTime(port) : port);
  }
  Region scratch;
  Block *body = &scratch.emplaceBlock();
  for (auto [type, argument] : llvm::zip_equal(types, sequence.getArguments()))
    body->addArgument(type, argument.getLoc());
  StepBuilder step(sequence, timeName, OpBuilder(sequence.getContext()));
  if (failed(step.build(*body)))
    return step.obstacle;

  SmallVector<ir::PortAttr> resultPorts = step.outputPorts;
  for (const TimeScan &timeScan : step.scans) {
    llvm::append_range(ports, timeScan.ports);
    llvm::append_range(resultPorts, timeScan.ports);
  }
  auto entry = ir::EntryOp::create(builder, sequence.getLoc(), "step", body->getArgumentTypes(),
                                   ports, ValueRange(step.results).getTypes(), resultPorts);
  entry.getBody().takeBody(scratch);
  OpBuilder inside = OpBuilder::atBlockEnd(body);
  ir::ReturnOp::create(inside, sequence.getLoc(), step.results);
  scans = std::move(step.scans);
  timeSizes = std::move(step.timeSizes);
  return std::nullopt;
}
