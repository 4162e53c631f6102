//===- TileProducts.cpp - Functions that multiply tiles -------------------*- C++ -*-===//
//
// Rows are multiplied in groups, whose sums are accumulated in registers: as many at a time as fit
// there, and those that are left over in fours and pairs.
//
//===----------------------------------------------------------------------===//

#include "TileProducts.h"
#include "../IndependentLoops.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gatefold;

/// Rows of the smaller groups. With four, reading panels takes less time than multiplying, wherever
/// they lie; with two, it takes no more.
static constexpr int64_t smallGroups[] = {4, 2};

static Value index(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

static Value add(OpBuilder &builder, Location loc, Value value, int64_t number) {
  return number == 0
             ? value
             : arith::AddIOp::create(builder, loc, value, index(builder, loc, number)).getResult();
}

MemRefType gatefold::getStridedType(ArrayRef<int64_t> shape, Type element,
                                    ArrayRef<int64_t> strides) {
  return MemRefType::get(
      shape, element, StridedLayoutAttr::get(element.getContext(), ShapedType::kDynamic, strides));
}

MemRefType TileForm::getRowsType() const {
  return getStridedType({ShapedType::kDynamic, ShapedType::kDynamic}, element,
                        {ShapedType::kDynamic, 1});
}

MemRefType TileForm::getPanelsType() const {
  const int64_t lanes = numLanes * getInputsAtOnce();
  return getStridedType({panels, ShapedType::kDynamic, matrices, lanes}, stored,
                        {panels == 1 ? 0 : ShapedType::kDynamic, matrices * lanes, lanes, 1});
}

MemRefType TileForm::getSumsType() const {
  return MemRefType::get({rowsAtOnce, getSums(), numLanes}, sum);
}

TileForm gatefold::getTileForm(EntryEmitter &emitter, ir::DotsOp dots, int64_t panels,
                               int64_t rowsAtOnce) {
  return {panels,
          dots.getNumResults(),
          rowsAtOnce,
          dots.getLhs().getType().getElementType(),
          emitter.lookup(dots.getPanels()).getElementType(),
          getElementTypeOrSelf(dots.getResult(0).getType())};
}

namespace {

/// Writes the body of a function that multiplies.
class TileProductBuilder {
public:
  TileProductBuilder(func::FuncOp function, const TileForm &form)
      : builder(OpBuilder::atBlockBegin(function.addEntryBlock())), loc(function.getLoc()),
        form(form), arguments(function.getArguments()), rows(arguments[0]), panels(arguments[1]),
        sums(arguments[2]), numRows(arguments[3]), numInputs(arguments[4]) {}

  void emitGroups();

private:
  void emitGroup(Value first, int64_t count);

  OpBuilder builder;
  Location loc;
  const TileForm &form;
  ValueRange arguments;
  Value rows, panels, sums, numRows, numInputs;
};

} // namespace

/// Multiplies rows in groups of several, and returns how many these were.
void TileProductBuilder::emitGroups() {
  Value done = index(builder, loc, 0);
  SmallVector<int64_t> counts{form.rowsAtOnce};
  llvm::copy_if(smallGroups, std::back_inserter(counts),
                [&](int64_t count) { return count < form.rowsAtOnce; });
  for (int64_t count : counts) {
    auto loop = scf::ForOp::create(builder, loc, done, add(builder, loc, numRows, 1 - count),
                                   index(builder, loc, count), done);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    emitGroup(loop.getInductionVar(), count);
    scf::YieldOp::create(builder, loc, add(builder, loc, loop.getInductionVar(), count));
    done = loop.getResult(0);
  }
  func::ReturnOp::create(builder, loc, done);
}

void TileProductBuilder::emitGroup(Value first, int64_t count) {
  ValueRange results = emitTileProduct(builder, loc, form, rows, panels, first, count, numInputs);
  for (auto [i, sum] : llvm::enumerate(results))
    vector::StoreOp::create(builder, loc, sum, sums,
                            ValueRange{add(builder, loc, first, i / form.getSums()),
                                       index(builder, loc, i % form.getSums()),
                                       index(builder, loc, 0)});
}

/// As many bytes as are in `type`, which is what they become.
static Value loadBytes(OpBuilder &builder, Location loc, VectorType type, Value from,
                       ValueRange at) {
  auto bytes = VectorType::get({type.getNumElements() * ir::bytesAtOnce}, builder.getI8Type());
  Value loaded = vector::LoadOp::create(builder, loc, bytes, from, at);
  return vector::BitCastOp::create(builder, loc, type, loaded);
}

/// Sixteen weights, extended where they are stored in fewer bits; fours of bytes stay as they are.
static Value loadWeights(OpBuilder &builder, Location loc, const TileForm &form, Value panels,
                         ValueRange at) {
  auto type = VectorType::get({numLanes}, form.sum);
  if (form.element.isInteger(8))
    return loadBytes(builder, loc, type, panels, at);
  auto stored = VectorType::get({numLanes}, form.stored);
  Value weights = vector::LoadOp::create(builder, loc, stored, panels, at);
  if (form.stored == form.element)
    return weights;
  return arith::ExtFOp::create(builder, loc, type, weights);
}

/// What is multiplied in step `k` of a row, sixteen times.
static Value loadInput(OpBuilder &builder, Location loc, const TileForm &form, Value rows,
                       Value row, Value k) {
  auto type = VectorType::get({numLanes}, form.sum);
  if (!form.element.isInteger(8)) {
    Value x = memref::LoadOp::create(builder, loc, rows, ValueRange{row, k});
    return vector::BroadcastOp::create(builder, loc, type, x);
  }
  Value first = arith::MulIOp::create(builder, loc, k, index(builder, loc, form.getInputsAtOnce()));
  Value four = loadBytes(builder, loc, VectorType::get({1}, form.sum), rows, {row, first});
  Value word = vector::ExtractOp::create(builder, loc, four, 0);
  return vector::BroadcastOp::create(builder, loc, type, word);
}

static Value multiplyAdd(OpBuilder &builder, Location loc, const TileForm &form, Value x,
                         Value weights, Value sums) {
  if (form.element.isInteger(8))
    return ir::DotBytesOp::create(builder, loc, sums.getType(), x, weights, sums);
  return math::FmaOp::create(builder, loc, x, weights, sums);
}

SmallVector<Value> gatefold::loadTileWeights(OpBuilder &builder, Location loc, const TileForm &form,
                                             Value panels, Value k) {
  SmallVector<Value> weights;
  for (int64_t panel = 0; panel < form.panels; ++panel)
    for (int64_t matrix = 0; matrix < form.matrices; ++matrix)
      weights.push_back(loadWeights(
          builder, loc, form, panels,
          {index(builder, loc, panel), k, index(builder, loc, matrix), index(builder, loc, 0)}));
  return weights;
}

void gatefold::addToTileRow(OpBuilder &builder, Location loc, const TileForm &form, Value rows,
                            Value row, Value k, ValueRange weights, MutableArrayRef<Value> sums) {
  Value x = loadInput(builder, loc, form, rows, row, k);
  for (auto [sum, weight] : llvm::zip_equal(sums, weights))
    sum = multiplyAdd(builder, loc, form, x, weight, sum);
}

SmallVector<Value> gatefold::getZeroSums(OpBuilder &builder, Location loc, const TileForm &form,
                                         int64_t count) {
  auto type = VectorType::get({numLanes}, form.sum);
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  return SmallVector<Value>(count * form.getSums(), zero);
}

ValueRange gatefold::emitTileProduct(OpBuilder &builder, Location loc, const TileForm &form,
                                     Value rows, Value panels, Value first, int64_t count,
                                     Value numInputs) {
  OpBuilder::InsertionGuard guard(builder);
  auto loop = scf::ForOp::create(builder, loc, index(builder, loc, 0), numInputs,
                                 index(builder, loc, 1), getZeroSums(builder, loc, form, count));
  builder.setInsertionPointToStart(loop.getBody());
  Value k = loop.getInductionVar();
  SmallVector<Value> weights = loadTileWeights(builder, loc, form, panels, k);
  SmallVector<Value> next(loop.getRegionIterArgs());
  for (int64_t row = 0; row < count; ++row)
    addToTileRow(builder, loc, form, rows, add(builder, loc, first, row), k, weights,
                 MutableArrayRef(next).slice(row * form.getSums(), form.getSums()));
  scf::YieldOp::create(builder, loc, next);
  return loop.getResults();
}

func::FuncOp gatefold::getTileProduct(ModuleOp module, const TileForm &form) {
  std::string name;
  llvm::raw_string_ostream(name) << "gatefold.multiply." << form.rowsAtOnce << "x" << form.panels
                                 << "x" << form.matrices << "." << form.element;
  if (form.stored != form.element)
    llvm::raw_string_ostream(name) << "." << form.stored;
  if (auto known = module.lookupSymbol<func::FuncOp>(name))
    return known;
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Type index = builder.getIndexType();
  auto type = builder.getFunctionType(
      {form.getRowsType(), form.getPanelsType(), form.getSumsType(), index, index}, index);
  auto function = func::FuncOp::create(builder, builder.getUnknownLoc(), name, type);
  function.setPrivate();
  markReadOnly(function, {0, 1}); // the rows and the panels
  TileProductBuilder(function, form).emitGroups();
  return function;
}
