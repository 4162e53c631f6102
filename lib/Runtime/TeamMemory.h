//===- TeamMemory.h - What earlier calls have taught -------------*- C++ -*-===//
//
// A stream or a run is over before much could be tried. What was found out is kept for the next
// one.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_TEAMMEMORY_H
#define GATEFOLD_LIB_RUNTIME_TEAMMEMORY_H

#include "TeamChoice.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace gatefold {

/// The choices for calls of a model's entries, by the sizes of the calls. Several threads may use
/// it.
class TeamMemory {
public:
  /// The choice that was kept last for such calls; a new one if there is none.
  TeamChoice recall(llvm::StringRef entry, llvm::ArrayRef<int64_t> sizes) const;
  void keep(llvm::StringRef entry, llvm::ArrayRef<int64_t> sizes, const TeamChoice &choice);

private:
  using Key = std::pair<std::string, std::vector<int64_t>>;

  mutable std::mutex mutex;
  std::map<Key, TeamChoice> choices;
};

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_TEAMMEMORY_H
