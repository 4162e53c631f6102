//===- SharedLoops.cpp - Loops whose turns members of a team share ------------===//

#include "SharedLoops.h"
#include "../IndependentLoops.h"
#include "../SizeArithmetic.h"
#include "Accesses.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace gatefold;

/// The most bytes that the scratch of a loop takes of a thread's stack.
static constexpr int64_t mostScratch = 16 * 1024;

/// With so many turns the parts of a loop come out about equal; more make it no better.
static constexpr int64_t enoughTurns = 8;

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

SmallVector<SharedLoop> LoopChooser::find() {
  visit(function.getBody().front());
  return std::move(loops);
}

void LoopChooser::visit(Block &block) {
  for (Operation &op : block) {
    auto loop = dyn_cast<scf::ForOp>(op);
    if (loop && isIndependent(loop) && choose(loop))
      continue;
    for (Region &region : op.getRegions())
      for (Block &inner : region)
        visit(inner);
  }
}

bool LoopChooser::usesStatus(scf::ForOp nest) {
  return llvm::any_of(status.getUsers(), [&](Operation *user) { return nest->isAncestor(user); });
}

bool LoopChooser::choose(scf::ForOp nest) {
  if (nest.getNumResults() != 0)
    return false;
  SharedLoop loop{nest, findDivided(nest), {}, work.getWork(nest)};
  if (!loop.divided || loop.work < grain)
    return false;
  auto refuse = [&](StringRef reason) {
    refused.emplace_back(nest, reason);
    return false;
  };
  // The first failure is the one to tell.
  if (usesStatus(nest))
    return refuse("it has a check");
  if (!findScratch(loop))
    return refuse("its turns need much memory of their own");
  loops.push_back(std::move(loop));
  return true;
}

/// The loop of a nest to divide: the outermost one with enough turns, or else the one with most of
/// them. Null if there is none with two. All that the nest writes is written in it.
scf::ForOp LoopChooser::findDivided(scf::ForOp nest) {
  scf::ForOp best;
  int64_t most = 1;
  for (scf::ForOp loop = nest; loop;) {
    int64_t turns = std::min(work.getTurns(loop), enoughTurns);
    if (turns > most) {
      most = turns;
      best = loop;
    }
    auto writers =
        llvm::make_filter_range(*loop.getBody(), [](Operation &op) { return writesMemory(&op); });
    if (!llvm::hasSingleElement(writers))
      break;
    auto inner = dyn_cast<scf::ForOp>(*writers.begin());
    loop = inner && isIndependent(inner) && inner.getNumResults() == 0 ? inner : nullptr;
  }
  return best;
}

/// True if the windows on a buffer and what uses them are all in `nest`.
static bool isUsedIn(scf::ForOp nest, Value memory) {
  return llvm::all_of(memory.getUsers(), [&](Operation *user) {
    if (isa<ViewLikeOpInterface>(user))
      return isUsedIn(nest, user->getResult(0));
    return nest->isProperAncestor(user);
  });
}

/// The bytes of a buffer that are the same for all sizes and that its type tells.
static std::optional<int64_t> getFixedBytes(memref::ViewOp buffer) {
  MemRefType type = buffer.getType();
  auto map = buffer->getAttrOfType<AffineMapAttr>(bytesAttrName).getValue();
  auto bytes = dyn_cast<AffineConstantExpr>(map.getResult(0));
  if (!bytes || !type.hasStaticShape())
    return std::nullopt;
  int64_t ofType = llvm::divideCeil(type.getNumElements() * type.getElementTypeBitWidth(), 8);
  return bytes.getValue() == ofType ? std::optional(ofType) : std::nullopt;
}

