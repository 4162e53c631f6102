//===- DistributeScanChunks.cpp - A state once for many steps -------------*- C++ -*-===//
//
// With S the state in front of a chunk, `a` the decay, and products of decays from one step to
// another that are 1 for none:
//
//   y[t] = sum over s <= t of (q[t] . (a[s+1] .. a[t] * k[s])) v[s]  +  (a[0] .. a[t] * q[t]) @ S
//   S'   = a[0] .. a[C-1] * S  +  sum over s of (a[s+1] .. a[C-1] * k[s]) outer v[s]
//
// The products of decays are made by a small loop over the steps of the chunk, by multiplications
// only: a division by a product of decays would overflow where a gate closes.
//
//===----------------------------------------------------------------------===//

#include "DistributeScanChunks.h"
#include "gatefold/IR/Blocks.h"

using namespace mlir;
using namespace gatefold;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

//===----------------------------------------------------------------------===//
// What is computed in chunks
//===----------------------------------------------------------------------===//

SmallVector<ChunkedMemory, 1> gatefold::prepareChunks(ir::ScanOp scan) {
  SmallVector<ChunkedMemory, 1> chunks;
  auto marks = scan->getAttrOfType<DictionaryAttr>(chunksAttributeName);
  if (!marks)
    return chunks;
  scan->removeAttr(chunksAttributeName);
  StepGraph graph(scan);
  for (ArrayRef<unsigned> component : graph.getComponents()) {
    OuterMatch match = matchOuterUpdate(scan, graph, component);
    if (!match.update)
      continue;
    auto name = cast<StringAttr>(scan.getNames()[match.update->memory]);
    if (auto length = marks.getAs<IntegerAttr>(name); length && length.getInt() > 0)
      chunks.push_back({std::move(*match.update), {}, length.getInt()});
  }
  for (ChunkedMemory &chunk : chunks)
    chunk.operands = buildOuterOperands(scan, chunk.update);
  return chunks;
}

SmallVector<OperationGroup, 1> gatefold::groupChunks(ir::ScanOp scan,
                                                     ArrayRef<ChunkedMemory> chunks) {
  SmallVector<OperationGroup, 1> groups;
  for (const ChunkedMemory &chunk : chunks)
    groups.push_back({scan.getMemoryArguments()[chunk.update.memory], chunk.update.operations,
                      chunk.operands.list()});
  return groups;
}

//===----------------------------------------------------------------------===//
// One chunk
//===----------------------------------------------------------------------===//

namespace {

/// What a read takes part with: [N.., C, C] for the values of the chunk, [N.., C, K] for the state.
struct ReadWeights {
  Value scores, queries;
};

/// What comes of the decays of a chunk.
struct ChunkWeights {
  SmallVector<ReadWeights> reads;
  Value keys;  ///< [N.., C, K], decayed up to the end of the chunk
  Value decay; ///< [N.., K] or [N..], of the whole chunk; null: none
};

/// Builds the body of the blocks that are the chunks. C is the number of steps of a chunk.
class ChunkBuilder {
public:
  ChunkBuilder(ir::BlocksOp blocks, const ChunkedMemory &chunk);
  void build();

private:
  RankedTensorType makeType(ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, builder.getF32Type());
  }
  /// The sizes of the heads, and behind them others.
  RankedTensorType makeHeads(ArrayRef<int64_t> others) {
    SmallVector<int64_t> shape(heads);
    llvm::append_range(shape, others);
    return makeType(shape);
  }
  Value repeat(OpBuilder &builder, Value value, ArrayRef<int64_t> axes, RankedTensorType type);
  /// Repeats along axes in front of the last `own` ones.
  Value repeatInFront(OpBuilder &builder, Value value, RankedTensorType type, int64_t own);
  Value fill(OpBuilder &builder, float element, RankedTensorType type);
  Value putStepsBehindHeads(Value value);
  Value putStepsInFront(Value value);
  Value compareSteps(arith::CmpIPredicate predicate);
  Value buildDot(OpBuilder &builder, Value lhs, Value rhs, bool transposed) {
    ir::ReductionOrder order = transposed ? ir::ReductionOrder::Chain : ir::ReductionOrder::Lanes;
    return ir::DotOp::create(builder, loc, lhs, rhs, order, heads.size(), transposed);
  }
  Value buildIdentity();

