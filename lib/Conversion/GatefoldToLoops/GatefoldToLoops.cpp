//===- GatefoldToLoops.cpp - Entries to functions of loops ------------------*- C++ -*-===//
//
// The pass: makes the functions of each entry and leaves the entry behind as their description.
//
//===----------------------------------------------------------------------===//

#include "EntryEmitter.h"
#include "GenerateLibrary.h"
#include "MinimumSizes.h"
#include "gatefold/Conversion/Passes.h"

namespace gatefold {
#define GEN_PASS_DEF_GATEFOLDTOLOOPS
#include "gatefold/Conversion/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

/// The place of an entry without its name, which belongs to no value of the function.
static Location getPlace(ir::EntryOp entry) {
  Location loc = entry.getLoc();
  while (auto named = dyn_cast<NameLoc>(loc))
    loc = named.getChildLoc();
  return loc;
}

/// The function of an entry, without a body yet but its first block.
static func::FuncOp createFunction(OpBuilder &builder, ir::EntryOp entry,
                                   const EntrySignature &signature) {
  Location place = getPlace(entry);
  SmallVector<Type> types;
  SmallVector<Location> locations;
  auto add = [&](Type type, const Twine &name) {
    types.push_back(type);
    locations.push_back(NameLoc::get(builder.getStringAttr(name), place));
  };
  for (auto [i, element] : llvm::enumerate(signature.arguments))
    add(MemRefType::get({}, element), entry.getArgumentPort(i).getName().getValue());
  for (auto [i, element] : llvm::enumerate(signature.results)) {
    ir::PortAttr port = entry.getResultPort(i);
    bool memory = port.getKind() == ir::PortKind::Memory;
    add(MemRefType::get({}, element), (memory ? "next." : "") + port.getName().getValue());
  }
  for (ir::WeightOp weight : signature.weights) {
    Type element = cast<RankedTensorType>(weight.getType()).getElementType();
    add(MemRefType::get({}, getMemoryType(element)), weight.getSymName());
  }
  add(MemRefType::get({}, builder.getI8Type()), "workspace");
  add(MemRefType::get({2}, builder.getI64Type()), "status");
  add(MemRefType::get({2}, builder.getI64Type()), "member");
  for (StringAttr size : signature.sizes)
    add(builder.getIndexType(), size.getValue());
  auto function =
      func::FuncOp::create(builder, place, signature.function, builder.getFunctionType(types, {}));
  Block *block = function.addEntryBlock();
  for (auto [argument, loc] : llvm::zip_equal(block->getArguments(), locations))
    argument.setLoc(loc);
  return function;
}

/// The function that says how much workspace an entry needs.
static func::FuncOp createWorkspaceFunction(OpBuilder &builder, ir::EntryOp entry,
                                            const EntrySignature &signature,
                                            ArrayRef<AffineExpr> bytes) {
  Location loc = getPlace(entry);
  SmallVector<Type> types(signature.sizes.size(), builder.getIndexType());
  auto function = func::FuncOp::create(builder, loc, signature.workspaceFunction,
                                       builder.getFunctionType(types, {builder.getIndexType()}));
  OpBuilder body = OpBuilder::atBlockEnd(function.addEntryBlock());
  Value size = emitWorkspaceSize(body, loc, bytes, function.getArguments());
  func::ReturnOp::create(body, loc, size);
  return function;
}

/// Element types that lie in memory and have loops.
static bool isSupportedElement(Type type) {
  return type.isF32() || type.isF64() || type.isInteger(1) || type.isInteger(8) ||
         type.isInteger(32) || type.isInteger(64);
}

/// True if an operation only moves elements or converts them: what of 16-bit numbers has loops.
static bool supportsShortFloats(Operation *op) {
  if (auto narrow = dyn_cast<arith::TruncFOp>(op))
    return getElementTypeOrSelf(narrow.getIn().getType()).isF32();
  if (auto widen = dyn_cast<arith::ExtFOp>(op))
    return getElementTypeOrSelf(widen.getType()).isF32();
  return isa<ir::ReadOp, ir::ReturnOp, ir::TransposeOp, ir::ReshapeOp, ir::ConcatOp, ir::DotsOp,
             ir::FuseOp>(op);
}

/// Checks that a value has a tensor type with loops and sizes that the caller's determine.
static LogicalResult checkValue(Operation *op, Value value, SizeAnalysis &sizes) {
  if (!isa<ShapedType>(value.getType()))
    return success();
  auto type = dyn_cast<RankedTensorType>(value.getType());
  Type element = type ? type.getElementType() : Type();
  bool isShort = type && ir::isShortFloat(element);
  if (!type || !(isShort ? supportsShortFloats(op) : isSupportedElement(element)))
    return op->emitOpError("expected tensors of f32, f64, i1, i8, i32 or i64, but found ")
           << value.getType();
  if (llvm::is_contained(sizes.getExtents(value), AffineExpr()))
    return op->emitOpError("has a size that the dynamic sizes of the entry do not determine");
  return success();
}

/// True if the sequences of a scan or of blocks have equally many steps, and the next memories the
/// sizes of the memories.
template <typename TimeLoop>
static bool agreeOnSizes(TimeLoop loop, SizeAnalysis &sizes) {
  auto countSteps = [&](Value sequence) { return sizes.getExtents(sequence)[loop.getAxis()]; };
  return llvm::all_of(loop.getSequences(),
                      [&](Value sequence) {
                        return countSteps(sequence) == countSteps(loop.getSequences().front());
                      }) &&
         llvm::all_of(
             llvm::zip_equal(loop.getInitial(), loop.getYield().getNext()), [&](auto pair) {
               return sizes.getExtents(std::get<0>(pair)) == sizes.getExtents(std::get<1>(pair));
             });
}

/// Checks that dynamic sizes that types leave open are equal where an operation takes them for
/// equal.
static LogicalResult checkOperands(ir::EntryOp entry, Operation *op, SizeAnalysis &sizes) {
  auto disagree = [&] {
    return op->emitOpError("takes sizes for equal that the entry's ports call by different names");
  };
  if (OpTrait::hasElementwiseMappableTraits(op))
    for (Value operand : op->getOperands())
      if (isa<RankedTensorType>(operand.getType()) &&
          isa<RankedTensorType>(op->getResult(0).getType()) &&
          sizes.getExtents(operand) != sizes.getExtents(op->getResult(0)))
        return disagree();
  if (auto scan = dyn_cast<ir::ScanOp>(op); scan && !agreeOnSizes(scan, sizes))
    return disagree();
  if (auto blocks = dyn_cast<ir::BlocksOp>(op); blocks && !agreeOnSizes(blocks, sizes))
    return disagree();
  if (auto dot = dyn_cast<ir::DotOp>(op)) {
    Extents lhs = sizes.getExtents(dot.getLhs()), rhs = sizes.getExtents(dot.getRhs());
    if (lhs.back() != rhs[rhs.size() - (dot.getTransposed() ? 2 : 1)] ||
        !std::equal(lhs.begin(), lhs.begin() + dot.getMapped(), rhs.begin()))
      return disagree();
  }
  if (auto attend = dyn_cast<ir::AttendOp>(op)) {
    Extents result = sizes.getExtents(attend.getResult());
    for (auto [number, operand] : llvm::enumerate(attend.getOperands())) {
      Extents extents = sizes.getExtents(operand);
      SmallVector<int64_t> axes = attend.getMappedAxes(number);
      for (auto [place, axis] : llvm::enumerate(axes))
        if (extents[place] != result[axis])
          return disagree();
      if (number >= attend.getQueries().size() && extents[axes.size()] != sizes.getKeys(attend))
        return disagree();
    }
  }
  if (auto append = dyn_cast<ir::AppendOp>(op)) {
    Extents rest = sizes.getExtents(append.getMemory());
    size_t mapped = append.getPosition().getType().getRank();
    rest.erase(rest.begin() + mapped);
    if (rest != sizes.getExtents(append.getRow()) ||
        ArrayRef(rest).take_front(mapped) != ArrayRef(sizes.getExtents(append.getPosition())))
      return disagree();
  }
  if (isa<ir::PrefixOp, ir::SuffixOp>(op)) {
    Extents count = sizes.getExtents(op->getOperand(1));
    if (ArrayRef(sizes.getExtents(op->getOperand(0))).take_front(count.size()) != ArrayRef(count))
      return disagree();
  }
  if (isa<ir::ReturnOp>(op))
    for (auto [i, value] : llvm::enumerate(op->getOperands()))
      if (sizes.getExtents(value) != sizes.getResultExtents(i))
        return disagree();
  return success();
}

/// Checks that a loop of generation has what its decoder asks for, by the names of sizes.
static LogicalResult checkGenerate(ir::GenerateOp generate, const EntrySignature &signature,
                                   SizeAnalysis &sizes) {
  ir::EntryOp decode = findDecoder(generate);
  for (auto [index, memory] : llvm::enumerate(generate.getMemories()))
    for (auto [extent, dim] :
         llvm::zip_equal(sizes.getExtents(memory), decode.getArgumentPort(index + 1).getDims())) {
      auto symbol = dyn_cast<AffineSymbolExpr>(extent);
      if (symbol && signature.sizes[symbol.getPosition()] != dim)
        return generate.emitOpError("gives a memory the size ")
               << signature.sizes[symbol.getPosition()] << " that `@" << generate.getDecode()
               << "` calls " << dim;
    }
  return success();
}

/// Checks what the emitter takes for granted. Operations within a scan come before it, as its sizes
/// need theirs.
static LogicalResult checkEntry(ir::EntryOp entry, const EntrySignature &signature) {
  SizeAnalysis sizes(entry, signature.sizes);
  for (BlockArgument argument : entry.getArguments())
    if (failed(checkValue(entry, argument, sizes)))
      return failure();
  WalkResult result = entry.walk([&](Operation *op) -> WalkResult {
    bool known = isa<ir::GatefoldDialect, arith::ArithDialect, math::MathDialect>(op->getDialect());
    if (!known && !isa<tensor::FromElementsOp>(op))
      return op->emitOpError("cannot be lowered to loops");
    if (op->getNumRegions() != 0 &&
        !isa<ir::ScanOp, ir::BlocksOp, ir::FuseOp, ir::AttendOp, ir::EntryOp>(op))
      return op->emitOpError("cannot be lowered to loops");
    if (isa<ir::SizeOp>(op) && !sizes.getSize(op->getResult(0)))
      return op->emitOpError("expected the name of a dynamic size of the entry");
    if (isa<arith::FloorDivSIOp>(op) && !isa<RankedTensorType>(op->getResult(0).getType()) &&
        !sizes.getSize(op->getResult(0)))
      return op->emitOpError("expected a size of the entry divided by a number above 0");
    for (Value result : op->getResults())
      if (failed(checkValue(op, result, sizes)))
        return WalkResult::interrupt();
    if (auto generate = dyn_cast<ir::GenerateOp>(op);
        generate && failed(checkGenerate(generate, signature, sizes)))
      return WalkResult::interrupt();
    return failed(checkOperands(entry, op, sizes)) ? WalkResult::interrupt()
                                                   : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// A loop around another entry needs that one's workspace behind its own.
static void addWorkspace(func::FuncOp workspace, const EntrySignature &signature,
                         const EntrySignature &called) {
  auto end = cast<func::ReturnOp>(workspace.getBody().front().getTerminator());
  OpBuilder builder(end);
  Location loc = end.getLoc();
  SmallVector<Value> sizes;
  for (StringAttr name : called.sizes)
    sizes.push_back(
        workspace.getArgument(llvm::find(signature.sizes, name) - signature.sizes.begin()));
  auto other =
      func::CallOp::create(builder, loc, called.workspaceFunction, builder.getIndexType(), sizes);
  Value sum = arith::AddIOp::create(builder, loc, end.getOperand(0), other.getResult(0));
  Value most = arith::ConstantIndexOp::create(builder, loc, INT64_MAX);
  end.getOperandsMutable().assign(arith::MinUIOp::create(builder, loc, sum, most).getResult());
}

/// Finds what hangs on a buffer: windows, and stores to it. Returns false if anything reads it.
static bool collectStores(Value memory, SmallVectorImpl<Operation *> &found) {
  return llvm::all_of(memory.getUsers(), [&](Operation *user) {
    found.push_back(user);
    if (isa<memref::ReinterpretCastOp>(user))
      return collectStores(user->getResult(0), found);
    return isa<memref::StoreOp, vector::StoreOp, vector::MaskedStoreOp>(user);
  });
}

/// Erases buffers that nothing reads: all that needs their values may be in the nest that stored
/// them.
static void eraseUnreadBuffers(func::FuncOp function) {
  SmallVector<memref::ViewOp> views;
  function.walk([&](memref::ViewOp view) { views.push_back(view); });
  for (memref::ViewOp view : views) {
    SmallVector<Operation *> users;
    if (!view->hasAttr(bytesAttrName) || !collectStores(view, users))
      continue;
    for (Operation *user : llvm::reverse(users))
      user->erase();
    view->erase();
  }
}

/// Makes the functions of an entry, and takes its body away.
static LogicalResult lowerEntry(OpBuilder &builder, ir::EntryOp entry, int64_t mostSums) {
  EntrySignature signature(entry);
  if (failed(checkEntry(entry, signature)))
    return failure();
  FailureOr<SmallVector<Attribute>> minimums = findMinimumSizes(entry, signature);
  if (failed(minimums))
    return failure();
  func::FuncOp function = createFunction(builder, entry, signature);
  EntryEmitter emitter(entry, function, signature, mostSums);
  emitter.emit();
  eraseUnreadBuffers(function);
  func::FuncOp workspace =
      createWorkspaceFunction(builder, entry, signature, emitter.getWorkspaceBytes());
  SmallVector<StringRef> checks(emitter.getChecks().begin(), emitter.getChecks().end());
  if (!checks.empty())
    entry.setChecksAttr(builder.getStrArrayAttr(checks));
  for (auto generate : entry.getBody().front().getOps<ir::GenerateOp>()) {
    ir::EntryOp decode = findDecoder(generate);
    addWorkspace(workspace, signature, EntrySignature(decode));
    if (ArrayAttr ofDecoder = decode.getMinimumsAttr())
      llvm::append_range(*minimums, ofDecoder);
  }
  if (!minimums->empty())
    entry.setMinimumsAttr(builder.getArrayAttr(*minimums));
  entry.getBody().dropAllReferences();
  entry.getBody().getBlocks().clear();
  return success();
}

namespace {
struct GatefoldToLoops : gatefold::impl::GatefoldToLoopsBase<GatefoldToLoops> {
  using Base::Base;

  void runOnOperation() final {
    SmallVector<ir::EntryOp> entries, loops;
    getOperation().walk([&](ir::EntryOp entry) {
      if (entry.isExternal())
        return;
      bool isLoop = !entry.getBody().front().getOps<ir::GenerateOp>().empty();
      (isLoop ? loops : entries).push_back(entry);
    });
    // A loop says the checks of the entry that it runs.
    bool hasLoops = !loops.empty();
    entries.append(loops);
    OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
    for (ir::EntryOp entry : entries)
      if (failed(lowerEntry(builder, entry, mostSums)))
        return signalPassFailure();
    if (hasLoops && failed(addGenerateLibrary(getOperation())))
      signalPassFailure();
  }
};
} // namespace