/// Finds the buffers that turns have for themselves; false if members cannot have them. What nobody
/// reads may lie anywhere.
bool LoopChooser::findScratch(SharedLoop &loop) {
  Accesses accesses;
  addAccesses(loop.nest, Doers::All, accesses);
  int64_t bytes = 0;
  for (const auto &[root, access] : accesses) {
    auto buffer = root.getDefiningOp<memref::ViewOp>();
    if (!buffer || !access.isRead() || !isUsedIn(loop.nest, buffer))
      continue;
    std::optional<int64_t> fixed = getFixedBytes(buffer);
    if (!fixed)
      return false;
    bytes += *fixed;
    loop.scratch.push_back(buffer);
  }
  return bytes <= mostScratch;
}

//===----------------------------------------------------------------------===//
// Division
//===----------------------------------------------------------------------===//

/// The outermost place in front of `loop` where its bounds are known.
static Operation *findPlace(scf::ForOp loop) {
  Operation *place = loop;
  while (auto parent = dyn_cast<LoopLikeOpInterface>(place->getParentOp())) {
    bool areOutside = llvm::all_of(
        loop->getOperands(), [&](Value operand) { return parent.isDefinedOutsideOfLoop(operand); });
    if (!areOutside)
      break;
    place = parent;
  }
  return place;
}

/// Where a part begins or ends: turns are dealt out in a row, so that what a member reads in one
/// loop it reads in the next one of as many turns.
Value LoopDivider::getBound(OpBuilder &builder, scf::ForOp loop, Value turns, Value fraction) {
  Location loc = loop.getLoc();
  Value bits = arith::ConstantIndexOp::create(builder, loc, fractionBits);
  Value bound = arith::MulIOp::create(builder, loc, turns, fraction);
  bound = arith::ShRUIOp::create(builder, loc, bound, bits);
  bound = builder.createOrFold<arith::MulIOp>(loc, bound, loop.getStep());
  return builder.createOrFold<arith::AddIOp>(loc, bound, loop.getLowerBound());
}

/// What the first and the last turn of a part come to together.
static Value getFromEnd(OpBuilder &builder, scf::ForOp loop) {
  Location loc = loop.getLoc();
  Value sum = builder.createOrFold<arith::AddIOp>(loc, loop.getLowerBound(), loop.getUpperBound());
  return builder.createOrFold<arith::SubIOp>(loc, sum, loop.getStep());
}

/// How often the body of a loop runs; the loop may end before it begins.
static Value getTurns(OpBuilder &builder, scf::ForOp loop) {
  Location loc = loop.getLoc();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value length =
      builder.createOrFold<arith::SubIOp>(loc, loop.getUpperBound(), loop.getLowerBound());
  length = builder.createOrFold<arith::MaxSIOp>(loc, length, constant(0));
  Value rest = builder.createOrFold<arith::SubIOp>(loc, loop.getStep(), constant(1));
  return builder.createOrFold<arith::DivUIOp>(
      loc, builder.createOrFold<arith::AddIOp>(loc, length, rest), loop.getStep());
}

void LoopDivider::divide(SharedLoop &shared, Part part) {
  scf::ForOp loop = shared.divided;
  Operation *place = findPlace(loop);
  OpBuilder builder(place);
  auto &[lower, upper] = known[{
      place->getBlock(), part.end.getAsOpaquePointer(), loop.getLowerBound().getAsOpaquePointer(),
      loop.getUpperBound().getAsOpaquePointer(), loop.getStep().getAsOpaquePointer()}];
  if (!lower) {
    Value turns = getTurns(builder, loop);
    lower = getBound(builder, loop, turns, part.begin);
    upper = getBound(builder, loop, turns, part.end);
  }
  loop.setLowerBound(lower);
  loop.setUpperBound(upper);
  for (Operation *user : loop.getInductionVar().getUsers())
    if (user->hasAttr(fromEndAttrName))
      user->setOperand(0, getFromEnd(builder, loop));

  OpBuilder entry = OpBuilder::atBlockBegin(&function.getBody().front());
  for (memref::ViewOp buffer : shared.scratch) {
    auto own = memref::AllocaOp::create(entry, buffer.getLoc(), buffer.getType(),
                                        entry.getI64IntegerAttr(bufferAlignment));
    buffer.replaceAllUsesWith(own.getResult());
    buffer.erase();
  }
}
