//===- KeepEntries.cpp - Drop unwanted entries ---------------------*- C++ -*-===//
//
// Erases the entries of a model that nobody will call.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Transforms/Passes.h"

namespace gatefold {
#define GEN_PASS_DEF_KEEPENTRIES
#include "gatefold/Transforms/Passes.h.inc"
} // namespace gatefold

namespace {
struct KeepEntries : gatefold::impl::KeepEntriesBase<KeepEntries> {
  using Base::Base;

  void runOnOperation() final {
    if (names.empty())
      return;
    auto isWanted = [&](llvm::StringRef name) { return llvm::is_contained(names, name); };
    // A sequence that others go on from is of no use alone, nor a loop without what it begins with
    // and what it runs, nor steps without memories to begin with.
    auto isKept = [&](llvm::StringRef name) {
      if (name == "prepare" || isWanted(name))
        return true;
      if (name == "init")
        return isWanted("sequence") || isWanted("step");
      bool isOfLoop =
          name == "sequence" || name == "decode" || name == "prefill" || name == "generate";
      return isOfLoop && (isWanted("generate") || (name != "sequence" && isWanted("sequence")));
    };
    for (auto entry :
         llvm::make_early_inc_range(getOperation().getBody().getOps<gatefold::ir::EntryOp>()))
      if (!isKept(entry.getSymName()))
        entry.erase();
  }
};
} // namespace
