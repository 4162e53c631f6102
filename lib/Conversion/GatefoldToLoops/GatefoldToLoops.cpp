//===- GatefoldToLoops.cpp - Entries to functions of loops ------------------*- C++ -*-===//
//
// The pass: makes the functions of each entry and leaves the entry behind as their description.
//
//===----------------------------------------------------------------------===//

#include "EntryEmitter.h"
#include "gatefold/Conversion/Passes.h"

namespace gatefold {
#define GEN_PASS_DEF_GATEFOLDTOLOOPS
#include "gatefold/Conversion/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

/// The function of an entry, without a body yet but its first block.
static func::FuncOp createFunction(OpBuilder &builder, ir::EntryOp entry,
                                   const EntrySignature &signature) {
  SmallVector<Type> types;
  for (ArrayRef<Type> elements : {ArrayRef<Type>(signature.arguments),
                                  ArrayRef<Type>(signature.results),
                                  ArrayRef<Type>(signature.weights)})
    for (Type element : elements)
      types.push_back(MemRefType::get({}, element));
  types.push_back(MemRefType::get({}, builder.getI8Type()));
  types.push_back(MemRefType::get({2}, builder.getI64Type()));
  types.append(signature.sizes.size(), builder.getIndexType());
  auto function = func::FuncOp::create(builder, entry.getLoc(), signature.function,
                                       builder.getFunctionType(types, {}));
  function.addEntryBlock();
  return function;
}

/// The function that says how much workspace an entry needs.
static void createWorkspaceFunction(OpBuilder &builder, ir::EntryOp entry,
                                    const EntrySignature &signature, ArrayRef<AffineExpr> bytes) {
  Location loc = entry.getLoc();
  SmallVector<Type> types(signature.sizes.size(), builder.getIndexType());
  auto function =
      func::FuncOp::create(builder, loc, signature.workspaceFunction,
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
      func::FuncOp function = createFunction(builder, entry, signature);
      EntryEmitter emitter(entry, function, signature);
      emitter.emit();
      createWorkspaceFunction(builder, entry, signature, emitter.getWorkspaceBytes());
      SmallVector<StringRef> checks(emitter.getChecks().begin(), emitter.getChecks().end());
      if (!checks.empty())
        entry.setChecksAttr(builder.getStrArrayAttr(checks));
      entry.getBody().dropAllReferences();
      entry.getBody().getBlocks().clear();
    }
  }
};
} // namespace
