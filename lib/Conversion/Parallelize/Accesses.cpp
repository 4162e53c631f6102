//===- Accesses.cpp - Who reads and writes which memory -----------------------===//

#include "Accesses.h"
#include "../IndependentLoops.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace gatefold;

using Effects = SmallVector<MemoryEffects::EffectInstance, 2>;

/// What one operation does to memory, not what is in it. A function that is called reads all that
/// it is given, and may write what it does not promise to read only.
static Effects getEffects(Operation *op) {
  Effects effects;
  if (auto call = dyn_cast<func::CallOp>(op)) {
    auto function = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
    for (OpOperand &operand : call->getOpOperands()) {
      if (!isa<MemRefType>(operand.get().getType()))
        continue;
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
      if (!function || !isReadOnly(function, operand.getOperandNumber()))
        effects.emplace_back(MemoryEffects::Write::get(), &operand);
    }
  } else if (auto interface = dyn_cast<MemoryEffectOpInterface>(op)) {
    interface.getEffects(effects);
  }
  return effects;
}

bool gatefold::hasKnownAccesses(Operation *op) {
  WalkResult result = op->walk([](Operation *inner) -> WalkResult {
    bool isKnown = isa<func::CallOp, func::FuncOp, MemoryEffectOpInterface>(inner) ||
                   inner->hasTrait<OpTrait::HasRecursiveMemoryEffects>() ||
                   inner->hasTrait<OpTrait::IsTerminator>();
    isKnown = isKnown && llvm::all_of(getEffects(inner), [](const auto &effect) {
                return effect.getValue() && isa<MemRefType>(effect.getValue().getType());
              });
    // Memory comes from windows and loops alone.
    bool givesMemory = llvm::any_of(inner->getResultTypes(), llvm::IsaPred<MemRefType>);
    bool isSource = isa<ViewLikeOpInterface, scf::ForOp>(inner) ||
                    (inner->getNumOperands() == 0 && inner->getNumRegions() == 0);
    return WalkResult(success(isKnown && (!givesMemory || isSource)));
  });
  return !result.wasInterrupted();
}

void gatefold::addAll(Accesses &into, const Accesses &from) {
  for (const auto &[root, access] : from) {
    Access &known = into[root];
    known = known | access;
  }
}

void gatefold::addAccesses(Operation *op, Doers doers, Accesses &accesses) {
  op->walk([&](Operation *inner) {
    for (const auto &effect : getEffects(inner)) {
      Value root = getMemoryRoot(effect.getValue());
      if (root.getDefiningOp<memref::AllocaOp>())
        continue; // each thread has its own
      Access &access = accesses[root];
      access = access | Access(doers, !isa<MemoryEffects::Read>(effect.getEffect()));
    }
  });
}

static bool hasEffect(Operation *op, bool isWrite) {
  return op
      ->walk([&](Operation *inner) {
        bool found = llvm::any_of(getEffects(inner), [&](const auto &effect) {
          return isa<MemoryEffects::Read>(effect.getEffect()) != isWrite;
        });
        return found ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

bool gatefold::readsMemory(Operation *op) { return hasEffect(op, /*isWrite=*/false); }
bool gatefold::writesMemory(Operation *op) { return hasEffect(op, /*isWrite=*/true); }
