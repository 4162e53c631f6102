//===- Places.cpp - Places of the source in messages ------------*- C++ -*-===//
//
// Spells the place that a location came from.
//
//===----------------------------------------------------------------------===//

#include "gatefold/IR/Places.h"
#include "llvm/ADT/Twine.h"

using namespace mlir;

std::string gatefold::ir::describePlace(Location loc) {
  auto place = loc->findInstanceOf<FileLineColLoc>();
  if (!place)
    return "";
  return (place.getFilename().getValue() + ":" + Twine(place.getLine()) + ":" +
          Twine(place.getColumn()))
      .str();
}

std::string gatefold::ir::describePlaceInParentheses(Location loc) {
  std::string place = describePlace(loc);
  return place.empty() ? "" : " (" + place + ")";
}
