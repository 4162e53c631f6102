//===- EntryEmitter.cpp - One entry as loops ---------------------------*- C++ -*-===//

#include "EntryEmitter.h"
#include "../IndependentLoops.h"
#include "ShapeQueries.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace gatefold;

/// An operation that builder insertions stay behind of: the border between the function's first
/// lines and the rest.
static Operation *createMarker(func::FuncOp function) {
  OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
  return arith::ConstantIndexOp::create(builder, function.getLoc(), 0);
}

EntryEmitter::EntryEmitter(ir::EntryOp entry, func::FuncOp function,
                           const EntrySignature &signature, int64_t mostSums)
    : builder(function.getContext()), mostSums(mostSums),
      memory(createMarker(function), function.getArguments().take_back(signature.sizes.size()),
             builder),
      sizes(entry, signature.sizes), entry(entry), function(function), signature(signature) {
  builder.setInsertionPointToEnd(&function.getBody().front());
  bindArguments();
}

/// Gives the arguments, results and weights of the entry their memory.
void EntryEmitter::bindArguments() {
  unsigned next = 0;
  auto argument = [&]() -> Value { return function.getArgument(next++); };
  for (BlockArgument value : entry.getArguments())
    setView(value, memory.wrap(argument(), sizes.getExtents(value)));
  for (unsigned i = 0; i < entry.getNumResults(); ++i)
    resultViews.push_back(memory.wrap(argument(), sizes.getResultExtents(i)));
  llvm::StringMap<Value> weights;
  for (ir::WeightOp weight : signature.weights)
    weights[weight.getSymName()] = argument();
  entry.walk([&](ir::ReadOp read) {
    setView(read.getResult(),
            memory.wrap(weights.lookup(read.getWeight()), sizes.getExtents(read.getResult())));
  });
  memory.setWorkspace(argument());
  status = argument();
}

void EntryEmitter::emit() {
  Block &body = entry.getBody().front();
  chooseResultMemory(cast<ir::ReturnOp>(body.getTerminator()));
  emitBlock(body);
}

void EntryEmitter::emitBlock(Block &block) {
  for (Operation &op : block)
    emitOperation(op);
}

Value EntryEmitter::index(int64_t value) {
  return memory.getSize(getAffineConstantExpr(value, builder.getContext()));
}

Value EntryEmitter::beginLoop(AffineExpr extent, Location loc) {
  if (auto constant = dyn_cast<AffineConstantExpr>(extent); constant && constant.getValue() == 1)
    return index(0);
  auto loop = scf::ForOp::create(builder, loc, index(0), memory.getSize(extent), index(1));
  markIndependent(loop);
  builder.setInsertionPoint(loop.getBody()->getTerminator());
  return loop.getInductionVar();
}

void EntryEmitter::emitCheck(Operation *op, Value inside, Value value, std::string text) {
  Location loc = op->getLoc();
  int64_t &site = checkSites[{op, text}];
  if (site == 0) {
    checks.push_back(std::move(text));
    site = checks.size();
  }
  OpBuilder::InsertionGuard guard(builder);
  Value yes = arith::ConstantOp::create(builder, loc, builder.getBoolAttr(true));
  Value outside = arith::XOrIOp::create(builder, loc, inside, yes);
  // The first failure is the one to tell.
  Value before = memref::LoadOp::create(builder, loc, status, ValueRange{index(0)});
  Value none = arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(0));
  Value isFirst = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, before, none);
  outside = arith::AndIOp::create(builder, loc, outside, isFirst);
  auto branch = scf::IfOp::create(builder, loc, outside, /*withElseRegion=*/false);
  builder.setInsertionPointToStart(branch.thenBlock());
  Value number = arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(site));
  memref::StoreOp::create(builder, loc, number, status, ValueRange{index(0)});
  Value found = arith::IndexCastOp::create(builder, loc, builder.getI64Type(), value);
  memref::StoreOp::create(builder, loc, found, status, ValueRange{index(1)});
}

/// Counts how many operations lie between a value and memory. Long chains are stored in between, so
/// that following one never goes deep.
bool EntryEmitter::exceedsDepth(Operation &op) {
  constexpr unsigned mostLinks = 100;
  unsigned depth = 0;
  for (Value operand : op.getOperands())
    depth = std::max(depth, depths.lookup(operand) + 1);
  bool exceeds = depth > mostLinks;
  depths[op.getResult(0)] = exceeds ? 0 : depth;
  return exceeds;
}