  ChunkWeights weighWithoutDecay();
  ChunkWeights weighByHeads();
  ChunkWeights weighByKeys();

  ir::BlocksOp blocks;
  const ChunkedMemory &chunk;
  Location loc;
  OpBuilder builder;
  SmallVector<int64_t> heads;
  int64_t keySize;
  Value key, value, decay, state, size;
  SmallVector<Value> queries;
};

constexpr int64_t steps = ShapedType::kDynamic;

} // namespace

ChunkBuilder::ChunkBuilder(ir::BlocksOp blocks, const ChunkedMemory &chunk)
    : blocks(blocks), chunk(chunk), loc(blocks.getLoc()),
      builder(OpBuilder::atBlockEnd(&blocks.getBody().front())),
      state(blocks.getMemoryArguments().front()) {
  ArrayRef<int64_t> shape = typeOf(state).getShape();
  heads.assign(shape.begin(), shape.end() - 2);
  keySize = shape[shape.size() - 2];
  SmallVector<Value> arguments(blocks.getSequenceArguments());
  key = arguments[0];
  value = arguments[1];
  bool hasDecay = bool(chunk.operands.decay);
  if (hasDecay)
    decay = arguments[2];
  queries.assign(arguments.begin() + (hasDecay ? 3 : 2), arguments.end());
  size = ir::DimOp::create(builder, loc, key, typeOf(key).getRank() - 1);
}

Value ChunkBuilder::repeat(OpBuilder &builder, Value value, ArrayRef<int64_t> axes,
                           RankedTensorType type) {
  if (axes.empty())
    return value;
  SmallVector<Value> sizes;
  for (int64_t axis : axes)
    if (type.isDynamicDim(type.getRank() - 1 - axis))
      sizes.push_back(size);
  return ir::BroadcastOp::create(builder, loc, type, value, sizes,
                                 builder.getDenseI64ArrayAttr(axes));
}

Value ChunkBuilder::repeatInFront(OpBuilder &builder, Value value, RankedTensorType type,
                                  int64_t own) {
  auto axes = llvm::to_vector(llvm::seq<int64_t>(own, type.getRank()));
  return repeat(builder, value, axes, type);
}

Value ChunkBuilder::fill(OpBuilder &builder, float element, RankedTensorType type) {
  Value scalar =
      arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(makeType({}), element));
  return repeatInFront(builder, scalar, type, 0);
}

/// [C, N.., E] becomes [N.., C, E].
Value ChunkBuilder::putStepsBehindHeads(Value value) {
  auto order = llvm::to_vector(llvm::seq<int64_t>(1, heads.size() + 1));
  order.push_back(0);
  order.push_back(heads.size() + 1);
  return heads.empty() ? value : ir::TransposeOp::create(builder, loc, value, order).getResult();
}

/// [N.., C, E] becomes [C, N.., E].
Value ChunkBuilder::putStepsInFront(Value value) {
  SmallVector<int64_t> order{int64_t(heads.size())};
  llvm::append_range(order, llvm::seq<int64_t>(0, heads.size()));
  order.push_back(heads.size() + 1);
  return heads.empty() ? value : ir::TransposeOp::create(builder, loc, value, order).getResult();
}

/// [C, C]: whether the number of a column and that of its row compare.
Value ChunkBuilder::compareSteps(arith::CmpIPredicate predicate) {
  auto scalar = RankedTensorType::get({}, builder.getI32Type());
  Value one = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(scalar, 1));
  auto row = scalar.clone({steps}), square = scalar.clone({steps, steps});
  Value numbers = ir::CumulateOp::create(builder, loc, ir::ReductionKind::Sum,
                                         repeat(builder, one, {0}, row), 0);
  return arith::CmpIOp::create(builder, loc, predicate, repeat(builder, numbers, {1}, square),
                               repeat(builder, numbers, {0}, square));
}

Value ChunkBuilder::buildIdentity() {
  auto square = makeType({steps, steps});
  return arith::SelectOp::create(builder, loc, compareSteps(arith::CmpIPredicate::eq),
                                 fill(builder, 1, square), fill(builder, 0, square));
}

//===----------------------------------------------------------------------===//
// Decays
//===----------------------------------------------------------------------===//

