//===- PlanMemory.cpp - Buffers that share room ---------------------------*- C++ -*-===//
//
// The pass: finds out when each buffer of an entry is needed, gives it a place, and says how much
// workspace that takes.
//
//===----------------------------------------------------------------------===//

#include "../SizeArithmetic.h"
#include "Lifetimes.h"
#include "Placement.h"
#include "gatefold/Conversion/EntrySignature.h"
#include "gatefold/Conversion/Passes.h"
#include "gatefold/IR/Explain.h"
#include "gatefold/Transforms/Passes.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/Support/FormatVariadic.h"

namespace gatefold {
#define GEN_PASS_DEF_PLANMEMORY
#include "gatefold/Conversion/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

//===----------------------------------------------------------------------===//
// Texts
//===----------------------------------------------------------------------===//

static constexpr llvm::StringLiteral pass = "plan-memory";

/// Writes an expression with the names of sizes.
static void printSize(raw_ostream &os, AffineExpr expression, ArrayRef<StringAttr> names) {
  if (auto constant = asConstant(expression)) {
    os << *constant;
    return;
  }
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expression)) {
    os << names[symbol.getPosition()].getValue();
    return;
  }
  auto binary = cast<AffineBinaryOpExpr>(expression);
  auto printPart = [&](AffineExpr part) {
    bool isSum = part.getKind() == AffineExprKind::Add;
    bool isNested = isSum || part.getKind() == AffineExprKind::FloorDiv;
    bool needsParentheses = expression.getKind() != AffineExprKind::Add && isNested;
    os << (needsParentheses ? "(" : "");
    printSize(os, part, names);
    os << (needsParentheses ? ")" : "");
  };
  // Numbers stand in front.
  bool isScaled = expression.getKind() == AffineExprKind::Mul && asConstant(binary.getRHS());
  printPart(isScaled ? binary.getRHS() : binary.getLHS());
  os << (expression.getKind() == AffineExprKind::Add   ? " + "
         : expression.getKind() == AffineExprKind::Mul ? " * "
                                                       : " / ");
  printPart(isScaled ? binary.getLHS() : binary.getRHS());
}

namespace {

/// The memory of one entry.
class EntryPlan {
public:
  EntryPlan(ir::EntryOp entry, func::FuncOp function, func::FuncOp workspace,
            const EntrySignature &signature);

  /// True if the functions are what the entry says and the workspace holds nothing but buffers
  /// whose sizes are known.
  bool isKnown();
  /// Tells why the buffers of a loop around another entry stay side by side.
  void refuse();
  /// Finds the buffers and their places; false if there are none.
  bool find();
  void apply();
  void report();

private:
  std::string describe(ArrayRef<Bytes> numbers) const;

  ir::EntryOp entry;
  func::FuncOp function, workspace;
  const EntrySignature &signature;
  ByteTerms terms;
  std::vector<BufferUse> uses;
  Placement placement;
  Bytes sum; // of all buffers, without sharing
};

} // namespace

EntryPlan::EntryPlan(ir::EntryOp entry, func::FuncOp function, func::FuncOp workspace,
                     const EntrySignature &signature)
    : entry(entry), function(function), workspace(workspace), signature(signature),
      terms(entry.getContext(), getTypicalSizes(signature)) {}

bool EntryPlan::isKnown() {
  unsigned numSizes = signature.sizes.size(), place = signature.getWorkspacePlace();
  if (function.getNumArguments() != signature.getNumArguments() ||
      !function.getBody().hasOneBlock() || workspace.getNumArguments() != numSizes ||
      workspace.getNumResults() != 1 || !workspace.getBody().hasOneBlock())
    return false;
  for (Operation *bytes : function.getArgument(place).getUsers())
    for (Operation *view : bytes->getUsers()) {
      auto size = view->getAttrOfType<AffineMapAttr>(bytesAttrName);
      if (!isa<memref::ViewOp>(view) || !size || size.getValue().getNumDims() != 0 ||
          size.getValue().getNumSymbols() != numSizes || size.getValue().getNumResults() != 1)
        return false;
    }
  return true;
}

void EntryPlan::refuse() {
  if (workspace.getBody().front().getOps<func::CallOp>().empty())
    return;
  if (auto remark = ir::explainRefused(function, pass))
    remark << "buffers lie side by side, with the workspace of another entry behind them, which "
              "tells its size when it is called";
}

