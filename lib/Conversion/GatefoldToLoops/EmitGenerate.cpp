//===- EmitGenerate.cpp - The loop that feeds a decoder its own output -----*- C++ -*-===//
//
// What the loop does with scores and progress is the same for all models and is written in MLIR,
// library/choose.mlir and library/progress.mlir. Here stands what hangs on the model: the call of
// its decoder and the rows of its memories. The decoder is called as a function: its code is there
// once.
//
//===----------------------------------------------------------------------===//

#include "EntryEmitter.h"
#include "GenerateLibrary.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace gatefold;

//===----------------------------------------------------------------------===//
// The library
//===----------------------------------------------------------------------===//

static constexpr StringLiteral libraryText =
#include "gatefold/Conversion/GenerateLibrary.inc"
    ;

LogicalResult gatefold::addGenerateLibrary(ModuleOp module) {
  OwningOpRef<ModuleOp> library = parseSourceString<ModuleOp>(
      libraryText, ParserConfig(module.getContext(), /*verifyAfterParse=*/false),
      "<library>/generate");
  if (!library)
    return failure();
  for (Operation &function : llvm::make_early_inc_range(*library->getBody()))
    function.moveBefore(module.getBody(), module.getBody()->end());
  return success();
}

ir::EntryOp gatefold::findDecoder(ir::GenerateOp generate) {
  return generate->getParentOfType<ir::ModelOp>().lookupEntry(generate.getDecode());
}

/// Why no token of a row can be chosen, in the order in which `@gatefold.best` counts.
static constexpr StringLiteral choiceChecks[] = {
    "the score of token {0} is not a number",
    "no token is possible: all scores are minus infinity",
    "the score of token {0} is infinite",
};

//===----------------------------------------------------------------------===//
// The loop
//===----------------------------------------------------------------------===//

namespace {

class GenerateEmitter {
public:
  GenerateEmitter(EntryEmitter &emitter, ir::GenerateOp generate, ir::EntryOp decode,
                  func::FuncOp function, const EntrySignature &signature);

  void emit();

private:
  void clearCounts();
  void emitLoop();
  Value keepRows(Value rows);
  void moveRows(Value rows);
  void moveRow(const View &memory, Value from, Value to);
  void decodeRows(Value rows);
  Value advanceRows(Value rows);

  View viewOf(Value value) { return emitter.materialize(value); }
  Value getFlat(const View &view);
  Value getFlat(Value value) { return getFlat(viewOf(value)); }
  Value getAddress(const View &view);
  Value call(StringRef name, TypeRange results, ValueRange operands);
  View allocate(Type element, Extents extents) {
    return emitter.memory.allocate(element, std::move(extents), loc);
  }
  AffineExpr number(int64_t value) { return getAffineConstantExpr(value, builder.getContext()); }

  EntryEmitter &emitter;
  ir::GenerateOp generate;
  ir::EntryOp decode;
  func::FuncOp function;
  const EntrySignature &signature;
  EntrySignature decodeSignature;
  OpBuilder &builder;
  Location loc;

  Value status; // of the function
  AffineExpr batch, vocabulary;
  View scores;         // f32 [batch, V]
  View weights, order; // f64, i32 [V]: of tokens, for drawing
  View source;         // i32 [batch]: where the rows that stay were
  Value stepWorkspace; // the decoder's, behind all of this
  SmallVector<View> memories;
};

} // namespace

GenerateEmitter::GenerateEmitter(EntryEmitter &emitter, ir::GenerateOp generate, ir::EntryOp decode,
                                 func::FuncOp function, const EntrySignature &signature)
    : emitter(emitter), generate(generate), decode(decode), function(function),
      signature(signature), decodeSignature(decode), builder(emitter.builder),
      loc(generate.getLoc()) {
  status = function.getArgument(signature.getStatusPlace());
  batch = emitter.sizes.getExtents(generate.getToken()).front();
  vocabulary = number(cast<RankedTensorType>(decode.getResultTypes().front()).getDimSize(1));

  scores = allocate(builder.getF32Type(), {batch, vocabulary});
  weights = allocate(builder.getF64Type(), {vocabulary});
  order = allocate(builder.getI32Type(), {vocabulary});
  source = allocate(builder.getI32Type(), {batch});
  // How much the decoder needs is known when its own memory is planned.
  stepWorkspace = emitter.memory.getRest(loc);
  for (Value memory : generate.getNext().take_back(generate.getMemories().size()))
    memories.push_back(emitter.lookup(memory));
}