ChunkWeights ChunkBuilder::weighWithoutDecay() {
  ChunkWeights weights;
  weights.keys = putStepsBehindHeads(key);
  auto square = makeHeads({steps, steps});
  Value zero = fill(builder, 0, square);
  for (auto [query, read] : llvm::zip_equal(queries, chunk.update.reads)) {
    Value all = putStepsBehindHeads(query);
    Value isSeen =
        compareSteps(read.isBefore ? arith::CmpIPredicate::slt : arith::CmpIPredicate::sle);
    isSeen = repeatInFront(builder, isSeen, square.clone(builder.getI1Type()), 2);
    Value scores = buildDot(builder, all, weights.keys, /*transposed=*/false);
    weights.reads.push_back({arith::SelectOp::create(builder, loc, isSeen, scores, zero), all});
  }
  return weights;
}

/// One decay for all keys of a head: a loop gives its products from each step to each.
ChunkWeights ChunkBuilder::weighByHeads() {
  auto row = makeHeads({steps}), head = makeHeads({});
  SmallVector<Type> outputs;
  for (size_t read = 0; read < queries.size(); ++read)
    llvm::append_values(outputs, Type(addLeadingAxis(row)), Type(addLeadingAxis(head)));
  ir::ScanOp scan =
      ir::ScanOp::create(builder, loc, outputs, {decay, buildIdentity()},
                         {fill(builder, 0, row), fill(builder, 1, head)}, {"products", "whole"});
  OpBuilder inside = OpBuilder::atBlockEnd(&scan.getBody().front());
  Value factor = scan.getSequenceArguments()[0], place = scan.getSequenceArguments()[1];
  Value products = scan.getMemoryArguments()[0], whole = scan.getMemoryArguments()[1];
  Value kept = arith::MulFOp::create(inside, loc, repeat(inside, factor, {0}, row), products);
  Value next = arith::AddFOp::create(inside, loc, kept, repeatInFront(inside, place, row, 1));
  Value nextWhole = arith::MulFOp::create(inside, loc, factor, whole);
  SmallVector<Value> results;
  for (const OuterRead &read : chunk.update.reads)
    llvm::append_values(results, read.isBefore ? products : next,
                        read.isBefore ? whole : nextWhole);
  ir::YieldOp::create(inside, loc, results, ValueRange{next, nextWhole});

  ChunkWeights weights;
  Value keys = putStepsBehindHeads(key);
  for (auto [read, query] : llvm::enumerate(queries)) {
    Value factors = putStepsBehindHeads(scan.getOutputs()[2 * read]);
    Value scores = buildDot(builder, putStepsBehindHeads(query), keys, /*transposed=*/false);
    Value decays = repeat(builder, scan.getOutputs()[2 * read + 1], {0}, typeOf(query));
    weights.reads.push_back(
        {arith::MulFOp::create(builder, loc, scores, factors),
         putStepsBehindHeads(arith::MulFOp::create(builder, loc, query, decays))});
  }
  Value left = repeat(builder, scan.getFinalMemories()[0], {0}, typeOf(keys));
  weights.keys = arith::MulFOp::create(builder, loc, keys, left);
  weights.decay = scan.getFinalMemories()[1];
  return weights;
}

