//===- DistributeScanMemories.cpp - Memories that need no loop ------------*- C++ -*-===//

#include "DistributeScanMemories.h"
#include "DistributeScanLift.h"

using namespace mlir;
using namespace gatefold;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Another number of elements along the first axis of a type.
static RankedTensorType withRows(RankedTensorType type, int64_t rows) {
  SmallVector<int64_t> shape(type.getShape());
  shape.front() = rows;
  return type.clone(shape);
}

//===----------------------------------------------------------------------===//
// Finding
//===----------------------------------------------------------------------===//

/// next = slice(concat(memory, input)), without the first row.
static std::optional<SimpleMemory> findWindow(const StepGraph &graph, ArrayRef<unsigned> component,
                                              unsigned number, Value memory, Value next) {
  RankedTensorType type = typeOf(memory);
  auto slice = next.getDefiningOp<ir::SliceOp>();
  auto concat = slice ? slice.getInput().getDefiningOp<ir::ConcatOp>() : ir::ConcatOp();
  if (component.size() != 3 || !concat || !type.hasStaticShape() || type.getRank() == 0 ||
      concat.getInputs().size() != 2 || concat.getInputs()[0] != memory)
    return std::nullopt;
  int64_t axis = type.getRank() - 1;
  Value input = concat.getInputs()[1];
  std::optional<unsigned> inputNode = graph.getNode(input);
  if (int64_t(concat.getAxis()) != axis || int64_t(slice.getAxis()) != axis ||
      (int64_t(slice.getOffset()) != 1 && int64_t(slice.getOffset()) != -type.getDimSize(0)) ||
      typeOf(input) != withRows(type, 1) ||
      (inputNode && llvm::is_contained(component, *inputNode)))
    return std::nullopt;
  return SimpleMemory{SimpleMemory::Kind::Window, number, input, concat.getResult()};
}

/// next = memory + input
static std::optional<SimpleMemory> findCounter(const StepGraph &graph, ArrayRef<unsigned> component,
                                               unsigned number, Value memory, Value next) {
  auto add = next.getDefiningOp<arith::AddIOp>();
  if (component.size() != 2 || !add || typeOf(memory).getRank() != 0)
    return std::nullopt;
  Value input = add.getLhs() == memory ? add.getRhs() : add.getLhs();
  bool isFixed = input != memory && !graph.getNode(input) && !isa<BlockArgument>(input);
  // A counter that nothing but histories asks for is best kept with them.
  bool isAsked = llvm::any_of(component, [&](unsigned node) {
    return llvm::any_of(graph.getUsers(node), [&](unsigned user) {
      return !llvm::is_contained(component, user) && !graph.isMemory(user) &&
             !dependsOnPosition(graph.getOperation(user));
    });
  });
  if (!isFixed || !isAsked)
    return std::nullopt;
  return SimpleMemory{SimpleMemory::Kind::Counter, number, input, Value()};
}

