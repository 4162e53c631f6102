//===- Team.h - Threads that run a call together ------------------*- C++ -*-===//
//
// A team is a thread that has work and the workers of the process that help it. All members do the
// same work, each its own part, and meet at barriers.
//
// Workers are started when they are first wanted and stay until the process ends. One that has
// nothing to do looks for work for a while, as the next call may come soon, and then sleeps. A
// worker helps one caller at a time: whoever finds all of them busy works alone. It keeps off the
// processor of the caller; on which of the others that the caller may use it runs is up to the
// system.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_TEAM_H
#define GATEFOLD_RUNTIME_TEAM_H

#include "gatefold/Runtime/CompiledModel.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <chrono>

namespace gatefold {

/// How many processors the process may use.
unsigned countProcessors();

using Duration = std::chrono::steady_clock::duration;

/// Does `work` once for each member of a team of at most `most` and returns when all have done it.
/// This thread is member 0; the others are workers that are idle, so there may be none. Waits for
/// those that sleep at most as long as `patience`: one that takes longer has no processor to
/// itself, or it takes longer to wake it than the work is worth. Returns how many members there
/// were. A team may have more members than there are processors, but then they wait for each other
/// for long. Allocates nothing unless it starts a worker.
unsigned runAsTeam(unsigned most, llvm::function_ref<void(TeamMember &member)> work,
                   Duration patience = Duration::max());

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_TEAM_H