bool EntryPlan::find() {
  uses = findBufferUses(function);
  std::vector<Lifetime> lifetimes;
  for (const BufferUse &use : uses) {
    AffineMap bytes = use.view->getAttrOfType<AffineMapAttr>(bytesAttrName).getValue();
    lifetimes.push_back({terms.getRoom(bytes.getResult(0)), use.begin, use.end});
    sum = sum + lifetimes.back().room;
  }
  placement = placeBuffers(terms, lifetimes);
  return !uses.empty();
}

/// Erases what computed the places of before.
static void eraseDead(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

void EntryPlan::apply() {
  Block &body = function.getBody().front();
  ValueRange sizes = body.getArguments().take_back(signature.sizes.size());
  SizeEmitter places(OpBuilder::atBlockBegin(&body), function.getLoc(), sizes);
  for (auto [use, place] : llvm::zip_equal(uses, placement.places)) {
    AffineExpr offset = getAffineConstantExpr(0, entry.getContext());
    for (AffineExpr summand : terms.getSummands(place))
      offset = offset + summand;
    use.view.getByteShiftMutable().assign(places.get(offset));
  }
  eraseDead(body);

  Block &measure = workspace.getBody().front();
  auto end = cast<func::ReturnOp>(measure.getTerminator());
  OpBuilder builder(end);
  Value size;
  for (const Bytes &bytes : placement.ends) {
    Value other =
        emitWorkspaceSize(builder, end.getLoc(), terms.getSummands(bytes), measure.getArguments());
    size = size ? arith::MaxUIOp::create(builder, end.getLoc(), size, other).getResult() : other;
  }
  end.getOperandsMutable().assign(size);
  eraseDead(measure);
}

/// The largest of some numbers of bytes as text.
std::string EntryPlan::describe(ArrayRef<Bytes> numbers) const {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << (numbers.size() > 1 ? "the largest of " : "");
  llvm::interleave(
      numbers, os,
      [&](const Bytes &bytes) {
        SmallVector<AffineExpr> summands = terms.getSummands(bytes);
        if (summands.empty())
          os << 0;
        llvm::interleave(
            summands, os, [&](AffineExpr summand) { printSize(os, summand, signature.sizes); },
            " + ");
      },
      ", ");
  return text;
}

void EntryPlan::report() {
  ir::explainCount(function, pass, "buffers", uses.size());
  ir::explainCount(function, pass, "buffers that share room", placement.numShared);
  ir::explainCount(function, pass, "bytes for one example and 100 of all else",
                   placement.typicalEnd);
  ir::explainCount(function, pass, "bytes of the same without sharing", terms.getTypical(sum));
  if (auto remark = ir::explainFact(function, pass))
    remark << "the workspace takes " + describe(placement.ends) + " bytes" +
                  (placement.isLeast ? ", all of them needed at one time" : "");
  if (placement.numShared != 0)
    if (auto remark = ir::explainDone(function, pass))
      remark << llvm::formatv("{0} of {1} buffers lie where others do at other times: side by side "
                              "they would take {2} bytes",
                              placement.numShared, uses.size(), describe(sum))
                    .str();
  if (placement.isLeast)
    return;
  if (auto remark = ir::explainRefused(function, pass))
    remark << "no more than " + describe(placement.bounds) + " bytes are needed at one time, but " +
                  (placement.isUnsure ? "which of two buffers is larger hangs on the sizes"
                                      : "buffers leave gaps in every order that was tried");
}

namespace {
struct PlanMemory : gatefold::impl::PlanMemoryBase<PlanMemory> {
  using Base::Base;

  void runOnOperation() final {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    for (auto model : module.getOps<ir::ModelOp>())
      for (auto entry : model.getBody().getOps<ir::EntryOp>()) {
        EntrySignature signature(entry);
        auto function = symbols.lookup<func::FuncOp>(signature.function);
        auto workspace = symbols.lookup<func::FuncOp>(signature.workspaceFunction);
        if (!function || function.isExternal() || !workspace || workspace.isExternal())
          continue;
        EntryPlan plan(entry, function, workspace, signature);
        if (!plan.isKnown()) {
          plan.refuse();
          continue;
        }
        if (!plan.find())
          continue;
        plan.apply();
        plan.report();
      }
  }
};
} // namespace
