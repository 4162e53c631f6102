//===- DistributeScanHistories.cpp - Attention to what came before -*- C++ -*-===//

#include "DistributeScanHistories.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace gatefold;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

//===----------------------------------------------------------------------===//
// Finding
//===----------------------------------------------------------------------===//

/// The number of the memory that an argument of the body is.
static std::optional<unsigned> getMemory(ir::ScanOp scan, Value value) {
  auto memories = scan.getMemoryArguments();
  auto found = llvm::find(memories, value);
  return found == memories.end() ? std::nullopt : std::optional<unsigned>(found - memories.begin());
}

static bool isOneMore(Value value, Value than) {
  auto add = value.getDefiningOp<arith::AddIOp>();
  return add && add.getLhs() == than && matchPattern(add.getRhs(), m_One());
}

/// The history of which a value is the rows up to those of its step, and these views. The rows that
/// a step sees are not written again by later ones.
static ir::PrefixOp findPrefix(ir::ScanOp scan, Value value, SmallVectorImpl<Operation *> &views) {
  while (auto transpose = value.getDefiningOp<ir::TransposeOp>()) {
    views.push_back(transpose);
    value = transpose.getInput();
  }
  auto prefix = value.getDefiningOp<ir::PrefixOp>();
  auto append = prefix ? prefix.getInput().getDefiningOp<ir::AppendOp>() : ir::AppendOp();
  if (!append || append->getParentOp() != scan)
    return nullptr;
  views.push_back(prefix);
  Value position = append.getPosition();
  std::optional<unsigned> memory = getMemory(scan, append.getMemory());
  std::optional<unsigned> counter = getMemory(scan, position);
  ValueRange next = scan.getYield().getNext();
  bool isHistory = memory && append.getMemory().hasOneUse() && next[*memory] == append.getResult();
  bool counts =
      counter && isOneMore(prefix.getCount(), position) && isOneMore(next[*counter], position);
  return isHistory && counts ? prefix : nullptr;
}

std::optional<HistoryRead> gatefold::findHistoryRead(ir::ScanOp scan, Operation *op,
                                                     function_ref<bool(Value)> hasSteps) {
  auto attend = dyn_cast<ir::AttendOp>(op);
  if (!attend || scan.getReverse())
    return std::nullopt;
  HistoryRead read{attend, {}, {}, {}};
  SmallVector<Operation *> views;
  for (Value operand : attend->getOperands().drop_front(attend.getQueries().size())) {
    if (!hasSteps(operand)) {
      // What stands within a step may have its number of rows.
      if (operand.getParentRegion() == &scan.getBody())
        return std::nullopt;
      continue;
    }
    ir::PrefixOp prefix = findPrefix(scan, operand, views);
    if (!prefix || (read.count && prefix.getCount() != read.count))
      return std::nullopt;
    read.count = prefix.getCount();
    read.memories.push_back(
        *getMemory(scan, prefix.getInput().getDefiningOp<ir::AppendOp>().getMemory()));
  }
  if (!read.count)
    return std::nullopt;
  llvm::sort(views, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  read.views.insert(views.begin(), views.end());
  return read;
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

static Value makeSplat(OpBuilder &builder, Location loc, TypedAttr value) {
  auto type = RankedTensorType::get({}, value.getType());
  return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, value));
}

/// Repeats a number for each of `count` keys.
static Value repeat(OpBuilder &builder, Location loc, Value value, Value count) {
  auto type = RankedTensorType::get({ShapedType::kDynamic}, typeOf(value).getElementType());
  return ir::BroadcastOp::create(builder, loc, type, value, ValueRange{count},
                                 builder.getDenseI64ArrayAttr({0}));
}

/// The numbers of the keys, counted from 1.
static Value numberKeys(OpBuilder &builder, Location loc, Value values) {
  Value count = ir::DimOp::create(builder, loc, values, 1);
  Value ones = repeat(builder, loc, makeSplat(builder, loc, builder.getI32IntegerAttr(1)), count);
  return ir::CumulateOp::create(builder, loc, ir::ReductionKind::Sum, ones, 0);
}

