//===- Batch.cpp - Add the batch axis ------------------------------*- C++ -*-===//
//
// Rewrites an entry so that every value that depends on an argument has a batch axis in front.
//
//===----------------------------------------------------------------------===//

#include "LeadingAxis.h"
#include "gatefold/IR/Blocks.h"
#include "gatefold/IR/Explain.h"
#include "gatefold/Transforms/Passes.h"

namespace gatefold {
#define GEN_PASS_DEF_BATCH
#include "gatefold/Transforms/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

/// `port` with the batch dimension in front.
static ir::PortAttr addBatch(ir::PortAttr port) {
  SmallVector<StringAttr> dims{StringAttr::get(port.getContext(), batchDimension)};
  llvm::append_range(dims, port.getDims());
  return ir::PortAttr::get(port.getContext(), port.getKind(), port.getName(), dims);
}

static bool hasBatch(ir::PortAttr port) {
  return !port.getDims().empty() && port.getDims().front().getValue() == batchDimension;
}

namespace {
struct Batch : gatefold::impl::BatchBase<Batch> {
  using Base::Base;

  void runOnOperation() final {
    ir::EntryOp entry = getOperation();
    // Weights are the same for all examples.
    if (entry.isExternal() || entry.getSymName() == "prepare")
      return;
    SmallVector<ir::PortAttr> arguments, results;
    for (unsigned i = 0; i < entry.getNumArguments(); ++i)
      arguments.push_back(entry.getArgumentPort(i));
    for (unsigned i = 0; i < entry.getNumResults(); ++i)
      results.push_back(entry.getResultPort(i));
    if (llvm::any_of(arguments, hasBatch) || llvm::any_of(results, hasBatch))
      return;

    auto batchedTypes = [](TypeRange types) {
      return llvm::map_to_vector(types, [](Type type) -> Type { return addLeadingAxis(type); });
    };
    auto batchedPorts = [](ArrayRef<ir::PortAttr> ports) {
      return llvm::map_to_vector(ports, [](ir::PortAttr port) { return addBatch(port); });
    };
    OpBuilder builder(entry);
    auto copy = ir::EntryOp::create(builder, entry.getLoc(), entry.getSymName(),
                                    batchedTypes(entry.getArgumentTypes()), batchedPorts(arguments),
                                    batchedTypes(entry.getResultTypes()), batchedPorts(results));
    Block *body = &copy.getBody().front();
    for (auto [from, to] : llvm::zip_equal(entry.getArguments(), body->getArguments()))
      to.setLoc(from.getLoc());
    builder.setInsertionPointToStart(body);
    Location sizeLoc = NameLoc::get(builder.getStringAttr(batchDimension), entry.getLoc());
    Value size = ir::SizeOp::create(builder, sizeLoc, builder.getIndexType(), batchDimension);
    LeadingAxisCopy contents(builder, size);
    for (auto [from, to] : llvm::zip_equal(entry.getArguments(), body->getArguments()))
      contents.mapChanged(from, to);
    if (failed(contents.copyBlock(entry.getBody().front()))) {
      copy.erase();
      return signalPassFailure();
    }
    Operation *end = entry.getBody().front().getTerminator();
    SmallVector<Value> returned;
    for (Value value : end->getOperands())
      returned.push_back(contents.withAxis(value));
    builder.setInsertionPointToEnd(body);
    ir::ReturnOp::create(builder, end->getLoc(), returned);
    ir::explainCount(entry, "batch", "values broadcast", contents.getNumBroadcasts());

    // The pass manager holds on to this operation: it takes over what the copy has become.
    entry.getBody().takeBody(copy.getBody());
    entry.setFunctionType(copy.getFunctionType());
    entry.setArgAttrsAttr(copy.getArgAttrsAttr());
    entry.setResAttrsAttr(copy.getResAttrsAttr());
    copy.erase();
  }
};
} // namespace
