//===- NamedTensors.cpp - An ordered set of tensors with names ---*- C++ -*-===//
//
// Lookup of tensors by name, and what was probably meant when there is none of a name.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/NamedTensors.h"
#include "llvm/ADT/STLExtras.h"

using namespace gatefold;

void NamedTensors::set(llvm::StringRef name, Tensor tensor) {
  auto [place, isNew] = positions.try_emplace(name, entries.size());
  if (isNew)
    entries.push_back({name.str(), std::move(tensor)});
  else
    entries[place->second].tensor = std::move(tensor);
}

const Tensor *NamedTensors::find(llvm::StringRef name) const {
  auto place = positions.find(name);
  return place == positions.end() ? nullptr : &entries[place->second].tensor;
}

llvm::StringRef NamedTensors::nearestName(llvm::StringRef name) const {
  llvm::SmallVector<llvm::StringRef> names;
  for (const NamedTensor &entry : entries)
    names.push_back(entry.name);
  return gatefold::nearestName(name, names);
}

llvm::StringRef gatefold::nearestName(llvm::StringRef name,
                                      llvm::ArrayRef<llvm::StringRef> candidates) {
  // A third of the letters may be wrong; more is another word.
  unsigned allowed = static_cast<unsigned>(name.size() / 3) + 1;
  llvm::StringRef nearest;
  for (llvm::StringRef candidate : candidates) {
    unsigned distance = name.edit_distance(candidate, /*AllowReplacements=*/true, allowed);
    if (distance > allowed || distance >= std::max(name.size(), candidate.size()))
      continue;
    nearest = candidate;
    if (distance == 0)
      break;
    allowed = distance - 1;
  }
  return nearest;
}