/// The last of the numbers of all steps.
static Value pickLast(OpBuilder &builder, Location loc, Value numbers) {
  Value last = ir::SliceOp::create(builder, loc, numbers, 0, -1, 1);
  auto type = RankedTensorType::get({}, typeOf(numbers).getElementType());
  return ir::ReshapeOp::create(builder, loc, type, last, 1);
}

/// Copies the region to that of `to`, which has one more query, a count, and one more key, its
/// number: keys behind the count are hidden.
static void copyRegion(ir::AttendOp from, ir::AttendOp to) {
  IRMapping mapping;
  mapping.map(from.getCount(), to.getCount());
  mapping.map(from.getQueryArguments(), to.getQueryArguments().drop_back());
  mapping.map(from.getKeyArguments(), to.getKeyArguments().drop_back());
  OpBuilder builder = OpBuilder::atBlockEnd(&to.getBody().front());
  for (Operation &op : from.getBody().front().without_terminator())
    builder.clone(op, mapping);
  Location loc = from.getLoc();
  Value count = repeat(builder, loc, to.getQueryArguments().back(), to.getCount());
  Value isSeen = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sle,
                                       to.getKeyArguments().back(), count);
  Value hidden = makeSplat(
      builder, loc,
      builder.getFloatAttr(builder.getF32Type(), -std::numeric_limits<float>::infinity()));
  Value scores = mapping.lookupOrDefault(from.getScores());
  scores = arith::SelectOp::create(builder, loc, isSeen, scores,
                                   repeat(builder, loc, hidden, to.getCount()));
  ir::ScoreOp::create(builder, from.getBody().front().getTerminator()->getLoc(), scores);
}

void gatefold::buildHistoryRead(OpBuilder &builder, LeadingAxisCopy &lifted, ir::ScanOp scan,
                                HistoryRead read, ArrayRef<Value> memories) {
  ir::AttendOp attend = read.attend;
  Location loc = attend.getLoc();
  Value counts = lifted.withAxis(read.count);
  IRMapping views;
  views.map(read.count, pickLast(builder, loc, counts));
  for (unsigned memory : read.memories)
    views.map(scan.getYield().getNext()[memory], memories[memory]);
  for (Operation *view : read.views)
    builder.clone(*view, views);

  SmallVector<Value> queries, keys;
  SmallVector<SmallVector<int64_t>> axes;
  auto addOperand = [&](SmallVector<Value> &operands, unsigned number, bool hasSteps) {
    Value operand = attend->getOperand(number);
    operands.push_back(hasSteps ? lifted.withAxis(operand) : views.lookupOrDefault(operand));
    SmallVector<int64_t> &own = axes.emplace_back();
    if (hasSteps)
      own.push_back(0);
    for (int64_t axis : attend.getMappedAxes(number))
      own.push_back(axis + 1);
  };
  unsigned numQueries = attend.getQueries().size(), numKeys = attend.getKeys().size();
  for (unsigned number = 0; number < numQueries; ++number)
    addOperand(queries, number, /*hasSteps=*/true);
  queries.push_back(counts);
  axes.push_back({0});
  for (unsigned number = numQueries; number < numQueries + numKeys; ++number)
    addOperand(keys, number, /*hasSteps=*/false);
  SmallVector<Value> values;
  axes.push_back({});
  addOperand(values, numQueries + numKeys, /*hasSteps=*/false);
  keys.push_back(numberKeys(builder, loc, values.front()));
  auto lifting = ir::AttendOp::create(builder, loc, addLeadingAxis(attend.getType()), queries, keys,
                                      values.front(), axes);
  copyRegion(attend, lifting);
  lifted.mapChanged(attend.getResult(), lifting.getResult());
}