void EntryEmitter::emitOperation(Operation &op) {
  checkNeed(op);
  if (auto transpose = dyn_cast<ir::TransposeOp>(op); transpose && emitTransposedView(transpose))
    return;
  if (isElementwise(&op)) {
    if (auto gather = dyn_cast<ir::GatherOp>(op))
      materialize(gather.getTable());
    if (needsMemory(&op) || exceedsDepth(op))
      waiting.insert(op.getResult(0));
    return;
  }
  llvm::TypeSwitch<Operation *>(&op)
      .Case([&](ir::ReadOp) {}) // bound in the beginning
      .Case([&](ir::DotOp dot) { emitDot(dot); })
      .Case([&](ir::DotsOp dots) { emitDots(dots); })
      .Case([&](ir::FuseOp fuse) { emitFuse(fuse); })
      .Case([&](ir::AttendOp attend) { emitAttend(attend); })
      .Case([&](ir::ReduceOp reduce) { emitReduce(reduce); })
      .Case([&](ir::ArgMaxOp argmax) { emitArgMax(argmax); })
      .Case([&](ir::CumulateOp cumulate) { emitCumulate(cumulate); })
      .Case([&](ir::ConcatOp concat) { emitConcat(concat); })
      .Case([&](ir::ReverseOp reverse) { emitReverse(reverse); })
      .Case([&](ir::WindowsOp windows) { emitWindows(windows); })
      .Case([&](ir::ReshapeOp reshape) { emitReshape(reshape); })
      .Case([&](ir::AppendOp append) { emitAppend(append); })
      .Case([&](ir::PrefixOp prefix) { setView(prefix.getResult(), emitRows(prefix)); })
      .Case([&](ir::SuffixOp suffix) { setView(suffix.getResult(), emitRows(suffix)); })
      .Case([&](ir::ScanOp scan) { emitScan(scan); })
      .Case([&](ir::BlocksOp blocks) { emitBlocks(blocks); })
      .Case([&](ir::GenerateOp generate) { emitGenerate(generate); })
      .Case([&](ir::YieldOp) {}) // the end of a step belongs to its loop
      .Case([&](ir::ReturnOp end) { emitReturn(end); })
      .Case<ir::SizeOp, ir::DimOp, arith::FloorDivSIOp>([&](Operation *size) {
        scalars.map(size->getResult(0), memory.getSize(sizes.getSize(size->getResult(0))));
      })
      .Case([&](arith::ConstantOp constant) {
        if (isa<RankedTensorType>(constant.getType()))
          emitConstant(constant);
        else
          builder.clone(*constant, scalars);
      })
      .Default([&](Operation *scalar) { builder.clone(*scalar, scalars); });
}

void EntryEmitter::emitConcat(ir::ConcatOp concat) {
  Location loc = concat.getLoc();
  View result = allocateResult(concat.getResult());
  unsigned axis = result.extents.size() - 1 - concat.getAxis();
  AffineExpr start = getAffineConstantExpr(0, builder.getContext());
  SmallVector<Store> stores;
  for (Value input : concat.getInputs()) {
    AffineExpr extent = sizes.getExtents(input)[axis];
    stores.push_back(
        {input, sliceView(builder, loc, memory, result, axis, memory.getSize(start), extent)});
    start = start + extent;
  }
  flush(stores);
  setView(concat.getResult(), result);
}

/// Replaces the last axes of a view where these lie without gaps; none where they do not.
static View reshapeView(EntryEmitter &emitter, ir::ReshapeOp reshape, const View &input) {
  unsigned kept = input.extents.size() - reshape.getReplaced();
  View replaced = input;
  replaced.extents.erase(replaced.extents.begin(), replaced.extents.begin() + kept);
  replaced.strides.erase(replaced.strides.begin(), replaced.strides.begin() + kept);
  if (!isDense(replaced))
    return View();
  Extents extents = emitter.sizes.getExtents(reshape.getResult());
  Extents strides(ArrayRef(input.strides).take_front(kept));
  llvm::append_range(strides, getRowMajorStrides(Extents(ArrayRef(extents).drop_front(kept)),
                                                 reshape.getContext()));
  return makeView(emitter.builder, reshape.getLoc(), emitter.memory, input.base, input.offset,
                  extents, strides);
}

void EntryEmitter::emitReshape(ir::ReshapeOp reshape) {
  View result = reshapeView(*this, reshape, materialize(reshape.getInput()));
  if (!result)
    result = reshapeView(*this, reshape, materializeDense(reshape.getInput()));
  setView(reshape.getResult(), result);
}

