//===- Places.cpp - Places of the source in messages ------------*- C++ -*-===//
//
// Spells the place that a location came from.
//
//===----------------------------------------------------------------------===//

#include "gatefold/IR/Places.h"
#include "llvm/ADT/Twine.h"

using namespace mlir;

std::string gatefold::ir::describePlace(Location loc) {
  FileLineColLoc place;
  loc->walk([&](Location part) {
    auto found = dyn_cast<FileLineColLoc>(part);
    if (!found)
      return WalkResult::advance();
    // A text in angle brackets, such as the library, is none that the reader wrote.
    const bool isFile = !found.getFilename().getValue().starts_with("<");
    if (isFile || !place)
      place = found;
    return isFile ? WalkResult::interrupt() : WalkResult::advance();
  });
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
