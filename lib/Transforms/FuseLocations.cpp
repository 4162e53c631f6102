//===- FuseLocations.cpp - Where what was merged comes from -----*- C++ -*-===//

#include "FuseLocations.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gatefold;

/// The callees of locations that all have one caller; empty if they have not.
static SmallVector<Location> findCallees(ArrayRef<Location> locations) {
  SmallVector<Location> callees;
  Location caller = locations.front();
  for (Location location : locations) {
    auto call = dyn_cast<CallSiteLoc>(location);
    if (!call || (!callees.empty() && call.getCaller() != caller))
      return {};
    caller = call.getCaller();
    callees.push_back(call.getCallee());
  }
  return callees;
}

Location gatefold::fuseLocations(ArrayRef<Location> locations) {
  if (llvm::all_equal(locations))
    return locations.front();
  if (SmallVector<Location> callees = findCallees(locations); !callees.empty())
    return CallSiteLoc::get(fuseLocations(callees),
                            cast<CallSiteLoc>(locations.front()).getCaller());
  Location fused = FusedLoc::get(locations.front()->getContext(), locations);
  if (auto named = dyn_cast<NameLoc>(locations.front()))
    return NameLoc::get(named.getName(), fused);
  return fused;
}