/// Makes a transposition of what is in memory a view of it, where rows stay rows.
bool EntryEmitter::emitTransposedView(ir::TransposeOp transpose) {
  View input = lookup(transpose.getInput());
  ArrayRef<int64_t> permutation = transpose.getPermutation();
  if (!input || permutation.empty() || permutation.back() != int64_t(permutation.size()) - 1)
    return false;
  unsigned kept = input.extents.size() - permutation.size();
  Extents extents = input.extents, strides = input.strides;
  for (auto [axis, source] : llvm::enumerate(permutation)) {
    extents[kept + axis] = input.extents[kept + source];
    strides[kept + axis] = input.strides[kept + source];
  }
  setView(transpose.getResult(), makeView(builder, transpose.getLoc(), memory, input.base,
                                          input.offset, extents, strides));
  return true;
}

/// The same memory, walked from its end.
void EntryEmitter::emitReverse(ir::ReverseOp reverse) {
  Location loc = reverse.getLoc();
  View input = materialize(reverse.getInput());
  unsigned axis = input.extents.size() - 1 - reverse.getAxis();
  AffineExpr stride = input.strides[axis];
  Value last = memory.getSize((input.extents[axis] - 1) * stride);
  if (input.offset)
    last = arith::AddIOp::create(builder, loc, input.offset, last);
  Extents strides = input.strides;
  strides[axis] = stride * -1;
  setView(reverse.getResult(),
          makeView(builder, loc, memory, input.base, last, input.extents, strides));
}

/// The same memory under two axes: windows overlap.
void EntryEmitter::emitWindows(ir::WindowsOp windows) {
  View input = materialize(windows.getInput());
  unsigned axis = input.extents.size() - 1 - windows.getAxis();
  Extents strides = input.strides;
  // The last axis keeps a stride of 1 where its one element needs none.
  int64_t distance = windows.getSize() == 1 ? 1 : windows.getDilation();
  strides.insert(strides.begin() + axis + 1, strides[axis] * distance);
  strides[axis] = strides[axis] * windows.getStride();
  setView(windows.getResult(), makeView(builder, windows.getLoc(), memory, input.base, input.offset,
                                        sizes.getExtents(windows.getResult()), strides));
}

//===----------------------------------------------------------------------===//
// Memory for values
//===----------------------------------------------------------------------===//

View EntryEmitter::allocate(Value like) {
  auto type = cast<RankedTensorType>(like.getType());
  return memory.allocate(getMemoryType(type.getElementType()), sizes.getExtents(like),
                         like.getLoc());
}

View EntryEmitter::allocateResult(Value value) {
  if (View view = chosen.lookup(value))
    return view;
  return allocate(value);
}

View EntryEmitter::materialize(Value value) {
  if (View view = lookup(value))
    return view;
  waiting.insert(value);
  flush();
  return lookup(value);
}

View EntryEmitter::materializeRows(Value value) {
  View view = materialize(value);
  return view.hasUnitStride() ? view : materializeDense(value);
}

View EntryEmitter::materializeDense(Value value) {
  View view = materialize(value);
  if (isDense(view))
    return view;
  View copy = allocate(value);
  flush({Store{value, copy}});
  setView(value, copy);
  return copy;
}

/// Non-splat constants lie in the program's constant data.
void EntryEmitter::emitConstant(arith::ConstantOp constant) {
  auto elements = cast<DenseElementsAttr>(constant.getValue());
  Location loc = constant.getLoc();
  if (elements.getElementType().isInteger(1))
    elements =
        elements.mapValues(builder.getI8Type(), [](const APInt &value) { return value.zext(8); });
  auto type = MemRefType::get(elements.getType().getShape(), elements.getElementType());
  std::string name = (function.getName() + ".constant" + Twine(memory.countConstant())).str();
  OpBuilder outside(function);
  memref::GlobalOp::create(outside, loc, name, outside.getStringAttr("private"), type, elements,
                           /*constant=*/true, /*alignment=*/outside.getI64IntegerAttr(64));
  Value base = memref::GetGlobalOp::create(builder, loc, type, name);
  Extents extents = sizes.getExtents(constant.getResult());
  Extents strides = getRowMajorStrides(extents, builder.getContext());
  setView(constant.getResult(), {base, base, nullptr, extents, strides});
}

//===----------------------------------------------------------------------===//
// Loop nests
//===----------------------------------------------------------------------===//

