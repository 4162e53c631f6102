//===- DerivePrefill.cpp - A decoder that reads many tokens at once -*- C++ -*-===//
//
// Derives the entry `prefill` from one step of a decoder: a scan of it over the tokens that are
// known before the first one is made.
//
//===----------------------------------------------------------------------===//

#include "EntryPorts.h"
#include "gatefold/IR/Explain.h"
#include "gatefold/IR/Generate.h"
#include "gatefold/Transforms/Passes.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace gatefold {
#define GEN_PASS_DEF_DERIVEPREFILL
#include "gatefold/Transforms/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

static constexpr StringLiteral passName = "derive-prefill";

namespace {

/// Builds the entry.
class PrefillBuilder {
public:
  PrefillBuilder(ir::EntryOp decode, StringRef token)
      : decode(decode), token(token), source(decode.getBody().front()) {}

  ir::EntryOp build();

private:
  ir::EntryOp createEntry();
  void copySteps(ir::ScanOp scan, OpBuilder outside);
  bool isOfStep(Operation &op) const;
  bool isMemory(unsigned argument) {
    return decode.getArgumentPort(argument).getKind() == ir::PortKind::Memory;
  }

  ir::EntryOp decode;
  StringRef token;
  Block &source;
  IRMapping values;           // of `decode` in the new entry
  DenseSet<Value> ofStep;     // values of `decode` that are others at each step
  SmallVector<Value> initial; // memories before the first token
};

} // namespace

/// The entry with the arguments of `decode`, tokens instead of one token, and its memories alone as
/// results.
ir::EntryOp PrefillBuilder::createEntry() {
  OpBuilder builder(decode);
  SmallVector<Type> types(decode.getArgumentTypes()), resultTypes;
  SmallVector<ir::PortAttr> ports = getArgumentPorts(decode), resultPorts;
  for (auto [type, port] : llvm::zip_equal(types, ports)) {
    if (port.getName() != token || port.getKind() != ir::PortKind::Input)
      continue;
    auto ofOne = cast<RankedTensorType>(type);
    type = RankedTensorType::get({ShapedType::kDynamic}, ofOne.getElementType());
    port = ir::PortAttr::get(builder.getContext(), port.getKind(), port.getName(),
                             {builder.getStringAttr(ir::generateDimension)});
  }
  for (unsigned index = 0; index < decode.getNumResults(); ++index)
    if (decode.getResultPort(index).getKind() == ir::PortKind::Memory) {
      resultTypes.push_back(decode.getResultTypes()[index]);
      resultPorts.push_back(decode.getResultPort(index));
    }
  builder.setInsertionPointAfter(decode);
  return ir::EntryOp::create(builder, decode.getLoc(), "prefill", types, ports, resultTypes,
                             resultPorts);
}

/// Whether an operation computes something else at each step.
bool PrefillBuilder::isOfStep(Operation &op) const {
  auto reads = [&](ValueRange operands) {
    return llvm::any_of(operands, [&](Value value) { return ofStep.contains(value); });
  };
  return op
      .walk([&](Operation *nested) {
        return reads(nested->getOperands()) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Copies one step into the body of the scan, and what is the same at all steps in front of it.
void PrefillBuilder::copySteps(ir::ScanOp scan, OpBuilder outside) {
  OpBuilder inside = OpBuilder::atBlockEnd(&scan.getBody().front());
  for (Operation &op : source.without_terminator()) {
    bool inStep = isOfStep(op);
    (inStep ? inside : outside).clone(op, values);
    if (inStep)
      ofStep.insert_range(op.getResults());
  }
  SmallVector<Value> next;
  for (auto [index, value] : llvm::enumerate(source.getTerminator()->getOperands()))
    if (decode.getResultPort(index).getKind() == ir::PortKind::Memory)
      next.push_back(values.lookup(value));
  ir::YieldOp::create(inside, decode.getLoc(), ValueRange(), next);
}

/// Removes what only the scores need.
static void eraseUnused(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

ir::EntryOp PrefillBuilder::build() {
  ir::EntryOp entry = createEntry();
  Block &body = entry.getBody().front();
  Value tokens;
  SmallVector<StringRef> names;
  for (auto [index, argument] : llvm::enumerate(decode.getArguments())) {
    BlockArgument own = body.getArgument(index);
    own.setLoc(argument.getLoc());
    if (isMemory(index)) {
      initial.push_back(own);
      names.push_back(decode.getArgumentPort(index).getName().getValue());
    } else if (decode.getArgumentPort(index).getName() == token) {
      tokens = own;
    } else {
      values.map(Value(argument), Value(own));
    }
  }
  OpBuilder end = OpBuilder::atBlockEnd(&body);
  auto scan = ir::ScanOp::create(end, decode.getLoc(), TypeRange(), tokens, initial, names);
  ir::ReturnOp::create(end, decode.getLoc(), scan.getFinalMemories());
  auto nextMemory = scan.getMemoryArguments().begin();
  for (auto [index, argument] : llvm::enumerate(decode.getArguments())) {
    if (values.contains(Value(argument)))
      continue;
    BlockArgument own = isMemory(index) ? *nextMemory++ : scan.getSequenceArguments().front();
    own.setLoc(argument.getLoc());
    values.map(Value(argument), Value(own));
    ofStep.insert(argument);
  }
  copySteps(scan, OpBuilder(scan));
  eraseUnused(scan.getBody().front());
  eraseUnused(body);
  return entry;
}

namespace {
struct DerivePrefill : gatefold::impl::DerivePrefillBase<DerivePrefill> {
  using Base::Base;

  void runOnOperation() final {
    ir::ModelOp model = getOperation();
    DictionaryAttr generation = model.getGenerationAttr();
    ir::EntryOp decode = model.lookupEntry("decode");
    if (!generation || !generation.get("prompt") || !decode || decode.isExternal() ||
        model.lookupEntry("prefill"))
      return;
    auto token = generation.getAs<StringAttr>("token");
    auto isOfState = [](ir::PortAttr port) { return port.getKind() == ir::PortKind::Memory; };
    // Without memories, nothing is left of the tokens in front of the last one.
    if (!token || llvm::none_of(getArgumentPorts(decode), isOfState))
      return;
    ir::EntryOp prefill = PrefillBuilder(decode, token).build();
    if (auto remark = ir::explainDone(prefill.getLoc(), passName))
      remark << "`prefill` reads the tokens of a prompt in one go";
  }
};
} // namespace
