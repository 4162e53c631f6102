//===- Origins.h - Where every line comes from -------------------*- C++ -*-===//
//
// Numbers the places that locations name. An origin is one way from a line of code to the texts:
// the place that it was written at, the call that brought it there, the call around that one, and
// so on.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_ORIGINS_H
#define GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_ORIGINS_H

#include "mlir/IR/Location.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/JSON.h"
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace gatefold {

/// All origins of an inspection, each once.
class OriginTable {
public:
  OriginTable();

  /// The number of the set of origins that a location stands for; 0 is the empty set.
  unsigned getSet(mlir::Location location);

  /// The number of the set that has what either of two has.
  unsigned getUnion(unsigned first, unsigned second);

  /// The names of all files that places are in.
  const std::vector<std::string> &getSources() const { return sources; }

  /// Writes "places" ([source, line, column, name] each), "origins" (places from the innermost to
  /// the outermost) and "sets" (origins each).
  void writeJson(llvm::json::OStream &json) const;

private:
  using Place = std::tuple<unsigned, unsigned, unsigned, std::string>; // source, line, column, name
  using Numbers = std::vector<unsigned>;

  template <typename Key>
  struct Numbering {
    std::map<Key, unsigned> numbers;
    std::vector<const Key *> keys;
    unsigned operator()(Key key);
  };

  unsigned numberSource(llvm::StringRef name);
  /// The origins of a location as places; `name` is what the location around it calls it.
  std::vector<Numbers> expand(mlir::Location location, llvm::StringRef name);

  std::vector<std::string> sources;
  Numbering<Place> places;
  Numbering<Numbers> origins, sets;
  llvm::DenseMap<mlir::Attribute, unsigned> known;
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_ORIGINS_H
