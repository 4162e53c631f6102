//===- ModuleParts.cpp - A module in parts of about equal work ---------*- C++ -*-===//
//
// Finds what belongs together and deals it out, the largest first.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Codegen/ModuleParts.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace gatefold;

/// The least operations worth a thread: making code of fewer takes about as long as a part costs.
static constexpr int64_t leastWork = 300;

namespace {

/// What a function uses of its module.
struct FunctionUses {
  LLVM::LLVMFuncOp function;
  SmallVector<Operation *> symbols;
  int64_t work = 0;
};

} // namespace

static FunctionUses findUses(LLVM::LLVMFuncOp function, SymbolTable &table) {
  FunctionUses uses{function, {}, 0};
  auto use = [&](std::optional<StringRef> name) {
    if (Operation *symbol = name ? table.lookup(*name) : nullptr)
      uses.symbols.push_back(symbol);
  };
  function.walk([&](Operation *op) {
    ++uses.work;
    if (auto call = dyn_cast<LLVM::CallOp>(op))
      use(call.getCallee());
    else if (auto address = dyn_cast<LLVM::AddressOfOp>(op))
      use(address.getGlobalName());
  });
  return uses;
}

/// A function with a body, which one part has and others can call; else null.
static LLVM::LLVMFuncOp asDefinition(Operation *symbol) {
  auto function = dyn_cast<LLVM::LLVMFuncOp>(symbol);
  return function && !function.isExternal() ? function : nullptr;
}

/// True for what may be in several parts: declarations, and constants that nobody else sees.
static bool canBeCopied(Operation *symbol) {
  if (isa<LLVM::LLVMFuncOp>(symbol))
    return !asDefinition(symbol);
  auto global = dyn_cast<LLVM::GlobalOp>(symbol);
  return global && global.getConstant() && global.getLinkage() == LLVM::Linkage::Private;
}

SmallVector<ModulePart> gatefold::splitModule(ModuleOp module, unsigned most) {
  SymbolTable table(module);
  SmallVector<FunctionUses> functions;
  llvm::EquivalenceClasses<Operation *> together;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    if (function.isExternal())
      continue;
    functions.push_back(findUses(function, table));
    together.insert(function);
    for (Operation *symbol : functions.back().symbols)
      if (!canBeCopied(symbol) && !asDefinition(symbol))
        together.unionSets(function, symbol);
  }
  llvm::MapVector<Operation *, ModulePart> groups;
  for (const FunctionUses &uses : functions) {
    ModulePart &group = groups[together.getLeaderValue(uses.function)];
    group.operations.insert(uses.function);
    for (Operation *symbol : uses.symbols)
      (asDefinition(symbol) ? group.called : group.operations).insert(symbol);
    group.work += uses.work;
  }
  SmallVector<ModulePart> dealt(llvm::make_second_range(groups));
  // Largest first, those of equal work in the order of the module.
  SmallVector<std::pair<int64_t, size_t>> order;
  int64_t work = 0;
  for (auto [index, group] : llvm::enumerate(dealt)) {
    order.emplace_back(-group.work, index);
    work += group.work;
  }
  llvm::sort(order);
  size_t count = std::clamp<int64_t>(work / leastWork, 1, most);
  SmallVector<ModulePart> parts(std::min(count, std::max<size_t>(dealt.size(), 1)));
  for (const ModulePart &group :
       llvm::map_range(order, [&](auto entry) -> ModulePart & { return dealt[entry.second]; })) {
    ModulePart &least = *llvm::min_element(
        parts, [](const ModulePart &a, const ModulePart &b) { return a.work < b.work; });
    least.operations.insert_range(group.operations);
    least.called.insert_range(group.called);
    least.work += group.work;
  }
  for (ModulePart &part : parts)
    for (Operation *own : part.operations)
      part.called.erase(own);
  return parts;
}

void gatefold::exposeCalledFunctions(ArrayRef<ModulePart> parts) {
  for (const ModulePart &part : parts)
    for (Operation *op : part.called) {
      auto function = cast<LLVM::LLVMFuncOp>(op);
      if (function.getLinkage() != LLVM::Linkage::Internal)
        continue;
      function.setLinkage(LLVM::Linkage::External);
      function.setVisibility_(LLVM::Visibility::Hidden);
    }
}
