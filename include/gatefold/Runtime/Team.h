//===- Team.h - Threads that run a call together ------------------*- C++ -*-===//
//
// A team is a thread that has work and the workers of the process that help it. All members do the
// same work, each its own part, and meet at barriers.
//
// Workers are started when they are first wanted and stay until the process ends. One that has
// nothing to do looks for work for a while, as the next call may come soon, and then sleeps. A
// worker helps one caller at a time: whoever finds all of them busy works alone. They are not bound
// to processors: where they run is up to the system and the mask that the process was given.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_TEAM_H
#define GATEFOLD_RUNTIME_TEAM_H

#include "gatefold/Runtime/CompiledModel.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace gatefold {

/// How many processors the process may use.
unsigned countProcessors();

/// Which idle workers take part.
enum class Helpers {
  All,    ///< as many as are wanted, however long they take to begin
  Prompt, ///< those that are awake or wake up at once: one on a processor that has other things to
          ///< do would keep the others waiting
};

/// Does `work` once for each member of a team of at most `most` and returns when all have done it.
/// This thread is member 0; the others are workers that are idle, so there may be none. A team may
/// have more members than there are processors, but then they wait for each other for long.
/// Allocates nothing unless it starts a worker.
void runAsTeam(unsigned most, llvm::function_ref<void(TeamMember &member)> work,
               Helpers helpers = Helpers::All);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_TEAM_H