/// A decay for each key: a loop has the keys of the chunk as a matrix, which decays.
ChunkWeights ChunkBuilder::weighByKeys() {
  auto matrix = makeHeads({steps, keySize}), row = makeHeads({keySize});
  SmallVector<Value> sequences{key, decay, buildIdentity()};
  llvm::append_range(sequences, queries);
  SmallVector<Type> outputs;
  for (Value query : queries)
    llvm::append_values(outputs, Type(addLeadingAxis(makeHeads({steps}))), query.getType());
  ir::ScanOp scan =
      ir::ScanOp::create(builder, loc, outputs, sequences,
                         {fill(builder, 0, matrix), fill(builder, 1, row)}, {"keys", "whole"});
  OpBuilder inside = OpBuilder::atBlockEnd(&scan.getBody().front());
  SmallVector<Value> arguments(scan.getSequenceArguments());
  Value keys = scan.getMemoryArguments()[0], whole = scan.getMemoryArguments()[1];
  SmallVector<int64_t> placeAxes{0};
  llvm::append_range(placeAxes, llvm::seq<int64_t>(2, matrix.getRank()));
  Value kept = arith::MulFOp::create(inside, loc, repeat(inside, arguments[1], {1}, matrix), keys);
  Value added = arith::MulFOp::create(inside, loc, repeat(inside, arguments[0], {1}, matrix),
                                      repeat(inside, arguments[2], placeAxes, matrix));
  Value next = arith::AddFOp::create(inside, loc, kept, added);
  Value nextWhole = arith::MulFOp::create(inside, loc, arguments[1], whole);
  SmallVector<Value> results;
  for (auto [query, read] :
       llvm::zip_equal(ArrayRef(arguments).drop_front(3), chunk.update.reads)) {
    results.push_back(buildDot(inside, query, read.isBefore ? keys : next, /*transposed=*/false));
    results.push_back(arith::MulFOp::create(inside, loc, query, read.isBefore ? whole : nextWhole));
  }
  ir::YieldOp::create(inside, loc, results, ValueRange{next, nextWhole});

  ChunkWeights weights;
  for (unsigned read = 0; read < queries.size(); ++read)
    weights.reads.push_back({putStepsBehindHeads(scan.getOutputs()[2 * read]),
                             putStepsBehindHeads(scan.getOutputs()[2 * read + 1])});
  weights.keys = scan.getFinalMemories()[0];
  weights.decay = scan.getFinalMemories()[1];
  return weights;
}

void ChunkBuilder::build() {
  ChunkWeights weights = !decay                        ? weighWithoutDecay()
                         : chunk.update.isDecayOfHeads ? weighByHeads()
                                                       : weighByKeys();
  Value values = putStepsBehindHeads(value);
  SmallVector<Value> outputs;
  for (const ReadWeights &read : weights.reads) {
    Value within = buildDot(builder, read.scores, values, /*transposed=*/true);
    Value before = buildDot(builder, read.queries, state, /*transposed=*/true);
    outputs.push_back(putStepsInFront(arith::AddFOp::create(builder, loc, within, before)));
  }
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, heads.size()));
  order.push_back(heads.size() + 1);
  order.push_back(heads.size());
  Value columns = ir::TransposeOp::create(builder, loc, weights.keys, order);
  Value next = buildDot(builder, columns, values, /*transposed=*/true);
  if (weights.decay) {
    SmallVector<int64_t> axes{0};
    if (chunk.update.isDecayOfHeads)
      axes.push_back(1);
    Value kept = arith::MulFOp::create(builder, loc,
                                       repeat(builder, weights.decay, axes, typeOf(state)), state);
    next = arith::AddFOp::create(builder, loc, kept, next);
  } else {
    next = arith::AddFOp::create(builder, loc, state, next);
  }
  ir::YieldOp::create(builder, loc, outputs, ValueRange{next});
}

//===----------------------------------------------------------------------===//
// All chunks of a block
//===----------------------------------------------------------------------===//

/// [N.., K, V] from how the state lies in memory, or back.
static Value orient(OpBuilder &builder, Location loc, Value state, const OuterUpdate &update) {
  if (update.keyAxis == 1)
    return state;
  return ir::TransposeOp::create(builder, loc, state, ArrayRef<int64_t>{1, 0});
}

Value gatefold::buildChunks(OpBuilder &builder, LeadingAxisCopy &lifted, ir::ScanOp scan,
                            const ChunkedMemory &chunk, Value initial) {
  const OuterUpdate &update = chunk.update;
  Location loc = scan.getMemoryArguments()[update.memory].getLoc();
  SmallVector<Value> sequences;
  for (Value operand : chunk.operands.list())
    sequences.push_back(lifted.withAxis(operand));
  SmallVector<Type> outputs;
  for (const OuterRead &read : update.reads)
    outputs.push_back(addLeadingAxis(read.op->getResult(0).getType()));
  StringRef name = cast<StringAttr>(scan.getNames()[update.memory]).getValue();
  auto blocks = ir::BlocksOp::create(builder, loc, outputs, sequences,
                                     orient(builder, loc, initial, update), name, chunk.length);
  ChunkBuilder(blocks, chunk).build();
  for (auto [read, output] : llvm::zip_equal(update.reads, blocks.getOutputs()))
    lifted.mapChanged(read.op->getResult(0), output);
  return orient(builder, loc, blocks.getFinalMemories().front(), update);
}
