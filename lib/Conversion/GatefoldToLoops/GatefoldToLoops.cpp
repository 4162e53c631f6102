//===- GatefoldToLoops.cpp - Entries to functions of loops ------------------*- C++ -*-===//
//
// The pass: makes the functions of each entry and leaves the entry behind as their description.
//
//===----------------------------------------------------------------------===//

#include "EntryEmitter.h"
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
static void createWorkspaceFunction(OpBuilder &builder, ir::EntryOp entry,
                                    const EntrySignature &signature, ArrayRef<AffineExpr> bytes) {
  Location loc = getPlace(entry);
  SmallVector<Type> types(signature.sizes.size(), builder.getIndexType());
  auto function = func::FuncOp::create(builder, loc, signature.workspaceFunction,
                                       builder.getFunctionType(types, {builder.getIndexType()}));
  OpBuilder body = OpBuilder::atBlockEnd(function.addEntryBlock());
  Value size = emitWorkspaceSize(body, loc, bytes, function.getArguments());
  func::ReturnOp::create(body, loc, size);
}

/// Checks what the emitter takes for granted.
static LogicalResult checkEntry(ir::EntryOp entry) {
  WalkResult result = entry.walk([&](Operation *op) -> WalkResult {
    for (Type type : op->getResultTypes())
      if (isa<ShapedType>(type) && !isa<RankedTensorType>(type))
        return op->emitOpError("expected tensors, but it yields ") << type;
    bool known = isa<ir::GatefoldDialect, arith::ArithDialect, math::MathDialect>(op->getDialect());
    if (!known && !isa<tensor::FromElementsOp>(op))
      return op->emitOpError("cannot be lowered to loops");
    if (op->getNumRegions() != 0 && !isa<ir::ScanOp, ir::EntryOp>(op))
      return op->emitOpError("cannot be lowered to loops");
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

namespace {
struct GatefoldToLoops : gatefold::impl::GatefoldToLoopsBase<GatefoldToLoops> {
  using Base::Base;

  void runOnOperation() final {
    SmallVector<ir::EntryOp> entries;
    getOperation().walk([&](ir::EntryOp entry) {
      if (!entry.isExternal())
        entries.push_back(entry);
    });
    OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
    for (ir::EntryOp entry : entries) {
      if (failed(checkEntry(entry)))
        return signalPassFailure();
      EntrySignature signature(entry);
      FailureOr<SmallVector<Attribute>> minimums = findMinimumSizes(entry, signature);
      if (failed(minimums))
        return signalPassFailure();
      func::FuncOp function = createFunction(builder, entry, signature);
      EntryEmitter emitter(entry, function, signature);
      emitter.emit();
      createWorkspaceFunction(builder, entry, signature, emitter.getWorkspaceBytes());
      SmallVector<StringRef> checks(emitter.getChecks().begin(), emitter.getChecks().end());
      if (!checks.empty())
        entry.setChecksAttr(builder.getStrArrayAttr(checks));
      if (!minimums->empty())
        entry.setMinimumsAttr(builder.getArrayAttr(*minimums));
      entry.getBody().dropAllReferences();
      entry.getBody().getBlocks().clear();
    }
  }
};
} // namespace
