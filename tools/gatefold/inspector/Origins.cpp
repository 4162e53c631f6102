//===- Origins.cpp - Where every line comes from -----------------*- C++ -*-===//
//
// Takes locations apart into places and calls.
//
//===----------------------------------------------------------------------===//

#include "Origins.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace gatefold;

/// What is fused of more parts than these is shown by the first of them.
static constexpr size_t mostOrigins = 32;

template <typename Key>
unsigned OriginTable::Numbering<Key>::operator()(Key key) {
  auto [entry, isNew] = numbers.try_emplace(std::move(key), keys.size());
  if (isNew)
    keys.push_back(&entry->first);
  return entry->second;
}

OriginTable::OriginTable() { sets({}); }

unsigned OriginTable::numberSource(llvm::StringRef name) {
  auto found = llvm::find(sources, name);
  if (found == sources.end())
    found = sources.insert(found, name.str());
  return found - sources.begin();
}

std::vector<OriginTable::Numbers> OriginTable::expand(mlir::Location location,
                                                      llvm::StringRef name) {
  using Result = std::vector<Numbers>;
  return llvm::TypeSwitch<mlir::Location, Result>(location)
      .Case([&](mlir::FileLineColLoc place) -> Result {
        unsigned source = numberSource(place.getFilename());
        return {{places({source, place.getLine(), place.getColumn(), name.str()})}};
      })
      .Case([&](mlir::NameLoc named) { return expand(named.getChildLoc(), named.getName()); })
      .Case([&](mlir::OpaqueLoc opaque) { return expand(opaque.getFallbackLocation(), name); })
      .Case([&](mlir::FusedLoc fused) {
        Result result;
        for (mlir::Location part : fused.getLocations())
          llvm::append_range(result, expand(part, name));
        return result;
      })
      .Case([&](mlir::CallSiteLoc call) -> Result {
        Result inner = expand(call.getCallee(), name), outer = expand(call.getCaller(), "");
        if (inner.empty() || outer.empty())
          return inner.empty() ? outer : inner;
        Result result;
        for (const Numbers &start : inner)
          for (const Numbers &rest : outer) {
            result.push_back(start);
            llvm::append_range(result.back(), rest);
          }
        return result;
      })
      .Default([](mlir::Location) -> Result { return {}; });
}

unsigned OriginTable::getSet(mlir::Location location) {
  auto found = known.find(location);
  if (found != known.end())
    return found->second;
  Numbers set;
  for (Numbers &origin : expand(location, ""))
    if (set.size() < mostOrigins)
      set.push_back(origins(std::move(origin)));
  llvm::sort(set);
  set.erase(llvm::unique(set), set.end());
  return known[location] = sets(std::move(set));
}

unsigned OriginTable::getUnion(unsigned first, unsigned second) {
  Numbers both;
  std::set_union(sets.keys[first]->begin(), sets.keys[first]->end(), sets.keys[second]->begin(),
                 sets.keys[second]->end(), std::back_inserter(both));
  return sets(std::move(both));
}

void OriginTable::writeJson(llvm::json::OStream &json) const {
  json.attributeArray("places", [&] {
    for (const Place *place : places.keys) {
      const auto &[source, line, column, name] = *place;
      json.value(llvm::json::Array{source, line, column, name});
    }
  });
  auto writeLists = [&](llvm::StringRef key, const Numbering<Numbers> &lists) {
    json.attributeArray(key, [&] {
      for (const Numbers *list : lists.keys)
        json.value(llvm::json::Array(*list));
    });
  };
  writeLists("origins", origins);
  writeLists("sets", sets);
}