std::optional<SimpleMemory> gatefold::findSimpleMemory(ir::ScanOp scan, const StepGraph &graph,
                                                       ArrayRef<unsigned> component) {
  const unsigned *node =
      llvm::find_if(component, [&](unsigned node) { return graph.isMemory(node); });
  // From the end, windows would have to be turned round.
  if (node == component.end() || scan.getReverse())
    return std::nullopt;
  unsigned number = graph.getMemoryNumber(*node);
  Value memory = graph.getMemory(*node), next = scan.getYield().getNext()[number];
  if (component.size() == 1) {
    bool hasSteps = graph.getNode(next) || llvm::is_contained(scan.getSequenceArguments(), next);
    if (graph.isRecurrence(component) || !typeOf(memory).hasStaticShape() || !hasSteps)
      return std::nullopt;
    return SimpleMemory{SimpleMemory::Kind::Previous, number, next, Value()};
  }
  if (auto window = findWindow(graph, component, number, memory, next))
    return window;
  return findCounter(graph, component, number, memory, next);
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

static Value reshape(OpBuilder &builder, Location loc, Value value, RankedTensorType type,
                     int64_t replaced) {
  return ir::ReshapeOp::create(builder, loc, type, value, replaced);
}

/// The rows of a memory, [K, E..], in front of those of the inputs, [steps, E..]: each step's
/// window is K + 1 of them. `map` gets the windows of all steps, [steps, K + 1, E..].
static Value buildWindows(OpBuilder &builder, Location loc, Value rows, Value inputs,
                          function_ref<void(Value)> map) {
  RankedTensorType type = typeOf(rows);
  int64_t axis = type.getRank() - 1, count = type.getDimSize(0);
  Value all = ir::ConcatOp::create(builder, loc, ValueRange{rows, inputs}, axis);
  map(ir::WindowsOp::create(builder, loc, all, axis, count + 1));
  return ir::SliceOp::create(builder, loc, all, axis, -count, count);
}

/// A tensor with the axes of `like` behind its own first one.
static RankedTensorType prepend(RankedTensorType like, int64_t size) {
  SmallVector<int64_t> shape{size};
  llvm::append_range(shape, like.getShape());
  return like.clone(shape);
}

static Value buildWindow(OpBuilder &builder, LeadingAxisCopy &lifted, const SimpleMemory &memory,
                         Value argument, Value initial) {
  Location loc = memory.whole.getLoc();
  RankedTensorType type = typeOf(argument);
  int64_t rank = type.getRank();
  // One row for each step instead of an axis with one row.
  Value inputs = reshape(builder, loc, lifted.withAxis(memory.input),
                         withRows(type, ShapedType::kDynamic), rank);
  return buildWindows(builder, loc, initial, inputs, [&](Value windows) {
    lifted.mapChanged(memory.whole, windows);
    lifted.mapChanged(argument,
                      ir::SliceOp::create(builder, loc, windows, rank - 1, 0, type.getDimSize(0)));
  });
}

static Value buildPrevious(OpBuilder &builder, LeadingAxisCopy &lifted, const SimpleMemory &memory,
                           Value argument, Value initial) {
  Location loc = argument.getLoc();
  RankedTensorType type = typeOf(argument);
  int64_t rank = type.getRank();
  Value row = ir::BroadcastOp::create(builder, loc, prepend(type, 1), initial, ValueRange{},
                                      builder.getDenseI64ArrayAttr({rank}));
  Value last = buildWindows(builder, loc, row, lifted.withAxis(memory.input), [&](Value windows) {
    Value before = ir::SliceOp::create(builder, loc, windows, rank, 0, 1);
    lifted.mapChanged(argument,
                      reshape(builder, loc, before, prepend(type, ShapedType::kDynamic), rank + 1));
  });
  return reshape(builder, loc, last, type, rank + 1);
}

static Value buildCounter(OpBuilder &builder, LeadingAxisCopy &lifted, const SimpleMemory &memory,
                          Value argument, Value initial, Value size) {
  Location loc = argument.getLoc();
  RankedTensorType type = typeOf(argument), rows = prepend(type, ShapedType::kDynamic);
  auto repeat = [&](Value value) -> Value {
    return ir::BroadcastOp::create(builder, loc, rows, value, ValueRange{size},
                                   builder.getDenseI64ArrayAttr({0}));
  };
  Value steps = repeat(memory.input);
  Value sums = ir::CumulateOp::create(builder, loc, ir::ReductionKind::Sum, steps, 0);
  Value before = arith::SubIOp::create(builder, loc, sums, steps);
  lifted.mapChanged(argument, arith::AddIOp::create(builder, loc, repeat(initial), before));
  Value count = arith::IndexCastOp::create(builder, loc, type.getElementType(), size);
  Value number = tensor::FromElementsOp::create(builder, loc, type, count);
  Value distance = arith::MulIOp::create(builder, loc, number, memory.input);
  return arith::AddIOp::create(builder, loc, initial, distance);
}

Value gatefold::buildSimpleMemory(OpBuilder &builder, LeadingAxisCopy &lifted,
                                  const SimpleMemory &memory, Value argument, Value initial,
                                  Value size) {
  switch (memory.kind) {
  case SimpleMemory::Kind::Window:
    return buildWindow(builder, lifted, memory, argument, initial);
  case SimpleMemory::Kind::Previous:
    return buildPrevious(builder, lifted, memory, argument, initial);
  case SimpleMemory::Kind::Counter:
    return buildCounter(builder, lifted, memory, argument, initial, size);
  }
  llvm_unreachable("all kinds are above");
}
