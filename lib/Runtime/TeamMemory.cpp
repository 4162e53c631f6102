//===- TeamMemory.cpp - What earlier calls have taught ------------------------===//

#include "TeamMemory.h"

using namespace gatefold;

/// Sequences of so many lengths are remembered. Whoever has more of them seldom sees one again.
static constexpr size_t mostChoices = 256;

TeamChoice TeamMemory::recall(llvm::StringRef entry, llvm::ArrayRef<int64_t> sizes) const {
  std::lock_guard lock(mutex);
  auto known = choices.find(Key(entry.str(), sizes.vec()));
  return known != choices.end() ? known->second : TeamChoice(/*isForShortCalls=*/entry == "step");
}

void TeamMemory::keep(llvm::StringRef entry, llvm::ArrayRef<int64_t> sizes,
                      const TeamChoice &choice) {
  std::lock_guard lock(mutex);
  if (choices.size() >= mostChoices)
    choices.clear();
  choices.insert_or_assign(Key(entry.str(), sizes.vec()), choice);
}
