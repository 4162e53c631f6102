//===- ProductAhead.cpp - Products of the next block, in time ----------*- C++ -*-===//

#include "ProductAhead.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace gatefold;

/// The most rows of a tile. Four take so many products for each of the host's that multiplying and
/// reading take about equally long.
static constexpr int64_t mostRows = 4;

/// How many bytes of the host's panels are worth it. Up to the least, the half that one of two
/// threads reads stays in its first cache. Beyond the most, reading takes so much longer than
/// multiplying that the weights of the product, read once for each block, add more than they save.
static constexpr int64_t leastPanelBytes = 64 << 10, mostPanelBytes = 4 << 20;

/// Tiles that take turns with the same weights. Fewer tiles load more weights, more of them load
/// and store more sums, at every step; the more inputs, the more tiles are best.
static int64_t chooseTiles(int64_t numInputs) { return numInputs > 128 ? 4 : 2; }

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

/// True for products of f32 with panels whose rows are known, for one row of each example and
/// `numAxes` - 1 other axes.
static bool isPlainProduct(ir::DotsOp dots, unsigned numAxes) {
  auto type = cast<RankedTensorType>(dots.getLhs().getType());
  return dots.getPanels() && type.getElementType().isF32() && type.getRank() == numAxes + 1 &&
         !ShapedType::isDynamic(type.getShape().back()) && dots.getRows() % numLanes == 0;
}

static int64_t getNumInputs(ir::DotsOp dots) {
  return cast<RankedTensorType>(dots.getLhs().getType()).getShape().back();
}

/// The scan that all results of a product go to, and nothing else.
static ir::ScanOp findScan(ir::DotsOp product) {
  ir::ScanOp scan;
  for (Operation *user : product->getUsers()) {
    auto next = dyn_cast<ir::ScanOp>(user);
    if (!next || (scan && scan != next) || next->getBlock() != product->getBlock())
      return nullptr;
    scan = next;
  }
  return scan;
}

/// The first product of a scan with as many units.
static ir::DotsOp findHost(ir::ScanOp scan, int64_t units) {
  ir::DotsOp host;
  scan.getBody().walk([&](ir::DotsOp dots) {
    bool isOfStep = dots->getParentOp() == scan || (isa<ir::FuseOp>(dots->getParentOp()) &&
                                                    dots->getParentOp()->getParentOp() == scan);
    bool fits = isOfStep && isPlainProduct(dots, 1) && dots.getRows() == units;
    if (fits)
      host = dots;
    return fits ? WalkResult::interrupt() : WalkResult::advance();
  });
  return host;
}

ProductAhead::ProductAhead(EntryEmitter &emitter, ir::BlocksOp blocks, ir::DotsOp product,
                           ir::ScanOp scan, ir::DotsOp host)
    : emitter(emitter), blocks(blocks), product(product), scan(scan), host(host),
      loc(product.getLoc()) {}

std::unique_ptr<ProductAhead> ProductAhead::find(EntryEmitter &emitter, ir::BlocksOp blocks) {
  // Of several layers only the first one's product is known ahead: too little for code that the
  // layers could not share.
  if (!llvm::hasSingleElement(blocks.getBody().getOps<ir::ScanOp>()))
    return nullptr;
  for (auto product : blocks.getBody().getOps<ir::DotsOp>()) {
    // The batch, the steps, what is multiplied.
    auto lhs = dyn_cast<BlockArgument>(product.getLhs());
    bool isKnownAhead = lhs && lhs.getOwner() == &blocks.getBody().front() &&
                        lhs.getArgNumber() < blocks.getSequences().size();
    if (!isKnownAhead || blocks.getAxis() != 1 || !isPlainProduct(product, 2) ||
        !product.getPanels().getParentRegion()->isProperAncestor(&blocks.getBody()))
      continue;
    ir::ScanOp scan = findScan(product);
    ir::DotsOp host = scan ? findHost(scan, product.getRows()) : nullptr;
    if (!host || scan.getReverse() != blocks.getReverse() ||
        !host.getPanels().getParentRegion()->isProperAncestor(&blocks.getBody()))
      continue;
    auto ahead =
        std::unique_ptr<ProductAhead>(new ProductAhead(emitter, blocks, product, scan, host));
    ahead->sequence = emitter.lookup(blocks.getSequences()[lhs.getArgNumber()]);
    if (ahead->sequence.hasUnitStride() && ahead->chooseSizes())
      return ahead;
  }
  return nullptr;
}