/// The memory of a view without gaps as one row of elements.
Value GenerateEmitter::getFlat(const View &view) {
  auto type = MemRefType::get({ShapedType::kDynamic}, view.getElementType());
  // Nothing asks for the extent.
  OpFoldResult extent = emitter.index(INT64_MAX);
  return memref::ReinterpretCastOp::create(
      builder, loc, type, view.base, OpFoldResult(builder.getIndexAttr(0)),
      ArrayRef<OpFoldResult>{extent}, ArrayRef<OpFoldResult>{builder.getIndexAttr(1)});
}

/// The memory of a view as functions take it.
Value GenerateEmitter::getAddress(const View &view) {
  auto type = MemRefType::get({}, view.getElementType());
  if (view.base.getType() == type)
    return view.base;
  return memref::ReinterpretCastOp::create(builder, loc, type, view.base,
                                           OpFoldResult(builder.getIndexAttr(0)),
                                           ArrayRef<OpFoldResult>{}, ArrayRef<OpFoldResult>{});
}

/// Calls a function of the library; null if it returns nothing.
Value GenerateEmitter::call(StringRef name, TypeRange results, ValueRange operands) {
  auto call = func::CallOp::create(builder, loc, ("gatefold." + name).str(), results, operands);
  return results.empty() ? Value() : call.getResult(0);
}

void GenerateEmitter::clearCounts() {
  OpBuilder::InsertionGuard guard(builder);
  Value count = getFlat(generate.getCount());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
  Value example = emitter.beginLoop(batch, loc);
  memref::StoreOp::create(builder, loc, zero, count, example);
}

/// Takes out the rows of what has ended; returns how many stay.
Value GenerateEmitter::keepRows(Value rows) {
  ValueRange next = generate.getNext(); // token, row_example, steps, made, state, memories
  Value kept = call("keep_rows", builder.getIndexType(),
                    {rows, getFlat(generate.getLimit()), getFlat(next[0]), getFlat(next[1]),
                     getFlat(next[3]), getFlat(next[4]), getFlat(source)});
  moveRows(kept);
  return kept;
}

void GenerateEmitter::moveRows(Value rows) {
  OpBuilder::InsertionGuard guard(builder);
  Value from = getFlat(source);
  auto loop = scf::ForOp::create(builder, loc, emitter.index(0), rows, emitter.index(1));
  builder.setInsertionPoint(loop.getBody()->getTerminator());
  Value row = loop.getInductionVar();
  Value number = memref::LoadOp::create(builder, loc, from, row);
  number = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), number);
  Value differs = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, number, row);
  auto branch = scf::IfOp::create(builder, loc, differs, /*withElseRegion=*/false);
  builder.setInsertionPoint(branch.thenBlock()->getTerminator());
  for (const View &memory : memories)
    moveRow(memory, number, row);
}

/// Copies one row of a memory over another one.
void GenerateEmitter::moveRow(const View &memory, Value from, Value to) {
  OpBuilder::InsertionGuard guard(builder);
  AffineExpr elements = number(1);
  for (AffineExpr extent : ArrayRef(memory.extents).drop_front())
    elements = elements * extent;
  Value count = emitter.memory.getSize(elements), flat = getFlat(memory);
  Value read = arith::MulIOp::create(builder, loc, from, count);
  Value write = arith::MulIOp::create(builder, loc, to, count);
  auto loop = scf::ForOp::create(builder, loc, emitter.index(0), count, emitter.index(numLanes));
  builder.setInsertionPoint(loop.getBody()->getTerminator());
  Value place = loop.getInductionVar();
  auto type = VectorType::get({numLanes}, memory.getElementType());
  Value left = arith::SubIOp::create(builder, loc, count, place);
  Value mask = vector::CreateMaskOp::create(builder, loc,
                                            VectorType::get({numLanes}, builder.getI1Type()), left);
  Value none = arith::ConstantOp::create(builder, loc, type, builder.getZeroAttr(type));
  read = arith::AddIOp::create(builder, loc, read, place);
  write = arith::AddIOp::create(builder, loc, write, place);
  Value elementsRead =
      vector::MaskedLoadOp::create(builder, loc, type, flat, ValueRange{read}, mask, none);
  vector::MaskedStoreOp::create(builder, loc, flat, ValueRange{write}, mask, elementsRead);
}

