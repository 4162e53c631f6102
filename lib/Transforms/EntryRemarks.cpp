//===- EntryRemarks.cpp - What derive-entries says --------------*- C++ -*-===//
//
// The remarks of derive-entries.
//
//===----------------------------------------------------------------------===//

#include "EntryRemarks.h"
#include "EntryPorts.h"
#include "gatefold/IR/Explain.h"

using namespace mlir;
using namespace gatefold;

static constexpr StringLiteral passName = "derive-entries";

void gatefold::explainStep(ir::ModelOp model, StringRef time) {
  if (auto remark = ir::explainDone(model.getLoc(), passName))
    remark << "`step` takes one step along " << time;
}

void gatefold::explainNoStep(ir::ModelOp model, StringRef time, StringRef reason) {
  if (auto remark = ir::explainRefused(model.getLoc(), passName))
    remark << "no `step` along " << time << ": " << reason;
}

/// "the memory h is .." or "the memories h and c are ..".
static std::string say(StringRef one, StringRef many, ArrayRef<std::string> names,
                       StringRef verbOfOne, StringRef verbOfMany, StringRef rest) {
  bool single = names.size() == 1;
  return ("the " + (single ? one : many) + " " + ir::listWords(names) + " " +
          (single ? verbOfOne : verbOfMany) + " " + rest)
      .str();
}

void gatefold::explainMemories(Location loc, ArrayRef<ir::PortAttr> ports) {
  auto remark = ir::explainDone(loc, passName);
  if (!remark || ports.empty())
    return;
  SmallVector<std::string> states, histories;
  for (ir::PortAttr port : ports) {
    (hasCapacity(port) ? histories : states).push_back(port.getName().getValue().str());
  }
  if (!states.empty())
    remark << say("memory", "memories", states, "is", "are", "carried from step to step");
  if (!states.empty() && !histories.empty())
    remark << "; ";
  if (!histories.empty())
    remark << say("history", "histories", histories, "gets", "get", "a row at each step");
}