/// Chooses how much is done at a time; false if there is no good choice.
bool ProductAhead::chooseSizes() {
  // As in EmitTiles, there are at least four sums of a row.
  int64_t hostSums = std::max<int64_t>(host.getNumResults(), 4);
  int64_t panels = llvm::divideCeil(hostSums, host.getNumResults());
  int64_t sums = panels * product.getNumResults();
  rowsAtOnce = std::min(mostRows, (emitter.mostSums - hostSums) / sums);
  if (rowsAtOnce < 2)
    return false;
  int64_t numInputs = getNumInputs(product), hostInputs = getNumInputs(host);
  int64_t bytes = llvm::divideCeil(
      cast<RankedTensorType>(host.getPanels().getType()).getNumElements() *
          emitter.lookup(host.getPanels()).getElementType().getIntOrFloatBitWidth(),
      8);
  if (bytes <= leastPanelBytes || bytes > mostPanelBytes)
    return false;
  for (tiles = chooseTiles(numInputs); tiles >= 1; tiles /= 2) {
    inputs = llvm::divideCeil(numInputs, getNumSteps());
    // Two blocks must have room, and the host's row must be as long as what is beside it.
    if (2 * getNumSteps() <= int64_t(blocks.getLength()) && inputs * tiles <= hostInputs)
      return true;
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

Value ProductAhead::prepare() {
  OpBuilder &builder = emitter.builder;
  Value numSteps = emitter.index(getNumSteps());
  auto is = [&](arith::CmpIPredicate predicate, AffineExpr extent, int64_t number) -> Value {
    return arith::CmpIOp::create(builder, loc, predicate, emitter.memory.getSize(extent),
                                 emitter.index(number));
  };
  Value isOn =
      arith::AndIOp::create(builder, loc, is(arith::CmpIPredicate::eq, sequence.extents[0], 1),
                            is(arith::CmpIPredicate::sge, sequence.extents[1], 2 * getNumSteps()));
  most = arith::SelectOp::create(builder, loc, isOn, numSteps, emitter.index(0));
  Value result = product.getResult(0);
  Extents limits;
  for (AffineExpr extent : ArrayRef(emitter.sizes.getExtents(result)).drop_back())
    limits.push_back(emitter.sizes.getLimit(extent));
  limits.push_back(getAffineConstantExpr(getRowStride(), blocks.getContext()));
  room = emitter.memory.reserve(getElementTypeOrSelf(result.getType()), limits, loc);
  return arith::SelectOp::create(builder, loc, isOn, numSteps,
                                 emitter.index(int64_t(blocks.getLength())));
}

void ProductAhead::beginBlock(Value done, Value left, Value size) {
  OpBuilder &builder = emitter.builder;
  Value rows = emitter.index(rowsAtOnce);
  auto countTiles = [&](Value steps) -> Value {
    Value atMost = arith::MinSIOp::create(builder, loc, steps, most);
    return arith::DivUIOp::create(builder, loc, atMost, rows);
  };
  // Nothing is there when the first block begins.
  Value whole = arith::MulIOp::create(builder, loc, countTiles(size), rows);
  numDone = arith::MinSIOp::create(builder, loc, done, whole);
  Value leftBehind = arith::SubIOp::create(builder, loc, left, size);
  nextTiles = countTiles(leftBehind);
  nextBegin = arith::AddIOp::create(builder, loc, done, size);
  if (blocks.getReverse()) {
    Value nextSize = arith::MinSIOp::create(builder, loc, leftBehind, emitter.index(getNumSteps()));
    nextBegin = arith::SubIOp::create(builder, loc, leftBehind, nextSize);
  }
  Value number = arith::DivUIOp::create(builder, loc, done, emitter.index(getNumSteps()));
  Value isOdd = arith::AndIOp::create(builder, loc, number, emitter.index(1));
  parity = arith::MinSIOp::create(builder, loc, isOdd, most);
}

/// Between the rows of a block, which have all results side by side. Were it a power of two, parts
/// of rows would get into each other's way in the cache.
int64_t ProductAhead::getRowStride() {
  return product.getNumResults() * product.getRows() + numLanes;
}

/// Where the block with this parity begins.
Value ProductAhead::getStart(OpBuilder &builder, Value ofParity) {
  return arith::MulIOp::create(builder, loc, ofParity,
                               emitter.index(getNumSteps() * getRowStride()));
}

void ProductAhead::placeResults() {
  OpBuilder &builder = emitter.builder;
  Value start = getStart(builder, parity);
  AffineExpr one = getAffineConstantExpr(1, blocks.getContext()), stride = one * getRowStride();
  for (auto [number, result] : llvm::enumerate(product.getResults())) {
    Extents extents = emitter.sizes.getExtents(result);
    Value offset =
        arith::AddIOp::create(builder, loc, start, emitter.index(number * product.getRows()));
    emitter.chooseMemory(result, makeView(builder, loc, emitter.memory, room, offset, extents,
                                          {extents[1] * stride, stride, one}));
  }
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// The rows of the next block from this input on.
Value ProductAhead::castRows(OpBuilder &builder, Value firstInput) {
  Value stride = emitter.memory.getSize(sequence.strides[1]);
  Value start = arith::MulIOp::create(builder, loc, nextBegin, stride);
  start = arith::AddIOp::create(builder, loc, start, firstInput);
  if (sequence.offset)
    start = arith::AddIOp::create(builder, loc, start, sequence.offset);
  return memref::ReinterpretCastOp::create(
      builder, loc, getTileForm(emitter, product, 1, rowsAtOnce).getRowsType(), sequence.base,
      OpFoldResult(start),
      ArrayRef<OpFoldResult>{emitter.index(getNumSteps()), emitter.index(inputs)},
      ArrayRef<OpFoldResult>{stride, builder.getIndexAttr(1)});
}

/// The product's panels for the units of the host's, from this input on.
Value ProductAhead::castPanels(OpBuilder &builder, const TileForm &form, Value panel,
                               Value firstInput) {
  View packed = emitter.lookup(product.getPanels());
  Value stride = emitter.memory.getSize(packed.strides.front());
  Value start = arith::MulIOp::create(builder, loc, panel, stride);
  int64_t width = form.matrices * numLanes;
  start = arith::AddIOp::create(
      builder, loc, start, arith::MulIOp::create(builder, loc, firstInput, emitter.index(width)));
  if (packed.offset)
    start = arith::AddIOp::create(builder, loc, start, packed.offset);
  auto known = [&](int64_t value) -> OpFoldResult { return builder.getIndexAttr(value); };
  return memref::ReinterpretCastOp::create(
      builder, loc, form.getPanelsType(), packed.base, OpFoldResult(start),
      ArrayRef<OpFoldResult>{known(form.panels), emitter.index(inputs), known(form.matrices),
                             known(numLanes)},
      ArrayRef<OpFoldResult>{form.panels == 1 ? known(0) : OpFoldResult(stride), known(width),
                             known(numLanes), known(1)});
}

/// Where the next block has its results, from a panel's first unit on.
Value ProductAhead::castSums(OpBuilder &builder, const TileForm &form, Value panel) {
  Value start = arith::MulIOp::create(builder, loc, panel, emitter.index(numLanes));
  Value other = arith::SubIOp::create(builder, loc, emitter.index(1), parity);
  start = arith::AddIOp::create(builder, loc, start, getStart(builder, other));
  MemRefType type = ProductBeside::getSumsType(form, getRowStride(), product.getRows());
  auto known = [&](int64_t value) -> OpFoldResult { return builder.getIndexAttr(value); };
  return memref::ReinterpretCastOp::create(
      builder, loc, type, room, OpFoldResult(start),
      ArrayRef<OpFoldResult>{emitter.index(getNumSteps()), known(type.getDimSize(1)),
                             known(type.getDimSize(2))},
      ArrayRef<OpFoldResult>{known(getRowStride()), known(product.getRows()), known(1)});
}

SmallVector<Value> ProductAhead::multiply(OpBuilder &builder, const ProductBeside::Host &row,
                                          Value panel) {
  Value none = emitter.index(0);
  Value firstInput = arith::MulIOp::create(builder, loc, step, emitter.index(inputs));
  Value left =
      arith::SubIOp::create(builder, loc, emitter.index(getNumInputs(product)), firstInput);
  left = arith::MaxSIOp::create(builder, loc, left, none);
  TileForm form = getTileForm(emitter, product, row.form.panels, rowsAtOnce);
  Value share = arith::MinSIOp::create(builder, loc, left, emitter.index(inputs));
  Value continues = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, step, none);
  int64_t stepsAtOnce = std::min(2 * rowsAtOnce, getNumInputs(host) / (inputs * tiles));
  ProductBeside both{row,
                     form,
                     castRows(builder, firstInput),
                     castPanels(builder, form, panel, firstInput),
                     castSums(builder, form, panel),
                     nextTiles,
                     share,
                     continues,
                     stepsAtOnce};
  return emitProductBeside(builder, host.getLoc(), both);
}