/// One step of the decoder for the first `rows` rows, in place.
void GenerateEmitter::decodeRows(Value rows) {
  SmallVector<Value> operands{getAddress(viewOf(generate.getNext().front()))};
  for (const View &memory : memories)
    operands.push_back(getAddress(memory));
  operands.push_back(getAddress(scores));
  for (const View &memory : ArrayRef(memories).take_back(decode.getNumResults() - 1))
    operands.push_back(getAddress(memory));
  unsigned firstWeight = signature.arguments.size() + signature.results.size();
  for (unsigned i = 0; i < signature.weights.size(); ++i)
    operands.push_back(function.getArgument(firstWeight + i));
  operands.push_back(stepWorkspace);
  operands.push_back(status);
  operands.push_back(function.getArgument(signature.getMemberPlace()));
  for (StringAttr name : decodeSignature.sizes) {
    unsigned position = llvm::find(signature.sizes, name) - signature.sizes.begin();
    AffineExpr size = getAffineSymbolExpr(position, builder.getContext());
    operands.push_back(size == batch ? rows : emitter.memory.getSize(size));
  }
  func::CallOp::create(builder, loc, decodeSignature.function, TypeRange{}, operands);
}

/// Chooses what the rows read next; returns whether the loop has to stop.
Value GenerateEmitter::advanceRows(Value rows) {
  Value prompt = generate.getPrompt(), promptSize = emitter.index(0);
  if (prompt)
    promptSize = emitter.memory.getSize(emitter.sizes.getExtents(prompt)[1]);
  SmallVector<Value> operands{rows, getFlat(scores), emitter.memory.getSize(vocabulary)};
  for (Value setting : {generate.getTemperature(), generate.getTopK(), generate.getTopP(),
                        generate.getSeed(), generate.getEnd()})
    operands.push_back(getFlat(setting));
  operands.push_back(getFlat(prompt ? prompt : Value(generate.getEnd())));
  operands.push_back(promptSize);
  for (Value progress : generate.getNext().take_front(5))
    operands.push_back(getFlat(progress));
  operands.push_back(getFlat(generate.getTokens()));
  operands.push_back(emitter.memory.getSize(emitter.sizes.getSize(generate.getMost())));
  operands.push_back(getFlat(generate.getCount()));
  operands.push_back(getFlat(weights));
  operands.push_back(getFlat(order));
  operands.push_back(status);
  int64_t checks = decode.getChecksAttr() ? decode.getChecksAttr().size() : 0;
  operands.push_back(arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(checks)));
  return call("advance", builder.getI1Type(), operands);
}

void GenerateEmitter::emitLoop() {
  Type index = builder.getIndexType(), flag = builder.getI1Type();
  Value most = emitter.memory.getSize(emitter.sizes.getSize(generate.getMost()));
  Value isNone =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, most, emitter.index(0));
  auto loop = scf::WhileOp::create(builder, loc, TypeRange{index},
                                   ValueRange{emitter.memory.getSize(batch), isNone});
  OpBuilder::InsertionGuard guard(builder);
  Block *before = builder.createBlock(&loop.getBefore(), {}, {index, flag}, {loc, loc});
  Value kept = keepRows(before->getArgument(0));
  Value hasRows =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, kept, emitter.index(0));
  Value yes = arith::ConstantOp::create(builder, loc, builder.getBoolAttr(true));
  Value goesOn = arith::XOrIOp::create(builder, loc, before->getArgument(1), yes);
  goesOn = arith::AndIOp::create(builder, loc, goesOn, hasRows);
  scf::ConditionOp::create(builder, loc, goesOn, kept);
  Block *after = builder.createBlock(&loop.getAfter(), {}, {index}, {loc});
  Value rows = after->getArgument(0);
  decodeRows(rows);
  Value stops = advanceRows(rows);
  scf::YieldOp::create(builder, loc, ValueRange{rows, stops});
}

void GenerateEmitter::emit() {
  clearCounts();
  emitLoop();
}

void EntryEmitter::emitGenerate(ir::GenerateOp generate) {
  flush();
  for (auto [before, after] : llvm::zip_equal(generate.getUpdated(), generate.getNext())) {
    View place = allocateResult(after);
    if (chosen.contains(after))
      copyUnlessSame(before, place);
    else
      flush({Store{before, place}});
    setView(after, place);
  }
  for (Value output : {Value(generate.getTokens()), Value(generate.getCount())})
    setView(output, allocateResult(output));
  ir::EntryOp decode = findDecoder(generate);
  // A failure of the decoder keeps its number.
  if (ArrayAttr texts = decode.getChecksAttr())
    for (auto text : texts.getAsValueRange<StringAttr>())
      checks.push_back(text.str());
  for (StringRef text : choiceChecks)
    checks.push_back(text.str());
  GenerateEmitter(*this, generate, decode, function, signature).emit();
}