void EntryEmitter::flush(ArrayRef<Store> stores) {
  SmallVector<SmallVector<Store>> nests;
  auto extentsOf = [](ArrayRef<Store> nest) -> const Extents & {
    return nest.front().target.extents;
  };
  // What waits may depend on what waited before it, so only neighbours of one shape share a nest.
  SmallVector<Value> waited = waiting.takeVector();
  for (Value value : waited) {
    Store store{value, allocateResult(value)};
    if (nests.empty() || extentsOf(nests.back()) != store.target.extents)
      nests.emplace_back();
    nests.back().push_back(store);
  }
  // The given stores depend on no other store.
  unsigned firstOpen = nests.empty() ? 0 : nests.size() - 1;
  for (const Store &store : stores) {
    auto open = MutableArrayRef(nests).drop_front(firstOpen);
    auto *nest = llvm::find_if(
        open, [&](const auto &nest) { return extentsOf(nest) == store.target.extents; });
    (nest == open.end() ? nests.emplace_back() : *nest).push_back(store);
  }
  llvm::SmallPtrSet<void *, 8> owned;
  for (Value value : waited)
    owned.insert(value.getAsOpaquePointer());
  for (ArrayRef<Store> nest : nests) {
    emitNest(*this, nest);
    for (const Store &store : nest)
      if (owned.erase(store.value.getAsOpaquePointer()))
        setView(store.value, store.target);
  }
}

//===----------------------------------------------------------------------===//
// The end of an entry
//===----------------------------------------------------------------------===//

/// The memory that a value is, updated in place, if it is one.
static Value getUpdatedMemory(Value value) {
  if (auto append = value.getDefiningOp<ir::AppendOp>())
    return append.getMemory();
  if (auto generate = value.getDefiningOp<ir::GenerateOp>()) {
    unsigned result = cast<OpResult>(value).getResultNumber();
    unsigned numOutputs = generate->getNumResults() - generate.getNext().size();
    return result < numOutputs ? Value() : generate.getUpdated()[result - numOutputs];
  }
  auto fromLoop = [&](auto loop) -> Value {
    unsigned result = cast<OpResult>(value).getResultNumber();
    if (result < loop.getNumOutputs() || !isHistory(loop, result - loop.getNumOutputs()))
      return nullptr;
    return loop.getInitial()[result - loop.getNumOutputs()];
  };
  if (auto scan = value.getDefiningOp<ir::ScanOp>())
    return fromLoop(scan);
  if (auto blocks = value.getDefiningOp<ir::BlocksOp>())
    return fromLoop(blocks);
  return nullptr;
}

/// Lets the operations that compute outputs write them where the caller wants them, and those that
/// update a memory in place work there, where it may lie already.
void EntryEmitter::chooseResultMemory(ir::ReturnOp end) {
  for (auto [i, value] : llvm::enumerate(end.getOperands())) {
    if (!isUpdate(i)) {
      if (value.getDefiningOp())
        chosen.try_emplace(value, resultViews[i]);
      continue;
    }
    // Nothing else may read what was there before.
    auto argument = dyn_cast_or_null<BlockArgument>(getUpdatedMemory(value));
    if (argument && argument.getOwner()->getParentOp() == entry && argument.hasOneUse() &&
        entry.getArgumentPort(argument.getArgNumber()) == entry.getResultPort(i))
      chosen.try_emplace(value, resultViews[i]);
  }
}

/// True if a result may take the place of an argument: the next value of a memory that was given.
bool EntryEmitter::isUpdate(unsigned result) {
  bool hasMemories = llvm::any_of(llvm::seq(entry.getNumArguments()), [&](unsigned argument) {
    return entry.getArgumentPort(argument).getKind() == ir::PortKind::Memory;
  });
  return hasMemories && entry.getResultPort(result).getKind() == ir::PortKind::Memory;
}

/// True if the view lies in the memory of an argument, which a result may overwrite.
bool EntryEmitter::isCallersMemory(const View &view) const {
  auto argument = dyn_cast<BlockArgument>(view.base);
  return argument && isa<func::FuncOp>(argument.getOwner()->getParentOp()) &&
         argument.getArgNumber() < signature.arguments.size();
}

void EntryEmitter::emitReturn(ir::ReturnOp end) {
  // A memory's new value may take the place of the old one, so it is written when nothing reads the
  // old ones any more.
  SmallVector<Store> first, last;
  for (auto [i, value] : llvm::enumerate(end.getOperands())) {
    View known = lookup(value);
    if (known && known.memref == resultViews[i].memref)
      continue;
    if (waiting.contains(value) && chosen.lookup(value).memref == resultViews[i].memref)
      continue; // stored with all that waits
    if (!isUpdate(i)) {
      first.push_back({value, resultViews[i]});
      continue;
    }
    if (!known || isCallersMemory(known)) {
      View copy = allocate(value);
      first.push_back({value, copy});
      last.push_back({nullptr, copy});
    } else {
      last.push_back({nullptr, known});
    }
    last.push_back({value, resultViews[i]});
  }
  flush(first);
  SmallVector<Store> updates;
  for (unsigned i = 0; i < last.size(); i += 2) {
    setView(last[i + 1].value, last[i].target);
    updates.push_back(last[i + 1]);
  }
  flush(updates);
  func::ReturnOp::create(builder, end.getLoc());
}
