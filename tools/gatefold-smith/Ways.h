//===- Ways.h - All ways to run a model agree --------------------*- C++ -*-===//
//
// The promises of exactness: whatever way a model is run, its results have the same bits.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_WAYS_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_WAYS_H

#include "Data.h"
#include "gatefold/Runtime/Session.h"
#include <map>

namespace gatefold::smith {

/// Something that does not hold.
struct Failure {
  std::string check;  ///< what was checked: "step = sequence"
  std::string detail; ///< what was found
};

/// Where two sets of tensors differ in their bits; empty where they do not.
std::string describeDifference(const NamedTensors &found, const NamedTensors &expected);

/// How far the outputs of streams may be from those of the whole sequence, by their names; empty:
/// no bit.
using StreamTolerances = std::map<std::string, double>;

/// Runs a session in all ways there are: batch = singles, 1 = 2 threads, ragged = singles, chunks =
/// whole, step = sequence; `outputs` are those of the sequence. `seed` decides on lengths.
std::optional<Failure> checkWays(const Session &session, const NamedTensors &inputs,
                                 const RunSizes &sizes, const NamedTensors &outputs, uint64_t seed,
                                 const StreamTolerances &tolerances = {});

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_WAYS_H
